"""build_graph: objects in, scene graph out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sceneglot.graph import relations_horizontal as horizontal
from sceneglot.graph import relations_multi as multi
from sceneglot.graph import relations_vertical as vertical
from sceneglot.graph.affordances import Affordances
from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.relations import (
    FLOOR,
    ID,
    NEVER,
    PAIR_RELATIONS,
    RELATIONS,
    ROOM_RELATIONS,
    ROOM_TARGET,
    WALL,
    Margins,
    only,
)
from sceneglot.graph.relations_room import room_relations
from sceneglot.graph.shell import Shell
from sceneglot.graph.support import choose_support, levels
from sceneglot.graph.thresholds import Thresholds
from sceneglot.graph.viewer import Viewer
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene

EXTREME_MAX = 6
"""closest / farthest are asserted among at most this many of a kind (Sr3D: more is too hard for people)."""


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
    t = thresholds or Thresholds()
    kinds = Affordances(objects.label)
    boxes = PairBoxes.of(objects)
    shell = Shell.of(objects, kinds)
    viewer = (viewer or Viewer()).at(shell.center)

    found, support = _contact(boxes, kinds, objects.parent, t)
    speakable = ~kinds["structural"]
    same_support = (support[:, None] == support[None]) & speakable[:, None] & speakable[None]
    np.fill_diagonal(same_support, False)
    found["above"] = vertical.above(boxes, found["on"], t)
    found["higher"] = vertical.higher(boxes, t)
    found |= horizontal.proximity(boxes, same_support, t)
    found |= horizontal.directions(boxes, same_support, viewer, t)
    found |= horizontal.by_front(boxes, objects.front, kinds["facer"], kinds["frontless"], same_support, t)
    found |= _extremes(boxes, objects.label, kinds, t)
    for relation in PAIR_RELATIONS:
        if relation.name not in found:
            found[relation.name] = _turned(found[relation.inverse])
    room = room_relations(boxes, kinds, shell, support >= 0, t)

    pairs = _stack([found[r.name] for r in PAIR_RELATIONS], speakable[:, None] & speakable[None])
    to_room = _stack([room[r.name] for r in ROOM_RELATIONS], speakable)
    columns = _edges(pairs, to_room)
    triples, triple_margin = multi.find_between(boxes, same_support, t)
    return SceneGraph(
        scene_id=scene_id,
        room_type=room_type,
        objects=objects,
        level=levels(support),
        support=_support_column(support, boxes, to_room, shell, t),
        source=columns[0],
        relation=columns[1],
        target=columns[2],
        margin=columns[3],
        between=triples,
        between_margin=triple_margin,
        aligned=multi.aligned(boxes, same_support, t),
        pairs=pairs,
        to_room=to_room,
        viewer=viewer,
        thresholds=t,
        shell=shell,
        boxes=boxes,
        affordances=kinds,
    )


def _contact(
    boxes: PairBoxes, kinds: Affordances, parent: np.ndarray, t: Thresholds
) -> tuple[dict[str, Margins], np.ndarray]:
    """Relations of touch, and the supporter of each row."""
    on = vertical.on(boxes, kinds, t)
    placed = vertical.placed_in(boxes, kinds, t)
    known_on, known_in = vertical.known_contact(boxes, kinds, parent, t)
    on = Margins(np.maximum(on.sure, known_on), on.maybe)
    placed = Margins(np.maximum(placed.sure, known_in), placed.maybe)
    embedded = vertical.embedded(boxes, kinds, t)
    inside = vertical.inside(boxes, kinds, t, placed)
    contact = np.maximum(np.maximum(on.sure, placed.sure), embedded.sure)
    free = kinds["structural"]
    contact = only(contact, ~(free[:, None] | free[None]))
    np.fill_diagonal(contact, NEVER)
    support = choose_support(contact, boxes.center[:, 2], parent)
    # One supporter each: a cup on a tray on a table is on the tray. What is built in or lies inside stays as measured.
    chosen = support[:, None] == np.arange(len(boxes))[None]
    on = Margins(only(on.sure, chosen & ((on.sure >= placed.sure) | (placed.sure <= 0))), on.maybe)
    container = _union(placed, embedded)
    return {
        "on": on,
        "embedded": embedded,
        "placed_in": placed,
        "inside": inside,
        "containing": _turned(container),
        "under": vertical.under(boxes, kinds, t),
    }, support


def _extremes(boxes: PairBoxes, labels: tuple[str, ...], kinds: Affordances, t: Thresholds) -> dict[str, Margins]:
    """closest / farthest among the objects of one label, to every object of another label."""
    k = len(boxes)
    result = {name: Margins(np.full((k, k), NEVER), np.full((k, k), -NEVER)) for name in ("closest", "farthest")}
    rows_of: dict[str, list[int]] = {}
    for row in np.flatnonzero(~kinds["structural"]):
        rows_of.setdefault(labels[row], []).append(int(row))
    for rows in rows_of.values():
        if not 2 <= len(rows) <= EXTREME_MAX:
            continue
        others = np.setdiff1d(np.arange(k), rows)
        if not len(others):
            continue
        cells = np.asarray(rows)[:, None], others[None]
        for name, margins in zip(("closest", "farthest"), multi.extreme(boxes, rows, others, t)):
            result[name].sure[cells], result[name].maybe[cells] = margins
    return result


def _stack(margins: list[Margins], allowed: np.ndarray) -> Margins:
    """Margins of many relations as two arrays; nothing is asserted of structural objects, or of a thing and itself."""
    sure = np.stack([m.sure for m in margins]).astype(np.float32)
    maybe = np.stack([m.maybe for m in margins]).astype(np.float32)
    sure = only(sure, allowed[None]).astype(np.float32)
    maybe = np.maximum(sure, maybe)
    if sure.ndim == 3:
        own = np.arange(sure.shape[1])
        sure[:, own, own] = maybe[:, own, own] = NEVER
    return Margins(sure, maybe)


def _edges(pairs: Margins, to_room: Margins) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    relation, source, target = np.nonzero(pairs.sure > 0)
    margin = pairs.sure[relation, source, target]
    unary, row = np.nonzero(to_room.sure > 0)
    parts = np.asarray([ROOM_TARGET[r.name] for r in ROOM_RELATIONS])
    return (
        np.concatenate([source, row]).astype(np.int32),
        np.concatenate([relation, unary + len(PAIR_RELATIONS)]).astype(np.int16),
        np.concatenate([target, parts[unary]]).astype(np.int32),
        np.concatenate([margin, to_room.sure[unary, row]]).astype(np.float32),
    )


def _support_column(support: np.ndarray, boxes: PairBoxes, to_room: Margins, shell: Shell, t: Thresholds) -> np.ndarray:
    hangs = [i for i, r in enumerate(ROOM_RELATIONS) if ROOM_TARGET[r.name] == WALL and r.group == "vertical"]
    on_wall = (to_room.sure[hangs] > 0).any(0)
    on_floor = boxes.low[:, 2] - shell.floor <= t.on_floor.sure
    loose = np.where(on_wall, WALL, np.where(on_floor, FLOOR, -1))
    return np.where(support >= 0, support, loose).astype(np.int32)


def _union(a: Margins, b: Margins) -> Margins:
    return Margins(np.maximum(a.sure, b.sure), np.maximum(a.maybe, b.maybe))


def _turned(m: Margins) -> Margins:
    return Margins(m.sure.T, m.maybe.T)
