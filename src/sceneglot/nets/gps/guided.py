"""Objects that read a sentence and look at each other by turns: ViL3DRel's stack, with language in every layer.

GPS brings text in after the spatial transformer, so its spatial attention cannot know which relation is asked for. Here
each layer first reads the words, then looks around with weights that depend on them (ViL3DRel, NeurIPS 2022).

Shapes: Q sentences, N objects, L words, D width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.gps.spatial_attention import SpatialAttention, SpatialAttentionConfig


@dataclass(frozen=True)
class GuidedConfig:
    """Sizes of the stack."""

    width: int = 128
    heads: int = 4
    layers: int = 3
    hidden: int = 256
    pair_width: int = 36
    dropout: float = 0.1


class WordAttention(nn.Module):
    """Objects read words; how alike label and word are enters the scores with a learned weight per head."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.alike = nn.Parameter(torch.linspace(0.0, 8.0, heads))

    def forward(self, objects: Tensor, words: Tensor, mask: Tensor, alike: Tensor) -> Tensor:
        """(Q, N, D), (Q, L, D), (Q, L) bool, (Q, N, L) cosines -> (Q, N, D)."""
        q = self.query(objects).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k = self.key(words).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        v = self.value(words).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        scores = scores + self.alike.view(1, -1, 1, 1) * alike[:, None]
        weights = scores.masked_fill(~mask[:, None, None], torch.finfo(scores.dtype).min).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))


class GuidedLayer(nn.Module):
    """Read the words, look at the others, think; post-norm like the rest of GPS."""

    def __init__(self, config: GuidedConfig) -> None:
        super().__init__()
        spatial = SpatialAttentionConfig(config.width, config.heads, config.pair_width, language=True, pair_values=True)
        self.read = WordAttention(config.width, config.heads)
        self.look = SpatialAttention(spatial)
        self.think = nn.Sequential(
            nn.Linear(2 * config.width, config.hidden), nn.GELU(), nn.Linear(config.hidden, config.width)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(3))
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        objects: Tensor,
        pairs: Tensor,
        mask: Tensor,
        words: Tensor,
        word_mask: Tensor,
        sentence: Tensor,
        alike: Tensor,
    ) -> Tensor:
        """One layer; shapes as in `GuidedTransformer.forward`."""
        objects = self.norms[0](objects + self.dropout(self.read(objects, words, word_mask, alike)))
        objects = self.norms[1](objects + self.dropout(self.look(objects, pairs, mask, sentence)))
        told = torch.cat([objects, sentence[:, None].expand_as(objects)], -1)
        return self.norms[2](objects + self.dropout(self.think(told)))


class GuidedTransformer(nn.Module):
    """The stack."""

    def __init__(self, config: GuidedConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(GuidedLayer(config) for _ in range(config.layers))

    def forward(
        self,
        objects: Tensor,
        pairs: Tensor,
        mask: Tensor,
        words: Tensor,
        word_mask: Tensor,
        sentence: Tensor,
        alike: Tensor,
    ) -> Tensor:
        """Read and look, layer by layer.

        Args:
            objects: (Q, N, D); pairs: (Q, N, N, F); mask: (Q, N) bool.
            words: (Q, L, D); word_mask: (Q, L) bool, at least one word per sentence.
            sentence: (Q, D).
            alike: (Q, N, L) cosine between each object's label and each word.

        Returns:
            (Q, N, D).
        """
        for layer in self.layers:
            objects = layer(objects, pairs, mask, words, word_mask, sentence, alike)
        return objects
