from __future__ import annotations

import gzip
import json
import shutil

import numpy as np
import pytest
from tests.scenes.samples import (
    SCAN_ALIGNMENT,
    SCAN_FACES,
    SCAN_GROUPS,
    SCAN_RGB,
    SCAN_XYZ,
    write_label_table,
    write_ply,
    write_scan,
)

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.scannet import LabelTable, ScanNetOptions, read_scan, scannet_jobs
from sceneglot.scenes.importers.scannet_files import find_scans
from sceneglot.scenes.importers.splits import read_splits
from sceneglot.scenes.labels import read_label_table


@pytest.fixture
def folder(tmp_path):
    return write_scan(tmp_path / "scans" / "scene0000_00")


def _rewrite(path, change) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_points_and_normals_are_in_the_aligned_frame(folder):
    scene = read_scan(folder)
    turned = SCAN_XYZ @ SCAN_ALIGNMENT[:3, :3].T + SCAN_ALIGNMENT[:3, 3]
    np.testing.assert_allclose(scene.xyz, turned, atol=1e-6)
    np.testing.assert_allclose(scene.xyz[1], [1, 3, 0.5], atol=1e-6)  # (1, 0, 0) by hand
    np.testing.assert_allclose(scene.normal[:4], [[0, 0, 1]] * 4, atol=1e-6)
    np.testing.assert_allclose(scene.normal[4:8], [[0, 1, 0]] * 4, atol=1e-6)  # +x turned to +y with the points
    np.testing.assert_array_equal(scene.rgb, SCAN_RGB)
    np.testing.assert_array_equal(scene.segment, [10, 10, 11, 11, 20, 20, 20, 20, 30])
    assert scene.id == "scene0000_00"
    assert scene.room_type == "bedroom"
    assert scene.source.licence == "ScanNet Terms of Use"


def test_the_last_group_labels_a_point_but_boxes_cover_all_vertices(folder):
    scene = read_scan(folder)
    assert scene.instance.tolist() == [0, 0, 4, 4, 1, 1, 1, 1, -1]
    assert scene.semantic.tolist() == [7, 7, 23, 23, 39, 39, 39, 39, 0]
    assert scene.objects.id.tolist() == [0, 1, 4]
    assert scene.objects.label == ("table", "trash can", "book")
    np.testing.assert_allclose(scene.objects.size, [[1, 1, 0], [1, 0, 1], [0, 1, 0]], atol=1e-6)
    np.testing.assert_allclose(scene.objects.center, [[0.5, 2.5, 0.5], [0.5, 5, 1], [0, 2.5, 0.5]], atol=1e-6)
    np.testing.assert_array_equal(scene.objects.color, [[15, 20, 240], [55, 20, 200], [25, 20, 230]])
    assert "2 vertices are in several groups: the last one labels them" in scene.source.notes


def test_all_vertices_are_kept(tmp_path):
    folder = write_scan(tmp_path / "big_00", groups=[{"objectId": 0, "segments": [0], "label": "chair"}])
    xyz = np.random.default_rng(0).random((60_000, 3)).astype(np.float32)
    write_ply(folder / "big_00_vh_clean_2.ply", xyz, None, [[0, 1, 2]])
    (folder / "big_00_vh_clean_2.0.010000.segs.json").write_text(json.dumps({"segIndices": [0] * 60_000}))
    scene = read_scan(folder)
    assert len(scene) == 60_000
    assert not scene.has_color


def test_a_test_scan_has_no_labels_and_no_alignment(tmp_path):
    scene = read_scan(write_scan(tmp_path / "scene0707_00", labelled=False, aligned=False))
    np.testing.assert_array_equal(scene.xyz, SCAN_XYZ)
    assert scene.instance is None
    assert scene.semantic is None
    assert len(scene.objects) == 0
    assert scene.segment is not None
    assert scene.source.notes == (
        "no axisAlignment in the txt file: not axis-aligned",
        "no aggregation file: no objects and no labels",
    )


def test_a_bare_mesh_is_a_scan(folder):
    for ending in (".txt", ".aggregation.json", "_vh_clean_2.0.010000.segs.json"):
        (folder / f"scene0000_00{ending}").unlink()
    scene = read_scan(folder)
    assert scene.segment is None
    assert len(scene.source.notes) == 2


def test_the_first_release_aggregation_name_is_accepted(folder):
    (folder / "scene0000_00.aggregation.json").rename(folder / "scene0000_00_vh_clean.aggregation.json")
    assert len(read_scan(folder).objects) == 3


