"""Segment a split with a trained run and write the files its benchmark's server takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.recipes.segment import load_segmenter, scenes_of
from sceneglot.scenes import Scene
from sceneglot.scenes import submissions as files
from sceneglot.scenes.labels_scannet import scannet200
from sceneglot.scenes.store import Store
from sceneglot.tasks.instances.decode import find_instances
from sceneglot.tasks.segmentation.inference import InferenceConfig, Prediction
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.segmenter import Segmenter

Benchmark = Literal["scannet20", "scannet200", "scannet20-instances", "semantickitti", "nuscenes-lidarseg"]
"""Servers and their tracks."""

_LABEL_SETS: dict[str, str] = {"scannet20-instances": "scannet20"}
"""Label set of a benchmark where it is not called like the benchmark."""
_ORIGINS: dict[str, str] = {"semantickitti": "semantickitti", "nuscenes-lidarseg": "nuscenes"}
"""Importer whose scenes a benchmark needs; the others need ScanNet's."""


@dataclass(frozen=True)
class Submission:
    """What to hand in.

    Attributes:
        run: a ws3d run. data: store with the benchmark's scenes, imported whole.
        out: folder to write to.
        tables: of nuScenes, the folder with `sample_data.json`.
        looks: how closely to look at scenes.
    """

    run: Path
    data: Path
    benchmark: Benchmark
    out: Path
    split: str = "test"
    tables: Path | None = None
    looks: InferenceConfig | None = None


def write_submission(job: Submission, report: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Segment every scene of the split and write its prediction; returns how many scenes there were.

    Raises:
        SceneglotError: the run knows other classes than the benchmark, the scenes come from elsewhere or are not whole,
            or the split is empty.
    """
    segmenter, store = load_segmenter(job.run, job.looks), Store.open(job.data)
    predict, ids = _predictor(segmenter, job)
    names = scenes_of(store, job.split)
    scenes = [store.scene(name) for name in names]
    for scene in scenes:
        _check(scene, job.benchmark)
    tokens: dict[str, str] = {}
    if job.benchmark == "nuscenes-lidarseg":
        if job.tables is None:
            raise SceneglotError("nuscenes-lidarseg: name the folder of tables (v1.0-test) with --tables")
        tokens = files.nuscenes_tokens(job.tables, (scene.source.path for scene in scenes))
        files.write_nuscenes_meta(job.out, job.split)
    for number, scene in enumerate(scenes, start=1):
        found = predict(scene)
        if job.benchmark == "scannet20-instances":
            made = find_instances(scene.xyz, found, segmenter.spec.stuff, segmenter.spec.voxel)
            files.write_scannet_instances(job.out, scene.id, made.instance, ids[made.label], made.score)
        elif job.benchmark == "semantickitti":
            files.write_semantickitti(job.out, scene.id, found.label)
        elif job.benchmark == "nuscenes-lidarseg":
            files.write_nuscenes(job.out, job.split, tokens[scene.source.path], found.label)
        else:
            files.write_scannet_labels(job.out, scene.id, ids[found.label])
        report(number, len(scenes))
    return len(scenes)


def _predictor(segmenter: Segmenter, job: Submission) -> tuple[Callable[[Scene], Prediction], np.ndarray]:
    """Scene -> probabilities of the benchmark's classes, and their ids (K,) on its server."""
    wanted, spec = _LABEL_SETS.get(job.benchmark, job.benchmark), segmenter.spec
    if wanted == "scannet200":
        ids = np.array([entry.id for entry in scannet200()])  # the server's, not the 1 to 200 of the label set
        if spec.label_set == wanted:
            return segmenter.predict, ids
        if not spec.embedding:
            raise SceneglotError(
                f"{job.run}: knows the classes of {spec.label_set}; the 200 of ScanNet200 need a run trained on them "
                f"(--label-set {wanted}) or one that knows words (ws3d-words or ws3d-pretrain)"
            )
        names = tuple(entry.name for entry in scannet200())
        return lambda scene: segmenter.predict(scene, names), ids
    if spec.label_set != wanted:
        raise SceneglotError(
            f"{job.run}: knows the classes of {spec.label_set}, the submission needs those of {wanted}; train with "
            f"--label-set {wanted}"
        )
    if job.benchmark == "scannet20-instances" and not spec.instances:
        raise SceneglotError(f"{job.run}: finds no instances: train it with --instances")
    return segmenter.predict, np.array(label_set(wanted).ids)


def _check(scene: Scene, benchmark: str) -> None:
    """The server wants one number per point of the original file."""
    origin = _ORIGINS.get(benchmark, "scannet")
    if scene.source.origin != origin:
        raise SceneglotError(
            f"scene {scene.id}: comes from {scene.source.origin!r}; a submission to {benchmark} needs the benchmark's "
            f"own scans, see 'sceneglot import {origin} --help'"
        )
    if dropped := [note for note in scene.source.notes if note.startswith("dropped")]:
        raise SceneglotError(f"scene {scene.id}: the importer {dropped[0]}, and the server wants a number for each")
