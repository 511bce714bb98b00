"""Offset losses by hand."""

from __future__ import annotations

import pytest
import torch

from sceneglot.losses.instances import offset_loss


def test_by_hand() -> None:
    offset = torch.tensor([[1.0, 0, 0], [0, 2.0, 0], [9.0, 9, 9]], requires_grad=True)
    target = torch.tensor([[2.0, 0, 0], [1.0, 0, 0], [0, 0, 0]])
    found = offset_loss(offset, target, torch.tensor([True, True, False]))
    assert float(found.distance.detach()) == pytest.approx((1 + 3) / 2)
    assert float(found.direction.detach()) == pytest.approx((-1 + 0) / 2)
    (found.distance + found.direction).backward()
    assert offset.grad is not None and offset.grad[:2].any() and not offset.grad[2].any()


def test_without_instances_zero() -> None:
    found = offset_loss(torch.randn(2, 3, requires_grad=True), torch.zeros(2, 3), torch.zeros(2, dtype=torch.bool))
    assert float((found.distance + found.direction).detach()) == 0
