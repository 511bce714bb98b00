"""Finder: draws ways to single out an object, in the forms that people use: one fact, several, a star, a chain."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sceneglot.language.clauses import PAIR_WORDS, Clause, Description, Kind
from sceneglot.language.facts import CLEAR, SceneFacts
from sceneglot.language.predicates import Reference, alike
from sceneglot.language.table import ClauseTable

CHAIN_WORDS = ("on", "in", "under", "above", "below", "adjacent", "next_to", "beside", "close", "facing")
"""Words that may lead from a located anchor to the target."""

TRIES = 6
"""Random draws before a form is given up for an object."""


@dataclass(frozen=True, eq=False)
class Options:
    """What can be said of one object called one thing: clause indices, grouped by relation word.

    Attributes:
        groups: clauses that hold; alone: those that single the object out by themselves.
        rivals: (C,) how many objects that the description might mean might also fit each clause.
    """

    description: Description
    groups: list[list[int]]
    alone: list[list[int]]
    rivals: np.ndarray

    @cached_property
    def every(self) -> np.ndarray:
        """All clauses that hold."""
        return np.array([c for group in self.groups for c in group], np.int64)


class Finder:
    """Finds references for the objects of a scene; remembers what it has computed."""

    def __init__(self, facts: SceneFacts, table: ClauseTable) -> None:
        self.facts, self.table = facts, table
        self._options: dict[tuple[int, Kind], Options] = {}
        self._special: dict[tuple[int, Kind], list[list[int]]] = {}
        self._pairs: dict[tuple[int, Kind], tuple[np.ndarray, np.ndarray]] = {}
        self._links: dict[tuple[int, Kind], list[tuple[int, int, Description]]] = {}
        self._stars: dict[tuple[int, Kind], list[list[int]]] = {}
        self._rivals: dict[Kind, np.ndarray] = {}
        self._countable = table.maybe.astype(np.float32)
        words = list(PAIR_WORDS)
        self._chain = [words.index(word) for word in CHAIN_WORDS]

    def options(self, row: int, kind: Kind) -> Options:
        """Clauses for an object called `kind`; those with sentences of their own are left to `special`."""
        found = self._options.get((row, kind))
        if found is None:
            allowed = np.flatnonzero(self.table.usable[row] & self.table.fits_noun(kind) & ~self.table.special)
            rivals = self.rivals(self.facts.describe(kind))
            alone = allowed[rivals[allowed] == 1]
            found = Options(self.facts.describe(kind), self._grouped(allowed), self._grouped(alone), rivals)
            self._options[row, kind] = found
        return found

    def rivals(self, description: Description) -> np.ndarray:
        """(C,) how many objects that the description might mean might also fit each clause."""
        found = self._rivals.get(description.kind)
        if found is None:
            found = self._countable @ description.maybe.astype(np.float32)
            self._rivals[description.kind] = found
        return found

    # Forms -----------------------------------------------------------------------------------------------------------

    def bare(self, row: int, kind: Kind) -> Reference | None:
        """The description alone, where it is unique."""
        description = self.facts.describe(kind)
        return Reference(row, description) if description.is_unique and description.sure[row] else None

    def single(self, row: int, kind: Kind, rng: random.Random) -> Reference | None:
        """One clause that is enough."""
        options = self.options(row, kind)
        if not options.alone:
            return None
        return Reference(row, options.description, (self.table.clauses[draw(options.alone, rng)],))

    def pair(self, row: int, kind: Kind, rng: random.Random) -> Reference | None:
        """Two clauses that are enough together, though neither is alone."""
        options = self.options(row, kind)
        found = self._pairs.get((row, kind))
        if found is None:
            every = options.every
            group = self.table.maybe[np.ix_(every, np.flatnonzero(options.description.maybe))].astype(np.float32)
            first, second = np.nonzero(np.triu(group @ group.T == 1, 1))
            found = self._pairs[row, kind] = (first, second)
        first = found[0]
        for _ in range(TRIES if len(first) else 0):
            at = int(rng.random() * len(first))
            a, b = (self.table.clauses[options.every[which[at]]] for which in found)
            if not alike(a, b):
                return Reference(row, options.description, (a, b) if rng.random() < 0.5 else (b, a))
        return None

    def more(self, reference: Reference, rng: random.Random) -> Reference:
        """The reference with one more true clause that tells something else, where there is one."""
        groups = self.options(reference.row, reference.description.kind).groups
        for _ in range(TRIES if groups else 0):
            clause = self.table.clauses[draw(groups, rng)]
            if not any(alike(clause, known) for known in reference.clauses):
                return Reference(reference.row, reference.description, (*reference.clauses, clause))
        return reference

    def star(self, row: int, kind: Kind, rng: random.Random) -> Reference | None:
        """Three different anchors around the object (SceneVerse's star), enough together."""
        anchored, clauses, bits = self.table.anchored, self.table.clauses, self.table.bits
        options = self.options(row, kind)
        groups = self._anchored_groups(row, kind)
        if sum(map(len, groups)) < 3:
            return None
        among = options.description.bits
        for _ in range(TRIES):
            first = groups[int(rng.random() * len(groups))]
            chosen = [first[int(rng.random() * len(first))]]
            same = None  # one relation, several anchors
            if len(first) > 1 and rng.random() < 0.6:
                same = [c for c in first if clauses[c].word == clauses[chosen[0]].word]
            for _ in range(2):
                chosen.append(same[int(rng.random() * len(same))] if same else draw(groups, rng))
            a, b, c = chosen
            if (bits[a] & bits[b] & bits[c] & among).bit_count() != 1:
                continue
            if len({anchored[c] for c in chosen}) < 3 or len({clauses[c].anchors[0].kind for c in chosen}) < 3:
                continue
            chosen.sort(key=lambda c: clauses[c].word)
            return Reference(row, options.description, tuple(clauses[c] for c in chosen))
        return None

    def _anchored_groups(self, row: int, kind: Kind) -> list[list[int]]:
        """The groups of `options`, of clauses with one anchor that is singled out."""
        found = self._stars.get((row, kind))
        if found is None:
            groups = ([c for c in group if self.table.anchored[c] >= 0] for group in self.options(row, kind).groups)
            found = self._stars[row, kind] = [group for group in groups if group]
        return found

    def chain(self, row: int, kind: Kind, rng: random.Random) -> Reference | None:
        """An anchor that has to be located itself: "the lamp on the desk that is next to the door"."""
        facts, description = self.facts, self.facts.describe(kind)
        found = self._links.get((row, kind))
        if found is None:
            found = self._links[row, kind] = self._find_links(row, description)
        for _ in range(TRIES if found else 0):
            at, other, called = found[int(rng.random() * len(found))]
            located = self.single(other, called.kind, rng)
            if located is None or any(a.bits >> row & 1 for a in located.clauses[0].anchors):
                continue
            word = self._chain[at]
            sure, maybe = facts.pair_sure[word, :, other], facts.pair_maybe[word, :, other]
            link = Clause(CHAIN_WORDS[at], (called,), sure, maybe, via=located.clauses[0], at=other)
            return Reference(row, description, (link,))
        return None

    def _find_links(self, row: int, description: Description) -> list[tuple[int, int, Description]]:
        """Things that lead to a row, once they are located: number of the chain word, row, description."""
        facts = self.facts
        related = (facts.pair_sure[self._chain, row] > CLEAR) & facts.spoken & ~description.maybe
        links = []
        for at, other in zip(*(which.tolist() for which in np.nonzero(related))):
            called = facts.describe(Kind(facts.label[other]))
            rivals = facts.pair_maybe[self._chain[at], :, other] > -CLEAR
            if not (called.is_unique or called.maybe[row]) and np.count_nonzero(rivals & description.maybe) == 1:
                links.append((at, other, called))
        return links

    def special(self, row: int, kind: Kind, rng: random.Random) -> Reference | None:
        """A superlative, a place in a row, or a place around a viewer who faces something."""
        found = self._special.get((row, kind))
        if found is None:
            allowed = self.table.usable[row] & self.table.fits_noun(kind) & self.table.special
            alone = allowed & (self.rivals(self.facts.describe(kind)) == 1)
            found = self._special[row, kind] = self._grouped(np.flatnonzero(alone))
        if not found:
            return None
        return Reference(row, self.facts.describe(kind), (self.table.clauses[draw(found, rng)],))

    def _grouped(self, indices: np.ndarray) -> list[list[int]]:
        groups: dict[int, list[int]] = {}
        for c in indices.tolist():
            groups.setdefault(self.table.word[c], []).append(c)
        return list(groups.values())


def draw(groups: list[list[int]], rng: random.Random) -> int:
    """First a relation word, then a clause, so that frequent relations do not drown rare ones."""
    group = groups[int(rng.random() * len(groups))]
    return group[int(rng.random() * len(group))]
