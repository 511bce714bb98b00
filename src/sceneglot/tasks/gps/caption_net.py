"""The captioner: GPS's objects and spatial transformer, and a decoder that writes about one of them.

Shapes: S scenes, N objects, Q captions, L tokens, V words of the decoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.losses.gps.words import IGNORE, word_loss
from sceneglot.nets.gps.caption_decoder import CaptionDecoder, CaptionDecoderConfig
from sceneglot.nets.gps.objects import ObjectTokens
from sceneglot.nets.gps.spatial_transformer import SpatialTransformer
from sceneglot.tasks.gps.data import PointBatch
from sceneglot.tasks.gps.net import NamedObjects, ObjectNamer, PointGPS, named_tokens
from sceneglot.tasks.gps.spec import PointSpec, PointTools


@dataclass(frozen=True)
class CaptionSpec:
    """What it takes to rebuild a trained captioner.

    Attributes:
        gps: of the stage 2 whose objects it looks at; its heads and its joint transformer are not used.
        word_ids: tokens the decoder knows, in its order; the first three are the marks of start and end and "unknown".
        longest: tokens of a caption, marks included.
    """

    gps: PointSpec
    word_ids: tuple[int, ...]
    longest: int = 50

    def __post_init__(self) -> None:
        if self.gps.language:
            raise SceneglotError(
                "captions: the spatial attention of this run is conditioned on a sentence, and there is none to read "
                "before the caption is written; start from a run without --language"
            )

    def decoder(self) -> CaptionDecoderConfig:
        """Sizes of the decoder: those of the spatial transformer."""
        spatial = self.gps.gps(len(self.word_ids)).spatial
        sizes = (spatial.width, spatial.heads, spatial.layers, spatial.hidden, spatial.dropout)
        return CaptionDecoderConfig(len(self.word_ids), self.longest, *sizes)

    def build(self, tools: PointTools) -> PointCaptioner:
        """The network, freshly initialised."""
        whole = self.gps.build(tools)
        return PointCaptioner(whole, CaptionDecoder(self.decoder()), self.word_ids, len(tools.tokenizer))

    def facts(self) -> dict[str, Any]:
        """JSON-able description, stored in every checkpoint."""
        return {"task": "captioning", "gps": self.gps.facts(), "words": asdict(self) | {"gps": None}}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> CaptionSpec:
        """Inverse of `facts`.

        Raises:
            SceneglotError: the checkpoint is for another task.
        """
        if facts.get("task") != "captioning":
            raise SceneglotError(
                f"the checkpoint is for {facts.get('task', 'an unknown task')!r}, not for captions; train one with "
                "'sceneglot train gps-captions'"
            )
        words = facts["words"]
        return cls(PointSpec.from_facts(facts["gps"]), tuple(words["word_ids"]), words["longest"])


START, END, UNKNOWN = 0, 1, 2
"""Rows of the first three of `CaptionSpec.word_ids`."""


@dataclass(frozen=True, eq=False)
class CaptionOutput:
    """One pass over captions that are known.

    Attributes:
        logits: (Q, L - 1, V) of what follows each token.
        words: (Q, L - 1) int64, what does follow; `IGNORE` for padding and for captions of objects that are not there.
    """

    logits: Tensor
    words: Tensor


class PointCaptioner(nn.Module):
    """Objects, placed among each other, and the decoder.

    Args:
        gps: gives its object encoder, class embedding and spatial transformer.
        word_ids: see `CaptionSpec`; num_tokens: of the tokenizer.
    """

    def __init__(self, gps: PointGPS, decoder: CaptionDecoder, word_ids: Sequence[int], num_tokens: int) -> None:
        super().__init__()
        self.namer: ObjectNamer = gps.namer
        self.spatial: SpatialTransformer = gps.gps.spatial
        self.class_norm = gps.class_norm
        self.project = gps.text.project if gps.class_norm is not None else None
        self.decoder = decoder
        rows = torch.full((num_tokens,), UNKNOWN)
        rows[list(word_ids)] = torch.arange(len(word_ids))
        self.register_buffer("rows", rows, persistent=False)

    def forward(self, batch: PointBatch) -> CaptionOutput:
        """Read the sentences of a batch, each about its first target, one word ahead."""
        placed, _ = self.place(batch)
        thing = batch.target.to(torch.uint8).argmax(1)
        words = self.get_buffer("rows")[batch.ids]
        logits = self.decoder(placed.rows(batch.scene_of), thing, words[:, :-1])
        counted = batch.text_mask[:, 1:] & batch.target.any(1, keepdim=True)
        return CaptionOutput(logits, words[:, 1:].masked_fill(~counted, IGNORE))

    def place(self, batch: PointBatch) -> tuple[ObjectTokens, NamedObjects]:
        """The objects of all scenes, after and before they have seen each other."""
        named = self.namer(batch)
        tokens = named.tokens
        if self.class_norm is not None and self.project is not None:
            tokens = named_tokens(named, self.project, self.class_norm)
        return self.spatial(tokens), named


def caption_stage(net: nn.Module, batch: PointBatch) -> tuple[Tensor, dict[str, Tensor]]:
    """Mean cross-entropy of every token given those before it."""
    output: CaptionOutput = net(batch)
    loss = word_loss(output.logits, output.words)
    return loss, {"words": loss.detach()}
