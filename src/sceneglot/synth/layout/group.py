"""Group: things that belong together, arranged rigidly in their own frame and placed in a room as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sceneglot.synth.catalog import Thing, build
from sceneglot.synth.collide import FLOOR, Boxes, join, overlap
from sceneglot.synth.furniture.kit import Surface

TOLERANCE = 0.008
"""How far boxes may enter each other in a layout, metres; rugs are thinner than this, so legs may stand on them."""


@dataclass(frozen=True, eq=False)
class Member:
    """A thing at a pose in the group's frame; `parent` is a member's index or FLOOR, WALL, CEILING.

    An optional member is left out where the room has no place for it.
    """

    thing: Thing
    x: float
    y: float
    z: float
    yaw: float
    parent: int
    optional: bool = False

    @cached_property
    def boxes(self) -> Boxes:
        """Boxes of the parts, group frame."""
        return self.thing.boxes.moved(self.x, self.y, self.z, self.yaw)


class Group:
    """A cluster under construction. Its back is towards +y, people come to it from -y.

    Members never overlap: `put` refuses what does not fit.

    Attributes:
        share: least share of the optional floor things that must find room, or the group is not placed at all.
    """

    def __init__(self, rng: np.random.Generator, share: float = 0.0) -> None:
        self.rng = rng
        self.share = share
        self.members: list[Member] = []
        self._boxes = join([])
        self.zones: list[Boxes] = []
        self.access: list[tuple[float, float]] = []  # where people must be able to come to

    def new(self, label: str, **options: Any) -> Thing:
        """Builds a thing of the catalogue."""
        return build(self.rng, label, **options)

    def put(
        self,
        thing: Thing,
        x: float = 0.0,
        y: float = 0.0,
        yaw: float = 0.0,
        z: float = 0.0,
        parent: int = FLOOR,
        optional: bool = False,
    ) -> int | None:
        """Adds the thing at a pose if it is free; its index, or None if something is in the way."""
        if parent == FLOOR:
            z -= thing.piece.low
        member = Member(thing, round(x, 4), round(y, 4), round(z, 4), round(yaw, 5), parent, optional)
        if overlap(member.boxes, self._boxes, TOLERANCE):
            return None
        self.members.append(member)
        self._boxes = join([self._boxes, member.boxes])
        return len(self.members) - 1

    def slide(
        self, thing: Thing, x: float, y: float, yaw: float, step: tuple[float, float], tries: int = 12, **options: Any
    ) -> int | None:
        """`put` at the first free place of (x, y), (x, y) + step, (x, y) + 2 step, ..."""
        for k in range(tries):
            index = self.put(thing, x + k * step[0], y + k * step[1], yaw, **options)
            if index is not None:
                return index
        return None

    def back(self, label: str, y: float = 0.0, x: float = 0.0, **options: Any) -> int | None:
        """Puts a new thing of the category on the floor with its back on the line y."""
        thing = self.new(label, **options)
        return self.put(thing, x, y - thing.depth / 2)

    def on(
        self,
        parent: int | None,
        label: str | Thing,
        at: tuple[float, float] | None = None,
        surface: int | None = None,
        yaw: float | None = 0.0,
        tries: int = 6,
        **options: Any,
    ) -> int | None:
        """Stands a thing on a surface of member `parent`; None if there is no room (or no parent).

        Args:
            at: place as shares (-1..1) of the surface's half width and depth; random if None.
            surface: index of the surface; a random one with enough height if None.
            yaw: turn relative to the parent, radians; a small random turn if None.
        """
        if parent is None:
            return None
        thing = label if isinstance(label, Thing) else self.new(label, **options)
        carrier = self.members[parent]
        for _ in range(1 if at is not None and surface is not None else tries):
            turn = float(self.rng.uniform(-0.5, 0.5)) if yaw is None else yaw
            spot = spot_on(self.rng, carrier.thing.piece.surfaces, thing, turn, at, surface)
            if spot is None:
                return None
            x, y, z = spot
            c, s = np.cos(carrier.yaw), np.sin(carrier.yaw)
            index = self.put(
                thing,
                carrier.x + float(c * x - s * y),
                carrier.y + float(s * x + c * y),
                carrier.yaw + turn,
                carrier.z + z,
                parent,
                carrier.optional,
            )
            if index is not None:
                return index
        return None

    def zone(self, x: tuple[float, float], y: tuple[float, float], top: float = 1.2) -> None:
        """Keeps a rectangle free of other floor things, up to height `top` (rugs may lie in it)."""
        center = [[(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, (top + 0.05) / 2]]
        half = [[(x[1] - x[0]) / 2, (y[1] - y[0]) / 2, (top - 0.05) / 2]]
        self.zones.append(Boxes(np.array(center), np.array(half), np.zeros(1)))

    def clear(self, index: int | None, depth: float | None = None) -> None:
        """Keeps the space before the front of a member free, as deep as its category asks for."""
        if index is None:
            return
        member = self.members[index]
        depth = member.thing.category.clearance if depth is None else depth
        if depth > 0:
            w, d = member.thing.width, member.thing.depth
            box = Boxes(
                np.array([[0, -(d + depth) / 2, 0.6]]), np.array([[w / 2 - 0.03, depth / 2 - 0.01, 0.55]]), np.zeros(1)
            )
            zone = box.moved(member.x, member.y, 0.0, member.yaw)
            self.zones.append(zone)
            self.access.append((float(zone.center[0, 0]), float(zone.center[0, 1])))

    def boxes(self) -> Boxes:
        """Boxes of all members, group frame."""
        return self._boxes

    def extent(self) -> tuple[np.ndarray, np.ndarray]:
        """(3,) lower and upper corners of what must fit: required members and zones' sides."""
        low, high = join([m.boxes for m in self.members if not m.optional]).bounds
        return low.min(0), high.max(0)


def single(thing: Thing) -> Group:
    """A group of one floor thing with its clearance."""
    group = Group(np.random.default_rng(0))
    group.clear(group.put(thing))
    return group


def spot_on(
    rng: np.random.Generator,
    surfaces: Sequence[Surface],
    thing: Thing,
    turn: float,
    at: tuple[float, float] | None = None,
    surface: int | None = None,
) -> tuple[float, float, float] | None:
    """A place (x, y, z) in the carrier's frame where the turned thing fits on one of the surfaces, or None."""
    c, s = abs(np.cos(turn)), abs(np.sin(turn))
    w = float(c * thing.width + s * thing.depth)
    d = float(s * thing.width + c * thing.depth)
    chosen = surfaces if surface is None else [surfaces[surface]] if surface < len(surfaces) else []
    fitting = [
        f
        for f in chosen
        if f.room >= thing.height + 0.005 and f.x[1] - f.x[0] >= w * 0.98 and f.y[1] - f.y[0] >= d * 0.9
    ]
    if not fitting:
        return None
    f = fitting[int(rng.integers(len(fitting)))]
    u, v = at if at is not None else (float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1)))
    x = (f.x[0] + f.x[1]) / 2 + u * max((f.x[1] - f.x[0] - w) / 2, 0)
    y = (f.y[0] + f.y[1]) / 2 + v * max((f.y[1] - f.y[0] - d) / 2, 0)
    return x, y, f.z - thing.piece.low


def optional(group: Group, index: int | None) -> None:
    """Marks a member as one the room may do without."""
    if index is not None:
        group.members[index] = replace(group.members[index], optional=True)
