from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.oriented import OrientedBox, assign_points
from sceneglot.scenes.importers.sunrgbd import SunOptions, sunrgbd_jobs

POINTS = np.array([[0, 2, 0], [0.9, 2, 0], [0, 2.4, 0], [0, 2.6, 0], [3, 3, 3], [np.nan, 0, 0]])
# A box at (0, 2, 0) whose length (half 1) points to +x, whose width (half 0.5) lies along y.
LABEL = "night_stand 10 20 5 6 0 2 0 0.5 1 0.25 1 0\nquux 1 1 1 1 3 3 3 0.1 0.1 0.1 0 -1\n"


def write_frame(root, frame="000001", form="mat"):
    for name in ("depth", "lidar", "label", "calib", "image"):
        (root / name).mkdir(parents=True, exist_ok=True)
    table = np.concatenate([POINTS, np.tile([1.0, 0.5, 0.0], (6, 1))], axis=1)
    if form == "mat":
        savemat(root / "depth" / f"{frame}.mat", {"instance": table})
    else:
        np.savez(root / "lidar" / f"{frame}.npz", pc=table[:5].astype(np.float32))
    (root / "label" / f"{frame}.txt").write_text(LABEL)
    (root / "calib" / f"{frame}.txt").write_text("1 0 0 0 1 0 0 0 1\n10 0 0 0 10 0 8 6 1\n")
    Image.fromarray(np.full((12, 16, 3), 200, np.uint8)).save(root / "image" / f"{frame}.jpg")
    (root / "val_data_idx.txt").write_text("1\n")
    return root


@pytest.mark.parametrize("form", ["mat", "npz"])
def test_a_frame(tmp_path, form):
    (job,) = sunrgbd_jobs(write_frame(tmp_path, form=form))
    assert (job.scene_id, job.split, len(job.files)) == ("sunrgbd-000001", "val", 4)
    scene = job.load()
    assert len(scene) == 5  # the hole is gone
    assert scene.instance.tolist() == [0, 0, 0, -1, 1]
    assert scene.semantic.tolist() == [32, 32, 32, 0, 0]
    assert scene.objects.label == ("night_stand", "quux")
    np.testing.assert_allclose(scene.objects.size[0], [2, 1, 0.5])
    np.testing.assert_allclose(scene.objects.front, [[1, 0, 0], [0, -1, 0]])
    assert scene.objects.color[0].tolist() == [255, 128, 0]
    assert "labels without NYU40 id: quux" in scene.source.notes
    (view,) = scene.views
    # (0, 2, 0) is straight ahead: column 8 - 0.5, row 6 - 0.5, two metres away.
    assert view.depth[5, 7] == 2
    assert view.rgb[0, 0].tolist() == [200, 200, 200]
    assert len(sunrgbd_jobs(tmp_path, SunOptions(photographs=False))[0].load().views) == 0


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("label/000001.txt", "bed 1 2 3\n", "line 1"),
        ("label/000001.txt", LABEL.replace("0.25", "nan"), "line 1"),
        ("calib/000001.txt", "1 2\n", "no tilt"),
        ("calib/000001.txt", "2 0 0 0 1 0 0 0 1\n10 0 0 0 10 0 8 6 1\n", "no rotation"),
        ("image/000001.jpg", "no picture", "as a picture"),
        ("depth/000001.mat", "no matlab", "no MATLAB file"),
        ("val_data_idx.txt", "one", "frame numbers"),
    ],
)
def test_damaged_frames(tmp_path, file, content, message):
    (write_frame(tmp_path) / file).write_text(content)
    with pytest.raises(BadFileError, match=message):
        sunrgbd_jobs(tmp_path)[0].load()


def test_a_matlab_file_without_the_table(tmp_path):
    savemat(write_frame(tmp_path) / "depth" / "000001.mat", {"other": np.zeros((2, 2))})
    with pytest.raises(BadFileError, match="holds no array 'instance'"):
        sunrgbd_jobs(tmp_path)[0].load()
    with pytest.raises(BadFileError, match="holds neither"):
        sunrgbd_jobs(tmp_path / "label")


def test_oriented_boxes():
    turned = OrientedBox.of([1, 0, 0], [0.6, 0.8, 0, -0.8, 0.6, 0, 0, 0, 1], [10, 5, 2])
    np.testing.assert_allclose(turned.extent, [10, 11, 2])  # 6 + 4, 8 + 3
    small = OrientedBox.of([1, 0, 0], np.eye(3), [1, 1, 1])
    points = np.array([[1, 0, 0], [1 + 0.6 * 4.9, 0.8 * 4.9, 0], [1 + 0.6 * 5.1, 0.8 * 5.1, 0]])
    assert assign_points(points, [small, turned]).tolist() == [0, 1, -1]
    assert assign_points(points, []).tolist() == [-1, -1, -1]


@pytest.mark.realdata
def test_real_frames(real_data):
    """Boxes hold the points they should, and points have the colour of the pixel they project to."""
    for job in sunrgbd_jobs(real_data / "scans/sunrgbd"):
        scene = job.load()
        bed = scene.objects.label.index("bed")
        assert (scene.instance == scene.objects.id[bed]).sum() > 2000
        (view,) = scene.views
        uv, depth = view.camera.project(scene.xyz)
        inside = (depth > 0) & (uv >= 0).all(1) & (uv < (view.camera.width, view.camera.height)).all(1)
        assert inside.mean() > 0.98
        column, line = np.floor(uv[inside]).astype(int).T
        error = np.abs(view.rgb[line, column].astype(float) - scene.rgb[inside]).mean(1)
        assert np.median(error) < 8
