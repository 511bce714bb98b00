"""Uniform grid over a cloud, compiled: the index behind the numba neighbour searches.

Cells are numbered x-fastest; `order[start[c]:start[c + 1]]` lists the points of cell c in ascending index.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_STRAY = 5.0
"""Standard deviations from the mean beyond which a point is a stray."""
_TRIMS = 4
"""How often strays are left out; a single one among N points is first taken to be sqrt(N) times less far off."""


@njit(cache=True)
def bounds(xyz):
    """(2, 3) float64, lower corner and extent of a cloud (N, 3)."""
    box = np.empty((2, 3), np.float64)
    for a in range(3):
        box[0, a] = xyz[:, a].min()
        box[1, a] = np.float64(xyz[:, a].max()) - box[0, a]
    return box


@njit(cache=True)
def core_bounds(xyz):
    """`bounds` of what is left without strays, so that cells of a cloud with far strays are as small as without."""
    box = bounds(xyz)
    for a in range(3):
        low, high = box[0, a], box[0, a] + box[1, a]
        for _ in range(_TRIMS):
            count, total, squares, origin = 0, 0.0, 0.0, low
            for i in range(len(xyz)):
                value = np.float64(xyz[i, a])
                if low <= value <= high:
                    count += 1
                    total += value - origin
                    squares += (value - origin) ** 2
            mean = total / max(count, 1)
            reach = _STRAY * np.sqrt(max(squares / max(count, 1) - mean * mean, 0.0))
            low, high = max(low, origin + mean - reach), min(high, origin + mean + reach)
        inner = xyz[:, a][(xyz[:, a] >= low) & (xyz[:, a] <= high)]
        if len(inner):
            low, high = np.float64(inner.min()), np.float64(inner.max())
        box[0, a], box[1, a] = low, max(high - low, 0.0)
    return box


@njit(cache=True)
def build_grid(xyz, cell, low, extent):
    """Sort the points of one cloud (N, 3) float32 into cells of at least the given edge length.

    Points outside the box that begins at `low` (3,) and is `extent` (3,) wide go to the cells at its border. The edge
    is enlarged until the grid has at most max(4096, 4 N) cells, so a wide box costs speed, not memory.

    Returns:
        edge float, shape (3,) int64, start (cells + 1,) int64, order (N,) int64.
    """
    n = xyz.shape[0]
    limit = float(max(4096, 4 * n))
    while (extent[0] // cell + 1) * (extent[1] // cell + 1) * (extent[2] // cell + 1) > limit:
        cell *= 1.25
    shape = np.empty(3, np.int64)
    for a in range(3):
        shape[a] = np.int64(extent[a] // cell) + 1
    cells = np.empty(n, np.int64)
    start = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    for i in range(n):
        cells[i] = cell_of(xyz[i], low, cell, shape)
        start[cells[i] + 1] += 1
    for c in range(len(start) - 1):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    order = np.empty(n, np.int64)
    for i in range(n):
        order[fill[cells[i]]] = i
        fill[cells[i]] += 1
    return cell, shape, start, order


@njit(cache=True)
def cell_coordinate(value, low, cell, count):
    """Cell number along one axis, clamped into the grid."""
    c = np.floor((np.float64(value) - low) / cell)
    if not c > 0.0:  # what is no number, too
        return 0
    return count - 1 if c >= count else np.int64(c)  # compared as floats: huge values have no integer


@njit(cache=True)
def cell_of(point, low, cell, shape):
    """Flat cell number of one point, clamped into the grid."""
    cx = cell_coordinate(point[0], low[0], cell, shape[0])
    cy = cell_coordinate(point[1], low[1], cell, shape[1])
    cz = cell_coordinate(point[2], low[2], cell, shape[2])
    return (cz * shape[1] + cy) * shape[0] + cx
