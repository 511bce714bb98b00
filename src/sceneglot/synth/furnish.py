"""furnish: from a seed to a furnished room."""

from __future__ import annotations

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.synth import materials as m
from sceneglot.synth.layout.arranger import Arranger
from sceneglot.synth.layout.rooms import ROOM_TYPES, ROOMS, RoomType
from sceneglot.synth.plans import draw_plan, shell
from sceneglot.synth.room import Room

ATTEMPTS = 8
"""Plans drawn before giving up on what a room type needs."""


def furnish(seed: int, room_type: str | None = None, *, room_id: str | None = None) -> Room:
    """A furnished room; the same seed and type give the same arrays on every machine.

    Args:
        seed: >= 0; all choices follow from it.
        room_type: one of `ROOM_TYPES`; drawn from the seed if None.
        room_id: name of the room; made from type and seed if None.

    Raises:
        SceneglotError: unknown room type, or negative seed.

    Example:
        >>> room = furnish(7, "kitchen")
        >>> "refrigerator" in {item.label for item in room.items}
        True
    """
    if seed < 0:
        raise SceneglotError(f"seed must be >= 0, not {seed}")
    if room_type is not None and room_type not in ROOMS:
        raise SceneglotError(f"unknown room type {room_type!r}; one of: {', '.join(ROOM_TYPES)}")
    if room_type is None:
        room_type = ROOM_TYPES[int(np.random.default_rng(seed).integers(len(ROOM_TYPES)))]
    kind = ROOMS[room_type]
    rng = np.random.default_rng([seed, ROOM_TYPES.index(room_type)])
    best: Arranger | None = None
    for attempt in range(ATTEMPTS):
        room = _attempt(kind, rng, attempt)
        best = room if best is None or _met(kind, room) > _met(kind, best) else best
        if _met(kind, best) == len(kind.needs):
            break
    assert best is not None
    floor, walls = m.pick_one(rng, *kind.floor), m.pick(rng, kind.walls)
    return Room(
        id=room_id or f"{room_type.replace(' ', '_')}_{seed:06d}",
        room_type=room_type,
        plan=best.plan.corners,
        height=best.plan.height,
        shell=shell(best.plan, floor, walls, rng),
        items=tuple(best.items),
        seed=seed,
    )


def _attempt(kind: RoomType, rng: np.random.Generator, attempt: int) -> Arranger:
    grow = 0.15 * attempt  # a room too small for its needs is drawn larger next time
    plan = draw_plan(
        rng,
        (kind.width[0] + grow, kind.width[1] + grow),
        (kind.depth[0] + grow, kind.depth[1] + grow),
        kind.height,
        kind.l_shaped,
        kind.doors,
        kind.windows,
        kind.sill,
    )
    room = Arranger(plan, rng)
    room.fill_openings()
    kind.furnish(room)
    return room


def _met(kind: RoomType, room: Arranger) -> int:
    """How many of the type's needs the room meets."""
    labels = {item.label for item in room.items}
    return sum(bool(labels & set(options)) for options in kind.needs)
