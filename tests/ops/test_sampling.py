from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.grouping import gather
from sceneglot.ops.sampling import farthest_points, farthest_points_reference

Cloud = Callable[..., torch.Tensor]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    points=st.integers(1, 300),
    count=st.integers(1, 64),
    grid=st.booleans(),
    skip=st.booleans(),
)
def test_twins_pick_the_same_points(
    random_cloud: Cloud, seed: int, points: int, count: int, grid: bool, skip: bool
) -> None:
    xyz = random_cloud(seed, 2, points, grid=grid)
    fast = farthest_points(xyz, count, skip_origin=skip)
    assert torch.equal(fast, farthest_points_reference(xyz, count, skip_origin=skip))


def test_twins_agree_on_a_room(room: torch.Tensor) -> None:
    assert torch.equal(farthest_points(room, 700), farthest_points_reference(room, 700))


def test_reference_block_runs_the_reference(room: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sceneglot.ops.sampling._sample_cloud", lambda *_: pytest.fail("compiled twin was called"))
    with reference_ops():
        assert torch.equal(farthest_points(room, 4), farthest_points_reference(room, 4))


def test_picks_the_line_from_its_ends_inwards() -> None:
    xyz = torch.zeros(1, 5, 3)
    xyz[0, :, 0] = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0])
    assert farthest_points(xyz, 3).tolist() == [[0, 4, 2]]


def test_every_pick_is_a_farthest_point(room: torch.Tensor) -> None:
    picked = room[0, farthest_points(room, 40)[0]].double()
    cloud = room[0].double()
    for i in range(1, 40):
        coverage = torch.cdist(cloud, picked[:i], compute_mode="donot_use_mm_for_euclid_dist").amin(1)
        assert torch.dist(coverage.max(), (picked[:i] - picked[i]).norm(dim=1).min()) < 1e-5


@pytest.mark.parametrize("grid", [False, True])
def test_picked_points_are_farthest_first_already(random_cloud: Cloud, grid: bool) -> None:
    xyz = random_cloud(5, 2, 400, grid=grid)
    picked = gather(xyz, farthest_points(xyz, 100))
    again = farthest_points(picked, 60)
    assert torch.equal(gather(picked, again), picked[:, :60])
    if not grid:
        assert torch.equal(again, torch.arange(60).expand(2, -1))


def test_points_at_the_origin_are_skipped_only_on_request() -> None:
    xyz = torch.tensor([[[1.0, 0, 0], [0.01, 0, 0], [0.9, 0, 0]]])
    assert farthest_points(xyz, 2).tolist() == [[0, 1]]
    assert farthest_points(xyz, 2, skip_origin=True).tolist() == [[0, 2]]


def test_a_cloud_does_not_depend_on_its_batch_mates(random_cloud: Cloud) -> None:
    xyz = random_cloud(9, 3, 200)
    alone = torch.cat([farthest_points(xyz[b : b + 1], 50) for b in range(3)])
    assert torch.equal(farthest_points(xyz, 50), alone)


def test_more_samples_than_points_repeat_the_first(random_cloud: Cloud) -> None:
    assert sorted(set(farthest_points(random_cloud(1, 1, 3), 8)[0].tolist())) == [0, 1, 2]


@pytest.mark.parametrize("shape", [(4, 3), (1, 0, 3), (1, 4, 2)])
def test_bad_shapes_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(SceneglotError, match="expected \\(B, N, 3\\)"):
        farthest_points(torch.zeros(shape), 2)


def test_zero_samples_are_refused() -> None:
    with pytest.raises(SceneglotError, match="count is 0"):
        farthest_points(torch.zeros(1, 4, 3), 0)


def test_a_far_outlier_costs_no_memory(random_cloud: Cloud) -> None:
    xyz = random_cloud(2, 1, 500)
    xyz[0, 17] = torch.tensor([1e6, -1e6, 1e6])
    assert torch.equal(farthest_points(xyz, 20), farthest_points_reference(xyz, 20))
    assert farthest_points(xyz, 2)[0, 1] == 17
    assert np.isfinite(xyz.numpy()).all()
