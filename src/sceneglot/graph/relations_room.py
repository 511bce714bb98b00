"""Relations of an object to the room: hanging, mounted, affixed, against the wall, in a corner, in the middle."""

from __future__ import annotations

import numpy as np

from sceneglot.graph.affordances import Affordances
from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.kernels import room as kernels
from sceneglot.graph.relations import FAR_AWAY, ROOM_RELATIONS, Margins, both, only
from sceneglot.graph.shell import Shell
from sceneglot.graph.thresholds import Thresholds


def wall_gaps(boxes: PairBoxes, shell: Shell) -> np.ndarray:
    """(K, W) horizontal gap of each object's box to each wall, metres; 0 where they touch or overlap."""
    apart = np.maximum(shell.wall_low[None] - boxes.high[:, None, :2], boxes.low[:, None, :2] - shell.wall_high[None])
    apart = np.maximum(apart, 0.0)
    return np.hypot(apart[..., 0], apart[..., 1])


def corner_gap(
    boxes: PairBoxes, shell: Shell, gaps: np.ndarray, among: np.ndarray, join: float, reach: float
) -> np.ndarray:
    """(K,) for the best pair of walls that meet at right angles: the largest gap to either and to where they cross.

    Args:
        gaps: (K, W) from `wall_gaps`.
        among: (W,) walls to consider.
        join: gap up to which two walls meet, metres.
        reach: how far both walls go on from there on the side of the object's centre, metres.
    """
    extent = shell.wall_high - shell.wall_low
    along_x = extent[:, 0] >= extent[:, 1]
    first, second = np.flatnonzero(along_x & among), np.flatnonzero(~along_x & among)
    low, high = shell.wall_low, shell.wall_high
    apart = np.maximum(low[first][:, None] - high[second][None], low[second][None] - high[first][:, None]).max(-1)
    a, b = np.nonzero(apart <= join)
    if not len(a):
        return np.full(len(boxes), FAR_AWAY)
    first, second = first[a], second[b]
    # The corner itself: where the two walls' axes cross. An object must be near that point, not merely near both walls.
    corner = np.stack([(low[second, 0] + high[second, 0]) / 2, (low[first, 1] + high[first, 1]) / 2], 1)
    away = np.maximum(np.maximum(boxes.low[:, None, :2] - corner, corner - boxes.high[:, None, :2]), 0.0).max(-1)
    middle, sides = boxes.center[:, None, :2], []
    for axis, wall in ((0, first), (1, second)):
        onward, back = high[wall, axis] - corner[:, axis], corner[:, axis] - low[wall, axis]
        sides.append(np.where(middle[..., axis] >= corner[:, axis], onward, back) >= reach)
    gap = np.maximum(np.maximum(gaps[:, first], gaps[:, second]), away)
    return np.where(sides[0] & sides[1], gap, FAR_AWAY).min(1)


def may_hang(boxes: PairBoxes, kinds: Affordances) -> np.ndarray:
    """(K,) things that hang by their nature, and those that may and are not flat: a folded coat lies somewhere."""
    return kinds["hung"] | (kinds["hangable"] & (boxes.size[:, 2] >= boxes.size[:, :2].min(1)))


def room_relations(boxes: PairBoxes, kinds: Affordances, shell: Shell, supported: np.ndarray, t: Thresholds) -> Margins:
    """All relations of objects to the room, each (U, K) float32 in the order of `ROOM_RELATIONS`, compiled.

    Args:
        supported: (K,) rows that rest on another object.
    """
    margins = Margins(*np.empty((2, len(ROOM_RELATIONS), len(boxes)), np.float32))
    kernels.to_room(
        boxes.low, boxes.high, shell.wall_low, shell.wall_high, shell.trusted, shell.low, shell.high, shell.floor,
        shell.ceiling, supported, kinds["structural"], kinds["hung"], may_hang(boxes, kinds), kinds["opening"],
        kinds["mounted"], kinds["affixed"], t.wall_gap, t.hang_height, t.ceiling_gap, t.ceiling_rise, t.on_floor,
        t.corner, t.corner_join, t.corner_reach, t.corner_size, t.center, t.center_clear, t.center_room, *margins,
    )  # fmt: skip
    return margins


