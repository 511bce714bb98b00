"""The vocabulary of the graph: which relations exist and what is known about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

Group = Literal["contact", "vertical", "horizontal", "multi", "extreme", "room", "front"]


@dataclass(frozen=True)
class Relation:
    """One relation: "source `name` target".

    Attributes:
        name: what edges and utterances call it.
        group: contact (in touch, vertical), vertical (no touch), horizontal, multi (several anchors), extreme
            (closest / farthest among its kind), room (target is a part of the room), front (by an object's own front).
        view_dependent: whether its truth depends on the viewer.
        inverse: name of the relation that holds the other way round, "" if none.
    """

    name: str
    group: Group
    view_dependent: bool = False
    inverse: str = ""


PAIR_RELATIONS: tuple[Relation, ...] = (
    Relation("on", "contact", inverse="supporting"),
    Relation("supporting", "contact", inverse="on"),
    Relation("embedded", "contact"),
    Relation("placed_in", "contact"),
    Relation("inside", "contact", inverse="containing"),
    Relation("containing", "contact", inverse="inside"),
    Relation("above", "vertical", inverse="below"),
    Relation("below", "vertical", inverse="above"),
    Relation("under", "vertical"),
    Relation("higher", "vertical", inverse="lower"),
    Relation("lower", "vertical", inverse="higher"),
    Relation("adjacent", "horizontal", inverse="adjacent"),
    Relation("next_to", "horizontal", inverse="next_to"),
    Relation("beside", "horizontal", inverse="beside"),
    Relation("close", "horizontal", inverse="close"),
    Relation("near_left", "horizontal", view_dependent=True),
    Relation("far_left", "horizontal", view_dependent=True),
    Relation("near_right", "horizontal", view_dependent=True),
    Relation("far_right", "horizontal", view_dependent=True),
    Relation("in_front", "horizontal", view_dependent=True),
    Relation("behind", "horizontal", view_dependent=True),
    Relation("facing", "front"),
    Relation("at_front", "front"),
    Relation("at_back", "front"),
    Relation("at_left", "front"),
    Relation("at_right", "front"),
    Relation("closest", "extreme"),
    Relation("farthest", "extreme"),
)
"""Relations between two objects, in the order of the pair matrices."""

ROOM_RELATIONS: tuple[Relation, ...] = (
    Relation("hanging", "vertical"),
    Relation("affixed", "vertical"),
    Relation("mounted", "vertical"),
    Relation("hanging_ceiling", "vertical"),
    Relation("against_wall", "room"),
    Relation("in_corner", "room"),
    Relation("in_center", "room"),
)
"""Relations between an object and the room, in the order of the room matrix."""

MULTI_RELATIONS: tuple[Relation, ...] = (Relation("between", "multi"), Relation("aligned", "multi"))
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
