"""The checker's rules once more, pair by pair in scalar arithmetic: the plain twin that `rules` is compared with."""

from __future__ import annotations

import math
from collections.abc import Callable

from sceneglot.graph.affordances import classes_of
from sceneglot.language.box_measures import is_shell
from sceneglot.language.lexicon import normalize
from sceneglot.language.rules import SITTABLE


class PlainRules:
    """One table of boxes and a viewer, as in `rules.Rules`."""

    def __init__(self, objects, position=None, direction=None):
        self.objects = objects
        self.position, self.direction = position, direction
        self.label = [normalize(text) for text in objects.label]
        self.low = [[float(v) for v in row] for row in objects.low]
        self.high = [[float(v) for v in row] for row in objects.high]
        self.mid = [[(a + b) / 2 for a, b in zip(low, high)] for low, high in zip(self.low, self.high)]
        self.rows = [row for row, text in enumerate(self.label) if not is_shell(text)]

    # Measurements ----------------------------------------------------------------------------------------------------

    def _shared(self, i: int, j: int, axis: int) -> float:
        return min(self.high[i][axis], self.high[j][axis]) - max(self.low[i][axis], self.low[j][axis])

    def _extent(self, i: int, axis: int) -> float:
        return self.high[i][axis] - self.low[i][axis]

    def _gap(self, i: int, j: int) -> float:
        return math.hypot(max(0.0, -self._shared(i, j, 0)), max(0.0, -self._shared(i, j, 1)))

    def _over(self, i: int, j: int, share: float) -> bool:
        return all(self._shared(i, j, axis) >= share * self._extent(i, axis) for axis in (0, 1))

    def _level(self, i: int, j: int) -> bool:
        return self._shared(i, j, 2) >= -0.12

    def _last(self, i: int) -> str:
        return self.label[i].split()[-1] if self.label[i] else ""

    def _named_parent(self, i: int, j: int) -> bool:
        """The source says that i rests on or in j, and the boxes do not rule it out."""
        if int(self.objects.parent[i]) != j:
            return False
        starts = self.low[j][2] - 0.05 <= self.low[i][2] <= self.high[j][2] + 0.25
        return starts and min(self._shared(i, j, 0), self._shared(i, j, 1)) > -0.02

    # Vertical --------------------------------------------------------------------------------------------------------

    def _on(self, i: int, j: int) -> bool:
        if self._named_parent(i, j):
            return True
        step = self.low[i][2] - self.high[j][2]
        touches = abs(step) <= 0.2 and self.mid[i][2] >= self.mid[j][2] - 0.05
        raised = self.low[i][2] - self.low[j][2] >= 0.15 and step <= 0.2
        reaches = self.high[i][2] >= self.high[j][2] - 0.12
        seated = raised and (self._last(j) in SITTABLE or reaches)
        return (touches or seated) and self._over(i, j, 0.35)

    def _in(self, i: int, j: int) -> bool:
        if self._named_parent(i, j):
            return True
        starts = self.low[j][2] - 0.1 <= self.low[i][2] < self.high[j][2] - 0.025
        pierces = self.low[i][2] < self.high[j][2] and self.high[i][2] >= self.high[j][2] - 0.3
        let_in = pierces and "embedded" in classes_of(self.label[i]) and self._over(i, j, 0.35)
        return let_in or (starts and self._over(i, j, 0.65))

    def _above(self, i: int, j: int) -> bool:
        step = self.low[i][2] - self.high[j][2]
        x, y = self._shared(i, j, 0), self._shared(i, j, 1)
        narrow = [min(self._extent(i, a), self._extent(j, a)) for a in (0, 1)]
        lined_up = min(x, y) >= -0.35 and (x >= 0.3 * narrow[0] or y >= 0.3 * narrow[1])
        return 0.03 < step <= 2.0 and lined_up

    def _under(self, i: int, j: int) -> bool:
        lower = self.high[i][2] < self.high[j][2]
        return lower and self.low[i][2] - self.low[j][2] <= 0.37 and self._over(i, j, 0.35)

    # Horizontal ------------------------------------------------------------------------------------------------------

    def _side(self, i: int, j: int) -> str:
        """left, right, in_front or behind of anchor j as the viewer sees it, "" inside or on none."""
        if self.direction is not None:
            heading = math.atan2(self.direction[1], self.direction[0])
        else:
            assert self.position is not None
            heading = math.atan2(self.mid[j][1] - self.position[1], self.mid[j][0] - self.position[0])
        across, along = self._interval(j, heading)
        thing_across, thing_along = self._interval(i, heading)
        center = (sum(thing_across) / 2, sum(thing_along) / 2)
        options = {
            "left": (across[0] - center[0], _outside(center[1], along), across[0] - thing_across[1]),
            "right": (center[0] - across[1], _outside(center[1], along), thing_across[0] - across[1]),
            "in_front": (along[0] - center[1], _outside(center[0], across), along[0] - thing_along[1]),
            "behind": (center[1] - along[1], _outside(center[0], across), thing_along[0] - along[1]),
        }
        for word, (away, off, apart) in options.items():
            if away > 0 and off <= away and apart >= -0.17:
                return word
        return ""

    def _interval(self, i: int, heading: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Extent of a box to the viewer's right and along the viewer's gaze, by its four corners."""
        c, s = math.cos(heading), math.sin(heading)
        corners = [(x, y) for x in (self.low[i][0], self.high[i][0]) for y in (self.low[i][1], self.high[i][1])]
        right = [x * s - y * c for x, y in corners]
        ahead = [x * c + y * s for x, y in corners]
        return (min(right), max(right)), (min(ahead), max(ahead))

    def _near(self, i: int, j: int, gap: float) -> bool:
        return self._gap(i, j) <= gap and self._level(i, j)

    def _beside(self, i: int, j: int) -> bool:
        narrow = [min(self._extent(i, a), self._extent(j, a)) for a in (0, 1)]
        facing = any(self._shared(i, j, a) >= 0.25 * narrow[a] for a in (0, 1))
        return facing and self._near(i, j, 0.55)

    def _facing(self, i: int, j: int) -> bool:
        """Whether the ray out of i's front meets j's footprint, widened by 0.2 m, within reach (slab test)."""
        front = [float(v) for v in self.objects.front[i][:2]]
        if not all(math.isfinite(v) for v in front) or math.hypot(*front) < 0.5:
            return True  # unknown fronts rule nothing out
        enter, leave = 0.0, math.inf
        for axis in (0, 1):
            low, high = self.low[j][axis] - 0.2 - self.mid[i][axis], self.high[j][axis] + 0.2 - self.mid[i][axis]
            if abs(front[axis]) < 1e-9:
                if low > 0 or high < 0:
                    return False
                continue
            ends = sorted((low / front[axis], high / front[axis]))
            enter, leave = max(enter, ends[0]), min(leave, ends[1])
        ahead = sum((self.mid[j][a] - self.mid[i][a]) * front[a] for a in (0, 1))
        return enter <= leave and ahead > 0 and self._gap(i, j) <= 3.2 and self._shared(i, j, 2) >= -0.7

    # Several anchors -------------------------------------------------------------------------------------------------

    def _between(self, m: int, a: int, b: int) -> bool:
        if a == m or b == m:
            return False
        points = [
            (x, y) for k in (a, b) for x in (self.low[k][0], self.high[k][0]) for y in (self.low[k][1], self.high[k][1])
        ]
        if _distance_to_hull((self.mid[m][0], self.mid[m][1]), points) > 0.2:
            return False
        own = max(self._extent(m, 0), 0.01) * max(self._extent(m, 1), 0.01)
        over = [max(0.0, self._shared(m, k, 0)) * max(0.0, self._shared(m, k, 1)) / own for k in (a, b)]
        return max(over) <= 0.3 and all(self._level(m, k) for k in (a, b))

    # The room --------------------------------------------------------------------------------------------------------

    def _extent_of_room(self) -> tuple[list[float], list[float]]:
        shell = [r for r, text in enumerate(self.label) if text == "floor" or text.endswith(("wall", "walls"))]
        rows = shell or range(len(self.label))
        return [min(self.low[r][a] for r in rows) for a in (0, 1)], [max(self.high[r][a] for r in rows) for a in (0, 1)]

    def _walls(self) -> list[tuple[float, float, float, float]]:
        """Footprints x0, y0, x1, y1 of straight walls, or the four sides of the room."""
        walls = []
        for r, text in enumerate(self.label):
            if text.endswith(("wall", "walls")) and min(self._extent(r, 0), self._extent(r, 1)) <= 0.5:
                walls.append((self.low[r][0], self.low[r][1], self.high[r][0], self.high[r][1]))
        if walls:
            return walls
        (x0, y0), (x1, y1) = self._extent_of_room()
        return [(x0, y0, x0, y1), (x0, y0, x1, y0), (x1, y0, x1, y1), (x0, y1, x1, y1)]

    def _to_wall(self, i: int, wall: tuple[float, float, float, float]) -> float:
        x = max(0.0, wall[0] - self.high[i][0], self.low[i][0] - wall[2])
        y = max(0.0, wall[1] - self.high[i][1], self.low[i][1] - wall[3])
        return math.hypot(x, y)

    def _at_wall(self, i: int) -> bool:
        return any(self._to_wall(i, wall) <= 0.3 for wall in self._walls())

    def _floor(self) -> float:
        """Height of the floor: a low one of the undersides, within the labelled floor."""
        under = sorted(self.low[r][2] for r in self.rows if "hung" not in classes_of(self.label[r])) or [0.0]
        height = under[len(under) // 10]
        floors = [r for r, text in enumerate(self.label) if text == "floor"]
        if not floors:
            return under[0]
        return min(max(height, min(self.low[r][2] for r in floors)), min(self.high[r][2] for r in floors))

    def _on_wall(self, i: int) -> bool:
        raised = self.low[i][2] - self._floor() >= 0.27 or "hung" in classes_of(self.label[i])
        return raised and self._at_wall(i)

    def _in_corner(self, i: int) -> bool:
        walls = self._walls()
        flat = [w for w in walls if w[2] - w[0] >= w[3] - w[1]]
        upright = [w for w in walls if w[2] - w[0] < w[3] - w[1]]
        for f in flat:
            for u in upright:
                x, y = (u[0] + u[2]) / 2, (f[1] + f[3]) / 2
                reach = max(
                    self.low[i][0] - x, x - self.high[i][0], self.low[i][1] - y, y - self.high[i][1],
                    self._to_wall(i, f), self._to_wall(i, u),
                )  # fmt: skip
                meet = max(f[0] - u[2], u[0] - f[2], u[1] - f[3], f[1] - u[3]) <= 0.3
                along = x - f[0] if self.mid[i][0] < x else f[2] - x
                across = y - u[1] if self.mid[i][1] < y else u[3] - y
                if meet and reach <= 0.5 and min(along, across) >= 0.15:
                    return True
        return False

    def _in_center(self, i: int) -> bool:
        low, high = self._extent_of_room()
        return all(abs(self.mid[i][a] - (low[a] + high[a]) / 2) <= 0.35 * (high[a] - low[a]) / 2 for a in (0, 1))

    def _from_ceiling(self, i: int) -> bool:
        ceilings = [self.low[r][2] for r, text in enumerate(self.label) if text == "ceiling"]
        return bool(ceilings) and self.high[i][2] >= max(ceilings) - 0.33


def _outside(value: float, interval: tuple[float, float]) -> float:
    """How far a coordinate lies outside an interval."""
    return max(0.0, interval[0] - value, value - interval[1])


def _distance_to_hull(point: tuple[float, float], points: list[tuple[float, float]]) -> float:
    """Distance of a point to the convex hull of points, 0 inside: the largest signed distance to any supporting line
    through two of them, which is exact outside an edge and a lower bound past a corner."""
    worst = 0.0
    for a in points:
        for b in points:
            length = math.dist(a, b)
            if length < 1e-12:
                continue
            normal = ((b[1] - a[1]) / length, (a[0] - b[0]) / length)
            side = [(p[0] - a[0]) * normal[0] + (p[1] - a[1]) * normal[1] for p in points]
            if max(side) <= 1e-9:  # all points on one side: an edge of the hull
                worst = max(worst, (point[0] - a[0]) * normal[0] + (point[1] - a[1]) * normal[1])
    return worst


PairRule = Callable[[PlainRules, int, int], bool]

PAIR_RULES: dict[str, PairRule] = {
    "on": lambda c, i, j: c._on(i, j),
    "in": lambda c, i, j: c._in(i, j),
    "supporting": lambda c, i, j: c._on(j, i),
    "containing": lambda c, i, j: c._in(j, i),
    "above": lambda c, i, j: c._above(i, j),
    "below": lambda c, i, j: c._above(j, i) or c._under(i, j),
    "under": lambda c, i, j: c._under(i, j),
    "higher": lambda c, i, j: c.low[i][2] - c.high[j][2] > 0.05,
    "lower": lambda c, i, j: c.low[j][2] - c.high[i][2] > 0.05,
    "adjacent": lambda c, i, j: c._near(i, j, 0.18),
    "next_to": lambda c, i, j: c._near(i, j, 0.55),
    "beside": lambda c, i, j: c._beside(i, j),
    "close": lambda c, i, j: c._near(i, j, 1.3),
    "left": lambda c, i, j: c._side(i, j) == "left",
    "right": lambda c, i, j: c._side(i, j) == "right",
    "far_left": lambda c, i, j: c._side(i, j) == "left" and c._gap(i, j) > 1.05,
    "far_right": lambda c, i, j: c._side(i, j) == "right" and c._gap(i, j) > 1.05,
    "in_front": lambda c, i, j: c._side(i, j) == "in_front",
    "behind": lambda c, i, j: c._side(i, j) == "behind",
    "facing": lambda c, i, j: c._facing(i, j),
}


ROOM_RULES: dict[str, Callable[[PlainRules, int], bool]] = {
    "on_wall": lambda c, i: c._on_wall(i),
    "from_ceiling": lambda c, i: c._from_ceiling(i),
    "against_wall": lambda c, i: c._at_wall(i),
    "in_corner": lambda c, i: c._in_corner(i),
    "in_center": lambda c, i: c._in_center(i),
}
