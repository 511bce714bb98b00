"""What the question-answering networks have in common: their output, their heads, masked pooling.

Shapes: B questions, L text tokens, P object tokens, V answers, NC object classes, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

Pooling = Literal["eot", "first", "mean", "cls"]
Gate = Literal["soft", "mask", "multiply", "none"]


@dataclass(frozen=True, eq=False)
class VQAOutput:
    """What a network answers, whatever the network.

    Attributes:
        answer_logits: (B, V).
        object_logits: (B, NC), the class of the object the question is about.
        ref_logits: (B, P), which box the question is about; already gated, finite.
        ref_mask: (B, P) bool, boxes that may be chosen; at least one per row unless P is 0.
        center: (B, P, 3), the boxes `ref_logits` chooses from, metres.
        size: (B, P, 3), full extents, metres.
    """

    answer_logits: Tensor
    object_logits: Tensor
    ref_logits: Tensor
    ref_mask: Tensor
    center: Tensor
    size: Tensor

    def chosen_box(self) -> tuple[Tensor, Tensor]:
        """Centre (B, 3) and size (B, 3) of the likeliest box of each question."""
        scores = self.ref_logits.masked_fill(~self.ref_mask, -torch.inf)
        rows = torch.arange(len(scores), device=scores.device)
        best = scores.argmax(1)
        return self.center[rows, best], self.size[rows, best]


def head(in_width: int, hidden: int, out_width: int, dropout: float) -> nn.Sequential:
    """Linear, GELU, dropout, Linear: the head of the 3D VQA line of networks."""
    return nn.Sequential(nn.Linear(in_width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, out_width))


def gate_by_objectness(logits: Tensor, objectness: Tensor, gate: Gate) -> tuple[Tensor, Tensor]:
    """Let the detector's opinion weigh on the choice of a box.

    - "soft" adds the log-probability of being an object: background is discounted, never cut off, so that the choice
      learns before the detector is sure. Our default.
    - "mask" forbids what the detector calls background (nothing, where it calls everything so).
    - "multiply" multiplies the logits by 0 or 1 as the released code does: all background shares one logit of zero,
      and wins when every kept logit is negative.
    - "none" leaves the logits alone.

    Args:
        logits: (B, P).
        objectness: (B, P, 2) logits of the detector, detached here; index 1 = object.

    Returns:
        Logits (B, P) and the boxes that may be chosen (B, P) bool.
    """
    objectness = objectness.detach()
    everything = torch.ones_like(logits, dtype=torch.bool)
    is_object = objectness.argmax(-1) == 1
    if gate == "soft":
        return logits + objectness.log_softmax(-1)[..., 1], everything
    if gate == "mask":
        return logits, is_object | ~is_object.any(1, keepdim=True)
    if gate == "multiply":
        return logits * is_object, everything
    return logits, everything


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis among `mask`; all zeros where nothing is left, instead of NaN."""
    weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)
    return weights * mask


def pool_tokens(tokens: Tensor, mask: Tensor, pooling: Literal["eot", "first", "mean"]) -> Tensor:
    """(B, D) from tokens (B, L, D) with mask (B, L): the last valid token, the first, or the mean of the valid ones.

    A row without valid tokens gives its first token ("eot", "first") or zeros ("mean").
    """
    if pooling == "first":
        return tokens[:, 0]
    if pooling == "mean":
        return (tokens * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp_min(1)
    place = torch.arange(mask.shape[1], device=mask.device)
    last = (place * mask).amax(1)
    return tokens[torch.arange(len(tokens), device=tokens.device), last]
