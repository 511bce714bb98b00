"""What the furniture's geometry shows to be open or closed is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from sceneglot.synth.catalog import build
from sceneglot.synth.furniture import soft, walls


@pytest.mark.parametrize("seed", range(5))
def test_an_open_door_reaches_into_the_room(seed):
    opened = walls.door(np.random.default_rng(seed), opened=True)
    closed = walls.door(np.random.default_rng(seed), opened=False)
    assert (opened.state, closed.state) == ("open", "closed")
    assert opened.size[1] > 0.7 > 0.3 > closed.size[1]


@pytest.mark.parametrize("seed", range(5))
def test_a_drawn_curtain_covers_the_middle(seed):
    for drawn, state in ((1.0, "closed"), (0.0, "open")):
        piece = soft.curtain(np.random.default_rng(seed), width=2.0, drawn=drawn)
        middle = [abs(part.vertices[:, 0].mean()) < 0.2 and np.ptp(part.vertices[:, 2]) > 1 for part in piece.parts]
        assert piece.state == state and any(middle) == (state == "closed")


def test_only_what_changes_has_a_state():
    states = {
        label: build(np.random.default_rng(0), label).piece.state for label in ("laptop", "projector screen", "chair")
    }
    assert states == {"laptop": "open", "projector screen": "pulled down", "chair": ""}
