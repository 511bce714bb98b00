from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from plyfile import PlyData, PlyElement

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.attributes import read_attributes
from sceneglot.scenes.importers.rscan import RScanOptions, rscan_jobs

_KEYS = ("scans", "scan", "objects", "id", "attributes", "state", "color", "material")
XYZ = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [3, 0, 0], [3, 1, 0], [3, 1, 1], [8, 8, 8]], np.float32)
OBJECT = np.array([1, 1, 1, 5, 5, 5, 0])
NYU40 = np.array([2, 2, 2, 5, 5, 5, 0])
GROUPS = [
    {"id": 1, "objectId": 1, "label": "floor", "segments": [1]},
    {"id": 5, "objectId": 5, "label": "child chair", "segments": [2]},
    {"id": 9, "objectId": 9, "label": "ghost", "segments": [3]},
]


def write_scan(folder, *, texture=True):
    """A scan in the layout of the second release: ascii PLY, label colours, a textured OBJ with a seam."""
    folder.mkdir(parents=True)
    kinds = [(a, "f4") for a in "xyz"] + [(c, "u1") for c in ("red", "green", "blue")]
    kinds += [("objectId", "u2"), ("globalId", "u2"), ("NYU40", "u1"), ("Eigen13", "u1"), ("RIO27", "u1")]
    rows = np.zeros(len(XYZ), kinds)
    for i, axis in enumerate("xyz"):
        rows[axis] = XYZ[:, i]
    rows["red"], rows["objectId"], rows["NYU40"] = 174, OBJECT, NYU40
    faces = np.empty(2, [("vertex_indices", "O")])
    faces["vertex_indices"] = [np.array([0, 1, 2], np.int32), np.array([3, 4, 5], np.int32)]
    elements = [PlyElement.describe(rows, "vertex")]
    elements.append(PlyElement.describe(faces, "face", val_types={"vertex_indices": "i4"}))
    PlyData(elements, text=True).write(folder / "labels.instances.annotated.v2.ply")
    (folder / "semseg.v2.json").write_text(json.dumps({"scan_id": folder.name, "segGroups": GROUPS}))
    if texture:
        picture = np.zeros((2, 2, 3), np.uint8)
        picture[:, 0], picture[:, 1] = (255, 0, 0), (0, 0, 255)  # left red, right blue
        Image.fromarray(picture).save(folder / "mesh.refined_0.png")
        (folder / "mesh.refined.mtl").write_text("newmtl m\nKd 1 1 1\nmap_Kd mesh.refined_0.png\n")
        lines = ["mtllib mesh.refined.mtl", "usemtl m"]
        lines += [f"v {x} {y} {z}" for x, y, z in XYZ[:6]]
        lines += ["vt 0.1 0.5", "vt 0.9 0.5", "f 1/1 2/1 3/1", "f 4/2 5/2 6/2"]
        (folder / "mesh.refined.v2.obj").write_text("\n".join(lines) + "\n")
    return folder


def test_a_scan_with_its_texture(tmp_path):
    write_scan(tmp_path / "aaa-bbb")
    meta = [{"reference": "zzz", "type": "validation", "scans": [{"reference": "aaa-bbb"}]}]
    (tmp_path / "3RScan.json").write_text(json.dumps(meta))
    (job,) = rscan_jobs(tmp_path)
    assert (job.scene_id, job.split) == ("aaa-bbb", "val")  # a rescan is in the split of its reference
    assert {path.name for path in job.files} >= {"mesh.refined.v2.obj", "mesh.refined_0.png", "semseg.v2.json"}
    scene = job.load()
    assert scene.instance.tolist() == [1, 1, 1, 5, 5, 5, -1]
    assert scene.semantic.tolist() == NYU40.tolist()
    assert scene.objects.label == ("floor", "child chair")
    assert scene.rgb.tolist() == [[255, 0, 0]] * 3 + [[0, 0, 255]] * 3 + [[128] * 3]  # not the label colours
    assert "1 points lie off the textured mesh: grey" in scene.source.notes
    assert "left out objects without points: 9" in scene.source.notes
    np.testing.assert_allclose(scene.normal[0], [0, 0, 1])


