"""Structured3D rooms from their furnished panoramas: points by depth, classes by picture, objects by oriented boxes.

    scene_00000/bbox_3d.json                               oriented boxes of the whole house, without labels
    scene_00000/annotation_3d.json                         room types, among much else
    scene_00000/2D_rendering/<room>/panorama/camera_xyz.txt
    scene_00000/2D_rendering/<room>/panorama/full/{rgb_rawlight,depth,semantic[,instance]}.png

One scene per room. A pixel in row i, column j of an (H, W) panorama looks along (cos a sin b, cos a cos b, sin a) with
a = 90 - 180 (i + 1/2) / H and b = 360 (j + 1/2) / W - 180 degrees; depth is the distance along that ray in millimetres
(the convention of RoomFormer's preparation). A box gets its label from the NYU40 classes of its pixels: those that
instance.png gives it, or those inside it where that picture is missing. Boxes that the panorama does not see belong to
other rooms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.records import Record, read_json
from sceneglot.scenes.importers.assemble import UNNAMED, Points, to_scene
from sceneglot.scenes.importers.oriented import OrientedBox, assign_points
from sceneglot.scenes.importers.paths import safe_id
from sceneglot.scenes.importers.scannet_classes import majority
from sceneglot.scenes.importers.sizes import estimated
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.labels import NYU40_NAMES, STRUCTURE_NYU40
from sceneglot.scenes.readers.pictures import read_picture
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

LICENCE = "Structured3D Terms of Use"
_BACKGROUND = 65_535
_NO_ROOMS = ("door", "window", "outwall")
_MILLIMETRES = 1000.0


@dataclass(frozen=True)
class Structured3DOptions:
    """Choices for Structured3D."""

    stride: int = 1
    """Take every n-th row and column of the panorama (512 x 1024 pixels are 524,288 points)."""


def structured3d_jobs(root: Path, options: Structured3DOptions = Structured3DOptions()) -> list[Job]:
    """One job per room with a furnished panorama, in `root` or `root` itself a house.

    Splits follow the official ranges of house numbers: 0 to 2999 train, 3000 to 3249 val, 3250 to 3499 test.

    Raises:
        BadFileError: no such room.
        SceneglotError: a stride below 1.
    """
    if options.stride < 1:
        raise SceneglotError(f"--stride must be at least 1, found {options.stride}")
    patterns = ("2D_rendering/*/panorama/full", "*/2D_rendering/*/panorama/full")
    folders = next((found for pattern in patterns if (found := sorted(root.glob(pattern)))), [])
    if not folders:
        raise BadFileError(root, "holds no scene_xxxxx/2D_rendering/<room>/panorama/full")
    jobs = []
    for folder in folders:
        house, room = folder.parents[3].resolve(), folder.parents[1].name
        pictures = [folder / f"{name}.png" for name in ("rgb_rawlight", "depth", "semantic")]
        files = (*pictures, folder.parent / "camera_xyz.txt", house / "bbox_3d.json")
        files += tuple(path for path in (folder / "instance.png", house / "annotation_3d.json") if path.exists())
        load = partial(read_room, folder, options.stride)
        jobs.append(Job(safe_id(f"{house.name}_{room}"), load, _split(house.name), files))
    return sorted(jobs, key=lambda job: job.scene_id)


def _split(house: str) -> str:
    digits = house.removeprefix("scene_")
    if not (digits.isascii() and digits.isdigit()) or int(digits) > 3499:
        return ""
    return "train" if int(digits) < 3000 else "val" if int(digits) < 3250 else "test"


def read_room(folder: Path, stride: int = 1) -> Scene:
    """Read one room, given its `panorama/full`.

    Raises:
        BadFileError: missing or damaged files, or pictures of different sizes.
    """
    house, room = folder.parents[3].resolve(), folder.parents[1].name
    depth = _pixels(folder / "depth.png", None)
    size, depth = depth.shape, depth[::stride, ::stride]
    rays = panorama_rays(*size)[::stride, ::stride]
    seen = depth > 0
    if not seen.any():
        raise BadFileError(folder / "depth.png", "shows nothing: every depth is 0")
    camera = _camera(folder.parent / "camera_xyz.txt")
    xyz = camera + rays[seen] * (depth[seen].astype(np.float64) / _MILLIMETRES)[:, None]
    rgb = read_picture(folder / "rgb_rawlight.png", rgb=True)
    if rgb.shape[:2] != size:
        raise BadFileError(folder / "rgb_rawlight.png", f"has size {rgb.shape[:2]}, the depth has {size}")
    semantic, notes = _classes(folder / "semantic.png", size)
    semantic = None if semantic is None else semantic[::stride, ::stride][seen]
    boxes = _boxes(house / "bbox_3d.json")
    instance = _instances(folder / "instance.png", size, stride, seen, xyz, boxes, semantic)
    labels = _labels(instance, semantic, boxes)
    points = Points(xyz, rgb[::stride, ::stride][seen], instance=instance, semantic=semantic)
    source = Source("structured3d", f"{house.name}/{room}", LICENCE, notes=notes)
    scene_id = safe_id(f"{house.name}_{room}")
    scene = to_scene(folder, scene_id, points, labels, source, room_type=_room_type(house, room))
    return _with_boxes(scene, boxes)


def panorama_rays(height: int, width: int) -> np.ndarray:
    """(H, W, 3) float64 unit vectors through the pixel centres of an equirectangular picture; z up, +y ahead."""
    up = np.radians(90 - (np.arange(height) + 0.5) * 180 / height)[:, None]
    round_ = np.radians((np.arange(width) + 0.5) * 360 / width - 180)[None, :]
    x, y = np.cos(up) * np.sin(round_), np.cos(up) * np.cos(round_)
    return np.stack([x, y, np.broadcast_to(np.sin(up), x.shape)], axis=-1)


def _pixels(path: Path, size: tuple[int, ...] | None) -> np.ndarray:
    """(H, W) numbers of a picture with one channel."""
    picture = read_picture(path)
    if picture.ndim != 2 or (size is not None and picture.shape != size):
        raise BadFileError(path, f"has shape {picture.shape}, expected one channel of {size or 'any size'}")
    return picture


def _camera(path: Path) -> np.ndarray:
    try:
        values = np.array([float(word) for word in path.read_text(encoding="ascii").split()[:3]])
    except (OSError, ValueError) as error:
        raise BadFileError(path, f"holds no camera position ({error})") from error
    if values.shape != (3,) or not np.isfinite(values).all():
        raise BadFileError(path, "holds no camera position of three numbers")
    return values / _MILLIMETRES


def _classes(path: Path, size: tuple[int, ...]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """(H, W) NYU40 ids, or None for a picture that shows colours instead of ids."""
    picture = read_picture(path)
    if picture.shape[:2] != size:
        raise BadFileError(path, f"has size {picture.shape[:2]}, the depth has {size}")
    if picture.ndim == 3:
        return None, ("semantic.png shows colours, not class ids: no classes, objects without names",)
    if picture.max(initial=0) > 40:
        raise BadFileError(path, f"holds class {picture.max()}, expected 0 to 40")
    return picture, ()


def _boxes(path: Path) -> dict[int, OrientedBox]:
    """Oriented boxes of the house by id, in metres."""
    boxes: dict[int, OrientedBox] = {}
    for row in Record.of(path, "the file", {"boxes": read_json(path)}).records("boxes"):
        try:
            center, radii = (np.asarray(row.fields.get(key), np.float64) for key in ("centroid", "coeffs"))
            box = OrientedBox.of(center / _MILLIMETRES, row.fields.get("basis"), 2 * radii / _MILLIMETRES)
        except (TypeError, ValueError, SceneglotError) as error:
            raise row.problem(f"is no oriented box ({error})") from error
        boxes[row.integer("ID")] = box
    return boxes


def _instances(
    path: Path,
    size: tuple[int, ...],
    stride: int,
    seen: np.ndarray,
    xyz: np.ndarray,
    boxes: dict[int, OrientedBox],
    semantic: np.ndarray | None,
) -> np.ndarray:
    """(N,) ids of boxes: from instance.png, else the smallest box around each point that is not wall or floor."""
    if path.exists():
        values = _pixels(path, size)[::stride, ::stride][seen].astype(np.int64)
        return np.where((values != _BACKGROUND) & np.isin(values, list(boxes)), values, NO_INSTANCE)
    ids = np.array([*boxes, NO_INSTANCE])
    instance = ids[assign_points(xyz, list(boxes.values()))]
    if semantic is not None:
        instance[np.isin(semantic, (0, *STRUCTURE_NYU40))] = NO_INSTANCE
    return instance


def _labels(instance: np.ndarray, semantic: np.ndarray | None, boxes: dict[int, Any]) -> dict[int, str]:
    seen = [int(i) for i in np.unique(instance) if i != NO_INSTANCE and int(i) in boxes]
    names = dict.fromkeys(seen, UNNAMED)
    if semantic is not None:
        labelled = (instance >= 0) & (semantic > 0)
        kinds = majority(instance[labelled], semantic[labelled])
        names |= {i: NYU40_NAMES[kind] for i, kind in kinds.items() if i in names}
    return names


def _with_boxes(scene: Scene, boxes: dict[int, OrientedBox]) -> Scene:
    """The same scene with the annotated boxes instead of those around the visible points."""
    found = [boxes[int(i)] for i in scene.objects.id]
    center = np.array([box.center for box in found]).reshape(-1, 3)
    extent = np.array([box.extent for box in found]).reshape(-1, 3)
    return replace(scene, objects=replace(scene.objects, center=center, size=extent))


def _room_type(house: Path, room: str) -> str:
    path = house / "annotation_3d.json"
    if not path.exists():
        return ""
    for row in Record.of(path, "the file", read_json(path)).records("semantics"):
        if str(row.fields.get("ID")) == room and row.text("type") not in _NO_ROOMS:
            return row.text("type").lower()
    return ""


CARD = DatasetCard(
    title="Structured3D rooms (panoramas with depth, oriented boxes)",
    licence=LICENCE,
    request="https://forms.gle/LXg4bcjC2aEjrL9o8",
    files=(
        FileNeed(
            "<scene>/2D_rendering/<room>/panorama/full/rgb_rawlight.png",
            "colours",
            size=estimated(0.81, 21_835, "1024 x 512 pixels x 1.55 bytes, as a measured photograph takes in PNG"),
        ),
        FileNeed(
            "<scene>/2D_rendering/<room>/panorama/full/depth.png",
            "points",
            size=estimated(0.21, 21_835, "1024 x 512 pixels x 0.4 bytes, as a measured depth picture takes in PNG"),
        ),
        FileNeed("<scene>/2D_rendering/<room>/panorama/full/semantic.png", "NYU40 classes"),
        FileNeed("<scene>/2D_rendering/<room>/panorama/full/instance.png", "object per pixel", required=False),
        FileNeed("<scene>/2D_rendering/<room>/panorama/camera_xyz.txt", "position of the camera"),
        FileNeed("<scene>/bbox_3d.json", "oriented boxes"),
        FileNeed("<scene>/annotation_3d.json", "room types", required=False),
    ),
    scenes={"": 21_835},
    page="structured3d",
    whole=estimated(12.8, 21_835, "panoramas in 3 furnishings x 5 colour pictures and 1 depth picture as above"),
)

IMPORTER = Importer(CARD, Structured3DOptions, structured3d_jobs)
