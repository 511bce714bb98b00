"""Phrasebook: every way to say a clause of one thing, with verbs that suit the thing."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from sceneglot.language.clauses import Clause
from sceneglot.language.facts import SceneFacts
from sceneglot.language.lexicon import join
from sceneglot.language.realize import AGREEMENT, Template, forms, read_templates

NTH = ("zeroth", "first", "second", "third", "fourth", "fifth")

FLAT = 0.12
"""Metres: things lower than this lie."""

POSTURES: tuple[tuple[str, str, str], ...] = (
    ("stands", "stand", "standing"),
    ("hangs", "hang", "hanging"),
    ("lies", "lie", "lying"),
    ("sits", "sit", "sitting"),
    ("is", "are", "located"),
)
"""Verbs of place: singular, plural, participle."""

STANDS, HANGS, LIES, SITS, IS = range(len(POSTURES))

JUST_IS = frozenset(
    ("door", "doors", "window", "windows", "doorway", "person", "people", "stairs", "staircase", "stair", "clothes",
     "clothing", "towel", "towels", "sink", "bathtub", "shower", "closet", "counter", "railing", "handrail", "pipe",
     "pipes", "vent", "elevator", "fireplace", "jacket", "coat", "shirt", "rail", "banister", "bar", "faucet",
     "dumbbell", "shoe", "shoes", "blanket", "paper", "papers", "rolls")
)  # fmt: skip
"""Last words of labels of things that neither stand nor lie, or of which one cannot know."""


class _Way(NamedTuple):
    """One wording: its form (is, ing, put, only, has, does), template, and number among the wordings of its word."""

    form: str
    template: Template
    number: int


@dataclass(frozen=True)
class _Ways:
    """Wordings of one relation word, by where in a sentence they fit."""

    says: tuple[_Way, ...]
    which: tuple[_Way, ...]
    place: tuple[_Way, ...]


class Phrasebook:
    """Realises the clauses of one scene; remembers what it has said."""

    def __init__(self, facts: SceneFacts) -> None:
        self.facts = facts
        self.posture = _postures(facts)
        self._anchors: dict[tuple[int, bool], dict[str, str]] = {}
        self._said: dict[tuple[int, int, int, bool], str] = {}

    def says(self, clauses: tuple[Clause, ...], row: int, plural: bool, rng: random.Random) -> str:
        """A predicate: "is next to the desk", "have a lamp on them". Several clauses share their word: a list."""
        return self.say("says", clauses, row, plural, rng)

    def which(self, clauses: tuple[Clause, ...], row: int, plural: bool, rng: random.Random) -> str:
        """After a noun: "next to the desk", "with a lamp on it", "standing by the bed and the door"."""
        return self.say("which", clauses, row, plural, rng)

    def place(self, clauses: tuple[Clause, ...], row: int, plural: bool, rng: random.Random) -> str:
        """At the head of a sentence: "next to the desk"; only of clauses that name a place."""
        return self.say("place", clauses, row, plural, rng)

    def says_with(self, clause: Clause, anchor: str, row: int, plural: bool, rng: random.Random) -> str:
        """A predicate with another text for the anchor: "is next to that desk"."""
        return self.say("says", (clause,), row, plural, rng, anchor)

    def names_place(self, clause: Clause) -> bool:
        """Whether the clause can open a sentence as a place ("with a lamp on it" cannot)."""
        return bool(_ways(clause.word).place)

    def stands(self, row: int, plural: bool) -> str:
        """The verb of place that suits a thing."""
        return POSTURES[self.posture[row]][plural]

    def anchor(self, clause: Clause, loose: bool = False) -> dict[str, str]:
        """{anchor}, {anchor 2} of a clause; `loose`: indefinite, for things that a target carries or contains."""
        key = (clause.index, loose)
        slots = self._anchors.get(key) if clause.index >= 0 else None
        if slots is None:
            facts, slots = self.facts, {}
            for index, anchor in enumerate(clause.anchors):
                name = f"anchor {index + 1}" if index else "anchor"
                slots[name] = facts.indefinite(anchor) if loose else facts.mention(anchor)
            if clause.index >= 0:
                self._anchors[key] = slots
        return slots

    def say(
        self, use: str, clauses: tuple[Clause, ...], row: int, plural: bool, rng: random.Random, anchor: str = ""
    ) -> str:
        """A clause in one of the uses says, which, place; `anchor`: another text for its anchor."""
        posture = self.posture[row]
        ways: tuple[_Way, ...] = getattr(_ways(clauses[0].word), use)
        at = int(rng.random() * len(ways))
        while posture == IS and ways[at].form == "put":
            at = (at + 1) % len(ways)
        key = (clauses[0].index, ways[at].number, posture, plural)
        memorable = len(clauses) == 1 and clauses[0].index >= 0 and not anchor
        text = self._said.get(key) if memorable else None
        if text is None:
            text = self._render(ways[at], clauses, posture, plural, anchor)
            if memorable:
                self._said[key] = text
        if use == "says" and ways[at].form != "does":
            return f"{AGREEMENT['has' if ways[at].form == 'has' else 'is'][plural]} {text}"
        return f"with {text}" if ways[at].form == "has" and use == "which" else text

    def _render(self, way: _Way, clauses: tuple[Clause, ...], posture: int, plural: bool, anchor: str = "") -> str:
        slots = {"anchor": anchor} if anchor else self._slots(clauses)
        verb = POSTURES[posture]
        slots["stands"], slots["standing"] = verb[plural], verb[2]
        text = "".join(str(v) if kind == "text" else slots[str(v)] for kind, v in way.template.pieces)
        if way.form == "does" and "/" in text:
            first, _, rest = text.partition(" ")
            text = first.split("/")[plural] + " " + rest
        return re.sub(r"\bit\b", "them", text) if plural and way.form == "has" else text

    def _slots(self, clauses: tuple[Clause, ...]) -> dict[str, str]:
        first = clauses[0]
        slots = dict(self.anchor(first, first.word in ("supporting", "containing")))
        if first.via is not None:
            slots["anchor"] = f"{self.facts.definite(first.anchors[0])} that {self.via(first)}"
        if len(clauses) > 1:
            slots["anchor"] = join([slots["anchor"], *(self.anchor(c)["anchor"] for c in clauses[1:])])
        slots["nth"] = NTH[first.rank] if first.rank < len(NTH) else ""
        return slots

    def via(self, clause: Clause) -> str:
        """How the anchor of a chain is found: "is next to the door"; the plainest wording, to stay short."""
        assert clause.via is not None
        plural = self.facts.words.is_plural(clause.anchors[0].kind.noun)
        key = (clause.via.index, -1, 0, plural)
        text = self._said.get(key)
        if text is None:
            way = _ways(clause.via.word).says[0]
            verb = "" if way.form == "does" else AGREEMENT["has" if way.form == "has" else "is"][plural] + " "
            text = self._said[key] = verb + self._render(way, (clause.via,), STANDS, plural)
        return text


@cache
def _ways(word: str) -> _Ways:
    """All wordings of a word: the plain ones first, then the further ones."""
    plain = [(form, t) for form in ("is", "has", "does") for t in forms(word, form)]
    further = [(t.id, t) for t in read_templates("wordings").get(word, ())]
    every = tuple(_Way(form, t, number) for number, (form, t) in enumerate((*plain, *further)))
    return _Ways(
        says=every,
        which=tuple(w for w in every if w.form not in ("does", "only")),
        place=tuple(w for w in every if w.form == "is" and not _is_participle(w.template)),
    )


def _is_participle(template: Template) -> bool:
    """Whether it starts like "resting on": "resting on the desk stands a lamp" is no English."""
    kind, first = template.pieces[0]
    return kind == "text" and str(first).split()[0].endswith(("ing", "ed"))


def _postures(facts: SceneFacts) -> list[int]:
    """How each object is said to be where it is, as indices into `POSTURES`."""
    graph = facts.graph
    kinds = graph.affordances
    hangs = kinds["hung"] | (graph.to_room.sure[:4].max(0, initial=-1.0) > 0)
    flat = graph.boxes.size[:, 2] < FLAT
    carried = graph.support >= 0
    posture = np.select([hangs & ~carried, flat, carried], [HANGS, LIES, SITS], STANDS)
    return [
        IS if label.split()[-1:] and label.split()[-1] in JUST_IS else int(p) for label, p in zip(facts.label, posture)
    ]
