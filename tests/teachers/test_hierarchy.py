"""A teacher's features at three levels: crops of the right things, and points equal to lifting everything at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.rendering import Cloud, render
from sceneglot.rendering.lift import lift
from sceneglot.scenes import Scene, Source
from sceneglot.teachers.base import ImageFeatures, TextFeatures, unit
from sceneglot.teachers.hierarchy import HierarchyConfig, HierarchyTargets, teach

CONFIG = HierarchyConfig(views=4, crops=2, min_points=50)
WALL, BALL, SPECK = 0, 1, 2


class ColorTeacher:
    """Mean colours: of the picture, and of its 4 x 4 patches."""

    name, dim, token_dim, image_size, fingerprint = "color", 3, 3, 48, "c1"

    def __init__(self) -> None:
        self.pictures = 0

    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        self.pictures += len(images)
        means = [image.reshape(-1, 3).mean(0) for image in images]
        patches = [
            [part.reshape(-1, 3).mean(0) for row in np.array_split(image, 4) for part in np.array_split(row, 4, axis=1)]
            for image in images
        ]
        return ImageFeatures(unit(np.array(means) + 1), unit(np.array(patches) + 1))

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        raise NotImplementedError


@pytest.fixture(scope="module")
def scene() -> tuple[Scene, np.ndarray]:
    """A grey floor with a red ball on it and a speck of three points."""
    rng = np.random.default_rng(0)
    floor = np.column_stack([rng.uniform(-2, 2, (6000, 2)), np.zeros(6000)])
    ball = unit(rng.normal(size=(800, 3))) * 0.4 + [0.5, 0.5, 0.4]
    speck = rng.normal(0, 0.01, (3, 3)) + [-1, -1, 0.2]
    xyz = np.concatenate([floor, ball, speck]).astype(np.float32)
    group = np.repeat([WALL, BALL, SPECK], [6000, 800, 3])
    rgb = np.array([(128, 128, 128), (250, 10, 10), (0, 0, 250)], np.uint8)[group]
    return Scene(id="ball", xyz=xyz, rgb=rgb, source=Source("test")), group


def test_levels(scene):
    scene, group = scene
    teacher = ColorTeacher()
    targets = teach(scene, group, teacher, CONFIG)
    assert targets.object_group.tolist() == [WALL, BALL]  # the speck is too small
    assert teacher.pictures == 4 + 2 * 2 * 3  # views, and objects x crops x scales
    floor, ball = targets.object_feature.astype(np.float32)
    assert ball[0] > ball[1] + 0.2 and abs(floor[0] - floor[1]) < 0.2
    assert np.linalg.norm(targets.scene) == pytest.approx(1, abs=1e-3)


def test_points_get_what_lifting_all_at_once_gives_them(scene):
    scene, group = scene
    teacher = ColorTeacher()
    targets = teach(scene, group, teacher, CONFIG)
    views = render(Cloud.of(scene), 4, (96, 96), rig="mixed")
    patches = teacher.encode_images([view.rgb for view in views]).patches.astype(np.float16).astype(np.float32)
    whole, seen = lift(views, patches, len(scene))
    np.testing.assert_array_equal(targets.seen, seen)
    some = np.array([5, 6100, 17, 6500, 6802])
    np.testing.assert_allclose(targets.dense(some), whole[some], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(targets.dense(np.arange(len(scene))), whole, rtol=1e-5, atol=1e-6)
    assert targets.dense(np.zeros(0, np.int64)).shape == (0, 3)


def test_groups_get_the_mean_over_all_pixels_that_show_them(scene):
    scene, group = scene
    targets = teach(scene, group, ColorTeacher(), CONFIG)
    group = group.copy()
    group[:100] = -1
    points, weight = targets.dense(np.arange(len(scene))), np.zeros(len(scene))
    np.add.at(weight, np.repeat(np.arange(len(scene)), np.diff(targets.start)), targets.pixels)
    found = targets.groups(group)
    assert found.shape == (group.max() + 1, 3)
    for g in (WALL, BALL):
        inside = group == g
        np.testing.assert_allclose(found[g], np.average(points[inside], axis=0, weights=weight[inside]), rtol=1e-4)
    assert not targets.groups(np.where(targets.seen, 0, 1))[1].any()  # what no view shows
    assert targets.groups(np.full(len(scene), -1)).shape == (0, 3)


def test_arrays_there_and_back(scene):
    scene, group = scene
    targets = teach(scene, group, ColorTeacher(), CONFIG)
    again = HierarchyTargets.of_tensors(targets.tensors())
    np.testing.assert_array_equal(again.dense(np.arange(50)), targets.dense(np.arange(50)))
    with pytest.raises(KeyError):
        HierarchyTargets.of_tensors({"views": targets.views})


def test_no_object_no_view_and_wrong_groups(scene):
    scene, group = scene
    nothing = teach(scene, np.full(len(scene), -1), ColorTeacher(), CONFIG)
    assert nothing.object_feature.shape == (0, 3) and nothing.seen.any()
    with pytest.raises(SceneglotError, match="groups have shape"):
        teach(scene, group[:-1], ColorTeacher(), CONFIG)
