"""mAP of a detector on scenes, by VoteNet's protocol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sceneglot.metrics import detection
from sceneglot.scenes import Scene
from sceneglot.scenes.labels import SCANNET18
from sceneglot.tasks.detection.detector import Detector
from sceneglot.tasks.vqa.evaluate import decode

THRESHOLDS: tuple[float, ...] = (0.25, 0.5)


@dataclass(frozen=True)
class DetectionScores:
    """Scores of a detector on a split; shares of one.

    Attributes:
        scores: per IoU threshold. scenes: how many.
    """

    scores: dict[float, detection.DetectionScore]
    scenes: int

    def metrics(self) -> dict[str, float]:
        """mAP and mean recall at every threshold."""
        means = {f"mAP@{t:g}": s.mean_ap for t, s in self.scores.items()}
        return means | {f"AR@{t:g}": s.mean_recall for t, s in self.scores.items()}

    def summary(self) -> dict[str, Any]:
        """JSON-able, with every class."""
        per_class = {
            SCANNET18[label]: {f"AP@{t:g}": s.ap[label] for t, s in self.scores.items()}
            | {"boxes": self.scores[THRESHOLDS[0]].num_objects[label]}
            for label in self.scores[THRESHOLDS[0]].ap
        }
        return {"scenes": self.scenes, "metrics": self.metrics(), "classes": per_class}


def score_detector(detector: Detector, scenes: Iterable[Scene]) -> DetectionScores:
    """Detect objects in labelled scenes and score the boxes; structure (walls, floors) counts for nothing."""
    found, truth = [], []
    for scene in scenes:
        output, drawn = detector.forward(scene)
        found += decode(output)
        boxes = np.concatenate([drawn.box_center, drawn.box_size], 1)
        truth.append((boxes[drawn.box_present], drawn.box_class[drawn.box_present]))
    return DetectionScores({t: detection.evaluate(found, truth, t) for t in THRESHOLDS}, len(truth))
