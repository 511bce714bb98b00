"""build_graph on odd, empty, large and random tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from tests.graph.boxes import random_tables, standing, table

from sceneglot.graph import RELATIONS, build_graph
from sceneglot.graph.relations import PAIR_RELATIONS, ROOM_RELATIONS
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene, Source


def test_no_objects():
    graph = build_graph(Objects.empty(), scene_id="empty")
    assert len(graph) == 0 and list(graph.edges()) == [] and graph.between.shape == (0, 3) and graph.aligned == ()


def test_one_object():
    graph = build_graph(table(standing("chair", 1, 1)))
    assert len(graph) == 1 and not [e for e in graph.edges() if not e.to_room]


def test_only_structure():
    graph = build_graph(table(("wall", (0, 0, 1), (4, 0.1, 2)), ("floor", (0, 2, 0), (4, 4, 0.1))))
    assert list(graph.edges()) == []


def test_a_scene_and_its_object_map_give_the_same_graph():
    objects = table(standing("desk", 0, 0, (1, 1, 0.8)), standing("lamp", 0, 0, (0.2, 0.2, 0.4), z=0.8))
    rng = np.random.default_rng(0)
    scene = Scene(
        "room-1", rng.uniform(-3, 3, (50, 3)).astype(np.float32), np.zeros((50, 3), np.uint8), Source("test"),
        objects=objects, room_type="office",
    )  # fmt: skip
    with_points, without = build_graph(scene), build_graph(objects, scene_id="room-1", room_type="office")
    assert list(with_points.edges()) == list(without.edges()) and with_points.scene_id == "room-1"
    assert with_points.room_type == "office"


def test_ids_are_only_names():
    rows = [standing("desk", 0, 0, (1, 1, 0.8)), standing("lamp", 0, 0, (0.2, 0.2, 0.4), z=0.8), standing("bed", 3, 0)]
    plain, odd = build_graph(table(*rows)), build_graph(table(*rows, id=np.array([0, -7, 12], np.int32)))
    np.testing.assert_array_equal(plain.pairs.sure, odd.pairs.sure)
    assert {(e.source, e.target) for e in odd.edges() if e.relation == "on"} == {(-7, 0)}


def test_duplicated_boxes_do_not_support_each_other_in_a_circle():
    rows = [standing("box", 0, 0)] * 3
    graph = build_graph(table(*rows, parent=np.array([1, 2, 0], np.int32)))
    assert (graph.level <= 2).all()


def test_five_hundred_objects():
    rng = np.random.default_rng(1)
    rows = [standing("chair", x, y, (0.5, 0.5, 0.9)) for x, y in rng.uniform(-10, 10, (500, 2))]
    graph = build_graph(table(*rows))
    assert len(graph) == 500 and len(graph.source) > 500


@given(random_tables())
@settings(max_examples=30, deadline=None)
def test_columns_agree_with_the_margins(objects):
    graph = build_graph(objects)
    assert (graph.margin > 0).all()
    assert (graph.pairs.sure <= graph.pairs.maybe).all() and (graph.to_room.sure <= graph.to_room.maybe).all()
    for s, r, t, m in zip(graph.source, graph.relation, graph.target, graph.margin):
        if r < len(PAIR_RELATIONS):
            assert s != t and graph.pairs.sure[r, s, t] == m
        else:
            assert t < 0 and graph.to_room.sure[r - len(PAIR_RELATIONS), s] == m
            assert RELATIONS[r] in ROOM_RELATIONS


@given(random_tables())
@settings(max_examples=30, deadline=None)
def test_inverses_hold_both_ways(objects):
    graph = build_graph(objects)
    names = [r.name for r in PAIR_RELATIONS]
    for index, relation in enumerate(PAIR_RELATIONS):
        if relation.inverse and relation.name not in ("inside", "containing"):
            other = names.index(relation.inverse)
            assert ((graph.pairs.sure[index] > 0) == (graph.pairs.sure[other].T > 0)).all(), relation.name


@given(random_tables(least=2))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(objects):
    order = np.random.default_rng(len(objects)).permutation(len(objects))
    before, after = build_graph(objects), build_graph(objects.select(order))
    np.testing.assert_allclose(before.pairs.maybe[:, order][:, :, order], after.pairs.maybe, atol=1e-5)


def test_real_tables(real_data):
    import gzip
    import json

    path = real_data / "meta/scannet/scannet_objects_train.json.gz"
    if not path.exists():
        pytest.skip("the table of real objects is absent")
    scenes = json.loads(gzip.decompress(path.read_bytes()))
    for name in list(scenes)[:20]:
        rows = [(o["label"], o["center"], o["size"]) for o in scenes[name]]
        graph = build_graph(table(*rows, id=np.array([o["id"] for o in scenes[name]], np.int32)), scene_id=name)
        assert len(graph.source) > 10 and (graph.level < 6).all()
