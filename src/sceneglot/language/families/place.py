"""Where is X?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.language.clauses import Clause
from sceneglot.language.families.asker import ASKED_PLACES, PLACES, Asker, Candidate, about, is_plural
from sceneglot.language.realize import place as place_answer


def place(asker: Asker) -> Iterator[Candidate]:
    """Where is X? Every place of X that is certain counts; the first answer is drawn evenly over the place words."""
    facts = asker.facts
    for row in asker.rows:
        clauses = [facts.clauses[c] for c in np.flatnonzero(asker.references.usable[:, row])]
        clauses = [c for c in clauses if c.word in PLACES and all(a.kind.is_plain for a in c.anchors)]
        by_word: dict[str, list[Clause]] = {}
        for clause in clauses:
            by_word.setdefault(clause.word, []).append(clause)
        reference = asker.refer(row, avoid=ASKED_PLACES | {"far_left", "far_right"}) if clauses else None
        if reference is None:
            continue
        for word, members in by_word.items():
            first = members[int(asker.rng.random() * len(members))]
            others = [c for c in clauses if c is not first]
            chosen = [first, *asker.rng.sample(others, min(2, len(others)))]
            answers = [place_answer(facts, first, "short"), place_answer(facts, first, "long")]
            answers += [place_answer(facts, c, "short") for c in chosen[1:]]
            yield Candidate(
                "place",
                tuple(dict.fromkeys(answers)),
                word if first.anchors else "room",  # "against wall" fits too many things to be one answer of its own
                about(asker, reference),
                (row,),
                tuple(r for c in (*chosen, *reference.clauses) for r in c.anchor_rows()),
                word,
                first.view_dependent or reference.view_dependent,
                is_plural(asker, row),
            )
