"""Proposals to one scene embedding: object tokens and a class token through a transformer (arXiv 2304.06061, 3.1).

Shapes: B scenes, P proposals, D width, E embedding width of the teacher.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sceneglot.nets.votenet import VoteNetOutput


@dataclass(frozen=True)
class SceneEncoderConfig:
    """Sizes of the scene encoder; the defaults are the paper's, plus two additions of ours that can be switched off."""

    proposal_width: int = 128
    width: int = 256
    heads: int = 8
    hidden: int = 2048
    """Width of the feed-forward part."""
    layers: int = 1
    dropout: float = 0.1
    embedding: int = 512
    """E, width of the image-text space the scene is aligned with."""
    box_embedding: bool = True
    """Ours: add an embedding of each proposal's box to its token. The paper's tokens carry no position."""
    objectness_mask: bool = False
    """Ours: hide what the detector calls background. The paper hides nothing."""

    @classmethod
    def paper(cls, *, embedding: int = 512) -> SceneEncoderConfig:
        """As published: no box embedding, no mask."""
        return cls(embedding=embedding, box_embedding=False)

    @classmethod
    def tiny(cls, *, embedding: int = 512) -> SceneEncoderConfig:
        """For training on two CPU cores."""
        return cls(width=128, heads=4, hidden=256, dropout=0.0, embedding=embedding)


@dataclass(frozen=True, eq=False)
class SceneEncoding:
    """A scene as tokens.

    Attributes:
        tokens: (B, P, D), one per proposal.
        cls: (B, D), the class token.
        embedding: (B, E), the class token in the teacher's space, not normalised.
        mask: (B, P) bool, tokens that count (all, unless `objectness_mask` hides some).
    """

    tokens: Tensor
    cls: Tensor
    embedding: Tensor
    mask: Tensor


class SceneEncoder(nn.Module):
    """Object tokens, a learnable class token, a batch-first transformer encoder, a projection."""

    def __init__(self, config: SceneEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.project = nn.Sequential(nn.Linear(config.proposal_width, config.width), nn.GELU())
        self.box = BoxEmbedding(config.width) if config.box_embedding else None
        self.cls = nn.Parameter(torch.randn(1, 1, config.width))
        self.layers = transformer(config.width, config.heads, config.hidden, config.layers, config.dropout, "relu")
        self.to_embedding = nn.Sequential(nn.LayerNorm(config.width), nn.Linear(config.width, config.embedding))

    def forward(self, detected: VoteNetOutput) -> SceneEncoding:
        """Encode the proposals of a batch of scenes."""
        tokens = self.project(detected.features)
        if self.box is not None:
            tokens = tokens + self.box(detected.center, detected.size, detected.seeds.xyz)
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        if self.config.objectness_mask:
            mask = detected.is_object
        tokens = torch.cat([self.cls.expand(len(tokens), -1, -1), tokens], dim=1)
        # the class token is never hidden: a scene without objects still has a defined encoding
        hidden = torch.cat([mask.new_zeros(len(mask), 1), ~mask], dim=1)
        for layer in self.layers:
            tokens = layer(tokens, src_key_padding_mask=hidden if self.config.objectness_mask else None)
        return SceneEncoding(tokens[:, 1:], tokens[:, 0], self.to_embedding(tokens[:, 0]), mask)


class BoxEmbedding(nn.Module):
    """Linear map of a box: centre relative to the middle of the scene (height stays absolute) and log size."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Sequential(nn.Linear(6, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, center: Tensor, size: Tensor, scene: Tensor) -> Tensor:
        """Boxes (B, P, 3), (B, P, 3) and any points of the scene (B, S, 3) -> (B, P, width).

        Boxes are detached: the encoder reads where things are, the detection losses decide it.
        """
        middle = (scene.amin(1, keepdim=True) + scene.amax(1, keepdim=True)) / 2
        middle = middle * middle.new_tensor([1.0, 1.0, 0.0])
        return self.linear(torch.cat([center.detach() - middle, size.detach().clamp_min(1e-2).log()], dim=-1))


class Temperature(nn.Module):
    """Learnable inverse temperature of a contrastive loss, kept in logarithm and at most 100 as in CLIP."""

    def __init__(self, start: float = 1 / 0.07, largest: float = 100.0) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(start)))
        self.largest = math.log(largest)

    def forward(self) -> Tensor:
        """The scalar to multiply cosines by."""
        return _AtMost.apply(self.log_scale, self.largest).exp()  # type: ignore[union-attr]


class _AtMost(torch.autograd.Function):
    """Clamp from above that lets gradients through which lead back: a plain clamp that was once passed never learns
    again."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, most: float) -> Tensor:
        ctx.over = value > most
        return value.clamp_max(most)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return torch.where(ctx.over & (grad < 0), 0.0, grad), None


def transformer(width: int, heads: int, hidden: int, layers: int, dropout: float, activation: str) -> nn.ModuleList:
    """Post-norm transformer encoder layers that take (batch, tokens, width)."""
    return nn.ModuleList(
        nn.TransformerEncoderLayer(width, heads, hidden, dropout, activation, batch_first=True) for _ in range(layers)
    )
