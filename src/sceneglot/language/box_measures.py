"""What the checker measures on raw boxes: overlaps, gaps, distances, the walls and the floor, before any rule.

Written without any of the graph's geometry, as the rules are. K is the number of objects, lengths are in metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from sceneglot.graph.affordances import classes_of
from sceneglot.language.lexicon import normalize
from sceneglot.scenes.objects import Objects

SHELL = ("wall", "floor", "ceiling", "walls", "roof")


class BoxMeasures:
    """Measurements of the boxes of one table, each taken when first asked for.

    Args:
        objects: the raw boxes.

    Attributes:
        objects: the same.
        label: K labels, normalised.
        low, high, mid, size: (K, 3) float64 corners, centres and full sizes.
    """

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.label = [normalize(text) for text in objects.label]
        self.low = objects.low.astype(np.float64)
        self.high = objects.high.astype(np.float64)
        self.mid = (self.low + self.high) / 2
        self.size = self.high - self.low

    # Pairs ------------------------------------------------------------------------------------------------------------

    @cached_property
    def shared(self) -> np.ndarray:
        """(K, K, 3) overlap along each axis, negative: gap."""
        return np.minimum(self.high[:, None], self.high[None]) - np.maximum(self.low[:, None], self.low[None])

    @cached_property
    def gap(self) -> np.ndarray:
        """(K, K) horizontal gap between the footprints."""
        apart = np.maximum(0.0, -self.shared[..., :2])
        return np.hypot(apart[..., 0], apart[..., 1])

    def over(self, share: float) -> np.ndarray:
        """(K, K) whether at least this share of i's extent lies over j, on both horizontal axes."""
        return np.all(self.shared[..., :2] >= share * self.size[:, None, :2], axis=-1)

    def has(self, name: str) -> np.ndarray:
        """(K,) whether the label is of a class of things (`graph.affordances`)."""
        return np.array([name in classes_of(text) for text in self.label], bool)

    @cached_property
    def step(self) -> np.ndarray:
        """(K, K) underside of i above the top of j."""
        return self.low[:, None, 2] - self.high[None, :, 2]

    def distance(self, j: int) -> np.ndarray:
        """(K,) distance between the centres of all things and j."""
        return np.sqrt(((self.mid - self.mid[j]) ** 2).sum(1))

    def bearing(self, position: Sequence[float], heading: float) -> np.ndarray:
        """(K,) angle of the centres from a heading, degrees in [-180, 180), left positive."""
        angle = np.arctan2(self.mid[:, 1] - position[1], self.mid[:, 0] - position[0]) - heading
        return (np.degrees(angle) + 180.0) % 360.0 - 180.0

    # The room ---------------------------------------------------------------------------------------------------------

    @cached_property
    def extent(self) -> tuple[np.ndarray, np.ndarray]:
        """Horizontal extent of the room."""
        shell = np.array([text == "floor" or text.endswith(("wall", "walls")) for text in self.label], bool)
        rows = shell if shell.any() else np.ones(len(self.label), bool)
        if not rows.any():
            return np.zeros(2), np.zeros(2)
        return self.low[rows, :2].min(0), self.high[rows, :2].max(0)

    @cached_property
    def walls(self) -> np.ndarray:
        """(W, 4) footprints x0, y0, x1, y1 of straight walls, or the four sides of the room."""
        straight = [r for r, text in enumerate(self.label)
                    if text.endswith(("wall", "walls")) and self.size[r, :2].min() <= 0.5]  # fmt: skip
        if straight:
            return np.concatenate([self.low[straight, :2], self.high[straight, :2]], 1)
        (x0, y0), (x1, y1) = self.extent
        return np.array([(x0, y0, x0, y1), (x0, y0, x1, y0), (x1, y0, x1, y1), (x0, y1, x1, y1)])

    @cached_property
    def to_walls(self) -> np.ndarray:
        """(K, W) gap of every thing to every wall."""
        w = self.walls
        x = np.maximum(0.0, np.maximum(w[None, :, 0] - self.high[:, None, 0], self.low[:, None, 0] - w[None, :, 2]))
        y = np.maximum(0.0, np.maximum(w[None, :, 1] - self.high[:, None, 1], self.low[:, None, 1] - w[None, :, 3]))
        return np.hypot(x, y)

    @cached_property
    def floor(self) -> float:
        """Height of the floor: a low one of the undersides, within the labelled floor."""
        rows = [r for r, text in enumerate(self.label) if not is_shell(text) and "hung" not in classes_of(text)]
        under = np.sort(self.low[rows, 2]) if rows else np.zeros(1)
        floors = [r for r, text in enumerate(self.label) if text == "floor"]
        if not floors:
            return float(under[0])
        return min(max(float(under[len(under) // 10]), self.low[floors, 2].min()), self.high[floors, 2].min())


def is_shell(label: str) -> bool:
    """Whether a label names a part of the room's hull."""
    return label in SHELL or label.endswith((" wall", " walls", " floor", " ceiling"))


def distance_to_hull(targets: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(T,) distance of targets (T, 2) to the convex hull of points, 0 inside: the largest signed distance to any
    supporting line through two of them, which is exact outside an edge and a lower bound past a corner."""
    line = points[None] - points[:, None]
    length = np.hypot(line[..., 0], line[..., 1])
    usable = length > 1e-12
    normal = np.stack([line[..., 1], -line[..., 0]], -1)[usable] / length[usable][:, None]
    offset = (points[:, None] + np.zeros_like(line))[usable]
    edge = (((points[None] - offset[:, None]) * normal[:, None]).sum(-1) <= 1e-9).all(1)  # all points on one side
    if not edge.any():
        return np.zeros(len(targets))
    away = ((targets[:, None] - offset[edge][None]) * normal[edge][None]).sum(-1)
    return np.maximum(away.max(1), 0.0)
