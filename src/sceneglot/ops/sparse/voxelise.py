"""From points to voxels and back: every point has a voxel, so every point gets its voxel's prediction.

N points, V voxels, B scenes, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.sparse.grid import VoxelGrid, check_batch
from sceneglot.ops.sparse.keys import pack


@dataclass(frozen=True, eq=False)
class Voxels:
    """Points sorted into voxels.

    Attributes:
        grid: the occupied voxels.
        row: (N,) int64, grid row of every point.
        size: edge of a voxel, metres.
    """

    grid: VoxelGrid
    row: Tensor
    size: float

    def mean(self, values: Tensor) -> Tensor:
        """(V, C) mean over the points of each voxel, of values (N, C); differentiable."""
        return segment_mean(values, self.row, len(self.grid))

    def to_points(self, rows: Tensor) -> Tensor:
        """(N, ...) the rows (V, ...) of the points' voxels; differentiable."""
        return rows.index_select(0, self.row)

    def representatives(self, preferred: Tensor | None = None) -> Tensor:
        """(V,) int64, one point per voxel: the first of the preferred ones, else the first.

        With `preferred` (N,) bool the labelled points of a sparsely annotated scene survive, and no voxel is doubled
        to keep them.
        """
        count = len(self.row)
        rank = torch.arange(count, device=self.row.device)
        if preferred is not None:
            rank = rank + count * ~preferred
        lowest = torch.full((len(self.grid),), 2 * count, dtype=torch.int64, device=self.row.device)
        return lowest.scatter_reduce(0, self.row, rank, "amin") % max(count, 1)


def voxelise(xyz: Tensor, size: float, item: Tensor | None = None, batch_size: int | None = None) -> Voxels:
    """Sort points into cubic voxels: cell floor(xyz / size), one lattice for all scenes.

    Args:
        xyz: (N, 3) float, metres; N may be 0.
        size: edge of a voxel, metres.
        item: (N,) integers, the scene of each point, any order; None: one scene.
        batch_size: B; None: the largest item plus one (1 without `item`).

    Raises:
        SceneglotError: a wrong shape or size, coordinates that are not finite, a cloud too large for the voxel size.
    """
    if xyz.dim() != 2 or xyz.shape[1] != 3 or (item is not None and item.shape != xyz.shape[:1]):
        found = None if item is None else tuple(item.shape)
        raise SceneglotError(f"points have shape {tuple(xyz.shape)} and items {found}, expected (N, 3) and (N,)")
    if not size > 0:
        raise SceneglotError(f"the voxel size is {size}, expected metres > 0")
    if not torch.isfinite(xyz).all():
        raise SceneglotError("points have coordinates that are not finite: remove them first")
    if item is None:
        item, batch_size = torch.zeros(len(xyz), dtype=torch.int64, device=xyz.device), batch_size or 1
    # In double precision, so that a point on a border does not change its cell with the precision of the cloud.
    cell = torch.floor(xyz.detach().double() / size).clamp(-(2.0**31), 2.0**31).long()
    keys, row = torch.unique(pack(torch.cat([item.long()[:, None], cell], 1)), sorted=True, return_inverse=True)
    return Voxels(VoxelGrid(keys, check_batch(item, batch_size)), row, float(size))


def segment_mean(values: Tensor, segment: Tensor, count: int) -> Tensor:
    """(count, C) mean of the rows of values (N, C) that share a segment (N,) in 0..count-1; zeros where none does.

    Half-precision values are added up in float32: sums over large segments leave the range of float16, and stop growing
    in bfloat16.
    """
    added = values.float() if values.dtype in (torch.float16, torch.bfloat16) else values
    total = added.new_zeros(count, values.shape[1]).index_add(0, segment, added)
    members = torch.bincount(segment, minlength=count).clamp_min(1)
    return (total / members[:, None].to(total.dtype)).to(values.dtype)
