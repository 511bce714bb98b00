"""PointNet++ behind the common interface of point networks: seeds as for detection, carried to every point.

B scenes, N points in all, L points of the largest scene, S seeds, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from sceneglot.nets.point_backbone import PointBackbone, PointBatch, PointFeatures, Stage
from sceneglot.nets.pointnet2 import Backbone, BackboneConfig, SharedMLP
from sceneglot.ops.interpolate import interpolate
from sceneglot.ops.neighbors import nearest


@dataclass(frozen=True)
class PointNet2Config:
    """PointNet++ for every point."""

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    width: int = 128
    """Channels of the final features."""


class PointNet2Backbone(PointBackbone):
    """VoteNet's PointNet++; the seed features reach all points by inverse distance and meet the input features there.

    The seeds are the only stage shown.
    """

    def __init__(self, config: PointNet2Config) -> None:
        super().__init__()
        self.config = config
        self.backbone = Backbone(config.backbone)
        self.finish = SharedMLP(config.backbone.seed_width + config.backbone.extra_channels, (config.width,) * 2)
        self.width = config.width
        self.encoder_widths, self.decoder_widths = (), (config.backbone.seed_width,)

    def forward(self, cloud: PointBatch) -> PointFeatures:
        """Features of every point.

        Raises:
            SceneglotError: another number of channels than configured.
        """
        index, place = pad_scenes(cloud.item, cloud.batch_size)
        xyz, features = _with_spare_row(cloud.xyz)[index], _with_spare_row(cloud.features)[index]
        seeds = self.backbone(xyz, features if features.shape[-1] else None)
        carried = interpolate(seeds.xyz, xyz, seeds.features).flatten(0, 1)[place]
        closest = nearest(seeds.xyz, xyz, 1)[1][..., 0]
        closest = closest + torch.arange(len(closest), device=closest.device)[:, None] * seeds.xyz.shape[1]
        stage = Stage(seeds.features.flatten(0, 1), closest.flatten()[place])
        return PointFeatures(self.finish(torch.cat([carried, cloud.features], dim=1)), (), (stage,))


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


def _with_spare_row(rows: Tensor) -> Tensor:
    """One row of zeros more, for scenes without points."""
    return torch.cat([rows, rows.new_zeros(1, rows.shape[1])])
