"""S3DIS in its official layout, with the damage that is in the published files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import BadFileError
from sceneglot.scenes.check import check_scene
from sceneglot.scenes.importers.s3dis import S3DISOptions, read_points, read_room, s3dis_jobs
from sceneglot.scenes.labels import NYU40_NAMES

RNG = np.random.default_rng(0)


def _rows(count: int, low, high) -> np.ndarray:
    return np.concatenate([RNG.uniform(low, high, (count, 3)), RNG.integers(0, 256, (count, 3))], axis=1)


def _write(path: Path, rows: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, rows, "%.3f")
    return path


def write_room(room: Path) -> dict[str, np.ndarray]:
    """A room of five annotation files; returns their rows by file name."""
    files = {
        "ceiling_1.txt": _rows(200, (0, 0, 2.9), (4, 3, 3)),
        "floor_1.txt": _rows(200, (0, 0, 0), (4, 3, 0.05)),
        "chair_2.txt": _rows(50, (1, 1, 0), (1.5, 1.5, 1)),
        "chair_10.txt": _rows(50, (3, 2, 0), (3.5, 2.5, 1)),
        "stairs_1.txt": _rows(30, (0, 2, 0), (0.5, 3, 1)),
    }
    for name, rows in files.items():
        _write(room / "Annotations" / name, rows)
    _write(room / f"{room.name}.txt", np.concatenate(list(files.values())))
    return files


def test_a_room_becomes_a_labelled_scene(tmp_path):
    files = write_room(tmp_path / "Area_5" / "conferenceRoom_2")
    job = s3dis_jobs(tmp_path)[0]
    assert (job.scene_id, job.split, len(job.files)) == ("Area_5_conferenceRoom_2", "test", 5)
    scene = job.load()
    assert len(scene) == 530 and scene.room_type == "conference room" and scene.has_color
    assert scene.objects.label == ("ceiling", "chair", "chair", "floor", "stairs")  # chair_2 before chair_10
    assert scene.category is not None and scene.semantic is not None and scene.instance is not None
    assert scene.label_space == "s3dis"
    chair = scene.instance == 2
    np.testing.assert_allclose(scene.xyz[chair], files["chair_2.txt"][:, :3], atol=6e-4)
    assert np.array_equal(scene.rgb[chair], files["chair_2.txt"][:, 3:])
    assert set(scene.category[chair]) == {9} and NYU40_NAMES[scene.semantic[chair][0]] == "chair"
    assert set(scene.category[scene.instance == 5]) == {13}  # stairs are clutter ...
    assert any("stairs" in note for note in scene.source.notes)  # ... and it is said
    np.testing.assert_allclose(scene.objects.low[1], files["chair_2.txt"][:, :3].min(0), atol=1e-3)
    assert check_scene(scene)[1] == []


def test_areas_give_splits(tmp_path):
    for area, room in ((1, "office_1"), (5, "office_1"), (6, "hallway_3")):
        write_room(tmp_path / "Stanford3dDataset_v1.2_Aligned_Version" / f"Area_{area}" / room)
    splits = {job.scene_id: job.split for job in s3dis_jobs(tmp_path)}
    assert splits == {"Area_1_office_1": "train", "Area_5_office_1": "test", "Area_6_hallway_3": "train"}
    assert {job.split for job in s3dis_jobs(tmp_path, S3DISOptions(test_area=0))} == {""}
    assert [job.split for job in s3dis_jobs(tmp_path, S3DISOptions(test_area=6))] == ["train", "train", "test"]


@pytest.mark.parametrize("line", [b"3.001 2.002 3.000 185 187 103.0\x100000", b"3.001 2.002 3.000 185 187 1\xff03"])
def test_the_known_bad_byte_is_repaired_and_reported(tmp_path, line):
    path = _write(tmp_path / "office_19" / "Annotations" / "ceiling_1.txt", _rows(150, 0, 3))
    lines = path.read_bytes().splitlines()
    lines[41] = line
    path.write_bytes(b"\n".join(lines))
    rows, notes = read_points(path)
    assert len(rows) == 150
    np.testing.assert_allclose(rows[-1], [3.001, 2.002, 3.0, 185, 187, 103], atol=1e-4)
    assert notes == ("office_19/ceiling_1.txt: damaged line 42: 1 repaired, 0 left out",)


def test_a_lost_line_is_left_out_and_reported(tmp_path):
    path = _write(tmp_path / "office_19" / "Annotations" / "ceiling_1.txt", _rows(150, 0, 3))
    path.write_bytes(path.read_bytes() + b"1.0 2.0\n")
    rows, notes = read_points(path)
    assert len(rows) == 150 and notes == ("office_19/ceiling_1.txt: damaged line 151: 0 repaired, 1 left out",)


def test_alignment_turns_about_the_middle(tmp_path):
    room = tmp_path / "Stanford3dDataset_v1.2" / "Area_1" / "office_1"
    square = np.array([[1, 1, 0], [3, 1, 0], [3, 2, 1], [1, 2, 0]], float)
    _write(room / "Annotations" / "floor_1.txt", np.concatenate([square, np.zeros((4, 3))], axis=1))
    (room.parent / "Area_1_alignmentAngle.txt").write_text("## Global alignment angle\noffice_1 90\n")
    scene = s3dis_jobs(tmp_path)[0].load()
    # -90 degrees about (2, 1.5): (1, 1) -> (1.5, 2.5)
    np.testing.assert_allclose(scene.xyz, [[1.5, 2.5, 0], [1.5, 0.5, 0], [2.5, 0.5, 1], [2.5, 2.5, 0]], atol=1e-6)
    left = s3dis_jobs(tmp_path, S3DISOptions(align="no"))[0].load()
    np.testing.assert_allclose(left.xyz, square, atol=1e-6)
    (room.parent / "Area_1_alignmentAngle.txt").write_text("office_2 90\n")
    other = s3dis_jobs(tmp_path)[0].load()
    np.testing.assert_allclose(other.xyz, square, atol=1e-6)
    assert other.source.notes == ("Area_1_alignmentAngle.txt has no angle for it: not turned",)
    (room.parent / "Area_1_alignmentAngle.txt").unlink()
    with pytest.raises(BadFileError, match=r"Area_1_alignmentAngle.txt: no such file: --align yes"):
        s3dis_jobs(tmp_path, S3DISOptions(align="yes"))
    (room.parent / "Area_1_alignmentAngle.txt").write_text("## Global alignment angle\noffice_1 90\n")
    aligned = tmp_path / "Stanford3dDataset_v1.2_Aligned_Version"
    (tmp_path / "Stanford3dDataset_v1.2").rename(aligned)
    np.testing.assert_allclose(s3dis_jobs(aligned)[0].load().xyz, square, atol=1e-6)
    aligned.rename(tmp_path / "S3DIS_unaligned")
    np.testing.assert_array_equal(s3dis_jobs(tmp_path / "S3DIS_unaligned")[0].load().xyz, scene.xyz)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"1 2 3\n", b"a b c d e f\n", b"nan nan nan 1 2 3\n", b"1e30 0 0 1 2 3\n"]
)
def test_files_without_points_are_refused(tmp_path, content):
    path = tmp_path / "office_1" / "Annotations" / "chair_1.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(BadFileError, match="chair_1"):
        read_room(tmp_path / "office_1", "office_1")


def test_folders_without_rooms_are_refused(tmp_path):
    (tmp_path / "office_1" / "Annotations").mkdir(parents=True)
    with pytest.raises(BadFileError, match="no annotation file"):
        read_room(tmp_path / "office_1", "office_1")
    with pytest.raises(BadFileError, match="no S3DIS room"):
        s3dis_jobs(tmp_path / "office_1" / "Annotations")


@given(data=st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_bytes_end_well(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("room") / "chair_1.txt"
    path.write_bytes(data)
    try:
        rows, _ = read_points(path)
    except BadFileError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(rows).all() and len(rows)


@pytest.mark.realdata
def test_100_real_points(real_data, tmp_path):
    """The local sample is a binary extract; written back as text it must survive the reader."""
    folder = real_data / "scans" / "s3dis_100pts"
    rows = np.fromfile(folder / "points" / "Area_1_office_2.bin", "<f4").reshape(100, 6)
    labels = np.fromfile(folder / "semantic_mask" / "Area_1_office_2.bin", "<i8")
    names = (real_data / "meta" / "s3dis" / "class_names.txt").read_text().split()
    for label in np.unique(labels):
        _write(tmp_path / "Area_1" / "office_2" / "Annotations" / f"{names[label]}_1.txt", rows[labels == label])
    scene = s3dis_jobs(tmp_path)[0].load()
    assert scene.category is not None
    assert sorted(scene.category - 1) == sorted(labels)
    np.testing.assert_allclose(np.sort(scene.xyz, axis=0), np.sort(rows[:, :3], axis=0), atol=6e-4)
