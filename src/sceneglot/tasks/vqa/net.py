"""The five question-answering systems of the table, behind one forward pass.

| name | scene | question and fusion |
|---|---|---|
| clip-vqa | VoteNet, scene encoder with class token | fusion transformer (arXiv 2304.06061) |
| scanqa | VoteNet | LSTM, MCAN (ScanQA) |
| scanqa-multiview | the same on points with lifted picture features | the same |
| scanrefer-mcan | VoteNet | ScanRefer's matching for the box, MCAN for the answer |
| blind | only the bounds of the scene | transformer over the question |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.blind import Blind, BlindConfig
from sceneglot.nets.fusion import Fusion, FusionConfig
from sceneglot.nets.heads import VQAOutput
from sceneglot.nets.mcan import McanConfig, ScanQA
from sceneglot.nets.mean_sizes import Sizes
from sceneglot.nets.rows import keep_proposals, keep_tokens, likeliest_proposals, take_rows
from sceneglot.nets.scanrefer import ScanReferMcan
from sceneglot.nets.scene_encoder import SceneEncoder, SceneEncoderConfig, SceneEncoding
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, VoteNetOutput
from sceneglot.tasks.sample import PointConfig, ScenePoints
from sceneglot.tasks.vqa.answers import AnswerVocabulary

ModelName = Literal["clip-vqa", "scanqa", "scanqa-multiview", "scanrefer-mcan", "blind"]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
Size = Literal["tiny", "paper"]


@dataclass(frozen=True)
class SceneSpec:
    """What it takes to rebuild the scene side of a network from a checkpoint.

    Attributes:
        size: "tiny" for two CPU cores, "paper" for a GPU.
        points: what the network sees of a point.
        embedding: width of the teacher's joint space.
        mean_sizes: (18, 3) metres, from the training boxes.
        teacher: its name; teacher_fingerprint: hash of its weights.
    """

    size: Size
    points: PointConfig
    embedding: int
    mean_sizes: Sizes
    teacher: str
    teacher_fingerprint: str

    @property
    def read_proposals(self) -> int:
        """How many proposals, the likeliest ones, questions look at; all 256 at paper size."""
        return 48 if self.size == "tiny" else 256

    def detector(self) -> VoteNetConfig:
        """The detector's configuration; seed width 512 at paper size, as in CLIP-guided 3D VQA."""
        if self.size == "tiny":
            return VoteNetConfig.tiny(extra_channels=self.points.channels, mean_sizes=self.mean_sizes)
        return VoteNetConfig.paper(extra_channels=self.points.channels, seed_width=512, mean_sizes=self.mean_sizes)

    def encoder(self) -> SceneEncoderConfig:
        """The scene encoder's configuration."""
        return (
            SceneEncoderConfig.tiny(embedding=self.embedding)
            if self.size == "tiny"
            else SceneEncoderConfig.paper(embedding=self.embedding)
        )


@dataclass(frozen=True)
class VQASpec:
    """What it takes to rebuild a question-answering network and to use it.

    Attributes:
        model: one of `MODELS`.
        scene: its scene side.
        text_width: width of the teacher's token features.
        answers: the closed answer vocabulary.
    """

    model: ModelName
    scene: SceneSpec
    text_width: int
    answers: AnswerVocabulary

    def facts(self) -> dict[str, Any]:
        """JSON-able description, stored in every checkpoint."""
        return {"task": "vqa", "spec": asdict(self)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> VQASpec:
        """Inverse of `facts`.

        Raises:
            SceneglotError: the checkpoint is for another task.
        """
        if facts.get("task") != "vqa":
            task = facts.get("task", "an unknown task")
            raise SceneglotError(
                f"the checkpoint is for {task!r}, not for questions; name a run of 'train vqa' (eval: or the --task)"
            )
        spec = facts["spec"]
        known = spec["answers"]
        vocabulary = AnswerVocabulary(tuple(known["answers"]), tuple(known["counts"]), int(known["questions"]))
        return cls(spec["model"], scene_spec(spec["scene"]), spec["text_width"], vocabulary)


def scene_spec(values: Mapping[str, Any]) -> SceneSpec:
    """A SceneSpec from its JSON form."""
    sizes = tuple(tuple(row) for row in values["mean_sizes"])
    return SceneSpec(**{**values, "points": PointConfig(**values["points"]), "mean_sizes": sizes})


@dataclass(frozen=True, eq=False)
class SystemOutput:
    """One forward pass: what was detected per scene (None for the blind system), and the answers per question."""

    detected: VoteNetOutput | None
    encoding: SceneEncoding | None
    answers: VQAOutput


class VQASystem(nn.Module):
    """Detector, scene encoder (clip-vqa only) and reader of one row of the table."""

    def __init__(self, spec: VQASpec) -> None:
        super().__init__()
        self.spec = spec
        sees = spec.model != "blind"
        self.detector = VoteNet(spec.scene.detector()) if sees else None
        self.encoder = SceneEncoder(spec.scene.encoder()) if spec.model == "clip-vqa" else None
        self.reader = _reader(spec)
        with torch.no_grad():
            self.reader.answer[-1].bias.copy_(torch.from_numpy(spec.answers.prior_logits()))  # type: ignore[union-attr, index, operator]

    def forward(self, scenes: ScenePoints, scene_of: Tensor, tokens: Tensor, token_mask: Tensor) -> SystemOutput:
        """Encode S scenes once and answer Q questions, question q about scene `scene_of[q]`.

        Args:
            scene_of: (Q,) int64.
            tokens: (Q, L, text_width); token_mask: (Q, L) bool.
        """
        if self.detector is None:
            low, high = scenes.xyz.amin(1), scenes.xyz.amax(1)
            return SystemOutput(None, None, self.reader(tokens, token_mask, low[scene_of], high[scene_of]))
        detected = self.detector(scenes.xyz, scenes.features if scenes.features.shape[-1] else None)
        # Questions read the likeliest proposals only: each question pays for every token it may look at.
        index = likeliest_proposals(detected, self.spec.scene.read_proposals)
        asked = take_rows(keep_proposals(detected, index), scene_of)
        if self.encoder is None:
            return SystemOutput(detected, None, self.reader(tokens, token_mask, asked))
        encoding = self.encoder(detected)
        seen = take_rows(keep_tokens(encoding, index), scene_of)
        return SystemOutput(detected, encoding, self.reader(tokens, token_mask, seen, asked))


def _reader(spec: VQASpec) -> nn.Module:
    answers, tiny = len(spec.answers), spec.scene.size == "tiny"
    if spec.model == "blind":
        make = BlindConfig.tiny if tiny else BlindConfig
        return Blind(make(answers, text_width=spec.text_width))
    if spec.model == "clip-vqa":
        width = spec.scene.encoder().width
        make_fusion = FusionConfig.tiny if tiny else FusionConfig.paper
        return Fusion(make_fusion(answers, text_width=spec.text_width, scene_width=width))
    proposals = spec.scene.detector().proposals.widths[-1]
    make_mcan = McanConfig.tiny if tiny else McanConfig
    config = make_mcan(answers, text_width=spec.text_width, proposal_width=proposals)
    return ScanReferMcan(config) if spec.model == "scanrefer-mcan" else ScanQA(config)
