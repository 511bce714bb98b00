"""Few labels: which scenes, which points, and that none of them is lost on the way to the loss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.losses.ws3d.pseudo import region_labels
from sceneglot.ops.sparse import voxelise
from sceneglot.scenes import Source
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import (
    Annotation,
    labelled_scenes,
    listed_points,
    only,
    pick_points,
    read_point_lists,
)
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.sources import StoreClouds
from sceneglot.tasks.segmentation.spec import Inputs

SCENES = tuple(f"scene-{i:04d}" for i in range(1201))


def test_counts_are_those_of_the_benchmark() -> None:
    assert [len(labelled_scenes(SCENES, Annotation(p))) for p in (1, 5, 10, 20, 100)] == [12, 60, 120, 240, 1201]
    assert len(labelled_scenes(SCENES[:7], Annotation(1))) == 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 100), st.floats(0.1, 100))
def test_smaller_shares_are_nested(seed: int, a: float, b: float) -> None:
    few, many = (set(labelled_scenes(SCENES[:90], Annotation(p, seed=seed))) for p in sorted((a, b)))
    assert few <= many


def test_a_published_list_is_taken_as_it_is() -> None:
    assert labelled_scenes(SCENES, Annotation(scenes=SCENES[3:5])) == SCENES[3:5]
    assert labelled_scenes(SCENES, Annotation(scenes=(SCENES[3], SCENES[3]))) == SCENES[3:4]
    with pytest.raises(SceneglotError, match="1 of 2 are not in the training split, first 'elsewhere'"):
        labelled_scenes(SCENES, Annotation(scenes=("elsewhere", SCENES[0])))
    assert labelled_scenes(SCENES, Annotation(percent=0)) == () and not Annotation(percent=0).any


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"percent": 101}, "expected 0 to 100"),
        ({"percent": float("nan")}, "expected 0 to 100"),
        ({"points": -5}, "-5 per scene"),
        ({"points": 20, "point_lists": "points20"}, "exclude each other"),
        ({"scenes": ("a",), "scene_list": "5.txt"}, "exclude each other"),
    ],
)
def test_impossible_annotations_are_refused(wrong: dict, said: str) -> None:
    with pytest.raises(SceneglotError, match=said):
        Annotation(**wrong)


def test_features_of_a_network_tell_the_picker_what_position_and_colour_do_not() -> None:
    rng = np.random.default_rng(0)
    xyz, kind = rng.uniform(0, 0.01, (200, 3)).astype(np.float32), np.arange(200) % 4
    rgb, label = np.full((200, 3), 128, np.uint8), np.zeros(200, np.int64)
    features = np.eye(4, dtype=np.float32)[kind]
    kinds = [set(kind[pick_points(xyz, rgb, label, 8, seed, features)]) for seed in range(5)]
    assert max(map(len, kinds)) == 4 and min(map(len, kinds)) >= 2
    plain = pick_points(xyz, rgb, label, 8, 0)
    assert not np.array_equal(plain, pick_points(xyz, rgb, label, 8, 0, features))


def test_picked_points_lie_in_every_cluster() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0], [5, 5, 0]], np.float32)
    xyz = np.repeat(centres, 50, 0) + rng.normal(0, 0.05, (200, 3)).astype(np.float32)
    rgb, label = np.full((200, 3), 128, np.uint8), np.zeros(200, np.int64)
    hits = [len({int(i) // 50 for i in pick_points(xyz, rgb, label, 4, seed)}) for seed in range(5)]
    assert max(hits) == 4 and min(hits) >= 2  # k-means from random starts may join two of them
    label[:50] = -1
    chosen = pick_points(xyz, rgb, label, 20, 1)
    assert len(chosen) == 20 and chosen.min() >= 50
    assert np.array_equal(chosen, pick_points(xyz, rgb, label, 20, 1))
    assert pick_points(xyz, rgb, np.where(np.arange(200) < 5, 1, -1), 20, 0).tolist() == [0, 1, 2, 3, 4]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.05, 0.3, 2.0]))
def test_labelled_points_survive_voxelisation(seed: int, voxel: float) -> None:
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(0, 1, (300, 3)).astype(np.float32)
    label = only(rng.integers(0, 4, 300), rng.choice(300, 12, replace=False))
    voxels = voxelise(torch.from_numpy(xyz), voxel)
    found = region_labels(torch.from_numpy(label), voxels.row, len(voxels.grid), 4)
    for point in np.flatnonzero(label >= 0):
        inside = label[(voxels.row == voxels.row[point]).numpy()]
        assert found[voxels.row[point]] == np.bincount(inside[inside >= 0]).argmax()
    assert int((found >= 0).sum()) == len(voxels.row[torch.from_numpy(label >= 0)].unique())


def test_a_list_of_scenes_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "5.txt"
    path.write_text("scene-0007\n\nscene-0003\r\n")
    listed = Annotation(percent=0, scene_list=str(path))
    assert listed.any and labelled_scenes(SCENES, listed) == ("scene-0007", "scene-0003")
    path.write_bytes("\ufeffscene-0007\n".encode())
    assert labelled_scenes(SCENES, listed) == ("scene-0007",)
    path.write_text("scene-0007\nelsewhere\n")
    with pytest.raises(SceneglotError, match=r"5\.txt: 1 of 2 are not"):
        labelled_scenes(SCENES, listed)
    path.write_text("\n")
    with pytest.raises(SceneglotError, match="one a line"):
        labelled_scenes(SCENES, listed)
    with pytest.raises(SceneglotError, match="cannot be read"):
        labelled_scenes(SCENES, Annotation(scene_list=str(tmp_path / "none.txt")))


@pytest.mark.parametrize("kind", [np.asarray, torch.tensor, list])
def test_lists_of_points_as_torch_saves_them(tmp_path: Path, kind: type) -> None:
    path = tmp_path / "points20"
    torch.save({"scene0000_00": kind([9, 3, 3]), "scene0001_00": kind([0])}, path)
    lists = read_point_lists(path)
    assert listed_points(lists, "scene0000_00", 10).tolist() == [3, 9]
    with pytest.raises(SceneglotError, match="has 9 points, the lists name number 9"):
        listed_points(lists, "scene0000_00", 9)
    with pytest.raises(SceneglotError, match="no scene other"):
        listed_points(lists, "other", 9)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        {},
        {"a": torch.tensor([0.5])},
        {"a": torch.tensor([-1])},
        {3: torch.ones(1)},
        {"a": [[1, 2], [3]]},
        {"a": np.array([2**63 + 5], np.uint64)},
    ],
)
def test_other_files_are_no_lists_of_points(tmp_path: Path, value: object) -> None:
    torch.save(value, tmp_path / "points")
    with pytest.raises(SceneglotError, match="expected"):
        read_point_lists(tmp_path / "points")


def test_only_listed_points_keep_their_labels(toy_rooms: Store, tmp_path: Path) -> None:
    names = toy_rooms.split("train")
    torch.save({name: torch.tensor([5, 70, 900]) for name in names}, tmp_path / "points3")
    annotation = Annotation(point_lists=str(tmp_path / "points3"))
    regions = lambda name: np.zeros(len(toy_rooms.scene(name)), np.int64)  # noqa: E731
    clouds = StoreClouds(toy_rooms, names, label_set("nyu40"), Inputs(), regions, annotation=annotation)
    cloud, truth = clouds(names[0]), label_set("nyu40").of_scene(toy_rooms.scene(names[0]))
    assert np.flatnonzero(cloud.label >= 0).tolist() == [i for i in (5, 70, 900) if truth[i] >= 0] != []
    assert np.array_equal(cloud.label[[5, 70, 900]], truth[[5, 70, 900]]) and not cloud.dense


def test_lists_that_do_not_fit_are_refused_before_the_training(toy_rooms: Store, tmp_path: Path) -> None:
    names, file = toy_rooms.split("train"), tmp_path / "points"
    make = lambda: StoreClouds(  # noqa: E731
        toy_rooms, names, label_set("nyu40"), Inputs(), no_regions, annotation=Annotation(point_lists=str(file))
    )
    torch.save({name: torch.tensor([0]) for name in names[1:]}, file)
    with pytest.raises(SceneglotError, match=rf"points: .* no scene {names[0]}"):
        make()
    torch.save({name: torch.tensor([10**6]) for name in names}, file)
    with pytest.raises(SceneglotError, match=r"points: .* the lists name number 1,000,000"):
        make()


def test_lists_of_points_need_whole_scans(tmp_path: Path) -> None:
    scene = toy_scene()
    source = Source("scannet", "scan", notes=("dropped 3 points that are not finite",))
    store = Store.create(tmp_path / "data", origin="scannet", licence="local")
    store.add(replace(scene, source=source), split="train")
    store.finish()
    torch.save({scene.id: torch.tensor([0])}, tmp_path / "points")
    lists = Annotation(point_lists=str(tmp_path / "points"))
    with pytest.raises(SceneglotError, match="the importer dropped 3 points"):
        StoreClouds(store, (scene.id,), label_set("nyu40"), Inputs(), no_regions, annotation=lists)


def no_regions(name: str) -> np.ndarray:
    raise AssertionError("not asked for")
