"""The prepared forms of ScanNet, written here in their layouts with known content, read back."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.scannet import read_scan
from sceneglot.scenes.importers.scannet_classes import majority
from sceneglot.scenes.importers.scannet_pointcept import PointceptOptions, pointcept_jobs
from sceneglot.scenes.importers.scannet_pointgroup import pointgroup_jobs
from sceneglot.scenes.importers.scannet_votenet import VoteNetOptions, votenet_jobs
from sceneglot.scenes.labels import SCANNET20_NYU40
from sceneglot.scenes.labels_scannet import scannet200

XYZ = np.array([[0, 0, 0], [1, 0, 0], [1, 2, 0], [5, 5, 1], [6, 5, 3], [9, 9, 9]], np.float32)
RGB = np.array([[0, 10, 20], [0, 20, 40], [0, 30, 60], [255, 0, 0], [255, 0, 2], [7, 7, 7]], np.float32)
NYU40 = np.array([5, 5, 5, 14, 14, 0])
INSTANCE = np.array([0, 0, 0, 7, 7, -1])  # objectId


def write_votenet(folder, scan="scene0000_00", *, aligned=True, instance=INSTANCE):
    """ScanRefer's arrays: aligned = raw turned by 90 degrees about z; normals stay in the raw frame."""
    folder.mkdir(parents=True, exist_ok=True)
    normal = np.tile(np.float32([1, 0, 0]), (len(XYZ), 1))
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    raw = np.concatenate([XYZ, RGB, normal], axis=1)
    np.save(folder / f"{scan}_vert.npy", raw)
    if aligned:
        np.save(folder / f"{scan}_aligned_vert.npy", np.concatenate([XYZ @ turn.T, RGB, normal], axis=1))
    np.save(folder / f"{scan}_sem_label.npy", NYU40.astype(np.uint32))
    np.save(folder / f"{scan}_ins_label.npy", (instance + 1).astype(np.uint32))
    # Exact boxes are a little larger than those of the points that were drawn.
    boxes = np.array([[-1.0, 0.5, 0.05, 2.1, 1.1, 0.1, 5, 0], [-5.0, 5.5, 2, 0.2, 1, 2.2, 14, 7]])
    np.save(folder / f"{scan}_{'aligned_' if aligned else ''}bbox.npy", boxes)
    return folder


def test_votenet_arrays(tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "scannetv2_val.txt").write_text("scene0000_00\n")
    (job,) = votenet_jobs(write_votenet(tmp_path / "v"), VoteNetOptions(tmp_path / "lists"))
    assert (job.scene_id, job.split, len(job.files)) == ("scene0000_00", "val", 5)
    scene = job.load()
    np.testing.assert_allclose(scene.xyz[2], [-2, 1, 0], atol=1e-6)
    np.testing.assert_allclose(scene.normal, np.tile([0, 1, 0], (6, 1)), atol=1e-5)  # turned with the points
    assert scene.instance.tolist() == INSTANCE.tolist()
    assert scene.semantic.tolist() == NYU40.tolist()
    assert scene.objects.label == ("chair", "desk")
    assert scene.objects.id.tolist() == [0, 7]
    np.testing.assert_allclose(scene.objects.size, [[2.1, 1.1, 0.1], [0.2, 1, 2.2]], atol=1e-6)  # the exact ones
    assert scene.rgb[3].tolist() == [255, 0, 0]


