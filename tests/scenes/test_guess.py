from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.scenes.files import read_scene
from sceneglot.scenes.guess import guess_units, guess_up_axis, oddities


@pytest.mark.parametrize(
    ("extent", "units"),
    [
        ((4, 3, 2.5), "metres"), ((40, 30, 3), "metres"), ((4000, 3000, 2500), "millimetres"),
        ((400, 300, 250), "centimetres"),
        ((0.3, 0.2, 0.1), "unclear"), ((100, 100, 10), "unclear"), ((0, 0, 0), "unclear"), ((np.nan, 1, 1), "unclear"),
    ],
)  # fmt: skip
def test_units(extent, units):
    assert guess_units(np.array(extent)) == units


def room(seed: int, count: int = 4000) -> np.ndarray:
    """A floor, two walls and clutter that stands on the floor; z up."""
    rng = np.random.default_rng(seed)
    size = rng.uniform((3, 3, 2.3), (7, 6, 2.8))
    unit = rng.random((count, 3)) * size
    kind = rng.random(count)
    unit[kind < 0.4, 2] = 0
    unit[(kind >= 0.4) & (kind < 0.55), 0] = 0
    unit[(kind >= 0.55) & (kind < 0.7), 1] = size[1]
    unit[kind >= 0.7, 2] *= 0.4
    return unit + rng.normal(0, 0.01, (count, 3))


@given(seed=st.integers(0, 10_000), up=st.sampled_from("xyz"), flip=st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_up_axis_of_a_plain_room(seed, up, flip):
    axes = {"x": (2, 0, 1), "y": (0, 2, 1), "z": (0, 1, 2)}[up]
    xyz = room(seed)[:, axes] * (-1 if flip else 1)
    assert guess_up_axis(xyz) == up


def test_what_shows_no_floor_is_unclear():
    rng = np.random.default_rng(0)
    assert guess_up_axis(rng.normal(size=(5000, 3))) == "unclear"
    assert guess_up_axis(rng.random((5, 3))) == "unclear"
    assert guess_up_axis(np.zeros((500, 3))) == "unclear"
    assert guess_up_axis(np.zeros((0, 3))) == "unclear"


def test_a_scan_in_map_coordinates_is_noted():
    notes = oddities(room(0) + (400_000, 5_800_000, 30))
    assert len(notes) == 1
    assert "float32 resolves 0.69 there" in notes[0]
    assert oddities(room(0)) == ()
    assert oddities(np.zeros((0, 3))) == ()


@pytest.mark.realdata
def test_real_scans_are_never_guessed_wrong(real_data):
    guesses = []
    for path in sorted((real_data / "scans" / "scannet_points").glob("*.npz")):
        xyz = read_scene(path).xyz
        guesses += [guess_up_axis(xyz), {"y": "z", "unclear": "unclear"}.get(guess_up_axis(xyz[:, (0, 2, 1)]), "wrong")]
        assert guess_units(np.ptp(xyz, axis=0)) == "metres"
    assert set(guesses) <= {"z", "unclear"}
    assert guesses.count("z") >= 0.7 * len(guesses)
