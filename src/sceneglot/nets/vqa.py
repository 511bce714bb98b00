"""Whole question-answering networks: a detector, an optional scene encoder, and one of the readers.

| system | encoder | reader |
|---|---|---|
| CLIP-guided 3D VQA (ours) | `SceneEncoder` | `Fusion` |
| ScanQA | none | `ScanQA` |
| ScanRefer + MCAN | none | `ScanReferMcan` |
| blind | none, and no detector | `Blind` (called on its own) |

Shapes: S scenes, Q questions, N points, L text tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.fusion import Fusion, FusionConfig
from sceneglot.nets.heads import VQAOutput
from sceneglot.nets.mcan import McanConfig, ScanQA
from sceneglot.nets.rows import take_rows
from sceneglot.nets.scanrefer import ScanReferMcan
from sceneglot.nets.scene_encoder import SceneEncoder, SceneEncoderConfig, SceneEncoding
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, VoteNetOutput


@dataclass(frozen=True, eq=False)
class VQANetOutput:
    """Everything a seeing network says.

    Attributes:
        detected: proposals of the S scenes.
        scene: encodings of the S scenes; None for the baselines without a scene encoder.
        answer: answers to the Q questions.
    """

    detected: VoteNetOutput
    scene: SceneEncoding | None
    answer: VQAOutput


class SceneQA(nn.Module):
    """The network of CLIP-guided 3D VQA: detector, scene encoder, fusion."""

    def __init__(self, detector: VoteNetConfig, encoder: SceneEncoderConfig, fusion: FusionConfig) -> None:
        super().__init__()
        self.detector, self.encoder, self.reader = VoteNet(detector), SceneEncoder(encoder), Fusion(fusion)

    def forward(
        self,
        xyz: Tensor,
        features: Tensor | None,
        tokens: Tensor,
        mask: Tensor,
        scene_of_question: Tensor | None = None,
    ) -> VQANetOutput:
        """Answer Q questions about S scenes.

        Args:
            xyz: (S, N, 3) float32, metres.
            features: (S, N, C) extra channels or None.
            tokens: (Q, L, text_width) token features of the teacher.
            mask: (Q, L) bool, True for real tokens, which come first.
            scene_of_question: (Q,) int64 rows of the scenes; None: question i is about scene i.
        """
        detected = self.detector(xyz, features)
        scene = self.encoder(detected)
        rows = _rows(scene_of_question, tokens)
        answer = self.reader(tokens, mask, take_rows(scene, rows), take_rows(detected, rows))
        return VQANetOutput(detected, scene, answer)


class BaselineQA(nn.Module):
    """A detector under ScanQA's reader or ScanRefer + MCAN."""

    def __init__(self, detector: VoteNetConfig, config: McanConfig, *, scanrefer: bool = False) -> None:
        super().__init__()
        self.detector = VoteNet(detector)
        self.reader = ScanReferMcan(config) if scanrefer else ScanQA(config)

    def forward(
        self,
        xyz: Tensor,
        features: Tensor | None,
        tokens: Tensor,
        mask: Tensor,
        scene_of_question: Tensor | None = None,
    ) -> VQANetOutput:
        """Answer Q questions about S scenes; arguments as `SceneQA`."""
        detected = self.detector(xyz, features)
        answer = self.reader(tokens, mask, take_rows(detected, _rows(scene_of_question, tokens)))
        return VQANetOutput(detected, None, answer)


def _rows(scene_of_question: Tensor | None, tokens: Tensor) -> Tensor:
    return torch.arange(len(tokens), device=tokens.device) if scene_of_question is None else scene_of_question
