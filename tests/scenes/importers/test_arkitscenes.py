from __future__ import annotations

import json

import numpy as np
import pytest
from tests.scenes.samples import write_ply

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.arkitscenes import arkitscenes_jobs

XYZ = np.array([[0, 0, 0], [0.9, 0, 0], [0, 1.9, 0], [0.1, 0.1, 0.1], [9, 9, 9]], np.float32)


def row(label, centroid, lengths, axes=(1, 0, 0, 0, 1, 0, 0, 0, 1)):
    shape = {"centroid": list(centroid), "axesLengths": list(lengths), "normalizedAxes": list(axes)}
    return {"uid": "x", "label": label, "segments": {"obb": {}, "obbAligned": shape}}


# A table turned by 90 degrees (length 4 along y), a small monitor inside it, a bed far away.
ROWS = [
    row("table", (0, 0, 0), (4, 2, 1), (0, 1, 0, -1, 0, 0, 0, 0, 1)),
    row("tv_monitor", (0.1, 0.1, 0.1), (0.1, 0.1, 0.1)),
    row("bed", (50, 0, 0), (2, 2, 1)),
]


def write_scan(root, video="41254925", fold="Validation", rows=ROWS):
    folder = root / "3dod" / fold / video
    folder.mkdir(parents=True)
    write_ply(folder / f"{video}_3dod_mesh.ply", XYZ, np.full((5, 3), 9, np.uint8), [[0, 1, 2]])
    (folder / f"{video}_3dod_annotation.json").write_text(json.dumps({"data": rows, "skipped": False}))
    return folder


def test_a_scan(tmp_path):
    folder = write_scan(tmp_path)
    (job,) = arkitscenes_jobs(tmp_path)
    assert (job.scene_id, job.split, len(job.files)) == ("41254925", "val", 2)
    scene = job.load()
    assert scene.instance.tolist() == [1, 1, 1, 2, -1]  # the smallest box wins
    assert scene.semantic.tolist() == [7, 7, 7, 25, 0]
    assert scene.objects.id.tolist() == [1, 2, 3]
    np.testing.assert_allclose(scene.objects.size, [[2, 4, 1], [0.1, 0.1, 0.1], [2, 2, 1]], atol=1e-6)
    assert scene.objects.label[2] == "bed"  # a box without points stays
    for root in (tmp_path / "3dod", folder.parent, folder):
        assert [j.split for j in arkitscenes_jobs(root)] == ["val"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("table", (0, 0), (1, 1, 1))], "3 \\+ 9 \\+ 3"),
        ([row("table", (0, 0, 0), (1, 1, 1), (1, 0, 0, 1, 0, 0, 0, 0, 1))], "orthonormal"),
        ([row("table", (0, 0, 0), (1, -1, 1))], "not negative"),
        ([{"label": "table", "segments": 3}], "oriented box"),
        ([{"segments": {}}], "label"),
        ("x", "data"),
    ],
)
def test_damaged_boxes(tmp_path, rows, message):
    write_scan(tmp_path, rows=rows)
    with pytest.raises(BadFileError, match=message):
        arkitscenes_jobs(tmp_path)[0].load()


def test_no_scan(tmp_path):
    with pytest.raises(BadFileError, match="holds no Training"):
        arkitscenes_jobs(tmp_path)
