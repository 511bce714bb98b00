"""The scene side alone, as it is pre-trained: detector, scene encoder, and the temperature of the contrastive loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.scene_encoder import SceneEncoder, SceneEncoding, Temperature
from sceneglot.nets.votenet import VoteNet, VoteNetOutput
from sceneglot.tasks.sample import ScenePoints
from sceneglot.tasks.vqa.net import SceneSpec, scene_spec


@dataclass(frozen=True, eq=False)
class AlignOutput:
    """One forward pass over S scenes."""

    detected: VoteNetOutput
    encoding: SceneEncoding


class AlignNet(nn.Module):
    """`detector` and `encoder` have the names they have in `VQASystem`, so that one loads from the other."""

    def __init__(self, spec: SceneSpec) -> None:
        super().__init__()
        self.spec = spec
        self.detector = VoteNet(spec.detector())
        self.encoder = SceneEncoder(spec.encoder())
        width = spec.encoder().width
        self.object_embedding = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, spec.embedding))
        # Inside the net, so that the optimiser cannot miss them.
        self.temperature = Temperature()
        self.object_temperature = Temperature()

    def forward(self, scenes: ScenePoints) -> AlignOutput:
        """Detect and encode S scenes."""
        detected = self.detector(scenes.xyz, scenes.features if scenes.features.shape[-1] else None)
        return AlignOutput(detected, self.encoder(detected))

    def embed_objects(self, output: AlignOutput, scene: Tensor, member: Tensor) -> Tensor:
        """(T, E) embeddings of objects, each the mean of the tokens of its proposals.

        Args:
            scene: (T,) int64 row of the scene of each object; member: (T, P) bool, its proposals; at least one.
        """
        share = member / member.sum(1, keepdim=True).clamp_min(1)
        return self.object_embedding(torch.einsum("tp,tpd->td", share, output.encoding.tokens[scene]))

    def scale(self) -> Tensor:
        """Inverse temperature of the contrastive loss."""
        return self.temperature()


def align_facts(spec: SceneSpec) -> dict[str, Any]:
    """JSON-able description of a pre-trained scene side, stored in its checkpoints."""
    return {"task": "alignment", "spec": asdict(spec)}


def align_spec(facts: Mapping[str, Any]) -> SceneSpec:
    """Inverse of `align_facts`; also reads the scene side out of a question-answering checkpoint.

    Raises:
        SceneglotError: the checkpoint has no scene side.
    """
    if facts.get("task") == "alignment":
        return scene_spec(facts["spec"])
    if facts.get("task") == "vqa":
        return scene_spec(facts["spec"]["scene"])
    raise SceneglotError(f"the checkpoint is for {facts.get('task', 'an unknown task')!r}: it has no scene encoder")
