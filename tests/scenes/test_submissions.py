"""What is written for a benchmark's server is read back as its own scripts read it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.metrics.instances import InstanceMasks, InstanceTruth, instance_score
from sceneglot.scenes.label_spaces import label_space
from sceneglot.scenes.labels import SCANNET20_NYU40
from sceneglot.scenes.submissions import (
    KITTI_RAW,
    nuscenes_tokens,
    write_nuscenes,
    write_nuscenes_meta,
    write_scannet_instances,
    write_scannet_labels,
    write_semantickitti,
)


def test_scannet_has_one_id_a_line(tmp_path: Path) -> None:
    ids = np.array(SCANNET20_NYU40)[np.random.default_rng(0).integers(0, 20, 500)]
    path = write_scannet_labels(tmp_path, "scene0707_00", ids)
    assert path == tmp_path / "scene0707_00.txt" and path.read_bytes().count(b"\n") == 500
    assert np.array_equal(np.loadtxt(path, dtype=int), ids)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(0, 4))
def test_scannet_instances_there_and_back(tmp_path_factory: pytest.TempPathFactory, seed: int, count: int) -> None:
    rng, folder = np.random.default_rng(seed), tmp_path_factory.mktemp("masks")
    instance = rng.integers(-1, count, 60) if count else np.full(60, -1)
    ids, score = rng.choice(SCANNET20_NYU40[2:], count), rng.uniform(0, 1, count)
    listed = write_scannet_instances(folder, "scene0707_00", instance, ids, score)[0]
    rows = [line.split(" ") for line in listed.read_text().splitlines()]
    assert [int(number) for _, number, _ in rows] == ids.tolist()
    np.testing.assert_allclose([float(sure) for _, _, sure in rows], score, atol=1e-6)
    for row, (name, _, _) in enumerate(rows):
        assert Path(name).parent.name == "predicted_masks"
        assert np.array_equal(np.loadtxt(folder / name, dtype=int), instance == row)


def test_instances_read_back_score_as_before(tmp_path: Path) -> None:
    instance = np.repeat([0, 1, -1], 150)
    label, score = np.array([0, 1]), np.array([0.9, 0.4], np.float32)
    truth = InstanceTruth(np.repeat([4, 7, -1], 150), np.repeat([0, 0, -1], 150))
    write_scannet_instances(tmp_path, "scene0000_00", instance, np.array([3, 4]), score)
    rows = [line.split() for line in (tmp_path / "scene0000_00.txt").read_text().splitlines()]
    mask = np.stack([np.loadtxt(tmp_path / name, dtype=int) != 0 for name, _, _ in rows])
    read = InstanceMasks(mask, np.array([int(i) - 3 for _, i, _ in rows]), np.array([float(s) for *_, s in rows]))
    before = instance_score([InstanceMasks.of_rows(instance, label, score)], [truth], 2)
    assert instance_score([read], [truth], 2).mean_ap == before.mean_ap == pytest.approx(0.5)


def test_kitti_files_map_back_to_the_classes(tmp_path: Path) -> None:
    space, label = label_space("semantickitti"), np.arange(19).repeat(3)
    path = write_semantickitti(tmp_path, "11_000042", label)
    assert path == tmp_path / "sequences" / "11" / "predictions" / "000042.label"
    raw = np.fromfile(path, np.uint32)
    back, unknown = space.classes_of(raw)
    assert np.array_equal(back - 1, label) and not unknown and len(KITTI_RAW) == len(space.classes)
    assert not any(space.raw_name[i].startswith("moving") for i in KITTI_RAW)
    with pytest.raises(SceneglotError, match="is no frame"):
        write_semantickitti(tmp_path, "room-11", label)


def test_nuscenes_files_have_the_devkit_s_layout(tmp_path: Path) -> None:
    path = write_nuscenes(tmp_path, "test", "0ab9", np.arange(16))
    assert path == tmp_path / "lidarseg" / "test" / "0ab9_lidarseg.bin"
    assert np.fromfile(path, np.uint8).tolist() == list(range(1, 17))
    meta = json.loads(write_nuscenes_meta(tmp_path, "test").read_text())["meta"]
    assert set(meta) == {"use_camera", "use_lidar", "use_radar", "use_map", "use_external"}
    assert meta["use_lidar"] is True and sum(meta.values()) == 1


@pytest.mark.parametrize("wrong", [-1, 19])
def test_what_no_server_knows_is_not_written(tmp_path: Path, wrong: int) -> None:
    label = np.array([0, wrong, 3])
    for write in (
        lambda: write_semantickitti(tmp_path, "11_000042", label),
        lambda: write_nuscenes(tmp_path, "test", "0ab9", label),
    ):
        with pytest.raises(SceneglotError, match="per point"):
            write()
    for instance, ids, score in (([0, 1], [3], [0.5]), ([0, 0], [3, 4], [0.5])):
        with pytest.raises(SceneglotError, match="one id and score"):
            write_scannet_instances(tmp_path, "scene0707_00", np.array(instance), np.array(ids), np.array(score))
    assert not list(tmp_path.rglob("*.*"))


def test_tokens_are_found_by_the_name_of_the_point_file(tmp_path: Path) -> None:
    rows = [{"token": f"t{i}", "filename": f"samples/LIDAR_TOP/{i}.pcd.bin"} for i in range(3)]
    (tmp_path / "sample_data.json").write_text(json.dumps(rows))
    assert nuscenes_tokens(tmp_path, ["2.pcd.bin"]) == {"2.pcd.bin": "t2"}
    with pytest.raises(BadFileError, match=r"knows no 9\.pcd\.bin"):
        nuscenes_tokens(tmp_path, ["9.pcd.bin"])
    with pytest.raises(BadFileError):
        nuscenes_tokens(tmp_path / "elsewhere", ["2.pcd.bin"])
