"""Multi3DRefer (Zhang et al., ICCV 2023): sentences that mean no, one or several objects; F1 at an IoU threshold.

Five types: zero targets with ("zt_w_d") and without ("zt_wo_d") distractors of the class, a single target with
("st_w_d") and without ("st_wo_d"), several targets ("mt").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from sceneglot.errors import SceneglotError
from sceneglot.metrics.grounding import THRESHOLDS, box_iou

TYPES = ("zt_w_d", "zt_wo_d", "st_w_d", "st_wo_d", "mt")


@dataclass(frozen=True, eq=False)
class MultiAnswer:
    """One sentence.

    Attributes:
        kind: one of `TYPES`.
        boxes: (P, 6) predicted boxes, centre and full size, metres; P may be 0.
        truth: (T, 6) boxes of the objects that are meant; T may be 0.
    """

    kind: str
    boxes: np.ndarray
    truth: np.ndarray


def f1(boxes: np.ndarray, truth: np.ndarray, threshold: float) -> float:
    """2 TP / (P + T) after an optimal one-to-one matching; without targets 1 if nothing is predicted, else 0.

    The matching maximises the summed IoU and knows no threshold, as in the official code: a pair that would count may
    fall to two that overlap more together and count less.

    Args:
        boxes: (P, 6), truth: (T, 6), centre and full size, metres.
        threshold: IoU at which a pair counts.
    """
    boxes, truth = (np.asarray(b, np.float64).reshape(-1, 6) for b in (boxes, truth))
    if not len(truth):
        return float(not len(boxes))
    if not len(boxes):
        return 0.0
    first, second = (index.ravel() for index in np.indices((len(boxes), len(truth))))
    overlap = box_iou(boxes[first], truth[second]).reshape(len(boxes), len(truth))
    rows, columns = linear_sum_assignment(-overlap)
    hits = int((overlap[rows, columns] >= threshold).sum())
    return 2 * hits / (len(boxes) + len(truth))


def score(answers: Sequence[MultiAnswer], thresholds: Sequence[float] = THRESHOLDS) -> dict[str, Mapping[str, float]]:
    """Mean F1 in percent, "all" and by type, as {"all": {"n": ..., "F1@0.25": ..., "F1@0.5": ...}, ...}.

    Raises:
        SceneglotError: no answers, or an unknown type.
    """
    if not answers:
        raise SceneglotError("multi3drefer: there is nothing to score")
    unknown = sorted({answer.kind for answer in answers} - set(TYPES))
    if unknown:
        raise SceneglotError(f"multi3drefer: unknown type {unknown[0]!r}, expected one of {', '.join(TYPES)}")
    values = np.array([[f1(a.boxes, a.truth, t) for t in thresholds] for a in answers])
    kinds = np.array([answer.kind for answer in answers])
    result: dict[str, Mapping[str, float]] = {}
    for name in ("all", *TYPES):
        mask = np.ones(len(kinds), bool) if name == "all" else kinds == name
        if mask.any():
            means = 100 * values[mask].mean(0)
            result[name] = {"n": int(mask.sum())} | {f"F1@{t:g}": float(m) for t, m in zip(thresholds, means)}
    return result


def set_f1(chosen: Collection[int], meant: Collection[int]) -> float:
    """The same of sets of ids, where boxes are given: 2 TP / (P + T), 1 if both are empty."""
    total = len(chosen) + len(meant)
    return 2 * len(set(chosen) & set(meant)) / total if total else 1.0


def choose(probability: np.ndarray, threshold: float) -> np.ndarray:
    """(P,) rows of the objects above a threshold: the usual decoding, which may choose none."""
    return np.flatnonzero(np.asarray(probability) > threshold)
