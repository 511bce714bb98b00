"""Penetration depth against closed forms and brute force; support against hand-made rooms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.synth import solids
from sceneglot.synth.collide import (
    CEILING,
    FLOOR,
    WALL,
    Boxes,
    balanced,
    boxes_around,
    clip,
    collisions,
    overlap,
    penetration,
    unsupported,
)
from sceneglot.synth.room import Item, Material, Part, Room

GRAY = Material("stone", (128, 128, 128), "gray")


def one(x: float, y: float, z: float, w: float, d: float, h: float, yaw: float = 0.0) -> Boxes:
    return Boxes(np.array([[x, y, z]], float), np.array([[w, d, h]]) / 2.0, np.array([yaw]))


def thing(label: str, size: tuple[float, float, float], at: tuple[float, float, float], parent: int, yaw=0.0) -> Item:
    solid = solids.box(*size)
    return Item(label, 40, (Part(solid.vertices.astype(np.float32), solid.faces, GRAY),), at, yaw, parent)


def room(*items: Item) -> Room:
    plan = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], float)
    return Room("r", "office", plan, 2.5, (), items, 0)


def test_penetration_of_axis_parallel_boxes_is_the_smallest_overlap() -> None:
    a, b = one(0, 0, 0, 2, 2, 2), one(1.7, 0.5, 0.9, 2, 2, 2)
    assert penetration(a, b)[0] == pytest.approx(0.3)


def test_turned_box_fits_where_its_bounds_do_not() -> None:
    diamond = one(0, 0, 0, 1, 1, 1, np.pi / 4)
    corner = one(0.95, 0.95, 0, 1, 1, 1)
    # bounds overlap, shadows do not: the diamond's side is at distance 0.5, the corner at 0.45 * sqrt 2
    assert penetration(diamond, corner)[0] == pytest.approx(0.5 - 0.45 * np.sqrt(2))
    assert not overlap(diamond, corner)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31))
def test_overlap_agrees_with_points_inside_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (one(*rng.uniform(-0.5, 0.5, 3), *rng.uniform(0.3, 1.2, 3), rng.uniform(-3, 3)) for _ in range(2))
    points = rng.uniform(-1.6, 1.6, (4000, 3))
    inside = np.ones(len(points), bool)
    for box in (a, b):
        local = Boxes(points, np.zeros_like(points), np.zeros(len(points))).moved(*(-box.center[0]), 0.0)
        local = local.moved(0, 0, 0, -float(box.yaw[0])).center
        inside &= (np.abs(local) < box.half[0] - 1e-9).all(1)
    if inside.any():
        assert overlap(a, b)
    if penetration(a, b)[0] <= 0:
        assert not inside.any()


def test_legs_leave_the_space_under_a_table_free() -> None:
    legs = [solids.box(0.05, 0.05, 0.7, (x, y, 0)).vertices for x in (-0.5, 0.5) for y in (-0.3, 0.3)]
    table = boxes_around([*legs, solids.box(1.1, 0.7, 0.04, (0, 0, 0.7)).vertices])
    stool = boxes_around([solids.box(0.4, 0.4, 0.5).vertices])
    assert not overlap(table, stool)
    assert overlap(table, stool.moved(0.5, 0.3, 0, 0))
    assert overlap(table, stool.moved(0, 0, 0.3, 0))


def test_collisions_names_the_culprits() -> None:
    found = collisions(room(thing("a", (1, 1, 1), (1, 1, 0), FLOOR), thing("b", (1, 1, 1), (1.9, 1, 0), FLOOR)))
    assert [(a, b) for a, b, _ in found] == [("a", "b")]
    assert found[0][2] == pytest.approx(0.1, abs=1e-6)


def test_support_rules() -> None:
    table = thing("table", (1, 1, 0.7), (2, 2, 0), FLOOR)
    sound = room(
        table,
        thing("cup", (0.1, 0.1, 0.1), (2, 2.3, 0.7), 0),
        thing("picture", (0.5, 0.03, 0.5), (1, 3.98, 1.4), WALL),
        thing("lamp", (0.3, 0.3, 0.2), (1, 1, 2.3), CEILING),
    )
    assert unsupported(sound) == []


@pytest.mark.parametrize(
    "bad",
    [
        thing("floating", (0.1, 0.1, 0.1), (2, 2, 0.75), 0),
        thing("over the edge", (0.4, 0.4, 0.1), (2.6, 2, 0.7), 0),
        thing("hovering", (0.5, 0.5, 0.5), (3.3, 3.3, 0.05), FLOOR),
        thing("off the wall", (0.5, 0.03, 0.5), (1, 3.9, 1.4), WALL),
        thing("under the ceiling", (0.3, 0.3, 0.2), (1, 1, 2.2), CEILING),
        thing("wrong parent", (0.1, 0.1, 0.1), (0.5, 0.5, 0.0), 0),
    ],
    ids=lambda item: item.label,
)
def test_bad_support_is_noticed(bad: Item) -> None:
    complaints = unsupported(room(thing("table", (1, 1, 0.7), (2, 2, 0), FLOOR), bad))
    assert len(complaints) == 1
    assert bad.label in complaints[0]


def test_balanced_needs_the_centre_among_the_contacts() -> None:
    box = one(0, 0, 0, 1, 1, 1)
    assert balanced(box, np.array([(-1, -1), (1, -1), (0, 1)], float))
    assert not balanced(box, np.array([(0.1, -1), (1, -1), (1, 1)], float))
    assert not balanced(box, np.zeros((0, 2)))


def test_clip_of_two_squares() -> None:
    square = np.array([(0, 0), (2, 0), (2, 2), (0, 2)], float)
    cut = clip(square, square + 1)
    assert cut.min(0) == pytest.approx((1, 1))
    assert cut.max(0) == pytest.approx((2, 2))
    assert len(clip(square, square + 5)) == 0
