"""Score a segmentation network on scenes: one confusion matrix over all of them, then IoU (ScanNet's rules)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from sceneglot.metrics.segmentation import (
    OpenVocabularyScore,
    SegmentationScore,
    confusion,
    open_vocabulary_score,
    segmentation_score,
)
from sceneglot.scenes import Scene
from sceneglot.tasks.segmentation.labels import LabelSet, class_rows

Labeller = Callable[[Scene], np.ndarray]
"""Scene -> (N,) class of every point."""


@dataclass(frozen=True, eq=False)
class SceneScores:
    """Scores of a set of scenes.

    Attributes:
        classes: K names. matrix: (K, K + 1) from `metrics.segmentation.confusion`, summed over scenes.
        novel: rows of the classes whose labels the network never saw. scenes: how many there were.
    """

    classes: tuple[str, ...]
    matrix: np.ndarray
    novel: tuple[int, ...]
    scenes: int

    @property
    def score(self) -> SegmentationScore:
        """IoU and accuracies."""
        return segmentation_score(self.matrix)

    @property
    def open_vocabulary(self) -> OpenVocabularyScore | None:
        """Base, novel and harmonic mean; None where every class is a base class."""
        return open_vocabulary_score(self.score.iou, self.novel) if self.novel else None

    def metrics(self) -> dict[str, float]:
        """Flat names for logs and tables, in 0..1."""
        score = self.score
        found = {"mIoU": score.mean_iou, "mAcc": score.mean_accuracy, "accuracy": score.overall_accuracy}
        split = self.open_vocabulary
        if split is not None:
            found |= {"base_mIoU": split.base, "novel_mIoU": split.novel, "hIoU": split.harmonic}
        return found

    def summary(self) -> dict[str, object]:
        """JSON-able record."""
        iou = {name: float(value) for name, value in zip(self.classes, self.score.iou)}
        return {"scenes": self.scenes, "points": self.score.num_points, "metrics": self.metrics(), "iou": iou}


def score_scenes(
    scenes: Iterable[Scene], labeller: Labeller, labels: LabelSet, novel: Iterable[str] = ()
) -> SceneScores:
    """Label every scene and compare with its own labels; points of none of the classes do not count."""
    classes = len(labels.classes)
    matrix, count = np.zeros((classes, classes + 1), np.int64), 0
    for scene in scenes:
        matrix += confusion(labeller(scene), labels.of_scene(scene), classes)
        count += 1
    return SceneScores(labels.classes, matrix, class_rows(novel, labels.classes), count)
