"""The sensor model: noise, misses and poses."""

from __future__ import annotations

import boxrooms
import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.synth.raycast import Caster, RoomMesh
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.synth.sensor import _steady, depth_sigma, measure, record
from sceneglot.synth.texture import _hash_numpy
from sceneglot.synth.trajectory import plan_walk


def read(depth: np.ndarray, config: ScanConfig | None = None, *, cosine=1.0, shine=0.0, dropout=0.0, seed=0):
    n = len(depth)
    full = lambda value: np.full(n, value, np.float32)  # noqa: E731
    rng = np.random.default_rng(seed)
    place = rng.uniform(-3, 3, (n, 3)).astype(np.float32)
    return measure(
        depth.astype(np.float32), full(cosine), full(shine), full(dropout), place, config or ScanConfig(), rng
    )


def test_noise_grows_with_the_square_of_depth() -> None:
    config = ScanConfig()
    depths = np.array([0.6, 1.2, 1.8, 2.4, 3.0, 3.6, 4.2])
    spread = [read(np.full(20_000, z), config, seed=i).std() for i, z in enumerate(depths)]
    growth, floor = np.polyfit(depths**2, spread, 1)
    assert growth == pytest.approx(config.noise_growth, rel=0.05)
    assert floor == pytest.approx(config.noise_floor, rel=0.15)
    np.testing.assert_allclose(spread, depth_sigma(depths, config), rtol=0.03)


def test_readings_are_unbiased_and_shine_adds_noise() -> None:
    matt, shiny = read(np.full(20_000, 2.0)), read(np.full(20_000, 2.0), shine=1.0)
    assert matt.mean() == pytest.approx(2.0, abs=2e-4)
    assert shiny.std() == pytest.approx(2 * matt.std(), rel=0.05)


def test_out_of_range_and_nothing_hit_give_zero() -> None:
    assert (read(np.array([0.1, 0.2, 5.5, 9.0, 0.0])) == 0).all()
    assert (read(np.array([0.5, 1.0, 4.5])) > 0).all()


@pytest.mark.parametrize("dropout", [0.0, 0.3, 0.8, 1.0])
def test_dropout_is_the_share_of_missing_returns(dropout: float) -> None:
    missing = (read(np.full(20_000, 1.5), dropout=dropout) == 0).mean()
    assert missing == pytest.approx(dropout, abs=0.015)


def test_holes_in_glass_stay_where_they_are() -> None:
    place = np.random.default_rng(0).uniform(-2, 2, (5_000, 3)).astype(np.float32)
    ones = np.ones(5_000, np.float32)
    first, second = (
        measure(2 * ones, ones, 0 * ones, 0.7 * ones, place, ScanConfig(), np.random.default_rng(s)) for s in (1, 2)
    )
    assert ((first == 0) == (second == 0)).mean() > 0.85


def test_the_fate_of_a_place_is_evenly_spread_and_constant_within_its_cell() -> None:
    place = np.random.default_rng(1).uniform(-3, 3, (20_000, 3)).astype(np.float32)
    fate = _steady(place, np.float32(0.04))
    cell = np.floor(place / np.float32(0.04)).astype(np.int64)
    expected = _hash_numpy(cell[:, 0], cell[:, 1], cell[:, 2], np.full(len(cell), 77))
    np.testing.assert_allclose(fate, expected, atol=1e-6)
    np.testing.assert_allclose(np.quantile(fate, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.02)


def test_grazing_rays_go_missing_gradually() -> None:
    lost = [
        (read(np.full(5_000, 2.0), cosine=np.cos(np.radians(angle))) == 0).mean() for angle in (0, 70, 82, 86, 89.9)
    ]
    assert lost[0] == lost[1] == 0 and 0 < lost[2] < lost[3] < lost[4] and lost[4] > 0.95


def test_rays_and_tracked_cameras_agree() -> None:
    room = boxrooms.dining_room()
    mesh = RoomMesh.of(room)
    config = ScanConfig(pose_jitter=(0, 0), lateral_jitter=0, frame_size=(12, 16), view_size=(24, 32))
    rng = np.random.default_rng(0)
    frames = record(plan_walk(room, mesh, Caster(mesh), config, rng), config, rng)
    for number, camera in enumerate(frames.cameras):
        rays = np.arange(frames.start[number], frames.start[number + 1])
        depth = np.linspace(1, 3, len(rays)).astype(np.float32)
        expected = camera.unproject(depth.reshape(camera.height, camera.width)).reshape(-1, 3)
        np.testing.assert_allclose(frames.unproject(rays, depth), expected, atol=1e-5)
        true = frames.origin[rays] + frames.direction[rays] * (depth / frames.per_distance[rays])[:, None]
        np.testing.assert_allclose(true, expected, atol=1e-5)


def test_tracking_errors_are_small_rigid_motions() -> None:
    room = boxrooms.dining_room()
    mesh = RoomMesh.of(room)
    config = ScanConfig(frame_size=(3, 4), view_size=(3, 4))
    walk = plan_walk(room, mesh, Caster(mesh), config, np.random.default_rng(0))
    frames = record(walk, config, np.random.default_rng(0))
    shift = np.stack([camera.pose - pose for camera, pose in zip(frames.cameras, walk.poses)])
    assert 0 < np.abs(shift[:, :3, 3]).mean() < 3 * config.pose_jitter[0]
    assert 0 < np.abs(shift[:, :3, :3]).max() < 6 * config.pose_jitter[1]
    for camera in frames.cameras:
        np.testing.assert_allclose(camera.pose[:3, :3] @ camera.pose[:3, :3].T, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(
    "bad",
    [
        {"points": 0},
        {"voxel": 0.0},
        {"frames": (5, 3)},
        {"views": 40},
        {"fov": 200.0},
        {"shell_share": 1.5},
        {"depth_range": (2, 1)},
    ],
)
def test_impossible_settings_are_refused(bad: dict) -> None:
    with pytest.raises(SceneglotError, match="scan:"):
        ScanConfig(**bad)
