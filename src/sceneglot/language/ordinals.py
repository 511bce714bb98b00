"""Superlatives and ordinals: the largest, the highest, the second closest, the third from the left."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.graph.relations import NEVER
from sceneglot.language.around import angles, faced, margins, stands_in_the_middle, turned
from sceneglot.language.clauses import ROW_WORDS, Clause, Description
from sceneglot.language.facts import SceneFacts

MOST_COMPARED = 8
"""Things of one kind that people compare at a glance."""

MOST_RANKED = 6
"""Things of one kind that are counted out by distance (as many as Sr3D compares)."""

LAST_RANK = 4
"""Nobody counts further than to the fourth closest."""

MOST_IN_A_ROW = 5
FACED_PER_ROW = 3
"""Rows are told facing at most so many different things."""

ROW_STEP = 8.0
"""Degrees between neighbours in a row, as the viewer sees them."""

ROW_WIDTH = 70.0
"""Degrees to either side within which a whole row is seen at once."""

LEAD: dict[str, tuple[float, float]] = {
    "largest": (0.08, 0.15),
    "smallest": (0.08, 0.15),
    "tallest": (0.10, 0.12),
    "shortest": (0.10, 0.12),
    "longest": (0.15, 0.15),
    "highest": (0.25, 0.0),
    "lowest": (0.25, 0.0),
}
"""Superlative -> lead over the next: metres, and share of the larger of the two (Sr3D leads by 0.2 m)."""


def comparable(facts: SceneFacts, anchors: list[Description], most: int) -> Iterator[tuple[Description, np.ndarray]]:
    """Plain countable nouns whose bearers are certain and few, with their rows (at least two)."""
    for group in anchors:
        if group.kind.is_plain and facts.words.is_countable(group.kind.noun):
            members = np.flatnonzero(group.maybe)
            if 2 <= len(members) <= most and group.sure[members].all():
                yield group, members


def superlative_clauses(facts: SceneFacts, anchors: list[Description]) -> Iterator[Clause]:
    """The largest, smallest, tallest, shortest, longest, highest, lowest of a kind."""
    boxes = facts.graph.boxes
    hung = facts.graph.affordances["hung"]
    for group, members in comparable(facts, anchors, MOST_COMPARED):
        size, low, high = boxes.size[members], boxes.low[members, 2], boxes.high[members, 2]
        bulk = np.cbrt(np.maximum(size, 0.02).prod(1))
        flat_side = size[:, :2].max(1)
        measures: dict[str, tuple[np.ndarray, ...]] = {
            "largest": (bulk, np.sort(size, 1)[:, 1:].prod(1)),
            "smallest": (-bulk, -np.sort(size, 1)[:, 1:].prod(1)),
            "longest": (flat_side,),
        }
        if hung[members].any():
            measures |= {"highest": (boxes.center[members, 2], low, high)}
            measures |= {"lowest": (-boxes.center[members, 2], -low, -high)}
        else:
            measures |= {"tallest": (size[:, 2],), "shortest": (-size[:, 2],)}
        for word, (main, *others) in measures.items():
            clause = _best(facts, group, members, word, main, others)
            if clause is not None:
                yield clause


def _best(
    facts: SceneFacts, group: Description, members: np.ndarray, word: str, main: np.ndarray, others: list[np.ndarray]
) -> Clause | None:
    """The clause of the member that leads in `main` and is first in every other measure; None if nobody does."""
    order = np.argsort(main)
    best, second = int(order[-1]), int(order[-2])
    least, share = LEAD[word]
    needed = max(least, share * max(abs(main[best]), abs(main[second])))
    lead = float(main[best] - main[second]) - needed
    if lead <= 0 or not facts.spoken[members[best]] or any(int(m.argmax()) != best for m in others):
        return None
    sure, maybe = np.full(len(facts.graph), NEVER), np.full(len(facts.graph), NEVER)
    sure[members[best]] = lead
    maybe[members] = main - main[best] + needed
    return Clause(word, (), sure, maybe, group.kind.noun)


def rank_clauses(facts: SceneFacts, anchors: list[Description]) -> Iterator[Clause]:
    """The second, third or fourth closest (and the second farthest) of a kind to a thing that is singled out."""
    boxes, tolerance = facts.graph.boxes, facts.graph.thresholds.runner_up
    unique = [a for a in anchors if a.is_unique and not facts.graph.sprawling[a.row]]
    rows = np.array([a.row for a in unique], np.int64)
    for group, members in comparable(facts, anchors, MOST_RANKED):
        outside = np.flatnonzero(~group.maybe[rows])
        if len(members) < 3 or not len(outside):
            continue
        delta = boxes.center[members][:, None] - boxes.center[rows[outside]][None]
        distance = np.sqrt((delta**2).sum(-1))
        order = np.argsort(distance, axis=0)
        ranked = np.take_along_axis(distance, order, 0)
        steps = ranked[1:] - ranked[:-1]
        gaps = np.take_along_axis(boxes.gap[members[:, None], rows[outside][None]], order, 0)
        in_order = gaps[1:] >= gaps[:-1]
        # steps[r - 2] leads up to rank r, steps[r - 1] away from it; footprints must agree with centres.
        clear = (steps > tolerance) & in_order
        last = len(members)
        for rank in range(2, min(LAST_RANK, last) + 1):
            lead_out = clear[rank - 1] if rank < last else np.ones(len(outside), bool)
            for column in np.flatnonzero(clear[rank - 2] & lead_out).tolist():
                row = int(members[order[rank - 1, column]])
                anchor = unique[outside[column]]
                if rank < last:
                    yield _ranked(facts, "nth_closest", group, anchor, row, rank)
                if last - rank + 1 == 2:
                    yield _ranked(facts, "nth_farthest", group, anchor, row, 2)


def _ranked(facts: SceneFacts, word: str, group: Description, anchor: Description, row: int, rank: int) -> Clause:
    alone = np.zeros(len(facts.graph), bool)
    alone[row] = True
    return Clause(word, (anchor,), margins(alone), margins(alone), group.kind.noun, rank=rank)


def row_clauses(facts: SceneFacts, anchors: list[Description]) -> Iterator[Clause]:
    """The leftmost, the second from the right: of like things that a viewer in the middle of the room sees at once."""
    if not stands_in_the_middle(facts):
        return
    boxes, position = facts.graph.boxes, np.asarray(facts.graph.viewer.position)
    headings = list(faced(facts, anchors))
    absolute = angles(boxes, position)
    for group, members in comparable(facts, anchors, MOST_IN_A_ROW):
        told = 0
        for anchor, heading in headings:
            if told == FACED_PER_ROW or (anchor.maybe & group.maybe).any():
                continue
            seen = turned(absolute[members], np.degrees(heading))
            if np.abs(seen).max() > ROW_WIDTH:
                continue
            order = np.argsort(-seen[:, 0])  # angles grow to the left
            if (-np.diff(seen[order, 0]) < ROW_STEP).any():
                continue
            told += 1
            for index, row in enumerate(members[order].tolist()):
                for word, rank in zip(ROW_WORDS, (index + 1, len(members) - index)):
                    if rank <= (len(members) + 1) // 2:
                        yield _ranked(facts, word, group, anchor, row, rank)


def aligned_clauses(facts: SceneFacts, anchors: list[Description]) -> Iterator[Clause]:
    """In line with a thing that is singled out: alike in footprint and height, level along x or y (SceneVerse)."""
    boxes, t = facts.graph.boxes, facts.graph.thresholds
    if not facts.graph.aligned:
        return
    for anchor in anchors:
        if not anchor.is_unique or not any(anchor.row in group for group in facts.graph.aligned):
            continue
        row = anchor.row
        off = np.abs(boxes.offset[:, row, :2]).min(1)
        height = np.abs(boxes.center[:, 2] - boxes.center[row, 2])
        area = np.abs(boxes.area - boxes.area[row])
        grouped = np.zeros(len(facts.graph), bool)
        for group in facts.graph.aligned:
            if row in group:
                grouped[group] = True
        near = boxes.gap[:, row]
        sure = grouped & (off < t.aligned) & (near <= t.aligned_reach) & (height <= t.aligned)
        maybe = (off < 4 * t.aligned) & (height <= 5 * t.aligned) & (area <= 6 * t.aligned_area)
        maybe &= near <= 2 * t.aligned_reach
        sure[row] = maybe[row] = False
        if (sure & facts.spoken).any():
            yield Clause("aligned", (anchor,), margins(sure), margins(maybe | sure))
