"""What regions think they are: mean predictions, confident ones as pseudo-labels (WS3D-style).

N points, R regions, K classes. gamma is the confidence threshold; the paper gives its role but not its value.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sceneglot.ops.sparse import segment_mean


@dataclass(frozen=True, eq=False)
class RegionVotes:
    """Predictions of regions; no gradient.

    Attributes:
        label: (R,) int64 class of the largest mean probability.
        confidence: (R,) that probability.
        purity: (R,) share of the region's points that predict the class themselves.
        size: (R,) int64 points.
    """

    label: Tensor
    confidence: Tensor
    purity: Tensor
    size: Tensor

    def confident(self, gamma: float, purity: float, min_points: int = 1) -> Tensor:
        """(R,) bool, regions above both thresholds with at least `min_points` points."""
        return (self.confidence > gamma) & (self.purity >= purity) & (self.size >= min_points)


@torch.no_grad()
def region_votes(probability: Tensor, region: Tensor, count: int) -> RegionVotes:
    """Votes of the points of each region.

    Args:
        probability: (N, K). region: (N,) int64, 0..count-1.
    """
    confidence, label = segment_mean(probability, region, count).max(1)
    agrees = (probability.argmax(1) == label[region]).to(probability.dtype)
    purity = segment_mean(agrees[:, None], region, count)[:, 0]
    return RegionVotes(label, confidence, purity, torch.bincount(region, minlength=count))


def region_labels(label: Tensor, region: Tensor, count: int, classes: int) -> Tensor:
    """(R,) int64 commonest known label of each region, the smaller class of equals; -1 where none is known.

    Args:
        label: (N,) int64, negative for unknown. region: (N,) int64.
    """
    known = label >= 0
    votes = torch.bincount(region[known] * classes + label[known], minlength=count * classes).view(count, classes)
    best, winner = votes.max(1)
    return torch.where(best > 0, winner, -1)


def pseudo_labels(label: Tensor, region: Tensor, votes: RegionVotes, confident: Tensor) -> Tensor:
    """(N,) int64 class of the region for unlabelled points of confident regions, -1 for all other points."""
    taken = (label < 0) & confident[region]
    return torch.where(taken, votes.label[region], -1)
