"""Instances of whole scenes: perfect offsets give perfect scores, whatever the rules leave out is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Scene
from sceneglot.tasks.instances.decode import SceneInstances, find_instances
from sceneglot.tasks.instances.evaluate import score_instances
from sceneglot.tasks.segmentation.data import instance_offsets
from sceneglot.tasks.segmentation.inference import Prediction
from sceneglot.tasks.segmentation.labels import label_set

LABELS = label_set("nyu40")


def perfect(scene: Scene, mistake: float = 0.0) -> Prediction:
    label = LABELS.of_scene(scene)
    known = np.where(label < 0, LABELS.classes.index("floor"), label)
    offset, _ = instance_offsets(scene.xyz, np.asarray(scene.instance), label >= 0)
    return Prediction(np.eye(len(LABELS.classes), dtype=np.float32)[known], offset + np.float32(mistake))


def test_perfect_offsets_give_perfect_instances() -> None:
    scenes = [toy_scene(i, f"toy-{i}", points=900) for i in range(2)]
    find = lambda scene: find_instances(scene.xyz, perfect(scene), LABELS.stuff, 0.02)  # noqa: E731
    found = find(scenes[0])
    assert len(found.label) == len(scenes[0].objects) and np.allclose(found.score, 1)
    assert (found.instance[scenes[0].instance == -1] == -1).all()  # floor
    scores = score_instances(scenes, find, LABELS)
    assert scores.metrics() == {"AP": 1.0, "AP50": 1.0, "AP25": 1.0} and scores.scenes == 2


@pytest.mark.parametrize("far", [2_000, 10_000])
def test_instances_are_the_same_far_from_the_origin(far: int) -> None:
    scene = toy_scene(points=900)
    xyz = np.round(scene.xyz * 1024) / 1024  # float32 holds these up to 16 km
    moved = (xyz + np.array([far, -far, 0])).astype(np.float32)
    assert np.array_equal(moved - np.array([far, -far, 0]), xyz)
    found = perfect(replace(scene, xyz=xyz.astype(np.float32)))
    near, away = (find_instances(points, found, LABELS.stuff, 0.02) for points in (xyz, moved))
    assert len(near.label) == len(scene.objects)
    assert np.array_equal(near.instance, away.instance) and np.array_equal(near.label, away.label)


def test_missed_and_halved_instances_cost_what_they_should() -> None:
    scene = toy_scene(points=1200)
    whole = find_instances(scene.xyz, perfect(scene), LABELS.stuff, 0.02)
    none = SceneInstances(np.full(len(scene), -1), np.zeros(0, np.int64), np.zeros(0, np.float32))
    assert score_instances([scene], lambda _: none, LABELS).metrics()["AP25"] == 0.0
    low = whole.instance == 0
    low[np.flatnonzero(low)[:50]] = False
    cut = SceneInstances(np.where(low, -1, whole.instance), whole.label, whole.score)
    assert score_instances([scene], lambda _: cut, LABELS).metrics()["AP25"] < 1.0


def test_runs_without_offsets_and_scenes_without_instances() -> None:
    scene = toy_scene()
    flat = Prediction(perfect(scene).probability, None)
    with pytest.raises(SceneglotError, match="--instances"):
        find_instances(scene.xyz, flat, LABELS.stuff, 0.02)
    bare = Scene("bare", scene.xyz, scene.rgb, scene.source, semantic=np.ones(len(scene), np.int16))
    short = SceneInstances(np.zeros(3, np.int64), np.zeros(1, np.int64), np.ones(1, np.float32))
    with pytest.raises(SceneglotError, match=f"scene {scene.id} has masks"):
        score_instances([scene], lambda _: short, LABELS)
    with pytest.raises(SceneglotError, match="no instances to score"):
        score_instances([bare], lambda _: None, LABELS)  # type: ignore[arg-type,return-value]
