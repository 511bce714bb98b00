"""Compiled twin of `relations_multi`: closest and farthest of a kind, between, rows of like things."""

from __future__ import annotations

import numpy as np
from numba import njit

from sceneglot.graph.hull import SMALLEST, hull_cover_of
from sceneglot.graph.kernels.common import put
from sceneglot.graph.relations import NEVER

ORDER = ("closest", "farthest")
CLOSEST, FARTHEST = range(2)


@njit(cache=True)
def _gap(i, j, low, high):
    x = max(low[i, 0] - high[j, 0], low[j, 0] - high[i, 0], 0.0)
    y = max(low[i, 1] - high[j, 1], low[j, 1] - high[i, 1], 0.0)
    return np.hypot(x, y)


@njit(cache=True)
def extremes(center, low, high, kind, most, runner_up, sure, maybe):
    """closest and farthest of every kind with 2 to `most` members, to everything that is not of it.

    Args:
        kind: (K,) int64 label number, -1 for things not spoken of, which are still anchors.
        sure, maybe: (2, K, K) float32, filled.
    """
    k = len(kind)
    sure[:] = NEVER
    maybe[:] = -NEVER
    members, away, apart = np.empty(most, np.int64), np.empty(most), np.empty(most)
    for first in range(k):
        count, earlier = 0, False
        for row in range(k):
            if kind[row] == kind[first] and kind[row] >= 0:
                earlier = earlier or row < first
                if count < most:
                    members[count] = row
                count += 1
        if earlier or count < 2 or count > most:
            continue
        for j in range(k):
            if kind[j] == kind[first]:
                continue
            for m in range(count):
                d = center[members[m]] - center[j]
                away[m] = np.sqrt(d[0] ** 2 + d[1] ** 2 + d[2] ** 2)
                apart[m] = _gap(members[m], j, low, high)
            for m in range(count):
                near, near_gap = _lead(away, m, count, -1.0), _lead(apart, m, count, -1.0)
                far, far_gap = _lead(away, m, count, 1.0), _lead(apart, m, count, 1.0)
                put(sure, maybe, CLOSEST, members[m], j, min(near - runner_up, near_gap), near + runner_up)
                put(sure, maybe, FARTHEST, members[m], j, min(far - runner_up, far_gap), far + runner_up)


@njit(cache=True)
def _lead(score, m, count, sign):
    """By how much entry m exceeds the best of the others, all times `sign`."""
    best = -np.inf
    for other in range(count):
        if other != m:
            best = max(best, sign * score[other])
    return sign * score[m] - best


@njit(cache=True)
def between_of(m, a, b, low, high, cover_limit, depth_limit, overlap_limit, level_limit, polygon, kept):
    """Margins of m between a and b; see `relations_multi.between`."""
    cover, depth = hull_cover_of(
        low[m, :2], high[m, :2], low[a, :2], high[a, :2], low[b, :2], high[b, :2], polygon, kept
    )  # fmt: skip
    own = max(high[m, 0] - low[m, 0], SMALLEST) * max(high[m, 1] - low[m, 1], SMALLEST)
    side = np.sqrt(own)
    over, level = 0.0, np.inf
    for anchor in (a, b):
        x = min(high[m, 0], high[anchor, 0]) - max(low[m, 0], low[anchor, 0])
        y = min(high[m, 1], high[anchor, 1]) - max(low[m, 1], low[anchor, 1])
        over = max(over, max(x, 0.0) * max(y, 0.0) / own)
        level = min(level, min(high[m, 2], high[anchor, 2]) - max(low[m, 2], low[anchor, 2]))
    inside = max((cover - cover_limit[0]) * side, depth - depth_limit[0])
    might = max((cover - cover_limit[1]) * side, depth - depth_limit[1])
    sure = min(inside, (overlap_limit[0] - over) * side, level - level_limit[0])
    maybe = min(might, (overlap_limit[1] - over) * side, level - level_limit[1])
    return sure, maybe


@njit(cache=True)
def between_rows(middle, first, second, low, high, cover, depth, overlap, level, sure, maybe):
    """Margins of (B,) triples into sure and maybe (B,) float64."""
    polygon, kept = np.empty((12, 2)), np.empty((12, 2))
    for row in range(len(middle)):
        m, a, b = middle[row], first[row], second[row]
        if m in (a, b) or a == b:
            sure[row] = maybe[row] = NEVER
        else:
            sure[row], maybe[row] = between_of(m, a, b, low, high, cover, depth, overlap, level, polygon, kept)


