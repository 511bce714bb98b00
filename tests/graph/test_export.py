"""Graphs as files."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from tests.graph.boxes import random_tables, standing, table

from sceneglot.graph import Viewer, build_graph
from sceneglot.graph.export import count_relations, graph_graphml, graph_json
from sceneglot.scenes.objects import Objects

networkx = pytest.importorskip("networkx")


def room():
    rows = [
        standing("desk", 0, 0, (1.2, 0.8, 0.75)),
        standing("lamp", 0.2, 0, (0.2, 0.2, 0.4), z=0.75),
        standing("chair", 1.5, 0, (0.5, 0.5, 0.9)),
        standing("chair", 2.5, 0, (0.5, 0.5, 0.9)),
    ]
    fronts = np.full((4, 3), np.nan, np.float32)
    fronts[2] = (-1, 0, 0)
    ids = np.array([0, -7, 3, 4], np.int32)
    return build_graph(table(*rows, id=ids, front=fronts), scene_id="office", viewer=Viewer(direction=(0, 1)))


def test_json_names_objects_by_their_ids():
    value = graph_json(room())
    assert json.loads(json.dumps(value, allow_nan=False))["scene"] == "office"
    lamp = next(o for o in value["objects"] if o["id"] == -7)
    assert (lamp["level"], lamp["support"], lamp["front"]) == (1, 0, None)
    assert value["objects"][2]["front"] == [-1.0, 0.0, 0.0] and value["objects"][2]["support"] == "floor"
    assert {"source": -7, "relation": "on", "target": 0} in [
        {key: r[key] for key in ("source", "relation", "target")} for r in value["relations"]
    ]
    assert value["between"][0]["middle"] == 3 and value["between"][0]["anchors"] == [0, 4]
    assert [3, 4] in value["aligned"] and value["viewer"] == {"position": None, "direction": (0.0, 1.0)}
    assert value["thresholds"]["contact"] == (0.15, 0.25)


def test_known_attributes_are_exported():
    rows = standing("door", 0, 0), standing("door", 2, 0)
    graph = build_graph(table(*rows, state=("open", ""), material=("wood", "wood")))
    assert [o["attributes"] for o in graph_json(graph)["objects"]] == [
        {"material": "wood", "state": "open"},
        {"material": "wood"},
    ]
    read = networkx.parse_graphml(graph_graphml(graph))
    assert read.nodes["o0"]["state"] == "open" and "state" not in read.nodes["o1"]


def test_relations_name_their_frame():
    frames = {r["relation"]: r["frame"] for r in graph_json(room())["relations"]}
    assert frames["near_right"] == "viewer" and frames["facing"] == "source" and frames["on"] == "none"
    assert frames["at_back"] == "target"


def test_graphml_is_read_by_graph_tools():
    graph = room()
    read = networkx.parse_graphml(graph_graphml(graph))
    assert isinstance(read, networkx.MultiDiGraph)
    assert read.nodes["o-7"]["label"] == "lamp" and read.nodes["o-7"]["level"] == 1
    assert read.nodes["o0"]["width"] == pytest.approx(1.2)
    assert "on" in {edge["relation"] for edge in read["o-7"]["o0"].values()}
    assert [e["with"] for e in read["o3"]["o4"].values() if e["relation"] == "between"] == ["o0"]


@given(random_tables())
@settings(max_examples=15, deadline=None)
def test_nothing_is_lost(objects):
    graph = build_graph(objects)
    counts, value = count_relations(graph), graph_json(graph)
    json.dumps(value, allow_nan=False)
    assert counts.total() == len(value["relations"]) + len(value["between"]) + len(value["aligned"])
    read = networkx.parse_graphml(graph_graphml(graph))
    links = sum(len(rows) - 1 for rows in graph.aligned)
    assert read.number_of_edges() == len(graph.source) + 2 * len(graph.between) + links


def test_odd_labels_and_no_objects():
    odd = graph_graphml(build_graph(table(standing("a <b> & \x07 \u5e8a", 0, 0)), scene_id="odd"))
    assert networkx.parse_graphml(odd).nodes["o0"]["label"] == "a <b> &  \u5e8a"
    empty = build_graph(Objects.empty(), scene_id="empty")
    assert graph_json(empty)["objects"] == [] and count_relations(empty) == {}
    assert networkx.parse_graphml(graph_graphml(empty)).number_of_nodes() == 0
