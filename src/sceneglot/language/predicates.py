"""What a sentence claims, as data: recorded by the generator, recomputed by the checker."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sceneglot.language.clauses import Clause, Description, Kind
from sceneglot.language.facts import SceneFacts

BY_THE_WALL = frozenset(("on_wall", "against_wall", "in_corner"))
"""Words of which one is enough."""


class Said(NamedTuple):
    """One clause of a predicate.

    Attributes:
        word: a word of the language ("next_to", "largest").
        anchors: kinds of its anchors.
        noun: of superlatives and ordinals, what they compare.
        rank: 2 for "the second closest".
        via: clauses that its one anchor fulfils ("the desk that is by the door").
    """

    word: str
    anchors: tuple[Kind, ...] = ()
    noun: str = ""
    rank: int = 1
    via: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Predicate:
    """A kind and the clauses said of it: what a listener has to find."""

    kind: Kind
    clauses: tuple[Said, ...] = ()


@lru_cache(maxsize=4096)
def said(clause: Clause) -> Said:
    """What a clause claims."""
    via = (said(clause.via),) if clause.via is not None else ()
    return Said(clause.word, tuple(a.kind for a in clause.anchors), clause.noun, clause.rank, via)


@dataclass(frozen=True, eq=False)
class Reference:
    """A way to single out an object: a description with clauses that exactly one object fits."""

    row: int
    description: Description
    clauses: tuple[Clause, ...] = ()

    @property
    def predicate(self) -> Predicate:
        """What it claims."""
        return Predicate(self.description.kind, tuple(said(c) for c in self.clauses))

    @property
    def view_dependent(self) -> bool:
        """Whether any clause is."""
        return any(c.view_dependent for c in self.clauses)

    @property
    def words(self) -> frozenset[str]:
        """Relation words it uses."""
        return frozenset(c.word for c in self.clauses)

    def anchor_rows(self) -> list[int]:
        """Rows of the anchors that are singled out, without repetition."""
        return list(dict.fromkeys(row for c in self.clauses for row in c.anchor_rows()))


class References:
    """Finds references for the objects of a scene; remembers what it has computed."""

    def __init__(self, facts: SceneFacts) -> None:
        self.facts = facts
        k = len(facts.graph)
        # usable[c, i]: clause c may be said of object i (true, and its anchors are not i or things called like i).
        self.usable = facts.sure.copy()
        for clause in facts.clauses:
            for anchor in clause.anchors:
                self.usable[clause.index] &= ~anchor.maybe
        self._competition: dict[Kind, np.ndarray] = {}
        self._specific = np.array([not c.noun for c in facts.clauses], bool)
        assert self.usable.shape == (len(facts.clauses), k)

    def rivals(self, description: Description) -> np.ndarray:
        """(C,) how many objects that the description might mean might also fit each clause."""
        found = self._competition.get(description.kind)
        if found is None:
            found = self.facts.maybe[:, description.maybe].sum(1)
            self._competition[description.kind] = found
        return found

    def clauses_for(self, row: int, kind: Kind) -> np.ndarray:
        """Indices of clauses that may be said of an object called `kind`; superlatives need their own plain noun."""
        allowed = np.flatnonzero(self.usable[:, row])
        clauses = self.facts.clauses
        fits = [self._specific[c] or (kind.is_plain and clauses[c].noun == kind.noun) for c in allowed]
        return allowed[np.array(fits, bool)]

    def bare(self, row: int, kind: Kind) -> Reference | None:
        """The description alone, where it is unique."""
        description = self.facts.describe(kind)
        return Reference(row, description) if description.is_unique and description.sure[row] else None

    def with_clauses(
        self, row: int, kind: Kind, rng: random.Random, avoid: frozenset[str] = frozenset(), most: int = 2
    ) -> Reference | None:
        """A random unique reference of one clause, or of two where one is not enough; None where there is none.

        Args:
            avoid: relation words that must not be used.
            most: clauses allowed.
        """
        facts = self.facts
        description = facts.describe(kind)
        if not description.sure[row]:
            return None
        candidates = self.clauses_for(row, kind)
        if avoid:
            candidates = np.array([c for c in candidates if facts.clauses[c].word not in avoid], np.int64)
        if not len(candidates):
            return None
        alone = candidates[self.rivals(description)[candidates] == 1]
        if len(alone):
            return Reference(row, description, (facts.clauses[draw(alone, facts, rng)],))
        if most < 2:
            return None
        group = facts.maybe[np.ix_(candidates, description.maybe)].astype(np.int32)
        first, second = np.nonzero(np.triu(group @ group.T == 1, 1))
        if not len(first):
            return None
        for _ in range(8):
            at = int(rng.random() * len(first))
            a, b = facts.clauses[candidates[first[at]]], facts.clauses[candidates[second[at]]]
            if not alike(a, b):
                return Reference(row, description, (a, b) if rng.random() < 0.5 else (b, a))
        return None

    def more(self, reference: Reference, rng: random.Random, avoid: frozenset[str] = frozenset()) -> Reference:
        """The reference with one more true clause, if there is one that tells something else."""
        facts = self.facts
        candidates = [
            c
            for c in self.clauses_for(reference.row, reference.description.kind)
            if facts.clauses[c].word not in avoid
            and not any(alike(facts.clauses[c], said) for said in reference.clauses)
        ]
        if not candidates:
            return reference
        chosen = facts.clauses[draw(np.array(candidates), facts, rng)]
        return Reference(reference.row, reference.description, (*reference.clauses, chosen))


def alike(a: Clause, b: Clause) -> bool:
    """Whether saying both would sound like saying one twice: same word, or the same anchors."""
    if a.word == b.word or (a.word in BY_THE_WALL and b.word in BY_THE_WALL):
        return True
    for x in a.anchors:
        for y in b.anchors:
            if x.kind.noun == y.kind.noun:
                return True
    return False


def draw(candidates: np.ndarray, facts: SceneFacts, rng: random.Random) -> int:
    """A clause index: first a relation word, then a clause, so that frequent relations do not drown rare ones."""
    by_word: dict[str, list[int]] = {}
    for c in candidates:
        by_word.setdefault(facts.clauses[c].word, []).append(int(c))
    words = list(by_word)
    chosen = by_word[words[int(rng.random() * len(words))]]
    return chosen[int(rng.random() * len(chosen))]
