"""GPS with its encoders: PointNet++ per object and a truncated BERT."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.gps.model import GPS, GPSConfig, GPSOutput
from sceneglot.nets.gps.objects import ObjectTokens, PointObjectConfig, PointObjectEncoder
from sceneglot.nets.gps.text import BertText
from sceneglot.tasks.gps.data import PointBatch


@dataclass(frozen=True, eq=False)
class PointGPSOutput:
    """One forward pass.

    Attributes:
        encoded: objects as the point encoder gives them, before they see each other.
        gps: everything after; caption: (B, D) first token of the scene caption.
    """

    encoded: ObjectTokens
    gps: GPSOutput
    caption: Tensor


class PointGPS(nn.Module):
    """The whole network, and the frozen text vectors of label names that objects are aligned with in stage 1."""

    def __init__(self, config: GPSConfig, objects: PointObjectConfig, text: nn.Module, label_vectors: Tensor) -> None:
        super().__init__()
        self.objects = PointObjectEncoder(objects)
        self.text = BertText(text, config.joint.width)
        self.gps = GPS(config)
        self.to_label = nn.Linear(objects.width, label_vectors.shape[1])
        self.register_buffer("label_vectors", label_vectors)

    def encode(self, batch: PointBatch) -> ObjectTokens:
        """Objects alone: all that stage 1 needs."""
        return self.objects(batch.points, batch.location, batch.mask)

    def forward(self, batch: PointBatch) -> PointGPSOutput:
        """Objects, referrals and captions of a batch."""
        encoded = self.encode(batch)
        if self.objects.frozen:
            encoded = ObjectTokens(encoded.features.detach(), encoded.location, encoded.mask)
        output = self.gps(encoded, self.text(batch.ids, batch.text_mask))
        return PointGPSOutput(encoded, output, self.text(batch.caption, batch.caption_mask).sentence)


PAPER_RATES: tuple[tuple[str, float], ...] = (("text.", 0.02), ("gps.spatial.", 0.2), ("gps.joint.", 0.2))
"""(name prefix, share of the base rate 5e-4): text 1e-5, both stacks 1e-4 (GPS, stage 2)."""


@torch.no_grad()
def mean_tokens(text: nn.Module, ids: Tensor, mask: Tensor) -> Tensor:
    """(C, D) unit vectors: mean of the real tokens' last hidden states. For the label table."""
    hidden = text(input_ids=ids, attention_mask=mask.long())[0] * mask[..., None]
    return nn.functional.normalize(hidden.sum(1) / mask.sum(1, keepdim=True).clamp_min(1), dim=-1)
