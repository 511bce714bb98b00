"""Blending and hole filling: closed form, bounds, and the torch twins."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.ops import raster, raster_finish, raster_torch

SIZE = (12, 17)


def test_blend_is_a_weighted_mean_over_the_visible_surface():
    uv = np.array([[2.5, 2.5], [2.5, 2.5], [2.5, 2.5]], np.float32)
    depth, radius = np.array([1.0, 1.05, 3.0], np.float32), np.full(3, 1.5, np.float32)
    color = np.array([[0.0], [10.0], [1000.0]], np.float32)
    _, nearest = raster.splat(uv, depth, radius, (5, 5))
    image = raster_finish.blend(uv, depth, radius, color, nearest, 0.1)
    assert image[2, 2, 0] == pytest.approx(5.0)  # the hidden third point does not shine through
    assert image[0, 0, 0] == 0
    np.testing.assert_array_equal(image, raster_finish.blend(uv, depth, radius, color, nearest, 0.1, threads=4))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_blend_stays_within_the_colours_and_covers_what_splat_covers(seed):
    rng = np.random.default_rng(seed)
    uv, depth = rng.uniform(-2, 18, (80, 2)).astype(np.float32), rng.uniform(1, 2, 80).astype(np.float32)
    radius = rng.uniform(0, 2, 80).astype(np.float32)
    color = rng.uniform(50, 60, (80, 2)).astype(np.float32)
    ids, nearest = raster.splat(uv, depth, radius, SIZE)
    image = raster_finish.blend(uv, depth, radius, color, nearest, 0.2, threads=2)
    assert ((image[ids >= 0] >= 49.99) & (image[ids >= 0] <= 60.01)).all()
    assert (image[ids < 0] == 0).all()
    twin = raster_torch.blend(*map(torch.from_numpy, (uv, depth, radius, color, nearest)), 0.2)
    np.testing.assert_allclose(image, twin.numpy(), rtol=1e-5)


def test_hole_takes_the_median_neighbour_and_open_space_stays_open():
    depth = np.arange(1, 26, dtype=np.float32).reshape(5, 5)
    ids = np.arange(25, dtype=np.int32).reshape(5, 5)
    ids[2, 2], depth[2, 2] = -1, 0
    holes, sources = raster_finish.fill_holes(ids, depth, rounds=1)
    # neighbours' depths are 7 8 9 12 14 17 18 19: the lower median is 12, pixel (2, 1)
    assert holes.tolist() == [2 * 5 + 2] and sources.tolist() == [2 * 5 + 1]
    lonely = np.full((5, 5), -1, np.int32)
    lonely[2, 2] = 0
    assert len(raster_finish.fill_holes(lonely, np.ones((5, 5)))[0]) == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 8))
def test_filling_twins_agree_exactly(seed, rounds, min_neighbors):
    rng = np.random.default_rng(seed)
    ids = np.where(rng.random(SIZE) < 0.6, np.arange(SIZE[0] * SIZE[1]).reshape(SIZE), -1).astype(np.int32)
    depth = np.where(ids >= 0, rng.choice([1.0, 2.0, 2.5, 4.0], SIZE), 0).astype(np.float32)  # with ties
    options = {"rounds": rounds, "min_neighbors": min_neighbors}
    holes, sources = raster_finish.fill_holes(ids, depth, **options)
    twin = raster_torch.fill_holes(torch.from_numpy(ids), torch.from_numpy(depth), **options)
    np.testing.assert_array_equal(holes, twin[0].numpy())
    np.testing.assert_array_equal(sources, twin[1].numpy())
    assert (ids.ravel()[holes] < 0).all() and (ids.ravel()[sources] >= 0).all()


def test_flat_colours_are_those_of_the_points_and_bytes_are_rounded():
    ids = np.array([[1, -1], [0, 1]], np.int32)
    color = np.array([[10.4, 20.5, 300.0], [-3.0, 0.0, 99.9]], np.float32)
    image = raster_finish.flat(ids, color)
    np.testing.assert_array_equal(image, np.stack([color[1], np.zeros(3), color[0], color[1]]).reshape(2, 2, 3))
    rgb = raster_finish.to_bytes(image, ids, (7, 8, 9))
    assert rgb.tolist() == [[[0, 0, 100], [7, 8, 9]], [[10, 21, 255], [0, 0, 100]]]
    half = raster_finish.to_bytes(image, ids, (7, 8, 9), np.full((2, 2), 0.5, np.float32))
    assert half[1, 0].tolist() == [5, 10, 150] and half[0, 1].tolist() == [7, 8, 9]


def test_blocks_that_hide_a_point_do_not_change_the_blend():
    """A room behind a wall with a window: whole blocks are hidden, blocks at the window's border are not."""
    rng = np.random.default_rng(3)
    uv = rng.uniform(0, 40, (1500, 2)).astype(np.float32)
    depth = rng.uniform(2, 3, 1500).astype(np.float32)
    wall = np.stack(np.meshgrid(np.arange(40.0), np.arange(40.0)), -1).reshape(-1, 2).astype(np.float32) + 0.5
    wall = wall[~((wall > 9) & (wall < 21)).all(1)]
    uv, depth = np.concatenate([uv, wall]), np.concatenate([depth, np.ones(len(wall), np.float32)])
    radius, color = rng.uniform(0, 3, len(uv)).astype(np.float32), rng.random((len(uv), 3)).astype(np.float32)
    _, nearest = raster.splat(uv, depth, radius, (40, 40))
    image = raster_finish.blend(uv, depth, radius, color, nearest, 0.3, threads=1)
    twin = raster_torch.blend(*map(torch.from_numpy, (uv, depth, radius, color, nearest)), 0.3)
    np.testing.assert_allclose(image, twin.numpy(), rtol=1e-5)
