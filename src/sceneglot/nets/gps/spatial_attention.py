"""Self-attention among objects that knows where they are: five ways to let pairwise geometry into the softmax.

Shapes: B sentences (or scenes), N objects, H heads, D width, F pairwise features.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.pairwise import NUM_PAIRWISE

Fusion = Literal["cond", "mul", "bias", "add", "ctx"]
FUSIONS: tuple[Fusion, ...] = get_args(Fusion)

LOWEST = 1e-6
"""Location scores are clamped to this before their logarithm ("cond", "mul")."""


@dataclass(frozen=True)
class SpatialAttentionConfig:
    """One spatial attention.

    Attributes:
        width, heads: D and H.
        pair_width: F.
        fusion: how the location score meets the content score S = QK^T / sqrt(D / H):
            "cond": softmax(S + log sigmoid(w_i . m_ij + b_i)), weights predicted from the query token (GPS, 3D-VisTA);
            "mul": softmax(S + log relu(W m_ij)); "bias": softmax(S + W m_ij);
            "add": (softmax(S) + softmax(W m_ij)) / 2; "ctx": softmax(S + q_i . (W m_ij) / sqrt(D / H)).
        per_head: location scores of each head's own; else one shared by all.
        language: "cond" weights come from the token plus the sentence vector, as ViL3DRel has it.
        pair_values: what is read from an object also carries the pairwise features to it, in the manner of Shaw et al.
            (2018). Softmax weights sum to one and so hide *how* far the attended object is; this does not.
    """

    width: int
    heads: int
    pair_width: int = NUM_PAIRWISE
    fusion: Fusion = "cond"
    per_head: bool = True
    language: bool = False
    pair_values: bool = False

    def __post_init__(self) -> None:
        if self.fusion not in FUSIONS:
            raise SceneglotError(f"spatial attention: no fusion {self.fusion!r}, there are {', '.join(FUSIONS)}")
        if self.width % self.heads:
            raise SceneglotError(f"spatial attention: width {self.width} is not divisible by {self.heads} heads")
        if self.language and self.fusion != "cond":
            raise SceneglotError("spatial attention: only fusion 'cond' can be conditioned on language")


class SpatialAttention(nn.Module):
    """Multi-head self-attention with a location score; no attention dropout, as in the released code."""

    def __init__(self, config: SpatialAttentionConfig) -> None:
        super().__init__()
        self.config = config
        width, scores = config.width, config.heads if config.per_head else 1
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        if config.fusion == "cond":
            self.where = nn.Linear(width, scores * (config.pair_width + 1))
        else:
            self.where = nn.Linear(config.pair_width, width if config.fusion == "ctx" else scores)
        self.pair_out = nn.Linear(config.heads * config.pair_width, width) if config.pair_values else None

    def forward(self, tokens: Tensor, pairs: Tensor, mask: Tensor, sentence: Tensor | None = None) -> Tensor:
        """Let every object look at the others.

        Args:
            tokens: (B, N, D).
            pairs: (B, N, N, F), see `pairwise_features`.
            mask: (B, N) bool, True for real objects; at least one per row.
            sentence: (B, D), needed when `language` is on.

        Returns:
            (B, N, D).
        """
        q, k, v = (self._split(layer(tokens)) for layer in (self.query, self.key, self.value))
        content = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        weights = self._fuse(content, self._location(tokens, q, pairs, sentence), ~mask[:, None, None])
        mixed = self.out((weights @ v).transpose(1, 2).flatten(2))
        if self.pair_out is None:
            return mixed
        read = weights.transpose(1, 2) @ pairs  # (B, N, H, M) @ (B, N, M, F)
        return mixed + self.pair_out(read.flatten(2))

    def _location(self, tokens: Tensor, query: Tensor, pairs: Tensor, sentence: Tensor | None) -> Tensor:
        """(B, H or 1, N, N) location scores before they are squashed."""
        config = self.config
        if config.fusion == "cond":
            if config.language and sentence is None:
                raise SceneglotError("spatial attention: conditioned on language, but no sentence was given")
            source = tokens + sentence[:, None] if config.language and sentence is not None else tokens
            weights = self.where(source).unflatten(-1, (-1, config.pair_width + 1))  # (B, N, H, F + 1)
            score = weights[..., :-1] @ pairs.transpose(-1, -2) + weights[..., -1:]
            return score.transpose(1, 2)
        if config.fusion == "ctx":
            keys = self.where(pairs).unflatten(-1, (config.heads, -1))  # (B, N, N, H, C)
            return torch.einsum("bhnc,bnmhc->bhnm", query, keys) / math.sqrt(query.shape[-1])
        return self.where(pairs).permute(0, 3, 1, 2)

    def _fuse(self, content: Tensor, location: Tensor, padding: Tensor) -> Tensor:
        """Attention weights (B, H, N, N) from both scores; `padding` (B, 1, 1, N) marks keys to leave out."""
        fusion, lowest = self.config.fusion, torch.finfo(content.dtype).min
        if fusion == "add":
            parts = [score.masked_fill(padding, lowest).softmax(-1) for score in (content, location)]
            return (parts[0] + parts[1]) / 2
        if fusion in ("cond", "mul"):
            squashed = location.sigmoid() if fusion == "cond" else location.relu()
            location = squashed.clamp_min(LOWEST).log()
        return (content + location).masked_fill(padding, lowest).softmax(-1)

    def _split(self, values: Tensor) -> Tensor:
        """(B, N, D) -> (B, H, N, D / H)."""
        return values.unflatten(-1, (self.config.heads, -1)).transpose(1, 2)
