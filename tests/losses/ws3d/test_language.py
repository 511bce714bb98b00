"""Distillation of regions: closed forms and what it reaches."""

from __future__ import annotations

import math

import pytest
import torch

from sceneglot.losses.ws3d.language import LanguageWeights, region_distillation, region_feature_contrast

BANK = torch.eye(2)


def test_the_teacher_itself_costs_nothing() -> None:
    teacher = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    found = region_distillation(3 * teacher, teacher, torch.tensor([True, True]), BANK, 0.1)
    assert float(found.cosine) == pytest.approx(0, abs=1e-6) and float(found.kl) == pytest.approx(0, abs=1e-6)


def test_by_hand() -> None:
    # Teacher looks along word 0, student along word 1, T = 1: cosine 0; p = softmax(1, 0), q = softmax(0, 1).
    found = region_distillation(
        torch.tensor([[0.0, 2.0], [9.0, 9.0]]), torch.tensor([[5.0, 0.0], [0.0, 0.0]]), torch.tensor([True, False]),
        BANK, 1.0,
    )  # fmt: skip
    p = math.e / (math.e + 1)
    assert float(found.cosine) == pytest.approx(1.0)
    assert float(found.kl) == pytest.approx(p * math.log(p / (1 - p)) + (1 - p) * math.log((1 - p) / p), rel=1e-5)


def test_the_divergence_goes_from_the_teacher_to_the_student() -> None:
    # The teacher cannot tell the words apart, the student leans to word 0: KL(p, q), p = (1/2, 1/2), is not KL(q, p).
    found = region_distillation(torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 1.0]]), torch.tensor([True]), BANK, 0.5)
    q = 1 / (1 + math.exp(-2))
    assert float(found.kl) == pytest.approx(-math.log(2) - (math.log(q) + math.log(1 - q)) / 2, rel=1e-5)


def test_gradients_reach_seen_students_only_and_no_bank_means_no_kl() -> None:
    student, teacher = torch.randn(3, 4, requires_grad=True), torch.randn(3, 4, requires_grad=True)
    found = region_distillation(student, teacher, torch.tensor([True, False, True]), torch.eye(4)[:2], 0.1)
    (found.cosine + found.kl).backward()
    assert student.grad is not None and teacher.grad is None
    assert (student.grad.abs().sum(1) > 0).tolist() == [True, False, True]
    alone = region_distillation(student, teacher, torch.tensor([True, False, True]), torch.zeros(0, 4), 0.1)
    assert float(alone.kl.detach()) == 0 and float(alone.cosine.detach()) > 0
    nothing = region_distillation(student, teacher, torch.zeros(3, dtype=torch.bool), torch.eye(4), 0.1)
    assert float((nothing.cosine + nothing.kl).detach()) == 0


def test_the_contrast_by_hand_and_what_it_asks_for() -> None:
    # Two regions, each alike its own teacher and at right angles to the other: -log(e / (e + 1)) both ways.
    eye, both = torch.eye(2), torch.ones(2, dtype=torch.bool)
    assert float(region_feature_contrast(3 * eye, eye, both, 1.0)) == pytest.approx(math.log(1 + math.exp(-1)))
    # One constant direction satisfies the cosine in a narrow cone, but tells no regions apart.
    cone = torch.tensor([[1.0, 0.1], [1.0, -0.1]])
    constant = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert float(region_distillation(constant, cone, both, eye, 0.1).cosine) < 0.01
    assert float(region_feature_contrast(constant, cone, both, 0.07)) == pytest.approx(math.log(2), rel=1e-3)
    assert float(region_feature_contrast(eye, eye, torch.tensor([True, False]), 1.0)) == 0
    assert LanguageWeights(0.0, 0.0, contrast=1.0).active and not LanguageWeights(0.0, 0.0).active
