"""Average precision of instances over scenes, by ScanNet's rules (`metrics.instances`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.metrics.instances import InstanceMasks, InstanceScore, InstanceTruth, count_overlaps, score_overlaps
from sceneglot.scenes import Scene
from sceneglot.tasks.instances.decode import SceneInstances
from sceneglot.tasks.segmentation.labels import LabelSet


@dataclass(frozen=True, eq=False)
class InstanceScores:
    """Scores of a set of scenes; classes without instances have no score."""

    classes: tuple[str, ...]
    score: InstanceScore
    scenes: int

    def metrics(self) -> dict[str, float]:
        """Flat names for logs and tables, in 0..1."""
        return {"AP": self.score.mean_ap, "AP50": self.score.mean_ap50, "AP25": self.score.mean_ap25}

    def summary(self) -> dict[str, object]:
        """JSON-able record."""
        per_class = {name: float(value) for name, value in zip(self.classes, self.score.ap50)}
        return {"scenes": self.scenes, "metrics": self.metrics(), "AP50": per_class}


def score_instances(
    scenes: Iterable[Scene], finder: Callable[[Scene], SceneInstances], labels: LabelSet
) -> InstanceScores:
    """Find the instances of every scene and compare with its own.

    Raises:
        SceneglotError: a scene without annotated instances.
    """
    overlaps = []  # not the masks: a byte per point and instance, gigabytes over a validation split
    for scene in scenes:
        if scene.instance is None:
            raise SceneglotError(f"scene {scene.id}: has no instances to score")
        label = labels.of_scene(scene)
        label[np.isin(label, labels.stuff)] = -1
        truth = InstanceTruth(np.where(label >= 0, scene.instance, -1), label)
        found = finder(scene)
        overlaps.append(
            count_overlaps(InstanceMasks.of_rows(found.instance, found.label, found.score), truth, scene.id)
        )
    return InstanceScores(labels.classes, score_overlaps(overlaps, len(labels.classes)), len(overlaps))
