"""From a store to the clouds a segmentation trains on: labels as far as they may be seen, regions, teacher features."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from sceneglot.errors import SceneglotError
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

KEPT_POINTS = 6_000_000
"""Points of the scenes used last that stay in memory, about 400 MB: a hundred rooms of 60,000, six of a million."""


class StoreClouds:
    """Scene id -> `LabelledCloud`, with the labels a protocol allows.

    Args:
        scene_ids: the training scenes.
        labels: which classes. novel: names of classes whose labels are hidden.
        annotation: which scenes and points have labels; None: none. Where only points are labelled, the centre of an
            instance is that of its labelled points: the annotation does not say more.
        regions: scene id -> (N,) regions.
        teacher: scene id -> (R, E) picture features of the regions, or None.

    Attributes:
        labelled: scenes with labels. companions: the others.

    Raises:
        SceneglotError: labelled scenes or points that are not there.
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
        self.point_lists = self._read_lists()
        labelled = set(self.labelled)
        self.companions = tuple(name for name in scene_ids if name not in labelled)
        # Oldest use first. Not `lru_cache` on a method: it would hold this object, and all its scenes, in a cycle that
        # outlives the training.
        self._kept: dict[str, LabelledCloud] = {}

    def __call__(self, scene_id: str) -> LabelledCloud:
        cloud = self._kept.pop(scene_id, None)
        self._kept[scene_id] = cloud = self._read(scene_id) if cloud is None else cloud
        points = sum(len(kept.xyz) for kept in self._kept.values())
        while points > KEPT_POINTS and len(self._kept) > 1:
            points -= len(self._kept.pop(next(iter(self._kept))).xyz)
        return cloud

    def _read_lists(self) -> Mapping[str, np.ndarray]:
        """Labelled points of all labelled scenes where a file names them, checked before the training and not in it."""
        if not self.annotation.point_lists:
            return {}
        path = Path(self.annotation.point_lists)
        lists = read_point_lists(path)
        for name in self.labelled:
            header = self.store.header(name)
            if dropped := [note for note in header.source.notes if note.startswith("dropped")]:
                raise SceneglotError(f"{path}: numbers points of whole scans, and of {name} the importer {dropped[0]}")
            try:
                listed_points(lists, name, header.num_points)
            except SceneglotError as error:
                raise SceneglotError(f"{path}: {error}") from error
        return lists

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
            known and self.annotation.sparse,
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
        counted = (label >= 0) & ~np.isin(label, self.labels.stuff)
        return instance_offsets(scene.xyz, np.asarray(scene.instance), counted)
