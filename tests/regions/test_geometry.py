import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.regions.geometry import (
    face_viewpoint,
    neighbour_lists,
    normals,
    normals_and_curvature,
    normals_and_curvature_reference,
    undirected_edges,
)


def cloud(seed: int, points: int, flatness: float = 1.0) -> torch.Tensor:
    xyz = np.random.default_rng(seed).normal(size=(points, 3)) * [1, 1, flatness]
    return torch.tensor(xyz, dtype=torch.float32)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), points=st.integers(5, 60), flatness=st.sampled_from([0.0, 0.01, 1.0]))
def test_the_twins_agree(seed: int, points: int, flatness: float) -> None:
    xyz = cloud(seed, points, flatness) + torch.tensor([100.0, -50.0, 3.0])
    _, index = neighbour_lists(xyz, 8)
    normal, curvature = normals_and_curvature(xyz, index)
    expected, expected_curvature = normals_and_curvature_reference(xyz, index, torch.arange(points))
    torch.testing.assert_close(curvature, expected_curvature, atol=2e-5, rtol=1e-3)
    torch.testing.assert_close(normal.norm(dim=1), torch.ones(points))
    around = xyz[torch.cat([torch.arange(points)[:, None], index], 1)].double()
    # a normal is only defined where the two smallest spreads differ
    centred = around - around.mean(1, keepdim=True)
    spread = torch.linalg.eigvalsh(centred.transpose(1, 2) @ centred)
    clear = (spread[:, 1] - spread[:, 0]) > 1e-3 * spread[:, 2]
    assert ((normal * expected).sum(1).abs()[clear] > 1 - 1e-4).all()


@pytest.mark.parametrize("part", [1, 7, 60, 1000])
def test_parts_give_what_the_whole_cloud_gives(part: int) -> None:
    xyz = cloud(3, 60)
    whole, _ = normals_and_curvature(xyz, neighbour_lists(xyz, 8)[1])
    torch.testing.assert_close(normals(xyz, 8, part), whole, rtol=0, atol=0)


def test_a_plane_has_its_normal_and_no_curvature() -> None:
    direction = torch.tensor([1.0, 2.0, -2.0]) / 3
    flat = cloud(0, 200)
    flat = flat - (flat @ direction)[:, None] * direction
    normal, curvature = normals_and_curvature(flat, neighbour_lists(flat, 10)[1])
    torch.testing.assert_close((normal @ direction).abs(), torch.ones(200), atol=1e-4, rtol=0)
    assert curvature.max() < 1e-5


def test_lines_and_single_points_have_some_direction() -> None:
    line = torch.tensor([[0.0, 0, 1], [0, 0, 2], [0, 0, 3], [0, 0, 4]])
    normal, curvature = normals_and_curvature(line, neighbour_lists(line, 3)[1])
    torch.testing.assert_close(normal.norm(dim=1), torch.ones(4))
    assert normal[:, 2].abs().max() < 1e-6 and curvature.max() < 1e-12
    same = torch.ones(3, 3)
    normal, curvature = normals_and_curvature(same, neighbour_lists(same, 2)[1])
    assert normal.tolist() == [[0, 0, 1]] * 3 and curvature.tolist() == [0, 0, 0]


def test_neighbours_never_hold_the_point_itself() -> None:
    xyz = torch.zeros(6, 3)
    xyz[5] = 1
    _, index = neighbour_lists(xyz, 3)
    assert index.shape == (6, 3)
    assert not (index == torch.arange(6)[:, None]).any()
    assert neighbour_lists(xyz[:1], 3)[1].shape == (1, 0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_normals_face_the_viewpoint(sign: float) -> None:
    xyz = torch.tensor([[0.0, 0, 0], [0, 0, 4]])
    normal = torch.tensor([[0.0, 0, sign], [0, 0, sign]])
    assert face_viewpoint(normal, xyz, torch.tensor([0.0, 0, 2]))[:, 2].tolist() == [1, -1]


def test_undirected_edges_keep_each_pair_once() -> None:
    index = np.array([[1, 2], [0, 2], [3, 1], [2, 0]])
    found = {tuple(sorted(e)) for e in undirected_edges(index).tolist()}
    expected = {tuple(sorted((i, int(j)))) for i in range(4) for j in index[i]}
    assert found == expected and len(undirected_edges(index)) == len(expected)
