"""The room around the objects: floor height, ceiling height, extent and walls, from boxes alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sceneglot.graph.affordances import Affordances
from sceneglot.graph.thresholds import DEFAULTS, Thresholds
from sceneglot.scenes.objects import Objects


@dataclass(frozen=True, eq=False)
class Shell:
    """What is known about the room's hull; computed from labelled boxes, so scans and bare tables agree.

    Attributes:
        floor, ceiling: heights, metres; ceiling is NaN where no ceiling is labelled.
        low, high: (2,) horizontal extent.
        wall_low, wall_high: (W, 2) footprints of straight walls; the four sides of the extent where none is labelled.
        trusted: (W,) labelled walls, and those sides that other objects testify to (see `_testified`).
    """

    floor: float
    ceiling: float
    low: np.ndarray
    high: np.ndarray
    wall_low: np.ndarray
    wall_high: np.ndarray
    trusted: np.ndarray

    @property
    def center(self) -> np.ndarray:
        """(2,) middle of the room."""
        return (self.low + self.high) / 2

    @classmethod
    def of(cls, objects: Objects, affordances: Affordances, t: Thresholds | None = None) -> Shell:
        """Derive the hull of a table of objects (possibly empty)."""
        t = t or DEFAULTS
        low, high = objects.low.astype(np.float64), objects.high.astype(np.float64)
        is_wall, is_floor = affordances["wall"], affordances["floor"]
        around = is_wall | is_floor
        if not around.any():
            around = np.ones(len(objects), bool)
        room_low = low[around, :2].min(0) if around.any() else np.zeros(2)
        room_high = high[around, :2].max(0) if around.any() else np.zeros(2)
        wall_low, wall_high = low[is_wall, :2], high[is_wall, :2]
        straight = (wall_high - wall_low).min(1, initial=np.inf) <= t.wall_thickness
        if straight.any():
            wall_low, wall_high = wall_low[straight], wall_high[straight]
            trusted = np.ones(len(wall_low), bool)
        else:
            wall_low, wall_high = _sides(room_low, room_high)
            trusted = _testified(low, high, room_low, room_high, affordances["hung"], t)
        ceilings = low[affordances["ceiling"], 2]
        ceiling = float(ceilings.max()) if len(ceilings) else float("nan")
        floor = _floor_height(low, high, affordances, is_floor)
        return cls(floor, ceiling, room_low, room_high, wall_low, wall_high, trusted)


def _sides(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Four zero-thickness walls around an extent."""
    (x0, y0), (x1, y1) = low, high
    return (
        np.array([[x0, y0], [x0, y0], [x1, y0], [x0, y1]]),
        np.array([[x0, y1], [x1, y0], [x1, y1], [x1, y1]]),
    )


def _testified(
    low: np.ndarray, high: np.ndarray, room_low: np.ndarray, room_high: np.ndarray, hung: np.ndarray, t: Thresholds
) -> np.ndarray:
    """Which of the four sides (order of `_sides`) are walls: something flat hangs there, or two things line up."""
    if not len(low):
        return np.zeros(4, bool)
    extent = high[:, :2] - low[:, :2]
    result = []
    for axis, gap in (
        (0, low[:, 0] - room_low[0]),
        (1, low[:, 1] - room_low[1]),
        (0, room_high[0] - high[:, 0]),
        (1, room_high[1] - high[:, 1]),
    ):
        at_side = gap <= t.side_gap
        flat = extent[:, axis] <= np.minimum(t.wall_thickness, extent[:, 1 - axis])
        result.append(bool((at_side & hung & flat).any() or at_side.sum() >= 2))
    return np.array(result)


def _floor_height(low: np.ndarray, high: np.ndarray, affordances: Affordances, is_floor: np.ndarray) -> float:
    """Where furniture stands: a low percentile of the undersides, kept within the labelled floor's box.

    A floor box is thick in real scans (uneven ground, scan noise), so its top alone would put shoes below the floor.
    Without a floor, hung things do not count; with nothing else, the floor is at z = 0 as the frame says.
    """
    standing = ~(affordances["hung"] | affordances["structural"])
    under = low[standing, 2]
    if is_floor.any():
        bottom, top = float(low[is_floor, 2].min()), float(high[is_floor, 2].min())
        return min(max(_tenth(under), bottom), top) if len(under) else top
    return float(under.min()) if len(under) else 0.0


def _tenth(values: np.ndarray) -> float:
    """Their 10th percentile, interpolated (`np.percentile` costs twenty times as much on forty values)."""
    ordered = np.sort(values)
    place = 0.1 * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
