"""Average precision of 3D boxes in VoteNet's protocol.

Qi et al. 2019, evaluation code. Detections of a class over all scenes are sorted by score; each is matched to the box
of its scene it overlaps most and is right when that IoU is *strictly greater* than the threshold and the box is not
taken yet. AP is the area under the monotone precision envelope (VOC 2010), not the 11-point mean. The mean runs over
classes that occur in the ground truth; a class without detections has AP 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sceneglot.ops.boxes import pairwise_iou

MIN_OBJECTNESS = 0.05


@dataclass(frozen=True)
class Detections:
    """Boxes found in one scene.

    Attributes:
        boxes: (K, 6) centre and full size, metres.
        label: (K,) int, class.
        score: (K,) float, higher is surer.
    """

    boxes: np.ndarray
    label: np.ndarray
    score: np.ndarray

    def __post_init__(self) -> None:
        k = len(self.label)
        if np.shape(self.boxes) != (k, 6) or np.shape(self.score) != (k,):
            shapes = f"{np.shape(self.boxes)} and {np.shape(self.score)}"
            raise ValueError(f"{k} labels need boxes ({k}, 6) and scores ({k},), got {shapes}")


@dataclass(frozen=True)
class DetectionScore:
    """What `evaluate` reports.

    Attributes:
        mean_ap: mean AP over classes that occur in the ground truth, in [0, 1].
        mean_recall: mean over the same classes of the recall of all detections ("AR"), in [0, 1].
        ap, recall: per class.
        num_objects: per class.
    """

    mean_ap: float
    mean_recall: float
    ap: dict[int, float]
    recall: dict[int, float]
    num_objects: dict[int, int]


def per_class_proposals(boxes: np.ndarray, objectness: np.ndarray, class_probability: np.ndarray) -> Detections:
    """VoteNet's default decoding: every box with objectness above 0.05 is a detection of every class.

    Args:
        boxes: (K, 6) boxes of one scene that survived suppression.
        objectness: (K,) in 0..1.
        class_probability: (K, C), rows sum to one.

    Returns:
        Up to K * C detections with score class probability times objectness.
    """
    keep = np.asarray(objectness) > MIN_OBJECTNESS
    probability = np.asarray(class_probability)[keep]
    num_classes = probability.shape[1]
    return Detections(
        boxes=np.repeat(np.asarray(boxes)[keep], num_classes, axis=0),
        label=np.tile(np.arange(num_classes), len(probability)),
        score=(probability * np.asarray(objectness)[keep, None]).ravel(),
    )


def evaluate(
    detections: Sequence[Detections], truth: Sequence[tuple[np.ndarray, np.ndarray]], threshold: float
) -> DetectionScore:
    """AP of every class at one IoU threshold.

    Args:
        detections: one entry per scene.
        truth: per scene the annotated boxes (M, 6) and their classes (M,).
        threshold: IoU, usually 0.25 or 0.5.
    """
    if len(detections) != len(truth):
        raise ValueError(f"detections of {len(detections)} scenes, ground truth of {len(truth)}")
    classes = sorted({int(c) for _, labels in truth for c in np.asarray(labels)})
    ap, recall, num_objects = {}, {}, {}
    for label in classes:
        scores, hits, num_objects[label] = _matches(detections, truth, label, threshold)
        order = np.argsort(-scores, kind="stable")
        right = np.cumsum(hits[order])
        found = right / num_objects[label]
        precision = right / np.arange(1, len(right) + 1)
        ap[label] = average_precision(found, precision)
        recall[label] = float(found[-1]) if len(found) else 0.0
    return DetectionScore(
        mean_ap=float(np.mean(list(ap.values()))) if ap else 0.0,
        mean_recall=float(np.mean(list(recall.values()))) if recall else 0.0,
        ap=ap,
        recall=recall,
        num_objects=num_objects,
    )


def average_precision(recall: np.ndarray, precision: np.ndarray) -> float:
    """Area under the monotone envelope of a precision-recall curve (VOC 2010).

    Args:
        recall: (D,) non-decreasing, in 0..1.
        precision: (D,) at those recalls.
    """
    recall = np.concatenate([[0.0], recall, [1.0]])
    envelope = np.concatenate([[0.0], precision, [0.0]])
    envelope = np.maximum.accumulate(envelope[::-1])[::-1]
    steps = np.diff(recall)
    return float((steps * envelope[1:]).sum())


def _matches(
    detections: Sequence[Detections], truth: Sequence[tuple[np.ndarray, np.ndarray]], label: int, threshold: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Scores and hits (D,) of one class's detections over all scenes, and its number of annotated boxes.

    Scenes are independent: a box is taken by the best-scored detection of its own scene, so matching can go scene by
    scene in score order before everything is sorted together.
    """
    scores, hits, total = [np.zeros(0)], [np.zeros(0, bool)], 0
    for found, (boxes, labels) in zip(detections, truth):
        targets = np.asarray(boxes, np.float64).reshape(-1, 6)[np.asarray(labels) == label]
        total += len(targets)
        mine = np.flatnonzero(np.asarray(found.label) == label)
        mine = mine[np.argsort(-np.asarray(found.score)[mine], kind="stable")]
        hit = np.zeros(len(mine), bool)
        if len(targets) and len(mine):
            a, b = torch.as_tensor(np.asarray(found.boxes, np.float64)[mine]), torch.as_tensor(targets)
            overlap = pairwise_iou(a[:, :3], a[:, 3:], b[:, :3], b[:, 3:]).numpy()
            best = overlap.argmax(1)
            taken: set[int] = set()
            for i in np.flatnonzero(overlap.max(1) > threshold):
                hit[i] = best[i] not in taken
                taken.add(int(best[i]))
        scores.append(np.asarray(found.score, np.float64)[mine])
        hits.append(hit)
    return np.concatenate(scores), np.concatenate(hits), total
