"""What comes last: curtains, heating, lamps, pictures, plants, bins, rugs and the like."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.catalog import build
from sceneglot.synth.furniture.kit import chance, one_of, span
from sceneglot.synth.layout.arranger import Arranger
from sceneglot.synth.layout.group import single
from sceneglot.synth.plans import Opening
from sceneglot.synth.room import Material


def dress_windows(room: Arranger, curtains: float = 0.6, blinds: float = 0.2, heating: float = 0.5) -> None:
    """Curtains beside or blinds before every window (all alike), radiators below some; call before furnishing."""
    kind = room.rng.random()
    cloth, slat = m.pick_one(room.rng, m.FABRIC, m.CLOTH), m.pick_one(room.rng, m.PALE_PLASTIC, m.WOOD)
    for hole in room.plan.openings:
        if hole.kind != "window":
            continue
        if kind < curtains:
            _curtains(room, hole, cloth)
        elif kind < curtains + blinds:
            _blinds(room, hole, slat)
        if hole.bottom > 0.68 and chance(room.rng, heating):
            wall = room.plan.walls[hole.wall]
            heater = build(room.rng, "radiator")
            if heater.height + 0.12 < hole.bottom - 0.02:
                room.hang_at(heater, *wall.point(hole.at), 0.1, wall.yaw)


def _curtains(room: Arranger, hole: Opening, cloth: Material) -> None:
    """A rod with curtains over the window, floor-length or to the sill."""
    wall = room.plan.walls[hole.wall]
    bottom = 0.08 if chance(room.rng, 0.4) else round(max(hole.bottom - 0.1, 0.1), 3)
    height = round(min(hole.top + 0.15, room.plan.height - 0.08) - bottom, 3)
    side = min(0.3, hole.at - hole.width / 2 - 0.06, wall.length - hole.at - hole.width / 2 - 0.06)
    thing = build(room.rng, "curtain", width=round(hole.width + 2 * side, 3), height=height, cloth=cloth)
    room.hang_at(thing, *wall.point(hole.at), bottom, wall.yaw, over_window=True)


def _blinds(room: Arranger, hole: Opening, slat: Material) -> None:
    """A blind as wide as the window, above its sill."""
    wall = room.plan.walls[hole.wall]
    height = round(hole.top - hole.bottom, 3)
    thing = build(room.rng, "blinds", width=round(hole.width + 0.1, 3), height=height, slat=slat)
    room.hang_at(thing, *wall.point(hole.at), hole.bottom + 0.06, wall.yaw, over_window=True)


def light(room: Arranger, label: str = "ceiling lamp", n: int = 1) -> None:
    """n lamps along the longer axis of the room."""
    size = room.plan.size
    long = int(np.argmax(size))
    for k in range(n):
        at = size / 2
        at[long] = size[long] * (k + 0.5) / n
        for _ in range(4):
            if room.under_ceiling(label, float(at[0]), float(at[1]), 0.0 if long == 0 else np.pi / 2) is not None:
                break
            at = at + room.rng.uniform(-0.4, 0.4, 2)


def pictures(room: Arranger, low: int = 1, high: int = 4, *labels: str) -> None:
    """Between low and high pictures (or `labels`) on the walls."""
    for _ in range(int(room.rng.integers(low, high + 1))):
        room.hang(one_of(room.rng, *(labels or ("picture", "picture", "picture", "poster"))), z=(1.25, 1.5), tries=10)


def sprinkle(room: Arranger, *wishes: tuple[str, float]) -> None:
    """Each (label, probability): a thing against a wall or in a corner, on the wall or on the floor, as it is used."""
    for label, p in wishes:
        if not chance(room.rng, p):
            continue
        thing = build(room.rng, label)
        if thing.category.placement == "wall":
            room.hang(thing, z=(1.5, 1.8) if label in ("clock", "air conditioner") else (1.0, 1.3))
        elif label in ("rug", "ball", "yoga mat", "exercise ball", "dumbbell", "backpack", "handbag", "shoes"):
            room.loose(label)
        else:
            room.against_wall(single(thing), corner=0.5, gap=span(room.rng, 0.02, 0.08), tries=16)


def onto(room: Arranger, label: str, *carriers: str, p: float = 1.0, yaw: float | None = 0.0) -> int | None:
    """A thing on one of the placed items of the given categories."""
    places = room.all(*carriers)
    if not places or not chance(room.rng, p):
        return None
    return room.on(places[int(room.rng.integers(len(places)))], label, yaw=yaw)
