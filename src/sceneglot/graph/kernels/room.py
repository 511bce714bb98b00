"""Compiled twin of `relations_room`."""

from __future__ import annotations

import numpy as np
from numba import njit

from sceneglot.graph.relations import FAR_AWAY, NEVER

ORDER = ("hanging", "affixed", "mounted", "hanging_ceiling", "against_wall", "in_corner", "in_center")
HANGING, AFFIXED, MOUNTED, HANGING_CEILING, AGAINST_WALL, IN_CORNER, IN_CENTER = range(7)


@njit(cache=True)
def to_room(
    low, high, wall_low, wall_high, trusted, room_low, room_high, floor, ceiling, supported,
    structural, hung, hangable, opening, mounted, affixed,
    wall_gap, hang_height, ceiling_gap, ceiling_rise, on_floor,
    corner, corner_join, corner_reach, corner_size, center, center_clear, center_room, sure, maybe,
):  # fmt: skip
    """Margins of all relations to the room into sure and maybe, each (7, K) float32.

    Args:
        low, high: (K, 3) float64. wall_low, wall_high: (W, 2). trusted: (W,). room_low, room_high: (2,).
        floor, ceiling: heights, NaN for no ceiling. supported: (K,) rows that rest on another object.
        structural ... affixed: (K,) classes of labels.
    """
    gap = np.empty(len(wall_low))
    extent = np.maximum(room_high - room_low, 1e-6)
    for i in range(len(low)):
        nearest, nearest_any = FAR_AWAY, FAR_AWAY
        for w in range(len(wall_low)):
            gap[w] = np.hypot(
                max(wall_low[w, 0] - high[i, 0], low[i, 0] - wall_high[w, 0], 0.0),
                max(wall_low[w, 1] - high[i, 1], low[i, 1] - wall_high[w, 1], 0.0),
            )
            nearest_any = min(nearest_any, gap[w])
            if trusted[w]:
                nearest = min(nearest, gap[w])
        rise = low[i, 2] - floor
        loose = not supported[i] and not structural[i]

        s = min(wall_gap[0] - nearest, FAR_AWAY if hung[i] else rise - hang_height[0])
        m = min(wall_gap[1] - nearest_any, FAR_AWAY if hung[i] else rise - hang_height[1])
        hangs = loose and hangable[i] and not opening[i]
        verb = MOUNTED if mounted[i] else (AFFIXED if affixed[i] else HANGING)
        for relation in (HANGING, AFFIXED, MOUNTED):
            _put(sure, maybe, relation, i, s, m, hangs and relation == verb)

        under_ceiling = FAR_AWAY if np.isnan(ceiling) else ceiling - high[i, 2]
        s = min(ceiling_gap[0] - under_ceiling, rise - ceiling_rise[0])
        m = min(ceiling_gap[1] - under_ceiling, rise - ceiling_rise[1])
        _put(sure, maybe, HANGING_CEILING, i, s, m, loose and not hung[i] and nearest > wall_gap[0])

        standing = not hung[i] and loose and rise <= on_floor[0]
        _put(sure, maybe, AGAINST_WALL, i, wall_gap[0] - nearest, wall_gap[1] - nearest_any, standing)

        s = corner[0] - _corner_gap(i, low, high, wall_low, wall_high, trusted, gap, corner_join, corner_reach, True)
        m = corner[1] - _corner_gap(i, low, high, wall_low, wall_high, trusted, gap, corner_join, -np.inf, False)
        wide, deep = high[i, 0] - low[i, 0], high[i, 1] - low[i, 1]
        small = wide <= corner_size * extent[0] and deep <= corner_size * extent[1]
        _put(sure, maybe, IN_CORNER, i, s, m, standing and small)

        s = m = np.inf
        for axis in range(2):
            off = abs((low[i, axis] + high[i, axis] - room_low[axis] - room_high[axis]) / 2)
            s = min(s, center[0] * extent[axis] / 2 - off)
            m = min(m, center[1] * extent[axis] / 2 - off)
        s = min(s, nearest - center_clear, m)
        _put(sure, maybe, IN_CENTER, i, s, m, standing and min(extent[0], extent[1]) > center_room)
        if structural[i]:
            for relation in range(len(sure)):
                sure[relation, i] = min(sure[relation, i], np.float32(NEVER))


@njit(cache=True)
def _put(sure, maybe, relation, i, s, m, allowed):
    sure[relation, i] = s if allowed else min(s, NEVER)
    maybe[relation, i] = max(sure[relation, i], m)


@njit(cache=True)
def _corner_gap(i, low, high, wall_low, wall_high, trusted, gap, join, reach, only_trusted):
    """Largest gap to two walls that meet and to where their axes cross, for the best pair; see `corner_gap`."""
    best = FAR_AWAY
    for a in range(len(gap)):
        if wall_high[a, 0] - wall_low[a, 0] < wall_high[a, 1] - wall_low[a, 1] or gap[a] >= best:
            continue
        for b in range(len(gap)):
            if wall_high[b, 0] - wall_low[b, 0] >= wall_high[b, 1] - wall_low[b, 1] or gap[b] >= best:
                continue
            if only_trusted and not (trusted[a] and trusted[b]):
                continue
            apart_x = max(wall_low[a, 0] - wall_high[b, 0], wall_low[b, 0] - wall_high[a, 0])
            apart_y = max(wall_low[a, 1] - wall_high[b, 1], wall_low[b, 1] - wall_high[a, 1])
            if max(apart_x, apart_y) > join:
                continue
            x, y = (wall_low[b, 0] + wall_high[b, 0]) / 2, (wall_low[a, 1] + wall_high[a, 1]) / 2
            onward = wall_high[a, 0] - x if low[i, 0] + high[i, 0] >= 2 * x else x - wall_low[a, 0]
            upward = wall_high[b, 1] - y if low[i, 1] + high[i, 1] >= 2 * y else y - wall_low[b, 1]
            if min(onward, upward) < reach:
                continue
            away = max(low[i, 0] - x, x - high[i, 0], low[i, 1] - y, y - high[i, 1], 0.0)
            best = min(best, max(gap[a], gap[b], away))
    return best
