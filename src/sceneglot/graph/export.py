"""Scene graphs for other programs: JSON with everything, GraphML for graph tools, counts by relation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import numpy as np

from sceneglot.graph.build import SceneGraph
from sceneglot.graph.relations import CEILING, FLOOR, ID, RELATIONS, ROOM, WALL
from sceneglot.scenes.objects import Objects

FORMAT, VERSION = "sceneglot-graph", 1

PARTS: dict[int, str] = {WALL: "wall", CEILING: "ceiling", ROOM: "room", FLOOR: "floor"}
"""Parts of the room by the negative numbers that stand for them in the columns of a graph."""

ATTRIBUTES = ("color_name", "shape", "material", "state")
"""Columns of `Objects` with words for what an object is like."""

DECIMALS = 4
"""Lengths are written to a tenth of a millimetre."""


def graph_json(graph: SceneGraph) -> dict[str, Any]:
    """The whole graph as plain JSON values; objects are named by their ids, parts of the room by words.

    Keys: format, version, scene, room_type, viewer, thresholds (metres, see `Thresholds`), objects (id, label, center,
    size, level, support, front, attributes: those that are known), relations
    (source, relation, group, frame, target, margin), between (middle, anchors,
    margin) and aligned (lists of ids). Numbers that are unknown are null.
    """
    ids = graph.objects.id.tolist()
    return {
        "format": FORMAT,
        "version": VERSION,
        "scene": graph.scene_id,
        "room_type": graph.room_type,
        "viewer": {"position": graph.viewer.position, "direction": graph.viewer.direction},
        "thresholds": asdict(graph.thresholds),
        "objects": [_object(graph, row) for row in range(len(graph))],
        "relations": [_relation(graph, edge) for edge in range(len(graph.source))],
        "between": [
            {"middle": ids[m], "anchors": [ids[a], ids[b]], "margin": round(float(margin), DECIMALS)}
            for (m, a, b), margin in zip(graph.between, graph.between_margin)
        ],
        "aligned": [[ids[row] for row in rows] for rows in graph.aligned],
    }


def graph_graphml(graph: SceneGraph) -> str:
    """The graph as GraphML, a directed multigraph that networkx, Gephi and yEd read.

    Objects are the nodes `o<id>`, parts of the room the nodes `wall`, `ceiling` and `room` where they are used. GraphML
    has no edges of three ends that tools agree on: "between" is two edges from the middle, each naming the other anchor
    in `with`; "aligned" joins neighbours of a row.
    """
    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for name, owner, kind in KEYS:
        ElementTree.SubElement(root, "key", {"id": name, "for": owner, "attr.name": name, "attr.type": kind})
    body = ElementTree.SubElement(root, "graph", id=graph.scene_id or "scene", edgedefault="directed")
    used: set[int] = set()
    edges = list(_all_edges(graph))
    for row in range(len(graph)):
        record = _object(graph, row)
        size, center = record["size"], record["center"]
        values = {"label": _plain(record["label"]), "level": record["level"]}
        values |= dict(zip(("x", "y", "z", "width", "depth", "height"), (*center, *size)))
        values |= {name: _plain(word) for name, word in record["attributes"].items()}
        _element(body, "node", {"id": f"o{record['id']}"}, values)
    for _, _, target, _, _ in edges:
        if target < 0 and target not in used:
            used.add(target)
            _element(body, "node", {"id": PARTS[target]}, {"label": PARTS[target]})
    name = [f"o{number}" for number in graph.objects.id.tolist()]
    for number, (source, relation, target, margin, other) in enumerate(edges):
        ends = {"id": f"e{number}", "source": name[source], "target": PARTS[target] if target < 0 else name[target]}
        values = {"relation": relation, "group": RELATIONS[ID[relation]].group, "frame": RELATIONS[ID[relation]].frame}
        values |= {"margin": margin} if margin is not None else {}
        values |= {"with": name[other]} if other >= 0 else {}
        _element(body, "edge", ends, values)
    ElementTree.indent(root)
    text = BytesIO()
    ElementTree.ElementTree(root).write(text, encoding="utf-8", xml_declaration=True)
    return text.getvalue().decode() + "\n"


def count_relations(graph: SceneGraph) -> Counter[str]:
    """How many edges of each relation hold; triples for "between", rows of things for "aligned"."""
    names, counts = np.unique(graph.relation, return_counts=True)
    result = Counter({RELATIONS[r].name: int(n) for r, n in zip(names, counts)})
    result["between"] += len(graph.between)
    result["aligned"] += len(graph.aligned)
    return +result


KEYS = (
    ("label", "node", "string"), ("level", "node", "int"), ("x", "node", "double"), ("y", "node", "double"),
    ("z", "node", "double"), ("width", "node", "double"), ("depth", "node", "double"), ("height", "node", "double"),
    *((name, "node", "string") for name in ATTRIBUTES),
    ("relation", "edge", "string"), ("group", "edge", "string"), ("frame", "edge", "string"),
    ("margin", "edge", "double"), ("with", "edge", "string"),
)  # fmt: skip
"""Attributes of GraphML nodes and edges: name, owner, type. x, y, z is the centre; width, depth, height its box."""


def _object(graph: SceneGraph, row: int) -> dict[str, Any]:
    objects: Objects = graph.objects
    support = int(graph.support[row])
    front = objects.front[row]
    return {
        "id": int(objects.id[row]),
        "label": objects.label[row],
        "center": _rounded(objects.center[row]),
        "size": _rounded(objects.size[row]),
        "level": int(graph.level[row]),
        "support": int(objects.id[support]) if support >= 0 else PARTS.get(support),
        "front": _rounded(front) if np.isfinite(front).all() else None,
        "attributes": {name: word for name in ATTRIBUTES if (word := getattr(objects, name)[row])},
    }


def _relation(graph: SceneGraph, edge: int) -> dict[str, Any]:
    relation, target = RELATIONS[graph.relation[edge]], int(graph.target[edge])
    return {
        "source": int(graph.objects.id[graph.source[edge]]),
        "relation": relation.name,
        "group": relation.group,
        "frame": relation.frame,
        "target": PARTS[target] if target < 0 else int(graph.objects.id[target]),
        "margin": round(float(graph.margin[edge]), DECIMALS),
    }


def _all_edges(graph: SceneGraph) -> Iterator[tuple[int, str, int, float | None, int]]:
    """(source row, relation, target row or part, margin, row of the other anchor or -1), triples and rows unfolded."""
    for s, r, t, m in zip(graph.source, graph.relation, graph.target, graph.margin):
        yield int(s), RELATIONS[r].name, int(t), round(float(m), DECIMALS), -1
    for (middle, a, b), margin in zip(graph.between.tolist(), graph.between_margin):
        yield middle, "between", a, round(float(margin), DECIMALS), b
        yield middle, "between", b, round(float(margin), DECIMALS), a
    for rows in graph.aligned:
        spread = graph.boxes.center[rows, :2]
        along = rows[np.argsort(spread[:, np.ptp(spread, axis=0).argmax()], kind="stable")]
        for first, second in zip(along[:-1].tolist(), along[1:].tolist()):
            yield first, "aligned", second, None, -1


def _element(parent: ElementTree.Element, tag: str, attributes: dict[str, str], values: dict[str, Any]) -> None:
    element = ElementTree.SubElement(parent, tag, attributes)
    for key, value in values.items():
        ElementTree.SubElement(element, "data", key=key).text = str(value)


def _plain(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]
