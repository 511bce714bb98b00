"""Resolving a relation among candidates, and agreement with Sr3D's annotators where its rows are at hand."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from tests.graph.boxes import standing, table

from sceneglot.graph import build_graph, candidate_margins, pick
from sceneglot.graph.relations import Margins


def chosen(graph, relations, candidates, anchors):
    return pick(candidate_margins(graph, relations, candidates, anchors))


def test_the_lamp_on_the_desk():
    desk, lamp = standing("desk", 0, 0, (1.2, 0.8, 0.75)), standing("lamp", 0, 0, (0.2, 0.2, 0.4), z=0.75)
    graph = build_graph(table(desk, standing("lamp", 2, 0, (0.2, 0.2, 0.4)), lamp))
    assert chosen(graph, ("on",), (1, 2), (0,)) == 1
    assert chosen(graph, ("supporting", "containing"), (0, 1), (2,)) == 0


def test_the_chair_between_the_doors_at_the_ends_of_a_hall():
    doors = [standing("door", x, 0, (0.1, 1.0, 2.0)) for x in (-6, 6)]
    graph = build_graph(table(*doors, standing("chair", 0, 2), standing("chair", 1, 0.1)))
    assert chosen(graph, ("between",), (2, 3), (0, 1)) == 1


def test_the_closest_and_the_farthest_of_many():
    bins = [standing("bin", x, 0, (0.3, 0.3, 0.4)) for x in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)]
    graph = build_graph(table(standing("door", 0, 0, (0.1, 1, 2)), *bins))
    assert chosen(graph, ("closest",), range(1, 8), (0,)) == 0
    assert chosen(graph, ("farthest",), range(1, 8), (0,)) == 6


@pytest.mark.parametrize(("front", "relation"), [((0, -1), "at_left"), ((0, 1), "at_right"), ((-1, 0), "at_front")])
def test_sides_of_a_couch(front, relation):
    fronts = np.full((3, 3), np.nan, np.float32)
    fronts[0] = (*front, 0)
    couch = standing("couch", 0, 0, (1.0, 1.0, 0.9))
    plants = [standing("plant", x, 0, (0.3, 0.3, 1.0)) for x in (-2.0, 2.0)]
    assert chosen(build_graph(table(couch, *plants, front=fronts)), (relation,), (1, 2), (0,)) == 0


def test_tables_have_no_front_to_speak_of():
    fronts = np.array([[0, -1, 0], [np.nan] * 3], np.float32)
    graph = build_graph(table(standing("coffee table", 0, 0), standing("plant", 0, -1.5), front=fronts))
    margins = candidate_margins(graph, ("at_front",), (1,), (0,))
    assert margins.sure[0] < 0 < margins.maybe[0]


def test_ties_are_not_decided_by_order():
    assert pick(Margins(np.array([0.2, 0.2]), np.array([0.3, 0.3]))) is None
    assert pick(Margins(np.array([-9.0, -9.0]), np.array([0.3, 0.1]))) == 0
    assert pick(Margins(np.array([0.1, 0.2]), np.array([0.9, 0.2]))) == 1


def test_one_candidate_and_none():
    graph = build_graph(table(standing("door", 0, 0, (0.1, 1, 2)), standing("bin", 1, 0), standing("bin", 3, 0)))
    for relation in ("closest", "farthest"):
        assert chosen(graph, (relation,), (1,), (0,)) == 0  # the only one is both
        assert chosen(graph, (relation,), (), (0,)) is None
    assert chosen(graph, ("above",), (), (0,)) is None
    assert chosen(graph, ("between",), (), (0, 1)) is None


def test_agreement_with_the_annotators_of_sr3d(real_data, monkeypatch):
    if not list((real_data / "language/referit3d").glob("sr3d*.csv")):
        pytest.skip("rows of Sr3D are absent")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    module = importlib.import_module("sr3d_agreement")
    tallies, unknown = module.agreement(real_data)
    assert unknown == 0
    for kind, tally in tallies.items():
        assert tally.picked >= module.CLAIM * tally.rows, kind
