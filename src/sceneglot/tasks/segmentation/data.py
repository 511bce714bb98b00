"""One item is a labelled scene, or a labelled one and one without labels; a batch is all their points as one list.

N points, R regions, C channels, E width of a teacher's space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.regions.geometry import normals
from sceneglot.scenes import Scene
from sceneglot.tasks.augment import scene_rng
from sceneglot.tasks.segmentation.augment import CloudAugment, moved, tinted
from sceneglot.tasks.segmentation.spec import Inputs

NORMAL_NEIGHBOURS = 16
"""Points a normal is guessed from where the scan has none."""


@dataclass(frozen=True, eq=False)
class LabelledCloud:
    """One scene as arrays.

    Attributes:
        xyz: (N, 3) float32 metres. features: (N, C) float32, what the network sees.
        label: (N,) int64 class, -1 unknown.
        region: (N,) int64, 0..R-1.
        dense: whether points without a label are none of the classes, rather than of an unknown one.
        sparse: whether a few points are labelled, and speak for the regions they lie in.
        offset: (N, 3) float32 metres to the centre of the point's instance; inside: (N,) bool, whether it has one.
        teacher: (R, E) float32 picture features of the regions, zero where no picture shows one; E may be 0.
    """

    scene_id: str
    xyz: np.ndarray
    features: np.ndarray
    label: np.ndarray
    region: np.ndarray
    dense: bool
    sparse: bool
    offset: np.ndarray
    inside: np.ndarray
    teacher: np.ndarray


CloudSource = Callable[[str], LabelledCloud]
"""Scene id -> its arrays, before augmentation."""


@dataclass(frozen=True)
class SegmentationBatch:
    """B scenes.

    Attributes:
        cloud: the points.
        label: (N,) int64, -1 unknown. free: (N,) bool, without a label though possibly of a class.
        sparse: (N,) bool, of a scene with a few labelled points.
        region: (N,) int64, numbered through the batch; teacher: (R, E) their picture features.
        offset: (N, 3), inside: (N,) as in `LabelledCloud`.
    """

    cloud: PointBatch
    label: Tensor
    free: Tensor
    sparse: Tensor
    region: Tensor
    teacher: Tensor
    offset: Tensor
    inside: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> SegmentationBatch:
        """Copy on another device."""
        return SegmentationBatch(*(getattr(self, f.name).to(device, non_blocking=non_blocking) for f in fields(self)))


def point_features(scene: Scene, inputs: Inputs) -> np.ndarray:
    """(N, C) float32: colour in -1..1 (zero where the scan has none), height, uprightness, intensity, as configured.

    Raises:
        SceneglotError: intensity is wanted and the scan has none.
    """
    columns: list[np.ndarray] = [np.zeros((len(scene), 0), np.float32)]
    if inputs.color:
        columns.append(scene.rgb / np.float32(127.5) - 1 if scene.has_color else np.zeros((len(scene), 3), np.float32))
    if inputs.height:
        z = np.asarray(scene.xyz)[:, 2]
        columns.append((z - np.percentile(z, 1.0))[:, None] if len(z) else z[:, None])
    if inputs.upright:
        columns.append(np.abs(_normals(scene)[:, 2:]))
    if inputs.intensity:
        if scene.intensity is None:
            raise SceneglotError(f"scene {scene.id}: the network reads laser intensity, and the scan has none")
        columns.append(np.asarray(scene.intensity)[:, None])
    return np.concatenate(columns, 1).astype(np.float32)


def _normals(scene: Scene) -> np.ndarray:
    """(N, 3) of the scan, or guessed from neighbouring points with arbitrary sign."""
    if scene.normal is not None or not len(scene):
        return np.zeros((0, 3), np.float32) if scene.normal is None else np.asarray(scene.normal)
    return normals(torch.from_numpy(np.array(scene.xyz)), NORMAL_NEIGHBOURS).numpy()


def instance_offsets(xyz: np.ndarray, instance: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) float32 metres from each point to the mean of its instance's points, and (N,) bool where it has one.

    Args:
        instance: (N,) ids, negative for none. counted: (N,) bool, points whose class has instances.
    """
    inside = (instance >= 0) & counted
    offset = np.zeros((len(xyz), 3), np.float32)
    if inside.any():
        _, row = np.unique(instance[inside], return_inverse=True)
        count = np.bincount(row)
        points = np.asarray(xyz, np.float64)[inside]
        centre = np.stack([np.bincount(row, points[:, axis]) / count for axis in range(3)], 1)
        offset[inside] = centre[row] - points
    return offset, inside


