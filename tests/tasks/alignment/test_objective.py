"""Objects contrast with the sentences that single them out: only where the detector found them, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sceneglot.losses.detection import DetectionWeights, assign
from sceneglot.nets.mean_sizes import SCANNET_SCANREFER
from sceneglot.tasks.alignment.data import AlignBatch, AlignCollator, AlignItem
from sceneglot.tasks.alignment.net import AlignNet
from sceneglot.tasks.alignment.objective import AlignObjective, align_objective, object_contrast
from sceneglot.tasks.sample import PointConfig, SceneSample
from sceneglot.tasks.vqa.net import SceneSpec

POINTS = PointConfig(points=256)


def sample(seed: int) -> SceneSample:
    """Two boxes full of points."""
    rng = np.random.default_rng(seed)
    center = np.array([[0.0, 0.0, 0.5], [2.0, 1.0, 0.5]], np.float32)
    row = np.repeat([0, 1], 128)
    xyz = (center[row] + rng.uniform(-0.4, 0.4, (256, 3))).astype(np.float32)
    size = np.full((2, 3), 0.8, np.float32)
    rgb = rng.uniform(0, 255, (256, 3)).astype(np.float32)
    return SceneSample(f"s{seed}", xyz, rgb, row, center, size, np.array([2, 4]), np.array([True, True]))


def batch(text_object: list[int]) -> AlignBatch:
    rng = np.random.default_rng(7)
    unit = lambda n: (lambda x: (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32))(  # noqa: E731
        rng.normal(size=(n, 16))
    )
    rows = np.array(text_object)
    return AlignCollator(POINTS)([AlignItem(sample(s), unit(1), unit(len(rows)), rows) for s in range(2)])


@pytest.fixture
def net() -> AlignNet:
    torch.manual_seed(0)
    return AlignNet(SceneSpec("tiny", POINTS, 16, SCANNET_SCANREFER, "fake", "0"))


def test_sentences_about_the_whole_scene_do_not_count(net: AlignNet) -> None:
    about_scenes = batch([-1, -1])
    value = object_contrast(net, net(about_scenes.scenes), about_scenes, DetectionWeights())
    assert value.item() == 0 and value.requires_grad


def test_unfound_objects_do_not_count(net: AlignNet) -> None:
    asked = batch([0, 1])
    strict = DetectionWeights(near=1e-9, far=1e-9)
    assert object_contrast(net, net(asked.scenes), asked, strict).item() == 0


def test_the_loss_is_low_where_objects_already_lie_on_their_sentences(net: AlignNet) -> None:
    net.eval()
    asked = batch([0, 1])
    generous = DetectionWeights(near=50.0, far=50.0)
    output = net(asked.scenes)
    found = assign(output.detected.anchor, asked.scenes.targets, generous)
    member = found.slot[asked.text_scene] == asked.text_object[:, None]
    assert member.any(1).all()
    own = net.embed_objects(output, asked.text_scene, member)
    aligned = replace(asked, texts=torch.nn.functional.normalize(own.detach(), dim=1))
    shuffled = replace(aligned, texts=aligned.texts[[1, 0, 3, 2]])
    right, wrong = (object_contrast(net, output, b, generous).item() for b in (aligned, shuffled))
    assert right < wrong


def test_an_object_embedding_is_the_mean_over_its_own_proposals(net: AlignNet) -> None:
    net.eval()
    output = net(batch([0]).scenes)
    member = torch.zeros(1, output.encoding.tokens.shape[1], dtype=torch.bool)
    member[0, [3, 5]] = True
    got = net.embed_objects(output, torch.tensor([1]), member)
    expected = net.object_embedding(output.encoding.tokens[1, [3, 5]].mean(0, keepdim=True))
    assert torch.allclose(got, expected, atol=1e-5)


def test_every_part_of_the_net_learns_and_the_papers_loss_leaves_the_object_head_alone(net: AlignNet) -> None:
    asked = batch([0, 1])
    generous = DetectionWeights(near=50.0, far=50.0)
    total, terms = align_objective(net, asked, AlignObjective(detector=generous))
    total.backward()
    assert "object" in terms and all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    paper, terms = align_objective(net, asked, AlignObjective(kind="cosine", object=0.0))
    paper.backward()
    assert "object" not in terms and all(p.grad is None for p in net.object_embedding.parameters())
