"""Questions with yes or no for an answer: as many noes as yeses, about things that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sceneglot.language.clauses import Clause, Description, Kind
from sceneglot.language.families.asker import COMMON, Asker, Candidate, Slots, about, is_certain, is_plural
from sceneglot.language.lexicon import pluralize
from sceneglot.language.predicates import Reference
from sceneglot.language.realize import subject

MOST_YES_NO = 12
"""Yeses, and noes, per family and scene among which to draw."""


def exists(asker: Asker) -> Iterator[Candidate]:
    """Is there an X in the room? As many kinds that are missing as are there."""
    facts = asker.facts
    here = [n for n in dict.fromkeys(asker.noun(r) for r in asker.rows) if n in COMMON]
    absent = [n for n in COMMON if not facts.describe(Kind(n)).maybe.any()]
    number = min(len(here), len(absent), 6)
    for noun in asker.rng.sample(here, number):
        description = facts.describe(Kind(noun))
        yield _yes_no("exists", True, lambda d=description: subject(facts, d), np.flatnonzero(description.sure))
    for noun in asker.rng.sample(absent, number):
        yield _yes_no("exists", False, lambda n=noun: subject(facts, facts.describe(Kind(n))), np.zeros(0, np.int64))


def exists_where(asker: Asker) -> Iterator[Candidate]:
    """Is there an X next to Y? In the noes X and Y are both there, apart."""
    facts = asker.facts
    nouns = [n for n in dict.fromkeys(asker.noun(r) for r in asker.rows) if facts.words.is_countable(n)]
    every = [facts.describe(Kind(noun)) for noun in nouns]
    clauses = asker.asked_clauses
    if not every or not clauses:
        return
    index = [c.index for c in clauses]
    fits, might = np.stack([d.sure for d in every], 1), np.stack([d.maybe for d in every], 1)
    true = facts.sure[index].astype(np.int32) @ fits.astype(np.int32) > 0
    possible = facts.maybe[index].astype(np.int32) @ might.astype(np.int32) > 0
    for yes, at, noun_at in _cells(asker, true, ~possible):
        clause, description = clauses[at], every[noun_at]
        if any((a.maybe & description.maybe).any() for a in clause.anchors):
            continue
        rows = np.flatnonzero(facts.sure[clause.index] & description.sure if yes else description.sure)

        def slots(d: Description = description, c: Clause = clause) -> Slots:
            return subject(facts, d) | {"clause": asker.clause_text(c)}

        yield _yes_no("exists where", yes, slots, rows, clause)


def is_there(asker: Asker) -> Iterator[Candidate]:
    """Is X next to Y?"""
    facts = asker.facts
    clauses = asker.asked_clauses
    unique = asker.unique_rows
    if not clauses or not unique:
        return
    cells = np.ix_([c.index for c in clauses], unique)
    for yes, at, row_at in _cells(asker, facts.sure[cells], ~facts.maybe[cells]):
        clause, row = clauses[at], unique[row_at]
        if any(a.maybe[row] for a in clause.anchors):
            continue

        def extra(_: Reference, c: Clause = clause) -> Slots:
            return {"clause": asker.clause_text(c)}

        reference = asker.references.bare(row, Kind(asker.noun(row)))
        yield _yes_no("is", yes, about(asker, reference, extra), np.array([row]), clause, is_plural(asker, row))


def _cells(asker: Asker, yes: np.ndarray, no: np.ndarray) -> Iterator[tuple[bool, int, int]]:
    """A few random cells of two boolean matrices, as many noes as yeses: (yes, row, column)."""
    drawn = []
    for answer, matrix in ((True, yes), (False, no)):
        rows, columns = np.nonzero(matrix)
        order = asker.rng.sample(range(len(rows)), min(MOST_YES_NO, len(rows)))
        drawn.append([(answer, int(rows[at]), int(columns[at])) for at in order])
    number = min(map(len, drawn))
    for cells in drawn:
        yield from cells[:number]


def is_color(asker: Asker) -> Iterator[Candidate]:
    """Is X red? The wrong colour is one that something else in the scene has."""
    facts = asker.facts
    shades = sorted({facts.color[row] for row in asker.rows if facts.color[row]})
    for row in asker.rows:
        word = facts.color[row]
        if not word or asker.noun(row) in facts.words.color_given:
            continue
        others = [s for s in shades if s not in facts.color_maybe[row]]
        reference = asker.refer(row, colored=False)
        if reference is None or not others:
            continue
        for asked in (word, others[int(asker.rng.random() * len(others))]):
            plural = is_plural(asker, row)
            slots = about(asker, reference, lambda _, a=asked: {"color": a})
            yield _yes_no("is color", asked == word, slots, np.array([row]), None, plural, reference)


def is_state(asker: Asker) -> Iterator[Candidate]:
    """Is X open? The wrong state is one that the true one rules out."""
    states = asker.facts.words.states
    for row in asker.rows:
        word = asker.facts.state[row]
        if not word or not states[word].excludes:
            continue
        reference = asker.refer(row, stated=False)
        if reference is None:
            continue
        for asked in (word, states[word].excludes[0]):
            slots = about(asker, reference, lambda _, a=asked: {"state": states[a].predicate})
            plural = is_plural(asker, row)
            yield _yes_no("is state", asked == word, slots, np.array([row]), None, plural, reference)


def same_color(asker: Asker) -> Iterator[Candidate]:
    """Do X and Y have the same color?"""
    facts = asker.facts
    unique = [r for r in asker.unique_rows if facts.color[r] and not is_plural(asker, r)]
    for _ in range(min(12, len(unique) * (len(unique) - 1) // 2)):
        a, b = asker.rng.sample(unique, 2)
        same = facts.color[a] == facts.color[b]
        if same or not (facts.color_maybe[a] & facts.color_maybe[b]):

            def slots(a: int = a, b: int = b) -> Slots:
                one, two = facts.describe(Kind(asker.noun(a))), facts.describe(Kind(asker.noun(b)))
                return {"Do": "Do", "the x": facts.definite(one), "the y": facts.definite(two)}

            yield _yes_no("same color", same, slots, np.array([a, b]))


def more(asker: Asker) -> Iterator[Candidate]:
    """Are there more X than Y?"""
    facts = asker.facts
    kinds = dict.fromkeys(Kind(asker.noun(r)) for r in asker.rows if facts.words.is_countable(asker.noun(r)))
    certain = [d for d in map(facts.describe, kinds) if is_certain(d)]
    for _ in range(min(12, len(certain) * (len(certain) - 1))):
        if len(certain) < 2:
            return
        a, b = asker.rng.sample(certain, 2)
        if a.sure.sum() == b.sure.sum() or (a.maybe & b.maybe).any():
            continue

        def slots(a: Description = a, b: Description = b) -> Slots:
            return {"room": "room", "xs": pluralize(a.kind.noun), "ys": pluralize(b.kind.noun)}

        yield _yes_no("more", bool(a.sure.sum() > b.sure.sum()), slots, np.flatnonzero(a.sure | b.sure))


def _yes_no(
    section: str,
    yes: bool,
    slots: Callable[[], Slots | None],
    rows: np.ndarray,
    clause: Clause | None = None,
    plural: bool = False,
    reference: Reference | None = None,
) -> Candidate:
    anchors = [*(clause.anchor_rows() if clause else ()), *(reference.anchor_rows() if reference else ())]
    view = bool(clause and clause.view_dependent) or bool(reference and reference.view_dependent)
    answer = "yes" if yes else "no"
    word = clause.word if clause else (reference.clauses[0].word if reference and reference.clauses else "")
    return Candidate(section, (answer,), answer, slots, tuple(int(r) for r in rows), tuple(anchors), word, view, plural)
