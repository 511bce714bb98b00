"""Footprints in the convex hull of two others."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.graph.hull import hull_cover, hull_cover_reference


def rectangle(x0, y0, x1, y1):
    return np.array([[x0, y0]], float), np.array([[x1, y1]], float)


LEFT, RIGHT = rectangle(0, 0, 1, 1), rectangle(4, 0, 5, 1)


def test_in_the_open_between_two_squares():
    share, depth = hull_cover(rectangle(2, 0.25, 3, 0.75), LEFT, RIGHT)
    np.testing.assert_allclose([share[0], depth[0]], [1.0, 0.5])


def test_half_out_of_the_band():
    share, depth = hull_cover(rectangle(2, 0.5, 3, 1.5), LEFT, RIGHT)
    np.testing.assert_allclose([share[0], depth[0]], [0.5, 0.0], atol=1e-12)


def test_outside_by_the_distance_to_the_hull():
    share, depth = hull_cover(rectangle(2, 3, 3, 4), LEFT, RIGHT)
    np.testing.assert_allclose([share[0], depth[0]], [0.0, -2.5])


def test_the_slanted_sides_count():
    # Squares at opposite corners: the lines x - y = 1 and y - x = 1 bound the hull.
    share, depth = hull_cover(rectangle(2, 1, 3, 2), LEFT, rectangle(4, 4, 5, 5))
    np.testing.assert_allclose([share[0], depth[0]], [0.5, 0.0], atol=1e-12)


def test_flat_things_have_a_share_too():
    share, _ = hull_cover(rectangle(2, 0.2, 2, 0.8), LEFT, RIGHT)
    np.testing.assert_allclose(share, [1.0])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_same_as_the_plain_twin(seed):
    rng = np.random.default_rng(seed)

    def rectangles():
        low = rng.uniform(-3, 3, (40, 2))
        return low, low + rng.uniform(0.02, 2, (40, 2))

    triples = rectangles(), rectangles(), rectangles()
    fast, plain = hull_cover(*triples), hull_cover_reference(*triples)
    np.testing.assert_allclose(fast[0], plain[0], atol=1e-9)
    np.testing.assert_allclose(fast[1], plain[1], atol=1e-9)
    assert (fast[0] >= 0).all() and (fast[0] <= 1).all()
