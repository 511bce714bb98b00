from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.scenes.boxes import boxes_of_instances, match_boxes, mean_colors


@given(seed=st.integers(0, 1000), count=st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_boxes_and_colours_agree_with_a_loop(seed, count):
    rng = np.random.default_rng(seed)
    xyz, instance = rng.normal(size=(count, 3)), rng.integers(-2, 5, count)
    rgb = rng.integers(0, 256, (count, 3), dtype=np.uint8)
    ids, low, high = boxes_of_instances(xyz, instance)
    assert ids.tolist() == sorted(set(instance[instance >= 0].tolist()))
    colors = mean_colors(rgb, instance, ids)
    for i, low_, high_, color in zip(ids, low, high, colors):
        np.testing.assert_array_equal(low_, xyz[instance == i].min(0))
        np.testing.assert_array_equal(high_, xyz[instance == i].max(0))
        np.testing.assert_array_equal(color, np.rint(rgb[instance == i].mean(0)))


def test_the_colour_of_nothing_is_grey():
    assert mean_colors(np.zeros((2, 3), np.uint8), np.array([4, 4]), np.array([3, 4])).tolist() == [[128] * 3, [0] * 3]


def test_given_boxes_go_to_the_nearest_instance_of_their_class_once():
    low = np.array([[0.0, 0, 0], [0.1, 0, 0], [5, 5, 5]])
    high = low + 1
    boxes = np.array([[0.52, 0.5, 0.5, 1.02, 1, 1, 7], [0.5, 0.5, 0.5, 1.1, 1, 1, 8], [5.5, 5.5, 5.5, 2, 2, 2, 7]])
    new_low, new_high = match_boxes(low, high, np.array([7, 7, 7]), boxes)
    np.testing.assert_allclose(new_low[:, 0], [0.01, 0.1, 5])  # the class-8 box fits nobody, the last is too far off
    np.testing.assert_allclose(new_high[:, 0], [1.03, 1.1, 6])
    np.testing.assert_array_equal(low[0], [0, 0, 0])  # the input is left alone


def test_no_boxes_change_nothing():
    low = np.zeros((2, 3))
    for boxes in (np.zeros((0, 7)), np.full((1, 7), 50.0)):
        new_low, new_high = match_boxes(low, low + 1, np.array([5, 5]), boxes)
        np.testing.assert_array_equal(new_low, low)
        np.testing.assert_array_equal(new_high, low + 1)
