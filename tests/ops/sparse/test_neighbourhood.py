import torch
from torch.nn import functional as F

from sceneglot.ops.sparse import VoxelGrid
from sceneglot.ops.sparse.neighbourhood import boundary_classes, boundary_mask, edge_map, neighbour_mean

LINE = VoxelGrid.from_coords(torch.tensor([[0, x, 0, 0] for x in (0, 1, 2, 3, 9)]))[0]


def test_means_leave_the_voxel_itself_out() -> None:
    values = torch.tensor([[1.0], [2.0], [4.0], [8.0], [5.0]])
    assert neighbour_mean(values, LINE)[:, 0].tolist() == [2.0, 2.5, 5.0, 4.0, 5.0]


def test_scenes_are_no_neighbours() -> None:
    grid, _ = VoxelGrid.from_coords(torch.tensor([[0, 0, 0, 0], [1, 0, 0, 1]]))
    assert not boundary_mask(torch.tensor([0, 1]), grid).any()


def test_boundaries_lie_where_known_classes_meet() -> None:
    assert boundary_mask(torch.tensor([0, 0, 1, 1, 2]), LINE).tolist() == [False, True, True, False, False]
    assert boundary_mask(torch.tensor([0, -1, 1, 1, 2]), LINE).tolist() == [False] * 5
    classes = boundary_classes(torch.tensor([0, 0, 1, -1, 2]), LINE, 3)
    assert classes.tolist() == [[False] * 3, [True, True, False], [True, True, False], [False] * 3, [False] * 3]


def test_edge_map_of_labels_is_zero_exactly_off_the_boundary() -> None:
    label = torch.tensor([0, 0, 1, 1, 1])
    edges = edge_map(F.one_hot(label, 2).double(), LINE)
    assert torch.equal(edges.sum(1) > 0, boundary_mask(label, LINE))
    assert edges[1].tolist() == [0.5, 0.5]


def test_edge_map_has_gradients() -> None:
    logits = torch.randn(5, 3).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: edge_map(x.softmax(1), LINE), (logits,))
