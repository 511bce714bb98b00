"""Losses of 3D question answering (ScanQA and CLIP-guided 3D VQA): answer, object class, object reference.

Shapes: B questions, V answers, NC classes, P candidate boxes, T true boxes per question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.nets.heads import VQAOutput
from sceneglot.ops.boxes import pairwise_iou


@dataclass(frozen=True, eq=False)
class VQATargets:
    """What a batch of questions should give.

    Attributes:
        answers: (B, V) float32 in 0..1, soft targets (`soft_answer_score` of the corpus count; zeros elsewhere).
        object_class: (B,) int64, class of the first object meant, -1 for none.
        center: (B, T, 3) float32, boxes of the objects meant, metres.
        size: (B, T, 3) float32, full extents, metres.
        valid: (B, T) bool, False for padding; a question about no object has none.
        first: (B,) int64, which of the T boxes is the first object meant (any where none is valid); None: the first
            valid one.
    """

    answers: Tensor
    object_class: Tensor
    center: Tensor
    size: Tensor
    valid: Tensor
    first: Tensor | None = None

    def to(self, device: torch.device | str) -> VQATargets:
        """The same targets on another device."""
        return VQATargets(
            self.answers.to(device),
            self.object_class.to(device),
            self.center.to(device),
            self.size.to(device),
            self.valid.to(device),
            None if self.first is None else self.first.to(device),
        )


@dataclass(frozen=True)
class VQAWeights:
    """Weights of the terms; the defaults are the published ones, beside a detection loss of weight 1."""

    answer: float = 0.1
    object_class: float = 0.1
    reference: float = 0.1
    box: float = 0.1
    """Of the blind network's box guess; it plays the part of `reference` there."""
    labels: Literal["soft", "argmax"] = "soft"
    """Which candidate boxes are right, see `reference_labels`; the released code: "argmax"."""


@dataclass(frozen=True, eq=False)
class VQALoss:
    """Scalar terms before weighting and their weighted sum `total`."""

    answer: Tensor
    object_class: Tensor
    reference: Tensor
    total: Tensor


def vqa_loss(output: VQAOutput, targets: VQATargets, weights: VQAWeights | None = None) -> VQALoss:
    """The three terms for a network that chooses among detected boxes."""
    weights = weights or VQAWeights()
    true = (targets.center, targets.size, targets.valid)
    labels = reference_labels(output.center, output.size, *true, mode=weights.labels, first=targets.first)
    reference = reference_loss(output.ref_logits, labels, output.ref_mask)
    return _sum(output, targets, weights, reference, weights.reference)


def blind_loss(
    output: VQAOutput, targets: VQATargets, scene_size: Tensor, weights: VQAWeights | None = None
) -> VQALoss:
    """The same for the blind network, whose one box is regressed to the first true box.

    Args:
        output: of `nets.blind.Blind`.
        targets: as for the others.
        scene_size: (B, 3), extents of the scenes, metres, the unit of the regression.
        weights: None for the defaults.
    """
    weights = weights or VQAWeights()
    if not targets.valid.shape[1]:
        return _sum(output, targets, weights, output.center.sum() * 0.0, weights.box)
    first = _first(targets.valid, targets.first)
    rows = torch.arange(len(first), device=first.device)
    room = scene_size.clamp_min(1e-3)
    wrong = F.smooth_l1_loss(output.center[:, 0] / room, targets.center[rows, first] / room, reduction="none", beta=0.1)
    wrong = wrong + F.smooth_l1_loss(
        output.size[:, 0] / room, targets.size[rows, first] / room, reduction="none", beta=0.1
    )
    has_box = targets.valid.any(1)
    reference = torch.where(has_box, wrong.sum(-1), 0.0).sum() / has_box.sum().clamp_min(1)
    return _sum(output, targets, weights, reference, weights.box)


def answer_loss(logits: Tensor, answers: Tensor) -> Tensor:
    """Binary cross-entropy with logits (B, V) against soft targets (B, V): summed over answers, mean over questions."""
    return F.binary_cross_entropy_with_logits(logits, answers, reduction="none").sum(1).mean()


def soft_answer_score(count: int) -> float:
    """Target of an answer seen `count` times among the training answers: 0, .3, .6, .9, then 1 (ScanQA's rule)."""
    return min(count * 3, 10) / 10


def reference_labels(
    center: Tensor,
    size: Tensor,
    true_center: Tensor,
    true_size: Tensor,
    valid: Tensor,
    *,
    mode: Literal["soft", "argmax"] = "soft",
    threshold: float = 0.25,
    first: Tensor | None = None,
) -> Tensor:
    """Which candidate boxes count as the object meant: rows that sum to 1, or to 0 where nothing does.

    - "soft": every candidate that overlaps any true box with IoU >= `threshold` shares the row equally; where none
      does, the best one takes it, if it overlaps at all.
    - "argmax": the best candidate of the **first** true box takes the row, even at IoU 0, as the released code does.

    Args:
        center: (B, P, 3), size: (B, P, 3), the candidates (detached here).
        true_center: (B, T, 3), true_size: (B, T, 3), valid: (B, T) bool.
        first: (B,) int64 as in `VQATargets`.

    Returns:
        (B, P) float32.
    """
    batch, candidates = center.shape[:2]
    if true_center.shape[1] == 0 or candidates == 0:
        return center.new_zeros(batch, candidates)
    overlap = pairwise_iou(center.detach(), size.detach(), true_center, true_size)
    if mode == "argmax":
        rows = torch.arange(batch, device=center.device)
        best = overlap[rows, :, _first(valid, first)].argmax(1)
        return F.one_hot(best, candidates).to(center.dtype) * valid.any(1, keepdim=True)
    overlap = overlap.masked_fill(~valid[:, None], 0.0).amax(2)
    highest = overlap.amax(1, keepdim=True)
    right = (overlap >= highest.clamp_max(threshold)) & (overlap > 0)
    return right / right.sum(1, keepdim=True).clamp_min(1)


def _first(valid: Tensor, first: Tensor | None) -> Tensor:
    return valid.float().argmax(1) if first is None else first


def reference_loss(logits: Tensor, labels: Tensor, mask: Tensor | None = None) -> Tensor:
    """Softmax ranking, -sum_k y_k log softmax(s)_k, mean over the questions that have a label.

    Args:
        logits: (B, P).
        labels: (B, P), rows summing to 1 or 0.
        mask: (B, P) bool, candidates in the softmax; labels outside it are dropped. None: all.
    """
    if mask is not None:
        logits = logits.masked_fill(~mask, torch.finfo(logits.dtype).min)
        labels = labels * mask
    rows = -(labels * logits.log_softmax(-1)).sum(-1)
    labelled = labels.sum(-1) > 0
    return torch.where(labelled, rows, 0.0).sum() / labelled.sum().clamp_min(1)


def object_class_loss(logits: Tensor, label: Tensor) -> Tensor:
    """Cross-entropy (B, NC) against (B,), mean over the questions with a label >= 0; zero if there is none."""
    rows = F.cross_entropy(logits, label.clamp_min(0), reduction="none")
    labelled = label >= 0
    return torch.where(labelled, rows, 0.0).sum() / labelled.sum().clamp_min(1)


def _sum(output: VQAOutput, targets: VQATargets, weights: VQAWeights, reference: Tensor, weight: float) -> VQALoss:
    answer = answer_loss(output.answer_logits, targets.answers)
    object_class = object_class_loss(output.object_logits, targets.object_class)
    total = weights.answer * answer + weights.object_class * object_class + weight * reference
    return VQALoss(answer, object_class, reference, total)
