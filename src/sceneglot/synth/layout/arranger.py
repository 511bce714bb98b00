"""Arranger: places groups in a plan so that nothing overlaps, doors stay free and everything can be walked to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy import ndimage

from sceneglot.synth.catalog import Thing, build
from sceneglot.synth.collide import CEILING, FLOOR, WALL, Boxes, join, overlap
from sceneglot.synth.furniture.kit import Surface
from sceneglot.synth.layout.group import TOLERANCE, Group, Member, single, spot_on
from sceneglot.synth.plans import WALL_DEPTH, Opening, Plan, Wall
from sceneglot.synth.room import Item

CELL = 0.1
"""Side of the cells of the walking map, metres."""
SHOULDER = 0.2
"""Half width of a person, metres: the walking map keeps this distance from furniture and walls."""

Pose = tuple[float, float, float]


class Arranger:
    """A room being furnished. Methods return the indices of what they placed, or None where nothing fits."""

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        self.plan, self.rng = plan, rng
        self.items: list[Item] = []
        self._boxes: list[Boxes] = []  # of each item
        self._surfaces: list[tuple[Surface, ...]] = []  # of each item
        self._solid = join([])  # boxes of all items
        self._zones = join([])
        self._targets: list[tuple[float, float]] = []  # must stay reachable from each other
        low, high = np.zeros(2), plan.size
        self._cells = np.ceil((high - low) / CELL).astype(int)
        self._walkable = self._free_floor()

    # -- openings ------------------------------------------------------------------------------------------------

    def fill_openings(self) -> None:
        """Puts doors and windows into the holes of the plan and keeps the space before them free."""
        for hole in self.plan.openings:
            wall = self.plan.walls[hole.wall]
            thing = build(self.rng, hole.kind, width=hole.width, height=hole.top - hole.bottom, depth=WALL_DEPTH)
            x, y = wall.point(hole.at, -WALL_DEPTH)
            boxes = thing.boxes.moved(x, y, hole.bottom, wall.yaw)
            if hole.kind == "door" and overlap(boxes, self._zones, 0.0):  # an open leaf in another door's way
                thing = build(self.rng, "door", width=hole.width, height=hole.top, depth=WALL_DEPTH, opened=False)
            self._add(thing, x, y, hole.bottom, wall.yaw, WALL)
            self._keep_free(hole, wall)

    def _keep_free(self, hole: Opening, wall: Wall) -> None:
        deep, low, high = (0.95, 0.03, hole.top) if hole.kind == "door" else (0.12, hole.bottom + 0.04, hole.top)
        x, y = wall.point(hole.at, deep / 2)
        half = np.array([[hole.width / 2, deep / 2, (high - low) / 2]])
        zone = Boxes(np.array([[x, y, (low + high) / 2]]), half, np.array([wall.yaw]))
        self._zones = join([self._zones, zone])
        if hole.kind == "door":
            self._targets.append(wall.point(hole.at, 0.55))

    # -- placing -------------------------------------------------------------------------------------------------

    def place(self, group: Group, x: float, y: float, yaw: float) -> tuple[int, ...] | None:
        """Places the group at a pose if its required members fit; optional members that do not are left out.

        Returns:
            For each member the index of its item, -1 where left out; None if the group does not fit.
        """
        x, y, yaw = round(x, 4), round(y, 4), round(yaw, 5)
        members = group.members
        moved = group.boxes().moved(x, y, 0.0, yaw)
        ends = np.cumsum([len(m.thing.boxes) for m in members])
        boxes = [moved[e - len(m.thing.boxes) : e] for m, e in zip(members, ends)]
        required = [k for k, m in enumerate(members) if not m.optional]
        if not self._fits([members[k] for k in required], [boxes[k] for k in required]):
            return None
        zones = join([z.moved(x, y, 0.0, yaw) for z in group.zones])
        if len(zones) and (not self.plan.contains(zones, 0.12) or overlap(zones, self._solid, 0.0)):
            return None
        access = [_turned(p, x, y, yaw) for p in group.access]
        if not self._enough(group, boxes):
            return None
        if not self._still_walkable([boxes[k] for k in required if members[k].parent == FLOOR], access):
            return None
        self._targets += access
        return self._commit(group, boxes, zones, x, y, yaw)

    def _fits(self, members: list[Member], boxes: list[Boxes]) -> bool:
        everything = join(boxes)
        if not self.plan.contains(everything, TOLERANCE):
            return False
        standing = join([b for m, b in zip(members, boxes) if m.parent in (FLOOR, WALL)])
        return not overlap(standing, self._zones, 0.0) and not overlap(everything, self._solid, TOLERANCE)

    def _enough(self, group: Group, boxes: list[Boxes]) -> bool:
        """Whether at least the group's share of its optional floor things would find room."""
        wanted = [k for k, m in enumerate(group.members) if m.optional and m.parent == FLOOR]
        if not wanted or group.share <= 0:
            return True
        found = sum(self._fits([group.members[k]], [boxes[k]]) for k in wanted)
        return found >= group.share * len(wanted)

    def _commit(
        self, group: Group, boxes: list[Boxes], zones: Boxes, x: float, y: float, yaw: float
    ) -> tuple[int, ...]:
        placed: list[int] = []
        c, s = np.cos(yaw), np.sin(yaw)
        for m, b in zip(group.members, boxes):
            lost_parent = m.parent >= 0 and placed[m.parent] < 0
            if m.optional and (lost_parent or not self._fits([m], [b])):
                placed.append(-1)
                continue
            if m.optional and m.parent == FLOOR and not self._still_walkable([b], []):
                placed.append(-1)
                continue
            parent = placed[m.parent] if m.parent >= 0 else m.parent
            px, py = x + float(c * m.x - s * m.y), y + float(s * m.x + c * m.y)
            placed.append(self._add(m.thing, px, py, m.z, yaw + m.yaw, parent))
        self._zones = join([self._zones, zones])
        return tuple(placed)

    def _add(self, thing: Thing, x: float, y: float, z: float, yaw: float, parent: int) -> int:
        position = (round(x, 4), round(y, 4), round(z, 4))
        yaw = round((yaw + np.pi) % (2 * np.pi) - np.pi, 5)
        category, piece = thing.category, thing.piece
        item = Item(
            category.label,
            category.nyu40,
            piece.parts,
            position,
            yaw,
            parent,
            piece.style,
            piece.shape,
            category.has_front,
            piece.state,
        )
        boxes = thing.boxes.moved(*position, yaw)
        self.items.append(item)
        self._boxes.append(boxes)
        self._solid = join([self._solid, boxes])
        self._surfaces.append(piece.surfaces)
        if parent == FLOOR:
            self._block(self._walkable, boxes)
        return len(self.items) - 1

    def against_wall(
        self,
        group: Group,
        walls: Iterable[int] | None = None,
        accept: Callable[[Pose], bool] | None = None,
        gap: float = 0.01,
        corner: float = 0.0,
        tries: int = 28,
    ) -> tuple[int, ...] | None:
        """Places the group with its back to a wall.

        Args:
            walls: numbers of the walls to try; all if None.
            accept: further condition on the pose (x, y, yaw).
            gap: distance from the wall, metres.
            corner: probability of pushing it into a corner.
            tries: number of random places.
        """
        low, high = group.extent()
        numbers = list(range(len(self.plan.walls)) if walls is None else walls)
        for _ in range(tries):
            wall = self.plan.walls[numbers[int(self.rng.integers(len(numbers)))]]
            # the wall runs against the group's x axis: its near end is at +x
            first, last = high[0] + 0.02, wall.length + low[0] - 0.02
            share, snap = float(self.rng.random()), float(self.rng.random())
            if last < first:
                continue
            s = first + (last - first) * (round(share) if snap < corner else share)
            x, y = wall.point(float(s), float(high[1]) + gap)
            if accept is not None and not accept((x, y, wall.yaw)):
                continue
            placed = self.place(group, x, y, wall.yaw)
            if placed is not None:
                return placed
        return None

    def somewhere(
        self, group: Group, yaws: Iterable[float] | None = None, spread: float = 1.0, tries: int = 20
    ) -> tuple[int, ...] | None:
        """Places the group within `spread` (0 .. 1) of the middle, in quarter turns unless `yaws` are given."""
        turns = list(yaws) if yaws is not None else [0.0, np.pi / 2, np.pi, -np.pi / 2]
        for _ in range(tries):
            x, y = self.plan.size * (0.5 + 0.5 * spread * self.rng.uniform(-1, 1, 2))
            placed = self.place(group, float(x), float(y), float(turns[int(self.rng.integers(len(turns)))]))
            if placed is not None:
                return placed
        return None

    def at_wall(self, label: str, **options: Any) -> int | None:
        """A new single thing with its back to a wall."""
        placed = self.against_wall(single(build(self.rng, label)), **options)
        return placed[0] if placed else None

    def loose(self, label: str, spread: float = 1.0, any_yaw: bool = True, tries: int = 16) -> int | None:
        """A new single thing on the floor, turned anyhow."""
        yaws = self.rng.uniform(-np.pi, np.pi, 4) if any_yaw else None
        placed = self.somewhere(single(build(self.rng, label)), yaws, spread, tries)
        return placed[0] if placed else None

    def hang(
        self,
        thing: Thing | str,
        z: tuple[float, float] = (1.1, 1.5),
        walls: Iterable[int] | None = None,
        accept: Callable[[Pose], bool] | None = None,
        tries: int = 20,
    ) -> int | None:
        """Hangs a thing on a wall, its lower edge at a height within z (lowered under the ceiling if need be)."""
        thing = build(self.rng, thing) if isinstance(thing, str) else thing
        numbers = list(range(len(self.plan.walls)) if walls is None else walls)
        for _ in range(tries):
            wall = self.plan.walls[numbers[int(self.rng.integers(len(numbers)))]]
            margin = thing.width / 2 + 0.06
            share, height = float(self.rng.random()), float(self.rng.uniform(*z))
            if wall.length < 2 * margin:
                continue
            s = margin + share * (wall.length - 2 * margin)
            bottom = min(height, self.plan.height - thing.height - 0.05) - min(thing.piece.low, 0.0)
            x, y = wall.point(s)
            index = self.hang_at(thing, x, y, bottom, wall.yaw, accept)
            if index is not None:
                return index
        return None

    def hang_at(
        self,
        thing: Thing,
        x: float,
        y: float,
        z: float,
        yaw: float,
        accept: Callable[[Pose], bool] | None = None,
        over_window: bool = False,
    ) -> int | None:
        """Hangs a thing at an exact place of a wall if that is free (of doors and, but for curtains, windows too)."""
        x, y, z = round(x, 4), round(y, 4), round(z, 4)
        boxes = thing.boxes.moved(x, y, z, yaw)
        if not self.plan.contains(boxes, TOLERANCE) or overlap(boxes, self._solid, 0.0):
            return None
        if not over_window and overlap(boxes, self._wall_zones(), 0.0):
            return None
        if accept is not None and not accept((x, y, yaw)):
            return None
        return self._add(thing, x, y, z, yaw, WALL)

    def _wall_zones(self) -> Boxes:
        """Zones of doors and windows: those that reach higher than the space kept free before furniture."""
        return self._zones[self._zones.center[:, 2] + self._zones.half[:, 2] > 1.25]

    def under_ceiling(self, label: str, x: float, y: float, yaw: float = 0.0) -> int | None:
        """Hangs a thing from the ceiling above (x, y) if that is free."""
        thing = build(self.rng, label)
        x, y, z = round(x, 4), round(y, 4), self.plan.height
        boxes = thing.boxes.moved(x, y, z, yaw)
        if not self.plan.contains(boxes, -0.05) or overlap(boxes, self._solid, 0.0):
            return None
        return self._add(thing, x, y, z, yaw, CEILING)

    def on(self, parent: int | None, label: str, yaw: float | None = 0.0, tries: int = 6, **options: Any) -> int | None:
        """Stands a new thing on a placed item (see `Group.on`)."""
        if parent is None or parent < 0:
            return None
        thing, carrier = build(self.rng, label, **options), self.items[parent]
        for _ in range(tries):
            turn = float(self.rng.uniform(-0.5, 0.5)) if yaw is None else yaw
            spot = spot_on(self.rng, self._surfaces[parent], thing, turn)
            if spot is None:
                return None
            c, s = np.cos(carrier.yaw), np.sin(carrier.yaw)
            x = carrier.position[0] + float(c * spot[0] - s * spot[1])
            y = carrier.position[1] + float(s * spot[0] + c * spot[1])
            z = carrier.position[2] + spot[2]
            boxes = thing.boxes.moved(x, y, z, carrier.yaw + turn)
            if self.plan.contains(boxes, 0.0) and not overlap(boxes, self._solid, TOLERANCE):
                return self._add(thing, x, y, z, carrier.yaw + turn, parent)
        return None

    def all(self, *labels: str) -> list[int]:
        """Indices of the placed items of these categories."""
        return [k for k, item in enumerate(self.items) if item.label in labels]

    # -- walking -------------------------------------------------------------------------------------------------

    def _free_floor(self) -> np.ndarray:
        """(nx, ny) bool: cells whose centre is in the room and a shoulder away from its walls."""
        nx, ny = self._cells
        x, y = (np.arange(nx) + 0.5) * CELL, (np.arange(ny) + 0.5) * CELL
        free = np.ones((nx, ny), bool)
        free &= ((x > SHOULDER) & (x < self.plan.size[0] - SHOULDER))[:, None]
        free &= ((y > SHOULDER) & (y < self.plan.size[1] - SHOULDER))[None]
        self._block(free, self.plan.missing)
        return free

    def _block(self, free: np.ndarray, boxes: Boxes) -> None:
        """Marks the cells within a shoulder of the boxes as not walkable; what is flat or overhead does not count."""
        low, high = boxes.center[:, 2] - boxes.half[:, 2], boxes.center[:, 2] + boxes.half[:, 2]
        (lower, upper) = boxes.bounds
        for k in np.flatnonzero((low < 1.8) & (high > 0.03)):
            i0, j0 = np.maximum(((lower[k, :2] - SHOULDER) / CELL + 0.5).astype(int), 0)
            i1, j1 = np.maximum(((upper[k, :2] + SHOULDER) / CELL + 0.5).astype(int), 0)
            free[i0:i1, j0:j1] = False

    def _still_walkable(self, standing: list[Boxes], access: list[tuple[float, float]]) -> bool:
        """Whether doors and all places of access, old and new, stay connected once the boxes stand."""
        free = self._walkable.copy()
        for boxes in standing:
            self._block(free, boxes)
        labels, _ = ndimage.label(free)  # type: ignore[misc]
        regions = {self._region(labels, x, y) for x, y in [*self._targets, *access]}
        return 0 not in regions and len(regions) <= 1

    def _region(self, labels: np.ndarray, x: float, y: float) -> int:
        """Label of the largest walkable region within 0.35 m of a point; 0 if there is none."""
        i, j = int(x / CELL), int(y / CELL)
        near = labels[max(i - 3, 0) : i + 4, max(j - 3, 0) : j + 4]
        near = near[near > 0]
        return int(np.bincount(near).argmax()) if len(near) else 0


def _turned(point: tuple[float, float], x: float, y: float, yaw: float) -> tuple[float, float]:
    """A point of the group's frame in the room."""
    c, s = float(np.cos(yaw)), float(np.sin(yaw))
    return x + c * point[0] - s * point[1], y + s * point[0] + c * point[1]
