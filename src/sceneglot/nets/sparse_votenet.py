"""VoteNet on a backbone with voxels: seeds are points with the features of their voxels; votes and boxes are VoteNet's.

The detector of Contrastive Scene Contexts and PointContrast (Hou et al. 2021, Xie et al. 2020): 1024 seeds at farthest
points with 256 channels, proposals within 0.3 m. A backbone pre-trained for segmentation fits as it is.

Shapes: B clouds, N points, C channels, S seeds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.nets.mean_sizes import Sizes
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.nets.pointnet2 import SeedOutput
from sceneglot.nets.sparse_layers import VoxelNorm
from sceneglot.nets.votenet import ProposalModule, VoteModule, VoteNetConfig, VoteNetOutput
from sceneglot.nets.voxel_points import VoxelBackboneConfig, voxel_backbone
from sceneglot.ops.grouping import gather
from sceneglot.ops.sampling import farthest_points


@dataclass(frozen=True)
class SparseVoteConfig:
    """Sizes of a sparse VoteNet."""

    backbone: VoxelBackboneConfig
    seeds: int
    """S, points that vote, farthest first."""
    seed_width: int
    """Channels of a seed."""
    votes: VoteNetConfig
    """How votes become boxes; its own backbone is not used."""

    @classmethod
    def paper(cls, backbone: VoxelBackboneConfig, mean_sizes: Sizes) -> SparseVoteConfig:
        """The published sizes."""
        return cls(backbone, 1024, 256, VoteNetConfig.paper(mean_sizes=mean_sizes))

    @classmethod
    def tiny(cls, backbone: VoxelBackboneConfig, mean_sizes: Sizes) -> SparseVoteConfig:
        """Sizes for two CPU cores.

        Seeds cost next to nothing beside the backbone, and only those on objects (a quarter in a furnished room) teach
        it to vote: with 256 of them 60 points of a room had a say, and objects of a few decimetres had no proposal.
        """
        votes = VoteNetConfig.tiny(mean_sizes=mean_sizes)
        return cls(backbone, 1024, 128, replace(votes, proposals=replace(votes.proposals, points=256)))


class SparseVoteNet(nn.Module):
    """Points to boxes, with the interface of `nets.votenet.VoteNet`."""

    def __init__(self, config: SparseVoteConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = voxel_backbone(config.backbone)
        self.seed_linear = nn.Linear(self.backbone.width, config.seed_width, bias=False)
        self.seed_norm = VoxelNorm(config.seed_width)
        self.vote = VoteModule(config.seed_width)
        self.proposal = ProposalModule(config.votes, config.seed_width)

    def forward(self, xyz: Tensor, features: Tensor | None = None) -> VoteNetOutput:
        """Detect objects.

        Args:
            xyz: (B, N, 3) float32, metres, z up.
            features: (B, N, C) float32, the channels of the backbone, or None when there are none.
        """
        clouds, points = xyz.shape[:2]
        given = xyz.new_zeros(clouds, points, 0) if features is None else features
        item = torch.arange(clouds, device=xyz.device).repeat_interleave(points)
        found = self.backbone(PointBatch(xyz.flatten(0, 1), given.flatten(0, 1), item, clouds))
        index = farthest_points(xyz, min(self.config.seeds, points))
        chosen = gather(found.points.view(clouds, points, -1), index)
        rows = F.relu(self.seed_norm(self.seed_linear(chosen.flatten(0, 1))))
        seeds = SeedOutput(gather(xyz, index), rows.view(clouds, index.shape[1], -1), index)
        return self.proposal(seeds, *self.vote(seeds.xyz, seeds.features))