class SegmentationDataset(Dataset[tuple[LabelledCloud, ...]]):
    """Scenes with labels, each visit with another scene without any beside it where there are some.

    Everything random follows from (seed, epoch, scene id).

    Args:
        clouds: the scenes; labels and regions are theirs to know.
        labelled: ids of scenes with labels. companions: ids of scenes without; may be empty.
        max_points: larger scenes are cropped to the nearest points of a random one.

    Raises:
        SceneglotError: no scene, or no point of one, to train on.
    """

    def __init__(
        self,
        clouds: CloudSource,
        labelled: Sequence[str],
        companions: Sequence[str],
        inputs: Inputs,
        augment: CloudAugment | None,
        *,
        max_points: int,
        seed: int,
    ) -> None:
        if not labelled:
            raise SceneglotError("segmentation: there is no scene to train on")
        if max_points < 1:
            raise SceneglotError(f"segmentation: {max_points} points per scene, expected at least 1 (--max-points)")
        self.clouds, self.labelled, self.companions = clouds, tuple(labelled), tuple(companions)
        self.inputs, self.augment, self.max_points, self.seed = inputs, augment, max_points, seed

    def __len__(self) -> int:
        return len(self.labelled)

    def __getitem__(self, key: tuple[int, int]) -> tuple[LabelledCloud, ...]:
        epoch, index = key
        rng = scene_rng(self.seed, epoch, self.labelled[index])
        names = [self.labelled[index]]
        if self.companions:
            names.append(self.companions[int(rng.integers(len(self.companions)))])
        return tuple(self._visit(name, rng) for name in names)

    def _visit(self, name: str, rng: np.random.Generator) -> LabelledCloud:
        cloud = crop(self.clouds(name), self.max_points, rng)
        return cloud if self.augment is None else augmented(cloud, self.inputs, self.augment, rng)


def crop(cloud: LabelledCloud, max_points: int, rng: np.random.Generator) -> LabelledCloud:
    """The `max_points` points nearest to a random one, in their order; everything if there are no more."""
    if len(cloud.xyz) <= max_points:
        return cloud
    middle = cloud.xyz[int(rng.integers(len(cloud.xyz)))]
    near = np.argpartition(np.square(cloud.xyz - middle).sum(1), max_points)[:max_points]
    near.sort()
    rows = ("xyz", "features", "label", "region", "offset", "inside")
    return replace(cloud, **{name: getattr(cloud, name)[near] for name in rows})


def augmented(cloud: LabelledCloud, inputs: Inputs, config: CloudAugment, rng: np.random.Generator) -> LabelledCloud:
    """A moved and tinted copy; offsets to centres turn along."""
    xyz, matrix = moved(cloud.xyz, config, rng)
    features = cloud.features
    if inputs.color:
        features = np.concatenate([tinted(features[:, :3], config, rng), features[:, 3:]], 1)
    return replace(cloud, xyz=xyz, features=features, offset=cloud.offset @ matrix.T)


def collate(items: list[tuple[LabelledCloud, ...]]) -> SegmentationBatch:
    """Join the scenes of several visits; regions are renumbered through the batch."""
    clouds = [cloud for visit in items for cloud in visit]
    join = lambda name: torch.from_numpy(np.concatenate([getattr(c, name) for c in clouds]))  # noqa: E731
    counts = np.array([len(c.teacher) for c in clouds])
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    label = join("label")
    sizes = [len(c.xyz) for c in clouds]
    at_points = lambda flags: torch.from_numpy(np.repeat(np.array(flags, bool), sizes))  # noqa: E731
    return SegmentationBatch(
        PointBatch.of_scenes([(torch.from_numpy(c.xyz), torch.from_numpy(c.features)) for c in clouds]),
        label,
        (label < 0) & ~at_points([c.dense for c in clouds]),
        at_points([c.sparse for c in clouds]),
        torch.from_numpy(np.concatenate([c.region + start for c, start in zip(clouds, first)])),
        join("teacher"),
        join("offset"),
        join("inside"),
    )
