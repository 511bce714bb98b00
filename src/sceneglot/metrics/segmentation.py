"""Scores of a semantic segmentation: IoU per class, its means, and the base / novel means of open-vocabulary protocols.

N points, C classes. Everything is computed from a confusion matrix, which is summed over scenes *before* any division:
S3DIS "6-fold" is the score of the sum of six matrices, not the mean of six scores.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from sceneglot.errors import SceneglotError


def confusion(predicted: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """(C, C + 1) int64 counts, rows truth, columns prediction; the last column is "none of the classes".

    Args:
        predicted: (N,) integers; anything outside 0..C-1 is a prediction of none of the classes, hence a miss.
        truth: (N,) integers; points outside 0..C-1 are unlabelled and do not count, whatever was predicted there.
        classes: C.

    Raises:
        SceneglotError: lengths that differ: every labelled point needs a prediction.
    """
    predicted, truth = np.asarray(predicted), np.asarray(truth)
    if predicted.shape != truth.shape or truth.ndim != 1:
        raise SceneglotError(
            f"segmentation: {predicted.shape} predictions for {truth.shape} labels, expected one per point"
        )
    labelled = (truth >= 0) & (truth < classes)
    column = np.where((predicted >= 0) & (predicted < classes), predicted, classes)[labelled].astype(np.int64)
    flat = np.bincount(truth[labelled].astype(np.int64) * (classes + 1) + column, minlength=classes * (classes + 1))
    return flat.reshape(classes, classes + 1)


@dataclass(frozen=True)
class SegmentationScore:
    """Scores in 0..1; NaN where nothing is known.

    Attributes:
        iou: (C,) float64; NaN for classes that neither occur nor are predicted.
        accuracy: (C,) float64, share of a class's points that were found; NaN for classes that do not occur.
        mean_iou, mean_accuracy: unweighted means over the classes that are not NaN.
        overall_accuracy: share of all labelled points.
        num_points: labelled points.
    """

    iou: np.ndarray
    accuracy: np.ndarray
    mean_iou: float
    mean_accuracy: float
    overall_accuracy: float
    num_points: int


def segmentation_score(matrix: np.ndarray, *, exclude: Collection[int] = ()) -> SegmentationScore:
    """Scores of a confusion matrix.

    Args:
        matrix: (C, C + 1) from `confusion`, possibly a sum of several.
        exclude: classes that do not count. Their points are unlabelled and they are left out of the means; a point of
            another class predicted as one of them is still a miss. "Foreground only" tables exclude wall and floor.
    """
    matrix = np.array(matrix, np.int64)
    excluded = np.zeros(len(matrix), bool)
    excluded[list(exclude)] = True
    matrix[excluded] = 0
    hit, truth, predicted = matrix.diagonal(), matrix.sum(1), matrix[:, : len(matrix)].sum(0)
    iou = _ratio(hit, truth + predicted - hit)
    iou[excluded] = np.nan
    accuracy = _ratio(hit, truth)
    total = int(matrix.sum())
    overall = float(hit.sum() / total) if total else float("nan")
    return SegmentationScore(iou, accuracy, nan_mean(iou), nan_mean(accuracy), overall, total)


@dataclass(frozen=True)
class OpenVocabularyScore:
    """Scores of a base / novel split, in 0..1.

    Attributes:
        base, novel: unweighted means over the classes of each group that are not NaN.
        harmonic: 2 base novel / (base + novel); zero when both are.
        mean: mean over all classes, so that the larger group counts more.
    """

    base: float
    novel: float
    harmonic: float
    mean: float


def open_vocabulary_score(
    values: np.ndarray, novel: Collection[int], *, ignored: Collection[int] = ()
) -> OpenVocabularyScore:
    """mIoU(B), mIoU(N), hIoU from IoU per class, or AP likewise (Ding et al., PLA, 2023).

    Args:
        values: (C,) per class, NaN where unknown.
        novel: classes without training labels. ignored: classes of neither group ("otherfurniture").

    Raises:
        SceneglotError: a class is novel and ignored, or does not exist.
    """
    values = np.asarray(values, np.float64)
    is_novel, is_ignored = np.zeros((2, len(values)), bool)
    if not all(0 <= c < len(values) for c in (*novel, *ignored)) or set(novel) & set(ignored):
        raise SceneglotError(f"base / novel split: classes {sorted(novel)} and {sorted(ignored)} of {len(values)}")
    is_novel[list(novel)], is_ignored[list(ignored)] = True, True
    base_mean, novel_mean = nan_mean(values[~is_novel & ~is_ignored]), nan_mean(values[is_novel])
    return OpenVocabularyScore(
        base_mean, novel_mean, harmonic_mean(base_mean, novel_mean), nan_mean(values[~is_ignored])
    )


def harmonic_mean(a: float, b: float) -> float:
    """2ab / (a + b); zero when both are zero, NaN when either is unknown."""
    return 2 * a * b / (a + b) if a + b != 0 else 0.0


def nan_mean(values: np.ndarray) -> float:
    """Mean of the values that are numbers; NaN, without a warning, when there are none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
