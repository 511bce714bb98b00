"""Region votes, their confidence and the labels made of them."""

from __future__ import annotations

import pytest
import torch

from sceneglot.losses.ws3d.pseudo import pseudo_labels, region_labels, region_votes

PROBABILITY = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.2, 0.8]])
REGION = torch.tensor([0, 0, 0, 2])


def test_votes_by_hand() -> None:
    votes = region_votes(PROBABILITY, REGION, 3)
    assert votes.label[[0, 2]].tolist() == [0, 1]
    assert votes.confidence.tolist() == pytest.approx([0.7, 0.0, 0.8])
    assert votes.purity.tolist() == pytest.approx([2 / 3, 0.0, 1.0])
    assert votes.size.tolist() == [3, 0, 1]
    assert votes.confident(0.65, 0.5).tolist() == [True, False, True]
    assert votes.confident(0.65, 0.8).tolist() == [False, False, True]
    assert votes.confident(0.65, 0.5, min_points=2).tolist() == [True, False, False]


def test_votes_carry_no_gradient() -> None:
    logits = PROBABILITY.log().requires_grad_()
    assert not region_votes(logits.softmax(1), REGION, 3).confidence.requires_grad


def test_annotated_regions_take_the_commonest_label() -> None:
    label = torch.tensor([1, 0, -1, 1, 1, -1])
    region = torch.tensor([0, 0, 0, 0, 1, 2])
    assert region_labels(label, region, 4, 2).tolist() == [1, 1, -1, -1]
    assert region_labels(torch.tensor([1, 0]), torch.tensor([0, 0]), 1, 2).tolist() == [0]  # of equals the smaller


def test_only_unlabelled_points_of_confident_regions_get_pseudo_labels() -> None:
    votes = region_votes(PROBABILITY, REGION, 3)
    label = torch.tensor([1, -1, -1, -1])
    found = pseudo_labels(label, REGION, votes, torch.tensor([True, False, False]))
    assert found.tolist() == [-1, 0, 0, -1]
