"""Each relation in closed form."""

import numpy as np
import pytest
from tests.graph.boxes import standing, table

from sceneglot.graph import Viewer, build_graph
from sceneglot.graph.relations import FLOOR, WALL

TABLE = standing("table", 0, 0, (1.2, 0.8, 0.75))


def graph_of(*rows, **columns):
    return build_graph(table(*rows, **columns), viewer=Viewer(direction=(0, 1)))


def held(graph, source, target):
    """Names of the pair relations between two rows."""
    return {
        edge.relation
        for edge in graph.edges()
        if not edge.to_room
        and (edge.source, edge.target) == (int(graph.objects.id[source]), int(graph.objects.id[target]))
    }


def room(graph, row):
    """Names of the relations of a row to the room."""
    return {edge.relation for edge in graph.edges() if edge.to_room and edge.source == int(graph.objects.id[row])}


def walls(half=3.0, height=2.5):
    """Four thin walls and a floor."""
    side = 2 * half
    return (
        ("wall", (half, 0, height / 2), (0.1, side, height)),
        ("wall", (-half, 0, height / 2), (0.1, side, height)),
        ("wall", (0, half, height / 2), (side, 0.1, height)),
        ("wall", (0, -half, height / 2), (side, 0.1, height)),
        ("floor", (0, 0, 0), (side, side, 0.05)),
    )


def test_on_and_supporting():
    graph = graph_of(TABLE, standing("lamp", 0.2, 0.1, (0.2, 0.2, 0.4), z=0.75))
    assert "on" in held(graph, 1, 0) and "supporting" in held(graph, 0, 1)
    assert list(graph.level) == [0, 1] and graph.support[1] == 0 and graph.support[0] == FLOOR


@pytest.mark.parametrize("z", [0.75 + 0.2, 0.75 + 0.5])
def test_not_on_when_it_floats(z):
    graph = graph_of(TABLE, standing("lamp", 0, 0, (0.2, 0.2, 0.4), z=z))
    assert "on" not in held(graph, 1, 0) and "above" in held(graph, 1, 0) and "below" in held(graph, 0, 1)


def test_not_on_when_beside_or_overhanging():
    beside = graph_of(TABLE, standing("lamp", 1.5, 0, (0.2, 0.2, 0.4), z=0.75))
    overhanging = graph_of(TABLE, standing("lamp", 0.68, 0, (0.2, 0.2, 0.4), z=0.75))
    assert "on" not in held(beside, 1, 0) and "on" not in held(overhanging, 1, 0)


def test_on_a_bed_whose_box_ends_at_the_headboard():
    bed = standing("bed", 0, 0, (1.6, 2.0, 1.1))
    graph = graph_of(bed, standing("pillow", 0.3, 0.6, (0.5, 0.4, 0.15), z=0.5))
    assert "on" in held(graph, 1, 0)


def test_the_highest_supporter_counts():
    tray, cup = standing("tray", 0, 0, (0.4, 0.3, 0.03), z=0.75), standing("cup", 0, 0, (0.08, 0.08, 0.1), z=0.78)
    graph = graph_of(TABLE, tray, cup)
    assert "on" in held(graph, 2, 1) and "on" not in held(graph, 2, 0)
    assert list(graph.level) == [0, 1, 2]


def test_the_source_knows_its_supporters():
    shelf, book = standing("bookshelf", 0, 0, (0.8, 0.3, 2.0)), standing("book", 0.1, 0, (0.1, 0.2, 0.2), z=1.0)
    graph = graph_of(shelf, book, parent=np.array([-1, 0], np.int32))
    assert graph.support[1] == 0 and {"placed_in", "inside"} <= held(graph, 1, 0)
    elsewhere = standing("book", 3, 0, (0.1, 0.2, 0.2), z=1.0)
    assert graph_of(shelf, elsewhere, parent=np.array([-1, 0], np.int32)).support[1] != 0


def test_inside_and_placed_in():
    basket = standing("basket", 0, 0, (0.5, 0.5, 0.4))
    within = graph_of(basket, standing("ball", 0, 0, (0.2, 0.2, 0.2), z=0.02))
    sticking_out = graph_of(basket, standing("umbrella", 0, 0, (0.1, 0.1, 0.9), z=0.02))
    assert {"inside", "placed_in"} <= held(within, 1, 0) and "containing" in held(within, 0, 1)
    assert "placed_in" in held(sticking_out, 1, 0) and "inside" not in held(sticking_out, 1, 0)


