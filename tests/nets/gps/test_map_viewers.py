from dataclasses import replace

import pytest
import torch
from tests.nets.gps.test_map_geometry import padded, quarter_turn, table

from sceneglot.nets.gps.map_geometry import MapObjects
from sceneglot.nets.gps.map_viewers import NUM_ORDER, NUM_SIDES, VIEWERS, Views, views

ALL = tuple(VIEWERS)


def same(first: Views, second: Views) -> None:
    for name, value in vars(first).items():
        torch.testing.assert_close(getattr(second, name), value, atol=1e-4, rtol=1e-4)


def pair(candidate: tuple[float, float], anchor: tuple[float, float], **changes: torch.Tensor) -> MapObjects:
    """A candidate (row 0, a door) and an anchor (row 1) in a room of 6 x 4 m."""
    t = table(2)
    center = torch.tensor([[[*candidate, 0.5], [*anchor, 0.5]]])
    return replace(t, center=center, size=torch.full_like(center, 0.4), front=torch.zeros(1, 2, 2), **changes)


def right_and_behind(objects: MapObjects, viewer: str) -> tuple[float, float]:
    """Metres, of row 0 at row 1."""
    right, behind = views(objects, (viewer,)).sides[0, 0, 0, 1, 2:4] * 2
    return float(right), float(behind)


def test_shapes_turning_and_padding():
    t = table(seed=3, scenes=2)
    found = views(t, ALL)
    assert found.sides.shape == (2, 5, 7, 7, NUM_SIDES) and found.order.shape == (2, 5, 7, NUM_ORDER)
    same(found, views(quarter_turn(t), ALL))
    wide = views(padded(t, 2), ALL)
    same(found, Views(wide.sides[:, :, :7, :7], wide.order[:, :, :7], wide.sure[:, :, :7]))
    assert not wide.sides[:, :, 7:].any() and not wide.sides[:, :, :, 7:].any() and not wide.order[:, :, 7:].any()


def test_in_the_room():
    """The anchor at the far wall (+y), seen from the middle: +x is its right, beyond it is behind."""
    assert right_and_behind(pair((4.0, 3.5), (3.0, 3.5)), "room") == pytest.approx((1.0, 0.0), abs=1e-5)
    assert right_and_behind(pair((3.0, 3.9), (3.0, 3.4)), "room") == pytest.approx((0.0, 0.5), abs=1e-5)


def test_before_the_front():
    """An anchor whose front looks along -x is seen by somebody who looks along +x: +y is left, +x behind."""
    objects = pair((4.0, 3.0), (3.0, 2.0))
    front = torch.tensor([[[0.0, 0.0], [-1.0, 0.0]]])
    assert right_and_behind(replace(objects, front=front), "front") == pytest.approx((-1.0, 1.0), abs=1e-5)
    assert views(objects, ("front",)).sure.tolist() == [[[0.0, 0.0]]]
    assert right_and_behind(objects, "front") == (0.0, 0.0)


def test_against_the_wall():
    """The anchor stands at the wall x = 0, whatever the middle of the room says: +y is right."""
    found = pair((1.0, 3.0), (0.3, 0.9))
    assert right_and_behind(found, "wall") == pytest.approx((2.1, -0.7), abs=1e-5)
    assert float(views(found, ("wall",)).sure[0, 0, 1]) == pytest.approx(0.9, abs=1e-5)


def test_in_the_door():
    """Who stands in the door (row 0) looks at the anchor along +x; the door itself is behind him."""
    found = pair((0.0, 2.0), (3.0, 2.0))
    assert right_and_behind(found, "door") == pytest.approx((0.0, -3.0), abs=1e-5)
    nowhere = replace(found, door=torch.zeros(1, 2, dtype=torch.bool))
    assert not views(nowhere, ("door",)).sure.any()


def test_order_within_a_kind():
    """Three of a kind along the far wall: the rank to the right grows with x for all who face that wall."""
    t = table(3)
    center = torch.tensor([[[1.0, 3.5, 0.5], [5.0, 3.5, 0.5], [3.0, 3.5, 0.5]]])
    t = replace(t, center=center, kind=torch.zeros(1, 3, dtype=torch.long), front=torch.tensor([[[0.0, -1.0]] * 3]))
    for viewer in ("room", "wall", "front"):
        assert views(t, (viewer,)).order[0, 0, :, 2].tolist() == [-1.0, 1.0, 0.0], viewer
