from __future__ import annotations

import json

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.multiscan import MultiScanOptions, multiscan_jobs

XYZ = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0], [5, 5, 5], [6, 5, 5], [6, 6, 5]])
FACES = [([0, 1, 2], 1), ([0, 2, 3], 3), ([4, 5, 6], 0)]  # corners, object


def box(front):
    return {
        "centroid": [0, 0, 0],
        "axesLengths": [1, 1, 1],
        "normalizedAxes": [1, 0, 0, 0, 1, 0, 0, 0, 1],
        "front": front,
    }


OBJECTS = [
    {"objectId": 1, "label": "wall_cabinet.1", "obb": box([0, -2, 0.1])},
    {"objectId": 3, "label": "door.12", "obb": box([0, 0, 1])},
]


def write_scan(folder, *, objects=OBJECTS, faces=FACES, parts=()):
    """A scan as the documentation of the data set describes it: binary PLY, doubles, ids per face."""
    folder.mkdir(parents=True)
    names = [("x", "f8"), ("y", "f8"), ("z", "f8"), ("nx", "f8"), ("ny", "f8"), ("nz", "f8")]
    rows = np.zeros(len(XYZ), [*names, *((c, "u1") for c in ("red", "green", "blue", "alpha"))])
    for i, axis in enumerate("xyz"):
        rows[axis] = XYZ[:, i]
    rows["nz"], rows["red"], rows["alpha"] = 1, 50, 255
    table = np.empty(len(faces), [("vertex_indices", "O"), ("objectId", "u2"), ("partId", "u2")])
    table["vertex_indices"] = [np.array(corners, np.int32) for corners, _ in faces]
    table["objectId"], table["partId"] = [number for _, number in faces], 1
    elements = [PlyElement.describe(rows, "vertex")]
    elements.append(PlyElement.describe(table, "face", val_types={"vertex_indices": "i4"}))
    PlyData(elements, byte_order="<").write(folder / f"{folder.name}.ply")
    content = {"version": "multiscan@0.0.1", "scanId": folder.name, "objects": objects, "parts": list(parts)}
    (folder / f"{folder.name}.annotations.json").write_text(json.dumps(content))
    return folder


def test_a_scan(tmp_path):
    write_scan(tmp_path / "scene_00000_00")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "train.txt").write_text("scene_00000_00\n")
    (job,) = multiscan_jobs(tmp_path, MultiScanOptions(tmp_path / "lists"))
    assert (job.scene_id, job.split, len(job.files)) == ("scene_00000_00", "train", 2)
    scene = job.load()
    assert scene.instance.tolist() == [3, 1, 3, 3, -1, -1, -1]  # the larger id where two objects meet
    assert scene.objects.label == ("wall_cabinet", "door")
    assert scene.semantic.tolist() == [8, 3, 8, 8, 0, 0, 0]
    np.testing.assert_allclose(scene.objects.front[0], [0, -1, 0])
    assert np.isnan(scene.objects.front[1]).all()  # straight up is no front
    np.testing.assert_allclose(scene.normal, np.tile([0, 0, 1], (7, 1)))
    assert multiscan_jobs(tmp_path / "scene_00000_00")[0].scene_id == "scene_00000_00"


def part(number, label, *closed):
    return {"partId": number, "label": label, "articulations": [{"isClosed": flag} for flag in closed]}


@pytest.mark.parametrize(
    ("cabinet", "door", "expected"),
    [
        ([part(1, "wall_cabinet.1:door.1", True)], [part(2, "door.12:door.1", False)], ("closed", "open")),
        ([part(1, "wall_cabinet.1:drawer.1", True), part(3, "wall_cabinet.1:door.2", False)], [], ("open", "")),
        ([part(1, "wall_cabinet.1:static_part.1")], [part(2, "chair.1:seat.1", True)], ("", "")),
        ([{"partId": 1, "label": "wall_cabinet.1:door.1"}], [part(2, "door.12:door.1", "yes")], ("", "")),
    ],
)
def test_doors_and_drawers_are_open_or_closed(tmp_path, cabinet, door, expected):
    objects = [OBJECTS[0] | {"partIds": [p["partId"] for p in cabinet]}, OBJECTS[1] | {"partIds": [2]}]
    write_scan(tmp_path / "scene_00000_00", objects=objects, parts=[*cabinet, *door])
    assert multiscan_jobs(tmp_path)[0].load().objects.state == expected


@pytest.mark.parametrize(
    ("objects", "faces", "message"),
    [
        ([{"objectId": "x", "label": "a.1"}], FACES, "objectId"),
        ([{"objectId": 1}], FACES, "label"),
        ([{"objectId": 1, "label": "a.1", "obb": {"front": "up"}}], FACES, "front is no direction"),
        (3, FACES, "objects"),
        (OBJECTS, [([0, 1, 2, 3], 1)], "no triangles"),
        (OBJECTS, [([0, 1, 99], 1)], "outside"),
    ],
)
def test_damaged_scans(tmp_path, objects, faces, message):
    write_scan(tmp_path / "scene_00000_00", objects=objects, faces=faces)
    with pytest.raises(BadFileError, match=message):
        multiscan_jobs(tmp_path)[0].load()


def test_missing_things(tmp_path):
    with pytest.raises(BadFileError, match="holds no scan"):
        multiscan_jobs(tmp_path)
    folder = write_scan(tmp_path / "scene_00000_00")
    mesh = folder / "scene_00000_00.ply"
    mesh.write_bytes(mesh.read_bytes().replace(b"objectId", b"othersId"))
    with pytest.raises(BadFileError, match="no face property"):
        multiscan_jobs(tmp_path)[0].load()
    mesh.write_bytes(mesh.read_bytes()[:-5])
    with pytest.raises(BadFileError):
        multiscan_jobs(tmp_path)[0].load()
