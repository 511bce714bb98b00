"""Layers on the rows of a voxel grid: convolution, batch norm, residual blocks, resampling.

V voxels, I and O channels. Rows are plain (V, C) tensors; which rows meet is said by the `KernelMap` passed along.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.ops.sparse import KernelMap, sparse_conv


class SparseConv(nn.Module):
    """Convolution without bias; submanifold, strided or inverse according to the map it is given.

    Weights are (K, I, O) with offsets in (x, y, z) order, z fastest. They start as He et al. (2015) by fan out.
    """

    def __init__(self, in_width: int, out_width: int, offsets: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(offsets, in_width, out_width))
        nn.init.normal_(self.weight, std=math.sqrt(2 / (offsets * out_width)))

    def forward(self, rows: Tensor, kernel_map: KernelMap) -> Tensor:
        """(num_source, I) -> (num_target, O)."""
        return sparse_conv(rows, self.weight, kernel_map)


class VoxelNorm(nn.BatchNorm1d):
    """Batch norm over voxels that also trains on a batch of a single voxel, with the running statistics.

    A small scene has one voxel left at the bottom of a deep network, where a variance does not exist.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(V, C) -> (V, C)."""
        if self.training and len(input) < 2:
            return F.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps
            )
        return super().forward(input)


class Norm:
    """How to make the norms of a network: one value for all of them."""

    def __init__(self, eps: float, momentum: float) -> None:
        self.eps, self.momentum = eps, momentum

    def __call__(self, width: int) -> VoxelNorm:
        """A norm for `width` channels."""
        return VoxelNorm(width, eps=self.eps, momentum=self.momentum)


class ResidualBlock(nn.Module):
    """Two 3^3 convolutions with norms, a shortcut, ReLU after the sum (He et al., 2016a)."""

    def __init__(self, in_width: int, out_width: int, norm: Norm) -> None:
        super().__init__()
        self.conv1, self.norm1 = SparseConv(in_width, out_width, 27), norm(out_width)
        self.conv2, self.norm2 = SparseConv(out_width, out_width, 27), norm(out_width)
        self.shortcut = nn.Identity()
        if in_width != out_width:
            self.shortcut = nn.Sequential(nn.Linear(in_width, out_width, bias=False), norm(out_width))

    def forward(self, rows: Tensor, kernel_map: KernelMap) -> Tensor:
        """(V, I) -> (V, O)."""
        inner = F.relu(self.norm1(self.conv1(rows, kernel_map)), inplace=True)
        inner = self.norm2(self.conv2(inner, kernel_map))
        return F.relu(inner + self.shortcut(rows), inplace=True)


class PreactivationBlock(nn.Module):
    """Norm, ReLU, convolution, twice, plus a shortcut (He et al., 2016b), as in PointGroup's network."""

    def __init__(self, in_width: int, out_width: int, norm: Norm) -> None:
        super().__init__()
        self.norm1, self.conv1 = norm(in_width), SparseConv(in_width, out_width, 27)
        self.norm2, self.conv2 = norm(out_width), SparseConv(out_width, out_width, 27)
        self.shortcut = nn.Identity() if in_width == out_width else nn.Linear(in_width, out_width, bias=False)

    def forward(self, rows: Tensor, kernel_map: KernelMap) -> Tensor:
        """(V, I) -> (V, O)."""
        inner = self.conv1(F.relu(self.norm1(rows), inplace=True), kernel_map)
        inner = self.conv2(F.relu(self.norm2(inner), inplace=True), kernel_map)
        return inner + self.shortcut(rows)


class Resample(nn.Module):
    """Kernel 2, stride 2, down or up according to the map, with its norm and ReLU after it, or before it."""

    def __init__(self, in_width: int, out_width: int, norm: Norm, *, preactivation: bool) -> None:
        super().__init__()
        self.conv = SparseConv(in_width, out_width, 8)
        self.norm = norm(in_width if preactivation else out_width)
        self.preactivation = preactivation

    def forward(self, rows: Tensor, kernel_map: KernelMap) -> Tensor:
        """(num_source, I) -> (num_target, O)."""
        if self.preactivation:
            return self.conv(F.relu(self.norm(rows), inplace=True), kernel_map)
        return F.relu(self.norm(self.conv(rows, kernel_map)), inplace=True)