def room_relations_reference(
    boxes: PairBoxes, kinds: Affordances, shell: Shell, supported: np.ndarray, t: Thresholds
) -> Margins:
    """Plain twin of `room_relations`.

    Things that nothing supports and that start well above the floor hang; the verb follows the label (a television is
    mounted, a mirror affixed). What is wider and deeper than half the room is in no corner.

    Args:
        supported: (K,) rows that rest on another object.
    """
    gaps = wall_gaps(boxes, shell)
    nearest, nearest_any = gaps[:, shell.trusted].min(1, initial=FAR_AWAY), gaps.min(1, initial=FAR_AWAY)
    rise = boxes.low[:, 2] - shell.floor
    loose = ~supported & ~kinds["structural"]
    on_wall = Margins(
        np.minimum(t.wall_gap.sure - nearest, np.where(kinds["hung"], FAR_AWAY, rise - t.hang_height.sure)),
        np.minimum(t.wall_gap.maybe - nearest_any, np.where(kinds["hung"], FAR_AWAY, rise - t.hang_height.maybe)),
    )
    hangs = loose & may_hang(boxes, kinds) & ~kinds["opening"]
    verb = {
        "mounted": kinds["mounted"],
        "affixed": kinds["affixed"] & ~kinds["mounted"],
        "hanging": ~kinds["mounted"] & ~kinds["affixed"],
    }
    result = {name: Margins(only(on_wall.sure, hangs & mask), on_wall.maybe) for name, mask in verb.items()}

    below_ceiling = shell.ceiling - boxes.high[:, 2]
    below_ceiling = np.where(np.isfinite(below_ceiling), below_ceiling, FAR_AWAY)  # no ceiling: nothing hangs from it
    ceiling_sure = np.minimum(t.ceiling_gap.sure - below_ceiling, rise - t.ceiling_rise.sure)
    ceiling_maybe = np.minimum(t.ceiling_gap.maybe - below_ceiling, rise - t.ceiling_rise.maybe)
    free = loose & ~kinds["hung"] & (nearest > t.wall_gap.sure)
    result["hanging_ceiling"] = Margins(only(ceiling_sure, free), ceiling_maybe)

    standing = ~kinds["hung"] & loose & (rise <= t.on_floor.sure)
    against = t.wall_gap.sure - nearest
    result["against_wall"] = Margins(only(against, standing), t.wall_gap.maybe - nearest_any)

    extent = np.maximum(shell.high - shell.low, 1e-6)
    small = (boxes.size[:, :2] <= t.corner_size * extent).all(1)
    corner_sure = t.corner.sure - corner_gap(boxes, shell, gaps, shell.trusted, t.corner_join, t.corner_reach)
    any_wall = np.ones(len(shell.trusted), bool)
    corner_maybe = t.corner.maybe - corner_gap(boxes, shell, gaps, any_wall, t.corner_join, -np.inf)
    result["in_corner"] = Margins(only(corner_sure, standing & small), corner_maybe)

    off = np.abs(boxes.center[:, :2] - shell.center)
    half = extent / 2
    room_for = (extent > t.center_room).all()  # a closet has no middle
    center_sure = both((t.center.sure * half - off).min(1), nearest - t.center_clear)
    center_maybe = (t.center.maybe * half - off).min(1)
    result["in_center"] = Margins(only(np.minimum(center_sure, center_maybe), standing & room_for), center_maybe)
    sure = np.stack([result[r.name].sure for r in ROOM_RELATIONS]).astype(np.float32)
    maybe = np.stack([result[r.name].maybe for r in ROOM_RELATIONS]).astype(np.float32)
    sure = only(sure, ~kinds["structural"]).astype(np.float32)
    return Margins(sure, np.maximum(sure, maybe))
