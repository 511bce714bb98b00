"""Read any supported file as a Scene: dispatch by ending, clean, and note every decision."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.guess import oddities
from sceneglot.scenes.mesh import vertex_normals
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.arrays import read_npy, read_npz
from sceneglot.scenes.readers.cloud import Cloud, brought_near
from sceneglot.scenes.readers.e57 import read_e57
from sceneglot.scenes.readers.las import read_las
from sceneglot.scenes.readers.meshes import Part, points_of_meshes, read_mesh
from sceneglot.scenes.readers.pcd import read_pcd
from sceneglot.scenes.readers.ply import read_ply
from sceneglot.scenes.readers.text import read_text
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source
from sceneglot.scenes.store import is_store

READERS: dict[str, Callable[[Path], Cloud]] = {
    ".ply": read_ply,
    ".pcd": read_pcd,
    ".npz": read_npz,
    ".npy": read_npy,
    ".xyz": read_text,
    ".txt": read_text,
    ".csv": read_text,
    ".asc": read_text,
    ".pts": read_text,
    ".las": read_las,
    ".laz": read_las,
    ".e57": read_e57,
    ".obj": read_mesh,
    ".glb": read_mesh,
    ".gltf": read_mesh,
    ".stl": read_mesh,
    ".off": read_mesh,
}
"""File name ending -> reader."""

MAX_DROPPED = 0.01
"""Largest share of points that are no finite numbers and may be dropped; more means that the file is damaged."""

_TO_Z_UP = {
    "x": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
    "y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "z": np.eye(3),
}
"""Up axis -> the rotation that makes it z."""


@dataclass(frozen=True)
class FileFrame:
    """What the numbers in a file mean, where that is not metres with z up."""

    scale: float = 1.0
    """Metres per unit of the files: 0.001 for millimetres, 0.01 for centimetres."""
    up: Literal["x", "y", "z"] = "z"
    """Axis that points up in the files. glTF is y-up and always turned, whether y is stated or not."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise SceneglotError(f"--scale must be metres per unit, more than 0, found {self.scale}")


def read_scene(path: str | Path, frame: FileFrame | None = None) -> Scene:
    """Read a point cloud or mesh file as a Scene in the file's own frame, or from the frame that is stated.

    Supported: PLY, PCD, NPZ, NPY, XYZ/TXT/CSV/ASC/PTS, LAS, LAZ (extra `las`), E57, OBJ, GLB, glTF, STL, OFF. Units and
    up axis are not changed unless `frame` says so (except glTF, which is y-up by specification). Clouds in double
    precision that lie so far from the origin that float32 would spoil them (georeferenced ones) are moved to it. What
    was done or looks odd is said in `scene.source.notes`.

    Returns:
        A Scene with id from the file name, `has_color` False and mid-grey points where the file has no colour.

    Raises:
        BadFileError: missing, of unknown type, damaged, without points, or with more than 1 % of them not finite.
    """
    path = Path(path)
    if path.is_dir():
        if is_store(path):
            raise SceneglotError(
                f"{path}: is a store of many scenes, not one; open it with Store.open, or name one of its scenes"
            )
        raise BadFileError(path, "is a folder, expected a file", "for a ScanNet scan: sceneglot import scannet SRC OUT")
    if not path.exists():
        raise BadFileError(path, "no such file")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadFileError(path, f"file type {path.suffix!r} is not supported", f"expected one of {', '.join(READERS)}")
    try:
        if not path.stat().st_size:
            raise BadFileError(path, "is empty")
        with np.errstate(invalid="ignore", over="ignore"):  # numbers that are none are dealt with below
            cloud = reader(path)
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror or error})") from error
    except MemoryError as error:
        raise BadFileError(path, "needs more memory than there is") from error
    frame = frame or FileFrame()
    if path.suffix.lower() in (".glb", ".gltf") and frame.up == "y":
        frame = replace(frame, up="z")  # the reader has turned it
    return _to_scene(path, cloud, frame)


