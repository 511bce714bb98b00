"""Found instances become objects with points of their own."""

import numpy as np
import pytest
import torch
from tests.tasks.fakes import toy_scene
from tests.tasks.instances.test_instances import LABELS, perfect

from sceneglot.errors import SceneglotError
from sceneglot.tasks.gps.mask_proposals import MaskProposals, with_masks
from sceneglot.tasks.gps.objects import ObjectConfig, point_objects
from sceneglot.tasks.instances.decode import SceneInstances, find_instances
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.spec import SegmentationSpec

SPEC = SegmentationSpec("nyu40", LABELS.classes, voxel=0.2, instances=True)


def test_perfect_instances_are_the_annotated_objects():
    scene = toy_scene(0)
    found = with_masks(scene, find_instances(scene.xyz, perfect(scene), LABELS.stuff, 0.02), LABELS.classes)
    assert len(found.objects) == len(scene.objects) and found.instance is not None and scene.instance is not None
    config = ObjectConfig(32, 9)
    mine, theirs = (point_objects(s, config, np.random.default_rng(0)) for s in (found, scene))
    for row, number in enumerate(mine.ids):
        points = np.flatnonzero(found.instance == number)
        (true,) = np.unique(scene.instance[points])
        assert (scene.instance == true).sum() == len(points)
        np.testing.assert_allclose(mine.location[row], theirs.location[theirs.ids.tolist().index(true)], atol=1e-5)
        table = found.objects.row_of[int(number)]
        np.testing.assert_allclose(found.objects.size[table], np.ptp(scene.xyz[points], axis=0), atol=1e-5)
        np.testing.assert_allclose(found.objects.color[table], scene.rgb[points].mean(0), atol=1)


def test_the_surest_are_kept_and_numbered_from_nought():
    scene = toy_scene(0, points=6)
    instance = np.array([0, 1, 1, 2, -1])
    found = SceneInstances(instance, np.array([4, 5, 6]), np.array([0.2, 0.9, 0.5], np.float32))
    small = with_masks(scene, found, LABELS.classes, most=2)
    assert small.objects.label == (LABELS.classes[5], LABELS.classes[6]) and small.objects.id.tolist() == [0, 1]
    assert small.instance is not None and small.instance.tolist() == [-1, 0, 0, 1, -1]
    nothing = SceneInstances(np.full(5, -1), np.zeros(0, np.int64), np.zeros(0, np.float32))
    assert len(with_masks(scene, nothing, LABELS.classes).objects) == 0


def test_a_run_finds_objects_and_others_are_refused():
    torch.manual_seed(0)
    tensors = SegmentationNet(SPEC).state_dict()
    scene = toy_scene(0, points=3000)
    found = MaskProposals(SPEC.facts(), tensors, min_points=1)(scene)
    again = MaskProposals(SPEC.facts(), tensors, min_points=1)(scene)
    assert 0 < len(found.objects) <= 50 and set(found.objects.label) <= set(LABELS.classes)
    assert found.instance is not None and again.instance is not None
    np.testing.assert_array_equal(found.instance, again.instance)
    flat = SegmentationSpec("nyu40", LABELS.classes, voxel=0.2)
    with pytest.raises(SceneglotError, match="--instances"):
        MaskProposals(flat.facts(), SegmentationNet(flat).state_dict())
    with pytest.raises(SceneglotError, match="grounding"):
        MaskProposals({"task": "grounding"}, {})
