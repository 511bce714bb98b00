"""Farthest point sampling (Qi et al., PointNet++, 2017, section 3.2): a small, even subset of a cloud.

B clouds, N points, M samples.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops._grid import bounds, build_grid
from sceneglot.ops.dispatch import check_cloud, run_jobs, use_numba

ORIGIN_RADIUS2 = 1e-3
"""Squared metres: the classic CUDA kernel never picks points this close to the origin (it takes them for padding)."""

_BUCKET = 64


def farthest_points(xyz: Tensor, count: int, *, skip_origin: bool = False) -> Tensor:
    """Indices of `count` points, each the farthest from all picked before it; the first is point 0.

    Deterministic: ties go to the lowest index. Points in the order of their picking are already farthest-first, so
    sampling a picked set again returns 0, 1, 2, ... Asking for more than N points repeats points at distance zero.

    Args:
        xyz: (B, N, 3) float, metres.
        count: M, points to pick.
        skip_origin: never pick points with squared norm <= `ORIGIN_RADIUS2` (except the start), as the classic
            kernel does. Off by default, since it drops real points near the origin.

    Returns:
        (B, M) int64.

    Raises:
        SceneglotError: wrong shape, empty cloud, coordinates that are not finite, or count < 1.
    """
    cloud = check_cloud(xyz, "xyz")
    if count < 1:
        raise SceneglotError(f"count is {count}, expected at least one point")
    if use_numba(xyz):
        index = np.empty((len(cloud), count), np.int64)
        clouds = cloud.numpy()
        run_jobs(_sample_cloud, [(clouds[b], skip_origin, index[b]) for b in range(len(clouds))])
        return torch.from_numpy(index)
    return farthest_points_reference(cloud, count, skip_origin=skip_origin)


def farthest_points_reference(xyz: Tensor, count: int, *, skip_origin: bool = False) -> Tensor:
    """Plain torch twin of `farthest_points`: the textbook loop, any device."""
    x, y, z = (axis.contiguous() for axis in xyz.unbind(-1))
    distance = torch.full_like(x, torch.inf)
    if skip_origin:
        distance[x * x + y * y + z * z <= float(np.float32(ORIGIN_RADIUS2))] = -1
    index = torch.zeros(len(xyz), count, dtype=torch.int64, device=xyz.device)
    last = index[:, :1]
    for i in range(1, count):
        dx, dy, dz = x - x.gather(1, last), y - y.gather(1, last), z - z.gather(1, last)
        distance = torch.minimum(distance, dx * dx + dy * dy + dz * dz)
        last = distance.argmax(1, keepdim=True)
        index[:, i : i + 1] = last
    return index


@njit(cache=True, nogil=True)
def _sample_cloud(xyz, skip_origin, index):
    """Exact farthest points of one cloud, skipping whole buckets of points that a new pick cannot bring nearer.

    Points are sorted into spatial buckets with bounding boxes. Rounding is monotone, so the squared distance to the
    box, computed with the same operations, never exceeds that to a point inside: the skip loses nothing and the
    result equals the plain loop bit for bit.
    """
    n = xyz.shape[0]
    points, original = _sort_into_buckets(xyz)
    distance = np.full(n, np.inf, np.float32)
    if skip_origin:
        for i in range(n):
            x, y, z = points[i, 0], points[i, 1], points[i, 2]
            if x * x + y * y + z * z <= np.float32(ORIGIN_RADIUS2):
                distance[i] = np.float32(-1)
    buckets = (n + _BUCKET - 1) // _BUCKET
    low, high = _bucket_boxes(points, buckets)
    largest = np.full(buckets, np.inf, np.float32)  # of `distance` in the bucket
    farthest = np.zeros(buckets, np.int64)
    index[0] = 0
    for i in range(1, len(index)):
        px, py, pz = xyz[index[i - 1], 0], xyz[index[i - 1], 1], xyz[index[i - 1], 2]
        best, best_index = np.float32(-1), np.int64(0)
        for b in range(buckets):
            gx = max(max(low[b, 0] - px, px - high[b, 0]), np.float32(0))
            gy = max(max(low[b, 1] - py, py - high[b, 1]), np.float32(0))
            gz = max(max(low[b, 2] - pz, pz - high[b, 2]), np.float32(0))
            if gx * gx + gy * gy + gz * gz < largest[b]:
                top, top_index = np.float32(-1), np.int64(0)
                for j in range(b * _BUCKET, min(n, (b + 1) * _BUCKET)):
                    dx, dy, dz = points[j, 0] - px, points[j, 1] - py, points[j, 2] - pz
                    d = min(distance[j], dx * dx + dy * dy + dz * dz)
                    distance[j] = d
                    if d > top or (d == top and original[j] < top_index):
                        top, top_index = d, original[j]
                largest[b], farthest[b] = top, top_index
            if largest[b] > best or (largest[b] == best and farthest[b] < best_index):
                best, best_index = largest[b], farthest[b]
        index[i] = best_index


@njit(cache=True)
def _sort_into_buckets(xyz):
    """Points in grid-cell order, a cell wide enough for about one bucket, so that buckets are compact."""
    n = xyz.shape[0]
    low, extent = bounds(xyz)
    volume = 1.0
    for a in range(3):
        volume *= max(extent[a], 1e-3)
    _, _, _, original = build_grid(xyz, max((volume * _BUCKET / n) ** (1 / 3), 1e-6), low, extent)
    points = np.empty((n, 3), np.float32)
    for i in range(n):
        for a in range(3):
            points[i, a] = xyz[original[i], a]
    return points, original


@njit(cache=True)
def _bucket_boxes(points, buckets):
    low = np.empty((buckets, 3), np.float32)
    high = np.empty((buckets, 3), np.float32)
    for b in range(buckets):
        first, end = b * _BUCKET, min(len(points), (b + 1) * _BUCKET)
        for a in range(3):
            low[b, a] = points[first:end, a].min()
            high[b, a] = points[first:end, a].max()
    return low, high