def scene_id_of(path: Path) -> str:
    """A legal scene id from a file name: anything but letters, digits, "-", "_", "." becomes "-"."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name[: -len(path.suffix)] if path.suffix else path.name).strip("-.")
    return name or "scene"


def _to_scene(path: Path, cloud: Cloud, frame: FileFrame) -> Scene:
    cloud = _near(_in_metres(_drop_non_finite(path, cloud), frame))
    if cloud.faces is not None and len(cloud.faces) and not cloud.dense:
        cloud = _use_faces(cloud)
    xyz = np.ascontiguousarray(cloud.xyz, np.float32)
    normal = None if cloud.normal is None else _unit(cloud.normal)
    instance = None if cloud.instance is None else np.maximum(cloud.instance, NO_INSTANCE)
    for name, column, low, high in (
        ("instance", instance, NO_INSTANCE, 2**31 - 1),
        ("segment", cloud.segment, -(2**31), 2**31 - 1),
        ("semantic", cloud.semantic, 0, 40),
    ):
        if column is not None and not low <= column.min() <= column.max() <= high:
            raise BadFileError(
                path, f"{name} labels run from {column.min()} to {column.max()}, expected {low} to {high}"
            )
    notes = cloud.notes + oddities(xyz)
    try:
        return Scene(
            id=scene_id_of(path),
            xyz=xyz,
            rgb=np.full((len(xyz), 3), 128, np.uint8) if cloud.rgb is None else np.ascontiguousarray(cloud.rgb),
            source=Source("file", path.name, notes=notes),
            normal=normal,
            segment=cloud.segment,
            instance=instance,
            semantic=cloud.semantic,
            objects=cloud.objects or Objects.empty(),
            has_color=cloud.rgb is not None,
            intensity=cloud.intensity,
        )
    except SceneglotError as error:
        raise BadFileError(path, str(error)) from error


def _drop_non_finite(path: Path, cloud: Cloud) -> Cloud:
    count = len(cloud.xyz)
    if not count:
        raise BadFileError(path, "holds no points")
    good = (np.abs(cloud.xyz) < np.finfo(np.float32).max / 4).all(1)  # False for NaN; leaves room for sums
    bad = count - int(good.sum())
    if not bad:
        return cloud
    if bad > MAX_DROPPED * count:
        raise BadFileError(path, f"{bad:,} of {count:,} points are not finite numbers, at most 1 % may be")
    faces = cloud.faces
    if faces is not None:
        index = np.cumsum(good) - 1
        faces = index[faces[good[faces].all(1)]]
    columns = ("xyz", "rgb", "normal", "segment", "instance", "semantic", "intensity")
    kept = {name: None if getattr(cloud, name) is None else getattr(cloud, name)[good] for name in columns}
    return replace(cloud, **kept, faces=faces, notes=(*cloud.notes, f"dropped {bad:,} points that are not finite"))


def _in_metres(cloud: Cloud, frame: FileFrame) -> Cloud:
    """Scaled and turned as the frame says, in double precision where the file has it."""
    if frame == FileFrame():
        return cloud
    turn = _TO_Z_UP[frame.up]
    objects = cloud.objects
    if objects is not None:
        center, size = frame.scale * objects.center @ turn.T, frame.scale * objects.size @ np.abs(turn).T
        objects = replace(objects, center=center, size=size, front=objects.front @ turn.T)
    xyz = (frame.scale * cloud.xyz @ turn.T).astype(cloud.xyz.dtype)
    normal = None if cloud.normal is None else cloud.normal @ turn.T
    note = f"read with {frame.scale:g} m per unit and {frame.up} up, as stated"
    return replace(cloud, xyz=xyz, normal=normal, objects=objects, notes=(*cloud.notes, note))


def _near(cloud: Cloud) -> Cloud:
    """At the origin, if that saves digits that the file has and float32 has not. A cloud with boxes stays with them."""
    far = np.abs(cloud.xyz).max() > 20 * np.ptp(cloud.xyz, axis=0).max()
    if cloud.xyz.dtype != np.float64 or (cloud.objects is not None and len(cloud.objects)) or not far:
        return cloud
    xyz, note = brought_near(cloud.xyz)
    return replace(cloud, xyz=xyz, notes=cloud.notes + note)


def _use_faces(cloud: Cloud) -> Cloud:
    """Normals from the faces; points sampled on them where the vertices alone are too few to show the surface."""
    assert cloud.faces is not None
    if all(column is None for column in (cloud.segment, cloud.instance, cloud.semantic)):
        from trimesh.visual.color import ColorVisuals

        visual = None if cloud.rgb is None else ColorVisuals(vertex_colors=cloud.rgb)
        points = points_of_meshes([Part(cloud.xyz, cloud.faces, visual)], cloud.notes)
        if len(points.xyz) != len(cloud.xyz):
            return points
    normal = vertex_normals(cloud.xyz, cloud.faces) if cloud.normal is None else cloud.normal
    return replace(cloud, normal=normal)


def _unit(normal: np.ndarray) -> np.ndarray:
    """Unit length float32 normals; what has no direction points up."""
    normal = np.where(np.isfinite(normal), normal, 0.0).astype(np.float64)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit = normal / np.where(length < 1e-12, 1.0, length)
    unit[length[:, 0] < 1e-12] = (0.0, 0.0, 1.0)
    return unit.astype(np.float32)
