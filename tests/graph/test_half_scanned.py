"""Boxes that tell less than they seem to: scanned by half, hollow, floor coverings, flat things at walls."""

import numpy as np
import pytest
from tests.graph.boxes import standing
from tests.graph.test_relations import TABLE, graph_of, held, room, walls

from sceneglot.graph.thresholds import DEFAULTS


@pytest.mark.parametrize("label", ["chair", "trash can", "kitchen cabinets"])
def test_what_stands_on_the_floor_stands_on_no_table(label):
    top = standing(label, 0, 0, (0.4, 0.4, 0.4), z=0.75)
    assert "on" not in held(graph_of(TABLE, top), 1, 0)
    assert "on" in held(graph_of(TABLE, standing("lamp", 0, 0, (0.4, 0.4, 0.4), z=0.75)), 1, 0)
    rug = standing("rug", 0, 0, (2.0, 2.0, 0.02))
    assert "on" in held(graph_of(rug, standing(label, 0, 0, (0.4, 0.4, 0.4), z=0.02)), 1, 0)
    named = graph_of(TABLE, top, parent=np.array([-1, 0], np.int32))
    assert "on" in held(named, 1, 0), "the source knows better"


def test_nothing_is_said_to_be_near_or_over_the_empty_middle_of_a_large_box():
    inside = standing("trash can", 0.5, 0.5, (0.3, 0.3, 0.4))
    picture = ("picture", (0.5, 0.5, 1.6), (0.4, 0.03, 0.4))
    side = DEFAULTS.sprawl + 0.5
    near = {"next_to", "beside", "adjacent", "close", "above", "below", "under", "placed_in", "inside"}
    for label, hollow in (("desk", True), ("bed", False)):
        graph = graph_of(standing(label, 0, 0, (side, side, 0.75)), inside, picture)
        assert graph.sprawling.tolist() == [hollow, False, False]
        assert not hollow or not near & (held(graph, 1, 0) | held(graph, 2, 0) | held(graph, 0, 2))
    assert "above" in held(graph, 2, 0), "a bed fills its box"


def test_one_in_the_other_is_not_beside_it():
    door, bag = ("door", (0, 0, 1.0), (0.9, 0.08, 2.0)), ("bag", (0, 0, 1.2), (0.3, 0.06, 0.4))
    near = {"next_to", "beside", "adjacent", "close"}
    assert not near & held(graph_of(door, bag), 1, 0)
    assert near <= held(graph_of(door, ("bag", (0.65, 0, 1.2), (0.3, 0.06, 0.4))), 1, 0)


def test_above_needs_overlap_and_hung_things_only_along_their_longer_side():
    cabinet = standing("cabinet", 0, 0, (1.0, 0.5, 0.5))
    shelf = ("box", (0, 0.45, 1.2), (1.0, 0.5, 0.2))  # overlaps by a tenth of its depth
    assert "above" not in held(graph_of(cabinet, shelf), 1, 0)
    assert "above" in held(graph_of(cabinet, ("box", (0, 0.2, 1.2), (1.0, 0.5, 0.2))), 1, 0)
    off_the_wall = ("picture", (0, 0.4, 1.2), (0.6, 0.03, 0.4))
    assert "above" in held(graph_of(cabinet, off_the_wall), 1, 0)
    beside_it = ("picture", (0.85, 0.2, 1.2), (0.6, 0.03, 0.4))
    assert "above" not in held(graph_of(cabinet, beside_it), 1, 0)
    carpet = standing("carpet", 0, 0, (3.0, 3.0, 0.02))
    assert "above" not in held(graph_of(carpet, ("box", (0, 0, 1.2), (0.5, 0.5, 0.2))), 1, 0)


def test_a_folded_coat_does_not_hang():
    hanging, folded = ("coat", (-2.9, 0, 1.4), (0.1, 0.5, 0.9)), ("coat", (-2.8, 0, 0.9), (0.3, 0.6, 0.1))
    assert "hanging" in room(graph_of(hanging, *walls()), 0)
    assert "hanging" not in room(graph_of(folded, *walls()), 0)
