"""METEOR's word alignment: all exact, stem and synonym matches, then a beam search for the best one-to-one subset.

Denkowski and Lavie 2014, "Meteor Universal". The search reproduces the behaviour of the METEOR 1.5 program, including
two effects that decide scores of short answers:

* The program adds the half weight of a stem or synonym match to an *integer*, so such matches count nothing in the
  search; they are taken only where they do not add a chunk, or where a word has no other candidate at all (then the
  match is fixed before the search). Hence "couch" against "sofa" is a match, and "chair" against "chairs", which both
  the stem and the synonym stage propose, is none.
* The distance of a match is charged to the paths that do *not* choose it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

BEAM = 40
EXACT, STEM, SYNONYM = 0, 1, 2
NUM_STAGES = 3


class Match(NamedTuple):
    """Word `test` of the hypothesis stands for word `reference` of the reference."""

    reference: int
    test: int
    stage: int


class _Path(NamedTuple):
    """What was decided about the first words of the reference; deciding one more word makes a new path."""

    matches: tuple[Match, ...] = ()
    used: int = 0  # bit set of the hypothesis words that are taken
    exact: int = 0
    chunks: int = 0  # runs of adjacent matches that have ended
    expected: int = -1  # the hypothesis word that would continue the open run; -1: no run is open
    distance: int = 0

    def take(self, match: Match, detour: int) -> _Path:
        return _Path(
            (*self.matches, match),
            self.used | 1 << match.test,
            self.exact + (match.stage == EXACT),
            self.chunks + (self.expected not in (-1, match.test)),
            match.test + 1,
            self.distance + detour,
        )

    def skip(self, detour: int = 0) -> _Path:
        ended = self.chunks + (self.expected != -1)
        return _Path(self.matches, self.used, self.exact, ended, -1, self.distance + detour)

    def cost(self) -> tuple[int, int, int]:
        return -self.exact, self.chunks, self.distance


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
    proposed = Counter(match.test for matches in candidates for match in matches)
    forced = {m[0].reference: m[0] for m in candidates if len(m) == 1 and proposed[m[0].test] == 1}
    return list(_search(candidates, forced).matches)


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


def _search(candidates: Sequence[Sequence[Match]], forced: Mapping[int, Match]) -> _Path:
    """Beam search over the reference words: most exact matches, then fewest chunks, then least distance."""
    beam = [_Path(used=sum(1 << match.test for match in forced.values()))]
    for position, matches in enumerate(candidates):
        best = sorted(beam, key=_Path.cost)[:BEAM]
        if position in forced:
            match = forced[position]
            beam = [path.take(match, _shift(match)) for path in best]
        else:
            beam = [further for path in best for further in _decide(path, matches)]
    return min((path.skip() for path in sorted(beam, key=_Path.cost)[:BEAM]), key=_Path.cost)


def _decide(path: _Path, matches: Sequence[Match]) -> Iterator[_Path]:
    """The path with every match still open to it, then without any; each pays for the matches passed over before."""
    passed = 0
    for match in matches:
        if not path.used >> match.test & 1:
            yield path.take(match, passed)
            passed += _shift(match)
    yield path.skip(passed)


def _shift(match: Match) -> int:
    return abs(match.reference - match.test)
