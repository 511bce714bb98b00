"""What a teacher says about a scene at three levels: the scene as a whole, its objects, its points.

Scene: one vector per rendered view. Object: crops of the object at several sizes in the views that show most of its
points (the scheme of OpenMask3D, Takmaz et al. 2023), averaged. Dense: patch vectors lifted to the points, kept as the
few patches of each view and a sparse map from points to them, and multiplied out only for the points or regions a
training step asks for (measured sizes in docs/rendering.md).

N points, V views, P patches per view, O objects, D width of the teacher's joint space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sceneglot.errors import SceneglotError
from sceneglot.rendering import Cloud, cut, group_crops, render
from sceneglot.rendering.lift import pixel_counts
from sceneglot.rendering.rigs import Rig
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import View
from sceneglot.teachers.base import Teacher, unit


@dataclass(frozen=True)
class HierarchyConfig:
    """How a scene is shown to the teacher."""

    views: int = 8
    rig: Rig = "mixed"
    zoom: float = 2.0
    """Side of the rendered pictures over the side the teacher sees; crops profit from more."""
    objects: int = 32
    """At most so many objects, the largest first: each costs `crops * len(scales)` pictures; 0: no crops."""
    crops: int = 3
    """Views per object, those that show most of its points first."""
    scales: tuple[float, ...] = (1.0, 1.1, 1.2)
    """How far each crop is grown about its middle."""
    min_points: int = 60
    """Smaller groups of points are no objects."""


@dataclass(frozen=True, eq=False)
class HierarchyTargets:
    """A teacher's features of one scene, vectors of unit length.

    Attributes:
        views: (V, D) float16.
        patches: (V * P, D) float16.
        start: (N + 1,) int64, patch: (M,) int32, pixels: (M,) int32: point i won pixels[k] pixels of patch patch[k] for
            k = start[i] .. start[i + 1] - 1.
        object_group: (O,) int32 group of points each object is; object_feature: (O, D) float16.
    """

    views: np.ndarray
    patches: np.ndarray
    start: np.ndarray
    patch: np.ndarray
    pixels: np.ndarray
    object_group: np.ndarray
    object_feature: np.ndarray

    @property
    def scene(self) -> np.ndarray:
        """(D,) float32 unit vector: the mean of the views, zero without any."""
        return unit(self.views.astype(np.float32).sum(0))

    @property
    def seen(self) -> np.ndarray:
        """(N,) bool: points some view shows."""
        return np.diff(self.start) > 0

    def dense(self, points: np.ndarray) -> np.ndarray:
        """(M, D) float32 mean patch vector of the pixels each of M points won; zero where unseen."""
        return self._mean(self._weights()[points])

    def groups(self, group: np.ndarray) -> np.ndarray:
        """(G, D) float32 mean patch vector of all pixels that show a group of points; zero where none does.

        Args:
            group: (N,) integers 0..G-1, -1 for none.
        """
        inside = np.flatnonzero(group >= 0)
        shape = (int(group.max(initial=-1)) + 1, len(group))
        joined = sparse.csr_matrix((np.ones(len(inside), np.float32), (group[inside], inside)), shape=shape)
        return self._mean(joined @ self._weights())

    def _weights(self) -> sparse.csr_matrix:
        """(N, V * P) pixels of every patch that every point won."""
        shape = (len(self.start) - 1, len(self.patches))
        return sparse.csr_matrix((self.pixels.astype(np.float32), self.patch, self.start), shape=shape)

    def _mean(self, weights: sparse.csr_matrix) -> np.ndarray:
        """(M, D) float32 from (M, V * P) weights."""
        total = np.asarray(weights.sum(1)).ravel()
        return (weights @ self.patches.astype(np.float32)) / np.maximum(total, 1)[:, None]

    def tensors(self) -> dict[str, np.ndarray]:
        """Named arrays to be written to a file; `of_tensors` is the inverse."""
        return dict(vars(self))

    @classmethod
    def of_tensors(cls, arrays: Mapping[str, np.ndarray]) -> HierarchyTargets:
        """From named arrays.

        Raises:
            KeyError: one is missing.
        """
        return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})


def teach(
    scene: Scene, group: np.ndarray, teacher: Teacher, config: HierarchyConfig = HierarchyConfig()
) -> HierarchyTargets:
    """Render a scene, show it to the teacher as a whole and in crops, and keep what it says.

    Args:
        group: (N,) integers, the candidates for objects: regions of an over-segmentation or instance rows, -1 for none.

    Raises:
        SceneglotError: a group for another number of points.
    """
    if group.shape != (len(scene),):
        raise SceneglotError(f"scene {scene.id}: groups have shape {group.shape}, expected ({len(scene)},)")
    side = round(config.zoom * teacher.image_size)
    views = render(Cloud.of(scene), config.views, (side, side), rig=config.rig)
    shown = teacher.encode_images([view.rgb for view in views])
    chosen = _largest(group, config)
    row_of = np.full(int(group.max(initial=-1)) + 2, -1)
    row_of[chosen] = np.arange(len(chosen))
    feature = _objects(views, row_of[group], len(chosen), teacher, config)
    known = np.linalg.norm(feature, axis=1) > 0
    weights = _point_patches(views, shown.patches.shape[1], len(scene))
    return HierarchyTargets(
        views=shown.pooled.astype(np.float16),
        patches=shown.patches.reshape(-1, teacher.dim).astype(np.float16),
        start=weights.indptr.astype(np.int64),
        patch=weights.indices.astype(np.int32),
        pixels=weights.data.astype(np.int32),
        object_group=chosen[known].astype(np.int32),
        object_feature=feature[known].astype(np.float16),
    )


def _largest(group: np.ndarray, config: HierarchyConfig) -> np.ndarray:
    """Rows of the groups that are objects: large enough, and of those the largest; equal ones in their order."""
    size = np.bincount(group[group >= 0])
    order = np.argsort(-size, kind="stable")[: config.objects]
    return order[size[order] >= config.min_points]


def _objects(
    views: Sequence[View], row: np.ndarray, count: int, teacher: Teacher, config: HierarchyConfig
) -> np.ndarray:
    """(count, D) float32 unit vectors: the mean over all crops of each object, zero where no view shows one."""
    crops = group_crops(row, count, views, per_group=config.crops)
    pictures = [cut(views[crop.view], crop, scale=scale) for crop in crops for scale in config.scales]
    total = np.zeros((count, teacher.dim), np.float32)
    if pictures:
        owner = np.repeat([crop.row for crop in crops], len(config.scales))
        np.add.at(total, owner, unit(teacher.encode_images(pictures).pooled))
    return unit(total)


def _point_patches(views: Sequence[View], patches: int, num_points: int) -> sparse.csr_matrix:
    """(N, V * P) sparse: how many pixels of each patch of each view each point won."""
    grid = round(patches**0.5)
    parts = []
    for view in views:
        assert view.point is not None  # renders always know their points
        parts.append(pixel_counts(view.point, grid, num_points))
    joined = sparse.hstack(parts, format="csr") if parts else sparse.csr_matrix((num_points, 0), dtype=np.float32)
    return sparse.csr_matrix(joined)
