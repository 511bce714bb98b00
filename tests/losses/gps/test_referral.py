import math

import torch

from sceneglot.losses.gps.referral import member_cross_entropy, multi_positive_cross_entropy


def test_by_hand():
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [math.log(3.0), 0.0, 0.0, 0.0]])
    positives = torch.tensor([[1, 1, 0, 0], [1, 0, 0, 0]]).bool()
    expected = (math.log(2) + math.log(2)) / 2  # half the mass, and 3 of 6
    assert math.isclose(multi_positive_cross_entropy(logits, positives).item(), expected, rel_tol=1e-6)


def test_rows_without_positive_do_not_count_and_padding_has_no_gradient():
    lowest = torch.finfo(torch.float32).min
    logits = torch.tensor([[1.0, 2.0, lowest], [3.0, 1.0, lowest]], requires_grad=True)
    positives = torch.tensor([[0, 1, 0], [0, 0, 0]]).bool()
    loss = multi_positive_cross_entropy(logits, positives)
    assert math.isclose(loss.item(), math.log(1 + math.exp(-1)), rel_tol=1e-6)
    loss.backward()
    assert logits.grad is not None and torch.isfinite(logits.grad).all()
    assert not logits.grad[1].any() and logits.grad[0, 2] == 0
    assert multi_positive_cross_entropy(logits, torch.zeros_like(positives)) == 0


def test_every_object_by_itself_by_hand():
    """Nothing meant: all are negatives; padding and rows that do not count are left out."""
    lowest = torch.finfo(torch.float32).min
    logits = torch.tensor([[0.0, math.log(3.0), lowest], [0.0, 0.0, 0.0], [5.0, 5.0, 5.0]], requires_grad=True)
    members = torch.tensor([[1, 0, 0], [0, 0, 0], [0, 0, 0]]).bool()
    mask = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 1, 1]]).bool()
    loss = member_cross_entropy(logits, members, mask, torch.tensor([True, True, False]))
    expected = (math.log(2) + math.log(4) + 3 * math.log(2)) / 2
    assert math.isclose(loss.item(), expected, rel_tol=1e-6)
    loss.backward()
    assert logits.grad is not None and torch.isfinite(logits.grad).all()
    assert logits.grad[0, 2] == 0 and not logits.grad[2].any() and (logits.grad[1] > 0).all()
    assert member_cross_entropy(logits, members, mask, torch.zeros(3, dtype=torch.bool)) == 0
