"""Plain twin of `pairs`: the rules for reading, in numpy; the oracle of the tests and a yardstick of the benchmark."""

from __future__ import annotations

import numpy as np

from sceneglot.graph import relations_horizontal as horizontal
from sceneglot.graph import relations_multi as multi
from sceneglot.graph import relations_vertical as vertical
from sceneglot.graph.affordances import Affordances
from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.pairs import EXTREME_MAX, PairResult
from sceneglot.graph.relations import NEVER, PAIR_RELATIONS, Margins, only
from sceneglot.graph.support import choose_support
from sceneglot.graph.thresholds import Thresholds
from sceneglot.graph.viewer import Viewer
from sceneglot.scenes.objects import Objects


def pair_margins_reference(
    boxes: PairBoxes, kinds: Affordances, objects: Objects, viewer: Viewer, t: Thresholds
) -> PairResult:
    """Every relation of every pair.

    Contact first; it gives the supporters. Then heights, and horizontal relations among things that stand on the same
    thing; closest and farthest among things of one label.
    """
    found, support = _contact(boxes, kinds, objects.parent, t)
    spoken = ~kinds["structural"]
    same_support = siblings(support, spoken & ~vertical.sprawling(boxes, kinds, t))
    found["above"] = vertical.above(boxes, kinds, found["on"], t)
    found["higher"] = vertical.higher(boxes, t)
    found |= horizontal.proximity(boxes, same_support, t)
    found |= horizontal.directions(boxes, same_support, viewer, t)
    found |= horizontal.by_front(boxes, objects.front, kinds["facer"], kinds["frontless"], same_support, t)
    found |= _extremes(boxes, objects.label, kinds, t)
    for relation in PAIR_RELATIONS:
        if relation.name not in found:
            found[relation.name] = _turned(found[relation.inverse])
    return PairResult(_stack([found[r.name] for r in PAIR_RELATIONS], spoken), support)


def siblings(support: np.ndarray, spoken: np.ndarray) -> np.ndarray:
    """(K, K) bool: different things that stand on the same thing (or both on none), neither part of the structure."""
    same = (support[:, None] == support[None]) & spoken[:, None] & spoken[None]
    np.fill_diagonal(same, False)
    return same


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
    container = Margins(np.maximum(placed.sure, embedded.sure), np.maximum(placed.maybe, embedded.maybe))
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


def _stack(margins: list[Margins], spoken: np.ndarray) -> Margins:
    """Margins of many relations as two arrays; nothing is asserted of structural objects, or of a thing and itself."""
    sure = np.stack([m.sure for m in margins]).astype(np.float32)
    maybe = np.maximum(sure, np.stack([m.maybe for m in margins]).astype(np.float32))
    sure = only(sure, spoken[:, None] & spoken[None]).astype(np.float32)
    own = np.arange(len(spoken))
    sure[:, own, own] = maybe[:, own, own] = NEVER
    return Margins(sure, maybe)


def _turned(m: Margins) -> Margins:
    return Margins(m.sure.T, m.maybe.T)