def test_votenet_without_the_raw_points_has_no_normals(tmp_path):
    folder = write_votenet(tmp_path)
    (folder / "scene0000_00_vert.npy").unlink()
    scene = votenet_jobs(folder)[0].load()
    assert scene.normal is None
    assert any("normals left out" in note for note in scene.source.notes)
    folder = write_votenet(tmp_path / "plain", aligned=False)
    np.testing.assert_array_equal(votenet_jobs(folder)[0].load().xyz, XYZ)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("aligned_vert", np.zeros((6, 4)), r"expected \(N, 3\)"),
        ("sem_label", np.zeros(5), "expected"),
        ("sem_label", np.full(6, 41), "outside 0 to 40"),
        ("ins_label", np.array([1, 2, 3, 4, 5, np.nan]), "labels"),
        ("aligned_bbox", np.zeros((2, 3)), "expected"),
        ("aligned_vert", np.full((6, 9), np.nan), "not finite"),
        ("aligned_vert", np.array([object()] * 3), "never loaded"),
    ],
)
def test_damaged_votenet_arrays(tmp_path, name, array, message):
    folder = write_votenet(tmp_path)
    np.save(folder / f"scene0000_00_{name}.npy", array)
    with pytest.raises(BadFileError, match=message):
        votenet_jobs(folder)[0].load()


def class20(nyu40: np.ndarray, ignored: int) -> np.ndarray:
    return np.array([SCANNET20_NYU40.index(i) if i in SCANNET20_NYU40 else ignored for i in nyu40])


@pytest.mark.parametrize(("ending", "length"), [("_inst_nostuff", 4), ("", 3), ("_vh_clean_2", 2)])
def test_pointgroup_tuples(tmp_path, ending, length):
    (tmp_path / "train").mkdir()
    ignored = -100 if length == 4 else 255
    value = (
        XYZ - XYZ.mean(0),
        RGB / 127.5 - 1,
        class20(NYU40, ignored).astype(np.float64),
        np.where(INSTANCE < 0, -100, INSTANCE).astype(np.float64),
    )
    torch.save(value[:length], tmp_path / "train" / f"scene0000_00{ending}.pth")
    (job,) = pointgroup_jobs(tmp_path)
    assert (job.scene_id, job.split) == ("scene0000_00", "train")
    scene = job.load()
    np.testing.assert_allclose(scene.xyz, XYZ - XYZ.mean(0), atol=1e-6)
    np.testing.assert_array_equal(scene.rgb, RGB.astype(np.uint8))
    if length >= 3:
        assert scene.semantic.tolist() == NYU40.tolist()
    if length == 4:
        assert scene.instance.tolist() == INSTANCE.tolist()
        assert scene.objects.label == ("chair", "desk")
        assert scene.objects.size[1].tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((XYZ,), "holds no tuple"),
        ({"coord": XYZ}, "holds no tuple"),
        ((XYZ, "red"), "something else than arrays"),
        ((XYZ, RGB[:3]), "rgb has shape"),
        ((XYZ, RGB, np.full(6, 20)), "holds class 20"),
        ((XYZ, RGB, np.zeros(6), np.full(6, 0.5)), "no whole numbers"),
        ((np.array(3.0), RGB), "points have shape"),
        ((XYZ, np.array([{}] * 6)), "never loaded"),
    ],
)
def test_damaged_pointgroup_tuples(tmp_path, value, message):
    torch.save(value, tmp_path / "scene0000_00.pth")
    with pytest.raises(BadFileError, match=message):
        pointgroup_jobs(tmp_path)[0].load()


def write_pointcept(root, scan="scene0000_00", split="val"):
    folder = root / split / scan
    folder.mkdir(parents=True)
    np.save(folder / "coord.npy", XYZ)
    np.save(folder / "color.npy", RGB.astype(np.uint8))
    np.save(folder / "normal.npy", np.tile(np.float32([0, 1, 0]), (6, 1)))
    np.save(folder / "segment20.npy", class20(NYU40, -1).astype(np.int16))
    names = [entry.name for entry in scannet200()]
    fine = [names.index("office chair")] * 3 + [-1, -1, -1]  # the desk has no class of 200: its class of 20 names it
    np.save(folder / "segment200.npy", np.array(fine, np.int16))
    np.save(folder / "instance.npy", INSTANCE.astype(np.int16))
    return folder


