"""PointNet++ behind the common interface of point networks: seeds as for detection, carried to every point.

B scenes, N points in all, L points of the largest scene, S seeds, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from sceneglot.nets.point_backbone import PointBackbone, PointBatch, PointFeatures, Stage
from sceneglot.nets.pointnet2 import AbstractionConfig, Backbone, BackboneConfig, SharedMLP
from sceneglot.ops.interpolate import interpolate
from sceneglot.ops.neighbors import nearest


@dataclass(frozen=True)
class PointNet2Config:
    """PointNet++ for every point."""

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    width: int = 128
    """Channels of the final features."""

    @classmethod
    def tiny(cls, in_channels: int, voxel: float) -> PointNet2Config:
        """VoteNet's counts of points with half its neighbours and channels, 0.18 million parameters with five in.

        The radii are VoteNet's for clouds of 10 cm or finer and grow with larger voxels, so that balls hold neighbours.
        """
        grown = max(1.0, voxel / 0.1)
        abstractions = (
            AbstractionConfig(2048, 0.2 * grown, 32, (32, 32, 64)),
            AbstractionConfig(1024, 0.4 * grown, 16, (64, 64, 128)),
            AbstractionConfig(512, 0.8 * grown, 8, (64, 64, 128)),
            AbstractionConfig(256, 1.2 * grown, 8, (64, 64, 128)),
        )
        return cls(BackboneConfig(in_channels, abstractions, seed_width=128), width=64)


class PointNet2Backbone(PointBackbone):
    """VoteNet's PointNet++; the seed features reach all points by inverse distance and meet the input features there.

    Stages are the four abstractions on the way down, the seeds and the points themselves on the way up; the nearest row
    of its scene stands for a point.
    """

    def __init__(self, config: PointNet2Config) -> None:
        super().__init__()
        self.config = config
        self.backbone = Backbone(config.backbone)
        self.finish = SharedMLP(config.backbone.seed_width + config.backbone.extra_channels, (config.width,) * 2)
        self.width = config.width
        self.encoder_widths = tuple(layer.widths[-1] for layer in config.backbone.abstractions)
        self.decoder_widths = (config.backbone.seed_width, config.width)

    def forward(self, cloud: PointBatch) -> PointFeatures:
        """Features of every point.

        Raises:
            SceneglotError: another number of channels than configured.
        """
        index, place = pad_scenes(cloud.item, cloud.batch_size)
        xyz, features = _with_spare_row(cloud.xyz)[index], _with_spare_row(cloud.features)[index]
        down = self.backbone.abstract(xyz, features if features.shape[-1] else None)
        seeds = self.backbone.propagate(down)
        carried = interpolate(seeds.xyz, xyz, seeds.features).flatten(0, 1)[place]
        points = self.finish(torch.cat([carried, cloud.features], dim=1))
        rows = [_closest(kept, xyz)[place] for kept in down.clouds[1:]]
        encoder = tuple(
            Stage(level.flatten(0, 1), row) for level, row in zip(down.levels[1:], rows) if level is not None
        )
        coarse = Stage(seeds.features.flatten(0, 1), rows[1])  # the seeds are the points of the second abstraction
        fine = Stage(points, torch.arange(len(points), device=points.device))
        return PointFeatures(points, encoder, (coarse, fine))


def pad_scenes(item: Tensor, batch_size: int) -> tuple[Tensor, Tensor]:
    """Points of scenes of any size as a rectangle; missing places repeat the scene's points from the start.

    Repeated points have later positions than the originals, so neighbourhoods keep their members and a maximum over
    them its value.

    Args:
        item: (N,) int64, the scene of each point, any order.
        batch_size: B.

    Returns:
        (B, L) int64 points, N for places of a scene without points; (N,) int64 place of each point in the flat
        rectangle. L is at least 1.
    """
    order = torch.sort(item, stable=True).indices
    counts = torch.bincount(item, minlength=batch_size)
    start = counts.cumsum(0) - counts
    length = max(int(counts.max()), 1) if len(counts) else 1
    place = torch.arange(length, device=item.device) % counts.clamp_min(1)[:, None]
    padded = torch.cat([order, order.new_tensor([len(item)])])
    index = padded[torch.where(counts[:, None] > 0, start[:, None] + place, len(item))]
    slot = torch.empty_like(item)
    slot[order] = torch.arange(len(item), device=item.device) - start[item[order]] + item[order] * length
    return index, slot


def _closest(kept: Tensor, xyz: Tensor) -> Tensor:
    """(B L,) int64, the row among all (B M) of the kept point (B, M, 3) nearest to each point (B, L, 3)."""
    index = nearest(kept, xyz, 1)[1][..., 0]
    return (index + torch.arange(len(index), device=index.device)[:, None] * kept.shape[1]).flatten()


def _with_spare_row(rows: Tensor) -> Tensor:
    """One row of zeros more, for scenes without points."""
    return torch.cat([rows, rows.new_zeros(1, rows.shape[1])])