def test_embedded():
    counter = standing("kitchen counter", 0, 0, (2.0, 0.6, 0.9))
    graph = graph_of(counter, standing("sink", 0.3, 0, (0.5, 0.4, 0.25), z=0.7))
    assert "embedded" in held(graph, 1, 0)


def test_under():
    graph = graph_of(TABLE, standing("trash can", 0.2, 0, (0.3, 0.3, 0.4)))
    assert "under" in held(graph, 1, 0) and "on" not in held(graph, 1, 0)
    assert "next_to" not in held(graph, 1, 0)


def test_above_a_bed_that_stands_off_the_wall():
    bed = standing("bed", 0, 0, (1.6, 2.0, 0.9))
    picture = ("picture", (0.1, 1.12, 1.6), (0.8, 0.04, 0.5))
    graph = graph_of(bed, picture)
    assert "above" in held(graph, 1, 0) and "higher" in held(graph, 1, 0) and "lower" in held(graph, 0, 1)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (0.05, {"adjacent", "next_to", "beside", "close"}),
        (0.3, {"next_to", "beside", "close"}),
        (0.8, {"close"}),
        (1.7, set()),
    ],
)
def test_nearness_by_gap(gap, expected):
    graph = graph_of(standing("desk", 0, 0, (1, 1, 1)), standing("chair", 1 + gap, 0, (1, 1, 1)))
    assert held(graph, 1, 0) & {"adjacent", "next_to", "beside", "close"} == expected


def test_beside_is_not_diagonal():
    graph = graph_of(standing("desk", 0, 0, (1, 1, 1)), standing("chair", 1.15, 1.15, (1, 1, 1)))
    assert "next_to" in held(graph, 1, 0) and "beside" not in held(graph, 1, 0)


def test_nearness_only_among_siblings():
    lamp = standing("lamp", 0.5, 0, (0.2, 0.2, 0.4), z=0.75)
    graph = graph_of(TABLE, lamp, standing("chair", 0.9, 0, (0.4, 0.4, 0.9)))
    assert "next_to" not in held(graph, 1, 2) and "next_to" in held(graph, 0, 2)


def test_near_and_far_left():
    desk = standing("desk", 0, 0, (1, 1, 1))
    near, far = standing("chair", -1.5, 0, (0.5, 0.5, 1)), standing("chair", -2.6, 0, (0.5, 0.5, 1))
    graph = graph_of(desk, near, far)
    assert "near_left" in held(graph, 1, 0) and "far_left" not in held(graph, 1, 0)
    assert "far_left" in held(graph, 2, 0) and "near_left" not in held(graph, 2, 0)


def test_diagonals_are_neither_left_nor_behind_but_cannot_be_denied():
    graph = graph_of(standing("desk", 0, 0, (0.2, 0.2, 1)), standing("chair", -1, 1, (0.2, 0.2, 1)))
    assert not held(graph, 1, 0) & {"near_left", "far_left", "behind"}
    from sceneglot.graph.relations import ID

    assert graph.pairs.maybe[ID["behind"], 1, 0] > 0


def test_between_needs_the_band_and_the_height():
    bed = standing("bed", 0, 0, (1.5, 2, 0.6))
    left, right = standing("nightstand", -1.2, 0, (0.5, 0.5, 0.5)), standing("lamp", 1.2, 0, (0.5, 0.5, 1.5))
    graph = graph_of(bed, left, right)
    assert [0, 1, 2] in graph.between.tolist()
    aside = graph_of(standing("bed", 0, 1.8, (1.5, 2, 0.6)), left, right)
    floating = graph_of(standing("bed", 0, 0, (1.5, 2, 0.6), z=1.8), left, right)
    assert len(aside.between) == 0 and len(floating.between) == 0


def test_aligned_needs_three_or_two_alike_and_works_with_id_zero():
    rows = [standing("chair", x, 0.0, (0.5, 0.5, 0.9)) for x in (0.0, 1.0, 2.0)]
    graph = graph_of(*rows, standing("cabinet", 3.0, 0.0, (1.0, 1.0, 2.0)), id=np.array([0, -4, 7, 9], np.int32))
    assert [g.tolist() for g in graph.aligned] == [[0, 1, 2]]
    assert graph_of(rows[0], standing("chair", 1.0, 0.3, (0.5, 0.5, 0.9))).aligned == ()


