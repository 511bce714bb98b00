"""What is next to X, what type of thing is it?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.language.bits import bits_of, rows_of
from sceneglot.language.clauses import Clause, Kind
from sceneglot.language.families.asker import ASKED_PLACES, Asker, Candidate, Slots
from sceneglot.language.realize import forms, says

EVERY = -1
"""All rows, as bits."""


def _answered(asker: Asker, clause: Clause, among: int = EVERY) -> list[int]:
    """Rows of the only kind of thing that a clause may mean; empty where kinds differ or somebody might say another.

    Args:
        among: bits of the rows that count.
    """
    facts = asker.facts
    sure = facts.sure_bits[clause.index] & among
    if not sure or clause.noun or not forms(clause.word, "is"):
        return []
    rows = rows_of(sure)
    certain = facts.describe(Kind(asker.noun(rows[0]))).bits
    return rows if not facts.maybe_bits[clause.index] & among & ~certain else []


def what(asker: Asker) -> Iterator[Candidate]:
    """What is next to X?"""
    for clause in asker.facts.clauses:
        if clause.word in ASKED_PLACES:
            rows = _answered(asker, clause)
            if rows and all(asker.noun(r) == asker.noun(rows[0]) for r in rows):
                yield _what(asker, "what", clause, rows, {})


def what_color(asker: Asker) -> Iterator[Candidate]:
    """What is the red object next to X?"""
    facts = asker.facts
    shades = sorted({facts.color[row] for row in asker.rows if facts.color[row]})
    for word in shades:
        among = bits_of(np.array([[word in maybe for maybe in facts.color_maybe]]))[0]
        for clause in facts.clauses:
            if not facts.sure_bits[clause.index] & among or clause.word not in ASKED_PLACES:
                continue
            rows = _answered(asker, clause, among)
            if rows and all(asker.noun(r) == asker.noun(rows[0]) and facts.color[r] == word for r in rows):
                yield _what(asker, "what color", clause, rows, {"color": word})


def type_thing(asker: Asker) -> Iterator[Candidate]:
    """What type of object is next to X?"""
    for clause in asker.facts.clauses:
        if clause.word in ASKED_PLACES:
            rows = _answered(asker, clause)
            if rows and all(asker.noun(r) == asker.noun(rows[0]) for r in rows):
                yield _what(asker, "type thing", clause, rows, {})


def type_of(asker: Asker) -> Iterator[Candidate]:
    """What type of chair is next to X? Only where the scene's label says more than the noun."""
    facts = asker.facts
    for row in asker.rows:
        label = asker.noun(row)
        broad = label.split()[-1]
        if broad == label or broad not in facts.words.broader_names(label) or not facts.words.is_countable(label):
            continue
        among = facts.describe(Kind(broad)).bits
        for clause in facts.clauses:
            if clause.word not in ASKED_PLACES or not asker.references.usable[clause.index, row]:
                continue
            rows = _answered(asker, clause, among)
            if row in rows and all(asker.noun(r) == label for r in rows):
                yield _what(asker, "type", clause, rows, {"broad": broad})


def type_room(asker: Asker) -> Iterator[Candidate]:
    """What type of room is this?"""
    room = asker.facts.room
    if room:
        yield Candidate("type room", (room,), room, dict, tuple(asker.rows[:1]))


def what_has(asker: Asker) -> Iterator[Candidate]:
    """What is the object that has X on it?"""
    facts = asker.facts
    for clause in facts.clauses:
        if clause.word in ("supporting", "containing", "facing"):
            rows = np.flatnonzero(facts.sure[clause.index])
            if len(rows) == 1 and not (facts.maybe[clause.index] & ~facts.sure[clause.index]).any():
                yield _what(asker, "what has", clause, [int(rows[0])], {})


def which_object(asker: Asker) -> Iterator[Candidate]:
    """Which object is next to X?"""
    for clause in asker.facts.clauses:
        if clause.word in ASKED_PLACES:
            rows = _answered(asker, clause)
            if len(rows) == 1 and asker.facts.words.is_countable(asker.noun(rows[0])):
                yield _what(asker, "which", clause, rows, {})


def _what(asker: Asker, section: str, clause: Clause, rows: list[int], extra: Slots) -> Candidate:
    def slots() -> Slots:
        filled = {"says": says(asker.facts, clause, asker.rng, False), **extra}
        if forms(clause.word, "is"):
            filled["clause"] = asker.clause_text(clause)
        return filled

    answers = asker.answer_names(rows[0])
    anchors = tuple(clause.anchor_rows())
    return Candidate(section, answers, answers[0], slots, tuple(rows), anchors, clause.word, clause.view_dependent)
