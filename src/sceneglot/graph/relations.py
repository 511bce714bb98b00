"""The vocabulary of the graph: which relations exist and what is known about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

Group = Literal["contact", "vertical", "horizontal", "multi", "extreme", "room", "front"]
Frame = Literal["none", "viewer", "source", "target"]


@dataclass(frozen=True)
class Relation:
    """One relation: "source `name` target".

    Attributes:
        name: what edges and utterances call it.
        group: contact (in touch, vertical), vertical (no touch), horizontal, multi (several anchors), extreme
            (closest / farthest among its kind), room (target is a part of the room), front (by an object's own front).
        frame: whose frame decides: the graph's viewer, the front of the source, the front of the target, or nobody's.
        inverse: name of the relation that holds the other way round, "" if none.
        paper: the relation of the SceneVerse paper (section 3.2, 21 words in 4 groups) that it stands for, "" if it is
            one more than those; near and far left are the two degrees of one word.
    """

    name: str
    group: Group
    frame: Frame = "none"
    inverse: str = ""
    paper: str = ""

    @property
    def view_dependent(self) -> bool:
        """Whether its truth depends on the viewer."""
        return self.frame == "viewer"


PAIR_RELATIONS: tuple[Relation, ...] = (
    Relation("on", "contact", inverse="supporting", paper="supported by"),
    Relation("supporting", "contact", inverse="on"),
    Relation("embedded", "contact", paper="embedded into"),
    Relation("placed_in", "contact", paper="placed in"),
    Relation("inside", "contact", inverse="containing", paper="inside"),
    Relation("containing", "contact", inverse="inside"),
    Relation("above", "vertical", inverse="below", paper="above"),
    Relation("below", "vertical", inverse="above", paper="below"),
    Relation("under", "vertical"),
    Relation("higher", "vertical", inverse="lower", paper="higher than"),
    Relation("lower", "vertical", inverse="higher", paper="lower than"),
    Relation("adjacent", "horizontal", inverse="adjacent", paper="adjacent to"),
    Relation("next_to", "horizontal", inverse="next_to", paper="next to"),
    Relation("beside", "horizontal", inverse="beside", paper="beside"),
    Relation("close", "horizontal", inverse="close", paper="close to"),
    Relation("near_left", "horizontal", frame="viewer", paper="left of"),
    Relation("far_left", "horizontal", frame="viewer", paper="left of"),
    Relation("near_right", "horizontal", frame="viewer", paper="right of"),
    Relation("far_right", "horizontal", frame="viewer", paper="right of"),
    Relation("in_front", "horizontal", frame="viewer", paper="in front of"),
    Relation("behind", "horizontal", frame="viewer", paper="behind"),
    Relation("facing", "front", frame="source"),
    Relation("at_front", "front", frame="target"),
    Relation("at_back", "front", frame="target"),
    Relation("at_left", "front", frame="target"),
    Relation("at_right", "front", frame="target"),
    Relation("closest", "extreme"),
    Relation("farthest", "extreme"),
)
"""Relations between two objects, in the order of the pair matrices."""

ROOM_RELATIONS: tuple[Relation, ...] = (
    Relation("hanging", "vertical", paper="hanging on"),
    Relation("affixed", "vertical", paper="affixed on"),
    Relation("mounted", "vertical", paper="mounted on"),
    Relation("hanging_ceiling", "vertical"),
    Relation("against_wall", "room"),
    Relation("in_corner", "room"),
    Relation("in_center", "room"),
)
"""Relations between an object and the room, in the order of the room matrix."""

MULTI_RELATIONS: tuple[Relation, ...] = (
    Relation("between", "multi", paper="between"),
    Relation("aligned", "multi", paper="aligned"),
)
"""Relations with several anchors; the graph keeps them in columns of their own."""

RELATIONS: tuple[Relation, ...] = PAIR_RELATIONS + ROOM_RELATIONS + MULTI_RELATIONS
"""All relations; an edge's relation id is the index here."""

ID: dict[str, int] = {relation.name: index for index, relation in enumerate(RELATIONS)}
"""Relation name -> id."""

WALL, CEILING, ROOM, FLOOR = -2, -3, -4, -5
"""Values of an edge's target column (and of `SceneGraph.support`) that are parts of the room instead of rows."""

ROOM_TARGET: dict[str, int] = {
    "hanging": WALL,
    "affixed": WALL,
    "mounted": WALL,
    "hanging_ceiling": CEILING,
    "against_wall": WALL,
    "in_corner": ROOM,
    "in_center": ROOM,
}
"""Which part of the room each room relation speaks of."""

NEVER = -9.0
"""Margin of a relation that is ruled out for reasons without a length (labels, siblings), metres."""


FAR_AWAY = 1e3
"""Stands in for "no limit" and "unknown" in margins, metres."""


class Margins(NamedTuple):
    """How clearly a relation holds, metres, for every pair (K, K) or every object (K,).

    sure > 0: it holds and may be asserted. maybe < 0: it does not hold and may be denied. Between the two lies the
    grey zone in which people disagree. sure <= maybe everywhere.
    """

    sure: np.ndarray
    maybe: np.ndarray


def both(*terms: np.ndarray) -> np.ndarray:
    """Margin of a conjunction: the smallest margin."""
    result = terms[0]
    for term in terms[1:]:
        result = np.minimum(result, term)
    return result


def only(margin: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """`margin` where `allowed`, else at most `NEVER`."""
    return np.where(allowed, margin, np.minimum(margin, NEVER))
