"""Light: the cache against its plain twin, and shadows where they belong."""

from __future__ import annotations

import boxrooms
import numpy as np

from sceneglot.synth.light import (
    CEILING,
    LightGrid,
    _representatives,
    highlights,
    highlights_reference,
    light_grid,
    room_lights,
    shade,
)
from sceneglot.synth.raycast import Caster, RoomMesh
from sceneglot.synth.room import Room


def lit_floor(room: Room, n: int = 20_000, seed: int = 0):
    """Random floor points seen from above, and the light there."""
    rng = np.random.default_rng(seed)
    low, high = room.plan.min(0), room.plan.max(0)
    points = np.concatenate([rng.uniform(low, high, (n, 2)), np.zeros((n, 1))], 1).astype(np.float32)
    normals = np.tile(np.float32([0, 0, 1]), (n, 1))
    caster = Caster(RoomMesh.of(room))
    bounds = (points.min(0), points.max(0))
    grid = light_grid(points, normals, bounds, room_lights(room, rng), caster, 0.12, rng)
    return points, normals, grid


def test_compiled_lookup_equals_plain() -> None:
    rng = np.random.default_rng(4)
    weight = rng.integers(0, 4, (5, 6, 4, 6)).astype(np.float32)
    grid = LightGrid(np.float32([-1, 0.5, 0]), 0.25, rng.uniform(0, 2, (5, 6, 4, 6, 3)).astype(np.float32), weight)
    points = (rng.uniform(-0.2, 1.2, (500, 3)) * (1.25, 1.5, 1.0) + grid.origin).astype(np.float32)
    normals = rng.standard_normal((500, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    np.testing.assert_allclose(grid.lookup(points, normals), grid.lookup_reference(points, normals), atol=1e-4)


def test_representatives_lie_in_the_cell_and_direction_they_stand_for() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(0, 1, (3_000, 3)).astype(np.float32)
    normals = rng.standard_normal((3_000, 3)).astype(np.float32)
    chosen = _representatives(points, normals, np.zeros(3, np.float32), np.float32(0.25), (4, 4, 4))
    slot = np.flatnonzero(chosen >= 0)
    rays, (cell, side) = chosen[slot], np.divmod(slot // (len(chosen) // (64 * 6)), 6)
    expected = np.floor(points[rays] / 0.25).astype(int) @ (16, 4, 1)
    axis = np.abs(normals[rays]).argmax(1)
    np.testing.assert_array_equal(cell, expected)
    np.testing.assert_array_equal(side, 2 * axis + (normals[rays, axis] < 0))
    assert len(np.unique(cell)) == 64, "every cell that has points should have a representative"


def test_the_median_keeps_its_colour_and_it_is_darker_under_the_table() -> None:
    points, normals, grid = lit_floor(boxrooms.room(boxrooms.table()))
    light = grid.lookup(points, normals).mean(1)
    assert 0.85 < np.median(light) < 1.0
    under = (np.abs(points[:, 0]) < 0.5) & (np.abs(points[:, 1]) < 0.25)
    free = np.abs(points[:, 1]) > 1.0
    assert light[under].mean() < 0.8 ** (1 / 2.2) * light[free].mean()


def test_a_window_lights_its_side_of_the_room() -> None:
    window = boxrooms.block(1.97, 0.0, (0.04, 1.2, 1.2), z=0.9, label="window", nyu40=9, parent=-2)
    # Turned so that its front (local -y) looks into the room, to -x.
    window = type(window)(
        "window", 9, (boxrooms.box((-0.6, -0.02, 0), (0.6, 0.0, 1.2), boxrooms.GLASS),),
        (2.0, 0.0, 0.9), -np.pi / 2, parent=-2,
    )  # fmt: skip
    lamp = boxrooms.block(0, 0, (0.3, 0.3, 0.1), z=2.5, label="ceiling lamp", nyu40=35, parent=CEILING)
    points, normals, grid = lit_floor(boxrooms.room(window, lamp))
    light = grid.lookup(points, normals).mean(1)
    near, far = points[:, 0] > 0.8, points[:, 0] < -0.8
    assert light[near].mean() > 1.05 * light[far].mean()


def test_lamps_and_windows_are_found() -> None:
    lamp = boxrooms.block(0, 0, (0.3, 0.3, 0.1), z=2.5, label="ceiling lamp", nyu40=35, parent=CEILING)
    rng = np.random.default_rng(0)
    lights = room_lights(boxrooms.room(boxrooms.table(), lamp), rng)
    assert len(lights.power) == 1 and lights.glowing == (1,)
    assert (lights.samples[0, :, 2] < 2.5).all()
    assert len(room_lights(boxrooms.room(), rng).power) == 1, "a room without lamps gets a plain one"


def test_shade_keeps_the_hue_and_follows_light_and_exposure() -> None:
    brown = np.float32([[112, 72, 42]]).repeat(3, 0)
    gain = np.float32([[0.6] * 3, [1.0] * 3, [1.0] * 3])
    lit = shade(brown, gain, np.zeros(3, np.float32), np.float32([1.0, 1.0, 1.1]))
    np.testing.assert_allclose(lit, brown * [[0.6], [1.0], [1.1]], rtol=1e-5)
    assert (shade(brown, gain, np.ones(3, np.float32), np.ones(3, np.float32)) > lit).all()


def test_compiled_highlights_equal_plain() -> None:
    rng = np.random.default_rng(3)
    lights = room_lights(boxrooms.room(), rng)
    points = rng.uniform(-1, 1, (2_000, 3)).astype(np.float32)
    normals, to_camera = rng.standard_normal((2, 2_000, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    to_camera /= np.linalg.norm(to_camera, axis=1, keepdims=True)
    shine = rng.uniform(0, 1, 2_000).astype(np.float32)
    fast = highlights(points, normals, to_camera, shine, lights)
    assert fast.max() > 0.1
    np.testing.assert_allclose(fast, highlights_reference(points, normals, to_camera, shine, lights), atol=1e-5)


def test_highlight_sits_at_the_mirror_direction() -> None:
    lights = room_lights(boxrooms.room(), np.random.default_rng(0))
    points, normals = np.zeros((2, 3), np.float32), np.tile(np.float32([0, 0, 1]), (2, 1))
    to_lamp = lights.samples[0].mean(0)
    to_lamp = to_lamp / np.linalg.norm(to_lamp)
    mirrored = to_lamp * (-1, -1, 1)
    away = np.array([np.sqrt(0.99), 0, 0.1])
    value = highlights(points, normals, np.float32([mirrored, away]), np.float32([1, 1]), lights)
    assert value[0] > 0.4 and value[1] < 0.01
    assert highlights(points, normals, np.float32([mirrored, away]), np.float32([0, 0]), lights).max() == 0
