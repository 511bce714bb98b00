"""GPS with its encoders: PointNet++ per object and a BERT-type text encoder.

Shapes: S scenes, N objects, Q sentences, C label names, T width of their vectors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.nets.gps.model import GPS, GPSConfig, GPSOutput
from sceneglot.nets.gps.objects import ObjectTokens, PointObjectConfig, PointObjectEncoder
from sceneglot.nets.gps.text import BertText
from sceneglot.nets.scene_encoder import Temperature
from sceneglot.tasks.gps.data import PointBatch


@dataclass(frozen=True, eq=False)
class NamedObjects:
    """Objects as the point encoder sees them, before they see each other.

    Attributes:
        tokens: features, places, mask.
        named: (S, N, T) the features in the space of the frozen label vectors (C, T) `names`.
        scale: inverse temperature to compare the two with.
    """

    tokens: ObjectTokens
    named: Tensor
    names: Tensor
    scale: Tensor

    def likely_names(self) -> Tensor:
        """(S, N, T) mean of the label vectors, weighted by how likely each label is."""
        return self._logits().softmax(-1) @ self.names

    def likely_rows(self) -> Tensor:
        """(S, N) int64 row of the likeliest label."""
        return self._logits().argmax(-1)

    def _logits(self) -> Tensor:
        return self.scale * F.normalize(self.named, dim=-1) @ F.normalize(self.names, dim=-1).T


class ObjectNamer(nn.Module):
    """The network of stage 1: objects, aligned with frozen text vectors of names.

    The label vectors are no part of its state: another data set has other labels. `freeze` stops all of it, for good.
    """

    def __init__(self, config: PointObjectConfig, label_vectors: Tensor) -> None:
        super().__init__()
        self.encoder = PointObjectEncoder(config)
        self.to_label = nn.Linear(config.width, label_vectors.shape[1])
        self.temperature = Temperature()
        self.register_buffer("label_vectors", label_vectors, persistent=False)

    def forward(self, batch: PointBatch) -> NamedObjects:
        """Encode the objects; nothing of the text is read."""
        tokens = self.encoder(batch.points, batch.location, batch.mask)
        return NamedObjects(
            tokens, self.to_label(tokens.features), self.get_buffer("label_vectors"), self.temperature()
        )

    def freeze(self) -> None:
        """Keep weights and BatchNorm statistics."""
        self.encoder.freeze()
        self.requires_grad_(False)


@dataclass(frozen=True, eq=False)
class PointGPSOutput:
    """One forward pass.

    Attributes:
        objects: before they see each other; gps: everything after.
        caption: (S, D) first token of the scene caption.
        scene_scale: inverse temperature between scenes and captions.
        vocabulary: (M, V) logits of the M hidden words, row by row of the batch; None without a word head.
    """

    objects: NamedObjects
    gps: GPSOutput
    caption: Tensor
    scene_scale: Tensor
    vocabulary: Tensor | None


class PointGPS(nn.Module):
    """The whole network of stage 2.

    Everything a loss needs is in the output of `forward`, so that data-parallel wrappers see every parameter used.

    Args:
        class_embedding: an object's token also carries the text vector of its likely class, through the same map as
            the words, so that things and their names meet from the first step. In the manner of 3D-VisTA, which adds
            the GloVe vector of the likeliest class; GPS has no such thing.
    """

    def __init__(self, config: GPSConfig, namer: ObjectNamer, text: BertText, *, class_embedding: bool = False) -> None:
        super().__init__()
        self.namer, self.text, self.gps = namer, text, GPS(config)
        self.class_norm = nn.LayerNorm(config.joint.width) if class_embedding else None

    def forward(self, batch: PointBatch) -> PointGPSOutput:
        """Scenes once, then every sentence about them."""
        objects = self.namer(batch)
        output = self.gps(self.tokens(objects), self.text(batch.ids, batch.text_mask), batch.scene_of)
        caption = self.text(batch.caption, batch.caption_mask).sentence
        hidden = None if self.gps.word is None else self.gps.word(output.words[batch.words >= 0])
        return PointGPSOutput(objects, output, caption, self.gps.scene_temperature(), hidden)

    def tokens(self, objects: NamedObjects) -> ObjectTokens:
        """What the spatial transformer reads."""
        return objects.tokens if self.class_norm is None else named_tokens(objects, self.text.project, self.class_norm)


def named_tokens(objects: NamedObjects, project: nn.Module, norm: nn.Module) -> ObjectTokens:
    """Object tokens that also carry the text vector (T) of their likely class, projected to their width."""
    tokens = objects.tokens
    likely = norm(project(objects.likely_names()))
    return replace(tokens, features=(tokens.features + likely) * tokens.mask[..., None])


PAPER_RATES: tuple[tuple[str, float], ...] = (("text.", 0.02), ("gps.spatial.", 0.2), ("gps.joint.", 0.2))
"""(name prefix, share of the base rate 5e-4): text 1e-5, both stacks 1e-4 (GPS, stage 2)."""


@torch.no_grad()
def mean_tokens(text: nn.Module, ids: Tensor, mask: Tensor) -> Tensor:
    """(C, D) unit vectors: mean of the real tokens' last hidden states. For the label table."""
    hidden = text(input_ids=ids, attention_mask=mask.long())[0] * mask[..., None]
    return nn.functional.normalize(hidden.sum(1) / mask.sum(1, keepdim=True).clamp_min(1), dim=-1)
