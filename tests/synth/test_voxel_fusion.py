"""Voxel fusion and the fair choice of points."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.synth.voxel_fusion import Fused, choose, fuse, fuse_reference


def samples(seed: int, n: int):
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(-0.1, 0.1, (n, 3)).astype(np.float32)
    normal = rng.standard_normal((n, 3)).astype(np.float32)
    rgb = rng.uniform(0, 255, (n, 3)).astype(np.float32)
    return xyz, rgb, normal, rng.integers(0, 4, n).astype(np.int32), rng.uniform(0.5, 2, n).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 600), voxel=st.floats(0.005, 0.5))
def test_compiled_equals_plain(seed: int, n: int, voxel: float) -> None:
    fast, slow = fuse(*samples(seed, n), voxel), fuse_reference(*samples(seed, n), voxel)
    np.testing.assert_array_equal(fast.owner, slow.owner)
    np.testing.assert_allclose(fast.xyz, slow.xyz, atol=1e-6)
    np.testing.assert_allclose(fast.normal, slow.normal, atol=1e-5)
    assert np.abs(fast.rgb.astype(int) - slow.rgb).max() <= 1


def test_weighted_mean_and_majority_in_one_voxel() -> None:
    xyz = np.float32([[0.01, 0.01, 0.01], [0.03, 0.01, 0.01], [0.09, 0.09, 0.09]])
    rgb = np.float32([[0, 0, 0], [100, 100, 100], [255, 255, 255]])
    normal = np.float32([[0, 0, 1], [0, 0, 1], [1, 0, 0]])
    fused = fuse(xyz, rgb, normal, np.int32([5, 5, 2]), np.float32([1, 3, 3.5]), 0.1)
    assert len(fused) == 1 and fused.owner[0] == 5  # owner 5 has weight 4 in all, owner 2 only 3.5
    np.testing.assert_allclose(fused.xyz[0], [0.025, 0.01, 0.01], atol=1e-7)
    np.testing.assert_array_equal(fused.rgb[0], [75, 75, 75])
    np.testing.assert_allclose(fused.normal[0], [0, 0, 1])


def test_sides_that_cancel_still_give_a_unit_normal() -> None:
    xyz = np.zeros((2, 3), np.float32)
    normal = np.float32([[1, 0, 0], [-1, 0, 0]])
    fused = fuse(xyz, xyz, normal, np.int32([0, 0]), np.float32([1, 1]), 0.1)
    np.testing.assert_allclose(np.linalg.norm(fused.normal, axis=1), 1, atol=1e-6)


def test_no_samples_give_no_points() -> None:
    none = np.zeros((0, 3), np.float32)
    assert len(fuse(none, none, none, np.zeros(0, np.int32), np.zeros(0, np.float32), 0.1)) == 0


def cloud(owner: np.ndarray) -> Fused:
    zeros = np.zeros((len(owner), 3))
    return Fused(zeros.astype(np.float32), zeros.astype(np.uint8), zeros.astype(np.float32), owner.astype(np.int32))


def pick(owner: np.ndarray, count: int, keep: int, num_items: int, share: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return choose(cloud(owner), count, keep=keep, num_items=num_items, shell_share=share, rng=rng)


def test_choice_keeps_small_things_and_spreads_evenly() -> None:
    owner = np.concatenate([np.zeros(2_000), np.ones(5), np.full(10_000, 2)])  # items 0 and 1, shell 2
    chosen = pick(owner, 1_000, 20, 2, share=0.9)
    count = np.bincount(owner[chosen].astype(int), minlength=3)
    assert len(chosen) == 1_000 == len(set(chosen.tolist()))
    assert count[1] == 5 and count[0] == 95 and count[2] == 900
    halves = (chosen[owner[chosen] == 2] >= 7_005).mean()
    assert 0.45 < halves < 0.55, "the shell's points should come evenly from all of it"


def test_shell_takes_more_than_its_share_only_when_items_have_no_more() -> None:
    owner = np.concatenate([np.zeros(300), np.full(5_000, 1)])
    assert (owner[pick(owner, 400, 10, 1, share=0.5)] == 0).sum() == 200
    assert (owner[pick(owner, 1_000, 10, 1, share=0.5)] == 0).sum() == 300


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(0, 300),
    count=st.integers(1, 400),
    keep=st.integers(0, 50),
    share=st.floats(0, 1),
    seed=st.integers(0, 100),
)
def test_choice_is_of_the_right_size_and_repeatable(n: int, count: int, keep: int, share: float, seed: int) -> None:
    owner = np.random.default_rng(seed).integers(0, 6, n)
    first = pick(owner, count, keep, 4, share, seed)
    assert len(first) == min(n, count) == len(np.unique(first))
    np.testing.assert_array_equal(first, pick(owner, count, keep, 4, share, seed))
