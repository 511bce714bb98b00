"""Losses of fine-tuning on questions, by hand."""

import math

import torch

from sceneglot.losses.gps.questions import answer_loss, object_loss


def test_answers_are_summed_and_questions_averaged():
    logits = torch.zeros(2, 3)
    assert math.isclose(
        answer_loss(logits, torch.tensor([[1.0, 0, 0], [0, 1, 1]])).item(), 3 * math.log(2), rel_tol=1e-6
    )
    sure = torch.tensor([[50.0, -50, -50], [-50, 50, 50]])
    assert answer_loss(sure, torch.tensor([[1.0, 0, 0], [0, 1, 1]])) < 1e-6


def test_objects_of_questions_that_name_none_and_padding_do_not_count():
    logits = torch.zeros(3, 4)
    logits[:, 3] = torch.finfo(torch.float32).min  # padding, as `hide` leaves it
    mask = torch.tensor([[True, True, True, False]] * 3)
    target = torch.tensor([[True, False, False, False], [True, True, False, False], [False] * 4])
    assert math.isclose(object_loss(logits, target, mask).item(), 3 * math.log(2), rel_tol=1e-6)
    moved = logits.clone()
    moved[2] = 7.0
    moved[:2, 3] = 9.0
    torch.testing.assert_close(object_loss(moved, target, mask), object_loss(logits, target, mask))
    assert object_loss(logits[2:], target[2:], mask[2:]) == 0


def test_gradients_stay_finite_with_padding():
    logits = torch.full((1, 2), torch.finfo(torch.float32).min, requires_grad=True)
    object_loss(logits, torch.tensor([[True, False]]), torch.tensor([[True, False]])).backward()
    assert logits.grad is not None and torch.isfinite(logits.grad).all() and logits.grad[0, 1] == 0
