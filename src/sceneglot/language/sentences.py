"""Sentences: a reference as English, in one of the templates that suit it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from itertools import groupby

from sceneglot.language.around import stands_in_the_middle
from sceneglot.language.clauses import AROUND_WORDS, ROW_WORDS, Clause
from sceneglot.language.facts import SceneFacts
from sceneglot.language.lexicon import lexicon, number_word, pluralize
from sceneglot.language.ordinals import LEAD
from sceneglot.language.phrasebook import NTH, Phrasebook
from sceneglot.language.predicates import Reference
from sceneglot.language.realize import SIDES, Template, read_templates, subject

ADJECTIVES: dict[str, tuple[tuple[str, ...], str]] = {
    "largest": (("largest", "biggest"), "large"),
    "smallest": (("smallest",), "small"),
    "tallest": (("tallest",), "tall"),
    "shortest": (("shortest",), "short"),
    "longest": (("longest",), "long"),
    "highest": (("highest", "topmost"), "high up"),
    "lowest": (("lowest", "lowermost"), "low down"),
}
"""Superlative -> ways to say it, and the plain adjective."""

NO_PRONOUN = frozenset(("person", "people", "human"))
"""Nobody calls these "it"."""

Slots = dict[str, str]


def sentence(facts: SceneFacts, book: Phrasebook, reference: Reference, rng: random.Random) -> tuple[Template, str]:
    """A reference to one object, realised; the template that was used, and the text."""
    description, row = reference.description, reference.row
    noun = description.kind.noun
    plural = facts.words.is_plural(noun)
    slots = subject(facts, description)
    slots["stands"] = book.stands(row, plural)
    section = _section(facts, reference, rng)
    if section in OWN_SLOTS:
        more = OWN_SLOTS[section](facts, book, reference, rng)
        slots |= more
        of_two = section == "superlative" and description.number == 2  # of two there is a larger, and no largest
        template = choose(section, noun, rng, without="n" if of_two else "" if "a b" in more else "a b")
        return template, template.fill(slots, rng, plural)
    units = [tuple(group) for _, group in groupby(reference.clauses, key=_word)]
    if section == "one of many":
        slots["xs"] = plural_phrase(reference)
    else:
        section = ("bare", "one", "two", "three")[len(units)]
    only_one = any(c.noun for c in reference.clauses)  # "the chair closest to the door", never "a chair closest to"
    places = all(book.names_place(unit[0]) for unit in units)
    template = choose(section, noun, rng, places=places, without="a x" if only_one else "")
    fill_units(slots, template, units, book, row, plural, rng)
    return template, smooth(template.fill(slots, rng, plural))


def smooth(text: str) -> str:
    """English puts "also" after a form of to be."""
    return text.replace(" also is ", " is also ").replace(" also are ", " are also ")


def fill_units(
    slots: Slots,
    template: Template,
    units: list[tuple[Clause, ...]],
    book: Phrasebook,
    row: int,
    plural: bool,
    rng: random.Random,
) -> None:
    """{says}, {which}, {place} of every unit (clauses of one word), as far as the template wants them."""
    for slot, use, number in template.units:
        if number < len(units):
            slots[slot] = book.say(use, units[number], row, plural, rng)


def choose(
    section: str,
    noun: str,
    rng: random.Random,
    *,
    places: bool = True,
    without: str = "",
    family: str = "referrals",
) -> Template:
    """A template of a section: none with a pronoun for people, none with the slot `without`, and with {place} only if
    every clause names one."""
    options = _suitable(family, section, noun not in NO_PRONOUN, places, without)
    return options[int(rng.random() * len(options))]


@cache
def _suitable(family: str, section: str, pronouns: bool, places: bool, without: str) -> tuple[Template, ...]:
    def suits(template: Template) -> bool:
        places_named = any(slot.startswith("place") for slot in template.slots)
        return (
            (pronouns or "it" not in template.slots) and (places or not places_named) and without not in template.slots
        )

    return tuple(template for template in read_templates(family)[section] if suits(template))


def plural_phrase(reference: Reference) -> str:
    """ "brown chairs" of "brown chair"."""
    return pluralize(reference.description.kind.phrase(lexicon()))


def _word(clause: Clause) -> str | int:
    """What clauses that are said as one have in common; a chain is never merged."""
    return clause.word if clause.via is None and len(clause.anchors) == 1 and not clause.noun else id(clause)


def _section(facts: SceneFacts, reference: Reference, rng: random.Random) -> str:
    """Which family of templates suits a reference; "" for the general ones by the number of clauses."""
    if len(reference.clauses) != 1:
        return ""
    clause = reference.clauses[0]
    if clause.word in LEAD:
        return "superlative"
    if clause.word in ROW_WORDS:
        return "row"
    if clause.word in AROUND_WORDS:
        return "around"
    if clause.via is not None:
        tellable = facts.words.is_countable(clause.anchors[0].kind.noun)
        return "chain" if tellable and rng.random() < 0.4 else ""
    if clause.word in SIDES and clause.anchors[0].is_unique and stands_in_the_middle(facts) and rng.random() < 0.5:
        return "view"
    several = reference.description.number > 1 and facts.words.is_countable(reference.description.kind.noun)
    return "one of many" if several and rng.random() < 0.25 else ""


# Slots of the sections with sentences of their own ------------------------------------------------------------------


def _one_of(options: tuple[str, ...], rng: random.Random) -> str:
    return options[int(rng.random() * len(options))]


def _side(facts: SceneFacts, book: Phrasebook, reference: Reference, rng: random.Random) -> Slots:
    clause = reference.clauses[0]
    slots, side = book.anchor(clause), _one_of(SIDES[clause.word], rng)
    return slots | {"side": side, "side of": side.replace(" it", " " + slots["anchor"])}


def _superlative(facts: SceneFacts, book: Phrasebook, reference: Reference, rng: random.Random) -> Slots:
    names, plain = ADJECTIVES[reference.clauses[0].word]
    return _group(reference) | {"sup": _one_of(names, rng), "as": plain}


def _row(facts: SceneFacts, book: Phrasebook, reference: Reference, rng: random.Random) -> Slots:
    clause = reference.clauses[0]
    side = clause.word.removeprefix("from_")
    noun = clause.noun
    if clause.rank == 1:
        place = f"{side}most {noun}", f"{side}most one"
    else:
        nth = NTH[clause.rank]
        place = f"{nth} {noun} from the {side}", f"{nth} from the {side}"
    return book.anchor(clause) | _group(reference) | {"row x": place[0], "row one": place[1]}


def _chain(facts: SceneFacts, book: Phrasebook, reference: Reference, rng: random.Random) -> Slots:
    clause = reference.clauses[0]
    anchor = clause.anchors[0]
    plural = facts.words.is_plural(reference.description.kind.noun)
    located = book.via(clause)
    there = book.says_with(clause, f"that {anchor.kind.noun}", reference.row, plural, rng)
    superlative = bool(clause.via and clause.via.noun)
    return {
        "b": anchor.kind.noun,
        "the b": facts.definite(anchor),
        **({} if superlative else {"a b": facts.indefinite(anchor)}),  # there is but one closest
        "that b": f"that {located}",
        "says b": located,
        "says there": there,
    }


def _group(reference: Reference) -> Slots:
    return {"xs": plural_phrase(reference), "n": number_word(reference.description.number)}


OWN_SLOTS: dict[str, Callable[[SceneFacts, Phrasebook, Reference, random.Random], Slots]] = {
    "view": _side,
    "around": _side,
    "superlative": _superlative,
    "row": _row,
    "chain": _chain,
}
"""Section of `templates/referrals.txt` -> what its templates need besides the target."""
