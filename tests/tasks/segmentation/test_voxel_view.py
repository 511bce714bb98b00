"""What voxels are taught by few labels and beside hidden classes; terms in mixed precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.tasks.segmentation.test_objective import CASES, LABELS, NOTHING, batch, spec

from sceneglot.losses.ws3d.schedule import Slide
from sceneglot.losses.ws3d.supervised import cross_entropy, lovasz_softmax
from sceneglot.ops.sparse import voxelise
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.data import LabelledCloud, SegmentationBatch, collate
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.objective import VoxelView, _offset_targets, segmentation_objective

CHAIR = LABELS.classes.index("chair")


def cloud(label: list[int], inside: list[bool], *, dense: bool, sparse: bool) -> LabelledCloud:
    """Points in one region, two to a voxel of 0.2 m, each a metre below its instance's centre where it has one."""
    n = len(label)
    xyz = np.stack([np.arange(n) // 2 * 0.2 + 0.05, np.full(n, 0.1), np.arange(n) % 2 * 0.1 + 0.02], 1)
    offset = np.where(np.array(inside)[:, None], np.array([[0.0, 0.0, 1.0]]), 0.0)
    return LabelledCloud(
        "toy", xyz.astype(np.float32), np.zeros((n, 5), np.float32), np.array(label), np.zeros(n, np.int64),
        dense, sparse, offset.astype(np.float32), np.array(inside), np.zeros((1, 0), np.float32),
    )  # fmt: skip


def view(*clouds: LabelledCloud) -> VoxelView:
    torch.manual_seed(0)
    found = collate([clouds])
    assert len(voxelise(found.cloud.xyz, 0.2).grid) * 2 == len(found.label)
    return VoxelView.of(SegmentationNet(spec())(found.cloud), found)


def test_one_labelled_point_teaches_its_voxel_the_whole_offset() -> None:
    found = view(cloud([CHAIR, -1, -1, -1], [True, False, False, False], dense=False, sparse=True))
    target, taught = _offset_targets(found)
    assert taught.tolist() == [True, False]
    torch.testing.assert_close(target[0], torch.tensor([0.0, 0.0, 1.0]))


def test_points_of_nothing_outvote_but_never_dilute() -> None:
    most, half = [True, True, True, False], [CHAIR, CHAIR, CHAIR, -1]
    target, taught = _offset_targets(view(cloud(half, most, dense=True, sparse=False)))
    assert taught.tolist() == [True, False]  # of the second voxel only half is a thing
    torch.testing.assert_close(target, torch.tensor([[0.0, 0.0, 1.0]] * 2))


def test_few_points_speak_for_their_region_and_hidden_classes_are_not_spoken_for() -> None:
    label, none = [CHAIR, CHAIR] + [-1] * 6, [False] * 8
    sparse = view(cloud(label, none, dense=False, sparse=True))
    assert sparse.spoken.tolist() == [False, True, True, True] and sparse.annotated.tolist() == [CHAIR]
    hidden = view(cloud(label, none, dense=False, sparse=False))
    assert hidden.free.tolist() == sparse.free.tolist() and not hidden.spoken.any()
    assert hidden.annotated.tolist() == [-1]
    assert sparse.boundary_targets.label.tolist() == [CHAIR] * 4
    assert hidden.boundary_targets.label.tolist() == [CHAIR, -1, -1, -1]
    mostly = view(cloud([CHAIR] * 6 + [-1] * 2, none, dense=False, sparse=False))
    assert mostly.annotated.tolist() == [CHAIR] and not mostly.spoken.any()


def test_hidden_classes_are_not_taught_as_their_neighbours(toy_rooms: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    taught: list[torch.Tensor] = []

    def spy(logits: torch.Tensor, label: torch.Tensor, *weight: torch.Tensor) -> torch.Tensor:
        taught.append(label)
        return cross_entropy(logits, label, *weight)

    monkeypatch.setattr("sceneglot.tasks.segmentation.objective.cross_entropy", spy)
    found = batch(toy_rooms, Annotation(), novel=("chair",))
    sure_of_nothing = replace(CASES["pseudo"][0].region_aware, gamma=Slide(2.0, 2.0))
    segmentation_objective(SegmentationNet(spec()), found, replace(NOTHING, region_aware=sure_of_nothing), 1.0)
    assert len(taught) == 1 and bool((taught[0] < 0).all())


def mixed(found: SegmentationBatch, name: str) -> tuple[float, torch.Tensor]:
    torch.manual_seed(0)
    net = SegmentationNet(spec(teacher="fake", embedding=6))
    with torch.autocast("cpu", torch.bfloat16):
        total, terms = segmentation_objective(net, found, CASES[name][0], 1.0)
    total.backward()
    return float(terms[name]), total


@pytest.mark.parametrize("name", CASES)
def test_every_term_works_in_mixed_precision(toy_rooms: Store, name: str) -> None:
    found = batch(toy_rooms, Annotation(percent=50), 6)
    torch.manual_seed(0)
    _, terms = segmentation_objective(SegmentationNet(spec(teacher="fake", embedding=6)), found, CASES[name][0], 1.0)
    value, _ = mixed(found, name)
    assert value == pytest.approx(float(terms[name]), rel=0.05, abs=0.02)


def test_lovasz_has_the_same_gradient_under_autocast() -> None:
    torch.manual_seed(0)
    label = torch.randint(0, 20, (20_000,))
    logits = torch.randn(20_000, 20) + 3 * torch.nn.functional.one_hot(label, 20)
    gradients = []
    for enabled in (False, True):
        probability = logits.softmax(1).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            loss = lovasz_softmax(probability, label)
        gradients.append(torch.autograd.grad(loss, probability)[0])
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-5, atol=1e-9)
