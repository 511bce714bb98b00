"""From a Scene to the arrays a detector trains on: points, colours, per-point box rows, boxes with classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.losses.detection import DetectionTargets
from sceneglot.scenes import Objects, Scene
from sceneglot.scenes.labels import STRUCTURE_NYU40, class18_of, object_nyu40

COLOR_MEAN = (109.8, 97.2, 83.8)
"""Mean RGB of ScanNet, subtracted from colours before division by 256 (ScanRefer lineage)."""


@dataclass(frozen=True)
class PointConfig:
    """What the network sees of a point beside its position.

    Attributes:
        points: how many points are drawn from a scene (without replacement if it has enough).
        color: three channels, (rgb - mean) / 256.
        height: one channel, z above the floor; floor = 0.99-th percentile of z, i.e. nearly the minimum.
        multiview: number of channels of picture features lifted to the points; 0 for none.
    """

    points: int = 8192
    color: bool = True
    height: bool = True
    multiview: int = 0

    @property
    def channels(self) -> int:
        """Channels beside xyz."""
        return 3 * self.color + 1 * self.height + self.multiview


@dataclass(frozen=True, eq=False)
class SceneSample:
    """One scene as arrays, before augmentation and sampling; rows of boxes keep the order of `Scene.objects`.

    Attributes:
        xyz: (N, 3) float32 metres; rgb: (N, 3) float32 0..255; extra: (N, E) lifted picture features or None.
        instance: (N,) int64 row of the point's box, -1 for none.
        box_center, box_size: (G, 3) float32 metres; box_class: (G,) int64 of the 18 detection classes.
        box_present: (G,) bool, False for boxes that are no targets (structure, cropped away).
    """

    scene_id: str
    xyz: np.ndarray
    rgb: np.ndarray
    instance: np.ndarray
    box_center: np.ndarray
    box_size: np.ndarray
    box_class: np.ndarray
    box_present: np.ndarray
    extra: np.ndarray | None = None


SampleSource = Callable[[str], SceneSample]
"""Scene id -> its arrays, memory-mapped."""


def object_classes(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """NYU40 id and detection class (of 18) of every object: (K,), (K,) int64."""
    nyu40 = object_nyu40(scene).astype(np.int64)
    return nyu40, np.array([class18_of(int(n)) for n in nyu40], np.int64)


def instance_rows(instance: np.ndarray, objects: Objects) -> np.ndarray:
    """(N,) object ids of points -> (N,) int64 rows of `objects`, -1 where the id is none of theirs."""
    if not len(objects):
        return np.full(len(instance), -1, np.int64)
    order = np.argsort(objects.id, kind="stable")
    place = np.searchsorted(objects.id[order], instance).clip(0, len(objects) - 1)
    rows = order[place]
    return np.where(objects.id[rows] == instance, rows, -1).astype(np.int64)


def scene_sample(scene: Scene, extra: np.ndarray | None = None) -> SceneSample:
    """The arrays of a scene; raises SceneglotError for a scene without points."""
    if not len(scene):
        raise SceneglotError(f"scene {scene.id} has no points: an object map cannot be fed to a point network")
    nyu40, classes = object_classes(scene)
    instance = (
        np.full(len(scene), -1, np.int64)
        if scene.instance is None
        else instance_rows(np.asarray(scene.instance), scene.objects)
    )
    return SceneSample(
        scene.id,
        scene.xyz,
        scene.rgb,
        instance,
        scene.objects.center,
        scene.objects.size,
        classes,
        ~np.isin(nyu40, STRUCTURE_NYU40),
        extra,
    )


@dataclass(frozen=True)
class ScenePoints:
    """A batch of B scenes, N points each: what every point task feeds its network and the detection loss.

    Attributes:
        xyz: (B, N, 3) float32, metres; features: (B, N, C) float32, the configured channels.
        targets: padded boxes of the 18 detection classes and each point's box.
        scene_ids: B names.
    """

    xyz: Tensor
    features: Tensor
    targets: DetectionTargets
    scene_ids: tuple[str, ...]

    def to(self, device: torch.device | str, non_blocking: bool = False) -> ScenePoints:
        """Copy on another device."""
        xyz, features = (
            self.xyz.to(device, non_blocking=non_blocking),
            self.features.to(device, non_blocking=non_blocking),
        )
        return ScenePoints(xyz, features, self.targets.to(device), self.scene_ids)


def draw(sample: SceneSample, count: int, rng: np.random.Generator) -> SceneSample:
    """Draw `count` points, without replacement if there are enough."""
    chosen = rng.choice(len(sample.xyz), count, replace=len(sample.xyz) < count)
    return replace(
        sample,
        xyz=np.asarray(sample.xyz)[chosen],
        rgb=np.asarray(sample.rgb)[chosen].astype(np.float32),
        instance=sample.instance[chosen],
        extra=None if sample.extra is None else sample.extra[chosen],
    )


def channels(sample: SceneSample, config: PointConfig) -> np.ndarray:
    """(N, C) float32 network input beside xyz, of a drawn sample."""
    columns: list[np.ndarray] = [np.zeros((len(sample.xyz), 0), np.float32)]
    if config.color:
        columns.append((sample.rgb - np.array(COLOR_MEAN, np.float32)) / 256)
    if config.height:
        columns.append((sample.xyz[:, 2] - np.percentile(sample.xyz[:, 2], 0.99))[:, None])
    if config.multiview:
        if sample.extra is None or sample.extra.shape[1] != config.multiview:
            raise SceneglotError(f"scene {sample.scene_id}: expected {config.multiview} lifted features per point")
        columns.append(sample.extra)
    return np.concatenate(columns, 1).astype(np.float32)


def collate_scenes(samples: list[SceneSample], config: PointConfig) -> ScenePoints:
    """Stack drawn samples; boxes are padded to the largest count (at least one slot)."""
    slots = max(1, *(len(s.box_class) for s in samples))
    pad = lambda a: np.concatenate([a, np.zeros((slots - len(a), *a.shape[1:]), a.dtype)])  # noqa: E731
    stack = lambda arrays: torch.from_numpy(np.stack(arrays))  # noqa: E731
    targets = DetectionTargets(
        stack([pad(s.box_center) for s in samples]),
        stack([pad(s.box_size) for s in samples]),
        stack([pad(s.box_class) for s in samples]),
        stack([pad(s.box_present) for s in samples]),
        stack([_target_rows(s) for s in samples]),
    )
    features = stack([channels(s, config) for s in samples])
    return ScenePoints(stack([s.xyz for s in samples]), features, targets, tuple(s.scene_id for s in samples))


def _target_rows(sample: SceneSample) -> np.ndarray:
    """(N,) int64 box row of each point, -1 where the point is on no detection target."""
    if not len(sample.box_present):
        return np.full(len(sample.xyz), -1, np.int64)
    return np.where(sample.box_present[sample.instance], sample.instance, -1)
