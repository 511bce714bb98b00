"""Splatting: closed-form pictures, an independent slow oracle, and equal bits from both twins and any thread count."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.ops import raster, raster_torch

SIZE = (12, 17)


def slow_splat(uv, depth, radius, size, shape):
    """The definition, read out loud: every pixel looks at every point."""
    ids, nearest = np.full(size, -1, np.int32), np.zeros(size, np.float32)
    for row in range(size[0]):
        for column in range(size[1]):
            for i in range(len(depth)):
                if not (np.isfinite(depth[i]) and depth[i] > 0 and np.isfinite(uv[i]).all()):
                    continue
                u, v, r = float(uv[i, 0]), float(uv[i, 1]), max(float(radius[i]), 0.0)
                dx, dy = column + 0.5 - u, row + 0.5 - v
                # Written like the definition's floor form: centres in (u - r, u + r], rounding included.
                covered = np.floor(u - r + 0.5) <= column <= np.floor(u + r + 0.5) - 1
                covered &= np.floor(v - r + 0.5) <= row <= np.floor(v + r + 0.5) - 1
                if shape == "round":
                    covered &= dx * dx + dy * dy <= r * r
                # The point's own column and row count as covered even where a tiny radius misses the centre.
                own_row, own_column = np.floor(v) == row, np.floor(u) == column
                if shape == "square":
                    in_row = own_row or np.floor(v - r + 0.5) <= row <= np.floor(v + r + 0.5) - 1
                    in_column = own_column or np.floor(u - r + 0.5) <= column <= np.floor(u + r + 0.5) - 1
                    covered = in_row and in_column
                if (covered or (own_row and own_column)) and (ids[row, column] < 0 or depth[i] < nearest[row, column]):
                    ids[row, column], nearest[row, column] = i, depth[i]
    return ids, nearest


@st.composite
def clouds(draw):
    seed = draw(st.integers(0, 2**32 - 1))
    count = draw(st.integers(0, 60))
    rng = np.random.default_rng(seed)
    uv = rng.uniform(-6, 23, (count, 2))
    if draw(st.booleans()):
        uv = np.round(uv * 2) / 2  # pixel edges and centres
    depth = rng.choice([0.5, 1.0, 1.5, 2.0], count) if draw(st.booleans()) else rng.uniform(-0.5, 4, count)
    radius = rng.choice([0.0, 0.3, 0.5, 1.0, 1.5, 2.7, 40.0], count)
    for column, value in ((uv[:, 0], np.nan), (depth, np.nan), (depth, np.inf), (uv[:, 1], 1e30), (radius, np.nan)):
        column[rng.random(count) < 0.04] = value
    return uv.astype(np.float32), depth.astype(np.float32), radius.astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(clouds(), st.sampled_from(["round", "square"]))
def test_twins_and_oracle_agree_bit_for_bit(cloud, shape):
    uv, depth, radius = cloud
    ids, nearest = raster.splat(uv, depth, radius, SIZE, shape=shape, threads=1)
    torch_ids, torch_nearest = raster_torch.splat(*map(torch.from_numpy, (uv, depth, radius)), SIZE, shape=shape)
    slow_ids, slow_nearest = slow_splat(uv, depth, radius, SIZE, shape)
    np.testing.assert_array_equal(ids, torch_ids.numpy())
    np.testing.assert_array_equal(nearest, torch_nearest.numpy())
    np.testing.assert_array_equal(ids, slow_ids)
    np.testing.assert_array_equal(nearest, slow_nearest)
    assert ids.dtype == np.int32 and nearest.dtype == np.float32 and np.isfinite(nearest).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_projection_twins_agree_bit_for_bit(seed, orthographic):
    rng = np.random.default_rng(seed)
    xyz = rng.normal(0, 3, (200, 3)).astype(np.float32)
    pose = np.eye(4)
    pose[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    pose[:3, 3] = rng.normal(size=3)
    keep, spacing = rng.random(200) < 0.8, rng.uniform(0, 0.1, 200).astype(np.float32)
    options = {"orthographic": orthographic, "radius_range": (0.5, 6.0)}
    ours = raster.project(xyz, pose, (210.0, 205.5, 64.0, 48.5), spacing=spacing, keep=keep, threads=3, **options)
    twin = raster_torch.project(
        torch.from_numpy(xyz), torch.from_numpy(pose), (210.0, 205.5, 64.0, 48.5),
        spacing=torch.from_numpy(spacing), keep=torch.from_numpy(keep), **options,
    )  # fmt: skip
    for a, b in zip(ours, twin):
        np.testing.assert_array_equal(a, b.numpy())


def test_torch_twin_in_small_parts(monkeypatch):
    rng = np.random.default_rng(5)
    uv, depth = rng.uniform(0, 12, (300, 2)).astype(np.float32), rng.uniform(1, 2, 300).astype(np.float32)
    whole = raster_torch.splat(torch.from_numpy(uv), torch.from_numpy(depth), 2.2, SIZE)
    monkeypatch.setattr(raster_torch, "_CANDIDATES_AT_ONCE", 37)
    parts = raster_torch.splat(torch.from_numpy(uv), torch.from_numpy(depth), 2.2, SIZE)
    assert torch.equal(whole[0], parts[0]) and torch.equal(whole[1], parts[1])


def one(u: float, v: float, radius: float, shape: str = "square") -> np.ndarray:
    ids, _ = raster.splat(np.array([[u, v]]), np.array([1.0]), radius, (7, 7), shape=shape)
    return ids >= 0


def test_one_point_is_one_pixel():
    hit = one(3.99, 2.0, 0.0)
    assert hit[2, 3] and hit.sum() == 1


@pytest.mark.parametrize(("radius", "side"), [(0.5, 1), (1.0, 2), (1.5, 3), (2.5, 5)])
def test_square_side_is_twice_the_radius(radius, side):
    center = 3.5 if side % 2 else 3.0
    hit = one(center, center, radius)
    assert hit.sum() == side * side and hit.any(0).sum() == side and hit.any(1).sum() == side


def test_round_splat_leaves_the_corners():
    hit = one(3.5, 3.5, 2.5, "round")
    assert hit.sum() == 21 and not hit[1, 1] and hit[1, 3] and hit[2, 1]


def test_points_off_the_edge_splat_in():
    hit = one(-1.0, 3.5, 2.0)
    assert hit[:, 0].sum() == 4 and hit.sum() == 4
    assert one(-1.0, 3.5, 0.5).sum() == 0
    assert one(8.5, 8.5, 2.5).sum() == 1


def test_nearer_wins_and_ties_go_to_the_lower_index():
    uv = np.full((4, 2), 3.5, np.float32)
    ids, nearest = raster.splat(
        uv, np.array([2.0, 1.0, 1.0, 3.0]), np.array([2.5, 0.0, 1.5, 0.0]), (7, 7), shape="square"
    )
    assert ids[3, 3] == 1 and ids[2, 3] == 2 and ids[1, 3] == 0 and ids[0, 0] == -1
    assert nearest[3, 3] == 1 and nearest[1, 3] == 2 and nearest[0, 0] == 0


@pytest.mark.parametrize("depth", [0.0, -1.0, np.nan, np.inf])
def test_what_is_behind_or_no_number_is_not_drawn(depth):
    ids, nearest = raster.splat(np.array([[3.0, 3.0]]), np.array([depth]), 2.0, (7, 7))
    assert (ids == -1).all() and (nearest == 0).all()


def test_threads_and_batches_do_not_change_a_bit():
    rng = np.random.default_rng(2)
    xyz = rng.normal(0, 1, (5000, 3)).astype(np.float32)
    xyz = np.concatenate([xyz, xyz[:500]])  # exact ties
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[:, 2, 3] = [-4, -5, -6]
    intrinsics = np.tile([60.0, 60.0, 32.0, 24.0], (3, 1))
    masks = rng.random((3, len(xyz))) < 0.9
    options = {"spacing": 0.03, "keep": masks}
    one_by_one = raster.rasterize(xyz, poses, intrinsics, (48, 64), threads=1, **options)
    for threads in (2, 3, 7):  # shares out cameras, cameras, image rows
        ids, depth = raster.rasterize(xyz, poses, intrinsics, (48, 64), threads=threads, **options)
        np.testing.assert_array_equal(ids, one_by_one[0])
        np.testing.assert_array_equal(depth, one_by_one[1])
    assert masks[0][one_by_one[0][0][one_by_one[0][0] >= 0]].all()


@settings(max_examples=20, deadline=None)
@given(clouds(), st.integers(0, 2**32 - 1))
def test_the_order_of_points_does_not_change_a_bit(cloud, seed):
    uv, depth, radius = cloud
    order = np.random.default_rng(seed).permutation(len(depth)).astype(np.int32)
    ids, nearest = raster.splat(uv, depth, radius, SIZE, threads=1)
    mixed = raster.splat(uv[order], depth[order], radius[order], SIZE, index=order, threads=2)
    np.testing.assert_array_equal(ids, mixed[0])
    np.testing.assert_array_equal(nearest, mixed[1])


def test_spatial_order_is_a_permutation_that_keeps_octants_together():
    rng = np.random.default_rng(0)
    xyz = rng.uniform(0, 1, (4000, 3)).astype(np.float32)
    xyz[0], xyz[1] = 0, 1  # the cube's corners fix the cells
    order = raster.spatial_order(xyz)
    assert sorted(order.tolist()) == list(range(4000))
    octant = np.floor(xyz[order] * 1023 / 512).astype(int) @ np.array([1, 2, 4])
    assert (np.diff(octant) >= 0).all()
    xyz[5] = np.nan
    assert sorted(raster.spatial_order(xyz).tolist()) == list(range(4000))
    assert raster.spatial_order(xyz[:0]).shape == (0,)


def test_no_points_at_all():
    ids, nearest = raster.splat(np.zeros((0, 2)), np.zeros(0), np.zeros(0), (4, 5))
    assert ids.shape == (4, 5) and (ids == -1).all() and (nearest == 0).all()
    ids, _ = raster_torch.splat(torch.zeros(0, 2), torch.zeros(0), 1.0, (4, 5))
    assert (ids == -1).all()
    uv, depth, radius = raster.project(np.zeros((0, 3)), np.eye(4), (1.0, 1.0, 0.0, 0.0))
    assert uv.shape == (0, 2) and depth.shape == radius.shape == (0,)
