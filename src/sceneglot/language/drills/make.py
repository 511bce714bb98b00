"""Drills: short sentences that point at one object among others of its label, made from a bare object map.

`language.describe` writes what is true of a room in full sentences. Drills complement it for training a listener: every
sentence singles its object out among rivals of the same label, the way people do when they play a pointing game, with
comparisons, counted places, negations and the speaker's left and right.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sceneglot.language.drills.fact import Fact
from sceneglot.language.drills.facts import facts_of
from sceneglot.language.drills.layout import Layout
from sceneglot.language.drills.wordings import wordings
from sceneglot.language.drills.write import Namer, Writer
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.utterance import Utterance

MAX_RIVALS = 10
"""More objects of one label than this are too hard for people (Sr3D stops at 6)."""
TWO = 0.2
"""Chance that a second fact about the object is said, where there is one."""
CHAIN = 0.12
"""Chance that an anchor is named that has to be singled out itself, where there is one."""
ELSEWHERE = 0.06
"""Chance that something else in the room is mentioned first."""
TELLING = frozenset({
    "closest", "farthest", "near", "on", "supporting", "above", "below", "largest", "smallest", "tallest", "shortest",
    "corner", "on floor", "between", "alone", "darkest", "lightest",
})  # fmt: skip
"""What is said of anchors to tell them apart."""
WEIGHTS: dict[str, float] = {
    "closest": 12, "farthest": 10, "near": 5, "between": 7, "between two": 4, "left": 4, "right": 4, "in front": 3,
    "behind": 3, "front left": 12, "front right": 12, "front in front": 12, "front behind": 12, "above": 5, "below": 5,
    "on": 5, "supporting": 5, "opposite": 2, "look left": 4, "look right": 4, "enter left": 1.5, "enter right": 1.5,
    "enter first": 1.5, "leftmost": 5, "rightmost": 5, "middle": 5, "second from left": 3, "second from right": 3,
    "largest": 2, "smallest": 2, "tallest": 2, "shortest": 2, "longest": 2, "highest": 2, "lowest": 2, "corner": 5,
    "against wall": 1.5, "center": 2, "alone": 2, "color white": 3, "color black": 3, "color brown": 3, "color red": 3,
    "color blue": 3, "color green": 3, "color gray": 3,
}  # fmt: skip
"""How often a relation is drawn when it is among the choices; 1 if not listed. Known fronts are rare, so they count."""


@dataclass(frozen=True, eq=False)
class Drilled:
    """A drill before it is written down.

    Attributes:
        text: the sentence.
        facts: what it says of the object meant; the first one gives the relation.
        told: what it says of the anchors.
    """

    text: str
    facts: tuple[Fact, ...]
    told: tuple[Fact, ...] = ()

    @property
    def row(self) -> int:
        """Row of the object meant."""
        return self.facts[0].row

    @property
    def anchors(self) -> tuple[int, ...]:
        """Rows of the objects named to locate it."""
        return tuple(dict.fromkeys(row for fact in (*self.facts, *self.told) for row in fact.anchors))


class Driller:
    """Everything that can be drilled in one object map; draws as many sentences as one likes.

    Args:
        objects: the object map; only names and facts are kept of it.
    """

    def __init__(self, objects: Objects) -> None:
        at = Layout.of(objects)
        groups = at.groups()
        rivals = [rows for rows in groups.values() if 2 <= len(rows) <= MAX_RIVALS]
        found = [(rows, facts_of(at, rows, groups)) for rows in rivals]
        shared = {int(row) for rows in groups.values() if len(rows) > 1 for row in rows}
        chained = lambda fact: not fact.any_anchor and not shared.isdisjoint(fact.anchors)  # noqa: E731
        simple = [(rows, [fact for fact in facts if not chained(fact)]) for rows, facts in found]
        self.told = Choices.of([fact for _, facts in simple for fact in facts if fact.word in TELLING]).by_row
        self.kinds = []
        for (rows, plain), (_, facts) in zip(simple, found):
            longer = [f for f in facts if chained(f) and self.told.keys() >= shared.intersection(f.anchors)]
            if plain:
                self.kinds.append(Kind(len(rows), Choices.of(plain), Choices.of(longer) if longer else None))
        self.namer = Namer.of(at, groups)
        self.others = tuple(int(rows[0]) for rows in groups.values() if len(rows) == 1)

    def __len__(self) -> int:
        """Kinds of objects there is something to say about."""
        return len(self.kinds)

    def draw(self, kind: int, rng: random.Random) -> Drilled:
        """One sentence about an object of the given kind."""
        chosen_kind = self.kinds[kind]
        if chosen_kind.chains is not None and rng.random() < CHAIN:
            facts = chosen_kind.chains.draw(rng, 0.0)
            told = [rng.choice(self.told[row]) for row in facts[0].anchors if row in self.told]
        else:
            facts, told = chosen_kind.facts.draw(rng, TWO), []
        text = Writer(self.namer, told, rng).sentence(facts, chosen_kind.count)
        if self.others and rng.random() < ELSEWHERE:
            text = rng.choice(wordings()["elsewhere"]).format(x=text, d=self.namer.name(rng.choice(self.others), rng))
        return Drilled(text, tuple(facts), tuple(told))


@dataclass(frozen=True, eq=False)
class Kind:
    """What can be said about the objects of one label.

    Attributes:
        count: how many there are.
        facts: with anchors that a name tells apart; chains: with anchors that need a fact of their own.
    """

    count: int
    facts: Choices
    chains: Choices | None


def drills(objects: Objects, scene_id: str, seed: int, per_label: int = 6) -> Iterator[Utterance]:
    """Sentences about the objects that share their label with others.

    Args:
        objects: the object map.
        scene_id: its name.
        seed: the same seed gives the same sentences.
        per_label: sentences per label with rivals, at most; fewer where little singles anything out.
    """
    rng = random.Random(f"{seed}/{scene_id}/drills")
    driller = Driller(objects)
    number = 0
    for kind in range(len(driller)):
        seen: set[str] = set()
        for _ in range(per_label):
            drilled = driller.draw(kind, rng)
            if drilled.text not in seen:
                seen.add(drilled.text)
                yield as_utterance(drilled, objects, f"{scene_id}-d-{number:04d}", scene_id, seed)
                number += 1


def as_utterance(drilled: Drilled, objects: Objects, name: str, scene_id: str, seed: int) -> Utterance:
    """The record of a drill."""
    return Utterance(
        id=name,
        scene_id=scene_id,
        kind="referral",
        text=drilled.text,
        target_ids=(int(objects.id[drilled.row]),),
        anchor_ids=tuple(int(objects.id[row]) for row in drilled.anchors),
        relation=drilled.facts[0].word,
        view_dependent=any(fact.view for fact in drilled.facts),
        source="template:drill",
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class Choices:
    """The facts about one kind of object, by their word.

    Attributes:
        words: what can be said; weights: cumulated, as `random.choices` wants them.
        facts: one list per word; by_row: all facts about each row.
    """

    words: tuple[str, ...]
    weights: tuple[float, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    by_row: Mapping[int, tuple[Fact, ...]]

    @classmethod
    def of(cls, facts: Sequence[Fact]) -> Choices:
        """Sort them."""
        by_word: dict[str, list[Fact]] = {}
        by_row: dict[int, list[Fact]] = {}
        for fact in facts:
            by_word.setdefault(fact.word, []).append(fact)
            by_row.setdefault(fact.row, []).append(fact)
        weights = tuple(accumulate(WEIGHTS.get(word, 1.0) for word in by_word))
        words = {word: tuple(said) for word, said in by_word.items()}
        return cls(tuple(by_word), weights, words, {row: tuple(said) for row, said in by_row.items()})

    def draw(self, rng: random.Random, two: float) -> list[Fact]:
        """A fact, by the weight of its word first; with chance `two` a second one about the same object."""
        word = rng.choices(self.words, cum_weights=self.weights)[0]
        first = rng.choice(self.facts[word])
        if rng.random() < two:
            named = set(first.anchors)
            more = [f for f in self.by_row[first.row] if f.word != word and named.isdisjoint(f.anchors)]
            if more:
                return [first, rng.choice(more)]
        return [first]
