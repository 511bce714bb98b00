"""Networks that look at points, behind the voxels that segmentation works on: one point per occupied voxel.

N points of B scenes, V voxels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sceneglot.nets.point_backbone import PointBackbone, PointBatch, PointFeatures, Stage
from sceneglot.nets.point_transformer import PointTransformer, PointTransformerConfig
from sceneglot.nets.pointnet2_points import PointNet2Backbone, PointNet2Config
from sceneglot.nets.sparse_unet import SparseBackbone, SparseBackboneConfig
from sceneglot.ops.sparse import VoxelGrid, voxelise
from sceneglot.ops.sparse.keys import AXIS_BITS


@dataclass(frozen=True)
class VoxelPointsConfig:
    """A network on the mean points of voxels."""

    net: PointNet2Config | PointTransformerConfig
    voxel: float
    """Edge of a voxel, metres."""


VoxelBackboneConfig = SparseBackboneConfig | VoxelPointsConfig
"""Of the backbones whose features come with voxels, the finest decoder stage having their rows."""


def voxel_backbone(config: VoxelBackboneConfig) -> PointBackbone:
    """The network of a configuration, freshly initialised."""
    return SparseBackbone(config) if isinstance(config, SparseBackboneConfig) else VoxelPoints(config)


class VoxelPoints(PointBackbone):
    """Points to voxels (mean position, mean features), a network on the V means, and back as in `SparseBackbone`.

    What the network costs follows the voxel size and not the scanner, and heads, losses and inference meet the same
    rows as with a sparse U-Net.
    """

    def __init__(self, config: VoxelPointsConfig) -> None:
        super().__init__()
        self.config = config
        net = config.net
        self.net = PointNet2Backbone(net) if isinstance(net, PointNet2Config) else PointTransformer(net)
        self.width, self.encoder_widths = self.net.width, self.net.encoder_widths
        self.decoder_widths = self.net.decoder_widths

    def forward(self, cloud: PointBatch) -> PointFeatures:
        """Features of every point; the last stage of the decoder has the rows of the voxels.

        Raises:
            SceneglotError: another number of channels, or points that fit no voxel grid.
        """
        voxels = voxelise(cloud.xyz, self.config.voxel, cloud.item, cloud.batch_size)
        order = mixed_order(voxels.grid)
        xyz, features = voxels.mean(cloud.xyz)[order], voxels.mean(cloud.features)[order]
        found = self.net(PointBatch(xyz, features, voxels.grid.item[order], cloud.batch_size))
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order), device=order.device)
        mixed_row = back[voxels.row]
        encoder, decoder = (
            tuple(Stage(stage.features, stage.row[mixed_row]) for stage in stages)
            for stages in (found.encoder, found.decoder[:-1])
        )
        last = Stage(found.points[back], voxels.row)
        return PointFeatures(last.at_points(), encoder, (*decoder, last), voxels)


def mixed_order(grid: VoxelGrid) -> Tensor:
    """(V,) int64, the voxels in an order that follows from their cells and favours no direction.

    PointNet++ takes the first points of a ball in their order: sorted by x it would see one side of every ball only.
    A voxel's place does not depend on the other scenes (multiplicative hashing: Knuth, The Art of Computer Programming
    3, section 6.4).
    """
    cell = grid.keys & ((1 << 3 * AXIS_BITS) - 1)
    mixed = (cell ^ (cell >> 29)) * 0x1E3779B97F4A7C15
    return torch.argsort(mixed ^ (mixed >> 32), stable=True)
