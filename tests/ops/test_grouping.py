import torch

from sceneglot.ops.grouping import gather, group
from sceneglot.ops.interpolate import interpolate, inverse_distance_weights


def test_gather_reads_every_cloud_from_its_own_rows() -> None:
    rows = torch.arange(12.0).view(2, 3, 2)
    index = torch.tensor([[[2, 0]], [[1, 1]]])
    assert gather(rows, index).tolist() == [[[[4, 5], [0, 1]]], [[[8, 9], [8, 9]]]]


def test_gather_sums_gradients_of_repeated_rows() -> None:
    rows = torch.zeros(1, 3, 1, requires_grad=True)
    gather(rows, torch.tensor([[0, 2, 2]])).sum().backward()
    assert rows.grad is not None
    assert rows.grad.flatten().tolist() == [1, 0, 2]


def test_group_is_relative_and_divided_by_the_radius() -> None:
    xyz = torch.tensor([[[1.0, 1, 1], [2, 1, 1]]])
    features = torch.tensor([[[7.0], [8.0]]])
    grouped = group(xyz, xyz[:, :1], torch.tensor([[[0, 1]]]), features, radius=0.5)
    assert grouped.tolist() == [[[[0, 0, 0, 7], [2, 0, 0, 8]]]]
    assert group(xyz, xyz, torch.zeros(1, 2, 1, dtype=torch.long), None).shape == (1, 2, 1, 3)


def test_weights_sum_to_one_and_an_exact_hit_takes_all() -> None:
    weights = inverse_distance_weights(torch.tensor([[4.0, 1.0, 1.0], [0.0, 1.0, 4.0]]))
    torch.testing.assert_close(weights[0], torch.tensor([0.2, 0.4, 0.4]))
    torch.testing.assert_close(weights[1], torch.tensor([1.0, 0.0, 0.0]), atol=1e-7, rtol=0)


def test_interpolation_returns_coarse_features_at_coarse_points() -> None:
    coarse = torch.rand(2, 20, 3, generator=torch.Generator().manual_seed(0))
    features = torch.rand(2, 20, 5)
    torch.testing.assert_close(interpolate(coarse, coarse, features), features, atol=1e-5, rtol=0)


def test_interpolation_with_fewer_points_than_neighbours() -> None:
    coarse = torch.tensor([[[0.0, 0, 0], [1, 0, 0]]])
    middle = torch.tensor([[[0.25, 0, 0]]])
    features = torch.tensor([[[0.0], [1.0]]])
    torch.testing.assert_close(interpolate(coarse, middle, features), torch.tensor([[[0.25]]]))