@pytest.mark.parametrize("where", ["src", "parent", "grandparent", "given"])
def test_a_label_table_is_found_or_given(folder, tmp_path, where):
    name = "scannetv2-labels.combined.tsv" if where != "given" else "mine.tsv"
    place = {"src": folder.parent, "parent": tmp_path, "grandparent": tmp_path, "given": tmp_path}[where]
    path = write_label_table(place / name, {"table": 14, "trash can": 40, "book": 26})
    src = folder if where == "grandparent" else folder.parent
    job = scannet_jobs(src, ScanNetOptions(labels=path if where == "given" else None))[0]
    scene = job.load()
    assert scene.semantic.tolist() == [14, 14, 26, 26, 40, 40, 40, 40, 0]
    assert not any("built-in" in note for note in scene.source.notes)


def test_a_label_missing_from_the_table_is_an_error_unless_kept(folder, tmp_path):
    path = write_label_table(tmp_path / "t.tsv", {"table": 7})
    with pytest.raises(
        BadFileError, match=r"labels 'book', 'trash can' are not in .*t\.tsv; give .* --unknown-labels keep"
    ):
        scannet_jobs(folder, ScanNetOptions(labels=path))[0].load()
    scene = scannet_jobs(folder, ScanNetOptions(labels=path, unknown_labels="keep"))[0].load()
    assert scene.semantic.tolist() == [7, 7, 23, 23, 39, 39, 39, 39, 0]
    assert scene.objects.label == ("table", "trash can", "book")
    assert any("book, trash can" in note for note in scene.source.notes)


def test_without_a_table_unknown_words_are_noted(tmp_path):
    groups = [{"objectId": 0, "segments": [10], "label": "quux"}]
    scene = read_scan(write_scan(tmp_path / "s_00", groups=groups))
    assert "labels without NYU40 id: quux" in scene.source.notes
    assert scene.semantic.max() == 0
    assert scene.objects.label == ("quux",)


def test_objects_without_vertices_are_left_out_and_noted(tmp_path):
    groups = [
        *SCAN_GROUPS,
        {"objectId": 7, "segments": [99], "label": "ghost"},
        {"objectId": 8, "segments": [], "label": "x"},
    ]
    scene = read_scan(write_scan(tmp_path / "s_00", groups=groups))
    assert scene.objects.id.tolist() == [0, 1, 4]
    assert "left out objects without vertices: 7, 8" in scene.source.notes
    assert "1 segments of objects are not in the segs file: is it of the same mesh?" in scene.source.notes


def test_an_annotated_scan_without_any_object(tmp_path):
    scene = read_scan(write_scan(tmp_path / "s_00", groups=[]))
    assert len(scene.objects) == 0
    assert scene.instance.tolist() == [-1] * 9


@pytest.mark.parametrize(
    ("ending", "change", "message"),
    [
        (".aggregation.json", lambda v: v["segGroups"][1].update(objectId=0), "objectIds must be unique"),
        (".aggregation.json", lambda v: v["segGroups"][1].pop("label"), "segGroups cannot be understood.*label"),
        (".aggregation.json", lambda v: v.pop("segGroups"), "segGroups"),
        (".aggregation.json", lambda v: [g.update(segments=[77]) for g in v["segGroups"]], "different scans"),
        ("_vh_clean_2.0.010000.segs.json", lambda v: v["segIndices"].pop(), "8 segIndices, the mesh has 9 vertices"),
        ("_vh_clean_2.0.010000.segs.json", lambda v: v.update(segIndices=["a"] * 9), "no list of whole numbers"),
        ("_vh_clean_2.0.010000.segs.json", lambda v: v.pop("segIndices"), "segIndices"),
    ],
)
def test_files_that_contradict_each_other(folder, ending, change, message):
    _rewrite(folder / f"scene0000_00{ending}", change)
    with pytest.raises(BadFileError, match=message):
        read_scan(folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("axisAlignment = 1 2 3", "3 numbers, expected 16"),
        ("axisAlignment = " + "x " * 16, "no list of numbers"),
        ("axisAlignment = " + "1 " * 16, "no rigid motion"),
        ("axisAlignment = " + "nan " * 16, "no rigid motion"),
        ("axisAlignment = -1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "no rigid motion"),  # a mirror
    ],
)
def test_a_damaged_alignment(folder, line, message):
    (folder / "scene0000_00.txt").write_text(line + "\n")
    with pytest.raises(BadFileError, match=message):
        read_scan(folder)


def test_truncated_and_broken_files(folder):
    mesh = folder / "scene0000_00_vh_clean_2.ply"
    whole = mesh.read_bytes()
    mesh.write_bytes(whole[:-30])
    with pytest.raises(BadFileError, match=r"vh_clean_2\.ply"):
        read_scan(folder)
    xyz = SCAN_XYZ.copy()
    xyz[3, 1] = np.nan
    write_ply(mesh, xyz, SCAN_RGB, SCAN_FACES)
    with pytest.raises(BadFileError, match="not finite"):
        read_scan(folder)
    mesh.write_bytes(whole)
    (folder / "scene0000_00.aggregation.json").write_text('{"segGroups": [')
    with pytest.raises(BadFileError, match=r"aggregation\.json: is not JSON"):
        read_scan(folder)


