"""Uniform grid over a cloud, compiled: the index behind the numba neighbour searches.

Cells are numbered x-fastest; `order[start[c]:start[c + 1]]` lists the points of cell c in ascending index.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def build_grid(xyz, cell):
    """Sort the points of one cloud (N, 3) float32 into cells of at least the given edge length.

    The edge is enlarged until the grid has at most max(4096, 4 N) cells, so a stray far point costs speed, not memory.

    Returns:
        low (3,) float64, edge float, shape (3,) int64, start (cells + 1,) int64, order (N,) int64.
    """
    n = xyz.shape[0]
    low = np.empty(3, np.float64)
    extent = np.empty(3, np.float64)
    for a in range(3):
        smallest, largest = xyz[0, a], xyz[0, a]
        for i in range(n):
            smallest = min(smallest, xyz[i, a])
            largest = max(largest, xyz[i, a])
        low[a] = smallest
        extent[a] = np.float64(largest) - np.float64(smallest)
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
    return low, cell, shape, start, order


@njit(cache=True)
def cell_coordinate(value, low, cell, count):
    """Cell number along one axis, clamped into the grid."""
    c = np.int64(np.floor((np.float64(value) - low) / cell))
    return min(max(c, 0), count - 1)


@njit(cache=True)
def cell_of(point, low, cell, shape):
    """Flat cell number of one point, clamped into the grid."""
    cx = cell_coordinate(point[0], low[0], cell, shape[0])
    cy = cell_coordinate(point[1], low[1], cell, shape[1])
    cz = cell_coordinate(point[2], low[2], cell, shape[2])
    return (cz * shape[1] + cy) * shape[0] + cx
