"""Fusion: depth samples of all frames into one point per voxel, and a fair, fixed-size choice of those."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from sceneglot.ops.hashing import number_keys

_BITS = 20  # bits per axis of a packed voxel key: 2^20 voxels of 1 cm are 10 km


@dataclass(frozen=True, eq=False)
class Fused:
    """P points, one per occupied voxel.

    Attributes:
        xyz: (P, 3) float32, weighted mean of the samples, metres.
        rgb: (P, 3) uint8, weighted mean.
        normal: (P, 3) float32 unit vectors.
        owner: (P,) int32, the owner with most weight in the voxel; only its samples enter the means.
    """

    xyz: np.ndarray
    rgb: np.ndarray
    normal: np.ndarray
    owner: np.ndarray

    def __len__(self) -> int:
        return len(self.xyz)


def fuse(
    xyz: np.ndarray, rgb: np.ndarray, normal: np.ndarray, owner: np.ndarray, weight: np.ndarray, voxel: float
) -> Fused:
    """Fuse samples by voxel, points in order of their voxel's first sample.

    Args:
        xyz: (N, 3) float32 metres; rgb: (N, 3) float32 within 0..255; normal: (N, 3) float32.
        owner: (N,) int32, non-negative.
        weight: (N,) float32, positive (inverse variance of the sample's depth).
        voxel: edge length, metres.
    """
    keys = _voxel_keys(xyz, np.float32(voxel))
    owners = np.int64(owner.max(initial=0) + 1)
    group, num_groups = number_keys(keys * owners + owner)
    first, mass, sums = _accumulate(group, num_groups, xyz, rgb, normal, weight)
    cell, num_cells = number_keys(keys[first])
    best = _heaviest(cell, num_cells, mass, owner[first])
    return _finish(sums[best] / mass[best, None], owner[first[best]])


def fuse_reference(
    xyz: np.ndarray, rgb: np.ndarray, normal: np.ndarray, owner: np.ndarray, weight: np.ndarray, voxel: float
) -> Fused:
    """`fuse` by sorting, in plain numpy: the oracle of the tests."""
    cell = np.floor(xyz / np.float32(voxel)).astype(np.int64)
    cell -= cell.min(0, initial=0)
    keys = (cell[:, 0] << 2 * _BITS) | (cell[:, 1] << _BITS) | cell[:, 2]
    pairs, first, group = np.unique(np.stack([keys, owner]), axis=1, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    mass = np.bincount(group, weight.astype(np.float64))
    columns = np.concatenate([xyz, rgb, normal], 1).astype(np.float64) * weight[:, None]
    mean = np.stack([np.bincount(group, c) for c in columns.T], 1) / mass[:, None]
    winners = np.lexsort((pairs[1], -mass, pairs[0]))
    winners = winners[np.unique(pairs[0][winners], return_index=True)[1]]
    earliest = np.full(len(pairs[0]), len(xyz))
    _, cell = np.unique(pairs[0], return_inverse=True)
    np.minimum.at(earliest, cell, first)
    winners = winners[np.argsort(earliest[: len(winners)])]
    return _finish(mean[winners], pairs[1][winners].astype(np.int32))


def choose(
    fused: Fused, count: int, *, keep: int, num_items: int, shell_share: float, rng: np.random.Generator
) -> np.ndarray:
    """A random choice of points that keeps small things visible and plain walls from taking over.

    Args:
        count: points wanted; all are kept where there are fewer.
        keep: points per item that are taken before the rest is filled up at random.
        num_items: owners below it are items, the others shell.
        shell_share: share of the points that the shell may have, exceeded only where the items have no more to give.

    Returns:
        (min(P, count),) int64 indices in random order, so that any prefix is a fair sample too.
    """
    order = rng.permutation(len(fused))
    if len(fused) <= count:
        return order
    owner = fused.owner[order]
    is_item = owner < num_items
    by_owner = np.argsort(owner, kind="stable")
    start = np.searchsorted(owner[by_owner], owner[by_owner])
    rank = np.empty(len(order), np.int64)
    rank[by_owner] = np.arange(len(order)) - start
    from_items = min(int(is_item.sum()), count - min(int((~is_item).sum()), round(count * shell_share)))
    kept = is_item & (rank < keep)
    # A room crowded beyond the budget is thinned at random like any other.
    kept &= np.cumsum(kept) <= from_items
    kept[np.flatnonzero(is_item & ~kept)[: from_items - int(kept.sum())]] = True
    kept[np.flatnonzero(~is_item)[: count - from_items]] = True
    return order[kept]


def _finish(mean: np.ndarray, owner: np.ndarray) -> Fused:
    normal = np.ascontiguousarray(mean[:, 6:9])
    length = np.sqrt(np.einsum("ij,ij->i", normal, normal))
    # Opposite sides of a sheet thinner than a voxel may cancel; up is as good as any direction then.
    lost = length < 1e-3
    normal[lost], length[lost] = (0.0, 0.0, 1.0), 1.0
    normal /= length[:, None]
    return Fused(
        xyz=mean[:, :3].astype(np.float32),
        rgb=np.rint(mean[:, 3:6]).astype(np.uint8),
        normal=normal.astype(np.float32),
        owner=owner.astype(np.int32),
    )


@njit(cache=True)
def _voxel_keys(xyz, voxel):
    """(N,) int64 packed voxel coordinates, counted from the lowest voxel or the origin."""
    cell = np.empty(xyz.shape, np.int64)
    low = np.zeros(3, np.int64)
    for n in range(len(xyz)):
        for c in range(3):
            cell[n, c] = int(np.floor(xyz[n, c] / voxel))
            low[c] = min(low[c], cell[n, c])
    keys = np.empty(len(xyz), np.int64)
    for n in range(len(xyz)):
        keys[n] = ((cell[n, 0] - low[0]) << 2 * _BITS) | ((cell[n, 1] - low[1]) << _BITS) | (cell[n, 2] - low[2])
    return keys


@njit(cache=True)
def _accumulate(group, num_groups, xyz, rgb, normal, weight):
    """First sample, weight and weighted sums (xyz, rgb, normal) of every group."""
    first = np.full(num_groups, -1, np.int64)
    mass = np.zeros(num_groups, np.float64)
    sums = np.zeros((num_groups, 9), np.float64)
    for n in range(len(group)):
        g, w = group[n], np.float64(weight[n])
        if first[g] < 0:
            first[g] = n
        mass[g] += w
        for c in range(3):
            sums[g, c] += w * xyz[n, c]
            sums[g, 3 + c] += w * rgb[n, c]
            sums[g, 6 + c] += w * normal[n, c]
    return first, mass, sums


@njit(cache=True)
def _heaviest(cell, num_cells, mass, owner):
    """(num_cells,) group with most weight in every cell; the lower owner wins a tie."""
    best = np.full(num_cells, -1, np.int64)
    for g in range(len(cell)):
        b = best[cell[g]]
        if b < 0 or mass[g] > mass[b] or (mass[g] == mass[b] and owner[g] < owner[b]):
            best[cell[g]] = g
    return best
