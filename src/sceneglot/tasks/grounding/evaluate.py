"""Scoring a map grounder on sentences with known targets: the protocol "gt-labels".

Given at test time: the boxes and labels of all objects, as an object map has them. (ReferIt3D's own protocol hides the
labels; published numbers with labels are those of methods that read an object table.) Walls, floor and ceiling are no
candidates. Sentences longer than 24 tokens do not count, as in the official code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.language.lexicon import normalize
from sceneglot.metrics import referit3d
from sceneglot.metrics.referit3d import GroundingScores
from sceneglot.nets.gps.map_grounder import MapGrounder
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.data import Candidates, GroundingCollator, ObjectSource
from sceneglot.tasks.grounding.predict import Grounded, by_scene, predict


@dataclass(frozen=True)
class GroundingReport:
    """Scores of one grounder on one set of sentences; percentages.

    Attributes:
        scores: the official subsets.
        by_relation: relation (where the sentences know theirs) -> accuracy and number.
        by_class: the twenty most frequent target labels -> accuracy and number.
        class_only: expected accuracy of a random object of the target's class; random: of any candidate.
        right_class: share of answers that have the target's label.
        left_out: sentences that do not count, by reason.
        answers: one per counted sentence.
    """

    scores: GroundingScores
    by_relation: Mapping[str, tuple[float, int]]
    by_class: Mapping[str, tuple[float, int]]
    class_only: float
    random: float
    right_class: float
    left_out: Mapping[str, int]
    answers: tuple[Grounded, ...]

    def summary(self) -> dict[str, Any]:
        """JSON-able, without the sentences."""
        table = lambda rows: {k: {"accuracy": a, "sentences": n} for k, (a, n) in rows.items()}  # noqa: E731
        return {
            "protocol": "gt-labels",
            "accuracy": dict(self.scores.accuracy),
            "counts": dict(self.scores.counts),
            "class_only": self.class_only,
            "random": self.random,
            "right_class": self.right_class,
            "by_relation": table(self.by_relation),
            "by_class": table(self.by_class),
            "left_out": dict(self.left_out),
        }


def evaluate_grounding(
    net: MapGrounder, sentences: Sequence[Utterance], objects: ObjectSource, collate: GroundingCollator
) -> GroundingReport:
    """Ground every sentence and score it.

    Raises:
        SceneglotError: no sentence counts.
    """
    counted, left_out = select(sentences, objects)
    if not counted:
        raise SceneglotError(f"none of {len(sentences)} sentences can be scored ({_reasons(left_out)})")
    answers = tuple(predict(net, by_scene(counted, objects), collate))
    return report(answers, objects, left_out)


def select(sentences: Sequence[Utterance], objects: ObjectSource) -> tuple[list[Utterance], dict[str, int]]:
    """Those that count, and how many do not, by reason."""
    left_out = {"more than 24 tokens": 0, "target is no candidate": 0}
    counted: list[Utterance] = []
    ids: dict[str, frozenset[int]] = {}
    for sentence in sentences:
        if sentence.scene_id not in ids:
            found = Candidates.of(sentence.scene_id, objects(sentence.scene_id)).objects
            ids[sentence.scene_id] = frozenset(found.row_of)
        if not referit3d.is_counted(referit3d.split_tokens(sentence.text)):
            left_out["more than 24 tokens"] += 1
        elif not ids[sentence.scene_id].issuperset(sentence.target_ids) or not sentence.target_ids:
            left_out["target is no candidate"] += 1
        else:
            counted.append(sentence)
    return counted, left_out


def report(answers: Sequence[Grounded], objects: ObjectSource, left_out: Mapping[str, int]) -> GroundingReport:
    """The tables over answers."""
    facts = [_fact(answer, objects) for answer in _grouped(answers)]
    right = np.array([fact.right for fact in facts])
    counts = np.array([fact.rivals for fact in facts])
    view = [referit3d.is_view_dependent(referit3d.split_tokens(fact.answer.sentence.text)) for fact in facts]
    return GroundingReport(
        scores=referit3d.score(right.tolist(), counts.tolist(), view),
        by_relation=_breakdown(facts, lambda fact: fact.answer.sentence.relation, 40),
        by_class=_breakdown(facts, lambda fact: fact.label, 20),
        class_only=referit3d.class_only(counts.tolist()),
        random=100 * float(np.mean([1 / len(fact.answer.ids) for fact in facts])),
        right_class=100 * float(np.mean([fact.right_class for fact in facts])),
        left_out={reason: count for reason, count in left_out.items() if count},
        answers=tuple(answers),
    )


@dataclass(frozen=True)
class _Fact:
    answer: Grounded
    right: bool
    rivals: int
    label: str
    right_class: bool


def _grouped(answers: Sequence[Grounded]) -> list[Grounded]:
    """By scene, so that each table of objects is read once."""
    return sorted(answers, key=lambda answer: answer.sentence.scene_id)


def _fact(answer: Grounded, objects: ObjectSource) -> _Fact:
    table = objects(answer.sentence.scene_id)
    labels = [normalize(text) for text in table.label]
    label = labels[table.row_of[answer.sentence.target_ids[0]]]
    chosen = labels[table.row_of[answer.chosen]]
    return _Fact(answer, answer.is_right, labels.count(label), label, chosen == label)


def _breakdown(facts: Sequence[_Fact], key: Callable[[_Fact], str], most: int) -> dict[str, tuple[float, int]]:
    """Key -> accuracy and number, the most frequent first; sentences without a key are not shown."""
    rows: dict[str, list[bool]] = {}
    for fact in facts:
        if key(fact):
            rows.setdefault(key(fact), []).append(fact.right)
    order = sorted(rows, key=lambda name: (-len(rows[name]), name))[:most]
    return {name: (100 * float(np.mean(rows[name])), len(rows[name])) for name in order}


def _reasons(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in left_out.items() if count) or "there are none"
