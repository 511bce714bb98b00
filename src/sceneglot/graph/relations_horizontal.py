"""Horizontal relations: proximity, and left / right / front / behind by a viewer or by an object's own front."""

from __future__ import annotations

import numpy as np

from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.relations import FAR_AWAY, NEVER, Margins, both, only
from sceneglot.graph.thresholds import Limit, Thresholds
from sceneglot.graph.viewer import Viewer, right_of


def proximity(boxes: PairBoxes, siblings: np.ndarray, t: Thresholds) -> dict[str, Margins]:
    """adjacent, next_to, beside, close: a horizontal gap, at overlapping heights, not over one another.

    Args:
        siblings: (K, K) pairs that stand on the same thing (SceneVerse asserts horizontal relations only among them).
    """
    shared = boxes.overlap[..., :2]
    stacked = over_each_other(boxes, t)
    level = boxes.overlap[..., 2]
    allowed = siblings & ~stacked

    def rule(limit: Limit) -> Margins:
        sure = np.minimum(limit.sure - boxes.gap, level - t.level.sure)
        return Margins(only(sure, allowed), np.minimum(limit.maybe - boxes.gap, level - t.level.maybe))

    narrower = np.minimum(boxes.size[:, None, :2], boxes.size[None, :, :2])
    facing_sure = (shared - t.beside_cover.sure * narrower).max(-1) + t.beside_slack.sure
    facing_maybe = (shared - t.beside_cover.maybe * narrower).max(-1) + t.beside_slack.maybe
    next_to = rule(t.next_to)
    beside = Margins(np.minimum(next_to.sure, facing_sure), np.minimum(next_to.maybe, facing_maybe))
    return {"adjacent": rule(t.adjacent), "next_to": next_to, "beside": beside, "close": rule(t.close)}


def over_each_other(boxes: PairBoxes, t: Thresholds) -> np.ndarray:
    """(K, K) pairs of which one is over or in the other rather than next to it: a monitor and its desk, a bag and the
    door on which it hangs."""
    within = boxes.cover(t.stacked_share) > 0
    return (boxes.overlap[..., :2] > t.stacked).all(-1) | within | within.T


def sectors(boxes: PairBoxes, gaze: np.ndarray, slope: Limit, separation: Limit) -> tuple[np.ndarray, np.ndarray]:
    """How deep i lies in the four sectors of anchor j, for a viewer who looks at j along `gaze[j]`.

    Sr3D's trapezoids: each starts at a side of the anchor's box and opens outwards.

    Args:
        gaze: (K, 2) unit vectors, one per anchor.
        slope: tangent of the angle by which sectors open.
        separation: metres by which the two boxes may interpenetrate.

    Returns:
        sure and maybe margins, each (4, K, K), in the order left, right, front, behind.
    """
    right = right_of(gaze)
    half = boxes.size[:, :2] / 2
    # Support of both boxes along the anchor's own axes: (anchor,) and (thing, anchor).
    anchor_side, anchor_deep = (half * np.abs(right)).sum(1), (half * np.abs(gaze)).sum(1)
    thing_side, thing_deep = half @ np.abs(right).T, half @ np.abs(gaze).T
    side = boxes.offset[..., 0] * right[None, :, 0] + boxes.offset[..., 1] * right[None, :, 1]
    deep = boxes.offset[..., 0] * gaze[None, :, 0] + boxes.offset[..., 1] * gaze[None, :, 1]
    along = np.stack([-side, side, -deep, deep])
    across = np.stack([deep, deep, side, side])
    own = np.stack([anchor_side, anchor_side, anchor_deep, anchor_deep])[:, None]
    own_across = np.stack([anchor_deep, anchor_deep, anchor_side, anchor_side])[:, None]
    thing = np.stack([thing_side, thing_side, thing_deep, thing_deep])

    def rule(slope: float, slack: float) -> np.ndarray:
        beyond = along - own  # of the thing's centre, outside the anchor
        opened = own_across + np.maximum(beyond, 0.0) * slope - np.abs(across)
        return np.minimum(beyond - thing + slack, opened)

    sure = np.minimum(rule(slope.sure, separation.sure), along - own)
    return sure, np.maximum(rule(slope.maybe, separation.maybe), sure)


