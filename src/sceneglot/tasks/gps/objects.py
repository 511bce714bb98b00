"""The objects of a scan as GPS sees them: 1,024 points each, where they are, how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.language.drills.layout import is_candidate
from sceneglot.scenes.scene import NO_INSTANCE, Scene


@dataclass(frozen=True, eq=False)
class PointObjects:
    """K objects of one scene, in the order of its table.

    Attributes:
        scene_id: its name.
        ids: (K,) int64 object ids; labels: K raw labels.
        points: (K, P, 6) float32, xyz on the object's unit sphere, rgb in -1..1.
        location: (K, 6) float32, mean of the object's points and extents, metres, scene frame.
    """

    scene_id: str
    ids: np.ndarray
    labels: tuple[str, ...]
    points: np.ndarray
    location: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class ObjectConfig:
    """How a scene is cut into objects.

    Attributes:
        points: sampled per object.
        most: objects of a scene (GPS: 80 slots, one of them kept empty).
        cut: whose points an object gets: those of its instance mask (ReferIt3D, GPS), or all inside its box, as is the
            lot of detected boxes: something of the floor and of the neighbours comes along.
    """

    points: int = 1024
    most: int = 79
    cut: Literal["instance", "box"] = "instance"


def point_objects(
    scene: Scene, config: ObjectConfig, rng: np.random.Generator, keep: frozenset[int] = frozenset()
) -> PointObjects:
    """Sample the objects of a scene; walls, floor, ceiling and objects without points are left out.

    Points are drawn without replacement where an object has enough of them, with it otherwise. In crowded scenes the
    objects to `keep` (ids) stay, then those that share their label with one of these, then others at random.

    Raises:
        SceneglotError: the scene has no instance labels (cut "instance"), or no object with points.
    """
    members = _members(scene, config)
    rows = _choose(scene, list(members), config.most, rng, keep)
    if not rows:
        raise SceneglotError(f"scene {scene.id}: none of its {len(scene.objects)} objects has points")
    points, location = [], []
    for row in rows:
        inside = members[row]
        xyz = scene.xyz[inside].astype(np.float32)
        drawn = rng.choice(len(inside), config.points, replace=len(inside) < config.points)
        points.append(_cloud(xyz[drawn], scene.rgb[inside[drawn]]))
        location.append(np.concatenate([xyz.mean(0), np.ptp(xyz, axis=0)]))
    return PointObjects(
        scene.id,
        scene.objects.id[rows].astype(np.int64),
        tuple(scene.objects.label[row] for row in rows),
        np.stack(points),
        np.stack(location).astype(np.float32),
    )


def has_objects(scene: Scene, config: ObjectConfig) -> bool:
    """Whether there is any object with points."""
    return bool(_members(scene, config))


def fitting(config: ObjectConfig, scene: Scene) -> ObjectConfig:
    """The config, but cut by boxes where a scan has no instance labels."""
    return config if scene.instance is not None else replace(config, cut="box")


def _members(scene: Scene, config: ObjectConfig) -> Mapping[int, np.ndarray]:
    """Row -> indices of its points, for the objects that have some and are not of the room's shell."""
    found = [row for row, label in enumerate(scene.objects.label) if is_candidate(label)]
    return _by_instance(scene, found) if config.cut == "instance" else _by_box(scene, found)


def _by_instance(scene: Scene, rows: list[int]) -> Mapping[int, np.ndarray]:
    """Row -> indices of its points, for the rows that have some, by the instance labels."""
    if scene.instance is None:
        raise SceneglotError(f"scene {scene.id}: has no instance labels, so its objects have no points")
    order = np.argsort(scene.instance, kind="stable")
    ids = np.array([scene.objects.id[row] for row in rows], np.int64)
    start, end = (np.searchsorted(scene.instance[order], ids, side=side) for side in ("left", "right"))
    return {
        row: order[a:b] for row, i, a, b in zip(rows, ids, start.tolist(), end.tolist()) if b > a and i != NO_INSTANCE
    }


def _by_box(scene: Scene, rows: list[int]) -> Mapping[int, np.ndarray]:
    """The same by the boxes, which may share points."""
    xyz = np.asarray(scene.xyz)
    low, high = scene.objects.low, scene.objects.high
    inside = {row: np.flatnonzero(((xyz >= low[row]) & (xyz <= high[row])).all(1)) for row in rows}
    return {row: found for row, found in inside.items() if len(found)}


def turn(objects: PointObjects, quarters: int) -> PointObjects:
    """The objects after `quarters` quarter turns about z: coordinates and extents together.

    Extents are swapped with the axes. (The released code measures them before it turns the cloud.)
    """
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters % 4]
    rotate = lambda v: np.stack([cosine * v[..., 0] - sine * v[..., 1], sine * v[..., 0] + cosine * v[..., 1]], -1)  # noqa: E731
    points, location = objects.points.copy(), objects.location.copy()
    points[..., :2], location[:, :2] = rotate(points[..., :2]), rotate(location[:, :2])
    if quarters % 2:
        location[:, [3, 4]] = location[:, [4, 3]]
    return PointObjects(objects.scene_id, objects.ids, objects.labels, points, location)


def _choose(scene: Scene, rows: list[int], most: int, rng: np.random.Generator, keep: frozenset[int]) -> list[int]:
    """At most `most` rows, ascending."""
    if len(rows) <= most:
        return rows
    kept = {row for row in rows if int(scene.objects.id[row]) in keep}
    labels = {scene.objects.label[row] for row in kept}
    rank = {row: (row not in kept, scene.objects.label[row] not in labels, rng.random()) for row in rows}
    return sorted(sorted(rows, key=rank.__getitem__)[:most])


def _cloud(xyz: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """(P, 3) metres and (P, 3) uint8 -> (P, 6): mean removed, divided by the largest radius; rgb / 127.5 - 1."""
    centered = xyz - xyz.mean(0)
    radius = np.linalg.norm(centered, axis=1).max()
    return np.concatenate([centered / (radius if radius >= 1e-6 else 1.0), rgb / 127.5 - 1.0], 1).astype(np.float32)
