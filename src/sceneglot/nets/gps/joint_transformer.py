"""GPS's joint transformer: words and objects in one sequence.

Shapes: B sentences, L words, N objects, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.gps.objects import ObjectTokens
from sceneglot.nets.gps.spatial_transformer import LocationEmbedding, bert_init
from sceneglot.nets.scene_encoder import transformer

TEXT, OBJECT = 0, 1
"""Rows of the type embedding."""


@dataclass(frozen=True)
class JointTransformerConfig:
    """Defaults: GPS (22.1 M parameters; ReLU, as the released code has it)."""

    width: int = 768
    heads: int = 12
    layers: int = 4
    hidden: int = 2048
    dropout: float = 0.1


class JointTransformer(nn.Module):
    """Post-norm self-attention over words and objects; places and types are added before every layer."""

    def __init__(self, config: JointTransformerConfig) -> None:
        super().__init__()
        self.location = LocationEmbedding(config.width)
        self.sort = nn.Embedding(2, config.width)
        self.layers = transformer(config.width, config.heads, config.hidden, config.layers, config.dropout, "relu")
        self.apply(bert_init)

    def forward(self, words: Tensor, word_mask: Tensor, objects: ObjectTokens) -> tuple[Tensor, Tensor]:
        """Words (B, L, D) with mask (B, L), at least one word each, and objects -> words and objects, padding zero."""
        count = words.shape[1]
        hidden = torch.cat([~word_mask, ~objects.mask], 1)
        place = torch.cat(
            [
                self.sort.weight[TEXT].expand_as(words),
                self.location(objects.location) + self.sort.weight[OBJECT],
            ],
            1,
        )
        tokens = torch.cat([words, objects.features], 1)
        for layer in self.layers:
            tokens = layer(tokens + place, src_key_padding_mask=hidden)
        tokens = tokens.masked_fill(hidden[..., None], 0.0)
        return tokens[:, :count], tokens[:, count:]
