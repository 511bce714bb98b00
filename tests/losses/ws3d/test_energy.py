"""The boundary-aware energy in closed form."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sceneglot.losses.ws3d.energy import EnergyConfig, boundary_energy, normalised_entropy, region_agreement
from sceneglot.ops.sparse import VoxelGrid

PLAIN = EnergyConfig(position_scale=1e6, color_scale=1e6)


def row(count: int) -> VoxelGrid:
    coords = torch.zeros(count, 4, dtype=torch.int64)
    coords[:, 1] = torch.arange(count)
    return VoxelGrid.from_coords(coords, 1)[0]


def energy(
    probability: Tensor, boundary: Tensor, region: Tensor, config: EnergyConfig = PLAIN, color: Tensor | None = None
):
    count = len(probability)
    xyz = torch.zeros(count, 3)
    xyz[:, 0] = torch.arange(count) * 0.1
    return boundary_energy(
        probability, boundary, region, xyz, color, row(count), torch.ones(count, dtype=torch.bool), config
    )


ONE, OTHER = [1.0, 0.0], [0.0, 1.0]
NO_BOUNDARY, ONE_REGION = torch.zeros(3), torch.zeros(3, dtype=torch.int64)


def test_agreement_costs_nothing_and_disagreement_what_the_definition_says() -> None:
    assert float(energy(torch.tensor([ONE, ONE, ONE]), NO_BOUNDARY, ONE_REGION).smooth) == 0
    # Means over neighbours: 0, (0 + 1) / 2, 1.
    assert float(energy(torch.tensor([ONE, ONE, OTHER]), NO_BOUNDARY, ONE_REGION).smooth) == pytest.approx(0.5)


def test_boundaries_and_region_borders_switch_smoothing_off() -> None:
    probability = torch.tensor([ONE, ONE, OTHER])
    assert float(energy(probability, torch.tensor([0.0, 1.0, 0.0]), ONE_REGION).smooth) == 0
    assert float(energy(probability, NO_BOUNDARY, torch.tensor([0, 0, 1])).smooth) == 0
    without = EnergyConfig(1e6, 1e6, use_regions=False)
    assert float(energy(probability, NO_BOUNDARY, torch.tensor([0, 0, 1]), without).smooth) == pytest.approx(0.5)
    half = energy(probability, torch.tensor([0.0, 0.0, 0.5]), ONE_REGION).smooth
    assert float(half) == pytest.approx(0.25)


def test_distance_and_colour_weigh_pairs() -> None:
    probability = torch.tensor([ONE, OTHER])
    found = energy(probability, torch.zeros(2), torch.zeros(2, dtype=torch.int64), EnergyConfig(0.1, 1e6)).smooth
    assert float(found) == pytest.approx(math.exp(-0.5))
    color = torch.tensor([[0.0, 0, 0], [0.3, 0, 0]])
    found = energy(probability, torch.zeros(2), torch.zeros(2, dtype=torch.int64), EnergyConfig(1e6, 0.3), color).smooth
    assert float(found) == pytest.approx(math.exp(-0.5))


def test_confidence_is_entropy_at_boundaries() -> None:
    probability = torch.tensor([[0.5, 0.5], [0.5, 0.5], ONE])
    found = energy(probability, torch.tensor([1.0, 0.25, 1.0]), ONE_REGION)
    assert float(found.confidence) == pytest.approx((1 + 0.25 + 0) / 3)
    assert normalised_entropy(torch.full((1, 7), 1 / 7)).tolist() == pytest.approx([1.0])


def test_region_agreement_by_hand() -> None:
    # The region's mean is (2/3, 1/3): 1 - p.p_r is 1/3 twice and 2/3 once.
    probability = torch.tensor([ONE, ONE, OTHER])
    counted = torch.ones(3, dtype=torch.bool)
    assert float(region_agreement(probability, NO_BOUNDARY, ONE_REGION, counted)) == pytest.approx(4 / 9)
    assert float(region_agreement(probability, torch.ones(3), ONE_REGION, counted)) == 0
    assert float(region_agreement(probability, NO_BOUNDARY, torch.tensor([0, 0, 1]), counted)) == 0


def test_no_gradient_reaches_the_boundary_prediction_and_labelled_voxels_do_not_count() -> None:
    logits = torch.randn(4, 3, requires_grad=True)
    boundary = torch.rand(4, requires_grad=True)
    region, xyz = torch.zeros(4, dtype=torch.int64), torch.zeros(4, 3)
    args = (logits.softmax(1), boundary, region, xyz, None, row(4))
    found = boundary_energy(*args, torch.tensor([True, True, False, False]))
    total = found.smooth + found.confidence + found.region
    to_logits, to_boundary = torch.autograd.grad(total, (logits, boundary), allow_unused=True, retain_graph=True)
    assert to_boundary is None and to_logits.abs().sum(1)[:3].min() > 0
    none = boundary_energy(*args, torch.zeros(4, dtype=torch.bool))
    assert float((none.smooth + none.confidence + none.region).detach()) == 0


def test_descending_the_energy_straightens_a_region() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.5, 0.0], [0.0, 0.3]], requires_grad=True)
    for _ in range(50):
        loss = energy(logits.softmax(1), NO_BOUNDARY, ONE_REGION)
        (gradient,) = torch.autograd.grad(loss.smooth + loss.region, logits)
        logits = (logits - 2.0 * gradient).detach().requires_grad_()
    assert logits.argmax(1).tolist() == [0, 0, 0]
