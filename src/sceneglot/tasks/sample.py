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
    def channels(sample: SceneSample, config: PointConfig) -> np.ndarray:
    """(N, C) float32 network input beside xyz, of a drawn sample."""
    columns = [np.zeros((len(sample.xyz), 0), np.float32)]
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
