"""Steps that several recipes share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sceneglot.synth.catalog import build
from sceneglot.synth.furniture.kit import chance
from sceneglot.synth.layout import home, work
from sceneglot.synth.layout.arranger import Arranger, Pose


def looks_at(room: Arranger, target: int, within: float = 0.6) -> Callable[[Pose], bool]:
    """Condition on a pose: its front and the target's front look at each other, each within an angle (radians)."""
    tx, ty, _ = room.items[target].position
    front = room.items[target].front

    def accept(pose: Pose) -> bool:
        x, y, yaw = pose
        away = np.array([tx - x, ty - y])
        away /= max(float(np.hypot(*away)), 1e-6)
        ahead = float(np.sin(yaw) * away[0] - np.cos(yaw) * away[1])
        back = -float(front[0] * away[0] + front[1] * away[1])
        return min(ahead, back) > np.cos(within)

    return accept


def face_with_tv(room: Arranger, target: int | None) -> None:
    """A television that faces the given seat or bed: on a stand, else on the wall."""
    if target is None:
        return
    facing = looks_at(room, target)
    if chance(room.rng, 0.75) and room.against_wall(home.tv_group(room.rng), accept=facing, tries=60):
        return
    room.hang(build(room.rng, "tv", hung=True), z=(1.0, 1.3), accept=facing, tries=60)


def shelf_row(room: Arranger, most: int, height: float | None = None, tries: int = 24) -> None:
    """A row of up to `most` filled bookshelves, as many as fit."""
    for n in range(most, 0, -1):
        if room.against_wall(work.shelf_group(room.rng, n=n, height=height), tries=tries):
            return


def first(placed: tuple[int, ...] | None) -> int | None:
    """The item of a group's first member, if the group was placed."""
    return placed[0] if placed else None


def stack_boxes(room: Arranger, tries: int = 1) -> None:
    """Boxes on the floor along a wall, some on top of others."""
    for _ in range(tries):
        index = room.at_wall("box", tries=14)
        if index is not None and chance(room.rng, 0.5):
            room.on(index, "box", yaw=None)
