"""Classes of points in the label spaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.scenes.label_spaces import label_space
from sceneglot.scenes.labels_scannet import IGNORED, class200_named
from sceneglot.tasks.segmentation.labels import LABEL_SETS, class_rows, label_set


def test_scannet20_of_nyu40_labels() -> None:
    scene = toy_scene()
    semantic = np.zeros(len(scene), np.int16)
    semantic[:4] = (1, 39, 22, 5)  # wall, otherfurniture, ceiling (none of the 20), chair
    found = label_set("scannet20").of_scene(replace(scene, semantic=semantic))
    assert found[:5].tolist() == [0, 19, -1, 4, -1] and found.dtype == np.int64


def test_without_semantic_labels_the_words_of_objects_count() -> None:
    scene, chosen = toy_scene(), label_set("nyu40")
    found = chosen.of_scene(scene)
    for object_id, word in zip(scene.objects.id, scene.objects.label):
        names = {chosen.classes[c] for c in found[scene.instance == object_id]}
        assert names == {"lamp" if word == "floor lamp" else word}
    assert (found[scene.instance == -1] == -1).all()


def test_data_sets_with_their_own_classes() -> None:
    chosen = label_set("s3dis")
    category = np.full(len(toy_scene()), 1, np.int16)
    category[0] = 0
    scene = replace(toy_scene(), category=category, label_space="s3dis")
    assert chosen.of_scene(scene)[:2].tolist() == [-1, 0]
    assert chosen.classes == tuple(label_space("s3dis").classes.values())
    with pytest.raises(SceneglotError, match="no labels of 'semantickitti'"):
        label_set("semantickitti").of_scene(scene)


def test_every_set_has_as_many_names_as_ids() -> None:
    for name in LABEL_SETS:
        chosen = label_set(name)
        assert len(chosen.classes) == len(set(chosen.classes)) == len(set(chosen.ids))


def test_what_has_no_instances() -> None:
    """ScanNet's scripts leave out wall and floor, and score the ceiling among 200; S3DIS scores all 13."""
    without = {name: {label_set(name).classes[row] for row in label_set(name).stuff} for name in LABEL_SETS}
    assert without["scannet20"] == without["scannet200"] == {"wall", "floor"} and without["s3dis"] == set()
    assert without["nyu40"] == {"wall", "floor", "ceiling"}
    assert len(label_set("semantickitti").classes) - len(without["semantickitti"]) == 8  # things of the panoptic task
    assert len(label_set("nuscenes-lidarseg").classes) - len(without["nuscenes-lidarseg"]) == 10
    assert {"road", "building"} <= without["semantickitti"] and "car" not in without["semantickitti"]
    assert "manmade" in without["nuscenes-lidarseg"] and "traffic cone" not in without["nuscenes-lidarseg"]


def test_scannet200_goes_by_the_names_of_objects() -> None:
    scene, chosen = toy_scene(), label_set("scannet200")
    assert len(chosen.classes) == 200 and [len(rows) for rows in chosen.groups.values()] == [66, 68, 66]
    assert sorted(row for rows in chosen.groups.values() for row in rows) == list(range(200))
    assert len(chosen.uncounted) == 11  # train-only classes, Rozenberszki et al. 2022
    semantic = np.full(len(scene), 39, np.int16)
    names = ("Office_Chairs", "stack of chairs", "bookshelves")
    objects = replace(scene.objects, label=tuple(names[i % 3] for i in range(len(scene.objects))))
    found = chosen.of_scene(replace(scene, objects=objects, semantic=semantic))
    for row, i in enumerate(objects.id):
        expected = ("office chair", None, "bookshelf")[row % 3]
        at = found[np.asarray(scene.instance) == i]
        assert (at == (-1 if expected is None else chosen.classes.index(expected))).all()
    assert class200_named("") == IGNORED


def test_bad_names() -> None:
    with pytest.raises(SceneglotError, match="no label set"):
        label_set("coco")
    with pytest.raises(SceneglotError, match="no class is called 'zebra'"):
        class_rows(("chair", "zebra"), ("chair",))
    scene = replace(toy_scene(), instance=None)
    with pytest.raises(SceneglotError, match="no labels to train"):
        label_set("scannet20").of_scene(scene)
