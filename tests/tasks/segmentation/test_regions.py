"""Regions kept beside a store follow its scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Scene
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import write_tensors
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions, cut

CONFIG = RegionConfig()


def store_of(path: Path, scene: Scene) -> Store:
    """A store that holds this scene, in the place of the one of the same name."""
    store = Store.create(path, origin="toy", licence="CC0-1.0")
    store.add(scene, split="train", replace=True)
    store.finish()
    return Store.open(path)


def test_a_scene_that_was_replaced_is_cut_again(tmp_path: Path) -> None:
    for scene in (toy_scene(0), toy_scene(5), toy_scene(5, points=600)):  # the second has as many points as the first
        found = StoreRegions(store_of(tmp_path / "data", scene), CONFIG)("toy-0")
        assert np.array_equal(found, cut(scene, CONFIG))


def test_regions_of_earlier_versions_are_taken_where_their_number_is_right(tmp_path: Path) -> None:
    regions = StoreRegions(store_of(tmp_path / "data", toy_scene()), CONFIG)
    ours = np.arange(len(toy_scene()), dtype=np.int32) // 100
    write_tensors(regions.path("toy-0"), {"region": ours}, {})
    assert np.array_equal(regions("toy-0"), ours)
    write_tensors(regions.path("toy-0"), {"region": ours[:-1]}, {})
    with pytest.raises(SceneglotError, match="another version of the scene"):
        regions("toy-0")


def test_regions_that_are_alike_can_be_merged() -> None:
    scene = toy_scene(0)
    apart, merged = cut(scene, CONFIG), cut(scene, RegionConfig(merge=0.6))
    assert 1 <= merged.max() + 1 <= apart.max() + 1 and set(merged) == set(range(merged.max() + 1))
    assert all(len(set(merged[apart == region])) == 1 for region in set(apart))
    assert RegionConfig(merge=0.6).digest() != CONFIG.digest() != RegionConfig(merge=0.7).digest()
    with pytest.raises(SceneglotError, match="0 to 1"):
        RegionConfig(merge=2.0)
