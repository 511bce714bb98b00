"""A naive scene graph, pair by pair in plain Python: the yardstick of `build_graphs.py`.

Written for this benchmark from the rules that SceneVerse publishes (support, hanging things, clock directions, corners
in one another's footprint, alignment, middle of two), in the way such code is commonly written: dictionaries, loops
over all pairs, a few numpy calls on three numbers each. It is **not** the released code and nothing in the library uses
it; its speed stands for that way of building graphs. It knows fewer relations than the library's graph.
"""

from __future__ import annotations

import math

import numpy as np

from sceneglot.scenes.objects import Objects

STRUCTURE = ("wall", "ceiling", "door", "doorframe", "object")
STANDING = ("floor", "table", "chair", "desk", "bottle")

Edge = tuple[int, int, str]


def naive_graph(objects: Objects) -> list[Edge]:
    """Edges (source id, target id or -2 for the wall, relation) of one table of boxes."""
    nodes = [
        {"id": int(i), "label": label, "center": c.astype(float), "size": s.astype(float)}
        for i, label, c, s in zip(objects.id, objects.label, objects.center, objects.size)
        if not any(word in label for word in STRUCTURE) and s.min() > 0
    ]
    parent, edges = _supports(nodes)
    edges += _hanging(nodes, parent)
    clock: dict[int, list[tuple[int, int, bool]]] = {}
    for i, a in enumerate(nodes):
        for b in nodes[:i]:
            if parent.get(a["id"], -3) == parent.get(b["id"], -3):
                edges += _beside(a, b, clock)
    edges += _middle(clock)
    edges += _aligned(nodes)
    return edges


def _footprint(node: dict) -> list[np.ndarray]:
    half = node["size"][:2] / 2
    return [node["center"][:2] + half * np.array(sign) for sign in ((-1, -1), (-1, 1), (1, 1), (1, -1))]


def _within(point: np.ndarray, node: dict) -> bool:
    return bool(np.all(np.abs(point[:2] - node["center"][:2]) < node["size"][:2] / 2))


def _supports(nodes: list[dict]) -> tuple[dict[int, int], list[Edge]]:
    parent: dict[int, int] = {}
    edges: list[Edge] = []
    for node in nodes:
        best = None
        for other in nodes:
            if other is node or np.prod(other["size"][:2]) <= np.prod(node["size"][:2]):
                continue
            if not _within(node["center"], other):
                continue
            bottom, top = node["center"][2] - node["size"][2] / 2, other["center"][2] + other["size"][2] / 2
            if bottom < other["center"][2] - other["size"][2] / 2 or bottom - top > 0.2 * node["size"][2]:
                continue
            depth = abs(bottom - top) / node["size"][2]
            relation = "support" if depth < 0.8 else "embedded" if depth < 0.95 else "inside"
            edges.append((node["id"], other["id"], relation))
            if best is None or other["center"][2] > best["center"][2]:
                best = other
        if best is not None:
            parent[node["id"]] = best["id"]
    return parent, edges


def _hanging(nodes: list[dict], parent: dict[int, int]) -> list[Edge]:
    height = max((n["center"][2] + n["size"][2] / 2 for n in nodes), default=0.0)
    edges: list[Edge] = []
    for node in nodes:
        if node["id"] in parent or any(word in node["label"] for word in STANDING):
            continue
        edges.append((node["id"], -2, "hanging"))
        for other in nodes:
            apart = float(np.linalg.norm(node["center"][:2] - other["center"][:2]))
            over = node["center"][2] - node["size"][2] / 2 > other["center"][2] + other["size"][2] / 2
            in_range = other is not node and apart < 0.85 * height and over
            if in_range and (_within(node["center"], other) or _within(other["center"], node)):
                edges += [(node["id"], other["id"], "above"), (other["id"], node["id"], "below")]
    return edges


def _beside(a: dict, b: dict, clock: dict[int, list[tuple[int, int, bool]]]) -> list[Edge]:
    """Nearness or a direction of the clock between two siblings."""
    corners = sum(_within(corner, a) for corner in _footprint(b))
    if corners >= 3:
        return [(a["id"], b["id"], "under"), (b["id"], a["id"], "under")]
    if corners:
        return [(a["id"], b["id"], "next to"), (b["id"], a["id"], "next to")]
    delta = b["center"][:2] - a["center"][:2]
    hour = (3 - round(math.degrees(math.atan2(-delta[1], -delta[0])) / 30)) % 12 or 12
    reach = 1.5 * (np.linalg.norm(a["size"][:2]) + np.linalg.norm(b["size"][:2])) / 2
    near = bool(np.linalg.norm(delta) <= reach)
    clock.setdefault(a["id"], []).append((hour, b["id"], near))
    words = {2: "left", 3: "left", 4: "left", 5: "front", 6: "front", 7: "front", 8: "right", 9: "right", 10: "right"}
    edge = (b["id"], a["id"], f"{hour} o'clock {'near' if near else 'far'}")
    return [edge, (a["id"], b["id"], words.get(hour, "behind"))]


def _middle(clock: dict[int, list[tuple[int, int, bool]]]) -> list[Edge]:
    edges: list[Edge] = []
    for middle, around in clock.items():
        for hour, first, near in around:
            for other, second, near_too in around:
                if near and near_too and other - hour == 6:
                    edges += [(middle, first, "middle"), (middle, second, "middle")]
    return edges


def _aligned(nodes: list[dict]) -> list[Edge]:
    edges: list[Edge] = []
    for i, a in enumerate(nodes):
        for b in nodes[:i]:
            same_area = abs(np.prod(a["size"][:2]) - np.prod(b["size"][:2])) <= 0.065
            same_height = abs(a["center"][2] - b["center"][2]) <= 0.065
            if same_area and same_height and (np.abs(a["center"][:2] - b["center"][:2]) < 0.065).any():
                edges.append((a["id"], b["id"], "aligned"))
    return edges
