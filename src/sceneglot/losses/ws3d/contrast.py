"""Region-level contrast on confident predictions, with a memory of regions of earlier steps (WS3D-style).

R regions, Q remembered ones, D width of the embedding. Hundreds of regions instead of 1e5 points: the exact matrix of
all pairs is small, which is how the paper's "efficiency" is read here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def region_contrast(feature: Tensor, label: Tensor, memory: Tensor, memory_label: Tensor, temperature: float) -> Tensor:
    """Mean over regions r of -log( sum_{q in P(r)} exp(z_r.z_q / tau) / sum_{q in P(r) or N(r)} exp(z_r.z_q / tau) ).

    P(r) are other regions of the same class, of this step or remembered; N(r) those of other classes. Regions without
    a positive or without a negative do not count.

    Args:
        feature: (R, D), any length. label: (R,) int64, negative for regions that take no part.
        memory: (Q, D) unit rows, no gradient. memory_label: (Q,) int64, negative for empty slots.
        temperature: tau.
    """
    taking_part = label >= 0
    feature, label = F.normalize(feature[taking_part], dim=1), label[taking_part]
    filled = memory_label >= 0
    others = torch.cat([feature, memory[filled].to(feature.dtype)])
    other_label = torch.cat([label, memory_label[filled]])
    same = label[:, None] == other_label
    own = torch.zeros_like(same)
    own.fill_diagonal_(True)
    logits = (feature @ others.T / temperature).masked_fill(own, -torch.inf)
    counts = (same & ~own).any(1) & (~same).any(1)
    if not counts.any():
        return feature.sum() * 0.0
    logits, same = logits[counts], same[counts]
    positive = logits.masked_fill(~same, -torch.inf).logsumexp(1)
    return (logits.logsumexp(1) - positive).mean()


class RegionMemory(nn.Module):
    """The last `size` confident regions as unit features with their classes: a ring in buffers, saved with the net.

    Attributes:
        feature: (size, D) float32. label: (size,) int64, -1 for empty slots. cursor: the slot written next.
    """

    feature: Tensor
    label: Tensor
    cursor: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.register_buffer("feature", torch.zeros(size, width))
        self.register_buffer("label", torch.full((size,), -1, dtype=torch.int64))
        self.register_buffer("cursor", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def push(self, feature: Tensor, label: Tensor) -> None:
        """Remember regions (R, D) with classes (R,); negative classes are left out, the oldest ones make room."""
        known = label >= 0
        size = len(self.label)
        feature, label = F.normalize(feature[known].float(), dim=1)[-size:], label[known][-size:]
        if not len(label):
            return
        slot = (int(self.cursor) + torch.arange(len(label), device=label.device)) % size
        self.feature[slot], self.label[slot] = feature, label
        self.cursor.fill_((int(self.cursor) + len(label)) % size)
