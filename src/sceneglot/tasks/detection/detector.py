"""A trained detector as users see it: scene in, labelled boxes with scores out.

Two kinds of networks stand behind it: VoteNet, which every question-answering and pre-training run holds, and VoteNet
on a sparse U-Net.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.loading import load_matching
from sceneglot.nets.sparse_votenet import SparseVoteNet
from sceneglot.nets.votenet import VoteNet, VoteNetOutput
from sceneglot.ops.boxes import suppress
from sceneglot.scenes import Scene
from sceneglot.scenes.labels import SCANNET18
from sceneglot.tasks.alignment.net import align_spec
from sceneglot.tasks.augment import prepare, scene_rng
from sceneglot.tasks.detection.spec import DetectionSpec
from sceneglot.tasks.lifted import lift_scene
from sceneglot.tasks.sample import PointConfig, SceneSample, collate_scenes, scene_sample
from sceneglot.teachers import load_teacher


@dataclass(frozen=True)
class DetectConfig:
    """Which boxes are shown."""

    score: float = 0.3
    """Probability of being an object times that of its class, at least."""
    overlap: float = 0.25
    """IoU above which the less sure of two boxes of one class falls (VoteNet)."""
    most: int = 100
    """The surest ones."""


@dataclass(frozen=True, eq=False)
class DetectedBoxes:
    """Boxes of one scene, the surest first.

    Attributes:
        center, size: (K, 3) float32 metres, full extents. label: K names of ScanNet's 18 classes. score: (K,) in 0..1.
    """

    center: np.ndarray
    size: np.ndarray
    label: tuple[str, ...]
    score: np.ndarray

    def row_of_points(self, xyz: np.ndarray) -> np.ndarray:
        """(N,) int64 row of the smallest box each point is in, -1 for none."""
        rows = np.full(len(xyz), -1, np.int64)
        for row in np.argsort(-self.size.prod(1), kind="stable"):
            rows[(np.abs(xyz - self.center[row]) <= self.size[row] / 2).all(1)] = row
        return rows


class Detector:
    """A network with its weights, ready to use.

    Args:
        net: (B, N, 3) points and (B, N, C) features -> boxes. points: what it sees of a point.
        sample: scene -> its arrays.
    """

    def __init__(self, net: nn.Module, points: PointConfig, sample: Callable[[Scene], SceneSample]) -> None:
        self.net, self.points, self._sample = net.eval(), points, sample

    @classmethod
    def of_checkpoint(cls, facts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Detector:
        """From the facts and weights of a run that holds a detector.

        Raises:
            SceneglotError: it holds none, or weights that do not fit.
        """
        if facts.get("task") == "detection":
            spec = DetectionSpec.from_facts(facts)
            net: nn.Module = SparseVoteNet(spec.network())
            load_matching(net, tensors)
            return cls(net, spec.sample, spec.sample_of)
        scene = align_spec(facts)
        if not any(name.startswith("detector.") for name in tensors):
            raise SceneglotError("the run holds no detector: it never looks at a scene")
        net = VoteNet(scene.detector())
        load_matching(net, tensors, prefix="detector.")
        teacher = cache(lambda: load_teacher(scene.teacher))
        channels = scene.points.multiview
        return cls(
            net, scene.points, lambda s: scene_sample(s, lift_scene(s, teacher(), channels) if channels else None)
        )

    @torch.no_grad()
    def forward(self, scene: Scene) -> tuple[VoteNetOutput, SceneSample]:
        """The network's raw output for one scene, on the CPU wherever the network is, and the points it was shown.

        Same scene, same points.
        """
        drawn = prepare(self._sample(scene), self.points, None, scene_rng(0, 0, scene.id))
        batch = collate_scenes([drawn], self.points)
        place = next((parameter.device for parameter in self.net.parameters()), batch.xyz.device)
        batch = batch.to(place)
        return _on_cpu(self.net(batch.xyz, batch.features if batch.features.shape[-1] else None)), drawn

    def detect(self, scene: Scene, config: DetectConfig = DetectConfig()) -> DetectedBoxes:
        """Labelled boxes of a scene.

        Raises:
            SceneglotError: a scene without points.
        """
        found, _ = self.forward(scene)
        sure, label = found.semantic.softmax(-1).max(-1)
        score = found.object_probability * sure
        valid = score >= config.score
        kept = suppress(found.center, found.size, score, label=label, threshold=config.overlap, valid=valid)[0]
        rows = kept.nonzero()[:, 0]
        rows = rows[score[0, rows].argsort(descending=True, stable=True)][: config.most]
        names = tuple(SCANNET18[int(i)] for i in label[0, rows])
        return DetectedBoxes(found.center[0, rows].numpy(), found.size[0, rows].numpy(), names, score[0, rows].numpy())


def _on_cpu(output: VoteNetOutput) -> VoteNetOutput:
    parts = {f.name: getattr(output, f.name) for f in fields(output) if f.name != "seeds"}
    seeds = replace(output.seeds, **{f.name: getattr(output.seeds, f.name).cpu() for f in fields(output.seeds)})
    return replace(output, seeds=seeds, **{name: part.cpu() for name, part in parts.items()})
