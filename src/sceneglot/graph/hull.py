"""How much of a footprint lies in the convex hull of two others: the measure behind "between"."""

from __future__ import annotations

import numpy as np
from numba import njit

SMALLEST = 0.01
"""Footprints are taken to be at least this long and wide, metres, so that flat things have an area."""


def hull_cover(
    middle: tuple[np.ndarray, np.ndarray], first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Share of each middle footprint inside the convex hull of first and second, and how deep its centre is in it.

    The hull of two axis-aligned rectangles is their common bounding box less what lies beyond the lines that join
    their upper right corners, their upper left ones, and so on; so it takes four clips and no general hull.

    Args:
        middle, first, second: lower and upper corners, each (B, 2) float64, metres.

    Returns:
        share (B,) in 0..1, and depth (B,) metres, negative outside the hull (then at least minus the distance to it).
    """
    share, depth = np.empty(len(middle[0])), np.empty(len(middle[0]))
    _hull_cover(*middle, *first, *second, share, depth)
    return share, depth


@njit(cache=True)
def _hull_cover(low, high, a_low, a_high, b_low, b_high, share, depth):
    polygon, kept = np.empty((12, 2)), np.empty((12, 2))
    for row in range(len(share)):
        share[row], depth[row] = hull_cover_of(
            low[row], high[row], a_low[row], a_high[row], b_low[row], b_high[row], polygon, kept
        )


@njit(cache=True)
def hull_cover_of(low, high, a_low, a_high, b_low, b_high, polygon, kept):
    """`hull_cover` of one triple of footprints (2,); polygon and kept are (12, 2) scratch."""
    x0, x1 = low[0], max(high[0], low[0] + SMALLEST)
    y0, y1 = low[1], max(high[1], low[1] + SMALLEST)
    area = (x1 - x0) * (y1 - y0)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    left, right = min(a_low[0], b_low[0]), max(a_high[0], b_high[0])
    near, far = min(a_low[1], b_low[1]), max(a_high[1], b_high[1])
    depth = min(min(cx - left, right - cx), min(cy - near, far - cy))
    x0, x1, y0, y1 = max(x0, left), min(x1, right), max(y0, near), min(y1, far)
    outside = x0 >= x1 or y0 >= y1
    polygon[0, 0], polygon[0, 1] = x0, y0
    polygon[1, 0], polygon[1, 1] = x1, y0
    polygon[2, 0], polygon[2, 1] = x1, y1
    polygon[3, 0], polygon[3, 1] = x0, y1
    count = 4
    for corner in range(4):
        sx, sy = (1.0, -1.0)[corner % 2], (1.0, -1.0)[corner // 2]
        ax, ay = (a_high[0] if sx > 0 else a_low[0]), (a_high[1] if sy > 0 else a_low[1])
        bx, by = (b_high[0] if sx > 0 else b_low[0]), (b_high[1] if sy > 0 else b_low[1])
        if (bx - ax) * sx * (by - ay) * sy >= 0:  # one corner is the outer one on both axes: the bounding box has it
            continue
        nx, ny = sx * abs(by - ay), sy * abs(bx - ax)
        length = np.hypot(nx, ny)
        nx, ny = nx / length, ny / length
        limit = nx * ax + ny * ay
        depth = min(depth, limit - nx * cx - ny * cy)
        if outside:
            continue
        count = _clip(polygon, count, nx, ny, limit, kept)
        outside = count < 3
    if outside:
        return 0.0, depth
    double = 0.0
    for i in range(count):
        j = (i + 1) % count
        double += polygon[i, 0] * polygon[j, 1] - polygon[j, 0] * polygon[i, 1]
    return min(1.0, max(0.0, double / 2 / area)), depth


@njit(cache=True)
def _clip(polygon, count, nx, ny, limit, kept):
    """Keep the part of a convex polygon with n . p <= limit, in place; returns the new number of corners."""
    size = 0
    for i in range(count):
        j = (i + 1) % count
        here = limit - nx * polygon[i, 0] - ny * polygon[i, 1]
        there = limit - nx * polygon[j, 0] - ny * polygon[j, 1]
        if here >= 0:
            kept[size, 0], kept[size, 1] = polygon[i, 0], polygon[i, 1]
            size += 1
        if (here >= 0) != (there >= 0):
            way = here / (here - there)
            kept[size, 0] = polygon[i, 0] + way * (polygon[j, 0] - polygon[i, 0])
            kept[size, 1] = polygon[i, 1] + way * (polygon[j, 1] - polygon[i, 1])
            size += 1
    polygon[:size] = kept[:size]
    return size


def hull_cover_reference(
    middle: tuple[np.ndarray, np.ndarray], first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Plain twin of `hull_cover`: the general convex hull of eight corners and a general polygon clip."""
    share, depth = [], []
    for low, high, *anchors in zip(*middle, *first, *second):
        high = np.maximum(high, low + SMALLEST)
        hull = _convex_hull([p for a, b in (anchors[:2], anchors[2:]) for p in _rectangle(a, b)])
        polygon = _rectangle(low, high)
        inside = np.inf
        for start, end in zip(hull, np.roll(hull, -1, axis=0)):
            edge = (end - start) / np.hypot(*(end - start))
            inward = np.array([-edge[1], edge[0]])
            polygon = _clip_reference(polygon, -inward, float(-inward @ start))
            inside = min(inside, float(inward @ ((low + high) / 2 - start)))
        share.append(_area(polygon) / float((high - low).prod()))
        depth.append(inside)
    return np.array(share), np.array(depth)


def _rectangle(low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    return [low, np.array([high[0], low[1]]), high, np.array([low[0], high[1]])]


def _convex_hull(points: list[np.ndarray]) -> np.ndarray:
    """(H, 2) corners counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted({(float(x), float(y)) for x, y in points})
    chains = []
    for direction in (ordered, ordered[::-1]):
        chain: list[tuple[float, float]] = []
        for p in direction:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 1e-12:
                chain.pop()
            chain.append(p)
        chains += chain[:-1]
    return np.array(chains)


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _clip_reference(polygon: list[np.ndarray], normal: np.ndarray, limit: float) -> list[np.ndarray]:
    kept = []
    for here, there in zip(polygon, polygon[1:] + polygon[:1]):
        a, b = limit - normal @ here, limit - normal @ there
        if a >= 0:
            kept.append(here)
        if (a >= 0) != (b >= 0):
            kept.append(here + a / (a - b) * (there - here))
    return kept


def _area(polygon: list[np.ndarray]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, polygon[1:] + polygon[:1])) / 2
