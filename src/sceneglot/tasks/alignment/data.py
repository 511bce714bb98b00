"""One item is a scene with some of its picture and sentence features, all from a frozen teacher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.tasks.augment import AugmentConfig, prepare, scene_rng
from sceneglot.tasks.sample import PointConfig, SampleSource, ScenePoints, SceneSample, collate_scenes


@dataclass(frozen=True)
class AlignBatch:
    """S scenes, I pictures and T sentences of them, the latter two as frozen unit vectors.

    Attributes:
        scenes: points and boxes.
        images: (I, D) float32; image_scene: (I,) int64 row of the scene each picture shows.
        texts: (T, D) float32; text_scene: (T,) int64 row of the scene each sentence describes; text_object: (T,) int64
            row of the box it describes, -1 for the scene as a whole.
    """

    scenes: ScenePoints
    images: Tensor
    image_scene: Tensor
    texts: Tensor
    text_scene: Tensor
    text_object: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> AlignBatch:
        """Copy on another device."""
        return AlignBatch(*(getattr(self, f.name).to(device, non_blocking=non_blocking) for f in fields(self)))


@dataclass(frozen=True, eq=False)
class SceneTargets:
    """All frozen features of one scene.

    Attributes:
        images: (V, D), texts: (C, D), float32 unit rows; either may be empty.
        text_object: (C,) int64 row of the object a sentence singles out, -1 for sentences about the scene.
    """

    images: np.ndarray
    texts: np.ndarray
    text_object: np.ndarray


@dataclass(frozen=True, eq=False)
class AlignItem:
    """A drawn scene and the features drawn for this visit."""

    sample: SceneSample
    images: np.ndarray
    texts: np.ndarray
    text_object: np.ndarray


class AlignDataset(Dataset[AlignItem]):
    """Scenes with `images` and `texts` random features per visit, drawn from (seed, epoch, scene id)."""

    def __init__(
        self,
        targets: Mapping[str, SceneTargets],
        sample: SampleSource,
        points: PointConfig,
        augment: AugmentConfig | None,
        *,
        images: int,
        texts: int,
        seed: int,
    ) -> None:
        if not targets:
            raise SceneglotError("nothing to align: the training split is empty")
        missing = [name for name, t in targets.items() if not (len(t.images) or len(t.texts))]
        if missing:
            raise SceneglotError(
                f"scene {missing[0]} has neither picture nor text features: run 'sceneglot embed' first"
            )
        self.targets, self.sample, self.points, self.augment = targets, sample, points, augment
        self.images, self.texts, self.seed = images, texts, seed
        self.scene_ids = tuple(targets)

    def __len__(self) -> int:
        return len(self.scene_ids)

    def __getitem__(self, key: tuple[int, int]) -> AlignItem:
        epoch, index = key
        scene_id = self.scene_ids[index]
        rng = scene_rng(self.seed, epoch, scene_id)
        found = self.targets[scene_id]
        images = rng.permutation(len(found.images))[: self.images]
        texts = rng.permutation(len(found.texts))[: self.texts]
        sample = prepare(self.sample(scene_id), self.points, self.augment, rng)
        return AlignItem(sample, found.images[images], found.texts[texts], found.text_object[texts])


class AlignCollator:
    """Stack scenes; features keep the row of their scene."""

    def __init__(self, points: PointConfig) -> None:
        self.points = points

    def __call__(self, items: list[AlignItem]) -> AlignBatch:
        join = lambda rows: torch.from_numpy(np.concatenate(rows).astype(np.float32))  # noqa: E731
        owner = lambda rows: torch.repeat_interleave(torch.tensor([len(r) for r in rows]))  # noqa: E731
        images, texts = [i.images for i in items], [i.texts for i in items]
        return AlignBatch(
            collate_scenes([i.sample for i in items], self.points),
            join(images),
            owner(images),
            join(texts),
            owner(texts),
            torch.from_numpy(np.concatenate([i.text_object for i in items])),
        )
