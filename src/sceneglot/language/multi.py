"""Descriptions that fit no, one or several objects, in the manner of Multi3DRefer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sceneglot.language.clauses import AROUND_WORDS, Clause, Description, Kind
from sceneglot.language.families.asker import COMMON
from sceneglot.language.lexicon import number_word, pluralize
from sceneglot.language.predicates import Predicate, said
from sceneglot.language.realize import SIDES, Template, subject
from sceneglot.language.referrals import Referral, find
from sceneglot.language.sentences import choose, fill_units, sentence, smooth
from sceneglot.language.speaker import Speaker
from sceneglot.scenes.utterance import Utterance

T = TypeVar("T")

SHARES: dict[str, float] = {"zero": 0.2, "one": 0.3, "several": 0.5}
"""How often nothing, one thing, or more are meant."""

MOST_MEANT = 8
"""Things that one description picks out at most."""

COLORED_ABSENCE = 0.4
"""Share of descriptions of nothing that name a present thing in a colour it does not have."""


@dataclass(frozen=True, eq=False)
class _Meaning:
    """A description, with a clause or not, and the rows that it means."""

    description: Description
    clause: Clause | None
    rows: tuple[int, ...]

    @property
    def predicate(self) -> Predicate:
        return Predicate(self.description.kind, (said(self.clause),) if self.clause is not None else ())


def multi_referrals(speaker: Speaker, rng: random.Random, seed: int, count: int) -> Iterator[Referral]:
    """Up to `count` different descriptions; each was checked to mean exactly its targets, be they none or many."""
    chooser = _Chooser(speaker, rng)
    scene_id = speaker.facts.graph.scene_id
    seen: set[str] = set()
    number = 0
    for kind in rng.choices(list(SHARES), list(SHARES.values()), k=count):
        made = chooser.one() if kind == "one" else chooser.told(kind)
        if made is None:
            continue
        predicate, template, text, rows, anchors, view = made
        if text in seen or speaker.checker.rows_meant(predicate) != sorted(rows):
            continue
        seen.add(text)
        utterance = Utterance(
            id=f"{scene_id}-m-{number:04d}",
            scene_id=scene_id,
            kind="multi_referral",
            text=text,
            target_ids=speaker.facts.ids(list(rows)),
            anchor_ids=speaker.facts.ids(anchors),
            relation=predicate.clauses[0].word if predicate.clauses else "",
            view_dependent=view,
            source=f"template:{template.id}/{eval_type(speaker, predicate.kind.noun, len(rows))}",
            seed=seed,
        )
        number += 1
        yield Referral(utterance, predicate)


def eval_type(speaker: Speaker, noun: str, meant: int) -> str:
    """Multi3DRefer's type of a description that means so many things: zt_w_d, zt_wo_d, st_w_d, st_wo_d or mt.

    "With distractors" (w_d): something else in the room might be called by the noun.
    """
    if meant > 1:
        return "mt"
    others = int(speaker.facts.describe(Kind(noun)).maybe.sum()) - meant
    return f"{'st' if meant else 'zt'}_{'w' if others > 0 else 'wo'}_d"


_Made = tuple[Predicate, Template, str, tuple[int, ...], list[int], bool]


class _Chooser:
    """Finds meanings of the three kinds in one scene."""

    def __init__(self, speaker: Speaker, rng: random.Random) -> None:
        self.speaker, self.rng = speaker, rng
        self.facts, self.table = speaker.facts, speaker.finder.table
        self.rows = np.flatnonzero(self.facts.spoken).tolist()
        self.kinds = list(dict.fromkeys(kind for row in self.rows for kind in self.facts.kinds_of(row)))

    def one(self) -> _Made | None:
        """A referral to a single thing; half of them worded like descriptions of nothing, so that words do not tell."""
        if self.rng.random() < 0.5:
            return self.told("one")
        if not self.rows:
            return None
        reference = find(self.speaker.finder, self._any(self.rows), self.rng)
        if reference is None:
            return None
        template, text = sentence(self.facts, self.speaker.book, reference, self.rng)
        anchors, view = reference.anchor_rows(), reference.view_dependent
        return reference.predicate, template, text, (reference.row,), anchors, view

    def told(self, kind: str) -> _Made | None:
        """A description of nothing, of one thing or of several, that does not say which of these it is."""
        for _ in range(6 if self.kinds else 0):
            meaning = self._nothing() if kind == "zero" else self._some(kind == "several")
            if meaning is not None:
                template, text = self._sentence(meaning)
                clause = meaning.clause
                anchors = clause.anchor_rows() if clause is not None else []
                view = clause is not None and clause.view_dependent
                return meaning.predicate, template, text, meaning.rows, anchors, view
        return None

    def _some(self, several: bool) -> _Meaning | None:
        """Several things, or one."""
        least, most = (2, MOST_MEANT) if several else (1, 1)
        description = self.facts.describe(self._any(self.kinds))
        if not self.facts.words.is_countable(description.kind.noun) or description.sure.sum() < least:
            return None
        if self.rng.random() < (0.2 if several else 0.5):  # descriptions of nothing are bare that often, too
            certain = (description.sure == description.maybe).all() and description.sure.sum() <= most
            return _Meaning(description, None, _rows(description.sure)) if certain else None
        sure, maybe = self.table.sure & description.sure, self.table.maybe & description.maybe
        number = sure.sum(1)
        fits = (number >= least) & (number <= most) & (sure == maybe).all(1) & self._sayable(description)
        return self._with_clause(description, fits if several else fits & ~self._around, sure)

    def _nothing(self) -> _Meaning | None:
        rng, facts = self.rng, self.facts
        if rng.random() < COLORED_ABSENCE:
            kind = self._any(self.kinds)
            colors = sorted({color for color in facts.color if color} - {facts.color[r] for r in self.rows if
                            facts.describe(Kind(kind.noun)).maybe[r]})  # fmt: skip
            absent = facts.describe(Kind(kind.noun, color=self._any(colors))) if colors else None
            return _Meaning(absent, None, ()) if absent is not None and not absent.maybe.any() else None
        if rng.random() < 0.25:
            absent = facts.describe(Kind(self._any(list(COMMON))))
            return _Meaning(absent, None, ()) if not absent.maybe.any() else None
        description = facts.describe(self._any(self.kinds))
        none = ~(self.table.maybe & description.maybe).any(1) & self._sayable(description)
        return self._with_clause(description, none & ~self._around, np.zeros_like(self.table.sure))

    def _with_clause(self, description: Description, fits: np.ndarray, rows: np.ndarray) -> _Meaning | None:
        options = np.flatnonzero(fits)
        if not len(options):
            return None
        groups: dict[int, list[int]] = {}
        for at in options.tolist():
            groups.setdefault(self.table.word[at], []).append(at)
        at = self._any(self._any(list(groups.values())))
        return _Meaning(description, self.table.clauses[at], _rows(rows[at]))

    def _sayable(self, description: Description) -> np.ndarray:
        """(C,) general clauses and places around a viewer, none of whose anchors might be among the described."""
        clear = [not any((a.maybe & description.maybe).any() for a in c.anchors) for c in self.table.clauses]
        return np.array(clear, bool) & (~self.table.special | self._around) & self.table.fits_noun(Kind("", "-"))

    @property
    def _around(self) -> np.ndarray:
        return np.array([c.word in AROUND_WORDS for c in self.table.clauses], bool)

    def _sentence(self, meaning: _Meaning) -> tuple[Template, str]:
        facts, book, rng = self.facts, self.speaker.book, self.rng
        kind, clause = meaning.description.kind, meaning.clause
        several = len(meaning.rows) > 1
        plural = several or facts.words.is_plural(kind.noun)
        row = meaning.rows[0] if meaning.rows else int(meaning.description.sure.argmax())
        slots = subject(facts, meaning.description)
        if several:
            slots |= {"xs": pluralize(kind.phrase(facts.words)), "n": number_word(len(meaning.rows))}
            slots["stand"] = book.stands(row, True)
        section = ("several" if several else "any") + ("" if clause is not None else " bare")
        if clause is not None and clause.word in AROUND_WORDS:
            section = "several around"
            sides = SIDES[clause.word]
            slots |= book.anchor(clause) | {"side": sides[int(rng.random() * len(sides))]}
        places = clause is not None and book.names_place(clause)
        singular = "" if facts.words.is_countable(kind.noun) else "says one"
        template = choose(section, kind.noun, rng, places=places, without=singular, family="multi")
        if clause is not None and section != "several around":
            fill_units(slots, template, [(clause,)], book, row, plural, rng)
            if "says one" in template.slots:
                slots["says one"] = book.says((clause,), row, False, rng)
        return template, smooth(template.fill(slots, rng, plural))

    def _any(self, options: list[T]) -> T:
        return options[int(self.rng.random() * len(options))]


def _rows(column: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(column).tolist())
