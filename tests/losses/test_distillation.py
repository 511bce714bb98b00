"""Hierarchical distillation: closed forms, what does not count, and where gradients go."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.losses.distillation import (
    HierarchyWeights,
    object_contrast,
    pooled_log_softmax,
    pooled_rows,
    scene_contrast,
)


def axes(*rows: int, width: int = 4) -> torch.Tensor:
    return torch.eye(width)[list(rows)]


def test_scene_contrast_of_right_and_swapped_pairs():
    right = scene_contrast(5 * axes(0, 1), axes(0, 1), 0.5)  # lengths do not matter
    assert right.item() == pytest.approx(math.log(1 + math.exp(-2)))
    assert scene_contrast(axes(1, 0), axes(0, 1), 0.5).item() == pytest.approx(2 + math.log(1 + math.exp(-2)))


def test_a_lone_scene_and_scenes_without_views_say_nothing():
    student = torch.randn(2, 4, requires_grad=True)
    lone = scene_contrast(student[:1], axes(0), 0.1)
    blind = scene_contrast(student, torch.stack([torch.ones(4), torch.zeros(4)]), 0.1)
    (lone + blind).backward()
    assert lone == 0 and blind == 0 and (student.grad == 0).all()


def test_scene_contrast_gradients_reach_the_students_with_views_only():
    torch.manual_seed(2)
    student = torch.randn(4, 6, requires_grad=True)
    teacher = torch.randn(4, 6) * torch.tensor([1.0, 0, 1, 1])[:, None]
    teacher.requires_grad_()
    scene_contrast(student, teacher, 0.1).backward()
    gradient = student.grad
    assert gradient is not None and teacher.grad is None and gradient.isfinite().all()
    assert (gradient[1] == 0).all() and (gradient[[0, 2, 3]] != 0).any(1).all()
    # A step against the gradient brings every scene nearer to its own views.
    before = scene_contrast(student, teacher, 0.1)
    assert scene_contrast(student - 1e-3 * gradient, teacher, 0.1) < before
    along = (gradient * student).sum(1)  # lengths do not matter
    assert along.abs().max() < 1e-5 * gradient.norm()


def test_object_contrast_is_clips_loss_where_all_differ():
    torch.manual_seed(0)
    student, teacher = torch.randn(5, 6), torch.randn(5, 6)
    seen = torch.tensor([True, True, False, True, True])
    found = object_contrast(student, teacher, seen, 0.2, alike=1.1)
    logits = F.normalize(student[seen], dim=1) @ F.normalize(teacher[seen], dim=1).T / 0.2
    target = torch.arange(4)
    expected = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_two_of_a_kind_are_not_pushed_apart():
    teacher = axes(0, 0, 1)
    seen = torch.ones(3, dtype=torch.bool)
    together = object_contrast(axes(0, 0, 1), teacher, seen, 1.0, alike=0.95)
    one, two = math.log(1 + math.exp(-1)), math.log(1 + 2 * math.exp(-1))  # that many negatives
    assert together.item() == pytest.approx((one + one + two) / 3)
    assert object_contrast(axes(0, 0, 1), teacher, seen, 0.1, alike=1.1).item() > 0.4


def test_object_contrast_gradients_reach_the_seen_students_only():
    torch.manual_seed(1)
    student = torch.randn(4, 6, requires_grad=True)
    teacher = torch.randn(4, 6, requires_grad=True)
    object_contrast(student, teacher, torch.tensor([True, False, True, True]), 0.1).backward()
    assert teacher.grad is None and (student.grad[1] == 0).all() and (student.grad[[0, 2, 3]] != 0).any(1).all()


def test_pooled_log_softmax_by_hand():
    rows = torch.cat([axes(0), axes(1), axes(1), axes(0)])
    group = torch.tensor([0, 0, 1, -1])
    bank, target, t = axes(0, 1), torch.tensor([0, 1]), 1.0
    right, wrong = -math.log(1 + math.exp(-1)), -1 - math.log(1 + math.exp(-1))
    equal = pooled_log_softmax(rows, group, bank, target, t)
    assert equal.item() == pytest.approx(-((right + wrong) / 2 + right) / 2)
    by_size = pooled_log_softmax(rows, group, bank, target, t, by_size=True)
    assert by_size.item() == pytest.approx(-(2 * right + wrong) / 3)


def test_pooled_log_softmax_masks_and_detaches():
    rows = torch.randn(5, 4, requires_grad=True)
    bank = torch.randn(3, 4, requires_grad=True)
    group = torch.tensor([0, -1, 2, 2, -1])
    pooled_log_softmax(rows, group, bank, torch.tensor([2, 0, 1]), 0.1).backward()
    assert bank.grad is None
    assert (rows.grad[[1, 4]] == 0).all() and (rows.grad[[0, 2, 3]] != 0).any(1).all()
    rows.grad = None
    none = pooled_log_softmax(rows, torch.full((5,), -1), bank, torch.tensor([0]), 0.1)
    none.backward()
    assert none == 0 and (rows.grad == 0).all()


def test_pooled_rows():
    rows = torch.tensor([[1.0, 2], [3, 4], [5, 6], [7, 8]])
    mean, some = pooled_rows(rows, torch.tensor([2, 0, 2, -1]), 3)
    assert mean.tolist() == [[3, 4], [0, 0], [3, 4]] and some.tolist() == [True, False, True]


def test_temperatures_must_be_positive():
    with pytest.raises(SceneglotError, match="temperatures"):
        HierarchyWeights(kl_temperature=0.0)
