"""From classes and offsets of points to instances: shift every point to its centre, join what lies close.

The simplified decoding of PointGroup used by Contrastive Scene Contexts and Pointcept: shifted coordinates only, no
score network; the confidence is the mean probability of the class. N points, K classes, I instances.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.components import radius_components


@dataclass(frozen=True)
class ProposalConfig:
    """When points are one instance. Defaults: 2 cm voxels."""

    radius: float = 0.03
    """Metres between shifted points of one instance (1.5 voxels)."""
    min_points: int = 50
    """Smaller clusters are dropped."""
    background: tuple[int, ...] = (0, 1)
    """Classes that have no instances: wall and floor of the ScanNet order."""


@dataclass(frozen=True, eq=False)
class InstanceProposals:
    """Instances of a batch; no point belongs to two.

    Attributes:
        instance: (N,) int64 row of the point's instance, -1 for none.
        item: (I,) int64 scene. label: (I,) int64 class. score: (I,) in 0..1. size: (I,) int64 points.
    """

    instance: Tensor
    item: Tensor
    label: Tensor
    score: Tensor
    size: Tensor


@torch.no_grad()
def propose_instances(
    xyz: Tensor, item: Tensor, probability: Tensor, offset: Tensor, config: ProposalConfig = ProposalConfig()
) -> InstanceProposals:
    """Cluster the shifted points of each scene and class.

    Args:
        xyz: (N, 3) metres. item: (N,) int64 scene of each point.
        probability: (N, K) class probabilities.
        offset: (N, 3) metres, from the point to the centre of its instance.
        config: radius, smallest size, classes without instances.

    Raises:
        SceneglotError: shapes that disagree.
    """
    n, classes = probability.shape
    if not xyz.shape == offset.shape == (n, 3) or item.shape != (n,):
        shapes = f"{tuple(xyz.shape)}, {tuple(offset.shape)}, {tuple(item.shape)}"
        raise SceneglotError(f"instances: xyz, offset and item are {shapes}, expected ({n}, 3), ({n}, 3), ({n},)")
    label = probability.argmax(1) if n else torch.zeros(0, dtype=torch.int64, device=xyz.device)
    background = torch.tensor(config.background, dtype=torch.int64, device=xyz.device)
    things = (~torch.isin(label, background)).nonzero()[:, 0]
    shifted = xyz.double() + offset  # float32 would round map coordinates by more than the points are apart
    cluster = radius_components(shifted[things], (item * classes + label)[things], config.radius)
    large = torch.bincount(cluster) >= config.min_points
    number = torch.where(large, large.cumsum(0) - 1, -1)
    instance = torch.full((n,), -1, dtype=torch.int64, device=xyz.device)
    instance[things] = number[cluster]
    inside = (instance >= 0).nonzero()[:, 0]
    row, count = instance[inside], int(large.sum())
    size = torch.bincount(row, minlength=count)
    first = torch.full((count,), n, dtype=torch.int64, device=xyz.device).scatter_reduce(0, row, inside, "amin")
    sure = probability[inside, label[inside]]
    score = probability.new_zeros(count).index_add(0, row, sure) / size.clamp_min(1)
    return InstanceProposals(instance, item[first], label[first], score, size)
