"""Situations: places in a room where somebody may stand or sit, with a direction to face, in words."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sceneglot.language.around import distances
from sceneglot.language.clauses import VIEW_WORDS
from sceneglot.language.families.asker import Asker, is_plural
from sceneglot.language.predicates import Reference
from sceneglot.language.realize import Template, pick
from sceneglot.language.situated_check import Stance

T = TypeVar("T")

STEP_AWAY = 0.4
"""Metres from a thing to somebody who stands next to it."""

BODY = 0.2
"""Radius of a standing person, metres."""

BODY_HEIGHT = (0.15, 1.8)
"""Boxes that reach into these heights above the floor are in the way, metres."""

FACED_FROM = 0.8
"""Nobody is said to face what is nearer than this, metres."""

SEAT_WORDS = frozenset(
    ("chair", "armchair", "couch", "sofa", "stool", "bench", "recliner", "loveseat", "toilet", "seat")
)
"""Last words of labels of things one sits on, facing where they face."""


@dataclass(frozen=True, eq=False)
class Situation:
    """Where the asker is.

    Attributes:
        text: in words; template: what it was made from.
        position: (2,) metres; heading: radians counter-clockwise from +x.
        rows: things it names; they are not asked about.
        stance: the same as data, for the checker.
    """

    text: str
    template: Template
    position: np.ndarray
    heading: float
    rows: tuple[int, ...]
    stance: Stance


def draw_situation(asker: Asker, rng: random.Random) -> Situation | None:
    """A random situation; None where this draw found no room to stand or nothing to face."""
    if not asker.rows:
        return None
    at = rng.random()
    if at < 0.25:
        return _sitting(asker, rng)
    faced = _any(asker.rows, rng)
    reference = asker.refer(faced, avoid=VIEW_WORDS)
    if reference is None:
        return None
    if at < 0.45:
        position = asker.facts.graph.shell.center
        return _facing(asker, rng, "middle", np.asarray(position), None, reference)
    beside = _any(asker.rows, rng)
    by = asker.refer(beside, avoid=VIEW_WORDS)
    if beside == faced or by is None:
        return None
    places = [p for p in _around(asker, beside) if _is_free(asker, p, beside)]
    if not places:
        return None
    return _facing(asker, rng, "beside", _any(places, rng), by, reference)


def _facing(
    asker: Asker,
    rng: random.Random,
    section: str,
    position: np.ndarray,
    by: Reference | None,
    reference: Reference,
) -> Situation | None:
    """Somebody at a place who faces a thing."""
    boxes = asker.facts.graph.boxes
    faced = reference.row
    if distances(boxes, position)[faced] < FACED_FROM or (section == "middle" and not _is_free(asker, position, -1)):
        return None
    x, y = boxes.center[faced, :2] - position
    template = pick("situated", section, rng)
    plural = by is not None and is_plural(asker, by.row)
    slots = {"b": asker.named(reference)} | ({"a": asker.named(by)} if by is not None else {})
    text = _capital_i(template.fill(slots, rng, plural))
    heading = math.atan2(y, x)
    beside = (by.predicate, by.row) if by is not None else None
    stance = Stance(section, _pair(position), heading, beside, (reference.predicate, faced))
    return Situation(text, template, position, heading, (*([by.row] if by is not None else []), faced), stance)


def _sitting(asker: Asker, rng: random.Random) -> Situation | None:
    """Somebody on a seat who looks where it faces."""
    graph = asker.facts.graph
    front = graph.objects.front[:, :2].astype(np.float64)
    known = np.all(np.isfinite(front), axis=1)
    seats = [r for r in asker.rows if known[r] and asker.noun(r).split()[-1] in SEAT_WORDS]
    if not seats:
        return None
    row = _any(seats, rng)
    reference = asker.refer(row, avoid=VIEW_WORDS)
    if reference is None or float(np.hypot(*front[row])) < 0.5:
        return None
    template = pick("situated", "sitting", rng)
    text = _capital_i(template.fill({"a": asker.named(reference)}, rng))
    heading = math.atan2(front[row, 1], front[row, 0])
    position = graph.boxes.center[row, :2].copy()
    stance = Stance("sitting", _pair(position), heading, (reference.predicate, row))
    return Situation(text, template, position, heading, (row,), stance)


def _pair(position: np.ndarray) -> tuple[float, float]:
    return float(position[0]), float(position[1])


def _around(asker: Asker, row: int) -> list[np.ndarray]:
    """Places a step away from the four sides of a box."""
    boxes = asker.facts.graph.boxes
    (x, y), (w, d) = boxes.center[row, :2], boxes.size[row, :2] / 2 + STEP_AWAY
    return [np.array(p) for p in ((x - w, y), (x + w, y), (x, y - d), (x, y + d))]


def _is_free(asker: Asker, position: np.ndarray, beside: int) -> bool:
    """Whether a person fits there: inside the room, and in no box that reaches into a person's height."""
    graph = asker.facts.graph
    if (position < graph.shell.low + BODY).any() or (position > graph.shell.high - BODY).any():
        return False
    low, high = graph.boxes.low[:, 2] - graph.shell.floor, graph.boxes.high[:, 2] - graph.shell.floor
    in_the_way = (high > BODY_HEIGHT[0]) & (low < BODY_HEIGHT[1]) & ~graph.affordances["structural"]
    if beside >= 0:
        in_the_way[beside] = False
    return bool((distances(graph.boxes, position)[in_the_way] >= BODY).all())


def _capital_i(text: str) -> str:
    """English writes I in capitals."""
    return f" {text} ".replace(" i ", " I ").strip()


def _any(options: list[T], rng: random.Random) -> T:
    return options[int(rng.random() * len(options))]
