"""Fine-tuning of GPS on questions: which answers are right, and which objects a question is about.

Shapes: Q questions, V answers, N objects.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from sceneglot.losses.gps.referral import member_cross_entropy


def answer_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of (Q, V) logits against targets in 0..1, summed over answers, mean over questions."""
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(logits)


def object_loss(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Binary cross-entropy of (Q, N) logits against the objects referred to, summed over real objects.

    Questions that name no object do not count: that no object is meant is not known of them.

    Args:
        logits: (Q, N), any finite number where padded.
        target, mask: (Q, N) bool.

    Returns:
        Scalar, mean over the questions that count; zero when none does.
    """
    return member_cross_entropy(logits, target, mask, target.any(1))
