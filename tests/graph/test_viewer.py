"""The viewer's frame, in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import mirrored, random_tables, standing, table, turned

from sceneglot.errors import SceneglotError
from sceneglot.graph import Viewer, build_graph
from sceneglot.graph.relations import PAIR_RELATIONS
from sceneglot.graph.viewer import right_of

SIZE = (0.4, 0.4, 1.0)
AROUND = {"east": (1.0, 0.0), "west": (-1.0, 0.0), "north": (0.0, 1.0), "south": (0.0, -1.0)}


def sides(viewer: Viewer) -> dict[str, str]:
    """Relation to the anchor of four things around it."""
    rows = [standing("cabinet", 0, 0, SIZE), *(standing("box", *xy, SIZE) for xy in AROUND.values())]
    graph = build_graph(table(*rows), viewer=viewer)
    names = {"near_left": "left", "near_right": "right", "in_front": "front", "behind": "behind"}
    found = {}
    for row, name in enumerate(AROUND, 1):
        held = [word for relation, word in names.items() if graph.holds(relation, row, 0)]
        assert len(held) == 1
        found[name] = held[0]
    return found


def test_looking_north_east_is_right():
    expected = {"east": "right", "west": "left", "north": "behind", "south": "front"}
    assert sides(Viewer(direction=(0, 1))) == expected
    assert sides(Viewer(position=(0, -5))) == expected


def test_looking_south_east_is_left():
    expected = {"east": "left", "west": "right", "north": "front", "south": "behind"}
    assert sides(Viewer(direction=(0, -2))) == expected
    assert sides(Viewer(position=(0, 5))) == expected


def test_looking_east_and_west():
    assert sides(Viewer(direction=(1, 0))) == {"north": "left", "south": "right", "east": "behind", "west": "front"}
    assert sides(Viewer(position=(4, 0))) == {"north": "right", "south": "left", "east": "front", "west": "behind"}


def test_a_standing_viewer_turns_to_each_anchor_and_a_direction_does_not():
    anchors = np.array([[0.0, 2.0], [0.0, -2.0]])
    np.testing.assert_allclose(Viewer(position=(0, 0)).gaze(anchors), [[0, 1], [0, -1]])
    np.testing.assert_allclose(Viewer(direction=(0, 3)).gaze(anchors), [[0, 1], [0, 1]])
    np.testing.assert_allclose(right_of(np.array([[0.0, 1.0]])), [[1, 0]])


def test_the_default_viewer_stands_in_the_middle_of_the_room():
    graph = build_graph(table(standing("bed", 0, 0, (1, 1, 1)), standing("desk", 4, 2, (1, 1, 1))))
    assert graph.viewer.position == pytest.approx((2.0, 1.0))


def test_a_viewer_at_the_anchor_sees_no_sides():
    rows = [standing("cabinet", 0, 0, SIZE), *(standing("box", *xy, SIZE) for xy in AROUND.values())]
    graph = build_graph(table(*rows), viewer=Viewer(position=(0.1, 0.3)))
    for relation in ("near_left", "near_right", "in_front", "behind"):
        assert not any(graph.holds(relation, row, 0) for row in range(1, 5))


@given(random_tables(), st.integers(1, 3), st.floats(0, 6.28))
@settings(max_examples=20, deadline=None)
def test_turning_scene_and_viewer_together_changes_nothing(objects, quarters, angle):
    angle_after = angle + quarters * np.pi / 2
    before = build_graph(objects, viewer=Viewer(direction=(np.cos(angle), np.sin(angle))))
    after = build_graph(turned(objects, quarters), viewer=Viewer(direction=(np.cos(angle_after), np.sin(angle_after))))
    np.testing.assert_allclose(before.pairs.sure, after.pairs.sure, atol=1e-4)
    np.testing.assert_allclose(before.pairs.maybe, after.pairs.maybe, atol=1e-4)
    np.testing.assert_allclose(before.to_room.sure, after.to_room.sure, atol=1e-4)


@given(random_tables())
@settings(max_examples=20, deadline=None)
def test_the_default_viewer_turns_with_the_scene(objects):
    before, after = build_graph(objects), build_graph(turned(objects, 1))
    agree = np.isclose(before.pairs.sure, after.pairs.sure, atol=1e-3)
    # An anchor exactly at the viewer's feet has no direction; everything else must agree.
    blind = before.viewer.distance(before.boxes.low, before.boxes.high) <= before.thresholds.viewer_distance + 1e-3
    assert agree[:, :, ~blind].all()


@given(random_tables())
@settings(max_examples=20, deadline=None)
def test_mirroring_swaps_left_and_right_and_keeps_the_rest(objects):
    before = build_graph(objects, viewer=Viewer(direction=(0, 1)))
    after = build_graph(mirrored(objects), viewer=Viewer(direction=(0, 1)))
    swap = {"near_left": "near_right", "far_left": "far_right", "at_left": "at_right"}
    swap |= {b: a for a, b in swap.items()}
    names = [relation.name for relation in PAIR_RELATIONS]
    for index, name in enumerate(names):
        other = names.index(swap.get(name, name))
        np.testing.assert_allclose(before.pairs.sure[index], after.pairs.sure[other], atol=1e-4, err_msg=name)


@pytest.mark.parametrize(
    "bad", [{"direction": (0, 0)}, {"position": (0, np.nan)}, {"position": (0, 0), "direction": (0, 1)}]
)
def test_bad_viewers_are_refused(bad):
    with pytest.raises(SceneglotError):
        Viewer(**bad)


def test_a_viewer_without_a_place_has_no_gaze():
    with pytest.raises(SceneglotError):
        Viewer().gaze(np.zeros((1, 2)))
