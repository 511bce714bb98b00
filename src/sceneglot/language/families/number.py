"""How many X are there, are next to Y, are on Y?"""

from __future__ import annotations

from collections.abc import Iterator

from sceneglot.language.bits import rows_of
from sceneglot.language.clauses import Clause, Description, Kind
from sceneglot.language.families.asker import COMMON, Asker, Candidate, Slots, is_certain
from sceneglot.language.lexicon import number_word, pluralize

MOST_COUNTED = 10
"""Questions ask for numbers up to this."""


COUNTED_PLACES = frozenset(
    ("on", "in", "under", "next_to", "close", "left", "right", "facing", "against_wall", "in_corner")
)
"""Words for places at which things are counted, also none."""


def numbers(n: int) -> tuple[str, ...]:
    """Accepted spellings of a number."""
    return (str(n), number_word(n), "none") if n == 0 else (str(n), number_word(n))


def count(asker: Asker) -> Iterator[Candidate]:
    """How many X are there? Also of a colour, also of what is absent."""
    facts = asker.facts
    kinds = dict.fromkeys(Kind(asker.noun(row)) for row in asker.rows)
    kinds |= dict.fromkeys(Kind(asker.noun(row), color=facts.color[row]) for row in asker.rows if facts.color[row])
    absent = [noun for noun in COMMON if not facts.describe(Kind(noun)).bits]
    kinds |= dict.fromkeys(Kind(noun) for noun in asker.rng.sample(absent, min(2, len(absent))))
    for kind in kinds:
        description = facts.describe(kind)
        n = description.number
        if n <= MOST_COUNTED and facts.words.is_countable(kind.noun) and is_certain(description):
            yield _count(asker, "count", description, n, None, rows_of(description.sure_bits))


def count_where(asker: Asker) -> Iterator[Candidate]:
    """How many X are next to Y? Zero only where the scene has X elsewhere."""
    facts = asker.facts
    kinds = dict.fromkeys(Kind(asker.noun(row)) for row in asker.rows if facts.words.is_countable(asker.noun(row)))
    for kind in kinds:
        description = facts.describe(kind)
        group = description.bits
        if not is_certain(description) or description.number < 2:
            continue
        for clause in facts.clauses:
            if clause.word not in COUNTED_PLACES or any(a.bits & group for a in clause.anchors):
                continue
            sure = facts.sure_bits[clause.index] & group
            n = sure.bit_count()
            if sure == facts.maybe_bits[clause.index] & group and n <= MOST_COUNTED:
                yield _count(asker, "count where", description, n, clause, rows_of(sure or group))


def count_on(asker: Asker) -> Iterator[Candidate]:
    """How many things are on X?"""
    facts = asker.facts
    for clause in facts.clauses:
        if clause.word not in ("on", "in", "on_wall", "in_corner"):
            continue
        rows = rows_of(facts.sure_bits[clause.index])
        certain = facts.sure_bits[clause.index] == facts.maybe_bits[clause.index]
        plural = any(not facts.words.is_countable(asker.noun(r)) for r in rows)
        if certain and not plural and len(rows) <= MOST_COUNTED:
            yield _count(asker, "count on", None, len(rows), clause, rows)


def _count(
    asker: Asker, section: str, description: Description | None, n: int, clause: Clause | None, rows: list[int]
) -> Candidate:
    def slots() -> Slots:
        filled = {"room": asker.facts.room or "room"}
        if description is not None:
            kind = description.kind
            filled["xs"] = " ".join(w for w in (kind.color, pluralize(kind.noun)) if w)
        if clause is not None:
            filled["clause"] = asker.clause_text(clause)
        return filled

    return Candidate(
        section,
        numbers(n),
        str(n),
        slots,
        tuple(rows),
        tuple(clause.anchor_rows()) if clause else (),
        clause.word if clause else "",
        clause.view_dependent if clause else False,
    )
