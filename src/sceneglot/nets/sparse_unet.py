"""Sparse U-Nets on voxels, and their place behind the common interface of point networks.

V voxels, N points, C channels. Levels have strides 1, 2, 4, ...; a skip connection joins equal strides.

One skeleton serves three published families (`sparse_unet_presets`): they differ in where channels change, in what
comes first within a block, and in whether the finest level has blocks of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointBackbone, PointBatch, PointFeatures, Stage
from sceneglot.nets.sparse_layers import Norm, PreactivationBlock, Resample, ResidualBlock, SparseConv
from sceneglot.ops.sparse import KernelMap, VoxelGrid, voxelise


@dataclass(frozen=True)
class LevelConfig:
    """One level of one side of the U."""

    width: int
    """Channels of its blocks."""
    blocks: int
    """Residual blocks, two convolutions each."""


@dataclass(frozen=True)
class SparseUNetConfig:
    """Shape of a sparse U-Net."""

    in_channels: int
    stem_width: int
    """Channels at stride 1 on the way down."""
    stem_size: int
    """Edge of the first convolution's kernel, odd."""
    encoder: tuple[LevelConfig, ...]
    """Levels below the stem, stride 2 first."""
    decoder: tuple[LevelConfig, ...]
    """As many levels on the way up, stride 1 last."""
    stem_blocks: int = 0
    """Residual blocks at stride 1 before the first step down."""
    widen_early: bool = True
    """Channels change in the step down (True) or in the first block after it (False)."""
    preactivation: bool = False
    """Norm and ReLU before each convolution instead of after it; then one more pair ends the network."""
    norm_eps: float = 1e-5
    norm_momentum: float = 0.1
    """PyTorch's convention: weight of the new batch."""
    initial_std: float | None = None
    """Start all convolutions from a normal distribution cut off at two deviations; None: He et al. by fan out."""

    def __post_init__(self) -> None:
        if len(self.encoder) != len(self.decoder) or not self.encoder:
            raise SceneglotError(
                f"sparse U-Net: {len(self.encoder)} levels down and {len(self.decoder)} up, expected as many of both"
            )

    @property
    def width(self) -> int:
        """Channels of the final features."""
        return self.decoder[-1].width

    @property
    def encoder_widths(self) -> tuple[int, ...]:
        """Channels of the stages on the way down, stride 1 first."""
        return (self.stem_width, *(level.width for level in self.encoder))

    @property
    def decoder_widths(self) -> tuple[int, ...]:
        """Channels of the stages on the way up, stride 1 last."""
        return tuple(level.width for level in self.decoder)


@dataclass(frozen=True, eq=False)
class UNetOutput:
    """Features on every level.

    Attributes:
        grids: voxels of strides 1, 2, 4, ...
        encoder: rows of each of those grids, stride 1 first.
        decoder: rows on the way up, stride 1 last; there is none for the coarsest grid.
    """

    grids: tuple[VoxelGrid, ...]
    encoder: tuple[Tensor, ...]
    decoder: tuple[Tensor, ...]


