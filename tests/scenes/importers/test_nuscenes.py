"""nuScenes lidarseg in its official layout, tables included."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.scenes.check import check_scene
from sceneglot.scenes.importers.nuscenes import NuScenesOptions, nuscenes_jobs, split_of
from sceneglot.scenes.label_spaces import label_space

QUARTER = [0.5**0.5, 0, 0, 0.5**0.5]  # w, x, y, z: 90 degrees about z
VERSION = "v1.0-trainval"


def write_nuscenes(root: Path, drives=("scene-0001", "scene-0003"), frames: int = 2, labelled: bool = True) -> Path:
    rng = np.random.default_rng(0)
    raw_name = label_space("nuscenes-lidarseg").raw_name
    tables: dict[str, list[dict]] = {
        "sensor": [{"token": "top", "channel": "LIDAR_TOP"}, {"token": "cam", "channel": "CAM_FRONT"}],
        "calibrated_sensor": [
            {"token": "calib", "sensor_token": "top", "translation": [1.0, 0.0, 2.0], "rotation": QUARTER},
            {"token": "lens", "sensor_token": "cam", "translation": [1.0, 0.0, 2.0], "rotation": QUARTER},
        ],
        "ego_pose": [], "scene": [], "sample": [], "sample_data": [], "lidarseg": [],
        "category": [{"token": str(i), "name": n, "index": i} for i, n in raw_name.items()],
    }  # fmt: skip
    (root / "samples" / "LIDAR_TOP").mkdir(parents=True)
    (root / "lidarseg" / VERSION).mkdir(parents=True)
    for name in drives:
        tables["scene"].append({"token": f"token-{name}", "name": name})
        for number in reversed(range(frames)):  # the tables are in no order
            key = f"{name}-{number}"
            tables["sample"].append({"token": f"sample-{key}", "scene_token": f"token-{name}", "timestamp": number})
            tables["ego_pose"].append({"token": f"ego-{key}", "translation": [100.0, 0, 0], "rotation": [1, 0, 0, 0]})
            for kind, calib, keyframe in (("top", "calib", True), ("sweep", "calib", False), ("cam", "lens", True)):
                tables["sample_data"].append(
                    {
                        "token": f"{kind}-{key}",
                        "sample_token": f"sample-{key}",
                        "ego_pose_token": f"ego-{key}",
                        "calibrated_sensor_token": calib,
                        "timestamp": number,
                        "is_key_frame": keyframe,
                        "filename": f"samples/LIDAR_TOP/n008 {key}__LIDAR_TOP.pcd.bin",
                    }
                )
            rows = np.concatenate([rng.uniform(-20, 20, (64, 3)), np.full((64, 1), 51.0), np.ones((64, 1))], axis=1)
            rows.astype("<f4").tofile(root / "samples" / "LIDAR_TOP" / f"n008 {key}__LIDAR_TOP.pcd.bin")
            if labelled:
                file = f"lidarseg/{VERSION}/top-{key}_lidarseg.bin"
                np.arange(64, dtype=np.uint8).clip(0, 31).tofile(root / file)
                tables["lidarseg"].append({"token": key, "filename": file, "sample_data_token": f"top-{key}"})
    if not labelled:
        del tables["lidarseg"]
    (root / VERSION).mkdir()
    for table, rows in tables.items():
        (root / VERSION / f"{table}.json").write_text(json.dumps(rows, indent=0))
    return root


def edit(root: Path, table: str, change) -> None:
    path = root / VERSION / f"{table}.json"
    rows = json.loads(path.read_text())
    change(rows)
    path.write_text(json.dumps(rows))


def test_tables_are_joined(tmp_path):
    jobs = nuscenes_jobs(write_nuscenes(tmp_path))
    assert [(j.scene_id, j.split) for j in jobs] == [
        ("scene-0001_000", "train"), ("scene-0001_001", "train"), ("scene-0003_000", "val"), ("scene-0003_001", "val"),
    ]  # fmt: skip
    assert [path.name for path in jobs[1].files] == [
        "n008 scene-0001-1__LIDAR_TOP.pcd.bin", "top-scene-0001-1_lidarseg.bin",
    ]  # fmt: skip
    scene = jobs[1].load()
    raw = np.fromfile(jobs[1].files[0], "<f4").reshape(-1, 5)
    # 90 degrees about z, then the laser's place on the car
    np.testing.assert_allclose(scene.xyz, np.stack([1 - raw[:, 1], raw[:, 0], raw[:, 2] + 2], 1), atol=1e-5)
    assert scene.category is not None and scene.intensity is not None
    assert scene.category[[0, 2, 9, 17, 24, 30, 31]].tolist() == [0, 7, 1, 4, 11, 16, 0]
    np.testing.assert_allclose(scene.intensity, 0.2, atol=1e-6)
    assert [p for p in check_scene(scene)[1] if p.level == "error"] == []


def test_frames_of_reference(tmp_path):
    write_nuscenes(tmp_path)
    sensor, ego, world = (
        nuscenes_jobs(tmp_path, NuScenesOptions(frame=frame))[0].load().xyz for frame in ("sensor", "ego", "world")
    )
    raw = np.fromfile(next((tmp_path / "samples" / "LIDAR_TOP").glob("*0001-0*")), "<f4").reshape(-1, 5)
    assert np.array_equal(sensor, raw[:, :3])
    np.testing.assert_allclose(world - ego, np.tile([100.0, 0, 0], (64, 1)), atol=1e-4)


def test_unlabelled_and_thinned(tmp_path):
    jobs = nuscenes_jobs(write_nuscenes(tmp_path, frames=5, labelled=False), NuScenesOptions(every=3))
    assert [job.scene_id for job in jobs][:2] == ["scene-0001_000", "scene-0001_003"]
    assert jobs[0].load().category is None and len(jobs[0].files) == 1


def test_official_splits():
    names = [f"scene-{n:04d}" for n in range(1, 1111)]
    assert sum(split_of(name, VERSION) == "val" for name in names) == 150
    assert [split_of(name, "v1.0-mini") for name in ("scene-0103", "scene-0916", "scene-0061", "scene-1100")] == [
        "val", "val", "train", "train",
    ]  # fmt: skip
    assert split_of("scene-0077", "v1.0-test") == "test" and split_of("my drive", VERSION) == ""


@pytest.mark.parametrize(
    ("table", "change", "match"),
    [
        ("sample_data", lambda rows: rows[0].update(filename="../../etc/passwd"), "outside the data set"),
        ("sample_data", lambda rows: rows[0].update(filename="/etc/passwd"), "outside the data set"),
        ("sample_data", lambda rows: rows[0].pop("filename"), "row 0 lacks"),
        ("sample_data", lambda rows: rows[0].update(timestamp="late"), "timestamp"),
        ("sample_data", lambda rows: rows.clear(), "no keyframe"),
        ("sample", lambda rows: rows.clear(), "knows no drive"),
        ("calibrated_sensor", lambda rows: rows[0].update(rotation=[0, 0, 0, 0]), "no pose"),
        ("calibrated_sensor", lambda rows: rows[0].update(translation=[1, 2]), "no pose"),
        ("lidarseg", lambda rows: rows[0].update(filename="lidarseg/../../x.bin"), "outside the data set"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path, table, change, match):
    edit(write_nuscenes(tmp_path), table, change)
    with pytest.raises(SceneglotError, match=match):
        nuscenes_jobs(tmp_path)


@pytest.mark.parametrize("text", ["", "[", "{}", "[1]", '[{"token": "x"', "[" * 100_000, '[{"a": NaN}]', "\xff"])
def test_tables_that_are_no_tables_are_refused(tmp_path, text):
    write_nuscenes(tmp_path)
    (tmp_path / VERSION / "sample_data.json").write_text(text, encoding="latin-1")
    with pytest.raises(SceneglotError, match="sample_data"):
        nuscenes_jobs(tmp_path)


def test_sizes_that_do_not_fit_are_refused(tmp_path):
    job = nuscenes_jobs(write_nuscenes(tmp_path))[0]
    points, labels = job.files
    labels.write_bytes(labels.read_bytes()[:-1])
    with pytest.raises(SceneglotError, match="63 labels"):
        job.load()
    points.write_bytes(points.read_bytes()[:-1])
    with pytest.raises(SceneglotError, match="multiple of 20"):
        job.load()


def test_several_versions_need_a_choice(tmp_path):
    write_nuscenes(tmp_path)
    (tmp_path / "v1.0-mini").mkdir()
    (tmp_path / "v1.0-mini" / "sample_data.json").write_text("[]")
    with pytest.raises(SceneglotError, match="--version"):
        nuscenes_jobs(tmp_path)
    assert len(nuscenes_jobs(tmp_path, NuScenesOptions(version=VERSION))) == 4
    with pytest.raises(SceneglotError, match="no nuScenes tables"):
        nuscenes_jobs(tmp_path, NuScenesOptions(version="v2"))
    with pytest.raises(SceneglotError, match="no plain file name"):
        nuscenes_jobs(tmp_path, NuScenesOptions(version="../x"))


@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 0.99), st.integers(0, 255)), max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("table", ["sample_data", "calibrated_sensor", "lidarseg"])
def test_damaged_tables_end_well(tmp_path, table, cut, flips):
    if not (tmp_path / VERSION).is_dir():
        write_nuscenes(tmp_path, frames=1)
        (tmp_path / "whole").write_bytes((tmp_path / VERSION / f"{table}.json").read_bytes())
    data = bytearray((tmp_path / "whole").read_bytes())
    data = data[: round(len(data) * cut)]
    for where, value in flips if data else ():
        data[int(where * len(data))] = value
    (tmp_path / VERSION / f"{table}.json").write_bytes(data)
    try:
        for job in nuscenes_jobs(tmp_path):
            job.load()
    except SceneglotError as error:
        assert "\n" not in str(error)
