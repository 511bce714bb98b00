"""GPS's spatial transformer: objects of a scene attend to each other with their places in the scores, no language yet.

Shapes: B scenes, N objects, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.gps.objects import ObjectTokens
from sceneglot.nets.gps.pairwise import NUM_PAIRWISE, pairwise_features
from sceneglot.nets.gps.spatial_attention import Fusion, SpatialAttention, SpatialAttentionConfig


@dataclass(frozen=True)
class SpatialTransformerConfig:
    """Defaults: GPS (22.3 M parameters)."""

    width: int = 768
    heads: int = 12
    layers: int = 4
    hidden: int = 2048
    dropout: float = 0.1
    fusion: Fusion = "cond"
    per_head: bool = True
    language: bool = False
    """Location weights also see the sentence, as in ViL3DRel; needs a sentence in `forward`."""


class SpatialLayer(nn.Module):
    """Spatial attention and feed-forward (GELU), both post-norm."""

    def __init__(self, config: SpatialTransformerConfig) -> None:
        super().__init__()
        self.attention = SpatialAttention(
            SpatialAttentionConfig(
                config.width, config.heads, NUM_PAIRWISE, config.fusion, config.per_head, config.language
            )
        )
        self.think = nn.Sequential(
            nn.Linear(config.width, config.hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, config.width),
        )
        self.norm1, self.norm2 = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, pairs: Tensor, mask: Tensor, sentence: Tensor | None) -> Tensor:
        """(B, N, D), (B, N, N, 5), (B, N) -> (B, N, D)."""
        tokens = self.norm1(tokens + self.dropout(self.attention(tokens, pairs, mask, sentence)))
        return self.norm2(tokens + self.dropout(self.think(tokens)))


class LocationEmbedding(nn.Module):
    """Linear and LayerNorm of centre and extents; one module, added before every layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(6, width), nn.LayerNorm(width)

    def forward(self, location: Tensor) -> Tensor:
        """(B, N, 6) -> (B, N, D)."""
        return self.norm(self.linear(location))


class SpatialTransformer(nn.Module):
    """The stack."""

    def __init__(self, config: SpatialTransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.location = LocationEmbedding(config.width)
        self.layers = nn.ModuleList(SpatialLayer(config) for _ in range(config.layers))
        self.apply(bert_init)

    def forward(self, objects: ObjectTokens, sentence: Tensor | None = None) -> ObjectTokens:
        """Objects in the context of their scene; padding stays zero. A scene without objects is all zero."""
        pairs = pairwise_features(objects.location[..., :3], objects.mask)
        where = self.location(objects.location)
        tokens = objects.features
        for layer in self.layers:
            tokens = layer(tokens + where, pairs, objects.mask, sentence)
        return ObjectTokens(tokens * objects.mask[..., None], objects.location, objects.mask)


@torch.no_grad()
def bert_init(module: nn.Module) -> None:
    """BERT's initialisation: normal weights of 0.02, zero biases, unit norms. For `Module.apply`."""
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LayerNorm):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
