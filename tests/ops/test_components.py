import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components as scipy_components

from sceneglot.errors import SceneglotError
from sceneglot.ops.components import (
    components_reference,
    connected_components,
    radius_components,
    radius_components_reference,
)
from sceneglot.ops.dispatch import reference_ops


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999), nodes=st.integers(1, 60), edges=st.integers(0, 80))
def test_components_equal_the_twin_and_scipy(seed: int, nodes: int, edges: int) -> None:
    pairs = torch.randint(0, nodes, (edges, 2), generator=torch.Generator().manual_seed(seed))
    found = connected_components(pairs, nodes)
    assert torch.equal(found, components_reference(pairs, nodes))
    ones = np.ones(edges)
    graph = coo_matrix((ones, (pairs[:, 0].numpy(), pairs[:, 1].numpy())), (nodes, nodes))
    count, theirs = scipy_components(graph, directed=False)
    assert count == int(found.max()) + 1
    assert len({*zip(found.tolist(), theirs.tolist())}) == count


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999),
    points=st.integers(0, 120),
    radius=st.sampled_from([0.05, 0.3, 0.5, 4.0]),
    grid=st.booleans(),
)
def test_radius_components_equal_the_twin(seed: int, points: int, radius: float, grid: bool) -> None:
    generator = torch.Generator().manual_seed(seed)
    xyz = torch.randn(points, 3, generator=generator)
    xyz = torch.round(xyz * 2) / 2 if grid else xyz  # distances that equal the radius
    group = torch.randint(0, 3, (points,), generator=generator)
    assert torch.equal(radius_components(xyz, group, radius), radius_components_reference(xyz, group, radius))


@pytest.mark.parametrize("far", [2_000.0, 10_000.0])
def test_points_far_from_the_origin_are_joined_as_near_it(far: float) -> None:
    xyz = torch.round(torch.rand(300, 3, generator=torch.Generator().manual_seed(0)) * 1024) / 1024
    moved = xyz + torch.tensor([far, 0.0, -far])  # exact in float32
    group = torch.arange(300) % 2
    near = radius_components(xyz, group, 0.03125)
    assert 100 < int(near.max()) < 299 and torch.equal(radius_components(moved, group, 0.03125), near)
    assert len(radius_components(xyz[:0], group[:0], 0.03125)) == 0


def test_collapsed_points_are_one_component_each() -> None:
    centre = torch.tensor([[0.0, 0, 0], [0.05, 0, 0], [0.09, 0, 0]]).repeat(20_000, 1)
    found = radius_components(centre, torch.zeros(60_000, dtype=torch.int64), 0.045)
    assert found[:3].tolist() == [0, 1, 1] and found.max() == 1


def test_a_chain_is_one_component_in_either_mode() -> None:
    edges = torch.stack([torch.arange(1, 50), torch.arange(49)], 1).flip(0)
    assert connected_components(edges, 50).tolist() == [0] * 50
    with reference_ops():
        assert connected_components(edges, 51).tolist() == [0] * 50 + [1]


def test_bad_input_is_named() -> None:
    with pytest.raises(SceneglotError, match="expected 0 to 2"):
        connected_components(torch.tensor([[0, 3]]), 3)
    with pytest.raises(SceneglotError, match="expected \\(E, 2\\)"):
        connected_components(torch.tensor([0, 3]), 3)
    with pytest.raises(SceneglotError, match="radius"):
        radius_components(torch.zeros(1, 3), torch.zeros(1, dtype=torch.int64), 0.0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_points_on_a_gpu_are_not_compared_all_with_all() -> None:
    xyz = torch.rand(200_000, 3, generator=torch.Generator().manual_seed(0))
    group = torch.zeros(200_000, dtype=torch.int64)
    found = radius_components(xyz.cuda(), group.cuda(), 0.01)
    assert torch.equal(found.cpu(), radius_components(xyz, group, 0.01))
