"""From raw network output to boxes users see, and their scores."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tests.tasks.fakes import toy_scene
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.mean_sizes import SCANNET_SCANREFER
from sceneglot.nets.pointnet2 import SeedOutput
from sceneglot.nets.votenet import VoteNetOutput
from sceneglot.scenes.labels import SCANNET18
from sceneglot.tasks.augment import prepare, scene_rng
from sceneglot.tasks.detection.detector import DetectConfig, DetectedBoxes, Detector
from sceneglot.tasks.detection.evaluate import score_detector
from sceneglot.tasks.detection.spec import DetectionSpec
from sceneglot.tasks.sample import PointConfig, scene_sample
from sceneglot.tasks.segmentation.spec import Inputs
from sceneglot.tasks.vqa.evaluate import detection_scores

CHAIR, TABLE = SCANNET18.index("chair"), SCANNET18.index("table")


class Says(nn.Module):
    """A network that always answers the same boxes: (K, 3), (K, 3), K classes, K objectness logits."""

    def __init__(self, center: np.ndarray, size: np.ndarray, label: list[int], sure: list[float]) -> None:
        super().__init__()
        self.answer = (torch.as_tensor(center).float(), torch.as_tensor(size).float(), label, sure)

    def forward(self, xyz: torch.Tensor, features: torch.Tensor | None = None) -> VoteNetOutput:
        center, size, label, sure = self.answer
        k, none = len(center), torch.zeros(1, len(center), 1)
        semantic = torch.zeros(1, k, 18)
        semantic[0, torch.arange(k), torch.tensor(label, dtype=torch.int64)] = 20.0
        objectness = torch.stack([torch.zeros(k), torch.tensor(sure)], 1)[None]
        seeds = SeedOutput(xyz[:, :k], xyz[:, :k], torch.arange(k)[None])
        boxes = (center[None], none, none, semantic[..., :1], semantic[..., None], semantic)
        return VoteNetOutput(seeds, center[None], center[None], none, objectness, *boxes, size[None], none[..., 0])


def detector(*answer: object) -> Detector:
    return Detector(Says(*answer), PointConfig(100), scene_sample)  # type: ignore[arg-type]


def test_boxes_come_surest_first_without_doubles_and_faint_ones():
    center = np.array([[0, 0, 0], [0.05, 0, 0], [0, 0, 0], [5, 0, 0], [9, 0, 0.0]])
    label = [CHAIR, CHAIR, TABLE, CHAIR, CHAIR]
    found = detector(center, np.ones((5, 3)), label, [1.0, 2.0, 3.0, 0.5, -3.0]).detect(toy_scene())
    assert found.label == ("table", "chair", "chair")  # the fainter double and the box below the score are gone
    np.testing.assert_allclose(found.center[:, 0], [0, 0.05, 5], atol=1e-6)
    np.testing.assert_allclose(found.score, 1 / (1 + np.exp(-np.array([3.0, 2.0, 0.5]))), rtol=1e-5)
    few = detector(center, np.ones((5, 3)), label, [1.0, 2.0, 3.0, 0.5, -3.0]).detect(
        toy_scene(), DetectConfig(score=0.0, overlap=1.0, most=2)
    )
    assert len(few.label) == 2


def test_points_belong_to_the_smallest_box():
    boxes = DetectedBoxes(
        np.array([[0, 0, 0], [0.2, 0, 0.0]]), np.array([[2, 2, 2], [0.5, 0.5, 0.5]]), ("a", "b"), np.ones(2)
    )
    xyz = np.array([[0.3, 0, 0], [-0.5, 0, 0], [1.01, 0, 0], [1.0, 1.0, 1.0]])
    assert boxes.row_of_points(xyz).tolist() == [1, 0, -1, 0]
    none = DetectedBoxes(np.zeros((0, 3)), np.zeros((0, 3)), (), np.zeros(0))
    assert none.row_of_points(xyz).tolist() == [-1] * 4


def test_the_true_boxes_score_one_and_shifted_ones_less():
    scene = toy_scene(3, boxes=3)
    sample = scene_sample(scene)
    label = sample.box_class.tolist()
    right = score_detector(detector(sample.box_center, sample.box_size, label, [9.0] * 3), [scene]).metrics()
    assert right == pytest.approx({"mAP@0.25": 1, "mAP@0.5": 1, "AR@0.25": 1, "AR@0.5": 1})
    moved = sample.box_center + 0.45 * sample.box_size * [1, 0, 0]  # IoU .55 / 1.45 = .38
    shifted = score_detector(detector(moved, sample.box_size, label, [9.0] * 3), [scene])
    assert shifted.metrics() == pytest.approx({"mAP@0.25": 1, "mAP@0.5": 0, "AR@0.25": 1, "AR@0.5": 0})
    assert set(shifted.summary()["classes"]) == {SCANNET18[k] for k in label}


class Elsewhere(Says):
    """Lives on another device, as networks do that are scored while they train on a GPU."""

    def __init__(self, *answer: object) -> None:
        super().__init__(*answer)  # type: ignore[arg-type]
        self.weight = nn.Parameter(torch.zeros(1, device="meta"))

    def forward(self, xyz: torch.Tensor, features: torch.Tensor | None = None) -> VoteNetOutput:
        assert features is not None and xyz.device == features.device == self.weight.device
        return super().forward(torch.zeros(xyz.shape), None)


def test_points_go_where_the_network_is_and_boxes_come_back():
    points, scene = PointConfig(100), toy_scene(3, boxes=3)
    sample = scene_sample(scene)
    net = Elsewhere(sample.box_center, sample.box_size, sample.box_class.tolist(), [9.0] * 3)
    assert len(Detector(net, points, scene_sample).detect(scene).label) == 3
    system = nn.Module()
    system.detector, system.spec = net, SimpleNamespace(scene=SimpleNamespace(points=points))  # type: ignore[assignment]
    drawn = prepare(sample, points, None, scene_rng(0, 0, scene.id))
    assert detection_scores(system, [drawn]) == pytest.approx({"mAP@0.25": 100, "mAP@0.5": 100})  # type: ignore[arg-type]


def test_spec_there_and_back():
    spec = DetectionSpec(SCANNET_SCANREFER, "tiny", 0.05, Inputs(intensity=True), 500)
    assert DetectionSpec.from_facts(spec.facts()) == spec and spec.sample.channels == 6
    with pytest.raises(SceneglotError, match="not for detection"):
        DetectionSpec.from_facts({"task": "vqa"})
