"""Losses on labelled points: cross-entropy and the Lovász extension of the Jaccard loss.

N points, K classes. Labels outside 0..K-1 are unknown and do not count; without a known label a loss is zero.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def known_labels(label: Tensor, classes: int) -> Tensor:
    """(N,) bool, labels that name one of the classes."""
    return (label >= 0) & (label < classes)


def cross_entropy(logits: Tensor, label: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean cross-entropy over known labels, weighted by class.

    Args:
        logits: (N, K). label: (N,) int64.
        weight: (K,) class weights, or None.
    """
    known = known_labels(label, logits.shape[1])
    if not known.any():
        return logits.sum() * 0.0
    return F.cross_entropy(logits[known], label[known], weight)


def balanced_weights(label: Tensor, classes: int, power: float) -> Tensor:
    """(K,) class weights (share of the class)^-power, scaled so that the mean over known labels is one.

    Args:
        label: (N,) int64. power: 0 for equal weights, 1 so that every class present counts alike.
    """
    count = torch.bincount(label[known_labels(label, classes)], minlength=classes).float()
    weight = torch.where(count > 0, count.clamp_min(1) ** -power, 0.0)
    return weight * count.sum() / (weight * count).sum().clamp_min(1e-12)


def lovasz_softmax(probability: Tensor, label: Tensor) -> Tensor:
    """Lovász-softmax over the classes that occur (Berman et al., 2018, equation 11): a differentiable 1 - mIoU.

    Args:
        probability: (N, K), rows sum to one. label: (N,) int64.
    """
    known = known_labels(label, probability.shape[1])
    probability, label = probability[known], label[known]
    present = torch.unique(label)
    if not len(present):
        return probability.sum() * 0.0
    losses = []
    for c in present.tolist():
        inside = (label == c).to(probability.dtype)
        errors, order = torch.sort((inside - probability[:, c]).abs(), descending=True, stable=True)
        # No product of vectors: autocast would take it out of float32.
        losses.append((errors * jaccard_gradient(inside[order])).sum())
    return torch.stack(losses).mean()


def jaccard_gradient(inside: Tensor) -> Tensor:
    """(N,) growth of the Jaccard loss as points join the wrong ones in this order (Berman et al., 2018, algorithm 1).

    Args:
        inside: (N,) 1 for points of the class, else 0, sorted by falling error.
    """
    total = inside.sum()
    intersection = total - inside.cumsum(0)
    union = total + (1 - inside).cumsum(0)
    jaccard = 1 - intersection / union
    return torch.cat([jaccard[:1], jaccard[1:] - jaccard[:-1]])
