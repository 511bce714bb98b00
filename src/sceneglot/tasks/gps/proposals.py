"""Detected objects in place of annotated ones: what the protocol "detected" lets a grounder choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.boxes import suppress
from sceneglot.scenes import Objects, Scene
from sceneglot.scenes.labels import SCANNET18
from sceneglot.tasks.alignment.net import align_spec
from sceneglot.tasks.detection.detector import Detector


@dataclass(frozen=True)
class ProposalConfig:
    """Which boxes are kept.

    Attributes:
        most: the surest ones (GPS takes the first 50 proposals of a scan).
        probability: of being an object, at least.
        overlap: IoU above which the less sure of two boxes of one class falls (VoteNet: 0.25).
    """

    most: int = 50
    probability: float = 0.05
    overlap: float = 0.25


class VoteNetProposals:
    """Boxes of a trained VoteNet, on points or on sparse features: scene -> objects labelled with ScanNet's 18 classes.

    Args:
        facts, tensors: of the checkpoint of a detection, question-answering or pre-training run.

    Raises:
        SceneglotError: the checkpoint has no detector, or one that needs picture features.
    """

    def __init__(
        self, facts: Mapping[str, Any], tensors: Mapping[str, Tensor], config: ProposalConfig | None = None
    ) -> None:
        if facts.get("task") != "detection" and align_spec(facts).points.multiview:
            raise SceneglotError("the detector of this run needs picture features; name a run without them")
        self.detector, self.config = Detector.of_checkpoint(facts, tensors), config or ProposalConfig()

    def __call__(self, scene: Scene) -> Objects:
        """Detected boxes, the surest first; ids count from 0, colours are the mean over the points inside.

        Raises:
            SceneglotError: the scene has no points.
        """
        found, _ = self.detector.forward(scene)
        score, label = found.object_probability, found.semantic.argmax(-1)
        sure = score >= self.config.probability
        kept = suppress(found.center, found.size, score, label=label, threshold=self.config.overlap, valid=sure)[0]
        rows = torch.nonzero(kept).squeeze(1)
        rows = rows[score[0, rows].argsort(descending=True, stable=True)][: self.config.most]
        center, size = found.center[0, rows].numpy(), found.size[0, rows].numpy()
        names = tuple(SCANNET18[int(i)] for i in label[0, rows])
        return Objects(np.arange(len(rows)), names, center, size, _colors(scene, center, size))


def _colors(scene: Scene, center: np.ndarray, size: np.ndarray) -> np.ndarray:
    """(K, 3) uint8 mean colour of the points in each box, mid-grey for empty ones."""
    xyz, colors = np.asarray(scene.xyz), np.full((len(center), 3), 128, np.uint8)
    for row, (c, s) in enumerate(zip(center, size)):
        inside = (np.abs(xyz - c) <= s / 2).all(1)
        if inside.any():
            colors[row] = scene.rgb[inside].mean(0)
    return colors
