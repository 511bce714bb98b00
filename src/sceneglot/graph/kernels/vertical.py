"""Compiled twin of `relations_vertical` and `support`: touch, heights, and who stands on whom."""

from __future__ import annotations

import numpy as np
from numba import njit

from sceneglot.graph.kernels.common import put
from sceneglot.graph.relations import NEVER

ORDER = (
    "on", "supporting", "embedded", "placed_in", "inside", "containing", "above", "below", "under", "higher", "lower",
)  # fmt: skip
ON, SUPPORTING, EMBEDDED, PLACED_IN, INSIDE, CONTAINING, ABOVE, BELOW, UNDER, HIGHER, LOWER = range(11)


@njit(cache=True)
def _cover(i, j, low, high, share):
    """Metres by which i's footprint overlaps j's on both axes beyond a share of i's own extent."""
    x = min(high[i, 0], high[j, 0]) - max(low[i, 0], low[j, 0]) - share * (high[i, 0] - low[i, 0])
    y = min(high[i, 1], high[j, 1]) - max(low[i, 1], low[j, 1]) - share * (high[i, 1] - low[i, 1])
    return min(x, y)


@njit(cache=True)
def _only(margin, allowed):
    return margin if allowed else min(margin, NEVER)


@njit(cache=True)
def touch(
    low, high, parent, seat, surface, container, builtin, hung, carries, grounded, mat,
    contact, cover, support_area, settle, surface_reach, support_order, parent_overlap, parent_drop,
    inside_cover, rim, container_floor, inside_top, embed_depth, sure, maybe,
):  # fmt: skip
    """Margins of on, embedded, placed_in, inside into their rows of the block; see `relations_vertical`.

    Args:
        low, high: (K, 3) float64. parent: (K,) rows the source names.
        seat, surface, container, builtin, hung, carries, grounded, mat: (K,) classes of labels.
        sure, maybe: (11, K, K) float32, filled.
    """
    k = len(low)
    for i in range(k):
        for j in range(k):
            lift, rise, reach = low[i, 2] - high[j, 2], low[i, 2] - low[j, 2], high[i, 2] - high[j, 2]
            area = (high[i, 0] - low[i, 0]) * (high[i, 1] - low[i, 1])
            under_area = (high[j, 0] - low[j, 0]) * (high[j, 1] - low[j, 1])
            half, part = _cover(i, j, low, high, cover[0]), _cover(i, j, low, high, cover[1])

            meets = contact[0] - abs(lift)
            might = contact[1] - abs(lift)
            if seat[j] or surface[j]:
                seated = min(rise - settle[0], contact[0] - lift)
                perhaps = min(rise - settle[1], contact[1] - lift)
                if seat[j]:
                    meets, might = max(meets, seated), max(might, perhaps)
                if surface[j]:
                    meets = max(meets, min(seated, reach + surface_reach[0]))
                    might = max(might, min(perhaps, reach + surface_reach[1]))
            order = (low[i, 2] + high[i, 2] - low[j, 2] - high[j, 2]) / 2
            if seat[j] or surface[j]:
                order = max(order, rise - settle[0])
            big = under_area * support_area >= area
            rests = carries[j] and not hung[i] and (mat[j] or not grounded[i]) and big
            on = _only(min(meets, half, order + support_order[0]), rests)
            on_maybe = min(might, part, order + support_order[1])

            held = container[j] and not hung[i] and not grounded[i] and area < under_area
            placed = min(_cover(i, j, low, high, inside_cover[0]), -lift - rim[0], rise + container_floor[0])
            placed = _only(placed, held)
            placed_maybe = min(_cover(i, j, low, high, inside_cover[1]), -lift - rim[1], rise + container_floor[1])

            if parent[i] == j and i != j:  # the source says so; only gross contradictions are not believed
                x = min(high[i, 0], high[j, 0]) - max(low[i, 0], low[j, 0])
                y = min(high[i, 1], high[j, 1]) - max(low[i, 1], low[j, 1])
                believed = min(min(x, y) + parent_overlap, contact[1] - lift, rise + parent_drop, contact[0])
                if container[j] and -lift > rim[0] and not seat[j]:
                    placed = max(placed, believed)
                else:
                    on = max(on, believed)

            let_in = min(half, -lift + embed_depth[0], reach + contact[0])
            let_in = _only(let_in, builtin[i] and surface[j] and under_area > area)
            let_in_maybe = min(part, -lift + embed_depth[1], reach + 2 * contact[1])
            sure[ON, i, j], maybe[ON, i, j] = on, on_maybe  # `heights` keeps the chosen supporter
            put(sure, maybe, EMBEDDED, i, j, let_in, let_in_maybe)
            put(sure, maybe, PLACED_IN, i, j, placed, placed_maybe)
            within, within_maybe = min(placed, inside_top[0] - reach), min(placed_maybe, inside_top[1] - reach)
            put(sure, maybe, INSIDE, i, j, within, within_maybe)


