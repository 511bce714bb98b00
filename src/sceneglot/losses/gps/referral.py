"""Referral-object losses: the right object among those of the same scene, or every object by itself."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def multi_positive_cross_entropy(logits: Tensor, positives: Tensor) -> Tensor:
    """-log of the probability that falls on the positives, averaged over the rows that have one.

    Args:
        logits: (Q, N), the lowest finite number where padded.
        positives: (Q, N) bool, any number per row; rows without one do not count.

    Returns:
        Scalar; zero when no row has a positive.
    """
    lowest = torch.finfo(logits.dtype).min
    hit = logits.masked_fill(~positives, lowest).logsumexp(-1)
    rows = logits.logsumexp(-1) - hit
    counted = positives.any(-1)
    return torch.where(counted, rows, 0.0).sum() / counted.sum().clamp_min(1)


def all_positives_cross_entropy(logits: Tensor, positives: Tensor) -> Tensor:
    """Cross-entropy against an equal share for every positive: all of them have to be found, not any of them.

    Args:
        logits: (Q, N), the lowest finite number where padded.
        positives: (Q, N) bool, any number per row; rows without one do not count.

    Returns:
        Scalar; zero when no row has a positive.
    """
    shares = logits.log_softmax(-1).masked_fill(~positives, 0.0).sum(-1) / positives.sum(-1).clamp_min(1)
    return -shares.sum() / positives.any(-1).sum().clamp_min(1)


def member_cross_entropy(logits: Tensor, members: Tensor, mask: Tensor, rows: Tensor) -> Tensor:
    """Binary cross-entropy of every object by itself, summed over the real objects, mean over the rows that count.

    The objective of sentences that mean no, one or several objects (M3DRef-CLIP, arXiv 2309.05251): where nothing is
    meant, every object is a negative.

    Args:
        logits: (Q, N), any number where padded.
        members, mask: (Q, N) bool: objects meant, real objects.
        rows: (Q,) bool, rows that count.

    Returns:
        Scalar; zero when no row counts.
    """
    kept = mask & rows[:, None]
    loss = F.binary_cross_entropy_with_logits(
        logits.masked_fill(~kept, 0.0), members.to(logits.dtype), reduction="none"
    )
    return (loss * kept).sum() / rows.sum().clamp_min(1)
