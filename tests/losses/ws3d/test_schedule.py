"""Ramps and slides."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.losses.ws3d.schedule import Ramp, Slide


def test_a_ramp_waits_grows_and_stays() -> None:
    ramp = Ramp(2.0, wait=0.2, length=0.4)
    assert ramp.at(0.0) == ramp.at(0.19) == 0.0
    assert ramp.at(0.2) == pytest.approx(2 * math.exp(-5))
    assert ramp.at(0.4) == pytest.approx(2 * math.exp(-5 / 4))
    assert ramp.at(0.6) == ramp.at(1.0) == 2.0
    assert Ramp(3.0, wait=0.0, length=0.0).at(0.0) == 3.0


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 2))
def test_a_ramp_never_falls(a: float, b: float, wait: float, length: float) -> None:
    ramp = Ramp(1.0, wait, length)
    assert ramp.at(min(a, b)) <= ramp.at(max(a, b)) <= 1.0


def test_a_slide_is_straight_and_ends() -> None:
    assert [Slide(0.95, 0.85).at(p) for p in (-1.0, 0.0, 0.5, 1.0, 2.0)] == pytest.approx([0.95, 0.95, 0.9, 0.85, 0.85])


def test_impossible_ramps_are_refused() -> None:
    with pytest.raises(SceneglotError, match="shares of the training"):
        Ramp(1.0, wait=1.5)
