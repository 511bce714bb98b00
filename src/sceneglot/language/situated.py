"""Questions asked from a place and a heading, with answers, in the manner of SQA3D.

As with the questions of `questions`, a family is drawn first and then an answer, so that no answer is the safe guess.
Only what is clearly on one side, clearly nearer, clearly absent is asked about.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from sceneglot.language.around import distances, sides
from sceneglot.language.clauses import AROUND_WORDS, VIEW_WORDS, Description, Kind
from sceneglot.language.colors import SPELLINGS
from sceneglot.language.facts import SceneFacts
from sceneglot.language.families.asker import COMMON, Asker
from sceneglot.language.families.number import MOST_COUNTED, numbers
from sceneglot.language.lexicon import pluralize
from sceneglot.language.predicates import Predicate, References
from sceneglot.language.realize import pick
from sceneglot.language.situated_check import Asked, Named, Witness
from sceneglot.language.situations import Situation, draw_situation
from sceneglot.language.verify import Checker
from sceneglot.scenes.utterance import Utterance

T = TypeVar("T")

PER_SITUATION = 4
"""Questions asked from one place."""

CLEARLY_NEARER = 0.3
"""Lead in distance of the nearest thing, metres."""

CLEARLY_CLOSER = 0.5
"""Difference of two distances that can be told from where one stands, metres."""

IN_REACH, OUT_OF_REACH = 0.6, 1.2
"""Metres within which things can be touched, and beyond which they cannot."""

MY_SIDE = {
    "ahead": ("in front of me", "ahead of me"),
    "to_left": ("on my left", "to my left"),
    "to_right": ("on my right", "to my right"),
    "at_back": ("behind me", "at my back"),
}
"""How the asker says where something is."""

DIRECTION = {
    "ahead": ("in front", "ahead", "straight ahead", "in front of me"),
    "to_left": ("left", "to my left", "on my left"),
    "to_right": ("right", "to my right", "on my right"),
    "at_back": ("behind", "behind me", "back"),
}
"""Accepted answers to "in which direction"."""

TURN = {"to_left": ("left", "to the left"), "to_right": ("right", "to the right"), "at_back": ("around", "turn around")}
"""Accepted answers to "which way do I turn"."""


class _Name(NamedTuple):
    """What singles a thing out, in words and as data."""

    text: str
    named: Named


@dataclass(frozen=True)
class _Question:
    """One question: template section, slots, answers, the answer by which it is balanced, rows it is about, and all
    of it as data for the checker."""

    section: str
    slots: dict[str, str]
    answers: tuple[str, ...]
    balance: str
    rows: tuple[int, ...]
    asked: Asked


def situated_questions(
    facts: SceneFacts, checker: Checker, rng: random.Random, seed: int, count: int
) -> Iterator[Utterance]:
    """Up to `count` questions from random situations in a scene.

    Situations and answers that the independent checker does not find true, from the same place and heading, are
    dropped, see `situated_check`.
    """
    asker = Asker(facts, References(facts), rng)
    seen: set[str] = set()
    number = 0
    for _ in range(3 * count):  # not every draw finds a place to stand
        situation = draw_situation(asker, rng)
        if situation is None:
            continue
        witness = Witness(checker, situation.stance)
        if not witness.stands_there():
            continue
        view = _View(asker, situation)
        for _ in range(PER_SITUATION):
            question = view.ask()
            if question is None or number >= count:
                continue
            template = pick("situated", question.section, rng)
            text = template.fill(question.slots, rng)
            if situation.text + text in seen or not witness.agrees(question.asked):
                continue
            seen.add(situation.text + text)
            yield _utterance(facts, situation, question, text, template.id, seed, number)
            number += 1
        if number >= count:
            return


def _utterance(
    facts: SceneFacts, situation: Situation, question: _Question, text: str, template: str, seed: int, number: int
) -> Utterance:
    x, y = (round(float(v), 3) for v in situation.position)
    return Utterance(
        id=f"{facts.graph.scene_id}-w-{number:04d}",
        scene_id=facts.graph.scene_id,
        kind="situated_question",
        text=text,
        target_ids=facts.ids(list(question.rows)),
        anchor_ids=facts.ids([row for row in situation.rows if row not in question.rows]),
        answers=question.answers,
        view_dependent=True,
        source=f"template:{situation.template.id}+{template}",
        seed=seed,
        situation=situation.text,
        position=(x, y, round(float(facts.graph.shell.floor), 3)),
        heading=round(situation.heading, 4),
    )


class _View:
    """What is where around the asker, and what can be asked about it."""

    def __init__(self, asker: Asker, situation: Situation) -> None:
        self.asker, self.facts, self.rng = asker, asker.facts, asker.rng
        boxes = self.facts.graph.boxes
        sure, maybe = sides(boxes, situation.position, np.array([situation.heading]))
        self.sure, self.maybe = sure[0], maybe[0]
        self.away = distances(boxes, situation.position)
        self.others = [row for row in asker.rows if row not in situation.rows]
        self.around = np.ones(len(self.facts.graph), bool)
        self.around[list(situation.rows)] = False
        self.around &= ~self.facts.graph.affordances["structural"]

    def ask(self) -> _Question | None:
        """A question of a random family, its answer drawn evenly among those that the family offers here."""
        family = FAMILIES[int(self.rng.random() * len(FAMILIES))]
        by_answer: dict[str, list[_Question]] = {}
        for question in family(self):
            by_answer.setdefault(question.balance, []).append(question)
        if not by_answer:
            return None
        return self._any(self._any(list(by_answer.values())))

    def left_or_right(self) -> Iterator[_Question]:
        """Is X on my left or on my right?"""
        yield from self._directions("left or right", {w: DIRECTION[w] for w in ("to_left", "to_right")})

    def where(self) -> Iterator[_Question]:
        """In which direction is X?"""
        yield from self._directions("where", DIRECTION)

    def turn(self) -> Iterator[_Question]:
        """Which way do I turn to face X?"""
        yield from self._directions("turn", TURN)

    def _directions(self, section: str, answers: dict[str, tuple[str, ...]]) -> Iterator[_Question]:
        for row in self.others:
            word = self._side(row)
            if word in answers and not self._is_plural(row) and (name := self._name(row)):
                asked = Asked("direction", word, (name.named,))
                yield _Question(section, {"the x": name.text}, answers[word], word, (row,), asked)

    def is_it(self) -> Iterator[_Question]:
        """Is X behind me? Yes, or no because it is clearly elsewhere."""
        for row in self.others:
            word = self._side(row)
            if not word or self._is_plural(row):
                continue
            asked = word if self.rng.random() < 0.5 else self._any([w for w in AROUND_WORDS if w != word])
            if (asked == word or not self.maybe[AROUND_WORDS.index(asked), row]) and (name := self._name(row)):
                answer = "yes" if asked == word else "no"
                slots = {"the x": name.text, "side": self._my(asked)}
                yield _Question(
                    "is it", slots, (answer,), answer, (row,), Asked("is it", answer, (name.named,), side=asked)
                )

    def is_there(self) -> Iterator[_Question]:
        """Is there an X on my left? Also of what the room lacks."""
        nouns = dict.fromkeys([*(self.asker.noun(r) for r in self.others), *self.rng.sample(COMMON, 2)])
        for noun in nouns:
            description = self.facts.describe(Kind(noun))
            if not self.facts.words.is_countable(noun) or not self._is_elsewhere(description):
                continue
            side = int(self.rng.random() * len(AROUND_WORDS))
            there = np.flatnonzero(self.sure[side] & description.sure)
            if not len(there) and (self.maybe[side] & description.maybe).any():
                continue
            answer = "yes" if len(there) else "no"
            slots = {"a x": self.facts.indefinite(description), "side": self._my(AROUND_WORDS[side])}
            asked = Asked("is there", answer, kind=description.kind, side=AROUND_WORDS[side])
            yield _Question("is there", slots, (answer,), answer, tuple(there.tolist()), asked)

    def count(self) -> Iterator[_Question]:
        """How many X are behind me? None only where there are some elsewhere."""
        for noun in dict.fromkeys(self.asker.noun(row) for row in self.others):
            description = self.facts.describe(Kind(noun))
            if not self.facts.words.is_countable(noun) or not self._is_elsewhere(description):
                continue
            for side, word in enumerate(AROUND_WORDS):
                sure, maybe = self.sure[side] & description.sure, self.maybe[side] & description.maybe
                n = int(sure.sum())
                if (sure == maybe).all() and n <= MOST_COUNTED:
                    slots = {"xs": pluralize(noun), "side": self._my(word)}
                    asked = Asked("count", str(n), kind=description.kind, side=word)
                    yield _Question("count", slots, numbers(n), str(n), tuple(np.flatnonzero(sure).tolist()), asked)

    def what(self) -> Iterator[_Question]:
        """What is the closest thing on my left? Clearly closer than anything that might be there."""
        for side, word in enumerate(AROUND_WORDS):
            rows = np.flatnonzero(self.maybe[side] & ~self.facts.graph.affordances["structural"])
            order = rows[np.argsort(self.away[rows], kind="stable")]
            if not len(order) or not self.facts.spoken[order[0]] or not self.sure[side, order[0]]:
                continue
            row = int(order[0])
            if self.around[row] and (len(order) == 1 or self.away[order[1]] - self.away[row] >= CLEARLY_NEARER):
                names = self.asker.answer_names(row)
                asked = Asked("nearest", names[0], kind=Kind(names[0]), side=word)
                yield _Question("what", {"side": self._my(word)}, names, names[0], (row,), asked)

    def color(self) -> Iterator[_Question]:
        """What color is the X on my left? The only one there."""
        for row in self.others:
            color, noun = self.facts.color[row], self.asker.noun(row)
            side = self._side(row)
            if not color or not side or self._is_plural(row) or noun in self.facts.words.color_given:
                continue
            description = self.facts.describe(Kind(noun))
            if np.count_nonzero(self.maybe[AROUND_WORDS.index(side)] & description.maybe) == 1:
                slots = {"x": noun, "side": self._my(side)}
                asked = Asked("color", color, kind=Kind(noun), side=side)
                yield _Question("color", slots, (color, *SPELLINGS.get(color, ())), color, (row,), asked)

    def reach(self) -> Iterator[_Question]:
        """Is X within reach?"""
        for row in self.others:
            if IN_REACH < self.away[row] < OUT_OF_REACH or not (name := self._name(row)):
                continue
            answer = "yes" if self.away[row] <= IN_REACH else "no"
            high = self.facts.graph.boxes.low[row, 2] - self.facts.graph.shell.floor
            if (answer == "no" or high < OUT_OF_REACH) and not self._is_plural(row):
                asked = Asked("reach", answer, (name.named,))
                yield _Question("reach", {"the x": name.text}, (answer,), answer, (row,), asked)

    def closer(self) -> Iterator[_Question]:
        """Which is closer to me, X or Y?"""
        unique = [row for row in self.asker.unique_rows if self.around[row]]
        for _ in range(4 if len(unique) >= 2 else 0):
            x, y = self.rng.sample(unique, 2)
            if abs(self.away[x] - self.away[y]) < CLEARLY_CLOSER:
                continue
            answer = x if self.away[x] < self.away[y] else y
            kinds = [Kind(self.asker.noun(r)) for r in (x, y)]
            names = [self.facts.definite(self.facts.describe(kind)) for kind in kinds]
            slots = {"the x": names[0], "the y": names[1]}
            things = (Predicate(kinds[0]), x), (Predicate(kinds[1]), y)
            asked = Asked("closer", "first" if answer == x else "second", things)
            yield _Question("closer", slots, self.asker.answer_names(answer), str(answer == x), (answer,), asked)

    def _side(self, row: int) -> str:
        """The one side on which a thing surely is, and is on no other; "" where there is none."""
        sure = np.flatnonzero(self.sure[:, row])
        return AROUND_WORDS[sure[0]] if len(sure) == 1 and np.count_nonzero(self.maybe[:, row]) == 1 else ""

    def _is_elsewhere(self, description: Description) -> bool:
        """Whether none of the described is a thing that the situation names."""
        return not (description.maybe & ~self.around & ~self.facts.graph.affordances["structural"]).any()

    def _name(self, row: int) -> _Name | None:
        reference = self.asker.refer(row, avoid=VIEW_WORDS)
        return _Name(self.asker.named(reference), (reference.predicate, row)) if reference is not None else None

    def _is_plural(self, row: int) -> bool:
        return not self.facts.words.is_countable(self.asker.noun(row))

    def _my(self, word: str) -> str:
        return self._any(list(MY_SIDE[word]))

    def _any(self, options: list[T]) -> T:
        return options[int(self.rng.random() * len(options))]


FAMILIES: tuple[Callable[[_View], Iterator[_Question]], ...] = (
    _View.left_or_right, _View.where, _View.turn, _View.is_it, _View.is_there, _View.count, _View.what, _View.color,
    _View.reach, _View.closer,
)  # fmt: skip
"""What is asked, each family as often."""
