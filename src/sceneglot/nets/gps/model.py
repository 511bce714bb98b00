"""GPS assembled: object tokens and text in; pointing, answers, masked words and a scene embedding out.

Shapes: B sentences (one scene each), N objects, L tokens, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
        placed: objects after the spatial transformer, before they met the text.
        objects: (B, N, D) and words (B, L, D) after the joint transformer.
        similarity, mlp: (B, N) grounding logits of the two heads.
        scene: (B, D) scene embedding; caption: (B, D) the text's first token before fusion.
        answers: (B, V) logits or None; vocabulary: (B, L, V) masked-word logits or None.
    """

    placed: ObjectTokens
    objects: Tensor
    words: Tensor
    similarity: Tensor
    mlp: Tensor
    scene: Tensor
    caption: Tensor
    answers: Tensor | None
    vocabulary: Tensor | None


class GPS(nn.Module):
    """Spatial transformer, joint transformer, heads. Object and text encoders are given to it as tokens."""

    def __init__(self, config: GPSConfig) -> None:
        super().__init__()
        self.config = config
        width = config.joint.width
        self.spatial = SpatialTransformer(config.spatial)
        self.joint = JointTransformer(config.joint)
        self.similarity, self.mlp = SimilarityGrounding(), GroundingMLP(width)
        self.scene = SceneEmbedding(width, compat=config.compat)
        # Temperatures live in the network, so that the optimiser cannot miss them.
        self.scene_temperature = Temperature()
        self.object_temperature = Temperature()
        self.answer = AnswerHead(width, config.answers) if config.answers else None
        self.word = WordHead(width, config.vocabulary) if config.vocabulary else None

    def forward(self, objects: ObjectTokens, text: TextFeatures) -> GPSOutput:
        """Encode scenes, read sentences, run every head that is there."""
        language = text.sentence if self.config.spatial.language else None
        placed = self.spatial(objects, language)
        words, seen = self.joint(text.tokens, text.mask, placed)
        return GPSOutput(
            placed=placed,
            objects=seen,
            words=words,
            similarity=self.similarity(seen, words[:, 0], placed.mask),
            mlp=self.mlp(seen, placed.mask),
            scene=self.scene(placed.features, placed.mask),
            caption=text.sentence,
            answers=self.answer(words, text.mask, seen, placed.mask) if self.answer is not None else None,
            vocabulary=self.word(words) if self.word is not None else None,
        )
