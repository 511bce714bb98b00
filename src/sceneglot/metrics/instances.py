"""Average precision of instance masks by the rules of the ScanNet benchmark.

N points of a scene, I predicted and G annotated instances. The rules, which differ from box detection:

- IoU must be *strictly greater* than the threshold;
- "AP" is the mean over 0.50, 0.55, ..., **0.90**: nine thresholds, although 0.95 is often written. AP25 is apart;
- instances below 100 points do not count, neither predicted nor annotated ones;
- of several predictions on one annotated instance the surest is right, the others are wrong; only the first of them in
  the list is used up, so that at .25 another may be matched to a second instance, too;
- a prediction that matches nothing is dropped if more than the threshold's share of it lies on unlabelled points or on
  annotated instances that are too small;
- the curve is integrated over recall by the central-difference (trapezoid-like) rule, without an envelope;
- a class that is annotated but never predicted has AP 0; one that is not annotated does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.metrics.segmentation import nan_mean

THRESHOLDS: tuple[float, ...] = tuple(round(0.5 + 0.05 * i, 2) for i in range(9))
"""0.50 to 0.90."""
MIN_POINTS = 100


@dataclass(frozen=True)
class InstanceMasks:
    """Predicted instances of one scene; masks may overlap.

    Attributes:
        mask: (I, N) bool.
        label: (I,) int, class 0..C-1.
        score: (I,) float, higher is surer.
    """

    mask: np.ndarray
    label: np.ndarray
    score: np.ndarray

    @classmethod
    def of_rows(cls, instance: np.ndarray, label: np.ndarray, score: np.ndarray) -> InstanceMasks:
        """From (N,) instance row of each point, -1 for none, and label and score (I,) per instance."""
        return cls(np.asarray(instance)[None] == np.arange(len(label))[:, None], np.asarray(label), np.asarray(score))


@dataclass(frozen=True)
class InstanceTruth:
    """Annotation of one scene.

    Attributes:
        instance: (N,) int, any ids; negative for points of no instance.
        label: (N,) int, class of each point 0..C-1; negative for unlabelled points and classes that do not count.
    """

    instance: np.ndarray
    label: np.ndarray


@dataclass(frozen=True)
class InstanceScore:
    """AP in 0..1.

    Attributes:
        ap, ap50, ap25: (C,) per class, NaN for classes that are not annotated.
        mean_ap, mean_ap50, mean_ap25: means over annotated classes.
    """

    ap: np.ndarray
    ap50: np.ndarray
    ap25: np.ndarray
    mean_ap: float
    mean_ap50: float
    mean_ap25: float


def instance_score(
    predictions: Sequence[InstanceMasks],
    truths: Sequence[InstanceTruth],
    classes: int,
    *,
    min_points: int = MIN_POINTS,
) -> InstanceScore:
    """AP, AP50 and AP25 over a set of scenes.

    Args:
        predictions, truths: one entry per scene.
        classes: C; ScanNet evaluates 18, without wall and floor.
        min_points: instances with fewer points do not count.

    Raises:
        SceneglotError: numbers of scenes or of points that disagree, or a score that is no finite number.
    """
    if len(predictions) != len(truths):
        raise SceneglotError(f"instances: predictions of {len(predictions)} scenes, annotations of {len(truths)}")
    scenes = [count_overlaps(p, t, f"number {i}") for i, (p, t) in enumerate(zip(predictions, truths))]
    return score_overlaps(scenes, classes, min_points=min_points)


def score_overlaps(scenes: Sequence[Overlaps], classes: int, *, min_points: int = MIN_POINTS) -> InstanceScore:
    """`instance_score` from what `count_overlaps` made of each scene: many scans fit into memory so."""
    table = np.array(
        [[_class_ap(scenes, c, threshold, min_points) for threshold in (*THRESHOLDS, 0.25)] for c in range(classes)]
    ).reshape(classes, len(THRESHOLDS) + 1)
    ap = table[:, :-1].mean(1)
    ap50, ap25 = table[:, 0], table[:, -1]
    return InstanceScore(ap, ap50, ap25, nan_mean(ap), nan_mean(ap50), nan_mean(ap25))


@dataclass(frozen=True)
class Overlaps:
    """What counts of one scene: the points that its I predicted and G annotated instances share.

    Attributes:
        shared: (I, G) int64 points.
        void: (I,) points of each prediction on unlabelled ground.
        size, label, score: (I,) of the predictions; truth_size, truth_label: (G,).
    """

    shared: np.ndarray
    void: np.ndarray
    size: np.ndarray
    label: np.ndarray
    score: np.ndarray
    truth_size: np.ndarray
    truth_label: np.ndarray


def count_overlaps(predicted: InstanceMasks, truth: InstanceTruth, scene: str) -> Overlaps:
    """Count the points of one scene; `scene` names it in errors.

    Raises:
        SceneglotError: numbers of points that disagree, or a score that is no finite number.
    """
    points, count = len(truth.label), len(predicted.label)
    shapes = (np.shape(predicted.mask), np.shape(predicted.score), np.shape(truth.instance))
    if shapes != ((count, points), (count,), (points,)):
        raise SceneglotError(
            f"instances: scene {scene} has masks, scores and instances of shapes {shapes}, expected "
            f"({count}, {points}), ({count},), ({points},)"
        )
    if not np.isfinite(predicted.score).all():
        raise SceneglotError(f"instances: scene {scene} has a prediction whose score is no finite number")
    known = (truth.label >= 0) & (truth.instance >= 0)
    pairs = np.stack([truth.label[known], truth.instance[known]], 1).astype(np.int64).reshape(-1, 2)
    kinds, row, size = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    column = np.full(points, len(kinds), np.int64)
    column[known] = row.reshape(-1)
    masks = np.asarray(predicted.mask, bool)
    shared = np.array([np.bincount(column[mask], minlength=len(kinds) + 1) for mask in masks], np.int64)
    shared = shared.reshape(count, len(kinds) + 1)
    return Overlaps(
        shared[:, :-1],
        shared[:, -1],
        masks.sum(1),
        np.asarray(predicted.label),
        np.asarray(predicted.score, np.float64),
        size,
        kinds[:, 0],
    )


def instance_ap(right: np.ndarray, score: np.ndarray, missed: int) -> float:
    """Area under the precision-recall curve as the benchmark's script integrates it.

    One point of the curve per distinct score, plus precision 1 at recall 0. A point weighs half the distance in recall
    between its two neighbours (np.gradient-like); the outermost one counts its own recall as its neighbour's.

    Args:
        right: (D,) bool, whether each prediction is right. score: (D,).
        missed: annotated instances that no prediction matched.
    """
    if not len(right):
        return 0.0
    order = np.argsort(score, kind="stable")
    right, score = np.asarray(right)[order], np.asarray(score)[order]
    first = np.unique(score, return_index=True)[1]
    below = np.concatenate([[0], np.cumsum(right)])[first]  # right ones with a lower score than each threshold
    hits = right.sum() - below
    precision = np.append(hits / (len(right) - first), 1.0)
    recall = np.append(hits / max(right.sum() + missed, 1), 0.0)
    padded = np.concatenate([recall[:1], recall, [0.0]])
    return float(precision @ ((padded[:-2] - padded[2:]) / 2))


def _class_ap(scenes: Sequence[Overlaps], label: int, threshold: float, min_points: int) -> float:
    right: list[bool] = []
    score: list[float] = []
    missed, annotated = 0, False
    for scene in scenes:
        mine = (scene.label == label) & (scene.size >= min_points)
        theirs = scene.truth_label == label
        if not (mine.any() or theirs.any()):
            continue
        annotated |= bool((scene.truth_size[theirs] >= min_points).any())
        hits, sure, lost = _match(scene, np.flatnonzero(mine), np.flatnonzero(theirs), threshold, min_points)
        right += hits
        score += sure
        missed += lost
    if not annotated:
        return float("nan")
    return instance_ap(np.array(right, bool), np.array(score), missed)


def _match(
    scene: Overlaps, mine: np.ndarray, theirs: np.ndarray, threshold: float, min_points: int
) -> tuple[list[bool], list[float], int]:
    """Right or wrong and score of the predictions of one class in one scene, and how many instances were missed."""
    shared = scene.shared[np.ix_(mine, theirs)]
    truth_size, score = scene.truth_size[theirs], scene.score[mine]
    over = shared / np.maximum(scene.size[mine][:, None] + truth_size - shared, 1) > threshold
    counts = truth_size >= min_points
    right: list[bool] = []
    sure: list[float] = []
    missed = 0
    taken = np.zeros(len(mine), bool)
    for g in np.flatnonzero(counts):
        candidates = np.flatnonzero(over[:, g] & ~taken)
        taken[candidates[:1]] = True  # as in the script: the duplicates stay free
        missed += not len(candidates)
        ranked = np.sort(score[candidates])[::-1]
        right += [i == 0 for i in range(len(ranked))]
        sure += ranked.tolist()
    alone = ~over.any(1)
    ignored = (scene.void[mine] + shared[:, ~counts].sum(1)) / np.maximum(scene.size[mine], 1)
    wrong = alone & (ignored <= threshold)
    return right + [False] * int(wrong.sum()), sure + score[wrong].tolist(), missed
