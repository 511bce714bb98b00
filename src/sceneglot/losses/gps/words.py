"""Masked-language modelling that leaves special tokens alone.

Shapes: B sentences, L tokens, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

IGNORE = -100
"""Label of tokens that were not selected."""


@dataclass(frozen=True)
class MaskingConfig:
    """BERT's recipe.

    Attributes:
        share: of the ordinary tokens is selected.
        masked: share of the selected that becomes [MASK]; random: that becomes a random id; the rest stays.
    """

    share: float = 0.15
    masked: float = 0.8
    random: float = 0.1


@dataclass(frozen=True, eq=False)
class MaskedWords:
    """ids (B, L) int64 as the network sees them; labels (B, L) int64, the true id where selected, else `IGNORE`."""

    ids: Tensor
    labels: Tensor


def mask_words(
    ids: Tensor,
    ordinary: Tensor,
    mask_id: int,
    vocabulary: int,
    generator: torch.Generator,
    config: MaskingConfig | None = None,
) -> MaskedWords:
    """Select tokens and hide them.

    The released code may select any token with attention, [CLS] and [SEP] too, and so trains its sentence vector to
    spell itself.

    Args:
        ids: (B, L) int64.
        ordinary: (B, L) bool, True for tokens that may be selected: neither special nor padding.
        mask_id: id of [MASK]; vocabulary: V, random ids are drawn below it.
        generator: on the CPU; the same state gives the same masks on any device.
    """
    config = config or MaskingConfig()
    draw = torch.rand(2, *ids.shape, generator=generator).to(ids.device)
    noise = torch.randint(vocabulary, ids.shape, generator=generator).to(ids.device)
    selected = (draw[0] < config.share) & ordinary
    hidden = torch.where(draw[1] < config.masked, torch.full_like(ids, mask_id), ids)
    hidden = torch.where((draw[1] >= config.masked) & (draw[1] < config.masked + config.random), noise, hidden)
    return MaskedWords(torch.where(selected, hidden, ids), torch.where(selected, ids, IGNORE))


def word_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of logits (..., V) against labels (...) of `MaskedWords`; zero when nothing was selected."""
    if not (labels != IGNORE).any():
        return logits.sum() * 0.0
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=IGNORE)
