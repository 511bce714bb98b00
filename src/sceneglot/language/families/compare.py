"""On which side, and which of two: answers that only the layout gives away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.language.clauses import Clause, Kind
from sceneglot.language.families.asker import Asker, Candidate, Slots, about, is_plural
from sceneglot.language.predicates import Reference

SIDE_ANSWERS = {
    "left": ("left", "left side", "on the left"),
    "right": ("right", "right side", "on the right"),
}
"""Accepted answers. Front and back are not asked: from the middle of the room nearly everything is in front."""

SIDES = ("left", "right", "in_front", "behind")


def side(asker: Asker) -> Iterator[Candidate]:
    """On what side of Y is X? Only where X is on no other side of Y, even to a generous eye."""
    facts = asker.facts
    at = {(c.word, c.anchors[0].kind): c for c in facts.clauses if c.word in SIDES}
    for (word, anchor), clause in at.items():
        if word not in SIDE_ANSWERS or not clause.anchors[0].is_unique:
            continue
        for row in np.flatnonzero(asker.references.usable[clause.index]):
            rivals = [at[w, anchor] for w in SIDES if w != word and (w, anchor) in at]
            if any(facts.maybe[c.index, row] for c in rivals):
                continue
            reference = asker.references.bare(int(row), Kind(asker.noun(int(row))))
            if reference is None:
                continue

            def extra(_: Reference, c: Clause = clause) -> Slots:
                return {"anchor": facts.mention(c.anchors[0])}

            yield Candidate(
                "side",
                SIDE_ANSWERS[word],
                word,
                about(asker, reference, extra),
                (int(row),),
                tuple(clause.anchor_rows()),
                word,
                True,
                is_plural(asker, int(row)),
            )


def nearer(asker: Asker) -> Iterator[Candidate]:
    """Which is closer to Z, X or Y? With a clear lead by centres and by gaps."""
    facts, boxes = asker.facts, asker.facts.graph.boxes
    unique = asker.unique_rows
    lead = facts.graph.thresholds.runner_up
    for _ in range(12 if len(unique) >= 3 else 0):
        z, x, y = asker.rng.sample(unique, 3)
        far = np.linalg.norm(boxes.center[[x, y]] - boxes.center[z], axis=1)
        gap = boxes.gap[[x, y], z]
        if abs(far[0] - far[1]) < 2 * lead or (far[0] - far[1]) * (gap[0] - gap[1]) <= 0:
            continue
        answer = x if far[0] < far[1] else y

        def slots(x: int = x, y: int = y, z: int = z) -> Slots:
            named = [facts.definite(facts.describe(Kind(asker.noun(r)))) for r in (x, y, z)]
            return {"the x": named[0], "the y": named[1], "anchor": named[2]}

        names = asker.answer_names(answer)
        balance = "first" if answer == x else "second"
        yield Candidate("nearer", names, balance, slots, (answer,), (z, y if answer == x else x), "closest")