@njit(cache=True)
def choose_support(height, parent, spoken, sure):
    """(K,) int64 rows, -1 for none: the one supporter of each object; see `support.choose_support`."""
    k = len(height)
    support = np.full(k, -1, np.int64)
    for i in range(k):
        if not spoken[i]:
            continue
        highest = -np.inf
        for j in range(k):
            if i == j or not spoken[j]:
                continue
            if max(sure[ON, i, j], sure[PLACED_IN, i, j], sure[EMBEDDED, i, j]) > 0:
                reached = np.inf if j == parent[i] else height[j]
                if reached > highest:
                    highest, support[i] = reached, j
    _cut_cycles(support)
    return support


@njit(cache=True)
def _cut_cycles(support):
    """Remove the support of the smallest row of every cycle, in place."""
    state = np.zeros(len(support), np.int64)  # 0 new, else 1 + the start of the walk that reached it
    for start in range(len(support)):
        row = start
        while row >= 0 and state[row] == 0:
            state[row] = start + 1
            row = support[row]
        if row >= 0 and state[row] == start + 1:
            smallest, step = row, support[row]
            while step != row:
                smallest, step = min(smallest, step), support[step]
            support[smallest] = -1


@njit(cache=True)
def levels(support):
    """(K,) int32: 0 on the floor or a wall, 1 on those, and so on; `support` has no cycles."""
    level = np.zeros(len(support), np.int32)
    for start in range(len(support)):
        row = support[start]
        while row >= 0:
            level[start] += 1
            row = support[row]
    return level


@njit(cache=True)
def heights(
    low, high, support, roof, hung, hangable, mat, hollow, support_cover, under_floor, under_top,
    gap, reach, cover, slack, higher_gap, higher_reach, sure, maybe,
):  # fmt: skip
    """Keep on for the chosen supporter, then supporting, containing, above, below, under, higher, lower."""
    k = len(low)
    for i in range(k):
        for j in range(k):
            placed = sure[PLACED_IN, i, j]
            if support[i] != j or not (sure[ON, i, j] >= placed or placed <= 0):
                sure[ON, i, j] = min(sure[ON, i, j], np.float32(NEVER))
            maybe[ON, i, j] = max(sure[ON, i, j], maybe[ON, i, j])
            sure[SUPPORTING, j, i], maybe[SUPPORTING, j, i] = sure[ON, i, j], maybe[ON, i, j]
            sure[CONTAINING, j, i] = max(placed, sure[EMBEDDED, i, j])
            maybe[CONTAINING, j, i] = max(maybe[PLACED_IN, i, j], maybe[EMBEDDED, i, j])

            x = min(high[i, 0], high[j, 0]) - max(low[i, 0], low[j, 0])
            y = min(high[i, 1], high[j, 1]) - max(low[i, 1], low[j, 1])
            wide = min(high[i, 0] - low[i, 0], high[j, 0] - low[j, 0])
            deep = min(high[i, 1] - low[i, 1], high[j, 1] - low[j, 1])
            lift = low[i, 2] - high[j, 2]
            along, across = x - cover[0] * wide, y - cover[0] * deep
            over = min(along, across)
            if hangable[i]:  # only along its longer side
                lies_along_x = high[i, 0] - low[i, 0] >= high[i, 1] - low[i, 1]
                over = min(along, y + slack[0]) if lies_along_x else min(across, x + slack[0])
            might = min(min(x, y) + slack[1], max(x - cover[1] * wide, y - cover[1] * deep))
            above = min(lift - gap[0], reach[0] - lift, over, -sure[ON, i, j])
            above = _only(above, not (mat[j] or hollow[i] or hollow[j]))
            above_maybe = min(lift - gap[1], reach[1] - lift, might)
            put(sure, maybe, ABOVE, i, j, above, above_maybe)
            put(sure, maybe, BELOW, j, i, above, above_maybe)

            apart = np.hypot(max(-x, 0.0), max(-y, 0.0))
            higher = min(lift - higher_gap[0], higher_reach[0] - apart)
            put(sure, maybe, HIGHER, i, j, higher, lift - higher_gap[1])
            put(sure, maybe, LOWER, j, i, higher, lift - higher_gap[1])

            lower = high[j, 2] - high[i, 2]
            rise = low[i, 2] - low[j, 2]
            beneath = min(_cover(i, j, low, high, support_cover[0]), lower - under_top[0], under_floor[0] - rise)
            might_be = min(_cover(i, j, low, high, support_cover[1]), lower - under_top[1], under_floor[1] - rise)
            area = (high[i, 0] - low[i, 0]) * (high[i, 1] - low[i, 1])
            roof_area = (high[j, 0] - low[j, 0]) * (high[j, 1] - low[j, 1])
            allowed = roof[j] and not hung[i] and roof_area > area
            put(sure, maybe, UNDER, i, j, _only(beneath, allowed), might_be)
