"""Border, wide and corner cameras: where they stand, and that together they show the room's corners."""

from __future__ import annotations

import numpy as np
import pytest
from boxroom import SIZE, boxroom, empty

from sceneglot.rendering import Cloud, render_views, scene_cameras, snap_cameras
from sceneglot.rendering.snap import _square_border
from sceneglot.rendering.survey import survey


def test_sixteen_border_places_are_the_border_of_a_five_by_five_grid():
    places = {tuple(p) for p in _square_border(16).tolist()}
    grid = {(x, y) for x in np.linspace(-1, 1, 5) for y in np.linspace(-1, 1, 5) if max(abs(x), abs(y)) == 1}
    assert places == grid


def test_published_set_is_sixteen_four_and_four(room):
    cameras = snap_cameras(room, 24)
    plan = survey(room)
    eyes = np.stack([c.center for c in cameras])
    outside = ~plan.holds(eyes[:, :2])
    assert len(cameras) == 24 and outside[:16].all() and not outside[16:].any()
    top = min(plan.high[2], plan.ceiling)
    np.testing.assert_allclose(eyes[:16, 2], top + 0.05 + 2.5)
    np.testing.assert_allclose(eyes[16:, 2], top + 0.05)  # the lift does not add up
    np.testing.assert_allclose(eyes[20:, :2], np.tile((plan.low[:2] + plan.high[:2]) / 2, (4, 1)))
    for wide, corner in zip(cameras[16:20], cameras[20:]):  # a wide camera stands farther from the corner it looks at
        assert (wide.forward[:2] * corner.forward[:2] > 0).all()
        assert ((wide.center - corner.center)[:2] * corner.forward[:2] < 0).all()
    assert len({tuple(np.sign(c.forward[:2])) for c in cameras[20:]}) == 4


@pytest.mark.parametrize("size", [(96, 96), (80, 128)])
def test_border_cameras_have_the_whole_room_in_frame_and_fill_it(size):
    room = boxroom(ceiling=False)
    for camera in snap_cameras(room, 24, size=size)[:16]:
        uv, depth = camera.project(room.xyz)
        assert (depth > 0).all()
        assert (uv > -1.5).all() and (uv < np.array([size[1], size[0]]) + 1.5).all()  # up to the strays of the survey
        used = np.ptp(uv, axis=0) / (size[1], size[0])
        assert used.max() > 0.97


def test_all_together_show_every_corner_and_no_ceiling(room):
    cloud = Cloud.of(room)
    views = render_views(cloud, scene_cameras(room, 24, size=(96, 96), rig="snap", plan=cloud.plan))
    seen = np.unique(np.concatenate([v.point[v.point >= 0] for v in views]))
    assert not (room.semantic[seen] == 22).any()
    for corner in np.stack(np.meshgrid([0, SIZE[0]], [0, SIZE[1]]), -1).reshape(-1, 2):
        near = np.abs(room.xyz[seen] - [*corner, 0.0]).max(1) < 0.3
        assert near.sum() > 20
    assert all((v.point >= 0).mean() > 0.3 for v in views)


def test_fewer_views_and_empty_scenes():
    assert [len(snap_cameras(empty(), n)) for n in (0, 1, 5, 7, 8, 24)] == [0, 1, 5, 7, 8, 24]
