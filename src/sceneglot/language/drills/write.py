"""From facts to words: names of objects, and sentences around them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sceneglot.language.drills.fact import Fact, Groups
from sceneglot.language.drills.layout import Layout
from sceneglot.language.drills.wordings import wordings
from sceneglot.language.lexicon import indefinite, lexicon, number_word, pluralize

LOOKS = frozenset({"look", "back", "enter"})
"""First words of facts that are said after a preamble only."""
COMMAS = (", ", ", ", " ", ". ", ", then ")
NOT_BARE = ("with ", "without ", "that has ", "that does ", "that faces ", "that stands ", "holding ")


@dataclass(frozen=True, eq=False)
class Namer:
    """What the objects of a map can be called; one entry per row.

    Attributes:
        names: the label, twice, its synonyms where nothing else in the room goes by them, and broader words where
            nothing else might be meant by them.
        colors: sure colour word, "" for none.
    """

    names: tuple[tuple[str, ...], ...]
    colors: tuple[str, ...]

    @classmethod
    def of(cls, at: Layout, groups: Groups) -> Namer:
        """Names of everything worth naming."""
        known = lexicon()
        by_label: dict[str, tuple[str, ...]] = {}
        for label in groups:
            others = [other for other in groups if other != label]
            options = [label, label]
            options += [name for name in known.names(label) if not any(name in known.names(o) for o in others)]
            for name in sorted(known.broader_names(label)):
                if not any(known.might_fit(name, other) for other in others):
                    options += [name, name]
            by_label[label] = tuple(options)
        return cls(tuple(by_label.get(label, (label,)) for label in at.label), tuple(at.colors))

    def name(self, row: int, rng: random.Random) -> str:
        """One of the names."""
        return rng.choice(self.names[row])


@dataclass(frozen=True, eq=False)
class Writer:
    """Puts facts into words.

    Attributes:
        namer: names of the objects.
        told: facts that single out anchors.
        rng: random numbers.
    """

    namer: Namer
    told: Sequence[Fact]
    rng: random.Random

    def sentence(self, facts: Sequence[Fact], count: int) -> str:
        """One sentence with one or two facts about an object, of whose kind there are `count`."""
        rng, noun = self.rng, self.namer.name(facts[0].row, self.rng)
        plural = lexicon().is_plural(noun)
        nouns = noun if plural else pluralize(noun)
        slots = {"noun": noun, "nouns": nouns, "n": number_word(count), "is": "are" if plural else "is"}
        slots["others"] = "one" if count == 2 and rng.random() < 0.7 else "ones" if rng.random() < 0.3 else nouns
        if count == 2 and slots["others"] == nouns:
            slots["others"] = noun
        if len(facts) == 2:
            phrases = [self.after(fact, slots) for fact in facts]
            if all(phrases):
                return self._two(phrases[0], phrases[1], slots)
        return self._one(facts[0], slots)

    def _one(self, fact: Fact, slots: dict[str, str]) -> str:
        rng, words, word = self.rng, wordings(), fact.word.removeprefix("front ")
        first = word.split()[0]
        named = slots | self._anchors(fact)
        if f"{first} preamble" in words and first in LOOKS:
            side = f"facing {word.split()[-1]}"
            return f"{rng.choice(words[f'{first} preamble'])}{rng.choice(COMMAS)}{rng.choice(words[side])}".format(
                **named
            )
        side = f"facing {word}"
        if fact.word.startswith("front ") and side in words:
            bed = self.namer.names[fact.anchors[0]][0].endswith("bed") and rng.random() < 0.6
            preamble = rng.choice(words["bed preamble" if bed else "front preamble"])
            if rng.random() < 0.6:
                return f"{preamble}, {rng.choice(words[side])}".format(**named)
        elif side in words and rng.random() < 0.4:
            preamble = rng.choice(words["preamble"])
            return f"{preamble}{rng.choice(COMMAS)}{rng.choice(words[side])}".format(**named)
        adjectives = (word.removeprefix("color "),) if word.startswith("color ") else words.get(f"before {word}", ())
        if adjectives and (f"after {word}" not in words or rng.random() < 0.55):
            text = rng.choice(words["adjective shape"]).format(**(slots | {"x": rng.choice(adjectives)}))
        else:
            text = self._around(rng.choice(words[f"after {word}"]), named, slots)
        if word in ("leftmost", "rightmost", "middle") and rng.random() < 0.35:
            text = f"{rng.choice(words['group preamble']).format(**slots)}, {text}"  # labels may hold braces
        return text

    def _around(self, after: str, named: dict[str, str], slots: dict[str, str]) -> str:
        """A phrase after its noun, before it, or after its anchor ("find the desk. the chair next to it")."""
        rng, words = self.rng, wordings()
        if "{a}" in after and "{b}" not in after and rng.random() < 0.12:
            told = self._shape(after.format(**(named | {"a": "it"})), slots)
            return rng.choice(words["anchor first"]).format(a=named["a"], x=told)
        phrase = after.format(**named)
        if not phrase.startswith((*NOT_BARE, "that ", "which ", "located ")) and rng.random() < 0.12:
            return rng.choice(words["phrase first"]).format(**(slots | {"x": phrase}))
        return self._shape(phrase, slots)

    def _shape(self, phrase: str, slots: dict[str, str]) -> str:
        words = wordings()["shape"]
        shape = self.rng.choice(words)
        if "{bare}" in shape and phrase.startswith(NOT_BARE):
            shape = words[0]
        return shape.format(**(slots | {"x": phrase, "bare": _bare(phrase)}))

    def _two(self, first: str, second: str, slots: dict[str, str]) -> str:
        words = wordings()["two"]
        shape = self.rng.choice(words)
        if "{y bare}" in shape and second.startswith(NOT_BARE):
            shape = words[0]
        return shape.format(**(slots | {"x": first, "y": second, "y bare": _bare(second)}))

    def after(self, fact: Fact, slots: dict[str, str]) -> str:
        """The fact as words after a noun, "" where it has none."""
        if fact.word.startswith("color "):
            return "that is " + fact.word.removeprefix("color ")
        options = wordings().get(f"after {fact.word}", ())
        return self.rng.choice(options).format(**(slots | self._anchors(fact))) if options else ""

    def _anchors(self, fact: Fact) -> dict[str, str]:
        rng, named = self.rng, {}
        for slot, row in zip("ab", fact.anchors):
            name = self.namer.name(row, rng)
            color = f"{self.namer.colors[row]} " if self.namer.colors[row] and rng.random() < 0.12 else ""
            named[slot] = indefinite(color + name, lexicon(), name) if fact.any_anchor else f"the {color}{name}"
            about = next((told for told in self.told if told.row == row), None)
            if about is not None and about is not fact:
                slots = {"noun": name, "nouns": pluralize(name), "others": "ones", "n": "", "is": "is"}
                named[slot] = f"the {name} {self.after(about, slots)}"
            named[f"{slot}s"] = name if lexicon().is_plural(name) else pluralize(name)
        return named


def _bare(phrase: str) -> str:
    return phrase.removeprefix("that is ").removeprefix("which is ")
