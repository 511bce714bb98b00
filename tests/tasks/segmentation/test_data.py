"""Batches: labels as far as the protocol shows them, regions, offsets, augmentation, crops."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.augment import CloudAugment
from sceneglot.tasks.segmentation.data import (
    SegmentationDataset,
    augmented,
    collate,
    crop,
    instance_offsets,
    point_features,
)
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.sources import StoreClouds
from sceneglot.tasks.segmentation.spec import Inputs

LABELS = label_set("nyu40")


def clouds(store: Store, annotation: Annotation, **options: object) -> StoreClouds:
    regions = StoreRegions(store, RegionConfig())
    return StoreClouds(
        store,
        store.split("train"),
        LABELS,
        Inputs(),
        regions,
        annotation=annotation,
        **options,  # type: ignore[arg-type]
    )


def test_regions_are_cut_once_and_kept(toy_rooms: Store) -> None:
    regions = StoreRegions(toy_rooms, RegionConfig())
    first = regions("toy-0")
    written = regions.path("toy-0").stat().st_mtime_ns
    assert np.array_equal(first, regions("toy-0")) and regions.path("toy-0").stat().st_mtime_ns == written
    assert len(first) == len(toy_rooms.scene("toy-0")) and set(first) == set(range(first.max() + 1))
    other = RegionConfig(method="growing")
    assert other.digest() != RegionConfig().digest()
    with pytest.raises(SceneglotError, match="without segments"):
        StoreRegions(toy_rooms, RegionConfig(method="given"))("toy-0")


def test_labels_are_shown_as_the_protocol_says(toy_rooms: Store) -> None:
    half = clouds(toy_rooms, Annotation(percent=50))
    assert len(half.labelled) == len(half.companions) == 2
    full = LABELS.of_scene(toy_rooms.scene(half.labelled[0]))
    assert np.array_equal(half(half.labelled[0]).label, full) and half(half.labelled[0]).dense
    assert (half(half.companions[0]).label == -1).all() and not half(half.companions[0]).dense
    few = clouds(toy_rooms, Annotation(points=20))
    cloud = few(few.labelled[0])
    known = cloud.label >= 0
    assert known.sum() == 20 and not cloud.dense
    assert np.array_equal(cloud.label[known], LABELS.of_scene(toy_rooms.scene(few.labelled[0]))[known])
    hidden = clouds(toy_rooms, Annotation(), novel=("chair",))
    assert not any((hidden(name).label == LABELS.classes.index("chair")).any() for name in hidden.labelled)
    assert clouds(toy_rooms, Annotation(percent=0)).labelled == ()


def test_features_by_hand() -> None:
    scene = toy_scene()
    found = point_features(scene, Inputs())
    assert found.shape == (len(scene), 5)
    assert np.allclose(found[:, :3], scene.rgb / 127.5 - 1, atol=1e-6)
    assert np.allclose(found[:, 3], scene.xyz[:, 2] - np.percentile(scene.xyz[:, 2], 1), atol=1e-6)
    flat = replace(scene, xyz=scene.xyz * np.array([1, 1, 0], np.float32))
    assert (point_features(flat, Inputs())[:, 4] > 0.99).all()  # guessed normals
    sideways = np.tile(np.array([[0.6, 0, -0.8]], np.float32), (len(scene), 1))
    assert np.allclose(point_features(replace(scene, normal=sideways), Inputs())[:, 4], 0.8)
    grey = point_features(replace(scene, has_color=False), Inputs())
    assert not grey[:, :3].any()
    with pytest.raises(SceneglotError, match="laser intensity"):
        point_features(scene, Inputs(intensity=True))


def test_offsets_lead_to_the_mean_of_the_instance() -> None:
    xyz = np.array([[0, 0, 0], [2, 0, 0], [5, 5, 5], [1, 1, 1]], np.float32)
    offset, inside = instance_offsets(xyz, np.array([7, 7, 9, -1]), np.array([True, True, False, True]))
    assert inside.tolist() == [True, True, False, False]
    assert offset.tolist() == [[1, 0, 0], [-1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_offsets_still_lead_there_after_augmentation(toy_rooms: Store) -> None:
    source = clouds(toy_rooms, Annotation())
    cloud = source(source.labelled[0])
    still = CloudAugment(jitter=0.0)
    turned = augmented(cloud, Inputs(), still, np.random.default_rng(3))
    aims = (turned.xyz + turned.offset)[turned.inside]
    assert not np.allclose(turned.xyz, cloud.xyz, atol=0.1)
    instance = toy_rooms.scene(cloud.scene_id).instance
    assert instance is not None
    for number in np.unique(instance[cloud.inside]):
        group = aims[instance[cloud.inside] == number]
        assert np.abs(group - group.mean(0)).max() < 1e-4
    assert np.array_equal(turned.label, cloud.label) and (np.abs(turned.features[:, :3]) <= 1).all()


def test_a_crop_keeps_the_points_around_one(toy_rooms: Store) -> None:
    source = clouds(toy_rooms, Annotation())
    cloud = source(source.labelled[0])
    part = crop(cloud, 200, np.random.default_rng(0))
    assert len(part.xyz) == len(part.label) == len(part.region) == len(part.offset) == 200
    assert len(part.teacher) == len(cloud.teacher)  # regions keep their numbers
    assert crop(cloud, 10**6, np.random.default_rng(0)) is cloud


def test_visits_follow_from_the_seed_and_batches_number_regions_through(toy_rooms: Store) -> None:
    source = clouds(toy_rooms, Annotation(percent=50))
    make = lambda seed: SegmentationDataset(  # noqa: E731
        source, source.labelled, source.companions, Inputs(), CloudAugment(), max_points=500, seed=seed
    )
    one, again, other = make(1)[(2, 0)], make(1)[(2, 0)], make(2)[(2, 0)]
    assert all(np.array_equal(a.xyz, b.xyz) for a, b in zip(one, again))
    assert not np.array_equal(one[0].xyz, other[0].xyz)
    batch = collate([one, other])
    assert batch.cloud.batch_size == 4 and len(batch.label) == 4 * 500
    sizes = [len(c.teacher) for c in (*one, *other)]
    ends = np.cumsum(sizes)
    for item in range(4):
        mine = batch.region[batch.cloud.item == item]
        assert ends[item] - sizes[item] <= int(mine.min()) and int(mine.max()) < ends[item]
    assert not batch.free[(batch.cloud.item % 2) == 0].any() and batch.free[(batch.cloud.item % 2) == 1].all()
    assert torch.equal(batch.to("cpu").label, batch.label)


def test_the_scenes_used_last_are_kept_up_to_a_number_of_points(
    toy_rooms: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = clouds(toy_rooms, Annotation())
    a, b, c = source.labelled[:3]
    monkeypatch.setattr("sceneglot.tasks.segmentation.sources.KEPT_POINTS", 2 * len(source(a).xyz))
    first = source(a)
    source(b)
    assert source(a) is first
    source(c)  # pushes b out, which was used before a
    assert source(a) is first and list(source._kept) == [c, a]
    monkeypatch.setattr("sceneglot.tasks.segmentation.sources.KEPT_POINTS", 0)
    assert source(b) is source(b)  # the last one always stays


def test_scenes_do_not_outlive_their_training(toy_rooms: Store) -> None:
    gc.collect()
    gc.disable()
    try:
        source = clouds(toy_rooms, Annotation())
        cloud = weakref.ref(source(source.labelled[0]))
        assert cloud() is not None
        del source
        assert cloud() is None
    finally:
        gc.enable()


def test_nothing_to_train_on_is_said() -> None:
    with pytest.raises(SceneglotError, match="no scene to train on"):
        SegmentationDataset(lambda name: None, (), (), Inputs(), None, max_points=1, seed=0)  # type: ignore[arg-type,return-value]
    with pytest.raises(SceneglotError, match="at least 1"):
        SegmentationDataset(lambda name: None, ("a",), (), Inputs(), None, max_points=0, seed=0)  # type: ignore[arg-type,return-value]
