"""The blind baseline: answers from the question alone. Every table shows it beside the networks that see.

Shapes: B questions, L text tokens, V answers, NC object classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.heads import VQAOutput, head, pool_tokens
from sceneglot.nets.scene_encoder import transformer


@dataclass(frozen=True)
class BlindConfig:
    """Sizes of the blind network: the text half of `fusion.FusionConfig`."""

    answers: int
    """V, size of the answer vocabulary."""
    text_width: int = 512
    width: int = 256
    heads: int = 8
    hidden: int = 2048
    layers: int = 2
    dropout: float = 0.1
    text_dropout: float = 0.3
    num_classes: int = 18

    @classmethod
    def tiny(cls, answers: int, *, text_width: int = 512) -> BlindConfig:
        """For training on two CPU cores."""
        return cls(answers, text_width=text_width, width=128, heads=4, hidden=256, dropout=0.0, text_dropout=0.1)


class Blind(nn.Module):
    """A transformer over the question with the same heads as the networks that see.

    Where they choose one of the detected boxes, it has one box to offer: its guess of where in a room such a thing
    usually is and how big. The guess is made in units of the scene's bounds, the only thing about the scene it is told.
    """

    def __init__(self, config: BlindConfig) -> None:
        super().__init__()
        self.config = config
        self.text = nn.Sequential(
            nn.Dropout(config.text_dropout), nn.Linear(config.text_width, config.width), nn.GELU()
        )
        self.start = nn.Parameter(torch.randn(1, 1, config.width))
        self.layers = transformer(config.width, config.heads, config.hidden, config.layers, config.dropout, "gelu")
        self.answer = head(config.width, config.width, config.answers, 0.3)
        self.object_class = head(config.width, config.width, config.num_classes, config.dropout)
        self.box = head(config.width, config.width, 6, config.dropout)

    def forward(self, tokens: Tensor, mask: Tensor, low: Tensor, high: Tensor) -> VQAOutput:
        """Answer questions unseen.

        Args:
            tokens: (B, L, text_width) token features.
            mask: (B, L) bool, True for real tokens, which come first.
            low: (B, 3), lower bounds of the scene, metres.
            high: (B, 3), upper bounds of the scene, metres.
        """
        # a start token of its own: a question without a single token is still a question
        text = torch.cat([self.start.expand(len(tokens), -1, -1), self.text(tokens)], dim=1)
        counted = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        for layer in self.layers:
            text = layer(text, src_key_padding_mask=~counted)
        pooled = pool_tokens(text, counted, "eot")
        place, extent = self.box(pooled).sigmoid().split(3, dim=-1)
        room = (high - low).clamp_min(1e-3)
        return VQAOutput(
            answer_logits=self.answer(pooled),
            object_logits=self.object_class(pooled),
            ref_logits=pooled.new_zeros(len(pooled), 1),
            ref_mask=torch.ones(len(pooled), 1, dtype=torch.bool, device=pooled.device),
            center=(low + place * room)[:, None],
            size=(extent * room)[:, None],
        )
