"""What a teacher sees of regions: the right pixels, kept once, and never those of other regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.recipes.conftest import FakeTeacher
from tests.tasks.fakes import toy_scene
from tests.tasks.segmentation.conftest import cube_cloud

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Scene, Source
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import write_tensors
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.teaching import StoreTeaching, region_features
from sceneglot.teachers.base import ImageFeatures


class RedAndBlue(FakeTeacher):
    """Patch features are the mean red and blue of an 8 by 8 grid, 0 to 1."""

    dim, image_size, fingerprint = 2, 64, "colours-1"

    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        stack = np.stack(images).astype(np.float32) / 255
        side = stack.shape[1] // 8
        patches = stack.reshape(len(stack), 8, side, 8, side, 3).mean((2, 4))[..., [0, 2]].reshape(len(stack), 64, 2)
        return ImageFeatures(patches.mean(1), patches)


def test_regions_get_the_features_of_their_own_pixels() -> None:
    red, blue = cube_cloud(3000, 1.0), cube_cloud(3000, 1.0, 1) + np.array([4, 0, 0], np.float32)
    hidden = np.full((1, 3), 0.5, np.float32)  # in the middle of the red cube
    xyz = np.concatenate([red, blue, hidden])
    region = np.repeat([0, 1, 2], [3000, 3000, 1])
    rgb = np.array([[250, 0, 0], [0, 0, 250], [0, 0, 0]], np.uint8)[region]
    found = region_features(Scene("two", xyz, rgb, Source("toy")), region, RedAndBlue())
    assert found.shape == (3, 2) and found.dtype == np.float32
    assert found[0, 0] > 2 * found[0, 1] and found[1, 1] > 2 * found[1, 0]
    assert not found[2].any()  # no picture shows it


def test_targets_are_made_once_and_those_of_other_regions_are_refused(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "data", origin="toy", licence="CC0-1.0")
    scene = toy_scene()
    store.add(scene, split="train")
    store.finish()
    regions = StoreRegions(store, RegionConfig())
    teaching = StoreTeaching(store, regions, "fake", load=lambda name: FakeTeacher())
    first, path = teaching(scene.id), teaching.path(scene.id)
    assert first.shape == (regions(scene.id).max() + 1, FakeTeacher.dim)
    written = path.stat().st_mtime_ns
    assert np.array_equal(first, teaching(scene.id)) and path.stat().st_mtime_ns == written
    write_tensors(path, {"feature": first[:-1].astype(np.float16)}, {})
    with pytest.raises(SceneglotError, match="of other regions"):
        teaching(scene.id)


def test_targets_follow_a_scene_that_was_replaced(tmp_path: Path) -> None:
    bright = toy_scene(points=600)
    dark = replace(bright, rgb=bright.rgb // 3)  # the same regions
    store = Store.create(tmp_path / "data", origin="toy", licence="CC0-1.0")
    regions = StoreRegions(store, RegionConfig())
    teaching = StoreTeaching(store, regions, "fake", load=lambda name: RedAndBlue())
    for scene in (bright, dark):
        store.add(scene, split="train", replace=True)
        expected = region_features(scene, regions(scene.id), RedAndBlue()).astype(np.float16)
        assert expected.any() and np.array_equal(teaching(scene.id), expected.astype(np.float32))
    write_tensors(teaching.path(dark.id), {"feature": np.ones_like(expected)}, {})  # as earlier versions wrote it
    assert (teaching(dark.id) == 1).all()
