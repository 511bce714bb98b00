"""The set of occupied voxels of a batch of scenes, and what is derived from it once and kept.

V voxels in B scenes, all rows sorted by key: by item, then x, y, z. Features live outside, as plain (V, C) tensors.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.sparse.kernel_map import KernelMap, child_map, neighbour_map
from sceneglot.ops.sparse.keys import AXIS_BITS, pack, parent_keys, unpack


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """Which voxels are occupied. Immutable; kernel maps and coarser grids are computed when first asked for.

    Build one with `VoxelGrid.from_coords` or `voxelise`.

    Attributes:
        keys: (V,) int64, strictly ascending (`keys.pack`).
        batch_size: B; items without a voxel are allowed.
        stride: edge of a voxel in voxels of the finest grid: 1, 2, 4, ...
    """

    keys: Tensor
    batch_size: int
    stride: int = 1
    _maps: dict[int, KernelMap] = field(default_factory=dict, init=False, repr=False)
    _coarser: list[Coarsening] = field(default_factory=list, init=False, repr=False)

    @classmethod
    def from_coords(cls, coords: Tensor, batch_size: int | None = None) -> tuple[VoxelGrid, Tensor]:
        """Grid of distinct voxels, and the order that brings features into the grid's order.

        Args:
            coords: (V, 4) integers (item, x, y, z), any order, negative x, y, z allowed.
            batch_size: B; None: the largest item plus one.

        Returns:
            The grid and (V,) int64: row i of the grid is row order[i] of `coords`.

        Raises:
            SceneglotError: coordinates occur twice, are out of range, or an item is not below `batch_size`.
        """
        keys, order = torch.sort(pack(coords))
        if len(keys) > 1 and (keys[1:] == keys[:-1]).any():
            raise SceneglotError("voxel coordinates occur more than once: merge them first, as voxelise does")
        return cls(keys, check_batch(coords[:, 0], batch_size)), order

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def coords(self) -> Tensor:
        """(V, 4) int64 (item, x, y, z), in voxels of this grid."""
        return unpack(self.keys)

    @property
    def item(self) -> Tensor:
        """(V,) int64, the scene each voxel belongs to; ascending."""
        return self.keys >> 3 * AXIS_BITS

    def neighbours(self, size: int) -> KernelMap:
        """Pairs of a submanifold convolution with a size^3 kernel (odd size)."""
        if size not in self._maps:
            self._maps[size] = neighbour_map(self.keys, size)
        return self._maps[size]

    def coarser(self) -> Coarsening:
        """The grid with voxels twice as large."""
        if not self._coarser:
            parents, octant = parent_keys(self.keys)
            keys, parent = torch.unique(parents, sorted=True, return_inverse=True)
            coarse = VoxelGrid(keys, self.batch_size, 2 * self.stride)
            self._coarser.append(Coarsening(coarse, parent, child_map(parent, octant, len(keys))))
        return self._coarser[0]


@dataclass(frozen=True, eq=False)
class Coarsening:
    """One step down the pyramid.

    Attributes:
        grid: the coarse grid.
        parent: (V,) int64, coarse row of every fine voxel.
        down: pairs of the convolution with kernel 2 and stride 2; `down.transposed()` leads back up.
    """

    grid: VoxelGrid
    parent: Tensor
    down: KernelMap


def check_batch(item: Tensor, batch_size: int | None) -> int:
    """The number of scenes, after checking that no item lies beyond it."""
    found = int(item.amax()) + 1 if len(item) else 0
    if batch_size is None:
        return found
    if found > batch_size:
        raise SceneglotError(f"batch item {found - 1} occurs in a batch of {batch_size}")
    return batch_size
