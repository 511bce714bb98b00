"""Patches get the names of what they show, the tower learns them, and a teacher can be loaded from the result."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tests.teachers.boxstore import box_room, make_store

from sceneglot.errors import SceneglotError
from sceneglot.recipes.rooms_patches import (
    NOTHING,
    PatchDataset,
    PatchPictures,
    PatchTeacherConfig,
    patch_names,
    point_names,
    train_rooms_patches,
)
from sceneglot.scenes.view import Camera, View
from sceneglot.teachers import folder_name, load_teacher, minilm
from sceneglot.teachers.embedded import save_tower
from sceneglot.teachers.vit import ImageTower, ViTConfig
from sceneglot.train.loop import LoopConfig

offline = pytest.mark.skipif(find_spec(minilm.PACKAGE) is None, reason="the offline extra is not installed")


def view_of(point: np.ndarray) -> View:
    height, width = point.shape
    black = np.zeros((height, width, 3), np.uint8)
    camera = Camera(1.0, 1.0, 0.0, 0.0, width, height, np.eye(4))
    return View("v", camera, black, np.zeros((height, width), np.float32), point.astype(np.int32))


def test_a_patch_has_the_name_most_of_its_pixels_have() -> None:
    names = np.array([4, 4, 2, NOTHING])
    point = np.full((4, 4), -1)
    point[0, :3] = 0, 1, 2  # top left: two of name 4, two of none: a tie goes to none
    point[1, 0] = 1  # now three of name 4
    point[2:, 2:] = 2, 2
    point[3, 3] = 3
    assert patch_names(view_of(point), names, 2).tolist() == [4, NOTHING, NOTHING, 2]


def test_points_have_the_names_of_their_objects() -> None:
    scene = box_room(0)
    assert scene.objects is not None
    row = {str(label): i for i, label in enumerate(scene.objects.label)}
    found = point_names(scene, row)
    for i, label in zip(scene.objects.id, scene.objects.label):
        assert (found[np.asarray(scene.instance) == i] == row[str(label)]).all()
    assert (point_names(scene, {}) == NOTHING).all()
    with pytest.raises(SceneglotError, match="it has none"):
        point_names(replace(scene, objects=None), row)


def test_mirrored_pictures_have_mirrored_patches() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (1, 32, 32, 3), np.uint8)
    lessons = PatchDataset(PatchPictures(rgb, np.array([[0, 1, 2, 3]]), np.zeros((1, 8), np.float32)), seed=0)
    seen = [lessons[epoch, 0] for epoch in range(20)]
    mirrored = [not np.array_equal(picture, rgb[0]) for picture, _, _ in seen]
    assert 0 < sum(mirrored) < 20
    for (picture, name, _), turned in zip(seen, mirrored):
        assert name.tolist() == ([1, 0, 3, 2] if turned else [0, 1, 2, 3])
        assert np.array_equal(picture, rgb[0, :, ::-1] if turned else rgb[0])
    again, *_ = lessons[3, 0]
    assert np.array_equal(again, seen[3][0])


@offline
@pytest.mark.offline
def test_the_tower_learns_names_and_becomes_a_teacher(tmp_path: Path) -> None:
    make_store(tmp_path / "data")
    start = tmp_path / "start.safetensors"
    save_tower(start, ImageTower(ViTConfig(image_size=32, dim=24, depth=1, heads=2)))
    config = PatchTeacherConfig(
        tmp_path / "data",
        tmp_path / "run",
        start=start,
        image_size=128,
        views=2,
        loop=LoopConfig(steps=12, batch_size=4, log_every=1),
    )
    scores = train_rooms_patches(config)
    assert json.loads((tmp_path / "run" / "exam.json").read_text()) == scores
    assert {"patches", "balanced", "patches before", "balanced before"} == set(scores)
    losses = [json.loads(line).get("loss") for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [x for x in losses if x is not None]
    assert losses[-1] < losses[0]
    name = f"rooms:{tmp_path / 'run' / 'rooms_vit.safetensors'}"
    teacher = load_teacher(name)
    assert teacher.name == folder_name(name) == "run--rooms_vit" and teacher.image_size == 128
    assert teacher.encode_images([np.zeros((64, 64, 3), np.uint8)]).patches.shape == (1, 64, teacher.dim)


def test_sizes_must_fit_the_patches(tmp_path: Path) -> None:
    make_store(tmp_path / "data")
    with pytest.raises(SceneglotError, match="multiple of 16"):
        train_rooms_patches(PatchTeacherConfig(tmp_path / "data", tmp_path / "run", image_size=100))
