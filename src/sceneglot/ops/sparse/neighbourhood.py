"""What the cells around a voxel say: means, and where labels change.

V voxels, C channels. Neighbours are the occupied ones of the 26 cells around a voxel; with 2 cm voxels that is the 2 cm
radius in which JSENet (Hu et al., 2020) looks for boundaries.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sceneglot.ops.sparse.grid import VoxelGrid


def neighbour_pairs(grid: VoxelGrid, size: int = 3) -> tuple[Tensor, Tensor]:
    """(P,) int64 voxels and (P,) int64 their neighbours in a size^3 cube, themselves left out; both directions."""
    near = grid.neighbours(size)
    centre = near.identity or 0
    start, end = near.starts[centre], near.starts[centre + 1]
    voxel = torch.cat([near.target[:start], near.target[end:]]).long()
    return voxel, torch.cat([near.source[:start], near.source[end:]]).long()


def neighbour_mean(values: Tensor, grid: VoxelGrid) -> Tensor:
    """(V, C) mean over the neighbours of each voxel, without itself; its own value if it has none; differentiable."""
    voxel, neighbour = neighbour_pairs(grid)
    count = torch.bincount(voxel, minlength=len(grid))[:, None]
    total = torch.zeros_like(values).index_add(0, voxel, values.index_select(0, neighbour))
    return torch.where(count > 0, total / count.clamp_min(1), values)


def edge_map(probability: Tensor, grid: VoxelGrid) -> Tensor:
    """(V, C) | mean of the neighbours - own value |: JSENet's edges of a segmentation, without parameters.

    Args:
        probability: (V, C) softmax of the segmentation, or one-hot labels for the target.
    """
    return (neighbour_mean(probability, grid) - probability).abs()


def boundary_mask(label: Tensor, grid: VoxelGrid) -> Tensor:
    """(V,) bool, voxels with a neighbour of another class.

    Args:
        label: (V,) integers; negative labels are unknown: they neither are boundaries nor make them.
    """
    voxel, neighbour = neighbour_pairs(grid)
    differs = (label[voxel] != label[neighbour]) & (label[voxel] >= 0) & (label[neighbour] >= 0)
    return torch.bincount(voxel[differs], minlength=len(grid)) > 0


def boundary_classes(label: Tensor, grid: VoxelGrid, classes: int) -> Tensor:
    """(V, classes) bool, the classes that meet at a boundary voxel; all False elsewhere.

    JSENet keeps its own class and at most two others; here all classes of the neighbourhood count.
    """
    voxel, neighbour = neighbour_pairs(grid)
    known = (label[voxel] >= 0) & (label[neighbour] >= 0)
    meeting = torch.zeros(len(grid), classes, dtype=torch.bool, device=label.device)
    meeting[voxel[known], label[neighbour[known]]] = True
    own = label >= 0
    meeting[own.nonzero()[:, 0], label[own]] = True
    return meeting & boundary_mask(label, grid)[:, None]
