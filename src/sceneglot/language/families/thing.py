"""What is next to X, what type of thing is it?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.language.facts import Clause, Kind
from sceneglot.language.families.asker import ASKED_PLACES, Asker, Candidate, Slots
from sceneglot.language.realize import forms, says


def _answered(asker: Asker, clause: Clause, among: np.ndarray | None = None) -> list[int]:
    """Rows of the only kind of thing that a clause may mean; empty where kinds differ or somebody might say another."""
    facts = asker.facts
    if clause.noun or not forms(clause.word, "is"):
        return []
    sure, maybe = facts.sure[clause.index], facts.maybe[clause.index]
    if among is not None:
        sure, maybe = sure & among, maybe & among
    rows = np.flatnonzero(sure)
    if not len(rows):
        return []
    noun = asker.noun(int(rows[0]))
    certain = facts.describe(Kind(noun)).maybe
    return [int(r) for r in rows] if not (maybe & ~certain).any() else []


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
    every = facts.spoken | facts.maybe.any(0)
    for word in shades:
        among = np.array([word in maybe for maybe in facts.color_maybe]) & every
        some = (facts.sure & among).any(1)
        for clause in facts.clauses:
            if not some[clause.index] or clause.word not in ASKED_PLACES:
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
        among = facts.describe(Kind(broad)).maybe
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
