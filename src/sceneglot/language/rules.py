"""The checker's geometry: when two boxes stand in a relation, by nominal thresholds, apart from the graph.

Written on the raw boxes (`box_measures`) without any of the graph's geometry, with one threshold per rule halfway
between what the graph asserts and what it denies. Every rule is a (K, K) boolean array, [i, j]: "i <word> j", or (K,):
"i <word> the room".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from sceneglot.language.box_measures import BoxMeasures, distance_to_hull
from sceneglot.scenes.objects import Objects

SITTABLE = frozenset(
    ("bed", "sofa", "couch", "chair", "armchair", "loveseat", "futon", "crib", "mattress", "bench", "recliner", "seat",
     "bunk", "daybed", "cot", "stroller")
)  # fmt: skip


class Rules(BoxMeasures):
    """Relations between the boxes of one table, each computed when first asked for.

    Args:
        objects: the raw boxes.
        position: (2,) where the viewer stands, or None for one who looks along `direction` (2,).
    """

    def __init__(
        self, objects: Objects, position: Sequence[float] | None = None, direction: Sequence[float] | None = None
    ) -> None:
        super().__init__(objects)
        self.position, self.direction = position, direction
        self._pairs: dict[str, np.ndarray] = {}
        self._room: dict[str, np.ndarray] = {}

    def pair(self, word: str) -> np.ndarray:
        """(K, K) whether i stands in the relation to j."""
        found = self._pairs.get(word)
        if found is None:
            found = self._pairs[word] = PAIR_RULES[word](self)
            np.fill_diagonal(found, False)
        return found

    def room(self, word: str) -> np.ndarray:
        """(K,) whether i stands in the relation to the room."""
        if word not in self._room:
            self._room[word] = ROOM_RULES[word](self)
        return self._room[word]

    @cached_property
    def _named_parent(self) -> np.ndarray:
        """The source says that i rests on or in j, and the boxes do not rule it out."""
        k = len(self.label)
        named = self.objects.parent[:, None] == np.arange(k)[None]
        low, floor, top = self.low[:, None, 2], self.low[None, :, 2], self.high[None, :, 2]
        return named & (low >= floor - 0.05) & (low <= top + 0.25) & (self.shared[..., :2].min(-1) > -0.02)

    # Vertical --------------------------------------------------------------------------------------------------------

    def on(self) -> np.ndarray:
        """i rests on j."""
        sittable = np.array([bool(text.split()) and text.split()[-1] in SITTABLE for text in self.label], bool)
        touches = (np.abs(self.step) <= 0.2) & (self.mid[:, None, 2] >= self.mid[None, :, 2] - 0.05)
        raised = (self.low[:, None, 2] - self.low[None, :, 2] >= 0.15) & (self.step <= 0.2)
        reaches = self.high[:, None, 2] >= self.high[None, :, 2] - 0.12
        seated = raised & (sittable[None] | reaches)
        return self._named_parent | ((touches | seated) & self.over(0.35))

    def inside(self) -> np.ndarray:
        """i is in j, or let into it."""
        low, high = self.low[:, None, 2], self.high[:, None, 2]
        starts = (low >= self.low[None, :, 2] - 0.1) & (low < self.high[None, :, 2] - 0.025)
        pierces = (low < self.high[None, :, 2]) & (high >= self.high[None, :, 2] - 0.3)
        let_in = pierces & self.has("embedded")[:, None] & self.over(0.35)
        return self._named_parent | let_in | (starts & self.over(0.65))

    def above(self) -> np.ndarray:
        """i is over j without touching it."""
        narrow = np.minimum(self.size[:, None, :2], self.size[None, :, :2])
        x_y = self.shared[..., :2]
        lined_up = (x_y.min(-1) >= -0.35) & (x_y >= 0.3 * narrow).any(-1)
        return (self.step > 0.03) & (self.step <= 2.0) & lined_up

    def under(self) -> np.ndarray:
        """i stands beneath j."""
        lower = self.high[:, None, 2] < self.high[None, :, 2]
        return lower & (self.low[:, None, 2] - self.low[None, :, 2] <= 0.37) & self.over(0.35)

    # Horizontal ------------------------------------------------------------------------------------------------------

    def near(self, gap: float) -> np.ndarray:
        """i is within a gap of j, at about its height."""
        return (self.gap <= gap) & (self.shared[..., 2] >= -0.12)

    def beside(self) -> np.ndarray:
        """i is near j and faces it with a side."""
        narrow = np.minimum(self.size[:, None, :2], self.size[None, :, :2])
        return (self.shared[..., :2] >= 0.25 * narrow).any(-1) & self.near(0.55)

    @cached_property
    def _side(self) -> np.ndarray:
        """(4, K, K) i is left, right, in front of, behind j as the viewer sees it; the first that fits counts."""
        k = len(self.label)
        if self.direction is not None:
            heading = np.full(k, np.arctan2(self.direction[1], self.direction[0]))
        else:
            assert self.position is not None
            heading = np.arctan2(self.mid[:, 1] - self.position[1], self.mid[:, 0] - self.position[0])
        c, s = np.cos(heading), np.sin(heading)
        right_low, right_high = self._span(s, -c)  # [thing, anchor]
        deep_low, deep_high = self._span(c, s)
        own = np.arange(k)
        a_low, a_high = right_low[own, own][None], right_high[own, own][None]
        d_low, d_high = deep_low[own, own][None], deep_high[own, own][None]
        across, deep = (right_low + right_high) / 2, (deep_low + deep_high) / 2
        off_across = np.maximum(0.0, np.maximum(a_low - across, across - a_high))
        off_deep = np.maximum(0.0, np.maximum(d_low - deep, deep - d_high))
        options = (
            (a_low - across, off_deep, a_low - right_high),
            (across - a_high, off_deep, right_low - a_high),
            (d_low - deep, off_across, d_low - deep_high),
            (deep - d_high, off_across, deep_low - d_high),
        )
        taken = np.zeros((k, k), bool)
        result = []
        for away, off, apart in options:
            fits = (away > 0) & (off <= away) & (apart >= -0.17) & ~taken
            taken |= fits
            result.append(fits)
        return np.stack(result)

    def _span(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Extent of every box along one axis per anchor, by its four corners: two (K, K) arrays [thing, anchor]."""
        ends_x = np.stack([self.low[:, 0], self.high[:, 0]])[..., None] * x
        ends_y = np.stack([self.low[:, 1], self.high[:, 1]])[..., None] * y
        corners = ends_x[:, None] + ends_y[None]
        return corners.min((0, 1)), corners.max((0, 1))

    def side(self, which: int, beyond: float = -1.0) -> np.ndarray:
        """i is on one side of j (0 left, 1 right, 2 in front, 3 behind), farther off than `beyond` metres."""
        return self._side[which] & (self.gap > beyond)

    def facing(self) -> np.ndarray:
        """Whether the ray out of i's front meets j's footprint, widened by 0.2 m, within reach (slab test)."""
        front = self.objects.front[:, :2].astype(np.float64)
        known = np.isfinite(front).all(1) & (np.hypot(*np.nan_to_num(front).T) >= 0.5)
        front = np.where(known[:, None], front, 1.0)
        near = self.low[None, :, :2] - 0.2 - self.mid[:, None, :2]
        far = self.high[None, :, :2] + 0.2 - self.mid[:, None, :2]
        still = np.abs(front) < 1e-9
        safe = np.where(still, 1.0, front)[:, None]
        ends = np.sort(np.stack([near / safe, far / safe]), 0)
        enter = np.where(still[:, None], np.where((near > 0) | (far < 0), np.inf, -np.inf), ends[0]).max(-1)
        leave = np.where(still[:, None], np.inf, ends[1]).min(-1)
        ahead = ((self.mid[None, :, :2] - self.mid[:, None, :2]) * front[:, None]).sum(-1)
        hit = (np.maximum(enter, 0.0) <= leave) & (ahead > 0) & (self.gap <= 3.2) & (self.shared[..., 2] >= -0.7)
        return hit | ~known[:, None]  # unknown fronts rule nothing out

    def aligned(self) -> np.ndarray:
        """i and j are alike in footprint and height and level with each other along x or y."""
        area = self.size[:, 0] * self.size[:, 1]
        alike = np.abs(area[:, None] - area[None]) <= 0.2
        height = np.abs(self.mid[:, None, 2] - self.mid[None, :, 2]) <= 0.2
        level = (np.abs(self.mid[:, None, :2] - self.mid[None, :, :2]) <= 0.15).any(-1)
        return alike & height & level & (self.gap <= 2.2)

    # Several anchors -------------------------------------------------------------------------------------------------

    def between(self, a: int, b: int) -> np.ndarray:
        """(K,) things inside the hull of two others, hardly over either, level with both."""
        points = np.array([(x, y) for k in (a, b) for x in (self.low[k, 0], self.high[k, 0])
                           for y in (self.low[k, 1], self.high[k, 1])])  # fmt: skip
        inside = distance_to_hull(self.mid[:, :2], points) <= 0.2
        own = np.maximum(self.size[:, :2], 0.01).prod(1)
        with_anchors = self.shared[:, [a, b]]
        over = np.maximum(with_anchors[..., :2], 0.0).prod(-1) / own[:, None]
        found = inside & (over.max(1) <= 0.3) & (with_anchors[..., 2].min(1) >= -0.12)
        found[[a, b]] = False
        return found

    # The room --------------------------------------------------------------------------------------------------------

    def against_wall(self) -> np.ndarray:
        """i is at a wall."""
        return np.any(self.to_walls <= 0.3, axis=1)

    def on_wall(self) -> np.ndarray:
        """i is at a wall and off the floor."""
        raised = (self.low[:, 2] - self.floor >= 0.27) | self.has("hung")
        return raised & self.against_wall()

    def in_corner(self) -> np.ndarray:
        """i is near two walls that meet, and between them rather than round the corner."""
        walls = self.walls
        is_flat = walls[:, 2] - walls[:, 0] >= walls[:, 3] - walls[:, 1]
        found = np.zeros(len(self.label), bool)
        for f in np.flatnonzero(is_flat):
            for u in np.flatnonzero(~is_flat):
                flat, upright = walls[f], walls[u]
                x, y = (upright[0] + upright[2]) / 2, (flat[1] + flat[3]) / 2
                meet = max(flat[0] - upright[2], upright[0] - flat[2], upright[1] - flat[3], flat[1] - upright[3])
                if meet <= 0.3:
                    aside = np.stack([self.low[:, 0] - x, x - self.high[:, 0], self.low[:, 1] - y, y - self.high[:, 1]])
                    reach = np.maximum(aside.max(0), self.to_walls[:, [f, u]].max(1))
                    along = np.where(self.mid[:, 0] < x, x - flat[0], flat[2] - x)
                    across = np.where(self.mid[:, 1] < y, y - upright[1], upright[3] - y)
                    found |= (reach <= 0.5) & (np.minimum(along, across) >= 0.15)
        return found

    def in_center(self) -> np.ndarray:
        """i is near the middle of the room."""
        low, high = self.extent
        return np.all(np.abs(self.mid[:, :2] - (low + high) / 2) <= 0.35 * (high - low) / 2, axis=1)

    def from_ceiling(self) -> np.ndarray:
        """i ends at a labelled ceiling."""
        ceilings = [self.low[r, 2] for r, text in enumerate(self.label) if text == "ceiling"]
        top = max(ceilings) if ceilings else np.inf
        return self.high[:, 2] >= top - 0.33


