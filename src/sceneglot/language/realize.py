"""Templates: reading the data files, filling slots, agreement, capitals."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from sceneglot.errors import SceneglotError
from sceneglot.language.clauses import Clause, Description
from sceneglot.language.facts import SceneFacts

_PIECE = re.compile(r"\{([^{}]+)\}|\[([^\[\]]+)\]")

AGREEMENT: dict[str, tuple[str, str]] = {
    "is": ("is", "are"),
    "Is": ("Is", "Are"),
    "has": ("has", "have"),
    "does": ("does", "do"),
    "it": ("it", "they"),
    "this": ("this", "these"),
    "one": ("one", "ones"),
    "that": ("that", "those"),
    "them": ("it", "them"),
    "make": ("makes", "make"),
    "measure": ("measures", "measure"),
}
"""Slots that agree with the subject: singular and plural."""

SIDES = {
    "left": ("to the left of it", "on the left of it", "left of it"),
    "right": ("to the right of it", "on the right of it", "right of it"),
    "behind": ("behind it", "at the back of it"),
    "in_front": ("in front of it", "at the front of it"),
    "ahead": ("straight ahead", "right ahead of you", "ahead of you"),
    "to_left": ("on your left", "to your left", "on your left-hand side"),
    "to_right": ("on your right", "to your right", "on your right-hand side"),
    "at_back": ("behind you", "at your back"),
}
"""What "{side}" says for each view-dependent word: the first four of the anchor, the others of the viewer."""


@dataclass(frozen=True)
class Template:
    """One line of a template file, cut into literal text, slots and alternatives."""

    id: str
    pieces: tuple[tuple[str, str | tuple[str, ...]], ...]  # ("text" | "slot" | "either", ...)

    @classmethod
    def parse(cls, name: str, text: str) -> Template:
        """Cut a line.

        Raises:
            SceneglotError: a bracket without its other half, or a slot inside alternatives, which would be said so.
        """
        pieces: list[tuple[str, str | tuple[str, ...]]] = []
        at = 0
        for found in _PIECE.finditer(text):
            if found.start() > at:
                pieces.append(("text", text[at : found.start()]))
            pieces.append(("slot", found[1]) if found[1] else ("either", tuple(found[2].split("|"))))
            at = found.end()
        if at < len(text):
            pieces.append(("text", text[at:]))
        said = [part for kind, value in pieces if kind != "slot" for part in ((value,) if kind == "text" else value)]
        if any(bracket in part for part in said for bracket in "{}[]"):
            raise SceneglotError(f"template {name}: brackets do not nest and come in pairs, found {text!r}")
        return cls(name, tuple(pieces))

    @cached_property
    def slots(self) -> frozenset[str]:
        """Names of the slots."""
        return frozenset(str(value) for kind, value in self.pieces if kind == "slot")

    @cached_property
    def units(self) -> tuple[tuple[str, str, int], ...]:
        """Slots that say a clause: slot, way of saying it (says, which, place), and which clause."""
        slots = dict.fromkeys(str(value) for kind, value in self.pieces if kind == "slot")
        found = [(slot, *slot.partition(" ")[::2]) for slot in slots]
        return tuple(
            (slot, use, int(number or 1) - 1)
            for slot, use, number in found
            if use in ("says", "which", "place") and (not number or number.isdigit())
        )

    def fill(self, slots: Mapping[str, str], rng: random.Random, plural: bool = False) -> str:
        """The sentence: slots filled, alternatives drawn, verbs agreeing, sentences capitalised."""
        pattern, gaps = self._compiled
        fillers = []
        for slot, options in gaps:
            filler = slots.get(slot) if slot else options[int(rng.random() * len(options))]
            fillers.append(options[plural] if filler is None else filler)
        return capitalize(pattern % tuple(fillers))

    @cached_property
    def _compiled(self) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]:
        """The text with gaps, and for each gap its slot ("" for alternatives) and what else may fill it: the
        alternatives, or singular and plural of a slot that agrees."""
        pattern, gaps = "", []
        for kind, value in self.pieces:
            pattern += str(value).replace("%", "%%") if kind == "text" else "%s"
            if kind == "either":
                gaps.append(("", tuple(value)))
            elif kind == "slot":
                gaps.append((str(value), AGREEMENT.get(str(value), ())))
        return pattern, tuple(gaps)


_NEXT_SENTENCE = re.compile(r"([.?!] )([a-z])")


def capitalize(text: str) -> str:
    """Upper case at the start of each sentence."""
    text = text[:1].upper() + text[1:]
    return _NEXT_SENTENCE.sub(lambda m: m[1] + m[2].upper(), text) if ". " in text or "? " in text else text


@cache
def read_templates(family: str) -> dict[str, tuple[Template, ...]]:
    """Section -> templates of `templates/<family>.txt`."""
    text = files("sceneglot.language").joinpath(f"templates/{family}.txt").read_text(encoding="utf-8")
    sections: dict[str, list[Template]] = {}
    current: list[Template] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]") and ":" not in line:
            current = sections.setdefault(line[1:-1], [])
            continue
        name, colon, body = line.partition(": ")
        if current is None or not colon:
            raise SceneglotError(
                f"templates/{family}.txt line {number}: expected '[section]' or 'id: text', found {line!r}"
            )
        current.append(Template.parse(name, body))
    return {name: tuple(templates) for name, templates in sections.items()}


def pick(family: str, section: str, rng: random.Random) -> Template:
    """A template of a section, by the seed."""
    templates = read_templates(family)[section]
    return templates[int(rng.random() * len(templates))]


def forms(word: str, form: str) -> tuple[Template, ...]:
    """The templates of a relation word in one form: is, has, does, short, long."""
    return _forms().get((word, form), ())


@cache
def _forms() -> dict[tuple[str, str], tuple[Template, ...]]:
    result: dict[tuple[str, str], tuple[Template, ...]] = {}
    for word, templates in read_templates("relations").items():
        for template in templates:
            result[word, template.id] = (*result.get((word, template.id), ()), template)
    return result


def anchor_slots(facts: SceneFacts, clause: Clause) -> dict[str, str]:
    """{anchor}, {anchor 2}, {noun}, {noun 2} of a clause; things that carry or contain are named indefinitely."""
    slots = {}
    loose = clause.word in ("supporting", "containing")
    for index, anchor in enumerate(clause.anchors):
        tail = f" {index + 1}" if index else ""
        slots["anchor" + tail] = facts.indefinite(anchor) if loose else facts.mention(anchor)
        slots["noun" + tail] = anchor.kind.phrase(facts.words)
    return slots


def says(facts: SceneFacts, clause: Clause, rng: random.Random, plural: bool) -> str:
    """The clause as a predicate: "is next to the desk", "have a lamp on them"."""
    slots = anchor_slots(facts, clause)
    options = [("is", t) for t in forms(clause.word, "is")]
    options += [("has", t) for t in forms(clause.word, "has")]
    options += [("does", t) for t in forms(clause.word, "does")]
    verb, template = options[int(rng.random() * len(options))]
    body = _fill_plain(template, slots)
    if verb == "does":
        first, _, rest = body.partition(" ")
        return first.split("/")[plural] + " " + rest
    if verb == "has" and plural:
        body = re.sub(r"\bit\b", "them", body)
    return f"{AGREEMENT[verb][plural]} {body}"


def which(facts: SceneFacts, clause: Clause, rng: random.Random, plural: bool = False) -> str:
    """The clause after a noun: "next to the desk", "with a lamp on it"."""
    slots = anchor_slots(facts, clause)
    options = [("", t) for t in forms(clause.word, "is")] + [("with ", t) for t in forms(clause.word, "has")]
    prefix, template = options[int(rng.random() * len(options))]
    body = prefix + _fill_plain(template, slots)
    return re.sub(r"\bit\b", "them", body) if plural and prefix else body


def place(facts: SceneFacts, clause: Clause, form: str) -> str:
    """The clause as an answer to "where", `form` short or long; "" where it is none."""
    templates = forms(clause.word, form)
    return _fill_plain(templates[0], anchor_slots(facts, clause)) if templates else ""


def subject(facts: SceneFacts, description: Description) -> dict[str, str]:
    """{x}, {the x}, {a x} of a description."""
    definite, indefinite = facts.phrases(description)
    return {"x": definite[4:], "the x": definite, "a x": indefinite}


def _fill_plain(template: Template, slots: Mapping[str, str]) -> str:
    return "".join(str(value) if kind == "text" else slots[str(value)] for kind, value in template.pieces)