def directions(boxes: PairBoxes, siblings: np.ndarray, viewer: Viewer, t: Thresholds) -> dict[str, Margins]:
    """near / far left and right, in front and behind, as the viewer sees it when facing the anchor.

    A viewer who stands at or in the anchor's box faces it in no particular direction: nothing is asserted or denied.
    """
    sure, maybe = sectors(boxes, viewer.gaze(boxes.center), t.sector, t.separation)
    blind = viewer.distance(boxes.low, boxes.high) <= t.viewer_distance
    level = boxes.overlap[..., 2] - t.level.sure
    allowed = siblings & ~blind[None]
    reach = np.array([t.side_reach, t.side_reach, t.depth_reach, t.depth_reach])[:, None, None] - boxes.gap
    sure = only(both(sure, level[None], reach), allowed[None])
    maybe = np.where(blind[None, None], FAR_AWAY, maybe)
    near_sure, near_maybe = t.near.sure - boxes.gap, t.near.maybe - boxes.gap
    far_sure, far_maybe = boxes.gap - t.near.maybe, boxes.gap - t.near.sure
    left, right, front, behind = (Margins(s, m) for s, m in zip(sure, maybe))
    return {
        "near_left": Margins(np.minimum(left.sure, near_sure), np.minimum(left.maybe, near_maybe)),
        "far_left": Margins(np.minimum(left.sure, far_sure), np.minimum(left.maybe, far_maybe)),
        "near_right": Margins(np.minimum(right.sure, near_sure), np.minimum(right.maybe, near_maybe)),
        "far_right": Margins(np.minimum(right.sure, far_sure), np.minimum(right.maybe, far_maybe)),
        "in_front": front,
        "behind": behind,
    }


def horizontal_fronts(front: np.ndarray) -> np.ndarray:
    """(K, 3) fronts -> (K, 2) float64 unit vectors; NaN where unknown or pointing up or down."""
    flat = front[:, :2].astype(np.float64)
    length = np.hypot(flat[:, 0], flat[:, 1])
    known = np.isfinite(length) & (length > 0.5)
    return np.where(known[:, None], flat / np.where(known, length, 1.0)[:, None], np.nan)


def by_front(
    boxes: PairBoxes,
    front: np.ndarray,
    facers: np.ndarray,
    frontless: np.ndarray,
    siblings: np.ndarray,
    t: Thresholds,
) -> dict[str, Margins]:
    """Relations that follow from an object's own front: facing, and allocentric front / back / left / right.

    i *faces* j when the ray out of i's front, as wide as j's box, meets j at about i's height. Thing i is *at the front
    of* j by Sr3D's sectors for a viewer who stands before j and looks at its front (so j's left is the viewer's left),
    whatever i stands on and however high it hangs. Anchors without a known front, or of a kind that has none, take part
    in none of these; nothing is denied about them either.

    Args:
        front: (K, 3) unit vectors, NaN where unknown.
        facers: (K,) things people say face something (seats, screens).
        frontless: (K,) things whose front, if the source names one, means nothing to people.
    """
    flat = horizontal_fronts(front)
    known = ~np.isnan(flat[:, 0])
    flat = np.where(known[:, None], flat, (0.0, -1.0))
    half = boxes.size[:, :2] / 2
    offset = -boxes.offset  # from i to j
    ahead = offset[..., 0] * flat[:, None, 0] + offset[..., 1] * flat[:, None, 1]
    aside = np.abs(offset[..., 0] * flat[:, None, 1] - offset[..., 1] * flat[:, None, 0])
    width = half[None, :, 0] * np.abs(flat[:, None, 1]) + half[None, :, 1] * np.abs(flat[:, None, 0])
    hit = width - aside

    def rule(which: int) -> np.ndarray:
        level = boxes.overlap[..., 2] + t.facing_level[which]
        return both(ahead - t.facing_ahead[which], hit + t.facing_aim[which], level, t.facing_reach[which] - boxes.gap)

    outside = ~over_each_other(boxes, t)
    facing_sure = np.where(known[:, None], only(rule(0), facers[:, None] & siblings & outside), NEVER)
    facing_maybe = np.where(known[:, None], rule(1), FAR_AWAY)

    sure, maybe = sectors(boxes, -flat, t.front_sector, t.separation)
    fronted = (known & ~frontless)[None, None]
    sure = np.where(fronted, np.minimum(sure, t.front_reach - boxes.gap), NEVER)
    maybe = np.where(fronted, maybe, FAR_AWAY)
    names = ("at_left", "at_right", "at_front", "at_back")
    result = {name: Margins(s, m) for name, s, m in zip(names, sure, maybe)}
    result["facing"] = Margins(facing_sure, np.maximum(facing_maybe, facing_sure))
    return result
