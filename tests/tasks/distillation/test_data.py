"""Batches of the distillation: targets stay with their points, whatever is cropped, moved and joined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.recipes.conftest import FakeTeacher
from tests.tasks.fakes import toy_scene

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import write_tensors
from sceneglot.tasks.distillation.data import DistillDataset, collate
from sceneglot.tasks.distillation.sources import StoreHierarchy
from sceneglot.tasks.segmentation.augment import CloudAugment
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.sources import StoreClouds
from sceneglot.tasks.segmentation.spec import Inputs
from sceneglot.teachers.hierarchy import HierarchyConfig, teach

CONFIG = HierarchyConfig(views=2, objects=4, crops=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store.create(tmp_path_factory.mktemp("distillation") / "data", origin="toy", licence="CC0-1.0")
    for i in range(2):
        store.add(toy_scene(i, f"toy-{i}", boxes=4, points=1500), split="train")
    store.finish()
    return Store.open(store.path)


def dataset(store: Store, augment: CloudAugment | None = None, **options: int) -> DistillDataset:
    regions = StoreRegions(store, RegionConfig())
    targets = StoreHierarchy(store, regions, "fake", CONFIG, load=lambda name: FakeTeacher())
    clouds = StoreClouds(store, store.split("train"), label_set("nyu40"), Inputs(), regions, annotation=None)
    sizes = {"max_points": 100_000, "dense_points": 200, "seed": 0} | options
    return DistillDataset(store.split("train"), clouds, targets, Inputs(), augment, **sizes)


def test_targets_stay_with_their_points(store: Store) -> None:
    data = dataset(store, max_points=700)
    item, targets = data[0, 1], data.targets("toy-1")
    scene = np.array(store.scene("toy-1").xyz)
    original = np.array([np.flatnonzero((scene == row).all(1))[0] for row in item.xyz])
    assert len(item.xyz) == 700 and len(item.point) == 200
    np.testing.assert_allclose(item.dense, targets.dense(original[item.point]), rtol=1e-6)
    region = data.clouds("toy-1").region[original]
    assert set(region[item.object >= 0]) <= set(targets.object_group.tolist())
    np.testing.assert_array_equal(targets.object_group[item.object[item.object >= 0]], region[item.object >= 0])
    np.testing.assert_array_equal(item.region, region)
    np.testing.assert_allclose(item.region_feature, targets.groups(data.clouds("toy-1").region), rtol=1e-6)


def test_same_visit_same_bytes_and_moving_changes_positions_only(store: Store) -> None:
    plain, moved = dataset(store), dataset(store, CloudAugment())
    a, b, again = plain[3, 0], moved[3, 0], moved[3, 0]
    assert not np.allclose(a.xyz, b.xyz) and np.array_equal(a.object, b.object)
    for name in ("xyz", "features", "object", "region", "region_feature", "point", "dense"):
        np.testing.assert_array_equal(getattr(b, name), getattr(again, name))


def test_joined_scenes_are_numbered_through(store: Store) -> None:
    data = dataset(store)
    items = [data[0, 0], data[0, 1]]
    batch = collate(items)
    n, o, m = len(items[0].xyz), len(items[0].object_feature), len(items[0].point)
    assert batch.scene.shape == (2, FakeTeacher.dim) and len(batch.object_feature) == o + len(items[1].object_feature)
    second = batch.object[n:].numpy()
    np.testing.assert_array_equal(np.where(second >= 0, second - o, -1), items[1].object)
    regions = len(items[0].region_feature)
    np.testing.assert_array_equal(batch.region[n:].numpy() - regions, items[1].region)
    np.testing.assert_array_equal(batch.region_feature[regions:].numpy(), items[1].region_feature)
    np.testing.assert_array_equal(batch.point[m:].numpy() - n, items[1].point)
    assert (batch.cloud.item[batch.point[m:]] == 1).all()


def test_files_of_another_scene_and_damaged_ones_are_named(store: Store) -> None:
    targets = dataset(store).targets
    path = targets.path("toy-0")
    good = targets("toy-0").tensors()
    write_tensors(path, {k: np.array(v) for k, v in good.items()} | {"start": np.array(good["start"][:-1])}, {})
    with pytest.raises(BadFileError, match="another version"):
        targets("toy-0")
    write_tensors(path, {"views": np.array(good["views"])}, {})
    with pytest.raises(BadFileError, match="no tensor named"):
        targets("toy-0")
    path.unlink()
    assert len(targets("toy-0").start) == len(store.scene("toy-0")) + 1


def test_targets_follow_a_scene_that_was_replaced(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "data", origin="toy", licence="CC0-1.0")
    regions = StoreRegions(store, RegionConfig())
    targets = StoreHierarchy(store, regions, "fake", CONFIG, load=lambda name: FakeTeacher())
    for seed in (0, 5):
        scene = toy_scene(seed, boxes=4, points=600)
        store.add(scene, split="train", replace=True)
        expected = teach(scene, regions(scene.id), FakeTeacher(), CONFIG).tensors()
        found = targets(scene.id).tensors()
        assert all(np.array_equal(found[name], expected[name]) for name in expected)
    older = {name: np.array(array) for name, array in expected.items()} | {"object_group": expected["object_group"] + 1}
    write_tensors(targets.path(scene.id), older, {})  # as earlier versions wrote it
    assert np.array_equal(targets(scene.id).object_group, older["object_group"])


def test_nothing_to_train_on() -> None:
    with pytest.raises(SceneglotError, match="no scene"):
        DistillDataset((), None, None, Inputs(), None, max_points=1, dense_points=1, seed=0)  # type: ignore[arg-type]
