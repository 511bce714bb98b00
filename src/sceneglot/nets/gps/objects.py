"""Object tokens from the points of every object. (Maps of labelled boxes have a network of their own: `map_grounder`.)

Shapes: B scenes, N objects, P points per object, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.pointnet2 import AbstractionConfig, SetAbstraction, SharedMLP


@dataclass(frozen=True, eq=False)
class ObjectTokens:
    """The objects of B scenes, ready for the transformers.

    Attributes:
        features: (B, N, D), zero where padded.
        location: (B, N, 6) float32 centre and extents, metres.
        mask: (B, N) bool, True for real objects.
    """

    features: Tensor
    location: Tensor
    mask: Tensor

    def rows(self, index: Tensor) -> ObjectTokens:
        """The objects of the scenes `index` (Q,) int64, a scene as often as it is named."""
        return ObjectTokens(self.features[index], self.location[index], self.mask[index])


@dataclass(frozen=True)
class PointObjectConfig:
    """PointNet++ per object; the defaults are those of GPS, 3D-VisTA and ViL3DRel (1.3 M parameters)."""

    abstractions: tuple[AbstractionConfig, ...] = (
        AbstractionConfig(32, 0.2, 32, (64, 64, 128)),
        AbstractionConfig(16, 0.4, 32, (128, 128, 256)),
    )
    """Radii are shares of the object's own radius: each object is scaled to the unit sphere."""
    pooled: tuple[int, ...] = (256, 512, 768)
    """Widths of the last shared MLP, after which everything is pooled into one vector."""
    width: int = 768
    dropout: float = 0.1

    @classmethod
    def tiny(cls, width: int = 128) -> PointObjectConfig:
        """For one CPU core."""
        layers = (AbstractionConfig(24, 0.25, 16, (32, 32, 64)), AbstractionConfig(8, 0.5, 16, (64, 64, 128)))
        return cls(layers, (128, 128), width)


class PointObjectEncoder(nn.Module):
    """PointNet++ (single-scale grouping) on the points of each object.

    `freeze` keeps weights *and* BatchNorm statistics: a frozen network that still renormalises is not frozen.
    """

    def __init__(self, config: PointObjectConfig) -> None:
        super().__init__()
        self.config = config
        widths = [3, *(layer.widths[-1] for layer in config.abstractions)]
        self.abstractions = nn.ModuleList(
            SetAbstraction(layer, width) for layer, width in zip(config.abstractions, widths)
        )
        self.pool = SharedMLP(3 + widths[-1], config.pooled)
        self.out = nn.Linear(config.pooled[-1], config.width)
        self.dropout = nn.Dropout(config.dropout)
        self.frozen = False

    def freeze(self) -> None:
        """Stop learning, for good."""
        self.frozen = True
        self.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> PointObjectEncoder:
        """Like `nn.Module.train`, but a frozen encoder's BatchNorm stays in evaluation mode."""
        super().train(mode)
        if self.frozen:
            for part in (*self.abstractions, self.pool):
                part.eval()
        return self

    def forward(self, points: Tensor, location: Tensor, mask: Tensor) -> ObjectTokens:
        """Encode the real objects; padding costs nothing and does not reach BatchNorm.

        Args:
            points: (B, N, P, 6) float32: xyz minus the object's mean, over its largest radius; rgb in -1..1.
            location: (B, N, 6) float32, metres.
            mask: (B, N) bool.
        """
        clouds = points[mask]  # (R, P, 6)
        features = points.new_zeros(*mask.shape, self.config.width)
        if len(clouds):
            xyz, level = clouds[..., :3].contiguous(), clouds[..., 3:].contiguous()
            for layer in self.abstractions:
                xyz, level, _ = layer(xyz, level)
            pooled = self.pool(torch.cat([xyz, level], -1)).amax(1)
            features[mask] = self.dropout(self.out(pooled)).to(features.dtype)
        return ObjectTokens(features, location, mask)
