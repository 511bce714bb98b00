"""METEOR's word alignment: all exact, stem and synonym matches, then a beam search for the best one-to-one subset.

Denkowski and Lavie 2014, "Meteor Universal". The search reproduces the behaviour of the METEOR 1.5 program, including
two effects that decide scores of short answers:

* The program adds the half weight of a stem or synonym match to an *integer*, so such matches count nothing in the
  search; they are taken only where they do not add a chunk, or where a word has no other candidate at all (then the
  match is fixed before the search). Hence "couch" against "sofa" is a match, and "chair" against "chairs", which both
  the stem and the synonym stage propose, is none.
* The distance of a chosen match is added to the path that did *not* choose it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

BEAM = 40
EXACT, STEM, SYNONYM = 0, 1, 2
NUM_STAGES = 3


class Match(NamedTuple):
    """Word `test` of the hypothesis stands for word `reference` of the reference."""

    reference: int
    test: int
    stage: int


@dataclass
class _Path:
    chosen: list[Match | None]  # per reference word
    used_test: int = 0  # bit sets
    used_reference: int = 0
    num_exact: int = 0
    chunks: int = 0
    last_end: int = -1
    distance: int = 0

    def copy(self) -> _Path:
        return _Path(
            list(self.chosen),
            self.used_test,
            self.used_reference,
            self.num_exact,
            self.chunks,
            self.last_end,
            self.distance,
        )

    def step(self, match: Match) -> None:
        self.num_exact += match.stage == EXACT
        if self.last_end not in (-1, match.test):
            self.chunks += 1
        self.last_end = match.test + 1

    def rank(self) -> tuple[int, int, int]:
        return -self.num_exact, self.chunks, self.distance


def align(
    test: Sequence[str],
    reference: Sequence[str],
    stem: Callable[[str], str],
    senses: Callable[[str], frozenset[int]] | None,
) -> list[Match]:
    """One-to-one word matches of two token lists, ordered by reference position.

    Args:
        test: hypothesis tokens.
        reference: reference tokens.
        stem: word -> stem.
        senses: word -> synsets; None leaves the synonym stage out.
    """
    if list(test) == list(reference):  # the program skips the other stages here
        senses = None
        stem = str
    candidates = _candidates(test, reference, stem, senses)
    start = _Path([None] * len(reference))
    coverage = [0] * len(test)
    for matches in candidates:
        for match in matches:
            coverage[match.test] += 1
    for position, matches in enumerate(candidates):
        if len(matches) == 1 and coverage[matches[0].test] == 1:
            start.chosen[position] = matches[0]
            start.used_test |= 1 << matches[0].test
            start.used_reference |= 1 << position
    best = _search(start, candidates) if any(len(m) > 1 or coverage[m[0].test] > 1 for m in candidates if m) else start
    return [match for match in best.chosen if match is not None]


def count_chunks(matches: Sequence[Match]) -> int:
    """Runs of matches that are contiguous and in the same order in both sentences."""
    return sum(
        i == 0 or match.reference != matches[i - 1].reference + 1 or match.test != matches[i - 1].test + 1
        for i, match in enumerate(matches)
    )


def _candidates(
    test: Sequence[str],
    reference: Sequence[str],
    stem: Callable[[str], str],
    senses: Callable[[str], frozenset[int]] | None,
) -> list[list[Match]]:
    """Per reference word its possible matches, stage by stage; later stages only match words that differ."""
    test_stems = [stem(word) for word in test]
    test_senses = [senses(word) for word in test] if senses else []
    found: list[list[Match]] = []
    for j, word in enumerate(reference):
        here = [Match(j, i, EXACT) for i, other in enumerate(test) if other == word]
        root = stem(word)
        here += [Match(j, i, STEM) for i, other in enumerate(test_stems) if other == root and test[i] != word]
        if senses:
            meanings = senses(word)
            here += [
                Match(j, i, SYNONYM)
                for i, other in enumerate(test_senses)
                if test[i] != word and not meanings.isdisjoint(other)
            ]
        found.append(here)
    return found


def _search(start: _Path, candidates: Sequence[Sequence[Match]]) -> _Path:
    paths = [start]
    for position, matches in enumerate(candidates):
        paths.sort(key=_Path.rank)
        following: list[_Path] = []
        for path in paths[:BEAM]:
            fixed = path.chosen[position]
            if fixed is not None:
                path.step(fixed)
                path.distance += abs(fixed.reference - fixed.test)
                following.append(path)
                continue
            for match in matches:
                if path.used_test >> match.test & 1:
                    continue
                taken = path.copy()
                taken.chosen[position] = match
                taken.used_test |= 1 << match.test
                taken.step(match)
                path.distance += abs(match.reference - match.test)
                following.append(taken)
            if path.last_end != -1:
                path.chunks += 1
                path.last_end = -1
            following.append(path)
        paths = following
    paths.sort(key=_Path.rank)
    paths = paths[:BEAM]
    for path in paths:
        path.chunks += path.last_end != -1
    return min(paths, key=_Path.rank)