def test_scans_are_found_in_every_layout(tmp_path):
    root = tmp_path / "ScanNet"
    write_scan(root / "scans" / "scene0001_00")
    write_scan(root / "scans" / "scene0000_01")
    write_scan(root / "scans_test" / "scene0707_00", labelled=False)
    (root / "scans" / "notes").mkdir()
    assert [f.name for f in find_scans(root)] == ["scene0000_01", "scene0001_00", "scene0707_00"]
    assert [f.name for f in find_scans(root / "scans")] == ["scene0000_01", "scene0001_00"]
    assert [f.name for f in find_scans(root / "scans" / "scene0001_00")] == ["scene0001_00"]
    for bad in (root / "scans" / "notes", root / "none"):
        with pytest.raises(BadFileError):
            find_scans(bad)


def test_splits_come_from_the_lists(tmp_path):
    for name in ("scene0000_00", "scene0000_01", "scene0001_00"):
        write_scan(tmp_path / "scans" / name)
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "scannetv2_train.txt").write_text("scene0000_00\nscene0000_01\n")
    (lists / "scannetv2_val.txt").write_text("scene0002_00\n")
    jobs = scannet_jobs(tmp_path / "scans", ScanNetOptions(splits=lists))
    assert [(job.scene_id, job.split) for job in jobs] == [
        ("scene0000_00", "train"),
        ("scene0000_01", "train"),
        ("scene0001_00", ""),
    ]
    (lists / "scannetv2_trainval.txt").write_text("scene0000_00\nscene0002_00\n")
    assert read_splits(lists)["scene0002_00"] == "val"
    (lists / "scannetv2_test.txt").write_text("scene0002_00\n")
    with pytest.raises(BadFileError, match="scene0002_00 is in split val too"):
        read_splits(lists)
    (lists / "my_val.txt").write_text("x\n")
    with pytest.raises(BadFileError, match="several val lists"):
        read_splits(lists)
    with pytest.raises(BadFileError, match="holds no split list"):
        read_splits(tmp_path / "scans")


# ---------------------------------------------------------------- the real scan


@pytest.mark.realdata
def test_the_real_scan_agrees_with_the_published_boxes(real_data):
    scene = scannet_jobs(real_data / "scans" / "scannet_raw")[0].load()
    assert (scene.id, len(scene), len(scene.objects)) == ("scene0000_00", 81_369, 67)
    published = json.loads(gzip.decompress((real_data / "meta/scannet/scannet_objects_train.json.gz").read_bytes()))
    rows = {row["id"]: row for row in published["scene0000_00"]}
    assert set(rows) == set(scene.objects.row_of)
    for object_id, row in scene.objects.row_of.items():
        assert scene.objects.label[row] == rows[object_id]["label"]
        np.testing.assert_allclose(scene.objects.center[row], rows[object_id]["center"], atol=0.01)
        np.testing.assert_allclose(scene.objects.size[row], rows[object_id]["size"], atol=0.02)
        np.testing.assert_allclose(scene.objects.color[row], rows[object_id]["rgb"], atol=1.01)


@pytest.mark.realdata
def test_the_real_scan_agrees_with_the_vertex_labels_beside_it(real_data):
    folder = real_data / "scans" / "scannet_raw" / "scene0000_00"
    table = read_label_table(real_data / "meta" / "scannet" / "scannetv2-labels.combined.tsv")
    scene = read_scan(folder, LabelTable(table, None))
    from plyfile import PlyData

    official = PlyData.read(folder / "scene0000_00_vh_clean_2.labels.ply")["vertex"]["label"]
    assert (scene.semantic == official).mean() > 0.99


@pytest.mark.realdata
def test_normals_of_the_real_floor_point_up(real_data, tmp_path):
    source = real_data / "scans" / "scannet_raw" / "scene0000_00"
    scene = read_scan(source)
    up = scene.normal[scene.semantic == 2]
    assert np.median(up[:, 2]) > 0.98
    # Walls of an aligned scan face along x or y; without the rotation they would not.
    wall = np.abs(scene.normal[scene.semantic == 1][:, :2])
    assert np.median(wall.max(1)) > 0.97
    bare = tmp_path / "scene0000_00"
    bare.mkdir()
    shutil.copy(source / "scene0000_00_vh_clean_2.ply", bare)
    raw = np.abs(read_scan(bare).normal[scene.semantic == 1][:, :2])
    assert np.median(raw.max(1)) < 0.97
