"""Which of several candidates stands in a relation: how a listener resolves "the lamp above the desk"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sceneglot.graph.build import SceneGraph
from sceneglot.graph.relations import ID, PAIR_RELATIONS, Margins
from sceneglot.graph.relations_multi import between, extreme


def candidate_margins(
    graph: SceneGraph, relations: Sequence[str], candidates: Sequence[int], anchors: Sequence[int]
) -> Margins:
    """How clearly each candidate stands in any of the relations to the anchors; each (C,), metres.

    Args:
        relations: names of pair relations, or "between" alone (two anchors); closest and farthest are judged among the
            candidates, however many there are.
        candidates, anchors: rows of the graph.
    """
    rows = np.asarray(candidates, np.int64)
    if "between" in relations:
        first, second = anchors
        return between(graph.boxes, rows, np.asarray(first), np.asarray(second), graph.thresholds)
    (anchor,) = anchors
    if relations[0] in ("closest", "farthest"):
        closest, farthest = extreme(graph.boxes, rows, np.array([anchor]), graph.thresholds)
        chosen = closest if relations[0] == "closest" else farthest
        return Margins(chosen.sure[:, 0], chosen.maybe[:, 0])
    which = [ID[name] for name in relations]
    assert max(which) < len(PAIR_RELATIONS), f"not relations between two objects: {relations}"
    sure, maybe = (m[which][:, rows, anchor].max(0) for m in graph.pairs)
    return Margins(sure, maybe)


def pick(margins: Margins) -> int | None:
    """Index of the candidate that fits best, by the sure margin, among equals by the other; None for a tie, or of none.

    Equal sure margins are the rule where labels or supporters rule an assertion out; then what is hardest to deny
    decides.
    """
    order = np.lexsort((margins.maybe, margins.sure))
    if not len(order):
        return None
    best = int(order[-1])
    if len(order) > 1:
        second = order[-2]
        if margins.sure[second] == margins.sure[best] and margins.maybe[second] == margins.maybe[best]:
            return None
    return best