class SparseUNet(nn.Module):
    """Down by strided convolutions, up by inverse ones on the same maps, skips joined before the blocks going up."""

    def __init__(self, config: SparseUNetConfig) -> None:
        super().__init__()
        self.config = config
        norm = Norm(config.norm_eps, config.norm_momentum)
        self.stem = SparseConv(config.in_channels, config.stem_width, config.stem_size**3)
        self.stem_norm = None if config.preactivation else norm(config.stem_width)
        self.stem_blocks = Blocks(config.stem_width, LevelConfig(config.stem_width, config.stem_blocks), config, norm)
        self.downs, self.encoders = nn.ModuleList(), nn.ModuleList()
        width = config.stem_width
        for level in config.encoder:
            after = level.width if config.widen_early else width
            self.downs.append(Resample(width, after, norm, preactivation=config.preactivation))
            self.encoders.append(Blocks(after, level, config, norm))
            width = level.width
        self.ups, self.decoders = nn.ModuleList(), nn.ModuleList()
        for level, skip in zip(config.decoder, reversed(config.encoder_widths[:-1])):
            self.ups.append(Resample(width, level.width, norm, preactivation=config.preactivation))
            self.decoders.append(Blocks(level.width + skip, level, config, norm))
            width = level.width
        self.last_norm = norm(width) if config.preactivation else None
        if config.initial_std is not None:
            for part in self.modules():
                if isinstance(part, SparseConv | nn.Linear):
                    std = config.initial_std
                    nn.init.trunc_normal_(part.weight, std=std, a=-2 * std, b=2 * std)

    def forward(self, grid: VoxelGrid, rows: Tensor) -> UNetOutput:
        """Features of all levels.

        Args:
            grid: V voxels, possibly none.
            rows: (V, in_channels), in the grid's order.

        Raises:
            SceneglotError: another number of channels or rows.
        """
        if rows.shape != (len(grid), self.config.in_channels):
            expected = (len(grid), self.config.in_channels)
            raise SceneglotError(f"sparse U-Net: rows have shape {tuple(rows.shape)}, expected {expected}")
        rows = self.stem(rows, grid.neighbours(self.config.stem_size))
        if self.stem_norm is not None:
            rows = F.relu(self.stem_norm(rows), inplace=True)
        rows = self.stem_blocks(rows, grid)
        grids, steps, encoded = [grid], [], [rows]
        for down, blocks in zip(self.downs, self.encoders):
            steps.append(grids[-1].coarser())
            grids.append(steps[-1].grid)
            rows = blocks(down(rows, steps[-1].down), grids[-1])
            encoded.append(rows)
        decoded = []
        for up, blocks, step, fine, skip in zip(self.ups, self.decoders, steps[::-1], grids[-2::-1], encoded[-2::-1]):
            rows = blocks(torch.cat([up(rows, step.down.transposed()), skip], dim=1), fine)
            decoded.append(rows)
        if self.last_norm is not None:
            decoded[-1] = F.relu(self.last_norm(rows))
        return UNetOutput(tuple(grids), tuple(encoded), tuple(decoded))


class Blocks(nn.Module):
    """The residual blocks of one level; the first one changes the number of channels."""

    def __init__(self, in_width: int, level: LevelConfig, config: SparseUNetConfig, norm: Norm) -> None:
        super().__init__()
        kind = PreactivationBlock if config.preactivation else ResidualBlock
        widths = [in_width, *[level.width] * level.blocks]
        self.blocks = nn.ModuleList(kind(a, b, norm) for a, b in pairwise(widths))

    def forward(self, rows: Tensor, grid: VoxelGrid) -> Tensor:
        """(V, in_width) -> (V, width); unchanged where there are no blocks."""
        kernel_map: KernelMap = grid.neighbours(3)
        for block in self.blocks:
            rows = block(rows, kernel_map)
        return rows


@dataclass(frozen=True)
class SparseBackboneConfig:
    """A sparse U-Net that takes points."""

    net: SparseUNetConfig
    voxel: float = 0.02
    """Edge of a voxel, metres."""


class SparseBackbone(PointBackbone):
    """Points to voxels (mean features), the U-Net, and back: every point has the features of its voxel."""

    def __init__(self, config: SparseBackboneConfig) -> None:
        super().__init__()
        self.config = config
        self.net = SparseUNet(config.net)
        self.width = config.net.width
        self.encoder_widths, self.decoder_widths = config.net.encoder_widths, config.net.decoder_widths

    def forward(self, cloud: PointBatch) -> PointFeatures:
        """Features of every point; the stages of the decoder end with stride 1.

        Raises:
            SceneglotError: another number of channels, or points that fit no voxel grid.
        """
        voxels = voxelise(cloud.xyz, self.config.voxel, cloud.item, cloud.batch_size)
        output = self.net(voxels.grid, voxels.mean(cloud.features))
        rows = [voxels.row]
        for grid in output.grids[:-1]:
            rows.append(grid.coarser().parent[rows[-1]])
        encoder = tuple(Stage(features, row) for features, row in zip(output.encoder, rows))
        decoder = tuple(Stage(features, row) for features, row in zip(output.decoder, rows[-2::-1]))
        return PointFeatures(decoder[-1].at_points(), encoder, decoder, voxels)
