"""Cameras see what they promise to see."""

from __future__ import annotations

import numpy as np
import pytest
from boxroom import SIZE, boxroom, empty, object_map
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.rendering.cameras import (
    inside_cameras,
    look_at,
    object_cameras,
    orbit_cameras,
    top_down_camera,
)
from sceneglot.rendering.rigs import scene_cameras

coordinate = st.floats(-20, 20)
point = st.tuples(coordinate, coordinate, coordinate).map(np.array)


@settings(max_examples=60, deadline=None)
@given(point, point, st.integers(8, 64), st.integers(8, 64))
def test_look_at_is_rigid_upright_and_centred(eye, target, height, width):
    if np.linalg.norm(target - eye) < 1e-3:
        return
    camera = look_at(eye, target, size=(height, width))
    rotation = camera.pose[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1)
    assert rotation[2, 1] <= 1e-6  # down is never up, but where +y stands in: within 1e-6 of straight up or down
    uv, depth = camera.project(target[None])
    np.testing.assert_allclose(uv[0], (width / 2, height / 2), atol=1e-4)
    assert depth[0] == pytest.approx(np.linalg.norm(target - eye))


def test_look_at_known_pixel():
    # 90 degrees over 200 pixels: focal length 100. One metre right of and half a metre above the axis at distance 2.
    camera = look_at(np.array([0.0, 0, 1]), np.array([0.0, 5, 1]), size=(100, 200), fov=90)
    uv, depth = camera.project(np.array([[1.0, 2.0, 1.5]]))
    np.testing.assert_allclose(uv[0], (150, 25), atol=1e-9)
    assert depth[0] == pytest.approx(2)


@settings(max_examples=25, deadline=None)
@given(point, st.integers(0, 1000), st.booleans())
def test_unproject_inverts_project(eye, seed, orthographic):
    rng = np.random.default_rng(seed)
    camera = top_down_camera(boxroom(), size=(9, 13)) if orthographic else look_at(eye, eye + rng.normal(size=3) + 0.1)
    depth = rng.uniform(0.5, 9, (camera.height, camera.width))
    uv, back = camera.project(camera.unproject(depth).reshape(-1, 3))
    v, u = np.mgrid[0 : camera.height, 0 : camera.width] + 0.5
    np.testing.assert_allclose(uv, np.stack([u, v], -1).reshape(-1, 2), atol=1e-6)
    np.testing.assert_allclose(back, depth.ravel(), atol=1e-9)


def test_bad_cameras_say_so():
    with pytest.raises(SceneglotError, match="same point"):
        look_at(np.ones(3), np.ones(3))
    for size in ((0, 8), (8, -1), (0, 0)):
        for camera in (orbit_cameras, inside_cameras, top_down_camera):
            with pytest.raises(SceneglotError, match="pixels"):
                camera(boxroom(), size=size)
    with pytest.raises(SceneglotError, match="field of view"):
        look_at(np.zeros(3), np.ones(3), fov=180)
    with pytest.raises(SceneglotError, match="rig"):
        scene_cameras(boxroom(), 2, rig="flying")  # type: ignore[arg-type]
    with pytest.raises(SceneglotError, match="negative"):
        scene_cameras(boxroom(), -1)


def test_top_down_scale_and_axes(room):
    camera = top_down_camera(room, size=(400, 400), margin=0.05)
    uv, depth = camera.project(np.array([[0.0, 0, 0], [5, 0, 0], [0, 4, 0], [0, 0, 2.6]]))
    assert camera.fx == camera.fy == pytest.approx(0.9 * 400 / 5, rel=1e-3)  # the longer side fills 90 %
    np.testing.assert_allclose(uv[1] - uv[0], (5 * camera.fx, 0), atol=1e-6)  # +x to the right
    np.testing.assert_allclose(uv[2] - uv[0], (0, -4 * camera.fx), atol=1e-6)  # +y up
    np.testing.assert_allclose(uv[3], uv[0], atol=1e-6)  # height does not move a pixel
    assert depth[0] - depth[3] == pytest.approx(2.6) and (depth > 0).all()


@pytest.mark.parametrize("size", [(128, 128), (90, 160), (160, 90)])
def test_orbit_has_everything_in_frame_and_touches_it(room, size):
    for camera in orbit_cameras(room, 5, size=size):
        uv, depth = camera.project(room.xyz[room.xyz[:, 2] < SIZE[2] - 0.1])  # below the cut
        assert (depth > 0).all()
        share = uv / (size[1], size[0])
        assert share.min() >= 0 and share.max() <= 1
        # one side of the frame is filled up to the margin of 2 %
        assert min(share.min(), 1 - share.max()) < 0.04
        assert camera.center[2] > SIZE[2]


def test_orbit_starts_at_the_corner_and_goes_counter_clockwise(room):
    centers = np.array([c.center[:2] for c in orbit_cameras(room, 4)]) - SIZE[:2] / 2
    angles = np.degrees(np.arctan2(centers[:, 1], centers[:, 0]))
    np.testing.assert_allclose(np.mod(angles, 360), [45, 135, 225, 315], atol=20)


def test_inside_cameras_stand_in_the_room(room):
    for camera in inside_cameras(room, 6):
        assert (camera.center > 0.1).all() and (camera.center < SIZE - 0.1).all()
        uv, depth = camera.project(np.array([[2.5, 2.0, 0.3]]))
        assert depth[0] > 0 and (uv[0] > 0).all() and (uv[0] < 256).all()
        assert np.sqrt(((room.xyz - camera.center) ** 2).sum(1)).min() > 0.2


def test_object_cameras_fit_the_box_and_start_in_front():
    scene = object_map()
    cameras = object_cameras(scene.objects, 1, 6, size=(64, 64))
    corners = scene.objects.center[1] + (np.mgrid[0:2, 0:2, 0:2].reshape(3, 8).T - 0.5) * scene.objects.size[1]
    for camera in cameras:
        uv, _ = camera.project(corners)
        assert uv.min() > 64 * 0.08 and uv.max() < 64 * 0.92
    assert cameras[0].center[1] < scene.objects.center[1, 1]  # no front known: from -y


def test_scenes_without_points_have_cameras_too():
    for scene in (empty(), object_map()):
        for camera in (top_down_camera(scene), *scene_cameras(scene, 3, rig="mixed")):
            assert np.isfinite(camera.pose).all()
