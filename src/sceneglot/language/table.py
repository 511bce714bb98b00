"""ClauseTable: clauses of a scene side by side, as boolean columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sceneglot.language.around import around_clauses
from sceneglot.language.bits import bits_of
from sceneglot.language.clauses import AROUND_WORDS, ROW_WORDS, Clause, Kind
from sceneglot.language.facts import CLEAR, SceneFacts
from sceneglot.language.ordinals import LEAD, aligned_clauses, rank_clauses, row_clauses, superlative_clauses

SPECIAL = frozenset((*LEAD, *ROW_WORDS, *AROUND_WORDS))
"""Words with sentences of their own."""

FAMILY = {
    "adjacent": "near",
    "next_to": "near",
    "beside": "near",
    "close": "near",
    "far_left": "left",
    "far_right": "right",
}
"""Words that say nearly the same count as one when a relation is drawn; else half of all sentences would be of
nearness, which people mention in one of six."""


class ClauseTable:
    """All clauses a description may use: those of the facts, and superlatives, ordinals and places around a viewer.

    Questions draw from the facts' own clauses; descriptions of objects from this table.

    Attributes:
        clauses: all clauses; `Clause.index` is the position here.
        sure, maybe: (C, K) boolean columns: clearly true; not clearly false.
        usable: (K, C) sure, and no anchor is the object itself or a thing called like it.
        special: (C,) superlatives, rows and places around a viewer, which have sentences of their own.
        anchored: (C,) row of the one anchor of clauses with exactly one, that is singled out; -1 for all others.
        word: (C,) number of the relation word, in order of first appearance; words of one family share a number.
        bits: `maybe` of every clause as a number, see `bits`.
    """

    def __init__(self, facts: SceneFacts) -> None:
        start = len(facts.clauses)
        anchors = facts.anchors
        found = [
            *superlative_clauses(facts, anchors),
            *rank_clauses(facts, anchors),
            *aligned_clauses(facts, anchors),
            *around_clauses(facts, anchors),
            *row_clauses(facts, anchors),
        ]
        more = [replace(clause, index=start + at) for at, clause in enumerate(found)]
        self.clauses: list[Clause] = [*facts.clauses, *more]
        shape = len(more), len(facts.graph)
        sure = np.array([c.sure for c in more]).reshape(shape) > CLEAR
        maybe = np.array([c.maybe for c in more]).reshape(shape) > -CLEAR
        structural = facts.graph.affordances["structural"]
        self.sure = np.concatenate([facts.sure, sure & facts.spoken])
        self.maybe = np.concatenate([facts.maybe, maybe & ~structural])
        self.bits = bits_of(self.maybe)
        self._usable(facts)
        self.special = np.array([c.word in SPECIAL for c in self.clauses], bool)
        self.anchored = [
            c.anchors[0].row if len(c.anchors) == 1 and c.anchors[0].is_unique else -1 for c in self.clauses
        ]
        numbers: dict[str, int] = {}
        self.word = [numbers.setdefault(FAMILY.get(c.word, c.word), len(numbers)) for c in self.clauses]
        self._nouns = np.array([c.noun for c in self.clauses], dtype=object)
        self._general = self._nouns == ""

    def _usable(self, facts: SceneFacts) -> None:
        blocked = np.zeros_like(self.sure)
        for clause in self.clauses:
            for anchor in clause.anchors:
                blocked[clause.index] |= anchor.maybe
        self.usable = np.ascontiguousarray((self.sure & ~blocked).T)

    def fits_noun(self, kind: Kind) -> np.ndarray:
        """(C,) clauses that may be said of a kind: superlatives and ordinals only of their own plain noun."""
        return self._general | (self._nouns == kind.noun) if kind.is_plain else self._general