def test_pointcept_folders(tmp_path):
    write_pointcept(tmp_path)
    (job,) = pointcept_jobs(tmp_path)
    assert (job.scene_id, job.split, len(job.files)) == ("scene0000_00", "val", 6)
    scene = job.load()
    assert scene.objects.label == ("office chair", "desk")
    assert scene.semantic.tolist() == NYU40.tolist()
    np.testing.assert_array_equal(scene.xyz, XYZ)
    assert any("not axis-aligned" in note for note in scene.source.notes)
    table = tmp_path / "align.json"
    table.write_text(json.dumps({"scene0000_00": [0, -1, 0, 1, 1, 0, 0, 2, 0, 0, 1, 0.5, 0, 0, 0, 1]}))
    turned = pointcept_jobs(tmp_path, PointceptOptions(table))[0].load()
    np.testing.assert_allclose(turned.xyz[1], [1, 3, 0.5], atol=1e-6)
    np.testing.assert_allclose(turned.normal[0], [-1, 0, 0], atol=1e-6)
    table.write_text('{"scene0000_00": [1, 2]}')
    with pytest.raises(BadFileError, match="16 numbers"):
        pointcept_jobs(tmp_path, PointceptOptions(table))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("segment200", np.full(6, 200), "holds class 200"),
        ("segment20", np.zeros(7), "expected"),
        ("coord", np.zeros(3), "points have shape"),
        ("color", np.zeros((6, 4)), "rgb has shape"),
    ],
)
def test_damaged_pointcept_folders(tmp_path, name, array, message):
    np.save(write_pointcept(tmp_path) / f"{name}.npy", array)
    with pytest.raises(BadFileError, match=message):
        pointcept_jobs(tmp_path)[0].load()


@pytest.mark.parametrize("jobs", [votenet_jobs, pointgroup_jobs, pointcept_jobs])
def test_empty_folders(tmp_path, jobs):
    with pytest.raises(BadFileError, match="holds no"):
        jobs(tmp_path)


def test_majority():
    assert majority(np.array([3, 3, 3, 9, 9]), np.array([1, 2, 2, 7, 4])) == {3: 2, 9: 4}


@pytest.mark.realdata
def test_a_real_scan_survives_each_form(real_data, tmp_path):
    """The raw importer's scene, written as others prepare it, comes back with the same objects."""
    raw = read_scan(real_data / "scans/scannet_raw/scene0000_00")
    vote = tmp_path / "vote"
    vote.mkdir()
    np.save(vote / "scene0000_00_vert.npy", np.concatenate([raw.xyz, raw.rgb], axis=1))
    np.save(vote / "scene0000_00_sem_label.npy", raw.semantic)
    np.save(vote / "scene0000_00_ins_label.npy", raw.instance + 1)
    scene = votenet_jobs(vote)[0].load()
    np.testing.assert_array_equal(scene.instance, raw.instance)
    np.testing.assert_array_equal(scene.semantic, raw.semantic)
    present = np.isin(raw.objects.id, np.unique(raw.instance))
    assert scene.objects.id.tolist() == raw.objects.id[present].tolist()
    pg = tmp_path / "pg"
    pg.mkdir()
    value = (raw.xyz, raw.rgb / np.float32(127.5) - 1, class20(raw.semantic, -100), raw.instance.astype(np.float64))
    torch.save(value, pg / "scene0000_00_inst_nostuff.pth")
    scene = pointgroup_jobs(pg)[0].load()
    np.testing.assert_array_equal(scene.rgb, raw.rgb)
    np.testing.assert_array_equal(scene.instance, raw.instance)


def test_alignments_that_are_no_rigid_motion_are_refused(tmp_path):
    (tmp_path / "data" / "scene0000_00").mkdir(parents=True)
    np.save(tmp_path / "data" / "scene0000_00" / "coord.npy", np.zeros((4, 3), np.float32))
    for matrix in (np.diag((2.0, 2, 2, 1)), np.diag((-1.0, 1, 1, 1)), np.full((4, 4), np.nan)):
        table = tmp_path / "alignments.json"
        table.write_text(json.dumps({"scene0000_00": matrix.reshape(-1).tolist()}))
        with pytest.raises(BadFileError, match="alignment of 'scene0000_00' is no rigid motion"):
            pointcept_jobs(tmp_path / "data", PointceptOptions(alignment=table))
