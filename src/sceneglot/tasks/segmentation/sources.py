"""From a store to the clouds a segmentation trains on: labels as far as they may be seen, regions, teacher features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from sceneglot.scenes import Scene
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import (
    Annotation,
    labelled_scenes,
    listed_points,
    only,
    pick_points,
    read_point_lists,
)
from sceneglot.tasks.segmentation.data import LabelledCloud, instance_offsets, point_features
from sceneglot.tasks.segmentation.labels import LabelSet, class_rows
from sceneglot.tasks.segmentation.spec import Inputs

KEPT = 64
"""Scenes whose arrays stay in memory; a room of 60,000 points takes 4 MB."""
NO_INSTANCES: tuple[str, ...] = ("wall", "floor", "ceiling")
"""Classes that have no instances."""


class StoreClouds:
    """Scene id -> `LabelledCloud`, with the labels a protocol allows.

    Args:
        scene_ids: the training scenes.
        labels: which classes. novel: names of classes whose labels are hidden.
        annotation: which scenes and points have labels; None: none.
        regions: scene id -> (N,) regions.
        teacher: scene id -> (R, E) picture features of the regions, or None.

    Attributes:
        labelled: scenes with labels. companions: the others.
    """

    def __init__(
        self,
        store: Store,
        scene_ids: Sequence[str],
        labels: LabelSet,
        inputs: Inputs,
        regions: Callable[[str], np.ndarray],
        *,
        annotation: Annotation | None,
        novel: Sequence[str] = (),
        teacher: Callable[[str], np.ndarray] | None = None,
    ) -> None:
        self.store, self.labels, self.inputs, self.regions = store, labels, inputs, regions
        self.annotation, self.teacher = annotation or Annotation(percent=0.0), teacher
        self.hidden = class_rows(novel, labels.classes)
        self.labelled: tuple[str, ...] = labelled_scenes(scene_ids, self.annotation)
        lists = self.annotation.point_lists
        self.point_lists = read_point_lists(Path(lists)) if lists else {}
        self.companions = tuple(name for name in scene_ids if name not in set(self.labelled))
        self._cloud = lru_cache(KEPT)(self._read)

    def __call__(self, scene_id: str) -> LabelledCloud:
        return self._cloud(scene_id)

    def _read(self, scene_id: str) -> LabelledCloud:
        scene = self.store.scene(scene_id)
        region = self.regions(scene_id).astype(np.int64)
        count = int(region.max(initial=-1)) + 1
        known = scene_id in self.labelled
        label = self._labels(scene) if known else np.full(len(scene), -1, np.int64)
        offset, inside = self._offsets(scene, label)
        return LabelledCloud(
            scene_id,
            np.array(scene.xyz),
            point_features(scene, self.inputs),
            label,
            region,
            known and not self.annotation.sparse and not self.hidden,
            offset,
            inside,
            np.zeros((count, 0), np.float32) if self.teacher is None else self.teacher(scene_id),
        )

    def _labels(self, scene: Scene) -> np.ndarray:
        label = self.labels.of_scene(scene)
        label[np.isin(label, self.hidden)] = -1
        if self.annotation.point_lists:
            label = only(label, listed_points(self.point_lists, scene.id, len(scene)))
        elif self.annotation.points:
            seed = crc32(f"{self.annotation.seed}/{scene.id}".encode())
            label = only(label, pick_points(scene.xyz, scene.rgb, label, self.annotation.points, seed))
        return label

    def _offsets(self, scene: Scene, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if scene.instance is None:
            return np.zeros((len(scene), 3), np.float32), np.zeros(len(scene), bool)
        without = [row for row, name in enumerate(self.labels.classes) if name in NO_INSTANCES]
        counted = (label >= 0) & ~np.isin(label, without)
        return instance_offsets(scene.xyz, np.asarray(scene.instance), counted)
