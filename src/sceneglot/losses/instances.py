"""Losses of offsets to the centres of instances (PointGroup, Jiang et al., 2020, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, eq=False)
class OffsetLoss:
    """Scalar terms: mean L1 distance in metres, and mean negative cosine between guessed and true direction."""

    distance: Tensor
    direction: Tensor


def offset_loss(offset: Tensor, target: Tensor, inside: Tensor) -> OffsetLoss:
    """Terms over the points of instances; zero without any.

    Args:
        offset: (N, 3) metres. target: (N, 3) metres from the point to the centre of its instance.
        inside: (N,) bool, points of an instance.
    """
    if not inside.any():
        zero = offset.sum() * 0.0
        return OffsetLoss(zero, zero)
    offset, target = offset[inside], target[inside]
    direction = -(F.normalize(offset, dim=1) * F.normalize(target, dim=1)).sum(1)
    return OffsetLoss((offset - target).abs().sum(1).mean(), direction.mean())
