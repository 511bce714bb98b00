"""Distilling a teacher's image-text space into regions: cosine, and KL over a bank of words (WS3D++ names a KL loss).

R regions, W words, E width of the space. On CLIP features "KL" is read as the divergence of the similarities to a bank
of texts: the only distributions there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.losses.alignment import info_nce


@dataclass(frozen=True)
class LanguageWeights:
    """Of the two forms of distillation."""

    cosine: float = 1.0
    kl: float = 0.0
    temperature: float = 0.05
    """T of the softmax over words, for teacher and student."""
    contrast: float = 0.0
    """Of telling the regions of a batch apart by the teacher's features. Features of one teacher lie in a narrow cone
    (the embedded one's unit features have a mean of length .89), so cosine alone is nearly satisfied by one constant
    direction; the contrast is not."""
    contrast_temperature: float = 0.07

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and self.contrast_temperature > 0):
            found = f"{self.temperature} and {self.contrast_temperature}"
            raise SceneglotError(f"language: the temperatures are {found}, expected numbers above 0")

    @property
    def active(self) -> bool:
        """Whether any term has a weight."""
        return bool(self.cosine or self.kl or self.contrast)


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


def region_feature_contrast(student: Tensor, teacher: Tensor, seen: Tensor, temperature: float) -> Tensor:
    """Symmetric InfoNCE between regions and their teacher features over the batch; zero for fewer than two regions.

    Args:
        as in `region_distillation`.
    """
    if int(seen.sum()) < 2:
        return student.sum() * 0.0
    return info_nce(student[seen], teacher[seen].detach().to(student.dtype), student.new_tensor(1 / temperature))