def test_closest_and_farthest_need_a_lead():
    door = standing("door", 0, 0, (0.1, 0.9, 2.0))
    chairs = [standing("chair", x, 0, (0.4, 0.4, 0.9)) for x in (1.0, 2.0, 3.0)]
    graph = graph_of(door, *chairs)
    assert "closest" in held(graph, 1, 0) and "farthest" in held(graph, 3, 0)
    assert not held(graph, 2, 0) & {"closest", "farthest"}
    tie = graph_of(door, standing("chair", 1, 0, (0.4, 0.4, 0.9)), standing("chair", -1.1, 0, (0.4, 0.4, 0.9)))
    assert "closest" not in held(tie, 1, 0) | held(tie, 2, 0)


def test_facing_and_sides_by_an_objects_own_front():
    desk, chair = standing("desk", 0, 0, (1.2, 0.6, 0.75)), standing("chair", 0, -1, (0.5, 0.5, 0.9))
    front = np.array([[0, -1, 0], [0, 1, 0]], np.float32)
    graph = graph_of(desk, chair, front=front)
    assert "facing" in held(graph, 1, 0) and "at_front" in held(graph, 1, 0)
    away = graph_of(desk, chair, front=np.array([[0, 1, 0], [0, -1, 0]], np.float32))
    assert "facing" not in held(away, 1, 0) and "at_back" in held(away, 1, 0)
    beside = graph_of(desk, standing("chair", -1.2, 0, (0.5, 0.5, 0.75)), front=front)
    assert "at_left" in held(beside, 1, 0)  # of one who stands before the desk and looks at it
    unknown = graph_of(desk, chair)
    assert not held(unknown, 1, 0) & {"facing", "at_front", "at_back", "at_left", "at_right"}


def test_walls_corners_and_the_middle():
    rows = (
        *walls(),
        standing("bookshelf", 0, 2.75, (1.0, 0.3, 2.0)),
        standing("plant", 2.7, 2.7, (0.4, 0.4, 1.0)),
        standing("table", 0.1, 0, (1.0, 1.0, 0.75)),
        ("picture", (-2.93, 0.5, 1.5), (0.03, 0.6, 0.4)),
        ("tv", (1.5, -2.9, 1.5), (1.0, 0.1, 0.6)),
        ("mirror", (2.93, -1, 1.5), (0.03, 0.6, 0.9)),
        ("window", (-2.95, -1.5, 1.5), (0.1, 1.0, 1.0)),
    )
    graph = graph_of(*rows)
    assert room(graph, 5) == {"against_wall"}
    assert room(graph, 6) == {"against_wall", "in_corner"}
    assert room(graph, 7) == {"in_center"}
    assert room(graph, 8) == {"hanging"} and graph.support[8] == WALL
    assert room(graph, 9) == {"mounted"} and room(graph, 10) == {"affixed"}
    assert room(graph, 11) == set()  # a window is in the wall


def test_a_corner_is_between_its_walls():
    # A closet of two walls that meet in (0, 0) and go on along +x and +y: inside, round the corner, beside an end.
    closet = (("wall", (1.0, 0.0, 1.25), (2.0, 0.1, 2.5)), ("wall", (0.0, 1.0, 1.25), (0.1, 2.0, 2.5)))
    things = [
        standing("box", x, y, (0.3, 0.3, 0.4)) for x, y in ((0.25, 0.25), (-0.25, 0.25), (-0.25, -0.25), (0.25, -0.25))
    ]
    graph = graph_of(*closet, *things)
    assert [("in_corner" in room(graph, row)) for row in (2, 3, 4, 5)] == [True, False, False, False]
    assert all("against_wall" in room(graph, row) for row in (2, 3, 5))


def test_walls_nobody_labelled_are_believed_where_things_testify_to_them():
    door = ("door", (0, -2, 1), (0.9, 0.05, 2))
    shelf, bed = standing("bookshelf", -1.0, -1.8, (0.8, 0.3, 1.8)), standing("bed", 1.5, 1.0, (1, 2, 0.6))
    graph = graph_of(door, shelf, bed)
    assert "against_wall" in room(graph, 1)
    assert "against_wall" not in room(graph_of(standing("bookshelf", 0, 0), standing("bed", 3, 3, (1, 2, 0.6))), 0)


def test_structural_things_take_part_in_nothing():
    graph = graph_of(*walls(), TABLE)
    spoken = {edge.source for edge in graph.edges()} | {edge.target for edge in graph.edges() if not edge.to_room}
    assert spoken <= {5}
