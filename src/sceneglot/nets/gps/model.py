"""GPS assembled: object tokens and text in; pointing, answers, masked words and a scene embedding out.

Shapes: S scenes, B sentences, N objects, L tokens, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from sceneglot.nets.gps.heads import AnswerHead, GroundingMLP, SceneEmbedding, SimilarityGrounding, WordHead
from sceneglot.nets.gps.joint_transformer import JointTransformer, JointTransformerConfig
from sceneglot.nets.gps.objects import ObjectTokens
from sceneglot.nets.gps.spatial_transformer import SpatialTransformer, SpatialTransformerConfig
from sceneglot.nets.gps.text import TextFeatures
from sceneglot.nets.scene_encoder import Temperature


@dataclass(frozen=True)
class GPSConfig:
    """Sizes and heads; the defaults are the paper's ("base").

    Attributes:
        spatial, joint: the two stacks.
        vocabulary: of the masked-word head; 0 for none.
        answers: of the answer head; 0 for none.
        compat: pool the scene as the released code does, see `SceneEmbedding`.
    """

    spatial: SpatialTransformerConfig = field(default_factory=SpatialTransformerConfig)
    joint: JointTransformerConfig = field(default_factory=JointTransformerConfig)
    vocabulary: int = 30_522
    answers: int = 0
    compat: bool = False

    @classmethod
    def tiny(cls, *, vocabulary: int = 0, answers: int = 0) -> GPSConfig:
        """For one CPU core: two layers of 128."""
        return cls(
            SpatialTransformerConfig(128, 4, 2, 256), JointTransformerConfig(128, 4, 2, 256), vocabulary, answers
        )


@dataclass(frozen=True, eq=False)
class GPSOutput:
    """One forward pass.

    Attributes:
        placed: objects after the spatial transformer, before they met the text: of the S scenes, or of the B sentences
            where attention is conditioned on language.
        objects: (B, N, D) and words (B, L, D) after the joint transformer.
        similarity, mlp: (B, N) grounding logits of the two heads.
        scene: (S, D) scene embedding; conditioned on language, the mean over what its sentences make of it.
        caption: (B, D) the text's first token before fusion.
        answers: (B, V) logits or None.
    """

    placed: ObjectTokens
    objects: Tensor
    words: Tensor
    similarity: Tensor
    mlp: Tensor
    scene: Tensor
    caption: Tensor
    answers: Tensor | None


class GPS(nn.Module):
    """Spatial transformer, joint transformer, heads. Object and text encoders are given to it as tokens.

    `word` is applied by whoever knows which words were hidden: over a large vocabulary it is the most expensive head.
    """

    def __init__(self, config: GPSConfig) -> None:
        super().__init__()
        self.config = config
        width = config.joint.width
        self.spatial = SpatialTransformer(config.spatial)
        self.joint = JointTransformer(config.joint)
        self.similarity, self.mlp = SimilarityGrounding(), GroundingMLP(width)
        self.scene = SceneEmbedding(width, compat=config.compat)
        self.scene_temperature = Temperature()  # in the network, so that the optimiser cannot miss it
        self.answer = AnswerHead(width, config.answers) if config.answers else None
        self.word = WordHead(width, config.vocabulary) if config.vocabulary else None

    def forward(self, objects: ObjectTokens, text: TextFeatures, scene_of: Tensor | None = None) -> GPSOutput:
        """Encode scenes, read sentences, run every head but `word`.

        Args:
            objects: of S scenes; text: B sentences.
            scene_of: (B,) int64 scene of each sentence; None: sentence i is about scene i.
        """
        rows = torch.arange(len(text.sentence), device=text.sentence.device) if scene_of is None else scene_of
        if self.config.spatial.language:
            placed = seen_from = self.spatial(objects.rows(rows), text.sentence)
            scene = mean_by_row(self.scene(placed.features, placed.mask), rows, len(objects.mask))
        else:
            placed = self.spatial(objects)
            seen_from = placed.rows(rows)
            scene = self.scene(placed.features, placed.mask)
        words, seen = self.joint(text.tokens, text.mask, seen_from)
        return GPSOutput(
            placed=placed,
            objects=seen,
            words=words,
            similarity=self.similarity(seen, words[:, 0], seen_from.mask),
            mlp=self.mlp(seen, seen_from.mask),
            scene=scene,
            caption=text.sentence,
            answers=self.answer(words, text.mask, seen, seen_from.mask) if self.answer is not None else None,
        )


def mean_by_row(values: Tensor, row: Tensor, count: int) -> Tensor:
    """(B, D) values and (B,) int64 rows -> (count, D) mean of the values of each row, zero where there is none."""
    total = values.new_zeros(count, values.shape[1]).index_add(0, row, values)
    return total / torch.bincount(row, minlength=count).clamp_min(1)[:, None]
