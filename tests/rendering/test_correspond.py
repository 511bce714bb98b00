"""Points to pixels and back: the two ways agree exactly on rendered pictures."""

from __future__ import annotations

import numpy as np
import pytest

from sceneglot.ops import raster
from sceneglot.rendering import Cloud, Style, look_at, points_in_view, render, render_view
from sceneglot.scenes import View

EXACT = Style(fill_rounds=0)


@pytest.mark.parametrize("rig", ["orbit", "inside", "snap"])
def test_there_and_back(room, rig):
    cloud = Cloud.of(room)
    for view in render(cloud, 6, (96, 128), rig=rig, style=EXACT):
        pixel, shown = points_in_view(view, room.xyz, tolerance=1e-4)
        keep = cloud.visible_parts(view.camera, EXACT)
        # every point that won its own pixel is shown, in that pixel
        camera = view.camera
        uv, depth, _ = raster.project(room.xyz, camera.pose, (camera.fx, camera.fy, camera.cx, camera.cy))
        column, row = np.floor(uv).astype(int).T
        inside = keep & (depth > 0) & (row >= 0) & (row < 96) & (column >= 0) & (column < 128)
        winners = np.flatnonzero(inside)[view.point[row[inside], column[inside]] == np.flatnonzero(inside)]
        assert len(winners) > 100 and shown[winners].all()
        np.testing.assert_array_equal(pixel[winners], np.stack([row, column], 1)[winners])
        # and a drawn point that is shown lies at the depth of its pixel's winner, up to the tolerance
        drawn = np.flatnonzero(shown & keep)
        surface = view.depth[pixel[drawn, 0], pixel[drawn, 1]]
        assert (depth[drawn] >= surface - 1e-4).all() and (depth[drawn] <= surface + 2e-4).all()
        assert (pixel[~shown] == -1).all()


def test_pixels_give_back_their_points_exactly(room):
    """What a picture shows, drawn alone, wins the very same pixels: ids and depth come from one comparison."""
    cloud = Cloud.of(room)
    for view in render(cloud, 3, (64, 64), style=EXACT):
        alone = np.zeros(len(room), bool)
        alone[view.point[view.point >= 0]] = True
        again = render_view(cloud, view.camera, style=EXACT, keep=alone)
        np.testing.assert_array_equal(again.point, view.point)
        np.testing.assert_array_equal(again.depth, view.depth)


def test_points_next_to_a_border_fall_into_the_pixel_they_are_drawn_in():
    """Coordinates closer to a border than float32 can tell: both ways have to round alike."""
    camera = look_at(np.array([0.0, 0, 0]), np.array([1.0, 0, 0]), size=(1024, 1024), fov=90)
    column = np.arange(1, 1024).repeat(8) + np.tile([-1e-5, -1e-6, -1e-7, -1e-9, 1e-9, 1e-7, 1e-6, 1e-5], 1023)
    xyz = np.stack([np.ones(len(column)), (512 - column) / 512, np.zeros(len(column))], 1).astype(np.float32)
    uv, _, _ = raster.project(xyz, camera.pose, (camera.fx, camera.fy, camera.cx, camera.cy))
    view = View("all", camera, np.zeros((1024, 1024, 3), np.uint8), np.ones((1024, 1024), np.float32))
    pixel, shown = points_in_view(view, xyz)
    assert shown.all()
    np.testing.assert_array_equal(pixel[:, ::-1], np.floor(uv))


def test_closed_form():
    camera = look_at(np.array([0.0, 0, 0]), np.array([1.0, 0, 0]), size=(10, 10), fov=90)  # 5 pixels of focal length
    depth = np.full((10, 10), 2.0, np.float32)
    depth[4, 4] = 0
    view = View("photo", camera, np.zeros((10, 10, 3), np.uint8), depth)
    xyz = np.array(
        [
            [2.0, 0.1, -0.1],  # column 5 - 5 * .1 / 2 = 4.75, row 5 + .25: on the surface
            [2.0, 0.1, 0.1],  # its pixel (4, 4) has no depth
            [2.5, 0.1, -0.1],  # half a metre behind
            [1.0, 0.1, -0.1],  # in front of it: nothing hides it
            [-2.0, 0.0, 0.0],  # behind the camera
            [2.0, 1.99, -0.1],  # column 0.025: at the edge
            [2.0, 2.01, -0.1],  # column -0.025: outside
            [np.nan, 0.0, 0.0],
        ]
    )
    pixel, shown = points_in_view(view, xyz)
    assert shown.tolist() == [True, False, False, True, False, True, False, False]
    assert pixel[0].tolist() == [5, 4] and pixel[3].tolist() == [5, 4] and pixel[5].tolist() == [5, 0]
    assert points_in_view(view, xyz, relative=0.25)[1][2]
    assert not points_in_view(view, xyz, border=1)[1][5]
