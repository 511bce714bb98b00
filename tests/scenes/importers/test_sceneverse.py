from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.sceneverse import DATASETS, SceneVerseOptions, sceneverse_jobs

XYZ = np.array([[0, 0, 0], [1, 1, 1], [2, 0, 0], [2, 2, 2], [9, 9, 0]], np.float64)
RGB = np.array([[0, 128, 255]] * 5, np.float64)


def write_scan(root, dataset, scan, instance, labels, *, middle=(), split="train"):
    """One scan in the layout of the release."""
    data = root / dataset / "scan_data"
    for name in ("pcd_with_global_alignment", "instance_id_to_label", "instance_id_to_name"):
        (data / name).mkdir(parents=True, exist_ok=True)
    splits = root / dataset / "annotations" / "splits"
    splits.mkdir(parents=True, exist_ok=True)
    value = (XYZ, RGB, *middle, np.array(instance))
    torch.save(value, data / "pcd_with_global_alignment" / f"{scan}.pth")
    if isinstance(labels, list):
        (data / "instance_id_to_name" / f"{scan}.json").write_text(json.dumps(labels))
    else:
        torch.save(labels, data / "instance_id_to_label" / f"{scan}.pth")
    name = f"scannetv2_{split}.txt" if dataset == "ScanNet" else f"{split}_split.txt"
    with open(splits / name, "a") as file:
        file.write(scan + "\n")
    return data


def test_unlabelled_ids_differ_between_the_data_sets(tmp_path):
    write_scan(tmp_path, "ScanNet", "scene0000_00", [0, 0, 1, 1, -100], ["chair", "desk"], middle=(np.zeros(5),))
    write_scan(tmp_path, "ARKitScenes", "41", [1, 1, 2, 2, 0], {1: "tv", 2: "sofa"})
    write_scan(tmp_path, "MultiScan", "scene_00001_00", [1.0, 1.0, 2.0, 2.0, 0.0], {1: "bag", 2: "bed"}, split="val")
    write_scan(tmp_path, "3RScan", "0ad2d3a3-79e2", [1, 1, 7, 7, -1], {1: "wall", 7: "plant"})
    write_scan(tmp_path, "Structured3D", "scene_00000_1", [0, 0, 5, 5, -1], {0: "lamp", 5: "door"})
    jobs = sceneverse_jobs(tmp_path)
    scenes = {job.scene_id: job.load() for job in jobs}
    assert list(scenes) == [
        "0ad2d3a3-79e2",
        "41",
        "scene0000_00",
        "scene_00000_1",
        "scene_00001_00",
    ]
    assert [job.split for job in jobs] == ["train", "train", "train", "train", "val"]
    for scene in scenes.values():
        assert (scene.instance == -1).tolist() == [False] * 4 + [True]
        assert len(scene.objects) == 2
        assert scene.rgb[0].tolist() == [0, 128, 255]
    assert scenes["scene_00000_1"].objects.id.tolist() == [0, 5]
    assert scenes["scene0000_00"].semantic.tolist() == [5, 5, 14, 14, 0]
    assert scenes["41"].objects.label == ("tv", "sofa")
    np.testing.assert_allclose(scenes["41"].objects.center[0], [0.5, 0.5, 0.5])


def test_one_data_set_or_its_own_folder(tmp_path):
    write_scan(tmp_path, "HM3D", "00800-x_1", [3, 3, 4, 4, -1], {3: "chair", 4: "quux"})
    data = write_scan(tmp_path, "ProcThor", "train_1", [0, 0, 1, 1, -100], {0: "mug", 1: "bed", 2: "ghost"})
    assert [job.scene_id for job in sceneverse_jobs(tmp_path, SceneVerseOptions("hm3d"))] == ["00800-x_1"]
    (job,) = sceneverse_jobs(data.parent)
    notes = job.load().source.notes
    assert "left out objects without points: 2" in notes
    data.parent.rename(tmp_path / "mine")
    with pytest.raises(SceneglotError, match="--dataset"):
        sceneverse_jobs(tmp_path / "mine")
    (job,) = sceneverse_jobs(tmp_path / "mine", SceneVerseOptions("ProcThor"))
    assert job.load().source.licence == DATASETS["ProcThor"]
    with pytest.raises(SceneglotError, match="no data set of SceneVerse"):
        sceneverse_jobs(tmp_path, SceneVerseOptions("KITTI"))


def test_alignment_angles_are_noted_and_json_labels_read(tmp_path):
    data = write_scan(tmp_path, "3RScan", "a", [1, 1, 2, 2, -1], {1: "x"})
    np.save(data / "pcd_with_global_alignment" / "a_align_angle.npy", 12.5)
    (data / "instance_id_to_label" / "a.pth").unlink()
    (data / "instance_id_to_label" / "a.json").write_text('{"1": "chair"}')
    scene = sceneverse_jobs(tmp_path)[0].load()
    assert scene.objects.label == ("chair", "object")
    assert any("12.5 degrees" in note for note in scene.source.notes)
    assert any("without a label" in note for note in scene.source.notes)


@pytest.mark.parametrize(
    ("cloud", "labels", "message"),
    [
        ((XYZ, RGB), {}, "no tuple"),
        ((XYZ, RGB, "x"), {}, "something else"),
        ((XYZ, RGB, np.zeros((5, 2))), {}, "instance ids"),
        ((XYZ, RGB, np.zeros(4)), {}, "instance has shape"),
        ((XYZ, RGB, np.full(5, 0.5)), {}, "no whole numbers"),
        ((XYZ, RGB, np.full(5, 2.0**40)), {}, "32 bits"),
        ((XYZ * np.nan, RGB, np.zeros(5)), {}, "not finite"),
        ((XYZ, RGB, np.zeros(5)), {"a": "x"}, "no table"),
        ((XYZ, RGB, np.zeros(5)), {1: 2}, "no table"),
        ((XYZ, RGB, np.zeros(5)), 3, "no table"),
    ],
)
def test_damaged_scans(tmp_path, cloud, labels, message):
    data = write_scan(tmp_path, "HM3D", "a", [0] * 5, {})
    torch.save(cloud, data / "pcd_with_global_alignment" / "a.pth")
    torch.save(labels, data / "instance_id_to_label" / "a.pth")
    with pytest.raises(BadFileError, match=message):
        sceneverse_jobs(tmp_path)[0].load()


def test_no_scans(tmp_path):
    with pytest.raises(BadFileError, match="holds no scan_data"):
        sceneverse_jobs(tmp_path)
