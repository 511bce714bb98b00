"""What all families of questions share: candidates, the objects' names and references."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sceneglot.language.clauses import Clause, Description, Kind
from sceneglot.language.facts import SceneFacts
from sceneglot.language.predicates import Reference, References
from sceneglot.language.realize import anchor_slots, forms, subject, which

Slots = Mapping[str, str]

PLACES = frozenset(
    ("on", "in", "under", "above", "next_to", "left", "right", "in_front", "behind", "between", "on_wall",
     "against_wall", "in_corner", "in_center", "from_ceiling")
)  # fmt: skip
"""Words that answer "where"."""

ASKED_PLACES = PLACES | {"beside", "close", "adjacent", "facing", "below"}
"""Words that may locate what a question is about."""

COMMON = (
    "chair", "table", "bed", "couch", "desk", "door", "window", "cabinet", "bookshelf", "lamp", "curtain", "mirror",
    "toilet", "sink", "bathtub", "refrigerator", "tv", "monitor", "keyboard", "laptop", "pillow", "plant", "picture",
    "trash can", "box", "rug", "clock", "nightstand", "dresser", "stool", "armchair", "bench", "microwave", "stove",
    "backpack", "towel", "wardrobe", "printer", "whiteboard", "radiator", "ottoman", "basket", "vase", "piano",
    "bicycle", "fan",
)  # fmt: skip
"""Kinds of things a room may lack: asked for where absent."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A question that could be asked.

    Attributes:
        section: section of `templates/questions.txt`.
        answers: accepted answers, most usual first.
        balance: the answer (or its kind) by which candidates are balanced.
        slots: makes the slots of the template, or None where the object cannot be singled out.
        rows: rows the answer is about; anchors: rows mentioned.
    """

    section: str
    answers: tuple[str, ...]
    balance: str
    slots: Callable[[], Slots | None]
    rows: tuple[int, ...]
    anchors: tuple[int, ...] = ()
    relation: str = ""
    view_dependent: bool = False
    plural: bool = False


@dataclass(eq=False)
class Asker:
    """What the families share: facts, references and the scene's random numbers."""

    facts: SceneFacts
    references: References
    rng: random.Random
    _objects: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._objects = [int(r) for r in np.flatnonzero(self.facts.spoken)]
        self._refer_memory: dict[tuple[int, bool, bool, frozenset[str]], Reference | None] = {}

    @property
    def rows(self) -> list[int]:
        """Rows worth asking about."""
        return self._objects

    @cached_property
    def unique_rows(self) -> list[int]:
        """Rows whose noun alone singles them out."""
        return [r for r in self.rows if self.references.bare(r, Kind(self.noun(r))) is not None]

    @cached_property
    def asked_clauses(self) -> list[Clause]:
        """Clauses that locate something, without superlatives."""
        return [c for c in self.facts.clauses if c.word in ASKED_PLACES and not c.noun]

    def noun(self, row: int) -> str:
        """The label of an object."""
        return self.facts.label[row]

    def refer(
        self, row: int, *, colored: bool = True, stated: bool = True, avoid: frozenset[str] = frozenset()
    ) -> Reference | None:
        """A way to single out an object: the noun where unique, else with a colour, a state or one relation.

        Args:
            colored, stated: whether its colour and state may be named (not where they are asked).
            avoid: relation words that would give the answer away.
        """
        key = (row, colored, stated, avoid)
        if key not in self._refer_memory:
            self._refer_memory[key] = self._refer(row, colored, stated, avoid)
        return self._refer_memory[key]

    def _refer(self, row: int, colored: bool, stated: bool, avoid: frozenset[str]) -> Reference | None:
        plain = self.references.bare(row, Kind(self.noun(row)))
        if plain is not None:
            return plain
        color = self.facts.color[row]
        if colored and color and self.rng.random() < 0.7:
            found = self.references.bare(row, Kind(self.noun(row), color=color))
            if found is not None:
                return found
        state = self.facts.state[row]
        if stated and state and self.rng.random() < 0.7:
            found = self.references.bare(row, Kind(self.noun(row), state=state))
            if found is not None:
                return found
        return self.references.with_clauses(row, Kind(self.noun(row)), self.rng, avoid, most=1)

    def named(self, reference: Reference) -> str:
        """ "the chair next to the desk"."""
        text = self.facts.definite(reference.description)
        plural = self.facts.words.is_plural(reference.description.kind.noun)
        for clause in reference.clauses:
            text += " " + which(self.facts, clause, self.rng, plural)
        return text

    def clause_text(self, clause: Clause) -> str:
        """The clause as words after "is"."""
        options = forms(clause.word, "is")
        template = options[int(self.rng.random() * len(options))]
        return "".join(
            str(v) if kind == "text" else anchor_slots(self.facts, clause)[str(v)] for kind, v in template.pieces
        )

    def answer_names(self, row: int) -> tuple[str, ...]:
        """An object as an answer: its label and two synonyms."""
        return self.facts.words.names(self.noun(row))[:3]


def about(
    asker: Asker, reference: Reference | None, extra: Callable[[Reference], Slots] | None = None
) -> Callable[[], Slots | None]:
    """Slots of a question about one object."""

    def slots() -> Slots | None:
        if reference is None:
            return None
        base = subject(asker.facts, reference.description) | {"the x": asker.named(reference)}
        return base | dict(extra(reference)) if extra else base

    return slots


def is_plural(asker: Asker, row: int) -> bool:
    """Whether the noun the asker uses for an object is a plural one ("curtains")."""
    return asker.facts.words.is_plural(asker.noun(row))


def is_certain(description: Description) -> bool:
    """Whether every object that may fit the description surely does."""
    return description.sure_bits == description.bits
