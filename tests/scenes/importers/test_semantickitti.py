"""SemanticKITTI in its official layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.check import check_scene
from sceneglot.scenes.importers.semantickitti import (
    SemanticKittiOptions,
    read_frame,
    read_poses,
    semantickitti_jobs,
)

TR = np.array([[0.0, -1, 0, 0.1], [0, 0, -1, -0.2], [1, 0, 0, -0.3], [0, 0, 0, 1]])  # laser to camera


def write_sequence(folder: Path, frames: int = 3, points: int = 40, labelled: bool = True) -> None:
    rng = np.random.default_rng(0)
    (folder / "velodyne").mkdir(parents=True)
    for frame in range(frames):
        rows = np.concatenate([rng.uniform(-20, 20, (points, 3)), rng.random((points, 1))], axis=1)
        rows.astype("<f4").tofile(folder / "velodyne" / f"{frame:06d}.bin")
        if labelled:
            raw = np.full(points, 40, np.uint32)
            raw[:10], raw[10:20], raw[20:25], raw[25:28] = 7 << 16 | 10, 8 << 16 | 252, 99, 7 << 16 | 30
            (folder / "labels").mkdir(exist_ok=True)
            raw.astype("<u4").tofile(folder / "labels" / f"{frame:06d}.label")
    line = lambda m: " ".join(f"{v:e}" for v in m[:3].ravel())  # noqa: E731
    calib = [f"P{i}: {line(np.eye(4))}" for i in range(4)] + [f"Tr: {line(TR)}"]
    (folder / "calib.txt").write_text("\n".join(calib) + "\n")
    poses = []
    for frame in range(frames):
        pose = np.eye(4)
        pose[2, 3] = 2.0 * frame  # the camera moves ahead along its z
        poses.append(line(pose))
    (folder / "poses.txt").write_text("\n".join(poses) + "\n")


def test_frames_and_their_labels(tmp_path):
    write_sequence(tmp_path / "dataset" / "sequences" / "08")
    jobs = semantickitti_jobs(tmp_path)
    assert [(job.scene_id, job.split) for job in jobs] == [(f"08_00000{i}", "val") for i in range(3)]
    scene = jobs[0].load()
    assert scene.category is not None and scene.instance is not None and scene.intensity is not None
    assert scene.label_space == "semantickitti" and scene.semantic is None and not scene.has_color
    assert scene.category[[0, 10, 20, 25, 39]].tolist() == [1, 1, 0, 6, 9]
    assert scene.objects.label == ("car", "person", "moving-car")  # one number, two classes: two objects
    assert scene.objects.id.tolist() == [7 << 16 | 10, 7 << 16 | 30, 8 << 16 | 252]
    assert (scene.instance[:10] == (7 << 16 | 10)).all() and (scene.instance[28:] == -1).all()
    np.testing.assert_allclose(scene.objects.high[0], scene.xyz[:10].max(0), rtol=1e-6)
    raw = np.fromfile(jobs[0].files[0], "<f4").reshape(-1, 4)
    assert np.array_equal(scene.xyz, raw[:, :3]) and np.array_equal(scene.intensity, raw[:, 3])
    assert [p for p in check_scene(scene)[1] if p.level == "error"] == []


def test_options_choose_frames(tmp_path):
    for sequence in ("00", "08", "11"):
        write_sequence(tmp_path / "sequences" / sequence, frames=5, labelled=sequence != "11")
    jobs = semantickitti_jobs(tmp_path, SemanticKittiOptions(sequences=(0, 11), every=2))
    assert [job.scene_id for job in jobs] == [f"{s}_00000{i}" for s in ("00", "11") for i in (0, 2, 4)]
    assert {job.split for job in jobs} == {"train", "test"}
    scene = jobs[-1].load()
    assert scene.category is None and "no labels" in scene.source.notes
    with pytest.raises(SceneglotError, match="every"):
        semantickitti_jobs(tmp_path, SemanticKittiOptions(every=0))
    with pytest.raises(BadFileError, match="no SemanticKITTI frame"):
        semantickitti_jobs(tmp_path, SemanticKittiOptions(sequences=(3,)))


def test_one_sequence_named_from_inside(tmp_path, monkeypatch):
    write_sequence(tmp_path / "sequences" / "08")
    monkeypatch.chdir(tmp_path / "sequences" / "08")
    jobs = semantickitti_jobs(Path())
    assert [job.scene_id for job in jobs] == ["08_000000", "08_000001", "08_000002"] and jobs[0].split == "val"


def test_poses_move_the_laser_ahead(tmp_path):
    """The camera's z is the laser's x: two metres ahead a frame, whatever the offset between them."""
    write_sequence(tmp_path / "sequences" / "00")
    poses = read_poses(tmp_path / "sequences" / "00")
    np.testing.assert_allclose(poses[2, :3, 3], [4, 0, 0], atol=1e-6)
    np.testing.assert_allclose(poses[2, :3, :3], np.eye(3), atol=1e-6)
    sensor, world = (
        semantickitti_jobs(tmp_path, SemanticKittiOptions(frame=frame))[1].load() for frame in ("sensor", "world")
    )
    np.testing.assert_allclose(world.xyz - sensor.xyz, np.tile([2.0, 0, 0], (40, 1)), atol=1e-5)


@pytest.mark.parametrize(
    ("file", "change", "match"),
    [
        ("velodyne/000000.bin", lambda data: data[:-4], "multiple of 16"),
        ("velodyne/000000.bin", lambda data: b"", "empty"),
        ("velodyne/000000.bin", lambda data: b"\xff" * len(data), "no points"),
        ("velodyne/000000.bin", lambda data: data[:-16], "40 labels"),
        ("labels/000000.label", lambda data: data[:-2], "multiple of 4"),
        ("labels/000000.label", lambda data: b"\xff" * len(data), "instance numbers"),
    ],
)
def test_damaged_frames_are_refused(tmp_path, file, change, match):
    folder = tmp_path / "sequences" / "00"
    write_sequence(folder)
    (folder / file).write_bytes(change((folder / file).read_bytes()))
    with pytest.raises(BadFileError, match=match):
        semantickitti_jobs(tmp_path)[0].load()


def test_single_bad_points_are_dropped_with_their_labels(tmp_path):
    folder = tmp_path / "sequences" / "00"
    write_sequence(folder, frames=1, points=200)
    rows = np.fromfile(folder / "velodyne" / "000000.bin", "<f4").reshape(-1, 4)
    rows[0, 1] = np.nan
    rows.tofile(folder / "velodyne" / "000000.bin")
    scene = semantickitti_jobs(tmp_path)[0].load()
    assert len(scene) == 199 and "dropped 1 rows" in scene.source.notes[0]
    assert scene.instance is not None and (scene.instance == (7 << 16 | 10)).sum() == 9


@pytest.mark.parametrize("poses", ["1 2 3\n", "x " * 12, "nan " * 12, ""])
def test_bad_poses_are_refused(tmp_path, poses):
    folder = tmp_path / "sequences" / "00"
    write_sequence(folder)
    (folder / "poses.txt").write_text(poses)
    with pytest.raises(BadFileError, match="poses"):
        semantickitti_jobs(tmp_path, SemanticKittiOptions(frame="world"))


@given(points=st.binary(max_size=64), labels=st.binary(max_size=16))
@settings(max_examples=100, deadline=None)
def test_any_bytes_end_well(tmp_path_factory, points, labels):
    folder = tmp_path_factory.mktemp("frame")
    (folder / "0.bin").write_bytes(points)
    (folder / "0.label").write_bytes(labels)
    try:
        scene = read_frame(folder / "0.bin", folder / "0.label", "x")
    except BadFileError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(scene.xyz).all()


@pytest.mark.realdata
def test_the_real_frame(real_data):
    scene = semantickitti_jobs(real_data / "scans" / "semantickitti")[0].load()
    assert scene.category is not None and scene.intensity is not None
    assert len(scene) == 124_668 and scene.id == "00_000000"
    # The ground lies 1.7 m below the laser, and roads are flat.
    near = (scene.category == 9) & (np.abs(scene.xyz[:, :2]) < 10).all(1)
    assert -1.9 < np.median(scene.xyz[near, 2]) < -1.5
    assert (scene.category > 0).mean() > 0.9 and "car" in scene.objects.label
    assert scene.intensity.min() >= 0 and scene.intensity.max() <= 1
    assert [p for p in check_scene(scene)[1] if p.level == "error"] == []
