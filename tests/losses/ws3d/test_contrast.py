"""Region contrast against its definition, and the memory as a ring."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.losses.ws3d.contrast import RegionMemory, region_contrast

NOTHING = (torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))


def test_by_hand() -> None:
    # Two regions of class 0 along x, one of class 1 along y: -log(e / (e + 1)) for the two; the third has no positive.
    feature = torch.tensor([[2.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    loss = region_contrast(feature, torch.tensor([0, 0, 1]), *NOTHING, temperature=1.0)
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-1)), rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.07, 0.4, 1.0]))
def test_equal_to_the_definition(seed: int, tau: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    feature = torch.randn(7, 4, generator=generator, dtype=torch.float64)
    label = torch.randint(-1, 3, (7,), generator=generator)
    memory = torch.nn.functional.normalize(torch.randn(5, 4, generator=generator, dtype=torch.float64), dim=1)
    memory_label = torch.randint(-1, 3, (5,), generator=generator)
    z = torch.nn.functional.normalize(feature, dim=1)
    terms = []
    for r in range(7):
        if label[r] < 0:
            continue
        others = [(z[q], label[q]) for q in range(7) if q != r and label[q] >= 0]
        others += [(memory[q], memory_label[q]) for q in range(5) if memory_label[q] >= 0]
        positive = sum(math.exp(float(z[r] @ f) / tau) for f, c in others if c == label[r])
        negative = sum(math.exp(float(z[r] @ f) / tau) for f, c in others if c != label[r])
        if positive and negative:
            terms.append(-math.log(positive / (positive + negative)))
    expected = sum(terms) / len(terms) if terms else 0.0
    assert float(region_contrast(feature, label, memory, memory_label, tau)) == pytest.approx(expected, abs=1e-9)


def test_gradients_reach_taking_part_regions_and_never_the_memory() -> None:
    feature = torch.randn(4, 3, requires_grad=True)
    memory = torch.nn.functional.normalize(torch.randn(2, 3), dim=1).requires_grad_()
    loss = region_contrast(feature, torch.tensor([0, 0, 1, -1]), memory.detach(), torch.tensor([1, -1]), 0.1)
    loss.backward()
    assert feature.grad is not None and memory.grad is None
    assert (feature.grad.abs().sum(1) > 0).tolist() == [True, True, True, False]


def test_without_a_pair_the_loss_is_zero() -> None:
    feature = torch.randn(2, 3, requires_grad=True)
    for label in ([0, 0], [0, 1], [-1, -1]):
        loss = region_contrast(feature, torch.tensor(label), torch.zeros(0, 3), NOTHING[1], 0.1)
        assert float(loss.detach()) == 0


def test_the_memory_is_a_ring_of_unit_rows() -> None:
    memory = RegionMemory(3, 2)
    memory.push(torch.tensor([[2.0, 0.0], [0.0, 5.0]]), torch.tensor([4, -1]))
    assert memory.label.tolist() == [4, -1, -1] and memory.feature[0].tolist() == [1.0, 0.0]
    memory.push(torch.eye(2).repeat(2, 1), torch.tensor([0, 1, 2, 3]))
    assert sorted(memory.label.tolist()) == [1, 2, 3] and int(memory.cursor) == 1
    again = RegionMemory(3, 2)
    again.load_state_dict(memory.state_dict())
    assert torch.equal(again.feature, memory.feature) and int(again.cursor) == 1
