"""The 3D VQA network of arXiv 2304.06061, section 3.2: one transformer over question tokens and scene tokens.

Shapes: B questions, L text tokens, P object tokens, V answers, NC object classes, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.heads import Gate, Pooling, VQAOutput, gate_by_objectness, head, masked_softmax, pool_tokens
from sceneglot.nets.scene_encoder import SceneEncoding, transformer
from sceneglot.nets.votenet import VoteNetOutput


@dataclass(frozen=True)
class FusionConfig:
    """Sizes of the fusion network; the defaults are the paper's except for `gate` and `pointing`."""

    answers: int
    """V, size of the answer vocabulary."""
    text_width: int = 512
    """Width of the teacher's token features."""
    scene_width: int = 256
    """Width of the scene encoder."""
    width: int = 256
    heads: int = 8
    hidden: int = 2048
    layers: int = 2
    dropout: float = 0.1
    text_dropout: float = 0.3
    answer_dropout: float = 0.3
    num_classes: int = 18
    pooling: Pooling = "eot"
    """Fused token the answer is read from: "eot", the last token of the question, as the paper says; "first", its start
    token, as the released code does; "mean" of the question; "cls", the scene's class token."""
    gate: Gate = "soft"
    """How objectness weighs on the choice of a box, see `heads.gate_by_objectness`; the released code: "multiply"."""
    pointing: bool = True
    """Ours: the answer is also read from the object tokens, weighted by how much the question is about each. The paper
    reads the pooled question alone, which has to learn to look things up before it can answer anything."""

    @classmethod
    def paper(cls, answers: int, *, text_width: int = 512, scene_width: int = 256) -> FusionConfig:
        """As published, but for the gate."""
        return cls(answers, text_width=text_width, scene_width=scene_width, pointing=False)

    @classmethod
    def tiny(cls, answers: int, *, text_width: int = 512, scene_width: int = 128) -> FusionConfig:
        """For training on two CPU cores: too short a training to need dropout."""
        return cls(
            answers,
            text_width=text_width,
            scene_width=scene_width,
            width=128,
            heads=4,
            hidden=256,
            dropout=0.0,
            text_dropout=0.1,
            answer_dropout=0.1,
        )


class Fusion(nn.Module):
    """Question and scene attend to each other; heads answer, name the object and point at it."""

    def __init__(self, config: FusionConfig) -> None:
        super().__init__()
        self.config = config
        self.text = nn.Sequential(
            nn.Dropout(config.text_dropout), nn.Linear(config.text_width, config.width), nn.GELU()
        )
        self.scene = nn.Sequential(nn.Linear(config.scene_width, config.width), nn.GELU())
        self.layers = transformer(config.width, config.heads, config.hidden, config.layers, config.dropout, "gelu")
        self.answer = head(config.width, config.width, config.answers, config.answer_dropout)
        self.object_class = head(config.width, config.width, config.num_classes, config.dropout)
        self.localise = head(config.width, config.width, 1, config.dropout)
        self.pointed = nn.Linear(config.width, config.width) if config.pointing else None

    def forward(self, tokens: Tensor, mask: Tensor, scene: SceneEncoding, detected: VoteNetOutput) -> VQAOutput:
        """Answer questions, each about the scene of its row.

        Args:
            tokens: (B, L, text_width), the teacher's token features.
            mask: (B, L) bool, True for real tokens, which come first.
            scene: encodings of the B scenes.
            detected: the proposals behind them.

        Raises:
            SceneglotError: questions and scenes differ in number.
        """
        if len(tokens) != len(scene.tokens):
            raise SceneglotError(f"fusion: {len(tokens)} questions for {len(scene.tokens)} scenes, expected as many")
        length = tokens.shape[1]
        seen = self.scene(torch.cat([scene.cls[:, None], scene.tokens], dim=1))
        fused = torch.cat([self.text(tokens), seen], dim=1)
        counted = torch.cat([mask, mask.new_ones(len(mask), 1), scene.mask], dim=1)
        for layer in self.layers:
            fused = layer(fused, src_key_padding_mask=~counted)
        pooled = self._pool(fused[:, :length], mask, fused[:, length])
        objects = fused[:, length + 1 :]
        logits, choosable = gate_by_objectness(
            self.localise(objects).squeeze(-1), detected.objectness, self.config.gate
        )
        kept = choosable & scene.mask
        if self.pointed is not None:
            # What an object looks like (`seen`) must not have to survive the layers that find out which one is meant.
            looked_at = masked_softmax(logits, scene.mask)[:, None] @ (seen[:, 1:] + objects)
            pooled = pooled + self.pointed(looked_at[:, 0])
        return VQAOutput(
            answer_logits=self.answer(pooled),
            object_logits=self.object_class(pooled),
            ref_logits=logits,
            ref_mask=torch.where(kept.any(1, keepdim=True), kept, choosable),
            center=detected.center,
            size=detected.size,
        )

    def _pool(self, text: Tensor, mask: Tensor, scene_cls: Tensor) -> Tensor:
        if self.config.pooling == "cls":
            return scene_cls
        # a question without a single token is answered from the scene's class token
        pooled = pool_tokens(text, mask, self.config.pooling) if text.shape[1] else scene_cls
        return torch.where(mask.any(1, keepdim=True), pooled, scene_cls)
