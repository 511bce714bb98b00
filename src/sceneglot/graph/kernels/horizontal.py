"""Compiled twin of `relations_horizontal`: proximity, sides by a viewer, sides by an object's own front."""

from __future__ import annotations

import numpy as np
from numba import njit

from sceneglot.graph.kernels.common import put
from sceneglot.graph.relations import FAR_AWAY, NEVER

ORDER = (
    "adjacent", "next_to", "beside", "close", "near_left", "far_left", "near_right", "far_right", "in_front", "behind",
    "facing", "at_front", "at_back", "at_left", "at_right",
)  # fmt: skip
ADJACENT, NEXT_TO, BESIDE, CLOSE, NEAR_LEFT, FAR_LEFT, NEAR_RIGHT, FAR_RIGHT, IN_FRONT, BEHIND = range(10)
FACING, AT_FRONT, AT_BACK, AT_LEFT, AT_RIGHT = range(10, 15)


@njit(cache=True)
def _overlap(i, j, axis, low, high):
    return min(high[i, axis], high[j, axis]) - max(low[i, axis], low[j, axis])


@njit(cache=True)
def _over(i, j, low, high, stacked, share):
    """Whether one of two is over or in the other; see `relations_horizontal.over_each_other`."""
    x, y = _overlap(i, j, 0, low, high), _overlap(i, j, 1, low, high)
    wide, deep = high[i, 0] - low[i, 0], high[i, 1] - low[i, 1]
    other_wide, other_deep = high[j, 0] - low[j, 0], high[j, 1] - low[j, 1]
    mine = x > share * wide and y > share * deep
    return (x > stacked and y > stacked) or mine or (x > share * other_wide and y > share * other_deep)


@njit(cache=True)
def _sides(i, j, low, high, gx, gy, slope, separation):
    """How deep i lies in the left, right, front and back sector of j seen along (gx, gy): four sure, four maybe."""
    ix, iy = (high[i, 0] - low[i, 0]) / 2, (high[i, 1] - low[i, 1]) / 2
    jx, jy = (high[j, 0] - low[j, 0]) / 2, (high[j, 1] - low[j, 1]) / 2
    dx, dy = low[i, 0] + ix - low[j, 0] - jx, low[i, 1] + iy - low[j, 1] - jy
    side, deep = dx * gy - dy * gx, dx * gx + dy * gy
    thing_side, thing_deep = ix * abs(gy) + iy * abs(gx), ix * abs(gx) + iy * abs(gy)
    own_side, own_deep = jx * abs(gy) + jy * abs(gx), jx * abs(gx) + jy * abs(gy)
    left = _sector(-side, deep, own_side, own_deep, thing_side, slope, separation)
    right = _sector(side, deep, own_side, own_deep, thing_side, slope, separation)
    front = _sector(-deep, side, own_deep, own_side, thing_deep, slope, separation)
    back = _sector(deep, side, own_deep, own_side, thing_deep, slope, separation)
    return left, right, front, back


@njit(cache=True)
def _sector(along, across, own, own_across, thing, slope, separation):
    beyond = along - own
    opening, aside = max(beyond, 0.0), abs(across)
    sure = min(beyond - thing + separation[0], own_across + opening * slope[0] - aside, beyond)
    maybe = min(beyond - thing + separation[1], own_across + opening * slope[1] - aside)
    return sure, max(maybe, sure)


@njit(cache=True)
def nearness(
    low, high, support, spoken, adjacent, next_to, close, level, stacked, stacked_share, beside_cover, beside_slack,
    sure, maybe,
):  # fmt: skip
    """adjacent, next_to, beside and close into rows 0 to 3 of the block; see `relations_horizontal.proximity`."""
    k = len(low)
    for i in range(k):
        for j in range(k):
            x, y, z = _overlap(i, j, 0, low, high), _overlap(i, j, 1, low, high), _overlap(i, j, 2, low, high)
            gap = np.hypot(max(-x, 0.0), max(-y, 0.0))
            siblings = i != j and support[i] == support[j] and spoken[i] and spoken[j]
            allowed = siblings and not _over(i, j, low, high, stacked, stacked_share)
            wide = min(high[i, 0] - low[i, 0], high[j, 0] - low[j, 0])
            deep = min(high[i, 1] - low[i, 1], high[j, 1] - low[j, 1])
            for relation, limit in ((ADJACENT, adjacent), (NEXT_TO, next_to), (CLOSE, close)):
                s = min(limit[0] - gap, z - level[0])
                m = min(limit[1] - gap, z - level[1])
                if not allowed:
                    s = min(s, NEVER)
                put(sure, maybe, relation, i, j, s, m)
                if relation == NEXT_TO:
                    facing = max(x - beside_cover[0] * wide, y - beside_cover[0] * deep) + beside_slack[0]
                    might = max(x - beside_cover[1] * wide, y - beside_cover[1] * deep) + beside_slack[1]
                    put(sure, maybe, BESIDE, i, j, min(s, facing), min(m, might))


