"""Views survive the way to disk and back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.rendering import load_views, render, save_views, top_down
from sceneglot.rendering.save import camera_from_dict, camera_to_dict, depth_to_millimetres, save_image


def test_round_trip(room, tmp_path):
    views = [
        top_down(room, (40, 50)),
        *render(room, 2, (30, 20)),
        replace(top_down(room, (8, 8)), name="photo", point=None),
    ]
    folder = save_views(views, tmp_path / "new" / "folder", scene_id="boxroom")
    back = load_views(folder)
    assert [v.name for v in back] == ["top", "view-00", "view-01", "photo"]
    for a, b in zip(views, back):
        np.testing.assert_array_equal(a.rgb, b.rgb)
        np.testing.assert_allclose(a.depth, b.depth, atol=5.01e-4)
        np.testing.assert_array_equal(a.camera.pose, b.camera.pose)
        assert (a.camera.fx, a.camera.projection) == (b.camera.fx, b.camera.projection)
        if a.point is not None:
            assert b.point is not None and b.point.dtype == np.int32
            np.testing.assert_array_equal(a.point, b.point)
    assert back[-1].point is None
    assert (
        not list(folder.glob(".partial*")) and json.loads((folder / "cameras.json").read_text())["scene"] == "boxroom"
    )


def test_same_views_same_bytes(room, tmp_path):
    for name in ("a", "b"):
        save_views(render(room, 1, (16, 16)), tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_depth_saturates_and_hits_stay_hits():
    depth = np.array([[0.0, 1e-5, 1.2344, 70.0]])
    assert depth_to_millimetres(depth).tolist() == [[0, 1, 1234, 65535]]


def test_camera_values_are_exact(room):
    camera = render(room, 1, (16, 16))[0].camera
    back = camera_from_dict(json.loads(json.dumps(camera_to_dict(camera))))
    np.testing.assert_array_equal(back.pose, camera.pose)
    assert all(
        getattr(back, n) == getattr(camera, n) for n in ("fx", "fy", "cx", "cy", "width", "height", "projection")
    )


def test_two_views_of_one_name(room, tmp_path):
    view = top_down(room, (8, 8))
    with pytest.raises(SceneglotError, match="different names"):
        save_views([view, view], tmp_path)


@pytest.mark.parametrize("name", ["cameras.json", "top.png", "top.depth.png", "top.point.npy"])
def test_a_bad_file_is_named(room, tmp_path, name):
    save_views([top_down(room, (8, 8))], tmp_path)
    whole = (tmp_path / name).read_bytes()
    letters = whole.replace(b"IDAT", b"ID\x00T")  # a chunk of no kind
    for damaged in (b"", whole[: len(whole) // 2], b"{" * 40, b"[]", letters if letters != whole else b"\xff"):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(BadFileError, match="render the views again") as caught:
            load_views(tmp_path)
        assert caught.value.path == tmp_path / name
    (tmp_path / name).unlink()
    with pytest.raises(BadFileError, match="No such file") as caught:
        load_views(tmp_path)
    assert caught.value.path == tmp_path / name


def test_a_file_of_another_size_or_sort_is_named(room, tmp_path):
    save_views([top_down(room, (8, 8))], tmp_path)
    ids = np.load(tmp_path / "top.point.npy")
    for wrong in (np.zeros((3, 3), np.int32), ids[..., None], ids.astype(np.float32)):
        np.save(tmp_path / "top.point.npy", wrong)
        with pytest.raises(BadFileError, match=r"top\.point\.npy"):
            load_views(tmp_path)
    np.save(tmp_path / "top.point.npy", ids)
    cameras = tmp_path / "cameras.json"
    cameras.write_text(cameras.read_text().replace("orthographic", "fish-eye"))
    with pytest.raises(BadFileError, match=r"cameras\.json: .*fish-eye"):
        load_views(tmp_path)


def test_a_name_that_promises_another_format_is_refused(tmp_path):
    with pytest.raises(SceneglotError, match=r"answer\.jpg: pictures are written as PNG"):
        save_image(np.zeros((2, 2, 3), np.uint8), tmp_path / "answer.jpg")
    assert not list(tmp_path.iterdir())
