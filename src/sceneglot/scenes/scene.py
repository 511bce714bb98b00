"""Scene: points, objects and views of one room, frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.view import Camera, View

NO_INSTANCE = -1
"""Value of `Scene.instance` for points that belong to no object."""


@dataclass(frozen=True)
class Source:
    """Where a scene came from, so that every number can be traced back.

    Attributes:
        origin: "scannet", "file", "rooms", ... the importer or generator.
        path: file name(s) it was read from, without machine-specific folders.
        licence: SPDX id or the name of the terms of use.
        generator: name and version of the generator for synthetic scenes, else "".
        seed: seed of the generator, -1 where nothing was drawn.
        notes: what the importer had to decide ("no axisAlignment in the txt, identity used").
    """

    origin: str
    path: str = ""
    licence: str = "unknown"
    generator: str = ""
    seed: int = -1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """One room or outdoor frame: points with optional labels, its objects and views.

    Frame: metres, right-handed, z up, floor at z = 0 unless the source says otherwise. A scene may have points
    without objects (a raw scan) or objects without points (an object map); both are first-class.

    Attributes:
        id: unique in its data set; letters, digits, "-", "_" and "." only (it becomes a file name).
        xyz: (N, 3) float32.
        rgb: (N, 3) uint8; mid-grey (128) where the source has no colour, see `has_color`.
        normal: (N, 3) float32 unit vectors, or None.
        segment: (N,) int32 over-segmentation id, or None.
        instance: (N,) int32 object id as in `objects.id`, -1 for none; None where unlabelled.
        semantic: (N,) int16 NYU40 class id, 0 for none; None where unlabelled or where NYU40 has no say (a street).
        category: (N,) int16 class id in the source's own `label_space`, 0 for none; None where it has none.
        label_space: name in `label_spaces.LABEL_SPACES` that gives `category` its meaning, "" without `category`.
        intensity: (N,) float32 strength of the laser return, 0..1; None for cameras.
        objects: the labelled boxes.
        room_type: "bedroom", ... or "".
        views: posed photographs that came with the scan (may be a lazy sequence).
    """

    id: str
    xyz: np.ndarray
    rgb: np.ndarray
    source: Source
    normal: np.ndarray | None = None
    segment: np.ndarray | None = None
    instance: np.ndarray | None = None
    semantic: np.ndarray | None = None
    objects: Objects = field(default_factory=Objects.empty)
    room_type: str = ""
    views: Sequence[View] = ()
    has_color: bool = True
    category: np.ndarray | None = None
    label_space: str = ""
    intensity: np.ndarray | None = None

    def __post_init__(self) -> None:
        check_scene_id(self.id)
        n = len(self.xyz)
        for name, shape, dtype in _COLUMNS:
            value = getattr(self, name)
            if value is None:
                continue
            if value.shape != (n, *shape):
                raise SceneglotError(
                    f"scene {self.id}: {name} has shape {value.shape}, expected {(n, *shape)} to match xyz"
                )
            if value.dtype != dtype:
                object.__setattr__(self, name, value.astype(dtype))
        if (self.category is None) != (not self.label_space):
            raise SceneglotError(f"scene {self.id}: category and label_space need each other, one is missing")

    def __len__(self) -> int:
        return len(self.xyz)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """((3,), (3,)) lower and upper corner over points, or over boxes where there are no points."""
        if len(self.xyz):
            return self.xyz.min(0), self.xyz.max(0)
        if len(self.objects):
            return self.objects.low.min(0), self.objects.high.max(0)
        return np.zeros(3, np.float32), np.zeros(3, np.float32)


_COLUMNS: tuple[tuple[str, tuple[int, ...], type], ...] = (
    ("xyz", (3,), np.float32),
    ("rgb", (3,), np.uint8),
    ("normal", (3,), np.float32),
    ("segment", (), np.int32),
    ("instance", (), np.int32),
    ("semantic", (), np.int16),
    ("category", (), np.int16),
    ("intensity", (), np.float32),
)


def check_scene_id(scene_id: str) -> str:
    """Return `scene_id`, or raise when it could not safely become a file name (separators, "..", empty)."""
    allowed = scene_id.replace("-", "").replace("_", "").replace(".", "")
    if not allowed.isalnum() or not allowed.isascii() or scene_id.startswith("."):
        raise SceneglotError(
            f"scene id {scene_id!r} is not usable: expected ASCII letters, digits, '-', '_' or '.', no leading '.'"
        )
    return scene_id


__all__ = ["NO_INSTANCE", "Camera", "Scene", "Source", "View", "check_scene_id"]
