"""Score a segmentation network on scenes: one confusion matrix over all of them, then IoU (ScanNet's rules)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.metrics.segmentation import (
    OpenVocabularyScore,
    SegmentationScore,
    confusion,
    nan_mean,
    open_vocabulary_score,
    segmentation_score,
)
from sceneglot.records import read_json
from sceneglot.scenes import Scene
from sceneglot.tasks.segmentation.labels import LabelSet, class_rows

Labeller = Callable[[Scene], np.ndarray]
"""Scene -> (N,) class of every point."""
UNSPLIT: tuple[str, ...] = ("otherfurniture", "clutter", "other flat")
"""Classes that are neither base nor novel, and whose points do not count there (PLA; ScanNet, S3DIS, nuScenes)."""


@dataclass(frozen=True, eq=False)
class SceneScores:
    """Scores of a set of scenes.

    Attributes:
        labels: the K classes. matrix: (K, K + 1) from `metrics.segmentation.confusion`, summed over scenes.
        novel: rows of the classes whose labels the network never saw. scenes: how many there were.
    """

    labels: LabelSet
    matrix: np.ndarray
    novel: tuple[int, ...]
    scenes: int

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the rows."""
        return self.labels.classes

    @property
    def score(self) -> SegmentationScore:
        """IoU and accuracies."""
        return segmentation_score(self.matrix, exclude=self.labels.uncounted)

    @property
    def open_vocabulary(self) -> OpenVocabularyScore | None:
        """Base, novel and harmonic mean without the classes of `UNSPLIT`; None where every class is a base class."""
        if not self.novel:
            return None
        neither = [row for row, name in enumerate(self.classes) if name in UNSPLIT and row not in self.novel]
        iou = segmentation_score(self.matrix, exclude=(*self.labels.uncounted, *neither)).iou
        return open_vocabulary_score(iou, self.novel, ignored=neither)

    def metrics(self) -> dict[str, float]:
        """Flat names for logs and tables, in 0..1."""
        score = self.score
        found = {"mIoU": score.mean_iou, "mAcc": score.mean_accuracy, "accuracy": score.overall_accuracy}
        for group, rows in self.labels.groups.items():
            found[f"{group}_mIoU"] = nan_mean(score.iou[list(rows)])
        split = self.open_vocabulary
        if split is not None:
            found |= {"base_mIoU": split.base, "novel_mIoU": split.novel, "hIoU": split.harmonic}
        return found

    def summary(self) -> dict[str, object]:
        """JSON-able record."""
        iou = {name: float(value) for name, value in zip(self.classes, self.score.iou)}
        return {
            "label_set": self.labels.name,
            "scenes": self.scenes,
            "points": self.score.num_points,
            "metrics": self.metrics(),
            "iou": iou,
            "matrix": self.matrix.tolist(),
        }

    def with_folds(self, files: Iterable[Path]) -> SceneScores:
        """These scores together with those of other folds, as their runs' `summary` was written: one summed matrix.

        Raises:
            BadFileError: no such summary, or of another label set.
        """
        matrix, scenes = self.matrix.copy(), self.scenes
        for path in files:
            part = read_json(path)
            known = isinstance(part, dict) and part.get("label_set") == self.labels.name
            rows = _matrix(part.get("matrix"), matrix.shape) if isinstance(part, dict) and known else None
            if not isinstance(part, dict) or rows is None:
                needed = "scores-segmentation-SPLIT.json of a run of the same classes"
                raise BadFileError(path, f"holds no confusion matrix of {self.labels.name}", f"give the {needed}")
            matrix += rows
            scenes += part["scenes"] if isinstance(part.get("scenes"), int) else 0
        return replace(self, matrix=matrix, scenes=scenes)


def _matrix(rows: object, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        matrix = np.array(rows, np.int64)
    except (TypeError, ValueError, OverflowError):
        return None
    return matrix if matrix.shape == shape else None


def score_scenes(
    scenes: Iterable[Scene], labeller: Labeller, labels: LabelSet, novel: Iterable[str] = ()
) -> SceneScores:
    """Label every scene and compare with its own labels; points of none of the classes do not count."""
    classes = len(labels.classes)
    matrix, count = np.zeros((classes, classes + 1), np.int64), 0
    for scene in scenes:
        matrix += confusion(labeller(scene), labels.of_scene(scene), classes)
        count += 1
    return SceneScores(labels, matrix, class_rows(novel, labels.classes), count)
