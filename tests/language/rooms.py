"""A furnished room and helpers for the tests of language."""

from __future__ import annotations

import numpy as np
from tests.graph.boxes import standing, table

from sceneglot.graph import SceneGraph, build_graph
from sceneglot.scenes.objects import Objects


def office() -> Objects:
    """Two desks, three chairs and small things, all placed by hand."""
    rows = [
        standing("desk", -1.5, 2.4, (1.4, 0.7, 0.75)),  # 0
        standing("desk", 1.5, 2.4, (1.4, 0.7, 0.75)),  # 1
        standing("office chair", -1.5, 1.5, (0.5, 0.5, 0.9)),  # 2
        standing("office chair", 1.5, 1.5, (0.5, 0.5, 0.9)),  # 3
        standing("armchair", 2.4, -2.3, (0.8, 0.8, 0.9)),  # 4
        standing("monitor", -1.5, 2.5, (0.5, 0.2, 0.45), z=0.75),  # 5
        standing("lamp", 1.9, 2.5, (0.2, 0.2, 0.4), z=0.75),  # 6
        standing("books", 1.2, 2.4, (0.3, 0.2, 0.2), z=0.75),  # 7
        standing("trash can", 0.2, 2.5, (0.3, 0.3, 0.4)),  # 8
        standing("plant", -2.6, -2.6, (0.4, 0.4, 1.1)),  # 9
        standing("rug", 0, -0.2, (1.5, 1.5, 0.02)),  # 10
        ("picture", (-2.95, 0, 1.6), (0.03, 0.7, 0.5)),  # 11
        ("door", (0, -2.95, 1.0), (0.9, 0.08, 2.0)),  # 12
        standing("object", 2.5, 0, (0.3, 0.3, 0.3)),  # 13
    ]
    names = (
        "brown",
        "white",
        "black",
        "red",
        "green",
        "black",
        "yellow",
        "blue",
        "gray",
        "green",
        "red",
        "blue",
        "white",
        "",
    )
    front = np.full((len(rows), 3), np.nan, np.float32)
    front[[2, 3]] = (0, 1, 0)
    front[4] = (-1, 0, 0)
    return table(
        *rows,
        color=np.full((len(rows), 3), 90, np.uint8),
        color_name=names,
        material=("wood", "wood", *[""] * (len(rows) - 2)),
        shape=("rectangular", "L-shaped", *[""] * (len(rows) - 2)),
        front=front,
    )


def office_graph() -> SceneGraph:
    """The scene graph of `office`."""
    return build_graph(office(), scene_id="office-1", room_type="office")
