"""VoteNet (Qi et al., 2019): seeds vote for object centres, clusters of votes become boxes.

Shapes: B clouds, N points, S seeds, P proposals, NH heading bins, NS size clusters, NC classes. Metres, radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.mean_sizes import SCANNET_SCANREFER, Sizes
from sceneglot.nets.pointnet2 import AbstractionConfig, Backbone, BackboneConfig, SeedOutput, SetAbstraction
from sceneglot.ops.sampling import farthest_points


@dataclass(frozen=True)
class VoteNetConfig:
    """Sizes of a VoteNet. `paper()` and `tiny()` are the two used here; every field can be replaced."""

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    proposals: AbstractionConfig = field(default_factory=lambda: AbstractionConfig(256, 0.3, 16, (128, 128, 128)))
    """How votes are clustered: number of proposals, radius (metres), votes per cluster, MLP."""
    sampling: Literal["vote_fps", "seed_fps"] = "vote_fps"
    """Cluster centres: farthest votes, or the votes of the farthest seeds."""
    mean_sizes: Sizes = SCANNET_SCANREFER
    """(NS, 3) metres: the size clusters that size residuals are relative to."""
    num_classes: int = 18
    num_headings: int = 1
    """NH; 1 for axis-aligned boxes."""

    @classmethod
    def paper(cls, *, extra_channels: int = 0, seed_width: int = 256, mean_sizes: Sizes | None = None) -> VoteNetConfig:
        """The published sizes: seed width 256 as in VoteNet and ScanQA, 512 as in CLIP-guided 3D VQA."""
        backbone = BackboneConfig(extra_channels=extra_channels, seed_width=seed_width)
        return cls(backbone=backbone, mean_sizes=mean_sizes or SCANNET_SCANREFER)

    @classmethod
    def tiny(cls, *, extra_channels: int = 0, mean_sizes: Sizes | None = None) -> VoteNetConfig:
        """Sizes for training on two CPU cores with clouds of about 4,000 to 8,000 points.

        Centres are the votes of the farthest seeds: with so few proposals, the farthest votes would be strays on the
        floor, and most objects would have none near. In a short training batch norm bears a high learning rate: on
        synthetic rooms of boxes 150 steps of Adam (one cycle) at 1e-2 found half again as many objects as at 4e-3.
        """
        layers = (
            AbstractionConfig(512, 0.25, 16, (32, 32, 48)),
            AbstractionConfig(192, 0.5, 16, (48, 48, 96)),
            AbstractionConfig(96, 0.9, 8, (64, 64, 128)),
            AbstractionConfig(48, 1.5, 8, (64, 64, 128)),
        )
        return cls(
            backbone=BackboneConfig(extra_channels=extra_channels, abstractions=layers, seed_width=128),
            proposals=AbstractionConfig(128, 0.4, 8, (128, 128, 128)),
            sampling="seed_fps",
            mean_sizes=mean_sizes or SCANNET_SCANREFER,
        )


@dataclass(frozen=True, eq=False)
class VoteNetOutput:
    """What the detector says about a batch of clouds, raw and decoded.

    Attributes:
        seeds: the voting points.
        vote_xyz: (B, S, 3), where each seed believes its object's centre is.
        anchor: (B, P, 3), the votes chosen as cluster centres ("aggregated vote xyz").
        features: (B, P, D), features of the clusters ("aggregated vote features").
        objectness: (B, P, 2) logits; index 1 = object.
        center: (B, P, 3), box centres.
        heading_logits: (B, P, NH).
        heading_residual: (B, P, NH), normalised: radians / (pi / NH).
        size_logits: (B, P, NS).
        size_residual: (B, P, NS, 3), normalised: (size - mean) / mean.
        semantic: (B, P, NC) logits.
        size: (B, P, 3), decoded full sizes of the likeliest cluster, at least 1 mm.
        heading: (B, P), decoded radians about z.
    """

    seeds: SeedOutput
    vote_xyz: Tensor
    anchor: Tensor
    features: Tensor
    objectness: Tensor
    center: Tensor
    heading_logits: Tensor
    heading_residual: Tensor
    size_logits: Tensor
    size_residual: Tensor
    semantic: Tensor
    size: Tensor
    heading: Tensor

    @property
    def is_object(self) -> Tensor:
        """(B, P) bool: the objectness logits prefer "object"."""
        return self.objectness.argmax(-1) == 1

    @property
    def object_probability(self) -> Tensor:
        """(B, P) in 0..1."""
        return self.objectness.softmax(-1)[..., 1]


class VoteModule(nn.Module):
    """Every seed predicts an offset to its object's centre and a residual to its feature (VoteNet, section 4.2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear1, self.norm1 = nn.Linear(width, width), nn.BatchNorm1d(width)
        self.linear2, self.norm2 = nn.Linear(width, width), nn.BatchNorm1d(width)
        self.linear3 = nn.Linear(width, 3 + width)

    def forward(self, xyz: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """(B, S, 3), (B, S, C) -> vote xyz (B, S, 3), vote features (B, S, C) of unit length."""
        flat = features.flatten(0, 1)
        flat = F.relu(self.norm1(self.linear1(flat)))
        flat = F.relu(self.norm2(self.linear2(flat)))
        offset, residual = self.linear3(flat).view(*xyz.shape[:2], -1).split([3, features.shape[-1]], dim=-1)
        # eps inside: a feature that is exactly zero must not become NaN
        return xyz + offset, F.normalize(features + residual, dim=-1, eps=1e-6)


class ProposalModule(nn.Module):
    """Clusters votes and reads a box, an objectness and a class off every cluster (VoteNet, section 4.3)."""

    mean_sizes: Tensor

    def __init__(self, config: VoteNetConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.cluster = SetAbstraction(config.proposals, width)
        hidden = config.proposals.widths[-1]
        self.linear1, self.norm1 = nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden)
        self.linear2, self.norm2 = nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden)
        self.splits = [2, 3, *[config.num_headings] * 2, len(config.mean_sizes)]
        self.splits += [3 * len(config.mean_sizes), config.num_classes]
        self.linear3 = nn.Linear(hidden, sum(self.splits))
        self.register_buffer("mean_sizes", torch.tensor(config.mean_sizes, dtype=torch.float32))

    def forward(self, seeds: SeedOutput, vote_xyz: Tensor, vote_features: Tensor) -> VoteNetOutput:
        """Votes (B, S, 3) with features (B, S, C) -> P proposals per cloud."""
        count = min(self.config.proposals.points, vote_xyz.shape[1])
        if self.config.sampling == "vote_fps":
            sample = farthest_points(vote_xyz, count)
        else:  # seeds come farthest first
            sample = torch.arange(count, device=vote_xyz.device).expand(len(vote_xyz), count)
        anchor, features, _ = self.cluster(vote_xyz, vote_features, sample=sample)
        flat = F.relu(self.norm1(self.linear1(features.flatten(0, 1))))
        flat = F.relu(self.norm2(self.linear2(flat)))
        # Boxes and scores are read in the type of the places, under autocast, too.
        channels = self.linear3(flat).view(*anchor.shape[:2], -1).to(anchor.dtype)
        objectness, offset, heading_logits, heading_residual, size_logits, size_residual, semantic = channels.split(
            self.splits, dim=-1
        )
        size_residual = size_residual.unflatten(-1, (-1, 3))
        return VoteNetOutput(
            seeds=seeds,
            vote_xyz=vote_xyz,
            anchor=anchor,
            features=features,
            objectness=objectness,
            center=anchor + offset,
            heading_logits=heading_logits,
            heading_residual=heading_residual,
            size_logits=size_logits,
            size_residual=size_residual,
            semantic=semantic,
            size=decode_size(size_logits, size_residual, self.mean_sizes),
            heading=decode_heading(heading_logits, heading_residual),
        )


