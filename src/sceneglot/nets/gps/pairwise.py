"""The five pairwise features of GPS, ViL3DRel and 3D-VisTA.

Shapes: B scenes, N objects. Row i is the query, column j the key; z is up, lengths are metres.
"""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-10
"""Inside every square root, as in ViL3DRel: an object and itself are at distance 1e-5, not at 0."""

NUM_PAIRWISE = 5


def pairwise_features(center: Tensor, mask: Tensor) -> Tensor:
    """(d / max d, Dz / d, d2 / d, Dy / d2, Dx / d2) with D = p_i - p_j, d its length and d2 its horizontal length.

    The distance is normalised by the largest one between *real* objects of the scene. (The released code takes padded
    slots in, so that its features depend on how far the scene is from the origin, and on its batch mates.)

    Args:
        center: (B, N, 3) float32, any values where masked.
        mask: (B, N) bool, True for real objects.

    Returns:
        (B, N, N, 5) float32, zero wherever i or j is padding.
    """
    both = mask[:, :, None] & mask[:, None, :]
    delta = (center[:, :, None] - center[:, None]).masked_fill(~both[..., None], 0.0)
    squared = delta.square()
    flat = (squared[..., :2].sum(-1) + EPSILON).sqrt()
    distance = (squared.sum(-1) + EPSILON).sqrt()
    farthest = distance.flatten(1).amax(1).view(-1, 1, 1)  # padding holds the smallest value, 1e-5
    features = torch.stack(
        [distance / farthest, delta[..., 2] / distance, flat / distance, delta[..., 1] / flat, delta[..., 0] / flat], -1
    )
    return features.masked_fill(~both[..., None], 0.0)
