"""Where things are around somebody who stands at a place and faces a direction: ahead, left, right, behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.relations import FAR_AWAY, NEVER
from sceneglot.language.clauses import AROUND_WORDS, Clause, Description
from sceneglot.language.facts import SceneFacts

TOO_CLOSE = 0.4
"""Metres: of things nearer than this nobody says on which side they are."""

MIDDLE_SLACK = 0.05
"""Metres by which "the middle of the room" may be missed."""


class _Sector(NamedTuple):
    """One of the four sides, in degrees from the heading, counter-clockwise positive.

    Attributes:
        middle: its middle.
        sure_center, sure_edge: the centre, and every corner, of a thing that is surely there lie within these.
        maybe: a thing of which any corner lies within this might be said to be there.
    """

    middle: float
    sure_center: float
    sure_edge: float
    maybe: float


SECTORS: dict[str, _Sector] = {
    "ahead": _Sector(0.0, 25.0, 50.0, 50.0),
    "to_left": _Sector(90.0, 32.0, 60.0, 50.0),
    "to_right": _Sector(-90.0, 32.0, 60.0, 50.0),
    "at_back": _Sector(180.0, 32.0, 60.0, 50.0),
}
"""Word of `AROUND_WORDS` -> its sector. The sure sectors leave gaps between them, the possible ones overlap."""


def angles(boxes: PairBoxes, position: np.ndarray) -> np.ndarray:
    """(K, 5) directions of box centres and of the four corners from a place, degrees counter-clockwise from +x."""
    x = np.stack([boxes.center[:, 0], boxes.low[:, 0], boxes.low[:, 0], boxes.high[:, 0], boxes.high[:, 0]], 1)
    y = np.stack([boxes.center[:, 1], boxes.low[:, 1], boxes.high[:, 1], boxes.low[:, 1], boxes.high[:, 1]], 1)
    return np.degrees(np.arctan2(y - position[1], x - position[0]))


def turned(angle: np.ndarray, by: np.ndarray | float) -> np.ndarray:
    """Angles as seen from another direction, degrees in (-180, 180], left positive."""
    return 180.0 - (180.0 - angle + by) % 360.0


def distances(boxes: PairBoxes, position: np.ndarray) -> np.ndarray:
    """(K,) horizontal distance from a place to each box, 0 within it, metres."""
    outside = np.maximum(np.maximum(boxes.low[:, :2] - position, position - boxes.high[:, :2]), 0.0)
    return np.hypot(outside[:, 0], outside[:, 1])


def sides(boxes: PairBoxes, position: np.ndarray, headings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which things are surely, and which possibly, on each side.

    Args:
        position: (2,) metres; headings: (A,) radians counter-clockwise from +x.

    Returns:
        Two (A, 4, K) boolean arrays, the second axis as in `AROUND_WORDS`.
    """
    clear = distances(boxes, position) > TOO_CLOSE
    middle, center, edge, maybe = (np.array(column)[:, None] for column in zip(*(SECTORS[w] for w in AROUND_WORDS)))
    off = np.abs(turned(angles(boxes, position), np.degrees(headings)[:, None, None, None] + middle[..., None]))
    off = off.reshape(len(headings), len(AROUND_WORDS), len(boxes), 5)
    nearest, widest = off.min(-1), off.max(-1)
    return clear & (off[..., 0] <= center) & (widest <= edge), ~clear | (nearest <= maybe)


def stands_in_the_middle(facts: SceneFacts) -> bool:
    """Whether the graph's viewer stands in the middle of the room, so that one may say so."""
    position = facts.graph.viewer.position
    return position is not None and bool(np.allclose(position, facts.graph.shell.center, atol=MIDDLE_SLACK))


def faced(facts: SceneFacts, anchors: list[Description]) -> Iterator[tuple[Description, float]]:
    """Things that a viewer in the middle of the room can face, with the heading, radians."""
    position = np.asarray(facts.graph.viewer.position)
    away = distances(facts.graph.boxes, position)
    for anchor in anchors:
        if anchor.is_unique and away[anchor.row] > TOO_CLOSE:
            x, y = facts.graph.boxes.center[anchor.row, :2] - position
            yield anchor, float(np.arctan2(y, x))


def around_clauses(facts: SceneFacts, anchors: list[Description]) -> Iterator[Clause]:
    """ "On your left when you face the desk from the middle of the room", for every thing that can be faced."""
    if not stands_in_the_middle(facts):
        return
    seen = list(faced(facts, anchors))
    if not seen:
        return
    headings = np.array([heading for _, heading in seen])
    sure, maybe = sides(facts.graph.boxes, np.asarray(facts.graph.viewer.position), headings)
    others = facts.spoken & ~np.array([anchor.maybe for anchor, _ in seen])
    some = (sure & others[:, None]).any(-1)
    yes, perhaps = margins(sure), margins(maybe)
    for at, which in zip(*np.nonzero(some)):
        yield Clause(AROUND_WORDS[which], (seen[at][0],), yes[at, which], perhaps[at, which])


def margins(holds: np.ndarray) -> np.ndarray:
    """Truth values as margins: clearly, or not at all."""
    return np.where(holds, FAR_AWAY, NEVER)