@njit(cache=True)
def viewed(
    low, high, support, spoken, gaze, blind, slope, separation, level, near, side_reach, depth_reach, sure, maybe
):  # fmt: skip
    """The six relations of a viewer into rows 4 to 9; see `relations_horizontal.directions`.

    Args:
        gaze: (K, 2) unit vectors, one per anchor. blind: (K,) anchors that the viewer is too near to.
    """
    k = len(low)
    for i in range(k):
        for j in range(k):
            gap = np.hypot(max(-_overlap(i, j, 0, low, high), 0.0), max(-_overlap(i, j, 1, low, high), 0.0))
            z = _overlap(i, j, 2, low, high) - level[0]
            allowed = i != j and support[i] == support[j] and spoken[i] and spoken[j] and not blind[j]
            left, right, front, back = _sides(i, j, low, high, gaze[j, 0], gaze[j, 1], slope, separation)
            for side in range(4):
                s, m = (left, right, front, back)[side]
                s = min(s, z, (side_reach if side < 2 else depth_reach) - gap)
                if not allowed:
                    s = min(s, NEVER)
                if blind[j]:
                    m = FAR_AWAY
                if side < 2:
                    nearby = NEAR_LEFT + 2 * side
                    put(sure, maybe, nearby, i, j, min(s, near[0] - gap), min(m, near[1] - gap))
                    put(sure, maybe, nearby + 1, i, j, min(s, gap - near[1]), min(m, gap - near[0]))
                else:
                    put(sure, maybe, IN_FRONT + side - 2, i, j, s, m)


@njit(cache=True)
def fronted(
    low, high, support, spoken, front, facer, frontless,
    facing_reach, facing_level, facing_ahead, facing_aim, stacked, stacked_share, slope, reach, separation, sure, maybe,
):  # fmt: skip
    """facing and the four sides of an object's own front into rows 10 to 14; see `relations_horizontal.by_front`.

    Args:
        front: (K, 2) horizontal unit vectors, NaN where unknown.
    """
    k = len(low)
    for i in range(k):
        for j in range(k):
            x, y, z = _overlap(i, j, 0, low, high), _overlap(i, j, 1, low, high), _overlap(i, j, 2, low, high)
            gap = np.hypot(max(-x, 0.0), max(-y, 0.0))
            s, m = NEVER, FAR_AWAY
            if not np.isnan(front[i, 0]):
                fx, fy = front[i, 0], front[i, 1]
                dx = (low[j, 0] + high[j, 0] - low[i, 0] - high[i, 0]) / 2
                dy = (low[j, 1] + high[j, 1] - low[i, 1] - high[i, 1]) / 2
                ahead, aside = dx * fx + dy * fy, abs(dx * fy - dy * fx)
                hit = (high[j, 0] - low[j, 0]) / 2 * abs(fy) + (high[j, 1] - low[j, 1]) / 2 * abs(fx) - aside
                s = min(ahead - facing_ahead[0], hit + facing_aim[0], z + facing_level[0], facing_reach[0] - gap)
                m = min(ahead - facing_ahead[1], hit + facing_aim[1], z + facing_level[1], facing_reach[1] - gap)
                siblings = i != j and support[i] == support[j] and spoken[i] and spoken[j]
                if not (siblings and facer[i] and not _over(i, j, low, high, stacked, stacked_share)):
                    s = min(s, NEVER)
            put(sure, maybe, FACING, i, j, s, m)
            if np.isnan(front[j, 0]) or frontless[j]:
                for relation in (AT_FRONT, AT_BACK, AT_LEFT, AT_RIGHT):
                    put(sure, maybe, relation, i, j, NEVER, FAR_AWAY)
                continue
            left, right, at_front, back = _sides(i, j, low, high, -front[j, 0], -front[j, 1], slope, separation)
            put(sure, maybe, AT_FRONT, i, j, min(at_front[0], reach - gap), at_front[1])
            put(sure, maybe, AT_BACK, i, j, min(back[0], reach - gap), back[1])
            put(sure, maybe, AT_LEFT, i, j, min(left[0], reach - gap), left[1])
            put(sure, maybe, AT_RIGHT, i, j, min(right[0], reach - gap), right[1])
