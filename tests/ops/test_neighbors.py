from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.ops._grid import bounds, core_bounds
from sceneglot.ops.neighbors import ball_query, ball_query_reference, nearest, nearest_reference

Cloud = Callable[..., torch.Tensor]

cases = given(
    seed=st.integers(0, 10_000),
    points=st.integers(1, 200),
    queries=st.integers(1, 40),
    grid=st.booleans(),
    size=st.integers(1, 24),
)


@settings(max_examples=40, deadline=None)
@cases
def test_ball_twins_are_equal(random_cloud: Cloud, seed: int, points: int, queries: int, grid: bool, size: int) -> None:
    xyz = random_cloud(seed, 2, points, grid=grid)
    centers = random_cloud(seed + 1, 2, queries, grid=grid) * 1.5  # some lie outside the cloud
    for radius in (0.05, 0.5, 1.0, 9.0):
        expected = ball_query_reference(xyz, centers, radius, size)
        assert torch.equal(ball_query(xyz, centers, radius, size), expected)


@settings(max_examples=40, deadline=None)
@cases
def test_nearest_twins_are_equal(
    random_cloud: Cloud, seed: int, points: int, queries: int, grid: bool, size: int
) -> None:
    xyz = random_cloud(seed, 2, points, grid=grid)
    centers = random_cloud(seed + 1, 2, queries, grid=grid) * 1.5
    size = min(size, points)
    distance2, index = nearest(xyz, centers, size)
    expected_distance2, expected = nearest_reference(xyz, centers, size)
    assert torch.equal(index, expected)
    assert torch.equal(distance2, expected_distance2)


def test_twins_agree_on_a_room(room: torch.Tensor) -> None:
    centers = room[:, ::13]
    assert torch.equal(ball_query(room, centers, 0.3, 32), ball_query_reference(room, centers, 0.3, 32))
    assert torch.equal(nearest(room, centers, 16)[1], nearest_reference(room, centers, 16)[1])


def test_ball_takes_the_first_by_index_and_pads_with_the_first_hit() -> None:
    xyz = torch.tensor([[[9.0, 0, 0], [0.3, 0, 0], [0.0, 0, 0], [0.1, 0, 0]]])
    center = torch.zeros(1, 1, 3)
    assert ball_query(xyz, center, 0.5, 2).tolist() == [[[1, 2]]]
    assert ball_query(xyz, center, 0.5, 5).tolist() == [[[1, 2, 3, 1, 1]]]


def test_the_border_of_the_ball_is_outside() -> None:
    xyz = torch.tensor([[[0.5, 0, 0], [0.25, 0, 0]]])
    assert ball_query(xyz, torch.zeros(1, 1, 3), 0.5, 2).tolist() == [[[1, 1]]]


def test_an_empty_ball_is_filled_with_index_zero() -> None:
    assert ball_query(torch.full((1, 3, 3), 5.0), torch.zeros(1, 1, 3), 0.5, 2).tolist() == [[[0, 0]]]


def test_nearest_of_itself_is_itself(room: torch.Tensor) -> None:
    distance2, index = nearest(room, room, 1)
    assert torch.equal(index[..., 0], torch.arange(room.shape[1])[None])
    assert (distance2 == 0).all()


def test_a_far_outlier_changes_nothing(random_cloud: Cloud) -> None:
    xyz = random_cloud(4, 1, 300)
    xyz[0, 7] = 1e6
    assert torch.equal(ball_query(xyz, xyz, 0.4, 8), ball_query_reference(xyz, xyz, 0.4, 8))
    assert torch.equal(nearest(xyz, xyz, 4)[1], nearest_reference(xyz, xyz, 4)[1])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), strays=st.integers(1, 6), far=st.sampled_from([3.0, 40.0, 1e4, 1e15]))
def test_nearest_with_strays_equals_the_twin(random_cloud: Cloud, seed: int, strays: int, far: float) -> None:
    """Strays are outside the grid; they find their neighbours and are found, on either side and along any axis."""
    xyz = random_cloud(seed, 1, 400)
    generator = torch.Generator().manual_seed(seed)
    xyz[0, :strays] += far * torch.randn(strays, 3, generator=generator).round()
    queries = torch.cat([xyz, 1.5 * xyz[:, :strays]], 1)
    distance2, index = nearest(xyz, queries, 5)
    expected_distance2, expected = nearest_reference(xyz, queries, 5)
    assert torch.equal(distance2, expected_distance2) and torch.equal(index, expected)


def test_cells_are_as_small_with_a_stray_as_without() -> None:
    xyz = np.random.default_rng(0).random((20_000, 3), np.float32) * np.float32(10)
    far = xyz.copy()
    far[5] = (1e5, -3e4, 1e4)
    whole = np.delete(xyz, 5, axis=0)
    np.testing.assert_array_equal(core_bounds(far), bounds(whole))
    np.testing.assert_array_equal(core_bounds(xyz), bounds(xyz))


def test_bad_arguments_are_named() -> None:
    xyz = torch.zeros(2, 4, 3)
    with pytest.raises(SceneglotError, match="radius"):
        ball_query(xyz, xyz, 0.0, 2)
    with pytest.raises(SceneglotError, match="5 neighbours asked of 4"):
        nearest(xyz, xyz, 5)
    with pytest.raises(SceneglotError, match="expected \\(2, M, 3\\)"):
        nearest(xyz, xyz[:1], 1)
