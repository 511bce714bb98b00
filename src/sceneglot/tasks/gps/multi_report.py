"""Sentences that mean no, one or several objects scored by boxes: Multi3DRefer's F1 by type, beside what is easy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sceneglot.language.lexicon import normalize
from sceneglot.metrics import multi3drefer
from sceneglot.metrics.multi3drefer import MultiAnswer
from sceneglot.scenes import Objects, Utterance
from sceneglot.tasks.gps.box_report import boxes_of
from sceneglot.tasks.grounding.data import ObjectSource
from sceneglot.tasks.grounding.predict import MEANT, Grounded

SHARE = 0.3
"""Probability among all objects above which grounders that always point at one object choose; not tuned."""

Scores = Mapping[str, Mapping[str, float]]
"""Type, or "all" -> {"n", "F1@0.25", "F1@0.5"}, percent."""


@dataclass(frozen=True)
class MultiReport:
    """F1 of one grounder.

    Attributes:
        scores: of the objects it chose.
        baselines: name -> scores of choosing nothing at all, of the one object it ranks first whatever is said, and of
            all objects of the class that is meant (an oracle of the class: nothing where there is none of it).
        threshold: probability above which an object was chosen.
        trained: whether the grounder judges every object by itself; one that does not can only be cut off at `SHARE`.
    """

    scores: Scores
    baselines: Mapping[str, Scores]
    threshold: float
    trained: bool

    def summary(self) -> dict[str, Any]:
        """JSON-able."""
        plain = lambda scores: {name: dict(values) for name, values in scores.items()}  # noqa: E731
        return {
            "scores": plain(self.scores),
            "baselines": {name: plain(scores) for name, scores in self.baselines.items()},
            "threshold": self.threshold,
            "trained": self.trained,
        }


def multi_report(
    answers: Sequence[Grounded], candidates: ObjectSource, truth: ObjectSource, threshold: float | None = None
) -> MultiReport:
    """Score answers, whose ids are those of `candidates`, against the boxes of all targets.

    Args:
        candidates: scene id -> what could be chosen; truth: scene id -> the annotated objects.
        threshold: probability above which an object is chosen; None for `MEANT`, or `SHARE` of grounders that do not
            judge every object by itself.

    Raises:
        SceneglotError: there is no answer.
    """
    trained = any(answer.members is not None for answer in answers)
    limit = threshold if threshold is not None else MEANT if trained else SHARE
    found: dict[str, list[MultiAnswer]] = {"": [], "no object, ever": [], "always the likeliest object": []}
    found["all objects of the right class"] = []
    for answer in answers:
        scene_id, targets = answer.sentence.scene_id, answer.sentence.target_ids
        offered, annotated = candidates(scene_id), truth(scene_id)
        kind, meant = eval_type(answer.sentence, annotated), boxes_of(annotated, targets)
        labels = {normalize(annotated.label[annotated.row_of[i]]) for i in targets}
        alike = [int(i) for i, label in zip(offered.id, offered.label) if normalize(label) in labels]
        if kind == "zt_w_d":  # things of the class are there and none is meant: pointing at any is equally wrong
            alike = [int(i) for i in offered.id]
        chosen: dict[str, Sequence[int]] = {
            "": _chosen(answer, limit),
            "no object, ever": (),
            "always the likeliest object": [int(i) for i in answer.ids[:1]],
            "all objects of the right class": alike,
        }
        for name, ids in chosen.items():
            found[name].append(MultiAnswer(kind, boxes_of(offered, ids), meant))
    scores = {name: multi3drefer.score(rows) for name, rows in found.items()}
    return MultiReport(scores.pop(""), scores, limit, trained)


def eval_type(sentence: Utterance, objects: Objects) -> str:
    """Multi3DRefer's type: the one in the sentence's source; else by its targets and their labels ("zt_w_d" for none).

    Args:
        objects: the annotated ones.
    """
    official = sentence.source.rpartition("/")[2].rstrip(")")
    if official in multi3drefer.TYPES:
        return official
    if len(sentence.target_ids) > 1:
        return "mt"
    if not sentence.target_ids:
        return "zt_w_d"
    label = objects.label[objects.row_of[sentence.target_ids[0]]]
    return "st_w_d" if objects.label.count(label) > 1 else "st_wo_d"


def _chosen(answer: Grounded, threshold: float) -> list[int]:
    share = answer.scores if answer.members is None else answer.members
    return [int(answer.ids[row]) for row in multi3drefer.choose(share, threshold)]
