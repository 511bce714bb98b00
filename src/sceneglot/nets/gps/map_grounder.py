"""Grounding on object maps: labelled boxes and a sentence in, a score per object out. No points.

Shapes: S scenes, Q sentences, N objects, L words, T width of the text table, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from sceneglot.nets.gps.guided import GuidedConfig, GuidedTransformer
from sceneglot.nets.gps.map_geometry import MapObjects, pair_features, unary_features
from sceneglot.nets.gps.objects import MapObjectEncoder
from sceneglot.nets.gps.phrases import PhraseConfig, PhraseEncoder, Words
from sceneglot.nets.heads import masked_softmax


@dataclass(frozen=True)
class MapGrounderConfig:
    """Sizes of the network; the defaults train on one CPU core."""

    text: PhraseConfig = field(default_factory=PhraseConfig)
    reader: GuidedConfig = field(default_factory=GuidedConfig)
    geometry: bool = True
    """False: labels and colours only, no box reaches the network (the class-only and blind baselines)."""


@dataclass(frozen=True, eq=False)
class GroundingOutput:
    """Scores of one forward pass.

    Attributes:
        target: (Q, N) logits, the lowest number where padded.
        anchor: (Q, N) logits of being mentioned to locate the target.
        kind: (Q, N) logits of being of the kind that is looked for, from the sentence and the labels alone.
    """

    target: Tensor
    anchor: Tensor
    kind: Tensor


class MapGrounder(nn.Module):
    """Text encoder, object-map tokens, guided reader, three heads."""

    def __init__(self, config: MapGrounderConfig) -> None:
        super().__init__()
        self.config = config
        width = config.reader.width
        self.text = PhraseEncoder(config.text)
        self.objects = MapObjectEncoder(config.text.table_width, width)
        self.reader = GuidedTransformer(config.reader)
        self.target = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1))
        self.anchor = nn.Linear(width, 1)
        self.point = WordPointer(width)
        self.hint = nn.Linear(2, width)
        self.trust = nn.Parameter(torch.tensor([0.5, 0.5]))

    def forward(self, objects: MapObjects, label: Tensor, scene_of: Tensor, words: Words) -> GroundingOutput:
        """Score the objects of S scenes for Q sentences.

        Args:
            objects: boxes of the scenes.
            label: (S, N, T) unit vectors of the labels, zeros where padded.
            scene_of: (Q,) int64, which scene each sentence is about.
            words: the sentences.
        """
        unary, pairs = unary_features(objects), pair_features(objects)
        if not self.config.geometry:
            unary, pairs = torch.zeros_like(unary), torch.zeros_like(pairs)
        tokens = self.objects.encode(label, objects, unary).features[scene_of]
        mask, names = objects.mask[scene_of], label[scene_of]
        text = self.text(words)
        alike = torch.maximum(names @ words.word.transpose(1, 2), names @ words.pair.transpose(1, 2))
        named = self.point(text.words, words.mask, alike)
        tokens = tokens + self.hint(named)
        named = self.point.scale * named
        read = self.reader(tokens, pairs[scene_of], mask, text.words, words.mask, text.sentence, alike)
        told = torch.cat([read, text.sentence[:, None].expand_as(read)], -1)
        kind, mentioned = (self.trust * named).unbind(-1)
        target, anchor = self.target(told).squeeze(-1) + kind, self.anchor(read).squeeze(-1) + mentioned
        return GroundingOutput(*(_masked(scores, mask) for scores in (target, anchor, named[..., 0])))


class WordPointer(nn.Module):
    """Which words name the target, and which the anchors: two distributions over words, and how well each label fits.

    The labels are compared with the frozen vectors of the words pointed at. What is learned is where in a sentence the
    name stands, not the names: kinds of things that were never trained on are found all the same.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.place = nn.Linear(width, 2)
        # turns the cosines into logits; the network reads the cosines themselves
        self.scale = nn.Parameter(torch.tensor([15.0, 15.0]))

    def forward(self, words: Tensor, mask: Tensor, alike: Tensor) -> Tensor:
        """(Q, L, D), (Q, L), (Q, N, L) cosines -> (Q, N, 2) mean cosines with the target's words, the anchors'."""
        weights = masked_softmax(self.place(words).transpose(1, 2), mask[:, None])  # (Q, 2, L)
        return alike @ weights.transpose(1, 2)


def _masked(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
