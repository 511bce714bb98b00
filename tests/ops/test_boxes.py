import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sceneglot.ops import boxes
from sceneglot.ops.dispatch import reference_ops


def random_boxes(seed: int, *shape: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, 3, generator=generator) * 3, torch.rand(*shape, 3, generator=generator) + 0.1


def test_identical_boxes_overlap_exactly_once() -> None:
    center, size = random_boxes(0, 500)
    center = center * 1000  # far from the origin rounding is coarse
    assert (boxes.iou(center, size, center, size) == 1).all()


def test_half_shifted_cube_has_iou_one_third() -> None:
    center, size = torch.zeros(1, 3), torch.ones(1, 3)
    assert boxes.iou(center, size, torch.tensor([[0.5, 0, 0]]), size).item() == pytest.approx(1 / 3)


def test_boxes_without_volume_or_contact_give_zero() -> None:
    center, flat = torch.zeros(1, 3), torch.tensor([[1.0, 1, 0]])
    assert boxes.iou(center, flat, center, flat).item() == 0
    assert boxes.iou(center, torch.ones(1, 3), center + 1, torch.ones(1, 3)).item() == 0  # faces touch


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_iou_is_symmetric_bounded_and_translation_free(seed: int) -> None:
    center, size = random_boxes(seed, 6)
    other_center, other_size = random_boxes(seed + 1, 4)
    overlap = boxes.pairwise_iou(center, size, other_center, other_size)
    assert overlap.shape == (6, 4)
    assert ((overlap >= 0) & (overlap <= 1)).all()
    torch.testing.assert_close(overlap, boxes.pairwise_iou(other_center, other_size, center, size).T)
    torch.testing.assert_close(overlap, boxes.pairwise_iou(center + 1, size, other_center + 1, other_size))


def rotation_about_x(degrees: float) -> Tensor:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.tensor([[1.0, 0, 0], [0, c, -s], [0, s, c]])


def test_rotated_box_encloses_its_corners() -> None:
    """1 x 1 x 2 m by 5 degrees about x: 1.171 x 2.080 m in y and z."""
    center, size = boxes.rotate(torch.tensor([0.0, 0, 1]), torch.tensor([1.0, 1, 2]), rotation_about_x(5))
    torch.testing.assert_close(size, torch.tensor([1.0, 1.1705, 2.0795]), atol=1e-4, rtol=0)
    torch.testing.assert_close(center, rotation_about_x(5) @ torch.tensor([0.0, 0, 1]))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_rotation_equals_the_hull_of_rotated_corners(seed: int) -> None:
    center, size = random_boxes(seed, 5)
    rotation, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed)))
    turned = boxes.corners(center, size) @ rotation.T
    hull = boxes.from_bounds(turned.amin(-2), turned.amax(-2))
    for found, expected in zip(boxes.rotate(center, size, rotation), hull):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_corners_and_bounds_go_back_and_forth() -> None:
    center, size = random_boxes(3, 7)
    low, high = boxes.bounds(center, size)
    torch.testing.assert_close(boxes.from_bounds(low, high), (center, size))
    corners = boxes.corners(center, size)
    torch.testing.assert_close((corners.amin(-2), corners.amax(-2)), (low, high))


def test_suppression_keeps_the_best_of_each_label() -> None:
    center = torch.zeros(1, 4, 3)
    center[0, 3] = 5
    kept = boxes.suppress(
        center, torch.ones(1, 4, 3), torch.tensor([[0.1, 0.9, 0.5, 0.2]]), torch.tensor([[0, 0, 1, 0]]), 0.25
    )
    assert kept.tolist() == [[False, True, True, True]]


def test_a_suppressed_box_suppresses_nobody() -> None:
    center = torch.tensor([[[0.0, 0, 0], [0.4, 0, 0], [0.8, 0, 0]]])
    score = torch.tensor([[0.9, 0.8, 0.7]])
    kept = boxes.suppress(center, torch.ones(1, 3, 3), score, None, 0.25)
    assert kept.tolist() == [[True, False, True]]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_suppression_twins_are_equal(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    center, size = random_boxes(seed, 3, 20)
    score = torch.randint(0, 5, (3, 20), generator=generator).float()
    label = torch.randint(0, 3, (3, 20), generator=generator)
    valid = torch.rand(3, 20, generator=generator) > 0.2
    fast = boxes.suppress(center, size, score, label, 0.2, valid=valid)
    with reference_ops():
        assert torch.equal(fast, boxes.suppress(center, size, score, label, 0.2, valid=valid))
    assert not (fast & ~valid).any()
