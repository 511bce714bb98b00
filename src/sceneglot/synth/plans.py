"""Floor plans: rectangular and L-shaped rooms with doors and windows cut into their walls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth import solids
from sceneglot.synth.collide import Boxes, overlap
from sceneglot.synth.room import Item, Material, Part

WALL_DEPTH = 0.14
"""Thickness of the walls, metres; they stand outside the plan."""


@dataclass(frozen=True, eq=False)
class Wall:
    """One side of the plan, walked with the room on the left.

    Attributes:
        start: (2,) corner; along: (2,) unit direction; inward: (2,) unit normal into the room; length: metres.
    """

    start: np.ndarray
    along: np.ndarray
    inward: np.ndarray
    length: float

    @property
    def yaw(self) -> float:
        """Turn of a thing whose back is to this wall: its front (-y) then looks inward."""
        return float(np.arctan2(self.inward[0], -self.inward[1]))

    def point(self, s: float, off: float = 0.0) -> tuple[float, float]:
        """World position s metres along the wall, `off` metres into the room."""
        x, y = self.start + self.along * s + self.inward * off
        return float(x), float(y)


@dataclass(frozen=True)
class Opening:
    """A hole in wall number `wall`, centred `at` metres along it, between heights bottom and top."""

    wall: int
    kind: Literal["door", "window"]
    at: float
    width: float
    bottom: float
    top: float


@dataclass(frozen=True, eq=False)
class Plan:
    """Corners (P, 2) counter-clockwise with axis-parallel sides, lowest corner at the origin; ceiling height; holes."""

    corners: np.ndarray
    height: float
    openings: tuple[Opening, ...] = ()

    @cached_property
    def walls(self) -> tuple[Wall, ...]:
        """One wall per side, from each corner to the next, with its inward normal."""
        walls = []
        for a, b in zip(self.corners, np.roll(self.corners, -1, 0)):
            length = float(np.linalg.norm(b - a))
            along = (b - a) / length
            walls.append(Wall(a, along, np.array([-along[1], along[0]]), length))
        return tuple(walls)

    @property
    def size(self) -> np.ndarray:
        """(2,) extent along x and y."""
        return self.corners.max(0)

    @cached_property
    def missing(self) -> Boxes:
        """Boxes over the parts of the bounding rectangle that do not belong to the room (the notch of an L)."""
        if len(self.corners) == 4:
            return Boxes(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
        inner = self.corners[_reflex(self.corners)]
        sides = np.array([(x, y) for x in (0.0, self.size[0]) for y in (0.0, self.size[1])])
        gone = next(s for s in sides if not (self.corners == s).all(1).any())
        low, high = np.minimum(inner, gone), np.maximum(inner, gone)
        center = np.append((low + high) / 2, self.height / 2)
        return Boxes(center[None], np.append((high - low) / 2, self.height)[None], np.zeros(1))

    def contains(self, boxes: Boxes, tolerance: float) -> bool:
        """Whether no box leaves the plan by more than `tolerance` metres."""
        low, high = boxes.bounds
        inside = (low[:, :2] >= -tolerance).all() and (high[:, :2] <= self.size + tolerance).all()
        return bool(inside) and not (len(self.missing) and overlap(boxes, self.missing, tolerance))


def _reflex(corners: np.ndarray) -> int:
    before, after = corners - np.roll(corners, 1, 0), np.roll(corners, -1, 0) - corners
    return int(np.argmin(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]))


def draw_plan(
    rng: np.random.Generator,
    width: tuple[float, float],
    depth: tuple[float, float],
    height: tuple[float, float] = (2.5, 2.9),
    l_shaped: float = 0.25,
    doors: tuple[int, int] = (1, 2),
    windows: tuple[int, int] = (1, 3),
    sill: tuple[float, float] = (0.75, 1.0),
) -> Plan:
    """A random plan.

    Args:
        width, depth, height: (low, high) metres.
        l_shaped: probability of a corner being cut out (large rooms only).
        doors, windows: (fewest, most) openings aimed at; windows that do not fit are left out.
        sill: (low, high) height of window sills.
    """
    w, d = round(float(rng.uniform(*width)), 2), round(float(rng.uniform(*depth)), 2)
    if rng.random() < 0.5:
        w, d = d, w
    corners = np.array([(0, 0), (w, 0), (w, d), (0, d)], float)
    if rng.random() < l_shaped and min(w, d) > 3.2:
        nw, nd = round(w * float(rng.uniform(0.25, 0.42)), 2), round(d * float(rng.uniform(0.25, 0.42)), 2)
        corners = np.array([(0, 0), (w, 0), (w, d - nd), (w - nw, d - nd), (w - nw, d), (0, d)], float)
        for _ in range(int(rng.integers(4))):  # quarter turns
            corners = np.stack([-corners[:, 1], corners[:, 0]], 1)
            corners -= corners.min(0)
    corners = np.round(corners, 4)
    plan = Plan(corners, round(float(rng.uniform(*height)), 2))
    openings: list[Opening] = []
    kinds: tuple[tuple[Literal["door", "window"], tuple[int, int]], ...] = (("door", doors), ("window", windows))
    for kind, (low, high) in kinds:
        for _ in range(int(rng.integers(low, high + 1))):
            hole = _draw_opening(rng, plan, kind, openings, sill)
            if hole is not None:
                openings.append(hole)
    return Plan(corners, plan.height, tuple(openings))


def _draw_opening(
    rng: np.random.Generator,
    plan: Plan,
    kind: Literal["door", "window"],
    taken: list[Opening],
    sill: tuple[float, float],
) -> Opening | None:
    """A hole that keeps 0.45 m from corners and others; doors prefer places near corners, as in real rooms."""
    for _ in range(12):
        k = int(rng.integers(len(plan.walls)))
        length = plan.walls[k].length
        if kind == "door":
            width, bottom, top = round(float(rng.uniform(0.84, 0.98)), 2), 0.0, round(float(rng.uniform(1.98, 2.08)), 2)
        else:
            width, bottom = round(float(rng.uniform(0.9, 2.0)), 2), round(float(rng.uniform(*sill)), 2)
            top = round(min(bottom + float(rng.uniform(1.0, 1.4)), plan.height - 0.3), 2)
        margin = width / 2 + (0.2 if kind == "door" else 0.45)
        if length < 2 * margin:
            continue
        at = float(rng.uniform(margin, length - margin))
        if kind == "door" and rng.random() < 0.6:
            at = margin if rng.random() < 0.5 else length - margin
        at = round(at, 3)
        same_wall_kinds = {o.kind for o in taken if o.wall == k}
        if kind == "window" and "door" in same_wall_kinds and rng.random() < 0.7:
            continue
        here = np.array(plan.walls[k].point(at))
        doors = [np.array(plan.walls[o.wall].point(o.at)) for o in taken if o.kind == "door"]
        if kind == "door" and any(np.linalg.norm(here - other) < 2.0 for other in doors):
            continue  # doors must not open into each other
        if all(o.wall != k or abs(o.at - at) > (o.width + width) / 2 + 0.45 for o in taken):
            return Opening(k, kind, at, width, bottom, top)
    return None


def shell(plan: Plan, floor: Material, paint: Material, rng: np.random.Generator) -> tuple[Item, ...]:
    """Floor, walls with their openings left out, and ceiling; one wall may have its own colour."""
    t = WALL_DEPTH
    items = [_shell_item("floor", 2, [solids.slab(_grown(plan.corners, t), -0.1, 0.0)], floor)]
    accent = int(rng.integers(len(plan.walls))) if rng.random() < 0.2 else -1
    accent_paint = m.pick(rng, m.PAINT, "red", "orange", "yellow", "green", "blue", "gray", "beige", "purple")
    reflex = _reflex(plan.corners) if len(plan.corners) > 4 else -1
    for k in range(len(plan.walls)):
        # each wall covers the outer corner at its start; at an inner corner the earlier wall gives way
        cut = t if (k + 1) % len(plan.walls) == reflex else 0.0
        blocks = _wall_blocks(plan, k, 0.0 if k == reflex else -t, plan.walls[k].length - cut)
        items.append(_shell_item("wall", 1, blocks, accent_paint if k == accent else paint))
    top = solids.slab(_grown(plan.corners, t), plan.height, plan.height + 0.1)
    items.append(_shell_item("ceiling", 22, [top], m.pick(rng, m.WHITE_PAINT)))
    return tuple(items)


def _wall_blocks(plan: Plan, k: int, low: float, high: float) -> list[solids.Solid]:
    """Boxes of wall k from `low` to `high` metres along it, leaving out its openings."""
    wall, h = plan.walls[k], plan.height
    holes = sorted((o for o in plan.openings if o.wall == k), key=lambda o: o.at)
    spans = []  # (from, to, bottom, top) along the wall
    at = low
    for o in holes:
        left, right = o.at - o.width / 2, o.at + o.width / 2
        spans += [(at, left, 0.0, h), (left, right, o.top, h)]
        if o.bottom > 0:
            spans.append((left, right, 0.0, o.bottom))
        at = right
    spans.append((at, high, 0.0, h))
    blocks = []
    for a, b, bottom, top in spans:
        p = wall.start + wall.along * a
        q = wall.start + wall.along * b - wall.inward * WALL_DEPTH
        x, y = (p + q) / 2
        size = np.abs(q - p)
        blocks.append(solids.box(float(size[0]), float(size[1]), top - bottom, (float(x), float(y), bottom)))
    return blocks


def _grown(corners: np.ndarray, by: float) -> np.ndarray:
    """The axis-parallel polygon with every side moved out by `by`."""
    before = corners - np.roll(corners, 1, 0)
    after = np.roll(corners, -1, 0) - corners
    out = np.zeros_like(corners)
    for edge in (before, after):
        edge = edge / np.linalg.norm(edge, axis=1, keepdims=True)
        out += np.stack([edge[:, 1], -edge[:, 0]], 1) * by
    return corners + out


def _shell_item(label: str, nyu40: int, blocks: list[solids.Solid], material: Material) -> Item:
    parts = tuple(Part(b.vertices.astype(np.float32), b.faces, material) for b in blocks)
    return Item(label, nyu40, parts, (0.0, 0.0, 0.0), 0.0)
