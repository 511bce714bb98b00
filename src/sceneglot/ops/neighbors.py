"""Neighbour search between clouds: ball query and k nearest neighbours.

B clouds, N points to search in, M queries, K neighbours per query. Distances are squared metres.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops._grid import bounds, build_grid, cell_coordinate, core_bounds
from sceneglot.ops.dispatch import check_cloud, query_jobs, run_jobs, squared_distance, use_numba

_CHUNK = 1 << 24
"""Entries of a distance matrix the torch twins hold at a time."""


def ball_query(xyz: Tensor, centers: Tensor, radius: float, count: int) -> Tensor:
    """The first `count` points **in index order** closer than `radius` to each centre, as PointNet++ defines it.

    Not the nearest ones: the index order of the cloud decides. Missing places repeat the first hit; a ball without any
    point is filled with index 0.

    Args:
        xyz: (B, N, 3) float, metres, the points searched.
        centers: (B, M, 3) float, metres.
        radius: metres; the comparison is strict (squared distance < radius squared, in float32).
        count: K, neighbours per centre.

    Returns:
        (B, M, K) int64.

    Raises:
        SceneglotError: wrong shapes, an empty cloud, points that are not finite, radius <= 0 or count < 1.
    """
    cloud, queries = _check_pair(xyz, centers)
    if not radius > 0 or count < 1:
        raise SceneglotError(f"radius is {radius} and count {count}, expected radius > 0 and count >= 1")
    if use_numba(xyz, centers):
        index = np.zeros((*queries.shape[:2], count), np.int64)
        clouds, points = cloud.numpy(), queries.numpy()
        parts = query_jobs(*queries.shape[:2])
        run_jobs(_ball_query_cloud, [(clouds[b], points[b, q], np.float32(radius), index[b, q]) for b, q in parts])
        return torch.from_numpy(index)
    return ball_query_reference(cloud, queries, radius, count)


def ball_query_reference(xyz: Tensor, centers: Tensor, radius: float, count: int) -> Tensor:
    """Plain torch twin of `ball_query`: all distances, then the smallest indices among the hits."""
    n = xyz.shape[1]
    radius2 = float(np.float32(radius) * np.float32(radius))
    ids = torch.arange(n, dtype=torch.int32, device=xyz.device)
    rows = []
    for part in centers.split(max(1, _CHUNK // (n * len(xyz))), dim=1):
        hits = torch.where(squared_distance(part, xyz) < radius2, ids, n)
        rows.append(hits.topk(min(count, n), dim=-1, largest=False, sorted=True).values)
    index = torch.cat(rows, dim=1).long()
    if count > n:
        index = torch.cat([index, index.new_full((*index.shape[:2], count - n), n)], dim=-1)
    first = torch.where(index[..., :1] == n, 0, index[..., :1])
    return torch.where(index == n, first, index)


def nearest(xyz: Tensor, queries: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` nearest points of each query, nearest first; ties go to the lower index.

    Args:
        xyz: (B, N, 3) float, metres, the points searched.
        queries: (B, M, 3) float, metres.
        count: K <= N.

    Returns:
        Squared distances (B, M, K) float32 and indices (B, M, K) int64.

    Raises:
        SceneglotError: wrong shapes, an empty cloud, points that are not finite, or count outside 1..N.
    """
    cloud, checked = _check_pair(xyz, queries)
    if not 1 <= count <= cloud.shape[1]:
        raise SceneglotError(f"{count} neighbours asked of {cloud.shape[1]} points, expected between 1 and that many")
    if use_numba(xyz, queries):
        clouds, points = cloud.numpy(), checked.numpy()
        index = np.empty((*points.shape[:2], count), np.int64)
        distance2 = np.empty(index.shape, np.float32)
        parts = query_jobs(*points.shape[:2])
        run_jobs(_nearest_cloud, [(clouds[b], points[b, q], distance2[b, q], index[b, q]) for b, q in parts])
        return torch.from_numpy(distance2), torch.from_numpy(index)
    return nearest_reference(cloud, checked, count)


