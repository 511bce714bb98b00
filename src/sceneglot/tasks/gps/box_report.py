"""Grounding scored by boxes: ScanRefer's Acc@IoU by stratum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.metrics import grounding
from sceneglot.scenes import Objects
from sceneglot.scenes.labels import class18_of, nyu40_of
from sceneglot.tasks.grounding.data import ObjectSource
from sceneglot.tasks.grounding.predict import Grounded

Unique = Literal["described", "all"]
"""Among which objects one must be alone in its class to be "unique": the described ones of the scene (ScanRefer's own
code), or all (GPS's released evaluator, which finds fewer)."""


@dataclass(frozen=True)
class BoxReport:
    """Accuracy in percent of pointing at boxes.

    Attributes:
        strata: "overall", "unique", "multiple" -> {"n", "acc@0.25", "acc@0.5"}.
        random: the same, overall, expected of a random candidate; ceiling: of the best candidate.
        unique: the rule of the strata.
        answers: one per sentence.
    """

    strata: Mapping[str, Mapping[str, float]]
    random: Mapping[str, float]
    ceiling: Mapping[str, float]
    unique: Unique
    answers: tuple[Grounded, ...]

    def summary(self) -> dict[str, Any]:
        """JSON-able, without the sentences."""
        return {
            "strata": {name: dict(values) for name, values in self.strata.items()},
            "random": dict(self.random),
            "ceiling": dict(self.ceiling),
            "unique": self.unique,
        }


def box_report(
    answers: Sequence[Grounded], candidates: ObjectSource, truth: ObjectSource, unique: Unique = "described"
) -> BoxReport:
    """Score answers, whose ids are those of `candidates`, against the boxes of the first target of each sentence.

    Args:
        candidates: scene id -> what could be chosen; truth: scene id -> the annotated objects.
    """
    if not answers:
        raise SceneglotError("there is no sentence to score")
    overlap = [_overlaps(answer, candidates, truth) for answer in answers]
    chosen = np.array([values[0] for values in overlap])
    thresholds = grounding.THRESHOLDS
    random = {f"acc@{t:g}": 100 * float(np.mean([(values >= t).mean() for values in overlap])) for t in thresholds}
    best = grounding.localization(np.array([values.max() for values in overlap]))
    strata = grounding.by_stratum(chosen, _unique(answers, truth, unique))
    scaled = {name: {k: v if k == "n" else 100 * v for k, v in values.items()} for name, values in strata.items()}
    return BoxReport(scaled, random, {k: 100 * v for k, v in best.items()}, unique, tuple(answers))


def _overlaps(answer: Grounded, candidates: ObjectSource, truth: ObjectSource) -> np.ndarray:
    """(K,) IoU of every candidate with the target, the chosen one first; one zero where there is no candidate."""
    if not len(answer.ids):
        return np.zeros(1)
    meant = truth(answer.sentence.scene_id)
    target = boxes_of(meant, answer.sentence.target_ids[:1])
    boxes = boxes_of(candidates(answer.sentence.scene_id), answer.ids)
    return grounding.box_iou(boxes, np.repeat(target, len(boxes), 0))


def _unique(answers: Sequence[Grounded], truth: ObjectSource, rule: Unique) -> np.ndarray:
    scenes = [answer.sentence.scene_id for answer in answers]
    things = [answer.sentence.target_ids[0] for answer in answers]
    classes = {scene_id: [class18_of(nyu40_of(label)) for label in truth(scene_id).label] for scene_id in set(scenes)}
    own = [classes[scene][truth(scene).row_of[thing]] for scene, thing in zip(scenes, things)]
    if rule == "described":
        return grounding.unique_mask(scenes, things, own)
    return grounding.unique_among_all(scenes, own, classes)


def boxes_of(objects: Objects, ids: Iterable[int]) -> np.ndarray:
    """(P, 6) centre and full size of the objects with these ids, metres."""
    rows = [objects.row_of[int(i)] for i in ids]
    return np.concatenate([objects.center[rows], objects.size[rows]], 1).reshape(-1, 6)
