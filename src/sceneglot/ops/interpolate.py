"""Carrying features from a coarse cloud to a fine one (PointNet++, section 3.4)."""

from __future__ import annotations

from torch import Tensor

from sceneglot.ops.grouping import gather
from sceneglot.ops.neighbors import nearest


def inverse_distance_weights(distance2: Tensor) -> Tensor:
    """Weights proportional to 1 / (d + 1e-8), d the root of the argument, summing to one over the last axis."""
    inverse = 1.0 / (distance2.clamp_min(0).sqrt() + 1e-8)
    return inverse / inverse.sum(-1, keepdim=True)


def interpolate(coarse_xyz: Tensor, fine_xyz: Tensor, features: Tensor, *, count: int = 3) -> Tensor:
    """Features at the fine points: inverse-distance mean of the `count` nearest coarse points.

    Args:
        coarse_xyz: (B, M, 3), metres.
        fine_xyz: (B, N, 3), metres.
        features: (B, M, C) at the coarse points.
        count: neighbours; fewer are used when the coarse cloud has fewer points.

    Returns:
        (B, N, C), differentiable in `features`.
    """
    distance2, index = nearest(coarse_xyz, fine_xyz, min(count, coarse_xyz.shape[1]))
    weights = inverse_distance_weights(distance2).to(features.dtype)
    return (gather(features, index) * weights[..., None]).sum(-2)
