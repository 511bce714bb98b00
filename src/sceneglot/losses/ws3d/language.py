"""Distilling a teacher's image-text space into regions: cosine, and KL over a bank of words (WS3D++ names a KL loss).

R regions, W words, E width of the space. On CLIP features "KL" is read as the divergence of the similarities to a bank
of texts: the only distributions there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class LanguageWeights:
    """Of the two forms of distillation."""

    cosine: float = 1.0
    kl: float = 0.0
    temperature: float = 0.05
    """T of the softmax over words, for teacher and student."""


@dataclass(frozen=True, eq=False)
class LanguageLoss:
    """Scalar terms before weighting."""

    cosine: Tensor
    kl: Tensor


def region_distillation(
    student: Tensor, teacher: Tensor, seen: Tensor, bank: Tensor, temperature: float
) -> LanguageLoss:
    """Means over the regions a picture shows of 1 - cos(h, g) and of KL(softmax(g.T / T) || softmax(h.T / T)).

    Without the usual factor T^2: it balances soft against hard labels of one temperature, and there are none here.

    Args:
        student: (R, E) mean embedding of the points of each region, any length.
        teacher: (R, E) mean picture feature of each region, any length; no gradient.
        seen: (R,) bool, regions with both.
        bank: (W, E) unit rows; W may be 0: no KL.
    """
    if not seen.any():
        zero = student.sum() * 0.0
        return LanguageLoss(zero, zero)
    h, g = F.normalize(student[seen], dim=1), F.normalize(teacher[seen].detach().to(student.dtype), dim=1)
    cosine = (1 - (h * g).sum(1)).mean()
    if not len(bank):
        return LanguageLoss(cosine, student.sum() * 0.0)
    words = bank.to(h.dtype).T / temperature
    target = (g @ words).softmax(1)
    kl = F.kl_div((h @ words).log_softmax(1), target, reduction="batchmean")
    return LanguageLoss(cosine, kl)
