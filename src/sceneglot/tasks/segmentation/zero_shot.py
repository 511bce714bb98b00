"""Naming points by words alone, with no label ever seen: what a teacher sees, what a network distilled of it, and both.

The rows of OpenScene (Peng et al., 2023). *Lifted*: features of rendered pictures, averaged over the pixels that show a
point. *Distilled*: the network's own features. *Ensemble*: OpenScene's, per point the source that is surer of its
best word; and the product of both sources' probabilities. N points, K words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from sceneglot.metrics.segmentation import SegmentationScore, confusion, segmentation_score
from sceneglot.nets.open_vocabulary import TextBank
from sceneglot.rendering import render
from sceneglot.rendering.lift import lift
from sceneglot.scenes import Scene
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.evaluate import SceneScores
from sceneglot.tasks.segmentation.inference import point_cosines
from sceneglot.tasks.segmentation.labels import LabelSet
from sceneglot.tasks.segmentation.segmenter import Segmenter, text_bank
from sceneglot.teachers import Teacher

VIEWS = 8
"""Renders per scene."""
BACKGROUND: tuple[str, ...] = ("wall", "floor", "ceiling", "otherfurniture")
"""Classes that "foreground" tables leave out (RegionPLC; otherfurniture is no word and ignored by PLA, too)."""


@dataclass(frozen=True)
class ZeroShotScores:
    """Scores per row, among them what the best constant answer reaches: a bar, not a method."""

    rows: dict[str, SceneScores]

    def foreground(self, row: str) -> SegmentationScore:
        """Scores of a row over the classes that count and are no background."""
        scores = self.rows[row]
        background = [i for i, name in enumerate(scores.classes) if name in BACKGROUND]
        return segmentation_score(scores.matrix, exclude={*scores.labels.uncounted, *background})

    def metrics(self, row: str) -> dict[str, float]:
        """Means of a row over all classes and over the foreground, in 0..1."""
        every, front = self.rows[row].score, self.foreground(row)
        return {
            "mIoU": every.mean_iou,
            "mAcc": every.mean_accuracy,
            "accuracy": every.overall_accuracy,
            "foreground_mIoU": front.mean_iou,
            "foreground_mAcc": front.mean_accuracy,
        }

    def summary(self) -> dict[str, object]:
        """JSON-able record."""
        return {
            name: {"metrics": self.metrics(name), "iou": dict(zip(scores.classes, scores.score.iou.tolist()))}
            for name, scores in self.rows.items()
        }


def score_zero_shot(
    scenes: Iterable[Scene], segmenter: Segmenter, labels: LabelSet, views: int = VIEWS
) -> ZeroShotScores:
    """Name every point of every scene with the words of a label set, in every way, and compare with its labels.

    Raises:
        SceneglotError: a run without a teacher, or a scene without labels.
    """
    bank, classes = text_bank(segmenter.teacher, labels.classes), len(labels.classes)
    matrices: dict[str, np.ndarray] = {}
    count = 0
    for scene in scenes:
        count += 1
        truth = labels.of_scene(scene)
        seen = lifted_cosines(scene, segmenter.teacher, bank, views)
        known = point_cosines(
            segmenter.net, np.array(scene.xyz), point_features(scene, segmenter.spec.inputs), bank, segmenter.looks
        )
        for name, label in name_points(seen, known).items():
            matrices[name] = matrices.get(name, 0) + confusion(label, truth, classes)
    always = np.zeros((classes, classes + 1), np.int64)
    if matrices:
        total = next(iter(matrices.values())).sum(1)
        always[:, int(total.argmax())] = total
    rows = {"best constant": always} | matrices
    return ZeroShotScores({name: SceneScores(labels, m, (), count) for name, m in rows.items()})


def lifted_cosines(scene: Scene, teacher: Teacher, bank: TextBank, views: int = VIEWS) -> np.ndarray:
    """(N, K) float32 cosines of the teacher's patch features, lifted to points, with words; zero where unseen."""
    size = 2 * teacher.image_size
    pictures = render(scene, views=views, size=(size, size))
    patches = teacher.encode_images([view.rgb for view in pictures]).patches
    features, _ = lift(pictures, patches, len(scene))
    return (F.normalize(torch.from_numpy(features), dim=1) @ bank.embedding.T).numpy()


def name_points(lifted: np.ndarray, distilled: np.ndarray) -> dict[str, np.ndarray]:
    """(N,) rows of the likeliest word by each source and by both; -1 where the source has no opinion.

    Args:
        lifted, distilled: (N, K) cosines; rows of zeros have no opinion.
    """
    seen, known = lifted.any(1), distilled.any(1)
    first = np.where(seen, lifted.max(1, initial=-np.inf), -np.inf)
    second = np.where(known, distilled.max(1, initial=-np.inf), -np.inf)
    surer = np.where(first >= second, lifted.argmax(1), distilled.argmax(1))
    # at one temperature the product of two softmaxes is the softmax of the sum
    product = (lifted + distilled).argmax(1)
    either = seen | known
    return {
        "lifted": np.where(seen, lifted.argmax(1), -1),
        "distilled": np.where(known, distilled.argmax(1), -1),
        "ensemble (surer)": np.where(either, surer, -1),
        "ensemble (product)": np.where(either, product, -1),
    }
