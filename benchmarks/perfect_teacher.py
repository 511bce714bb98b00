"""What would pre-training on pictures bring if the teacher were always right? A control for the study of few labels.

A copy of a study's rooms gets, in the place of what the teacher saw of each region, the text feature of the name of the
object it belongs to: what a perfect image-text teacher would say. Then one pre-training and one fine-tuning at few
labels run as in `sceneglot study ws3d`. If this does not help either, the fault is not the teacher's.

    sceneglot study ws3d --out STUDY ...
    python -m benchmarks.perfect_teacher STUDY/data OUT [--percent 5] [--pretrain-steps 500] [--steps 600] [--seed 0]

Labels of all training rooms go into the features: this is no result, it is a test of the machinery.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from rich.progress import track

from sceneglot.recipes.segment import evaluate_segmentation
from sceneglot.recipes.ws3d import train_ws3d
from sceneglot.recipes.ws3d_study import VARIANTS, Ws3dPlan, Ws3dRow
from sceneglot.scenes import NO_INSTANCE
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import write_tensors
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.teaching import StoreTeaching


def perfect_features(store: Store) -> None:
    """Write, for all training rooms, the text feature of every region's object in the place of the teacher's view."""
    regions = StoreRegions(store, RegionConfig())
    teaching = StoreTeaching(store, regions, "embedded")
    for name in track(store.split("train"), "names of regions"):
        scene, region = store.scene(name), regions(name)
        assert scene.objects is not None and scene.instance is not None  # generated rooms have both
        row = {int(i): k for k, i in enumerate(scene.objects.id)}
        owner = np.array([row.get(int(i), -1) for i in scene.instance])
        known = (owner >= 0) & (np.asarray(scene.instance) != NO_INSTANCE)
        votes = np.zeros((int(region.max()) + 1, len(row)), np.int64)
        np.add.at(votes, (region[known], owner[known]), 1)
        said = teaching.teacher.encode_texts([f"a {label} in a room" for label in scene.objects.label]).pooled
        feature = np.where(votes.any(1, keepdims=True), said[votes.argmax(1)], 0.0)
        write_tensors(teaching.path(name), {"feature": feature.astype(np.float16)}, {})


def main(
    data: Annotated[Path, tyro.conf.Positional],
    out: Annotated[Path, tyro.conf.Positional],
    percent: float = 5.0,
    pretrain_steps: int = 500,
    steps: int = 600,
    seed: int = 0,
) -> None:
    """Pre-train on perfect features, fine-tune, and print test scores beside those of labels alone."""
    rooms = out / "data"
    if not rooms.exists():
        shutil.copytree(data, rooms, ignore=shutil.ignore_patterns("features"))
        perfect_features(Store.open(rooms))
    plan = Ws3dPlan(rooms, out / "runs", pretrain_steps, steps)
    train_ws3d(plan.pretraining(seed))
    for variant in VARIANTS[:2]:
        config = plan.config(Ws3dRow(variant, Annotation(percent=percent)), seed)
        train_ws3d(replace(config, data=rooms))
        metrics = evaluate_segmentation(config.out, rooms, "test").metrics()
        print(f"{variant.name:12s} " + "  ".join(f"{name} {100 * value:.1f}" for name, value in metrics.items()))


if __name__ == "__main__":
    tyro.cli(main)