def test_without_texture_points_are_grey(tmp_path):
    folder = write_scan(tmp_path / "a", texture=False)
    for job in (rscan_jobs(folder)[0], rscan_jobs(tmp_path, RScanOptions(colors=False))[0]):
        scene = job.load()
        assert not scene.has_color
        assert len(scene.objects) == 2


def test_attributes_of_3dssg_join_by_scan_and_object(tmp_path):
    write_scan(tmp_path / "a", texture=False)
    write_scan(tmp_path / "b", texture=False)
    words = {
        "state": ["Half-open", "messy"],
        "color": ["dark", "dark gray"],
        "material": ["wooden"],
        "shape": ["round"],
    }
    listed = [{"id": "5", "attributes": words}, {"id": "1", "attributes": {}}, {"id": "77", "attributes": words}]
    (tmp_path / "objects.json").write_text(json.dumps({"scans": [{"scan": "a", "objects": listed}]}))
    known, unknown = (job.load().objects for job in rscan_jobs(tmp_path))
    assert known.label == ("floor", "child chair")
    assert (known.state, known.color_name) == (("", "half-open"), ("", "gray"))
    assert (known.material, known.shape) == (("", "wood"), ("", "round"))
    assert unknown.state == ("", "")
    elsewhere = (tmp_path / "objects.json").rename(tmp_path / "words.json")
    assert rscan_jobs(tmp_path)[0].load().objects.state == ("", "")
    assert rscan_jobs(tmp_path, RScanOptions(attributes=elsewhere))[0].load().objects.state == ("", "half-open")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_foreign_attributes_are_read_or_refused(tmp_path, value):
    path = tmp_path / "objects.json"
    for content in (value, {"scans": [{"scan": "a", "objects": [{"id": "5", "attributes": value}]}]}):
        path.write_text(json.dumps(content))
        try:
            found = read_attributes(path)
        except BadFileError:
            continue
        assert all(isinstance(number, int) for objects in found.values() for number in objects)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [({"state": "open"}, "no lists of words"), ({"state": [3]}, "no lists of words"), ([1], "no table")],
)
def test_damaged_attributes(tmp_path, attributes, message):
    write_scan(tmp_path / "a")
    listed = [{"id": "5", "attributes": attributes}]
    (tmp_path / "objects.json").write_text(json.dumps({"scans": [{"scan": "a", "objects": listed}]}))
    with pytest.raises(BadFileError, match=message):
        rscan_jobs(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("semseg.v2.json", '{"segGroups": [{"objectId": 1}]}', "label"),
        ("semseg.v2.json", '{"segGroups": 3}', "segGroups"),
        ("semseg.v2.json", "{", "JSON"),
        ("labels.instances.annotated.v2.ply", "ply\n", "end_header"),
        ("mesh.refined.mtl", "newmtl m\nmap_Kd ../../secret.png\n", "outside the file's folder"),
        ("mesh.refined.v2.obj", "mtllib /etc/passwd\nv 0 0 0\n", "outside the file's folder"),
    ],
)
def test_damaged_scans(tmp_path, file, content, message):
    folder = write_scan(tmp_path / "a")
    (folder / file).write_text(content)
    with pytest.raises(BadFileError, match=message):
        rscan_jobs(tmp_path)[0].load()


def test_no_scan_and_bad_meta(tmp_path):
    with pytest.raises(BadFileError, match="holds no scan"):
        rscan_jobs(tmp_path)
    write_scan(tmp_path / "a")
    (tmp_path / "3RScan.json").write_text('[{"type": "train"}]')
    with pytest.raises(BadFileError, match="reference"):
        rscan_jobs(tmp_path)
