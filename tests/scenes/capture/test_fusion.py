"""The compiled paths against their plain twins, and what fusing must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scenes.capture.boxcapture import COLORS, FX, HEIGHT, SIZE, WIDTH, K, picture, poses

from sceneglot.scenes.capture.frames import Lens
from sceneglot.scenes.capture.fusion import VoxelFusion, fuse_reference
from sceneglot.scenes.capture.samples import REACH, sample_depth, sample_depth_reference

LENS = Lens.of_integer_centers(FX, FX, K[0, 2], K[1, 2], WIDTH, HEIGHT)


@given(seed=st.integers(0, 1000), holes=st.floats(0, 0.3))
@settings(max_examples=25, deadline=None)
def test_samples_agree_with_plain_numpy(seed, holes):
    rng = np.random.default_rng(seed)
    depth = picture(poses()[seed % 6])[0].astype(np.float32) + rng.normal(0, 0.02, (HEIGHT, WIDTH)).astype(np.float32)
    depth[rng.random(depth.shape) < holes] = 0
    fast, plain = sample_depth(depth, LENS, 3.0), sample_depth_reference(depth, LENS, 3.0)
    assert np.array_equal(fast.pixel, plain.pixel)
    for name in ("xyz", "normal", "weight"):
        np.testing.assert_allclose(getattr(fast, name), getattr(plain, name), rtol=1e-5, atol=1e-5)


def test_samples_lie_on_the_walls_and_look_at_the_camera():
    pose = poses()[1]
    samples = sample_depth(picture(pose)[0].astype(np.float32), LENS, 10.0)
    world = samples.xyz @ pose[:3, :3].T + pose[:3, 3]
    normal = samples.normal @ pose[:3, :3].T
    gap = np.stack([np.abs(world), np.abs(SIZE - world)], -1).reshape(len(world), -1)  # to the six faces
    assert gap.min(1).max() < 1e-5
    inward = np.stack([np.eye(3), -np.eye(3)], 1).reshape(-1, 3)[gap.argmin(1)]
    edge = np.sort(gap, axis=1)[:, 1] < 0.35  # there the chords bend around the corner
    np.testing.assert_allclose(normal[~edge], inward[~edge], atol=1e-4)
    assert (np.einsum("sc,sc->s", samples.normal, samples.xyz) < 0).all()
    distance = np.linalg.norm(samples.xyz, axis=1)
    cos = -np.einsum("sc,sc->s", samples.normal, samples.xyz) / distance
    np.testing.assert_allclose(samples.weight, cos / samples.xyz[:, 2] ** 2, rtol=1e-4)


def test_flying_pixels_and_far_ones_are_left_out():
    depth = np.full((40, 60), 1.0, np.float32)
    depth[:, 30:] = 3.0
    depth[:, 29] = 2.0  # between the two surfaces
    lens = Lens.of_integer_centers(500, 500, 29.5, 19.5, 60, 40)
    near = sample_depth(depth, lens, 10.0)
    column = near.pixel % 60
    assert not ((column > 29 - REACH - 1) & (column < 30 + REACH)).any() and len(column) > 1000
    assert sample_depth(depth, lens, 2.5).xyz[:, 2].max() == 1.0
    assert len(sample_depth(np.zeros((40, 60), np.float32), lens, 5.0).xyz) == 0
    assert len(sample_depth(np.ones((4, 4), np.float32), lens, 5.0).xyz) == 0  # smaller than the reach


@given(seed=st.integers(0, 1000), count=st.integers(1, 400), parts=st.integers(1, 4), least=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_fusion_agrees_with_plain_numpy(seed, count, parts, least):
    rng = np.random.default_rng(seed)
    xyz = rng.normal(0, 0.1, (count, 3)).astype(np.float32)
    rgb = rng.integers(0, 256, (count, 3)).astype(np.uint8)
    normal = rng.normal(size=(count, 3))
    normal = (normal / np.linalg.norm(normal, axis=1, keepdims=True)).astype(np.float32)
    weight = rng.uniform(0.1, 2, count).astype(np.float32)
    fusion = VoxelFusion(0.05)
    for rows in np.array_split(np.arange(count), parts):
        fusion.add(xyz[rows], rgb[rows], normal[rows], weight[rows])
    fast, plain = fusion.points(least), fuse_reference(xyz, rgb, normal, weight, 0.05, least)
    assert np.array_equal(fast.count, plain.count)
    np.testing.assert_allclose(fast.xyz, plain.xyz, atol=1e-6)
    assert np.abs(fast.rgb.astype(int) - plain.rgb).max(initial=0) <= 1
    np.testing.assert_allclose(fast.normal, plain.normal, atol=1e-5)


def test_tables_grow_past_their_first_size():
    grid = np.stack(np.meshgrid(*[np.arange(40.0)] * 3, indexing="ij"), -1).reshape(-1, 3).astype(np.float32)
    fusion = VoxelFusion(1.0)
    ones = np.ones(len(grid), np.float32)
    up = np.tile(np.float32([0, 0, 1]), (len(grid), 1))
    for _ in range(2):
        fusion.add(grid + np.float32(0.5), np.zeros((len(grid), 3), np.uint8), up, ones)
    points = fusion.points()
    assert len(points.xyz) == 64_000 and (points.count == 2).all()
    assert np.array_equal(points.xyz, grid + np.float32(0.5))  # in order of the voxels


def test_both_sides_of_a_thin_sheet_do_not_cancel():
    normal = np.float32([[0, 1, 0], [0, -1, 0], [0, 1, 0]])
    fusion = VoxelFusion(0.1)
    fusion.add(np.full((3, 3), 0.05, np.float32), np.full((3, 3), 9, np.uint8), normal, np.float32([1, 1.9, 1]))
    np.testing.assert_allclose(fusion.points().normal, [[0, 1, 0]], atol=1e-6)


def test_points_that_are_out_of_reach_or_no_numbers_are_ignored():
    xyz = np.float32([[1e9, 0, 0], [np.nan, 0, 0], [np.inf, 0, 0], [0, 0, 0]])
    fusion = VoxelFusion(0.01)
    fusion.add(xyz, np.zeros((4, 3), np.uint8), np.ones((4, 3), np.float32), np.ones(4, np.float32))
    assert len(fusion.points().xyz) == 1


def test_colors_are_weighted_means():
    fusion = VoxelFusion(1.0)
    fusion.add(np.zeros((2, 3), np.float32), COLORS[:2], np.ones((2, 3), np.float32), np.float32([3, 1]))
    assert fusion.points().rgb.tolist() == [[160, 80, 40]]


@pytest.mark.parametrize("bad", [(0, 1, 0, 0), (1, -1, 0, 0), (np.nan, 1, 0, 0), (1, 1, np.inf, 0)])
def test_lenses_that_see_nothing_are_refused(bad):
    from sceneglot.errors import SceneglotError

    with pytest.raises(SceneglotError, match="sees nothing"):
        Lens.of_integer_centers(*bad, 10, 10)
