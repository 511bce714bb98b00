"""Boxes of a detector in place of annotated ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.nets.sparse_votenet import SparseVoteNet
from sceneglot.ops.boxes import pairwise_iou
from sceneglot.scenes import Objects
from sceneglot.scenes.labels import SCANNET18
from sceneglot.tasks.alignment.net import AlignNet, align_facts
from sceneglot.tasks.detection.spec import DetectionSpec
from sceneglot.tasks.gps.grounder import with_boxes
from sceneglot.tasks.gps.objects import ObjectConfig, point_objects
from sceneglot.tasks.gps.proposals import ProposalConfig, VoteNetProposals
from sceneglot.tasks.sample import PointConfig
from sceneglot.tasks.vqa.net import SceneSpec

SPEC = SceneSpec("tiny", PointConfig(points=512), 8, tuple((0.5, 0.5, 0.5) for _ in range(18)), "toy", "")


def detector(**options) -> VoteNetProposals:
    torch.manual_seed(0)
    return VoteNetProposals(align_facts(SPEC), AlignNet(SPEC).state_dict(), ProposalConfig(**options))


def test_boxes_are_labelled_few_sure_and_apart():
    scene = toy_scene(0)
    found = detector(most=5, probability=0.0)(scene)
    assert 0 < len(found) <= 5 and found.id.tolist() == list(range(len(found)))
    assert set(found.label) <= set(SCANNET18)
    center, size = torch.from_numpy(found.center)[None], torch.from_numpy(found.size)[None]
    overlap = pairwise_iou(center, size, center, size)[0].fill_diagonal_(0)
    same = torch.tensor([[a == b for a in found.label] for b in found.label])
    assert overlap[same].max() <= 0.25
    np.testing.assert_array_equal(detector(most=5, probability=0.0)(scene).center, found.center)
    assert len(detector(probability=1.1)(scene)) == 0


def test_sparse_detectors_propose_too():
    torch.manual_seed(0)
    spec = DetectionSpec(tuple((0.5, 0.5, 0.5) for _ in range(18)), points=512)
    find = VoteNetProposals(spec.facts(), SparseVoteNet(spec.network()).state_dict(), ProposalConfig(7, 0.0))
    found = find(toy_scene(0))
    assert 0 < len(found) <= 7 and set(found.label) <= set(SCANNET18)


def test_detected_objects_have_the_points_inside_their_boxes():
    scene = toy_scene(0)
    boxes = Objects(np.arange(2), ("chair", "table"), scene.objects.center[:2], scene.objects.size[:2] + 0.02)
    cut = point_objects(with_boxes(scene, boxes), ObjectConfig(32, 9, "box"), np.random.default_rng(0))
    assert cut.ids.tolist() == [0, 1]
    np.testing.assert_allclose(cut.location[:, 3:], scene.objects.size[:2], atol=0.1)


def test_runs_without_a_fitting_detector_are_refused():
    with pytest.raises(SceneglotError, match="no scene encoder"):
        VoteNetProposals({"task": "grounding"}, {})
    wide = replace(SPEC, points=PointConfig(points=512, multiview=4))
    with pytest.raises(SceneglotError, match="picture features"):
        VoteNetProposals(align_facts(wide), {})
