"""Cross-entropy and Lovász-softmax on labelled points."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.losses.ws3d.supervised import balanced_weights, cross_entropy, jaccard_gradient, lovasz_softmax


def test_cross_entropy_counts_known_labels_only() -> None:
    logits = torch.tensor([[0.0, 0.0], [5.0, -5.0], [1.0, 3.0]], requires_grad=True)
    loss = cross_entropy(logits, torch.tensor([0, -1, 7]))
    assert float(loss.detach()) == pytest.approx(math.log(2))
    loss.backward()
    assert logits.grad is not None and logits.grad[0].any() and not logits.grad[1:].any()


def test_cross_entropy_without_labels_is_zero_and_differentiable() -> None:
    logits = torch.randn(3, 4, requires_grad=True)
    loss = cross_entropy(logits, torch.full((3,), -1))
    loss.backward()
    assert float(loss.detach()) == 0 and logits.grad is not None and not logits.grad.any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(2, 4))
def test_lovasz_of_hard_predictions_is_one_minus_mean_iou(seed: int, points: int, classes: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(0, classes, (points,), generator=generator)
    guess = torch.randint(0, classes, (points,), generator=generator)
    iou = [
        float(((guess == c) & (label == c)).sum() / ((guess == c) | (label == c)).sum())
        for c in label.unique().tolist()
    ]
    loss = lovasz_softmax(torch.nn.functional.one_hot(guess, classes).float(), label)
    assert float(loss) == pytest.approx(1 - sum(iou) / len(iou), abs=1e-6)


def test_lovasz_by_hand() -> None:
    # One class, errors .6 (inside) and .3 (outside): 0.6 * J({a}) + 0.3 * (J({a, b}) - J({a})), J({a}) = 1.
    probability = torch.tensor([[0.4, 0.6], [0.3, 0.7]])
    first = 0.6 * 1 + 0.3 * 0
    # The other class: inside error .3 (point 1), outside error .6 (point 0), which comes first: J = 1/2, then 1.
    second = 0.6 * 0.5 + 0.3 * 0.5
    assert float(lovasz_softmax(probability, torch.tensor([0, 1]))) == pytest.approx((first + second) / 2)


def test_jaccard_gradient_by_hand() -> None:
    assert jaccard_gradient(torch.tensor([1.0, 0.0, 1.0])).tolist() == pytest.approx([1 / 2, 1 / 6, 1 / 3])


def test_balanced_weights_by_hand() -> None:
    label = torch.tensor([0, 0, 0, 0, 2, -1])
    assert balanced_weights(label, 3, 0.0).tolist() == [1, 0, 1]
    found = balanced_weights(label, 3, 1.0)
    assert found.tolist() == pytest.approx([5 / 8, 0, 5 / 2])  # every class present weighs 5 / 2 in all
    assert balanced_weights(torch.tensor([-1]), 3, 0.5).tolist() == [0, 0, 0]


def test_lovasz_without_labels_is_zero() -> None:
    probability = torch.full((2, 3), 1 / 3, requires_grad=True)
    loss = lovasz_softmax(probability, torch.tensor([-1, 5]))
    loss.backward()
    assert float(loss.detach()) == 0