PAIR_RULES: dict[str, Callable[[Rules], np.ndarray]] = {
    "on": lambda r: r.on(),
    "in": lambda r: r.inside(),
    "supporting": lambda r: r.on().T.copy(),
    "containing": lambda r: r.inside().T.copy(),
    "above": lambda r: r.above(),
    "below": lambda r: r.above().T | r.under(),
    "under": lambda r: r.under(),
    "higher": lambda r: r.low[:, None, 2] - r.high[None, :, 2] > 0.05,
    "lower": lambda r: r.low[None, :, 2] - r.high[:, None, 2] > 0.05,
    "adjacent": lambda r: r.near(0.18),
    "next_to": lambda r: r.near(0.55),
    "beside": lambda r: r.beside(),
    "close": lambda r: r.near(1.3),
    "left": lambda r: r.side(0),
    "right": lambda r: r.side(1),
    "far_left": lambda r: r.side(0, 1.05),
    "far_right": lambda r: r.side(1, 1.05),
    "in_front": lambda r: r.side(2),
    "behind": lambda r: r.side(3),
    "facing": lambda r: r.facing(),
    "aligned": lambda r: r.aligned(),
}
"""Word -> nominal rule between two rows."""

ROOM_RULES: dict[str, Callable[[Rules], np.ndarray]] = {
    "on_wall": lambda r: r.on_wall(),
    "from_ceiling": lambda r: r.from_ceiling(),
    "against_wall": lambda r: r.against_wall(),
    "in_corner": lambda r: r.in_corner(),
    "in_center": lambda r: r.in_center(),
}
"""Word -> nominal rule between a row and the room."""