@njit(cache=True)
def find_between(low, high, support, spoken, neighbours, reach, cover, depth, overlap, level):
    """(B, 3) int64 rows in order and (B,) margins; see `relations_multi.find_between`."""
    k = len(low)
    polygon, kept = np.empty((12, 2)), np.empty((12, 2))
    nearest, gaps = np.empty(neighbours, np.int64), np.empty(neighbours)
    rows, margins = [(0, 0, 0) for _ in range(0)], [0.0 for _ in range(0)]
    for m in range(k):
        if not spoken[m]:
            continue
        count = 0
        for j in range(k):  # keep the nearest siblings, by insertion
            if j == m or support[j] != support[m] or not spoken[j]:
                continue
            gap = _gap(m, j, low, high)
            if gap > reach or (count == neighbours and gap >= gaps[count - 1]):
                continue
            at = count if count < neighbours else neighbours - 1
            while at > 0 and gaps[at - 1] > gap:
                gaps[at], nearest[at] = gaps[at - 1], nearest[at - 1]
                at -= 1
            gaps[at], nearest[at] = gap, j
            count = min(count + 1, neighbours)
        order = np.sort(nearest[:count])
        for p in range(count):
            for q in range(p + 1, count):
                a, b = order[p], order[q]
                if _same_side(m, a, b, low, high):
                    continue
                margin, _ = between_of(m, a, b, low, high, cover, depth, overlap, level, polygon, kept)
                if margin > 0:
                    rows.append((m, a, b))
                    margins.append(margin)
    found = np.empty((len(rows), 3), np.int64)
    for i in range(len(rows)):
        found[i, 0], found[i, 1], found[i, 2] = rows[i]
    margin_of = np.empty(len(rows))
    for i in range(len(rows)):
        margin_of[i] = margins[i]
    return found, margin_of


@njit(cache=True)
def _same_side(m, a, b, low, high):
    """Whether a and b lie on the same side of m by their centres: then m is not between them."""
    mx, my = low[m, 0] + high[m, 0], low[m, 1] + high[m, 1]
    ax, ay = low[a, 0] + high[a, 0] - mx, low[a, 1] + high[a, 1] - my
    bx, by = low[b, 0] + high[b, 0] - mx, low[b, 1] + high[b, 1] - my
    return ax * bx + ay * by >= 0


@njit(cache=True)
def find_aligned(center, low, high, support, spoken, area_limit, offset_limit, reach):
    """(2, K) int64 per horizontal axis: the smallest row of the line each row stands in, -1 for none.

    See `relations_multi.aligned`: rows are joined with all they are linked to (union by smallest row).
    """
    k = len(center)
    head = np.empty((2, k), np.int64)
    linked = np.zeros((2, k), np.bool_)
    head[0] = np.arange(k)
    head[1] = head[0]
    for i in range(k):
        for j in range(i + 1, k):
            if support[i] != support[j] or not (spoken[i] and spoken[j]):
                continue
            if abs(center[i, 2] - center[j, 2]) > offset_limit:
                continue
            area_i = (high[i, 0] - low[i, 0]) * (high[i, 1] - low[i, 1])
            area_j = (high[j, 0] - low[j, 0]) * (high[j, 1] - low[j, 1])
            gap = _gap(i, j, low, high)
            x = min(high[i, 0], high[j, 0]) - max(low[i, 0], low[j, 0])
            y = min(high[i, 1], high[j, 1]) - max(low[i, 1], low[j, 1])
            if abs(area_i - area_j) > area_limit or gap > reach or (x > 0 and y > 0):
                continue
            for axis in range(2):
                if abs(center[i, axis] - center[j, axis]) < offset_limit:
                    linked[axis, i] = linked[axis, j] = True
                    a, b = _head(head[axis], i), _head(head[axis], j)
                    head[axis, max(a, b)] = min(a, b)
    for axis in range(2):
        for i in range(k):
            head[axis, i] = _head(head[axis], i) if linked[axis, i] else -1
    return head


@njit(cache=True)
def _head(head, row):
    while head[row] != row:
        row = head[row]
    return row
