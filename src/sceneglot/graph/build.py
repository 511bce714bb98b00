"""build_graph: objects in, scene graph out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sceneglot.graph.affordances import Affordances
from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.kernels.common import asserted
from sceneglot.graph.kernels.vertical import levels
from sceneglot.graph.pairs import EXTREME_MAX, pair_margins
from sceneglot.graph.relations import (
    FLOOR,
    ID,
    PAIR_RELATIONS,
    RELATIONS,
    ROOM_RELATIONS,
    ROOM_TARGET,
    WALL,
    Margins,
)
from sceneglot.graph.relations_multi import aligned, find_between
from sceneglot.graph.relations_room import room_relations
from sceneglot.graph.relations_vertical import sprawling
from sceneglot.graph.shell import Shell
from sceneglot.graph.thresholds import DEFAULTS, Thresholds
from sceneglot.graph.viewer import Viewer
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene

__all__ = ["EXTREME_MAX", "Edge", "SceneGraph", "build_graph"]

ROOM_PARTS = np.array([ROOM_TARGET[relation.name] for relation in ROOM_RELATIONS], np.int32)
"""Target of each of the `ROOM_RELATIONS` in the edge columns."""

ON_WALL = [i for i, r in enumerate(ROOM_RELATIONS) if ROOM_TARGET[r.name] == WALL and r.group == "vertical"]
"""Which of the `ROOM_RELATIONS` hold an object up."""


@dataclass(frozen=True)
class Edge:
    """One edge, for reading: object ids; where `to_room`, target is WALL, CEILING or ROOM instead of an id."""

    source: int
    relation: str
    target: int
    margin: float
    to_room: bool


@dataclass(frozen=True, eq=False)
class SceneGraph:
    """Objects and the relations that hold between them. Rows are rows of `objects`; margins are metres, > 0.

    Attributes:
        level: (K,) int32 level of the support hierarchy: 0 on the floor or a wall, 1 on something of level 0, ...
        support: (K,) int32 row of the supporter, or FLOOR (-5), WALL (-2), or -1 where unknown.
        source, relation, target, margin: (E,) edge columns: int32 row, int16 id into `RELATIONS`, int32 row or part of
            the room (WALL, CEILING, ROOM; only for relations of `ROOM_RELATIONS`), float32 metres.
        between: (B, 3) int64 rows (middle, first, second); between_margin: (B,) float64.
        aligned: groups of rows in a line.
        pairs: sure and maybe margins of all `PAIR_RELATIONS`, each (R, K, K) float32.
        to_room: sure and maybe margins of all `ROOM_RELATIONS`, each (U, K) float32.
        sprawling: (K,) things whose box may be mostly empty, see `Thresholds.sprawl`.
        viewer: the one viewer of all view-dependent relations, with its place.
        shell: floor, walls and extent of the room; boxes: the measurements; affordances: label classes.
    """

    scene_id: str
    room_type: str
    objects: Objects
    level: np.ndarray
    support: np.ndarray
    source: np.ndarray
    relation: np.ndarray
    target: np.ndarray
    margin: np.ndarray
    between: np.ndarray
    between_margin: np.ndarray
    aligned: tuple[np.ndarray, ...]
    pairs: Margins
    to_room: Margins
    sprawling: np.ndarray
    viewer: Viewer
    thresholds: Thresholds
    shell: Shell
    boxes: PairBoxes
    affordances: Affordances

    def __len__(self) -> int:
        return len(self.objects)

    def edges(self) -> Iterator[Edge]:
        """All edges with ids and names, in column order."""
        ids = self.objects.id
        for s, r, t, m in zip(self.source, self.relation, self.target, self.margin):
            to_room = t < 0
            yield Edge(int(ids[s]), RELATIONS[r].name, int(t) if to_room else int(ids[t]), float(m), bool(to_room))

    def holds(self, relation: str, source: int, target: int) -> bool:
        """Whether `source relation target` is asserted; source and target are **rows**."""
        return bool(self.pairs.sure[ID[relation], source, target] > 0)


def build_graph(
    scene: Scene | Objects,
    *,
    scene_id: str = "",
    room_type: str = "",
    thresholds: Thresholds | None = None,
    viewer: Viewer | None = None,
) -> SceneGraph:
    """Scene graph of a scene or a bare table of labelled boxes. Points are not used: both give the same graph.

    Any number of objects (none, one, hundreds), any ids, with or without floor and walls, duplicated boxes.

    Args:
        scene: a scene, or its objects alone (then name it with `scene_id` and `room_type`).
        thresholds: see `Thresholds`.
        viewer: who says left and right; the default stands in the middle of the room and faces each anchor.
    """
    if isinstance(scene, Scene):
        objects, scene_id, room_type = scene.objects, scene_id or scene.id, room_type or scene.room_type
    else:
        objects = scene
    t = thresholds or DEFAULTS
    kinds = Affordances(objects.label)
    boxes = PairBoxes.of(objects)
    shell = Shell.of(objects, kinds, t)
    viewer = (viewer or Viewer()).at(shell.center)
    spoken = ~kinds["structural"]

    pairs, support = pair_margins(boxes, kinds, objects, viewer, t)
    to_room = room_relations(boxes, kinds, shell, support >= 0, t)
    source, relation, target, margin = asserted(pairs.sure, to_room.sure, len(PAIR_RELATIONS), ROOM_PARTS)
    hollow = sprawling(boxes, kinds, t)
    triples, triple_margin = find_between(boxes, support, spoken & ~hollow, t)
    return SceneGraph(
        scene_id=scene_id,
        room_type=room_type,
        objects=objects,
        level=levels(support),
        support=_support_column(support, boxes, to_room, shell, t),
        source=source,
        relation=relation,
        target=target,
        margin=margin,
        between=triples,
        between_margin=triple_margin,
        aligned=aligned(boxes, support, spoken, t),
        pairs=pairs,
        to_room=to_room,
        sprawling=hollow,
        viewer=viewer,
        thresholds=t,
        shell=shell,
        boxes=boxes,
        affordances=kinds,
    )


def _support_column(support: np.ndarray, boxes: PairBoxes, to_room: Margins, shell: Shell, t: Thresholds) -> np.ndarray:
    on_wall = (to_room.sure[ON_WALL] > 0).any(0)
    on_floor = boxes.low[:, 2] - shell.floor <= t.on_floor.sure
    loose = np.where(on_wall, WALL, np.where(on_floor, FLOOR, -1))
    return np.where(support >= 0, support, loose).astype(np.int32)
