"""Floor plans: what is drawn where, in which colour."""

import numpy as np
import pytest
from tests.graph.boxes import standing, table

from sceneglot.scenes.objects import Objects
from sceneglot.view.floor_plan import ANCHOR, PERSON, TARGET, draw_floor_plan


def spots(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """(N, 2) x, y of the pixels of one colour, y up, as shares of the picture."""
    rows, columns = np.nonzero((picture == color).all(-1))
    return np.stack([columns / picture.shape[1], 1 - rows / picture.shape[0]], 1)


def room() -> Objects:
    return table(standing("chair", -2, -2), standing("desk", 2, 2), standing("lamp", 2, -2), standing("bed", -2, 2))


def test_targets_and_anchors_are_drawn_where_they_stand():
    picture = draw_floor_plan(room(), targets=[1], anchors=[2])
    target, anchor = spots(picture, TARGET), spots(picture, ANCHOR)
    assert (target > 0.5).all(), "the desk is at +x, +y: to the right and up"
    assert (anchor[:, 0] > 0.5).all() and (anchor[:, 1] < 0.5).all()
    assert not len(spots(draw_floor_plan(room()), TARGET))


def test_a_person_looks_along_the_heading():
    still = spots(draw_floor_plan(room(), person=(0.0, 0.0)), PERSON)
    looking = spots(draw_floor_plan(room(), person=(0.0, 0.0), heading=np.pi / 2), PERSON)
    assert np.abs(still - 0.5).max() < 0.05
    assert looking[:, 1].max() > 0.55 and np.abs(looking[:, 0] - 0.5).max() < 0.05


@pytest.mark.parametrize("objects", [Objects.empty(), table(("wall", (0, 0, 0), (0, 0, 0)))])
def test_empty_and_flat_scenes_are_drawn(objects):
    picture = draw_floor_plan(objects, targets=[0, 7], anchors=[-4])
    assert picture.dtype == np.uint8 and picture.ndim == 3 and min(picture.shape[:2]) > 10
