"""The description of a network survives its checkpoint."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.tasks.segmentation.evaluate import score_scenes
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec


def test_facts_round_trip_through_json() -> None:
    spec = SegmentationSpec("s3dis", ("a", "b"), ("b",), inputs=Inputs(intensity=True), stages=(-1,), boundary=True)
    assert SegmentationSpec.from_facts(json.loads(json.dumps(spec.facts()))) == spec


def test_contradictions_are_refused() -> None:
    with pytest.raises(SceneglotError, match="need a teacher"):
        SegmentationSpec("s3dis", ("a",), words=True)
    with pytest.raises(SceneglotError, match="none of the classes"):
        SegmentationSpec("s3dis", ("a",), ("b",))
    with pytest.raises(SceneglotError, match="'vqa'"):
        SegmentationSpec.from_facts({"task": "vqa"})


def test_scores_are_summed_over_scenes_before_any_division() -> None:
    labels = label_set("nyu40")
    scenes = [toy_scene(i, f"toy-{i}") for i in range(2)]
    perfect = score_scenes(scenes, labels.of_scene, labels)
    assert perfect.metrics()["mIoU"] == 1.0 and perfect.scenes == 2
    chair = labels.classes.index("chair")
    guess = score_scenes(scenes, lambda scene: np.full(len(scene), chair), labels, novel=("sofa",))
    points = sum(int((labels.of_scene(s) >= 0).sum()) for s in scenes)
    chairs = sum(int((labels.of_scene(s) == chair).sum()) for s in scenes)
    assert guess.score.iou[chair] == pytest.approx(chairs / points)
    assert guess.metrics()["hIoU"] == 0.0 and guess.summary()["points"] == points
