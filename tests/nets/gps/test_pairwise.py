import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.nets.gps.pairwise import pairwise_features

CENTER = torch.tensor([[[0.0, 0.0, 0.0], [3.0, 0.0, 4.0], [0.0, 2.0, 0.0]]])
REAL = torch.ones(1, 3, dtype=torch.bool)


def test_three_objects_by_hand():
    found = pairwise_features(CENTER, REAL)[0]
    # D points from key to query: from object 1 (key) to object 0 (query) it is (-3, 0, -4), length 5
    farthest = math.sqrt(9 + 4 + 16)
    torch.testing.assert_close(found[0, 1], torch.tensor([5 / farthest, -0.8, 0.6, 0.0, -1.0]), atol=1e-5, rtol=0)
    torch.testing.assert_close(found[2, 0], torch.tensor([2 / farthest, 0.0, 1.0, 1.0, 0.0]), atol=1e-5, rtol=0)


def test_angles_are_unit_vectors():
    found = pairwise_features(torch.randn(4, 9, 3), torch.ones(4, 9, dtype=torch.bool))
    off = ~torch.eye(9, dtype=torch.bool)
    torch.testing.assert_close(found[..., 1:3].square().sum(-1)[:, off], torch.ones(4, 72), atol=1e-4, rtol=0)
    torch.testing.assert_close(found[..., 3:5].square().sum(-1)[:, off], torch.ones(4, 72), atol=1e-4, rtol=0)


def test_a_quarter_turn_moves_x_to_y_and_nothing_else():
    center = torch.randn(2, 6, 3)
    turned = torch.stack([-center[..., 1], center[..., 0], center[..., 2]], -1)
    before, after = (pairwise_features(c, torch.ones(2, 6, dtype=torch.bool)) for c in (center, turned))
    torch.testing.assert_close(after[..., :3], before[..., :3])
    torch.testing.assert_close(after[..., 3], before[..., 4])  # sine of the turned pair: the old cosine
    torch.testing.assert_close(after[..., 4], -before[..., 3])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(0, 4), st.floats(-50, 50))
def test_padding_and_place_of_the_scene_do_not_matter(count, extra, shift):
    center = torch.randn(1, count, 3, generator=torch.Generator().manual_seed(count))
    padded = torch.cat([center, torch.full((1, extra, 3), shift)], 1)
    mask = torch.arange(count + extra)[None] < count
    bare = pairwise_features(center, torch.ones(1, count, dtype=torch.bool))
    found = pairwise_features(padded, mask)
    torch.testing.assert_close(found[:, :count, :count], bare)
    assert not found[:, count:].any() and not found[:, :, count:].any()


def test_largest_distance_is_one():
    assert pairwise_features(torch.randn(1, 5, 3) * 7, REAL.expand(1, 3).repeat(1, 2)[:, :5])[..., 0].max() == 1
