"""Augmentation keeps points and boxes together, and never mirrors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.tasks.augment import AugmentConfig, crop, move, random_cuboid, rotation_matrix
from sceneglot.tasks.sample import SceneSample


def room(seed: int = 0, boxes: int = 6, per_box: int = 200) -> SceneSample:
    """Boxes full of points plus floor points that belong to none."""
    rng = np.random.default_rng(seed)
    center = rng.uniform([-2, -2, 0.5], [2, 2, 1.0], (boxes, 3)).astype(np.float32)
    size = rng.uniform(0.3, 0.8, (boxes, 3)).astype(np.float32)
    inside = center[:, None] + (rng.uniform(-0.5, 0.5, (boxes, per_box, 3)) * size[:, None])
    floor = np.concatenate([rng.uniform(-3, 3, (800, 2)), np.zeros((800, 1))], 1)
    xyz = np.concatenate([inside.reshape(-1, 3), floor]).astype(np.float32)
    instance = np.concatenate([np.repeat(np.arange(boxes), per_box), np.full(800, -1)])
    rgb = rng.uniform(0, 255, xyz.shape).astype(np.float32)
    present = np.ones(boxes, bool)
    return SceneSample("room", xyz, rgb, instance, center, size, rng.integers(0, 18, boxes), present)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_moved_boxes_contain_their_moved_points(seed: int) -> None:
    moved = move(room(seed), AugmentConfig(tilt=20, turn=180), np.random.default_rng(seed))
    for g in range(len(moved.box_class)):
        points = moved.xyz[moved.instance == g]
        assert (np.abs(points - moved.box_center[g]) <= moved.box_size[g] / 2 + 1e-4).all()


def test_tilted_box_golden_value() -> None:
    sample = replace(room(boxes=1), box_center=np.zeros((1, 3), np.float32), box_size=np.float32([[1, 1, 2]]))
    five = rotation_matrix(np.deg2rad([5.0, 0, 0]))
    assert (np.abs(five) @ sample.box_size[0]) == pytest.approx([1.0, 1.1705, 2.0795], abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.floats(-3.1, 3.1)] * 3))
def test_rotations_are_proper(angles: tuple[float, float, float]) -> None:
    rotation = rotation_matrix(np.array(angles))
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_z_turn_is_counter_clockwise() -> None:
    assert rotation_matrix(np.array([0, 0, np.pi / 2])) @ [1, 0, 0] == pytest.approx([0, 1, 0])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_cuboid_keeps_what_it_must(seed: int) -> None:
    sample = room(seed)
    keep = np.zeros(6, bool)
    keep[seed % 6] = True
    cropped = random_cuboid(sample, np.random.default_rng(seed), 0.5, keep)
    assert cropped.box_present[seed % 6]
    assert len(cropped.xyz) >= 0.5 * len(sample.xyz)
    assert set(cropped.instance[cropped.instance >= 0]) <= set(np.flatnonzero(cropped.box_present))


def test_a_crop_without_a_single_target_is_no_crop() -> None:
    """A wall or a floor whose centre stays does not make up for the furniture that is gone."""
    sample = room()
    structure = replace(sample, box_present=np.zeros(6, bool))
    assert random_cuboid(structure, np.random.default_rng(0), 0.3) is structure


def test_hopeless_crop_returns_the_scene() -> None:
    sample = room()
    assert random_cuboid(sample, np.random.default_rng(0), 1.01) is sample


def test_same_random_state_same_result_and_off_means_off() -> None:
    sample, off = room(), AugmentConfig(tilt=0, turn=0, shift=0, color_jitter=0)
    one, two = (move(sample, AugmentConfig(jitter=0.01), np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.xyz, two.xyz) and np.array_equal(one.rgb, two.rgb)
    still = move(crop(sample, off, np.random.default_rng(1)), off, np.random.default_rng(1))
    assert np.array_equal(still.xyz, sample.xyz) and np.array_equal(still.box_size, sample.box_size)
