"""Streaming fusion: points of many frames averaged in voxels, in memory that grows with the scene, not with the film.

Weighted means of place, colour and normal per voxel. A sheet thinner than a voxel (a door, a board) is seen from both
sides, and the mean of its normals would be nothing: so the normal's line is averaged with samples turned to one side,
and the side is that of the plain mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from sceneglot.ops.hashing import EMPTY, empty_table, fill_table, find_slot

_BITS = 20
_HALF = 1 << _BITS  # voxels from the origin to either end: 10 km at 1 cm
_COLUMNS = 12  # xyz, rgb, normal, normals turned to one side


@dataclass(frozen=True, eq=False)
class FusedPoints:
    """P points, one per occupied voxel, in order of the voxels (x, then y, then z).

    Attributes:
        xyz: (P, 3) float32 metres. rgb: (P, 3) uint8. normal: (P, 3) float32 unit vectors.
        count: (P,) int32 samples in the voxel.
    """

    xyz: np.ndarray
    rgb: np.ndarray
    normal: np.ndarray
    count: np.ndarray


class VoxelFusion:
    """Add frames one after the other, then `points`.

    Args:
        voxel: edge length, metres.
    """

    def __init__(self, voxel: float) -> None:
        self.voxel = float(voxel)
        self._table = empty_table(1 << 16)
        self._keys = np.empty(1 << 14, np.int64)
        self._sums = np.zeros((1 << 14, _COLUMNS))
        self._mass = np.zeros(1 << 14)
        self._count = np.zeros(1 << 14, np.int32)
        self._size = 0

    def add(self, xyz: np.ndarray, rgb: np.ndarray, normal: np.ndarray, weight: np.ndarray) -> None:
        """Add samples in the world's frame.

        Args:
            xyz: (S, 3) float32; those more than 2^20 voxels from the origin are ignored.
            rgb: (S, 3) uint8. normal: (S, 3) float32. weight: (S,) float32, positive.
        """
        done = 0
        while True:
            done, self._size = _add(
                self._table, self._keys, self._sums, self._mass, self._count, self._size, self.voxel,
                xyz, rgb, normal, weight, done,
            )  # fmt: skip
            if done == len(xyz):
                return
            self._grow()

    def points(self, min_samples: int = 1) -> FusedPoints:
        """The voxels with at least `min_samples` samples."""
        keys, count = self._keys[: self._size], self._count[: self._size]
        rows = np.flatnonzero(count >= min_samples)
        rows = rows[np.argsort(keys[rows])]
        return _finish(self._sums[rows], self._mass[rows], count[rows])

    def _grow(self) -> None:
        old = len(self._keys)
        self._keys = np.concatenate([self._keys, np.empty(old, np.int64)])
        self._sums = np.concatenate([self._sums, np.zeros((old, _COLUMNS))])
        self._mass = np.concatenate([self._mass, np.zeros(old)])
        self._count = np.concatenate([self._count, np.zeros(old, np.int32)])
        self._table = empty_table(2 * len(self._table))
        fill_table(self._table, self._keys[: self._size])


def fuse_reference(
    xyz: np.ndarray, rgb: np.ndarray, normal: np.ndarray, weight: np.ndarray, voxel: float, min_samples: int = 1
) -> FusedPoints:
    """All samples at once in plain numpy: the oracle of the tests."""
    cell = np.floor(xyz.astype(np.float64) / voxel).astype(np.int64)
    good = ((cell >= -_HALF) & (cell < _HALF)).all(1)
    cell, xyz, rgb, normal, weight = cell[good], xyz[good], rgb[good], normal[good], weight[good]
    _, group = np.unique(cell, axis=0, return_inverse=True)
    group = group.reshape(-1)
    size = int(group.max(initial=-1)) + 1
    line = np.zeros((size, 3))
    for n, g in enumerate(group):
        sample = normal[n].astype(np.float64)
        line[g] += weight[n] * (sample if line[g] @ sample >= 0 else -sample)
    mass = np.bincount(group, weight.astype(np.float64), size)
    columns = np.concatenate([xyz, rgb, normal], axis=1).astype(np.float64) * weight[:, None]
    sums = np.concatenate([np.stack([np.bincount(group, column, size) for column in columns.T], axis=1), line], axis=1)
    count = np.bincount(group, minlength=size)
    keep = count >= min_samples
    return _finish(sums[keep], mass[keep], count[keep])


def _finish(sums: np.ndarray, mass: np.ndarray, count: np.ndarray) -> FusedPoints:
    mean = sums[:, :6] / mass[:, None]
    plain, line = sums[:, 6:9], sums[:, 9:12]
    side = np.where(np.einsum("pc,pc->p", plain, line) < 0, -1.0, 1.0)
    length = np.linalg.norm(line, axis=1)
    lost = length < 1e-12
    normal = line * (side / np.where(lost, 1.0, length))[:, None]
    normal[lost] = (0.0, 0.0, 1.0)
    return FusedPoints(
        xyz=mean[:, :3].astype(np.float32),
        rgb=np.clip(np.rint(mean[:, 3:6]), 0, 255).astype(np.uint8),
        normal=normal.astype(np.float32),
        count=count.astype(np.int32),
    )


@njit(cache=True)
def _add(table, keys, sums, mass, count, size, voxel, xyz, rgb, normal, weight, start):
    """Add samples from `start` on; returns (samples done, voxels), early when the arrays are full."""
    for n in range(start, len(xyz)):
        x, y, z = np.floor(xyz[n, 0] / voxel), np.floor(xyz[n, 1] / voxel), np.floor(xyz[n, 2] / voxel)
        if not (-_HALF <= x < _HALF and -_HALF <= y < _HALF and -_HALF <= z < _HALF):
            continue
        key = (np.int64(x) + _HALF) << 2 * (_BITS + 1) | (np.int64(y) + _HALF) << (_BITS + 1) | (np.int64(z) + _HALF)
        slot = find_slot(table, key)
        if table[slot, 0] == EMPTY:
            if size == len(keys):
                return n, size
            table[slot, 0] = key
            table[slot, 1] = size
            keys[size] = key
            size += 1
        g = table[slot, 1]
        w = np.float64(weight[n])
        mass[g] += w
        count[g] += 1
        dot = 0.0
        for c in range(3):
            sums[g, c] += w * xyz[n, c]
            sums[g, 3 + c] += w * rgb[n, c]
            sums[g, 6 + c] += w * normal[n, c]
            dot += sums[g, 9 + c] * normal[n, c]
        if dot < 0:
            w = -w
        for c in range(3):
            sums[g, 9 + c] += w * normal[n, c]
    return len(xyz), size
