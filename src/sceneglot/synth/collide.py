"""Which things pass through each other, and whether everything stands on something.

Everything in a room is turned about the vertical only, so each part is bounded by an upright box: a rectangle at some
yaw, times a height interval. Two upright boxes are apart by the separating-axis theorem iff their heights or their
shadows on one of the four rectangle axes are. The boxes contain the meshes, so what is proved for them holds for the
meshes; a table's legs and top are separate parts, which leaves the space under it free.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sceneglot.synth.room import Item, Room

FLOOR, WALL, CEILING = -1, -2, -3
"""Values of `Item.parent` for things that no other item carries."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """B upright boxes.

    Attributes:
        center: (B, 3) float64, metres.
        half: (B, 3) float64, half sizes along the box's own axes.
        yaw: (B,) float64, radians about z.
    """

    center: np.ndarray
    half: np.ndarray
    yaw: np.ndarray

    def __len__(self) -> int:
        return len(self.yaw)

    def __getitem__(self, rows: np.ndarray | slice | list[int]) -> Boxes:
        return Boxes(self.center[rows], self.half[rows], self.yaw[rows])

    def moved(self, x: float, y: float, z: float, yaw: float) -> Boxes:
        """The boxes turned by `yaw` about the origin, then shifted."""
        c, s = float(np.cos(yaw)), float(np.sin(yaw))
        center = np.empty_like(self.center)
        center[:, 0] = c * self.center[:, 0] - s * self.center[:, 1] + x
        center[:, 1] = s * self.center[:, 0] + c * self.center[:, 1] + y
        center[:, 2] = self.center[:, 2] + z
        return Boxes(center, self.half, self.yaw + yaw)

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """(B, 3) lower and upper corners of the axis-parallel boxes around them."""
        c, s = np.abs(np.cos(self.yaw)), np.abs(np.sin(self.yaw))
        reach = self.half.copy()
        reach[:, 0] = c * self.half[:, 0] + s * self.half[:, 1]
        reach[:, 1] = s * self.half[:, 0] + c * self.half[:, 1]
        return self.center - reach, self.center + reach

    def corners(self) -> np.ndarray:
        """(B, 4, 2) corners of the shadows on the floor, counter-clockwise."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        u = np.stack([c, s], 1) * self.half[:, :1]
        v = np.stack([-s, c], 1) * self.half[:, 1:2]
        at = self.center[:, :2]
        return np.stack([at - u - v, at + u - v, at + u + v, at - u + v], 1)