def nearest_reference(xyz: Tensor, queries: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Plain torch twin of `nearest`: all distances, stable sort."""
    parts = [
        squared_distance(part, xyz).sort(dim=-1, stable=True)
        for part in queries.split(max(1, _CHUNK // (xyz.shape[1] * len(xyz))), dim=1)
    ]
    return (
        torch.cat([values[..., :count] for values, _ in parts], dim=1),
        torch.cat([index[..., :count] for _, index in parts], dim=1),
    )


def _check_pair(xyz: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
    cloud = check_cloud(xyz, "xyz")
    if queries.dim() != 3 or queries.shape[-1] != 3 or len(queries) != len(cloud):
        raise SceneglotError(f"queries have shape {tuple(queries.shape)}, expected ({len(cloud)}, M, 3)")
    return cloud, queries.detach().to(torch.float32).contiguous()


@njit(cache=True, nogil=True)
def _ball_query_cloud(xyz, centers, radius, index):
    # a hair wider than the ball, so that rounding never pushes a hit two cells away
    low, extent = bounds(xyz)
    cell, shape, start, order = build_grid(xyz, np.float64(radius) * 1.00001, low, extent)
    for m in range(len(centers)):
        _ball_query_one(xyz, centers[m], radius * radius, low, cell, shape, start, order, index[m])


@njit(cache=True)
def _ball_query_one(xyz, center, radius2, low, cell, shape, start, order, out):
    """`out` serves as a max-heap of the smallest hit indices; cells list theirs ascending, so each ends early."""
    size = 0
    first, last = np.empty(3, np.int64), np.empty(3, np.int64)
    for a in range(3):
        c = np.int64(np.floor((np.float64(center[a]) - low[a]) / cell))
        first[a], last[a] = max(c - 1, 0), min(c + 1, shape[a] - 1)
    for cz in range(first[2], last[2] + 1):
        for cy in range(first[1], last[1] + 1):
            for cx in range(first[0], last[0] + 1):
                c = (cz * shape[1] + cy) * shape[0] + cx
                for j in range(start[c], start[c + 1]):
                    i = order[j]
                    if size == len(out) and i > out[0]:
                        break
                    dx, dy, dz = xyz[i, 0] - center[0], xyz[i, 1] - center[1], xyz[i, 2] - center[2]
                    if dx * dx + dy * dy + dz * dz < radius2:
                        if size < len(out):
                            _sift_up(out, size, i)
                            size += 1
                        else:
                            _sift_down(out, size, i)
    for end in range(size - 1, 0, -1):  # heap sort: ascending index
        value = out[end]
        out[end] = out[0]
        _sift_down(out, end, value)
    for j in range(size, len(out)):
        out[j] = out[0] if size > 0 else 0


@njit(cache=True)
def _sift_up(heap, position, value):
    while position > 0:
        parent = (position - 1) // 2
        if heap[parent] >= value:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = value


@njit(cache=True)
def _sift_down(heap, size, value):
    """Replace the root of a max-heap of `size` entries by `value`."""
    position = 0
    while True:
        child = 2 * position + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= value:
            break
        heap[position] = heap[child]
        position = child
    heap[position] = value


@njit(cache=True, nogil=True)
def _nearest_cloud(xyz, queries, distance2, index):
    low, extent = core_bounds(xyz)
    volume = 1.0
    for a in range(3):
        volume *= max(extent[a], 1e-3)
    # scans are surfaces: cells that would hold K / 10 points of a filled volume hold about K of theirs
    edge = max((volume * 0.1 * index.shape[1] / len(xyz)) ** (1 / 3), 1e-6)
    cell, shape, start, order = build_grid(xyz, edge, low, extent)
    for m in range(len(queries)):
        _nearest_one(xyz, queries[m], low, cell, shape, start, order, distance2[m], index[m])


@njit(cache=True)
def _nearest_one(xyz, query, low, cell, shape, start, order, distance2, index):
    """Search rings of cells outwards until no unseen cell can hold a nearer point.

    Points outside the grid are in its border cells, thus farther off than those cells' inner faces, which is all that
    counts here.
    """
    center = np.empty(3, np.int64)
    for a in range(3):
        center[a] = cell_coordinate(query[a], low[a], cell, shape[a])
    size, ring = 0, 0
    while True:
        for cz in range(max(center[2] - ring, 0), min(center[2] + ring, shape[2] - 1) + 1):
            for cy in range(max(center[1] - ring, 0), min(center[1] + ring, shape[1] - 1) + 1):
                inner = abs(cz - center[2]) < ring and abs(cy - center[1]) < ring
                step = 2 * ring if inner else 1  # inside the shell only its two end cells are new
                for cx in range(center[0] - ring, center[0] + ring + 1, step):
                    if 0 <= cx < shape[0]:
                        c = (cz * shape[1] + cy) * shape[0] + cx
                        for j in range(start[c], start[c + 1]):
                            i = order[j]
                            dx, dy, dz = xyz[i, 0] - query[0], xyz[i, 1] - query[1], xyz[i, 2] - query[2]
                            size = _insert(distance2, index, size, dx * dx + dy * dy + dz * dz, i)
        gap = _unseen_distance(query, center, ring, low, cell, shape) * 0.99999  # rounding
        if gap == np.inf or (size == len(index) and distance2[size - 1] < gap * gap):
            return
        ring += 1


@njit(cache=True)
def _unseen_distance(query, center, ring, low, cell, shape):
    """Distance from the query to the nearest face behind which unseen cells lie; infinite if all cells were seen."""
    gap = np.inf
    for a in range(3):
        if center[a] - ring > 0:
            gap = min(gap, max(query[a] - (low[a] + (center[a] - ring) * cell), 0.0))
        if center[a] + ring < shape[a] - 1:
            gap = min(gap, max(low[a] + (center[a] + ring + 1) * cell - query[a], 0.0))
    return gap


@njit(cache=True)
def _insert(distance2, index, size, d2, i):
    """Insert (d2, i) into the list sorted by distance, then index; returns the new length."""
    if size == len(index):
        if d2 > distance2[size - 1] or (d2 == distance2[size - 1] and i > index[size - 1]):
            return size
        size -= 1
    position = size
    while position > 0 and (
        distance2[position - 1] > d2 or (distance2[position - 1] == d2 and index[position - 1] > i)
    ):
        distance2[position] = distance2[position - 1]
        index[position] = index[position - 1]
        position -= 1
    distance2[position] = d2
    index[position] = i
    return size + 1
