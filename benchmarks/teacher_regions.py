"""How much of the classes is in what a teacher sees of regions? A linear reader tells, by the rooms it may learn from.

Pre-training on pictures can give a network at most what the pictures say. This measures that without any network of
ours: ridge regression from features of regions to classes, fitted on the labels of a few training rooms, scored on all
points of the test rooms. Rows: the teacher's mean patch features; colour, height, uprightness and size of the region,
which every network gets for nothing; both; and the commonest class of every region, the ceiling of the regions.

    python -m benchmarks.teacher_regions STORE [--rooms 4 45] [--teacher embedded | clip:ID]

STORE has train and test splits with labels; regions and features are made where they are missing and kept in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from rich.progress import track

from sceneglot.metrics.segmentation import segmentation_score
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.labels import LabelSet, label_set
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.spec import Inputs
from sceneglot.tasks.segmentation.teaching import StoreTeaching

RIDGES = (1e-3, 1e-2, 1e-1, 1.0)
"""Shrinkage; each row shows the best on the test rooms, so that it errs in favour of the features."""


@dataclass(frozen=True)
class RoomRegions:
    """R regions of a room.

    Attributes:
        teacher: (R, E) unit rows, zero where no picture shows the region. plain: (R, 7).
        counts: (R, K) labelled points of every class.
    """

    teacher: np.ndarray
    plain: np.ndarray
    counts: np.ndarray

    def features(self, name: str) -> np.ndarray:
        """(R, D) of a row of the table."""
        return {"teacher": self.teacher, "plain": self.plain}.get(name, np.hstack([self.teacher, self.plain]))


def rooms_of(store: Store, names: Sequence[str], teacher: str, labels: LabelSet) -> Iterator[RoomRegions]:
    """Regions of some rooms, with all that is asked of them."""
    regions = StoreRegions(store, RegionConfig())
    teaching = StoreTeaching(store, regions, teacher)
    for name in track(names, "rooms", transient=True):
        scene, region, seen = store.scene(name), regions(name), teaching(name)
        size = np.maximum(np.bincount(region, minlength=len(seen)), 1)
        given = point_features(scene, Inputs())
        mean = np.stack([np.bincount(region, column, len(seen)) / size for column in given.T], 1)
        label = labels.of_scene(scene)
        counts = np.zeros((len(seen), len(labels.classes)), np.int64)
        np.add.at(counts, (region[label >= 0], label[label >= 0]), 1)
        length = np.linalg.norm(seen, axis=1, keepdims=True)
        extra = np.stack([np.log(size), mean[:, 3] ** 2], 1)
        yield RoomRegions(seen / np.maximum(length, 1e-9), np.hstack([mean, extra]), counts)


def read_out(train: Sequence[RoomRegions], test: Sequence[RoomRegions], name: str) -> tuple[float, float]:
    """mIoU and accuracy of all test points, read linearly from one kind of feature."""
    x, counts = np.concatenate([r.features(name) for r in train]), np.concatenate([r.counts for r in train])
    known = counts.sum(1) > 0
    x, counts = x[known], counts[known]
    weight = counts.sum(1) / counts.sum()
    centre = weight @ x
    scale = np.sqrt(weight @ (x - centre) ** 2) + 1e-9
    z, prior = (x - centre) / scale, counts.sum(0) / counts.sum()
    target = counts / counts.sum(1, keepdims=True) - prior
    asked = (np.concatenate([r.features(name) for r in test]) - centre) / scale
    truth = np.concatenate([r.counts for r in test])
    found = []
    for ridge in RIDGES:
        gram = (z * weight[:, None]).T @ z + ridge * np.eye(z.shape[1])
        reader = np.linalg.solve(gram, (z * weight[:, None]).T @ target)
        found.append(scores(truth, (asked @ reader + prior).argmax(1)))
    return max(found)


def scores(counts: np.ndarray, guess: np.ndarray) -> tuple[float, float]:
    """mIoU and accuracy if every point gets the class of its region; `counts` (R, K), `guess` (R,)."""
    matrix = np.zeros((counts.shape[1], counts.shape[1] + 1), np.int64)
    np.add.at(matrix.T, guess, counts)
    score = segmentation_score(matrix)
    return score.mean_iou, score.overall_accuracy


def main(
    data: Annotated[Path, tyro.conf.Positional],
    rooms: tuple[int, ...] = (4, 45),
    teacher: str = "embedded",
    labels: str = "scannet20",
) -> None:
    """Print the table."""
    store, classes = Store.open(data), label_set(labels)
    train = list(rooms_of(store, store.split("train")[: max(rooms)], teacher, classes))
    test = list(rooms_of(store, store.split("test"), teacher, classes))
    print(f"{'rooms with labels':>18s}  {'features of regions':30s} {'mIoU':>6s} {'accuracy':>9s}")
    for count in rooms:
        for name in ("teacher", "plain", "teacher and plain"):
            iou, accuracy = read_out(train[:count], test, name)
            print(f"{count:18d}  {name:30s} {100 * iou:6.1f} {100 * accuracy:9.1f}")
    truth = np.concatenate([r.counts for r in test])
    iou, accuracy = scores(truth, truth.argmax(1))
    print(f"{'':18s}  {'commonest class of the region':30s} {100 * iou:6.1f} {100 * accuracy:9.1f}")


if __name__ == "__main__":
    tyro.cli(main)
