"""Where things are around a viewer: closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import standing, table

from sceneglot.graph import build_graph
from sceneglot.language.around import angles, sides, turned
from sceneglot.language.clauses import AROUND_WORDS

FOUR = table(
    standing("desk", 2, 0),
    standing("lamp", 0, 2),
    standing("bed", -2, 0),
    standing("door", 0, -2),
    standing("box", 0.2, 0),
)


def test_four_things_around_one_who_looks_along_x():
    sure, maybe = sides(build_graph(FOUR).boxes, np.zeros(2), np.zeros(1))
    by_word = dict(zip(AROUND_WORDS, sure[0]))
    assert np.flatnonzero(by_word["ahead"]).tolist() == [0] and np.flatnonzero(by_word["to_left"]).tolist() == [1]
    assert np.flatnonzero(by_word["at_back"]).tolist() == [2] and np.flatnonzero(by_word["to_right"]).tolist() == [3]
    assert maybe[0, :, 4].all() and not sure[0, :, 4].any()  # too close to be on any side


@given(st.floats(-3, 3), st.floats(-10, 10))
@settings(max_examples=30, deadline=None)
def test_turning_scene_and_viewer_together_changes_nothing(heading, angle):
    absolute = angles(build_graph(FOUR).boxes, np.zeros(2))
    before = turned(absolute, np.degrees(heading))
    after = turned(absolute + np.degrees(angle), np.degrees(heading + angle))
    np.testing.assert_allclose(np.cos(np.radians(before - after)), 1.0, atol=1e-9)
    assert ((before > -180.0 - 1e-9) & (before <= 180.0)).all()


def test_sure_implies_maybe_and_excludes_the_other_sides():
    rng = np.random.default_rng(0)
    objects = table(*(standing("chair", *rng.uniform(-3, 3, 2)) for _ in range(40)))
    sure, maybe = sides(build_graph(objects).boxes, np.zeros(2), rng.uniform(-3, 3, 7))
    assert (sure <= maybe).all() and (sure.sum(1) <= 1).all()
    assert turned(np.array([190.0]), 0.0) == pytest.approx(-170.0)
