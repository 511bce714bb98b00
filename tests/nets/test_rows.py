import pytest
import torch

from sceneglot.nets.rows import take_rows
from sceneglot.nets.votenet import VoteNet, VoteNetConfig


def test_rows_are_repeated_in_nested_outputs(detector: VoteNetConfig, clouds: torch.Tensor) -> None:
    out = VoteNet(detector)(clouds)
    rows = torch.tensor([2, 0, 0, 2])
    taken = take_rows(out, rows)
    assert torch.equal(taken.center, out.center[rows])
    assert torch.equal(taken.seeds.index, out.seeds.index[rows])
    assert torch.equal(taken.object_probability, out.object_probability[rows])


def test_gradients_of_repeated_rows_add_up() -> None:
    rows = torch.zeros(2, 1, requires_grad=True)
    take_rows(rows, torch.tensor([1, 1, 0])).sum().backward()
    assert rows.grad is not None
    assert rows.grad.flatten().tolist() == [1, 2]


def test_other_things_have_no_rows() -> None:
    with pytest.raises(TypeError, match="found list"):
        take_rows([1, 2], torch.tensor([0]))
