"""An independent checker: which objects of a table of boxes might a referral mean?

Written apart from the graph and the generator: `rules` holds the geometry with one set of nominal thresholds halfway
between what the graph asserts and what it denies; here predicates are resolved by them. If both are right, a referral
means exactly its target here; a disagreement is a bug in one of them. It shares with the generator only the recorded
`Predicate` and the knowledge of words: which label may be called what, colour words, what hangs on walls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sceneglot.language.bits import bits_of, rows_of
from sceneglot.language.box_measures import is_shell
from sceneglot.language.colors import name_colors
from sceneglot.language.lexicon import lexicon
from sceneglot.language.predicates import Kind, Predicate, Said
from sceneglot.language.rules import Rules
from sceneglot.scenes.objects import Objects

SIDE_OF_VIEWER = {"ahead": 0.0, "to_left": 90.0, "to_right": -90.0, "at_back": 180.0}
"""Word -> middle of its quarter, degrees from the heading."""


class Checker:
    """Finds what a predicate may mean in one table of objects.

    Args:
        objects: the raw boxes.
        position: (2,) where the viewer stands, or None for one who looks along `direction` (2,).
    """

    def __init__(
        self,
        objects: Objects,
        position: Sequence[float] | None = None,
        direction: Sequence[float] | None = None,
    ) -> None:
        self.objects = objects
        self.rules = Rules(objects, position, direction)
        self.is_object = np.array([not is_shell(text) for text in self.rules.label], bool)
        self._shades = self._named_colors()
        self._kinds: dict[Kind, np.ndarray] = {}
        self._bits: dict[Kind | Said | tuple[Said, Kind], int] = {}
        self._said: dict[tuple[Said, Kind | None], np.ndarray] = {}

    def meant(self, predicate: Predicate) -> tuple[int, ...]:
        """Ids of all objects that somebody might take the predicate to mean."""
        return tuple(int(self.objects.id[row]) for row in self.rows_meant(predicate))

    def rows_meant(self, predicate: Predicate) -> list[int]:
        """Rows of all objects that somebody might take the predicate to mean."""
        return rows_of(self.bits_meant(predicate))

    def bits_meant(self, predicate: Predicate) -> int:
        """The same rows as bits, see `bits`."""
        kind = predicate.kind
        left = self._bits.get(kind)
        if left is None:
            left = self._bits[kind] = bits_of(self.might_be(kind)[None])[0]
        for said in predicate.clauses:
            key = (said, kind) if said.noun else said
            stands = self._bits.get(key)
            if stands is None:
                stands = self._bits[key] = bits_of(self.stands(said, kind)[None])[0]
            left &= stands
        return left

    def might_be(self, kind: Kind) -> np.ndarray:
        """(K,) objects that somebody might call so."""
        found = self._kinds.get(kind)
        if found is None:
            objects, label = self.objects, self.rules.label
            found = self.is_object & np.array([lexicon().might_fit(kind.noun, text) for text in label], bool)
            for row in np.flatnonzero(found) if not kind.is_plain else ():
                found[row] = (
                    (not kind.color or kind.color in self._shades[row] or not self._shades[row])
                    and (not kind.material or objects.material[row] in ("", kind.material))
                    and (not kind.shape or objects.shape[row] in ("", kind.shape))
                    and (not kind.state or lexicon().state_fits(kind.state, lexicon().state_of(objects.state[row])))
                )
            self._kinds[kind] = found
        return found

    def stands(self, said: Said, kind: Kind) -> np.ndarray:
        """(K,) whether each row stands in the relation to any things its anchors may mean."""
        key = (said, kind if said.noun else None)  # superlatives compare those that may be meant
        found = self._said.get(key)
        if found is None:
            found = self._said[key] = self._resolve(said, kind)
        return found

    def _resolve(self, said: Said, kind: Kind) -> np.ndarray:
        if said.word in MEASURES:
            return self._best(MEASURES[said.word](self.rules), self.might_be(kind))
        if not said.anchors:
            return self.rules.room(said.word)
        choices = [self.might_be(anchor) for anchor in said.anchors]
        for via in said.via:
            choices[0] = choices[0] & self.stands(via, said.anchors[0])
        first = np.flatnonzero(choices[0])
        found = np.zeros(len(self.objects), bool)
        if said.word == "between":
            for a in first:
                for b in np.flatnonzero(choices[1]):
                    if a != b:
                        found |= self.rules.between(int(a), int(b))
            return found
        if said.word in BY_ANCHOR:
            for anchor in first.tolist():
                found |= BY_ANCHOR[said.word](self, said, anchor, self.might_be(kind))
            return found
        return np.any(self.rules.pair(said.word)[:, first], axis=1)

    def _best(self, measure: np.ndarray, group: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(group)
        found = np.zeros(len(group), bool)
        if len(rows):
            found[rows[measure[rows] == measure[rows].max()]] = True
        return found

    def ranked(self, said: Said, anchor: int, group: np.ndarray) -> np.ndarray:
        """The one of a group that is the closest (second closest, farthest ...) to an anchor."""
        rows = np.flatnonzero(group & (np.arange(len(group)) != anchor))
        score = self.rules.distance(anchor)[rows] * (-1.0 if said.word.endswith("farthest") else 1.0)
        return self._at_rank(rows, score, said.rank)

    def in_row(self, said: Said, anchor: int, group: np.ndarray) -> np.ndarray:
        """The one of a group that stands so far from the left, or right, of a viewer who faces an anchor."""
        rows = np.flatnonzero(group & (np.arange(len(group)) != anchor))
        bearing = self._bearing(anchor)[rows]
        if len(rows) and np.abs(bearing).max() > 90.0:
            return np.zeros(len(group), bool)  # not all of them are in sight: there is no such row
        return self._at_rank(rows, bearing * (-1.0 if said.word == "from_left" else 1.0), said.rank)

    def around(self, said: Said, anchor: int, group: np.ndarray) -> np.ndarray:
        """Things in a quarter around a viewer who faces an anchor."""
        off = (self._bearing(anchor) - SIDE_OF_VIEWER[said.word] + 180.0) % 360.0 - 180.0
        found = np.abs(off) <= 45.0
        found[anchor] = False
        return found

    def _bearing(self, anchor: int) -> np.ndarray:
        position = self.rules.position
        assert position is not None, "only a viewer with a place can face things"
        x, y = self.rules.mid[anchor, :2] - np.asarray(position)
        return self.rules.bearing(position, float(np.arctan2(y, x)))

    def _at_rank(self, rows: np.ndarray, score: np.ndarray, rank: int) -> np.ndarray:
        """Rows with exactly `rank` - 1 others before them."""
        found = np.zeros(len(self.objects), bool)
        before = (score[None] < score[:, None]).sum(1)
        found[rows[before == rank - 1]] = True
        return found

    def _named_colors(self) -> list[frozenset[str]]:
        """Colour words that might be used for each object; empty where its colour is unknown."""
        _, shades = name_colors(self.objects.color)
        unknown = (self.objects.color == 128).all(1)
        return [
            frozenset((word,)) if word else (frozenset() if unknown[row] else shades[row])
            for row, word in enumerate(self.objects.color_name)
        ]


MEASURES: dict[str, Callable[[Rules], np.ndarray]] = {
    "largest": lambda r: r.size.prod(1),
    "smallest": lambda r: -r.size.prod(1),
    "longest": lambda r: r.size[:, :2].max(1),
    "tallest": lambda r: r.size[:, 2],
    "shortest": lambda r: -r.size[:, 2],
    "highest": lambda r: r.mid[:, 2],
    "lowest": lambda r: -r.mid[:, 2],
}
"""Superlative -> what it compares."""

BY_ANCHOR: dict[str, Callable[[Checker, Said, int, np.ndarray], np.ndarray]] = {
    **dict.fromkeys(("closest", "farthest", "nth_closest", "nth_farthest"), Checker.ranked),
    **dict.fromkeys(("from_left", "from_right"), Checker.in_row),
    **dict.fromkeys(SIDE_OF_VIEWER, Checker.around),
}
"""Words whose rule needs one anchor at a time."""
