"""One item is a scene with what the teacher says about it; targets of points are multiplied out for some at a time.

N points, S scenes, R regions, O objects, M points with targets, E width of the teacher's space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.tasks.augment import scene_rng
from sceneglot.tasks.segmentation.augment import CloudAugment, moved, tinted
from sceneglot.tasks.segmentation.data import LabelledCloud
from sceneglot.tasks.segmentation.spec import Inputs
from sceneglot.teachers.hierarchy import HierarchyTargets


@dataclass(frozen=True, eq=False)
class DistillItem:
    """One scene as drawn for a visit.

    Attributes:
        xyz: (N, 3), features: (N, C) float32.
        object: (N,) int64 row of the point's object, -1 for none; object_feature: (O, E) float32.
        region: (N,) int64 region of the point, -1 for none; region_feature: (R, E) float32, zero where unseen.
        scene: (E,) float32, the mean of the views.
        point: (M,) int64 rows with a target; dense: (M, E) float32.
    """

    xyz: np.ndarray
    features: np.ndarray
    object: np.ndarray
    object_feature: np.ndarray
    region: np.ndarray
    region_feature: np.ndarray
    scene: np.ndarray
    point: np.ndarray
    dense: np.ndarray


@dataclass(frozen=True)
class DistillBatch:
    """S scenes; objects, regions and points are numbered through the batch, see `DistillItem`.

    Attributes:
        cloud: the points. scene: (S, E). object: (N,); object_feature: (O, E). region: (N,); region_feature: (R, E).
        point: (M,); dense: (M, E).
    """

    cloud: PointBatch
    scene: Tensor
    object: Tensor
    object_feature: Tensor
    region: Tensor
    region_feature: Tensor
    point: Tensor
    dense: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> DistillBatch:
        """Copy on another device."""
        return DistillBatch(*(getattr(self, f.name).to(device, non_blocking=non_blocking) for f in fields(self)))


class DistillDataset(Dataset[DistillItem]):
    """Scenes in random parts and poses; everything random follows from (seed, epoch, scene id).

    Args:
        clouds: scene id -> points, features and regions. targets: scene id -> what the teacher says.
        max_points: larger scenes are cropped to the nearest points of a random one.
        dense_points: targets of at most so many points per visit.
    """

    def __init__(
        self,
        scene_ids: Sequence[str],
        clouds: Callable[[str], LabelledCloud],
        targets: Callable[[str], HierarchyTargets],
        inputs: Inputs,
        augment: CloudAugment | None,
        *,
        max_points: int,
        dense_points: int,
        seed: int,
    ) -> None:
        if not scene_ids:
            raise SceneglotError("distillation: there is no scene to train on")
        self.scene_ids, self.clouds, self.targets = tuple(scene_ids), clouds, targets
        self.inputs, self.augment, self.seed = inputs, augment, seed
        self.max_points, self.dense_points = max_points, dense_points

    def __len__(self) -> int:
        return len(self.scene_ids)

    def __getitem__(self, key: tuple[int, int]) -> DistillItem:
        epoch, index = key
        name = self.scene_ids[index]
        rng = scene_rng(self.seed, epoch, name)
        cloud, targets = self.clouds(name), self.targets(name)
        kept = nearest_part(cloud.xyz, self.max_points, rng)
        seen = np.flatnonzero(targets.seen[kept])
        point = np.sort(rng.permutation(seen)[: self.dense_points])
        row_of = np.full(int(cloud.region.max(initial=-1)) + 2, -1, np.int64)
        row_of[targets.object_group] = np.arange(len(targets.object_group))
        xyz, features = cloud.xyz[kept], cloud.features[kept]
        if self.augment is not None:
            xyz, _ = moved(xyz, self.augment, rng)
            if self.inputs.color:
                features = np.concatenate([tinted(features[:, :3], self.augment, rng), features[:, 3:]], 1)
        return DistillItem(
            xyz,
            features,
            row_of[cloud.region[kept]],
            targets.object_feature.astype(np.float32),
            cloud.region[kept],
            targets.groups(cloud.region),
            targets.scene,
            point,
            targets.dense(kept[point]).astype(np.float32),
        )


def nearest_part(xyz: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of the `most` points nearest to a random one, sorted; all rows if there are no more."""
    if len(xyz) <= most:
        return np.arange(len(xyz))
    middle = xyz[int(rng.integers(len(xyz)))]
    return np.sort(np.argpartition(np.square(xyz - middle).sum(1), most)[:most])


def collate(items: list[DistillItem]) -> DistillBatch:
    """Join the scenes of several visits."""
    join = lambda rows: torch.from_numpy(np.concatenate(rows))  # noqa: E731
    starts = lambda counts: np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)  # noqa: E731
    first_object = starts([len(i.object_feature) for i in items])
    first_region = starts([len(i.region_feature) for i in items])
    first_point = starts([len(i.xyz) for i in items])
    return DistillBatch(
        PointBatch.of_scenes([(torch.from_numpy(i.xyz), torch.from_numpy(i.features)) for i in items]),
        torch.from_numpy(np.stack([i.scene for i in items])),
        join([np.where(i.object >= 0, i.object + start, -1) for i, start in zip(items, first_object)]),
        join([i.object_feature for i in items]),
        join([np.where(i.region >= 0, i.region + start, -1) for i, start in zip(items, first_region)]),
        join([i.region_feature for i in items]),
        join([i.point + start for i, start in zip(items, first_point)]),
        join([i.dense for i in items]),
    )
