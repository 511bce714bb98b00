"""The walk: where the camera goes and what it frames."""

from __future__ import annotations

import boxrooms
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.synth.raycast import Caster, RoomMesh
from sceneglot.synth.room import Room
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.synth.trajectory import free_floor, inside_plan, intrinsics, plan_walk, polygon_area

L_PLAN = np.array([(0, 0), (5, 0), (5, 2), (2, 2), (2, 4), (0, 4)], float)


def walk(room: Room, config: ScanConfig | None = None, seed: int = 0):
    mesh = RoomMesh.of(room)
    return plan_walk(room, mesh, Caster(mesh), config or ScanConfig(), np.random.default_rng(seed))


def test_area_and_inside_of_an_l_shape() -> None:
    assert polygon_area(L_PLAN) == pytest.approx(14)
    points = np.array([(1, 1), (4, 1), (1, 3.5), (4, 3), (-1, 1), (6, 1)])
    np.testing.assert_array_equal(inside_plan(L_PLAN, points), [True, True, True, False, False, False])


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_walker_stays_on_free_floor_at_eye_height(seed: int) -> None:
    config = ScanConfig()
    poses = walk(boxrooms.dining_room(), config, seed).poses
    eyes = poses[:, :3, 3]
    assert config.frames[0] <= len(eyes) <= config.frames[1]
    assert (np.abs(eyes[:, 0]) < 2 - 0.1).all() and (np.abs(eyes[:, 1]) < 2.5 - 0.1).all()
    on_table = (np.abs(eyes[:, 0]) < 0.7) & (np.abs(eyes[:, 1]) < 0.4)
    assert not on_table.any()
    assert (eyes[:, 2] >= config.eye_height[0]).all() and (eyes[:, 2] <= config.eye_height[1]).all()


def test_poses_are_rigid_upright_and_look_around() -> None:
    result = walk(boxrooms.dining_room())
    rotation = result.poses[:, :3, :3]
    np.testing.assert_allclose(
        rotation @ rotation.transpose(0, 2, 1), np.tile(np.eye(3), (len(rotation), 1, 1)), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1)
    assert (rotation[:, 2, 1] < -0.5).all(), "image down must point down"
    yaw = np.arctan2(rotation[:, 1, 2], rotation[:, 0, 2])
    assert len(np.unique(np.floor(yaw / (np.pi / 2)))) == 4, "all four quarters should be looked at"
    assert result.is_view.sum() == ScanConfig().views


def test_every_item_is_framed() -> None:
    room = boxrooms.dining_room()
    poses = walk(room).poses
    for item in room.items:
        middle = item.world_vertices().mean(0, keepdims=True)
        seen = False
        for pose in poses:
            camera = intrinsics((120, 160), 57.0, pose)
            (uv,), (depth,) = camera.project(middle)
            seen |= bool(depth > 0.3 and 0 <= uv[0] < 160 and 0 <= uv[1] < 120)
        assert seen, item.label


def test_fov_is_the_angle_between_the_outer_columns() -> None:
    camera = intrinsics((480, 640), 57.0, np.eye(4))
    assert 2 * np.degrees(np.arctan(320 / camera.fx)) == pytest.approx(57.0)
    assert 2 * np.degrees(np.arctan(240 / camera.fy)) == pytest.approx(44.3, abs=0.2)


def test_a_cramped_room_still_gets_a_walk() -> None:
    crammed = boxrooms.room(boxrooms.block(0, 0, (3.9, 4.9, 1.0)))
    assert len(free_floor(crammed, RoomMesh.of(crammed), 0.25)) >= 1
    poses = walk(crammed).poses
    assert np.isfinite(poses).all()


def test_the_walk_stays_in_one_connected_part() -> None:
    wall_in_two = boxrooms.room(boxrooms.block(0, 0.5, (4.0, 0.2, 2.0)))
    eyes = walk(wall_in_two).poses[:, :3, 3]
    assert (eyes[:, 1] < 0.4).all(), "the larger part lies at negative y"
