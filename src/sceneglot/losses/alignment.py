"""Pulling scene embeddings towards frozen image and text embeddings.

Shapes: B scenes, T texts (or images), D embedding width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.errors import SceneglotError


@dataclass(frozen=True)
class AlignmentWeights:
    """Relative weights of the image and the text target."""

    image: float = 0.5
    text: float = 0.5


@dataclass(frozen=True, eq=False)
class AlignmentLoss:
    """Scalar terms before weighting and their weighted sum `total`."""

    image: Tensor
    text: Tensor
    total: Tensor


def cosine_alignment(
    scene: Tensor,
    image: Tensor,
    text: Tensor,
    weights: AlignmentWeights | None = None,
    *,
    image_mask: Tensor | None = None,
    text_mask: Tensor | None = None,
) -> AlignmentLoss:
    """w_i (1 - cos(z_s, z_i)) + w_t (1 - cos(z_s, z_t)), the loss of CLIP-guided 3D VQA (arXiv 2304.06061, eq. 1-3).

    It has no negatives: one constant direction near the mean target already scores low. Watch the variance of `scene`
    and the retrieval rank, or use `info_nce`.

    Args:
        scene: (B, D), any length.
        image: (B, D) target, detached here.
        text: (B, D) target, detached here.
        weights: None for one half each.
        image_mask: (B,) bool, scenes that have an image; None: all.
        text_mask: (B,) bool, scenes that have a text; None: all.
    """
    weights = weights or AlignmentWeights()
    image_term = _mean_where(1 - F.cosine_similarity(scene, image.detach(), dim=-1), image_mask)
    text_term = _mean_where(1 - F.cosine_similarity(scene, text.detach(), dim=-1), text_mask)
    return AlignmentLoss(image_term, text_term, weights.image * image_term + weights.text * text_term)


def info_nce(
    scene: Tensor, target: Tensor, scale: Tensor, positives: Tensor | None = None, *, mask: Tensor | None = None
) -> Tensor:
    """Symmetric InfoNCE (CLIP's loss) that allows several positives per row and per column.

    Each direction is the cross-entropy between softmax(scale cos) and the uniform distribution over the positives
    (supervised contrastive loss, Khosla et al., 2020, "out" form); with the identity as positives it is CLIP's loss.
    Rows and columns without a positive do not count.

    Args:
        scene: (B, D), any length.
        target: (T, D), any length.
        scale: scalar, inverse temperature (CLIP: at most 100).
        positives: (B, T) bool; None: the identity, which needs B = T.
        mask: (T,) bool, targets that exist; None: all.

    Returns:
        Scalar, zero when nothing has a positive.
    """
    if positives is None:
        if len(scene) != len(target):
            raise SceneglotError(f"info_nce: {len(scene)} scenes, {len(target)} targets: say which pairs are positive")
        positives = torch.eye(len(scene), dtype=torch.bool, device=scene.device)
    if mask is not None:
        positives = positives & mask
    logits = scale * F.normalize(scene, dim=-1) @ F.normalize(target, dim=-1).T
    if mask is not None:
        logits = logits.masked_fill(~mask, torch.finfo(logits.dtype).min)
    return (_multi_positive(logits, positives) + _multi_positive(logits.T, positives.T)) / 2


def _multi_positive(logits: Tensor, positives: Tensor) -> Tensor:
    log_share = logits.log_softmax(-1).masked_fill(~positives, 0.0)
    count = positives.sum(-1)
    rows = -log_share.sum(-1) / count.clamp_min(1)
    return _mean_where(rows, count > 0)


def _mean_where(values: Tensor, mask: Tensor | None) -> Tensor:
    if mask is None:
        return values.mean()
    return torch.where(mask, values, 0.0).sum() / mask.sum().clamp_min(1)