def join(groups: list[Boxes]) -> Boxes:
    """All boxes of the groups in one."""
    if not groups:
        return Boxes(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    return Boxes(*(np.concatenate([getattr(g, name) for g in groups]) for name in ("center", "half", "yaw")))


def boxes_around(parts: list[np.ndarray]) -> Boxes:
    """Axis-parallel boxes around vertex arrays (V, 3), in the frame of the vertices."""
    low = np.array([p.min(0) for p in parts], np.float64).reshape(-1, 3)
    high = np.array([p.max(0) for p in parts], np.float64).reshape(-1, 3)
    return Boxes((low + high) / 2, (high - low) / 2, np.zeros(len(parts)))


def item_boxes(item: Item) -> Boxes:
    """One box per part of the item, in the room frame."""
    x, y, z = item.position
    return boxes_around([p.vertices for p in item.parts]).moved(x, y, z, item.yaw)


def close_pairs(a: Boxes, b: Boxes) -> tuple[np.ndarray, np.ndarray]:
    """Row indices (i, j) of the pairs whose axis-parallel bounds overlap; all others are apart."""
    (low_a, high_a), (low_b, high_b) = a.bounds, b.bounds
    if not len(a) or not len(b):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    # only rows of b near the whole of a need the full table
    rows = np.flatnonzero(((low_b < high_a.max(0)) & (high_b > low_a.min(0))).all(1))
    low_b, high_b = low_b[rows], high_b[rows]
    near = (low_a[:, None, 0] < high_b[None, :, 0]) & (low_b[None, :, 0] < high_a[:, None, 0])
    near &= (low_a[:, None, 1] < high_b[None, :, 1]) & (low_b[None, :, 1] < high_a[:, None, 1])
    near &= (low_a[:, None, 2] < high_b[None, :, 2]) & (low_b[None, :, 2] < high_a[:, None, 2])
    i, j = np.nonzero(near)
    return i, rows[j]


def penetration(a: Boxes, b: Boxes) -> np.ndarray:
    """(B,) depth in metres by which box a[k] and b[k] overlap: the shortest way to part them; <= 0 if apart."""
    delta = b.center - a.center
    depth = a.half[:, 2] + b.half[:, 2] - np.abs(delta[:, 2])
    for yaw in (a.yaw, b.yaw):
        c, s = np.cos(yaw), np.sin(yaw)
        for ux, uy in ((c, s), (-s, c)):
            reach = _reach(a, ux, uy) + _reach(b, ux, uy)
            depth = np.minimum(depth, reach - np.abs(delta[:, 0] * ux + delta[:, 1] * uy))
    return depth


def overlap(a: Boxes, b: Boxes, tolerance: float = 0.0) -> bool:
    """Whether any box of `a` enters any box of `b` by more than `tolerance` metres."""
    i, j = close_pairs(a, b)
    return len(i) > 0 and bool((penetration(a[i], b[j]) > tolerance).any())


def _reach(boxes: Boxes, ux: np.ndarray, uy: np.ndarray) -> np.ndarray:
    c, s = np.cos(boxes.yaw), np.sin(boxes.yaw)
    return boxes.half[:, 0] * np.abs(c * ux + s * uy) + boxes.half[:, 1] * np.abs(-s * ux + c * uy)


def collisions(room: Room, tolerance: float = 0.01) -> list[tuple[str, str, float]]:
    """Pairs (label, label, depth) of items, or item and shell, that overlap by more than `tolerance` metres."""
    things = [*room.items, *room.shell]
    per_item = [item_boxes(item) for item in things]
    owner = np.repeat(np.arange(len(things)), [len(b) for b in per_item])
    everything = join(per_item)
    i, j = close_pairs(everything, everything)
    keep = (owner[i] < owner[j]) & (owner[i] < len(room.items))
    i, j = i[keep], j[keep]
    depth = penetration(everything[i], everything[j])
    worst: dict[tuple[int, int], float] = {}
    for p, q, d in zip(owner[i], owner[j], depth):
        if d > tolerance:
            worst[p, q] = max(worst.get((p, q), 0.0), float(d))
    return [(things[p].label, things[q].label, d) for (p, q), d in worst.items()]


def unsupported(room: Room, tolerance: float = 0.01, wall_gap: float = 0.03) -> list[str]:
    """Items that hang in the air, one complaint each; an empty list is a sound room.

    A standing item is sound if its footprint centre lies within the convex hull of the patches where its undersides
    meet the floor or other items' tops (within `tolerance`), and the parent is among those. A wall item must reach a
    wall plane, a ceiling item the ceiling.
    """
    per_item = [item_boxes(item) for item in room.items]
    everything = join(per_item)
    owner = np.repeat(np.arange(len(per_item)), [len(b) for b in per_item])
    complaints = []
    for k, (item, boxes) in enumerate(zip(room.items, per_item)):
        if item.parent == WALL:
            ok = wall_distance(room.plan, boxes) <= wall_gap
        elif item.parent == CEILING:
            ok = abs((boxes.center[:, 2] + boxes.half[:, 2]).max() - room.height) <= tolerance
        elif item.parent == FLOOR:
            low = boxes.center[:, 2] - boxes.half[:, 2]
            ok = low.min() >= -tolerance and balanced(boxes, boxes[low < tolerance].corners().reshape(-1, 2))
        else:
            patches, carriers = _contacts(boxes, everything, owner, k, tolerance)
            ok = item.parent in carriers and balanced(boxes, patches)
        if not ok:
            complaints.append(f"{item.label} ({k}) is not carried by {item.parent}")
    return complaints


def wall_distance(plan: np.ndarray, boxes: Boxes) -> float:
    """Smallest distance, metres, from the boxes to a wall plane of the plan (P, 2); 0 if they reach through it."""
    best = np.inf
    shadow = boxes.corners().reshape(-1, 2)
    for a, b in zip(plan, np.roll(plan, -1, 0)):
        along = (b - a) / np.linalg.norm(b - a)
        inside = (shadow - a) @ np.array([-along[1], along[0]])
        centre = (shadow.mean(0) - a) @ along
        if 0 <= centre <= np.linalg.norm(b - a) and inside.max() > -0.3:
            best = min(best, max(float(inside.min()), 0.0))
    return best


def balanced(boxes: Boxes, patches: np.ndarray) -> bool:
    """Whether the centre of the boxes' common footprint lies in the convex hull of the contact points (M, 2)."""
    if len(patches) < 3:
        return False
    low, high = boxes.bounds
    centre = (low[:, :2].min(0) + high[:, :2].max(0)) / 2
    # outside a convex hull iff some direction sees every contact strictly on one side of the centre
    angle = np.arange(64) * (2 * np.pi / 64)
    away = (patches - centre) @ np.stack([np.cos(angle), np.sin(angle)])
    return bool((away.max(0) >= -1e-6).all())


def _contacts(boxes: Boxes, everything: Boxes, owner: np.ndarray, k: int, tolerance: float):
    """Contact points (M, 2) of the undersides of item k with the tops of other items' parts, and those items."""
    touch = Boxes(everything.center, everything.half + (0, 0, tolerance), everything.yaw)
    i, j = close_pairs(boxes, touch)
    low = boxes.center[i, 2] - boxes.half[i, 2]
    top = everything.center[j, 2] + everything.half[j, 2]
    keep = (owner[j] != k) & (np.abs(low - top) <= tolerance)
    i, j = i[keep], j[keep]
    keep = penetration(boxes[i], touch[j]) > -1e-9
    i, j = i[keep], j[keep]
    patches = [clip(p, q) for p, q in zip(boxes[i].corners(), everything[j].corners())]
    return np.concatenate([*patches, np.zeros((0, 2))]), {int(o) for o in owner[j]}


def clip(subject: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Convex polygon `subject` (P, 2) cut by the convex counter-clockwise `window` (Q, 2) (Sutherland-Hodgman)."""
    points = [tuple(p) for p in subject]
    for a, b in zip(window, np.roll(window, -1, 0)):
        edge = b - a
        side = [edge[0] * (p[1] - a[1]) - edge[1] * (p[0] - a[0]) for p in points]
        kept = []
        for k, (p, s) in enumerate(zip(points, side)):
            q, t = points[k - 1], side[k - 1]
            if (s >= 0) != (t >= 0):
                f = t / (t - s)
                kept.append((q[0] + f * (p[0] - q[0]), q[1] + f * (p[1] - q[1])))
            if s >= 0:
                kept.append(p)
        points = kept
    return np.array(points, float).reshape(-1, 2)