class VoteNet(nn.Module):
    """Points to boxes: backbone, votes, proposals."""

    def __init__(self, config: VoteNetConfig) -> None:
        super().__init__()
        if len(config.mean_sizes) == 0:
            raise SceneglotError("VoteNet: mean_sizes is empty, expected one (dx, dy, dz) per size cluster")
        self.config = config
        self.backbone = Backbone(config.backbone)
        self.vote = VoteModule(config.backbone.seed_width)
        self.proposal = ProposalModule(config, config.backbone.seed_width)

    def forward(self, xyz: Tensor, features: Tensor | None = None) -> VoteNetOutput:
        """Detect objects.

        Args:
            xyz: (B, N, 3) float32, metres, z up.
            features: (B, N, C) float32, the configured extra channels, or None when there are none.
        """
        seeds = self.backbone(xyz, features)
        vote_xyz, vote_features = self.vote(seeds.xyz, seeds.features)
        return self.proposal(seeds, vote_xyz, vote_features)


def decode_size(logits: Tensor, residual: Tensor, mean_sizes: Tensor) -> Tensor:
    """(..., 3) metres: mean size of the likeliest cluster times one plus its residual, at least 1 mm.

    Args:
        logits: (..., NS).
        residual: (..., NS, 3), normalised by the mean size.
        mean_sizes: (NS, 3), metres.
    """
    cluster = logits.argmax(-1)
    chosen = residual.gather(-2, cluster[..., None, None].expand(*cluster.shape, 1, 3)).squeeze(-2)
    return (mean_sizes[cluster] * (1 + chosen)).clamp_min(1e-3)


def decode_heading(logits: Tensor, residual: Tensor) -> Tensor:
    """(...) radians: bin 2 pi k / NH of the likeliest heading plus residual * pi / NH."""
    bins = logits.shape[-1]
    chosen = logits.argmax(-1)
    offset = residual.gather(-1, chosen[..., None]).squeeze(-1) * (math.pi / bins)
    return chosen * (2 * math.pi / bins) + offset
