"""What does a teacher know at each level? The share of objects, regions and points that it names right by words alone.

Hierarchical pre-training can give a level at most what the teacher says there. Rows: crops of objects (pooled features,
mean over crops and scales); the mean patch feature of the same objects; of all regions; patches lifted to points. The
object level has the largest regions, as without labels nobody knows better: most of them are walls and floor, so the
mean over classes says more than the share of all.

    python -m benchmarks.teacher_levels STORE [--rooms 20] [--teacher embedded | rooms:FILE | clip:ID]

STORE has labelled training rooms; regions and targets are made where they are missing and kept in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import tyro
from rich.progress import track

from sceneglot.scenes.store import Store
from sceneglot.tasks.distillation.sources import StoreHierarchy
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.segmenter import text_bank
from sceneglot.teachers.hierarchy import HierarchyConfig, HierarchyTargets

Level = Literal["crops of objects", "patches of objects", "patches of regions", "patches of points"]
LEVELS: tuple[Level, ...] = ("crops of objects", "patches of objects", "patches of regions", "patches of points")
POINTS = 2_000
"""Points asked for per room."""


def commonest(label: np.ndarray, group: np.ndarray, classes: int) -> np.ndarray:
    """(G,) class of more than half of the points of every group, -1 where there is none."""
    known = label >= 0
    counts = np.zeros((int(group.max(initial=-1)) + 1, classes), np.int64)
    np.add.at(counts, (group[known], label[known]), 1)
    size = np.bincount(group, minlength=len(counts))
    return np.where(2 * counts.max(1) > size, counts.argmax(1), -1)


def levels_of(
    targets: HierarchyTargets, group: np.ndarray, label: np.ndarray, classes: int
) -> Iterator[tuple[Level, np.ndarray, np.ndarray]]:
    """Level, (M, E) features and (M,) classes of all that has both in one room."""
    kind, region = commonest(label, group, classes), targets.groups(group)
    chosen = targets.object_group
    yield "crops of objects", targets.object_feature.astype(np.float32), kind[chosen]
    yield "patches of objects", region[chosen], kind[chosen]
    yield "patches of regions", region, kind
    seen = np.random.default_rng(0).permutation(np.flatnonzero(targets.seen))[:POINTS]
    yield "patches of points", targets.dense(seen), label[seen]


def main(
    data: Annotated[Path, tyro.conf.Positional],
    rooms: int = 20,
    teacher: str = "embedded",
    labels: str = "scannet20",
) -> None:
    """Print the table."""
    store, names = Store.open(data), label_set(labels)
    regions = StoreRegions(store, RegionConfig())
    look = StoreHierarchy(store, regions, teacher, HierarchyConfig())
    bank = text_bank(look.teacher, names.classes).embedding.numpy()
    right: dict[Level, list[np.ndarray]] = {level: [] for level in LEVELS}
    kinds: dict[Level, list[np.ndarray]] = {level: [] for level in LEVELS}
    for name in track(store.split("train")[:rooms], "rooms", transient=True):
        label = names.of_scene(store.scene(name))
        for level, feature, kind in levels_of(look(name), regions(name), label, len(names.classes)):
            asked = feature.any(1) & (kind >= 0)
            right[level].append((feature[asked] @ bank.T).argmax(1) == kind[asked])
            kinds[level].append(kind[asked])
    print(f"{'level':20s} {'asked':>7s} {'named right':>12s} {'mean over classes':>18s}")
    for level in LEVELS:
        hit, kind = np.concatenate(right[level]), np.concatenate(kinds[level])
        mean = np.mean([hit[kind == k].mean() for k in np.unique(kind)])
        print(f"{level:20s} {len(hit):7d} {100 * hit.mean():10.1f} % {100 * mean:16.1f} %")


if __name__ == "__main__":
    tyro.cli(main)
