"""ScanQA's baseline network (Azuma et al., CVPR 2022) around MCAN (Yu et al., CVPR 2019).

Language attends to itself; objects attend to themselves and to the language. Shapes: B questions, L text tokens,
P object tokens, V answers, NC object classes, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.heads import Gate, VQAOutput, gate_by_objectness, head, masked_softmax
from sceneglot.nets.votenet import VoteNetOutput


@dataclass(frozen=True)
class McanConfig:
    """Sizes of the MCAN network; the defaults are ScanQA's except for `gate` and the provided token features."""

    answers: int
    """V, size of the answer vocabulary."""
    text_width: int = 512
    """Width of the token features; ScanQA feeds 300-d GloVe vectors."""
    proposal_width: int = 128
    width: int = 256
    heads: int = 8
    hidden: int = 1024
    layers: int = 2
    dropout: float = 0.1
    text_dropout: float = 0.3
    flat_hidden: int = 256
    flat_width: int = 512
    """Width after pooling ("attention flattening")."""
    num_classes: int = 18
    gate: Gate = "soft"
    """How objectness weighs on the choice of a box; the released code: "multiply"."""

    @classmethod
    def tiny(cls, answers: int, *, text_width: int = 512, proposal_width: int = 128) -> McanConfig:
        """For training on two CPU cores."""
        return cls(
            answers,
            text_width=text_width,
            proposal_width=proposal_width,
            width=128,
            heads=4,
            hidden=256,
            dropout=0.0,
            text_dropout=0.1,
            flat_hidden=128,
            flat_width=256,
        )


@dataclass(frozen=True, eq=False)
class McanOutput:
    """Fused features.

    Attributes:
        pooled: (B, flat_width), question and scene together.
        objects: (B, P, D), object tokens after attending to the question.
        question: (B, D), the recurrent encoder's state at the last token, before fusion.
    """

    pooled: Tensor
    objects: Tensor
    question: Tensor


class QuestionEncoder(nn.Module):
    """Forward LSTM over given token features; each token's state knows the tokens before it, never the padding."""

    def __init__(self, text_width: int, width: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(text_width, width, batch_first=True)

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L, text_width), (B, L) with real tokens first -> states (B, L, D), state at the last token (B, D)."""
        states, _ = self.lstm(self.dropout(tokens))
        last = (mask.sum(1) - 1).clamp_min(0)
        final = states[torch.arange(len(states), device=states.device), last]
        return states, final * mask.any(1, keepdim=True)


class Mcan(nn.Module):
    """Deep modular co-attention: `layers` self-attentions on language, then `layers` guided attentions on objects."""

    def __init__(self, config: McanConfig) -> None:
        super().__init__()
        self.question = QuestionEncoder(config.text_width, config.width, config.text_dropout)
        self.project = nn.Sequential(nn.Linear(config.proposal_width, config.width), nn.GELU())
        sizes = (config.width, config.heads, config.hidden, config.dropout)
        self.encoder = nn.ModuleList(
            nn.TransformerEncoderLayer(*sizes, activation="relu", batch_first=True) for _ in range(config.layers)
        )
        self.decoder = nn.ModuleList(
            nn.TransformerDecoderLayer(*sizes, activation="relu", batch_first=True) for _ in range(config.layers)
        )
        flat = (config.width, config.flat_hidden, config.flat_width, config.dropout)
        self.flatten_text, self.flatten_objects = AttentionFlatten(*flat), AttentionFlatten(*flat)
        self.norm = nn.LayerNorm(config.flat_width)

    def forward(self, tokens: Tensor, mask: Tensor, detected: VoteNetOutput) -> McanOutput:
        """Fuse questions (B, L, text_width) with mask (B, L) and the proposals of their scenes."""
        text, question = self.question(tokens, mask)
        # attention over nothing is undefined: an empty question keeps its first (zero) token, a scene all of its own
        text = text * mask[..., None]
        readable = mask | ((torch.arange(mask.shape[1], device=mask.device) == 0) & ~mask.any(1, keepdim=True))
        seen = detected.is_object
        seen = seen | ~seen.any(1, keepdim=True)
        for layer in self.encoder:
            text = layer(text, src_key_padding_mask=~readable)
        objects = self.project(detected.features)
        for layer in self.decoder:
            objects = layer(objects, text, tgt_key_padding_mask=~seen, memory_key_padding_mask=~readable)
        pooled = self.norm(self.flatten_text(text, readable) + self.flatten_objects(objects, seen))
        return McanOutput(pooled, objects, question)


class AttentionFlatten(nn.Module):
    """Learned weighted mean of tokens: an MLP scores each, softmax, then a linear map (MCAN, section 3.3)."""

    def __init__(self, width: int, hidden: int, out_width: int, dropout: float) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 1))
        self.merge = nn.Linear(width, out_width)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """(B, L, D), (B, L) bool -> (B, out_width)."""
        weights = masked_softmax(self.score(tokens).squeeze(-1), mask)
        return self.merge((weights[..., None] * tokens).sum(1))


class ScanQA(nn.Module):
    """MCAN with ScanQA's three heads."""

    def __init__(self, config: McanConfig) -> None:
        super().__init__()
        self.config = config
        self.mcan = Mcan(config)
        self.answer = head(config.flat_width, config.width, config.answers, 0.3)
        self.object_class = head(config.flat_width, config.width, config.num_classes, config.dropout)
        self.localise = head(config.width, config.width, 1, config.dropout)

    def forward(self, tokens: Tensor, mask: Tensor, detected: VoteNetOutput) -> VQAOutput:
        """Answer questions about detected objects.

        Args:
            tokens: (B, L, text_width) token features.
            mask: (B, L) bool, True for real tokens, which come first.
            detected: proposals of the B scenes.
        """
        fused = self.mcan(tokens, mask, detected)
        logits, choosable = gate_by_objectness(
            self.localise(fused.objects).squeeze(-1), detected.objectness, self.config.gate
        )
        return VQAOutput(
            answer_logits=self.answer(fused.pooled),
            object_logits=self.object_class(fused.pooled),
            ref_logits=logits,
            ref_mask=choosable,
            center=detected.center,
            size=detected.size,
        )
