"""SUN RGB-D frames as VoteNet's scripts extract them: cloud, oriented boxes, photograph, calibration.

Points are "upright depth" coordinates: metres, x right, y forward, z up, origin at the camera. A line of `label/` is
`name x y w h cx cy cz W L H ox oy`: a 2D box, centre, **half** extents, and the direction (ox, oy) of the half length
L; W lies across it (sunrgbd_utils of VoteNet; checked against the points of real frames).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.oriented import OrientedBox, assign_points
from sceneglot.scenes.importers.sizes import estimated, reported
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.labels_maps import label_map, unknown_note
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.arrays import read_npz
from sceneglot.scenes.readers.cloud import to_rgb8
from sceneglot.scenes.readers.matfile import read_mat_table
from sceneglot.scenes.readers.pictures import read_picture
from sceneglot.scenes.rigid import is_rigid, rigid
from sceneglot.scenes.scene import NO_INSTANCE, Camera, Scene, Source, View

LICENCE = "SUN RGB-D (no licence stated; research use)"
_CAMERA_TO_DEPTH = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # camera x right, y down, z forward


@dataclass(frozen=True)
class SunOptions:
    """Choices for SUN RGB-D."""

    v1: bool = False
    """Take the boxes of label_v1/ (what VoteNet's numbers use) instead of label/."""
    photographs: bool = True
    """Keep the photograph of each frame with its camera."""


def sunrgbd_jobs(root: Path, options: SunOptions = SunOptions()) -> list[Job]:
    """One job per frame of a folder with `depth/` (or `lidar/`), `label/`, `calib/` and `image/`.

    Splits come from `train_data_idx.txt` and `val_data_idx.txt`, where they are.

    Raises:
        BadFileError: no such folder.
    """
    root = root / "sunrgbd_trainval" if (root / "sunrgbd_trainval").is_dir() else root
    clouds = {path.stem: path for pattern in ("depth/*.mat", "lidar/*.npz") for path in sorted(root.glob(pattern))}
    if not clouds:
        raise BadFileError(root, "holds neither depth/<frame>.mat nor lidar/<frame>.npz")
    split_of = {number: split for split in ("train", "val") for number in _numbers(root / f"{split}_data_idx.txt")}
    jobs = []
    for frame, cloud in sorted(clouds.items()):
        others = [root / ("label_v1" if options.v1 else "label") / f"{frame}.txt", root / "calib" / f"{frame}.txt"]
        others += [root / "image" / f"{frame}.jpg"] if options.photographs else []
        files = (cloud, *(path for path in others if path.exists()))
        split = split_of.get(int(frame), "") if frame.isascii() and frame.isdigit() else ""
        jobs.append(Job(f"sunrgbd-{frame}", partial(read_frame, root, cloud, options), split, files))
    return jobs


def read_frame(root: Path, cloud: Path, options: SunOptions = SunOptions()) -> Scene:
    """Read one frame.

    Raises:
        BadFileError: damaged files.
    """
    xyz, rgb = _cloud(cloud)
    frame = cloud.stem
    labels, boxes, fronts, ids = _boxes(root / ("label_v1" if options.v1 else "label") / f"{frame}.txt")
    row = assign_points(xyz, boxes)
    names = label_map("sunrgbd")
    kinds = np.array([*(names.nyu40_of(label) for label in labels), 0], np.int16)  # the last one is for row -1
    objects = Objects(
        id=np.array(ids),
        label=tuple(labels),
        center=np.array([box.center for box in boxes]).reshape(-1, 3),
        size=np.array([box.extent for box in boxes]).reshape(-1, 3),
        color=_colors(rgb, row, len(boxes)),
        front=np.array(fronts).reshape(-1, 3),
    )
    notes = ("one frame of a room; points get the label of the smallest box they lie in",)
    scene = Scene(
        id=f"sunrgbd-{frame}",
        xyz=xyz.astype(np.float32),
        rgb=np.full((len(xyz), 3), 128, np.uint8) if rgb is None else rgb,
        source=Source("sunrgbd", cloud.name, LICENCE, notes=notes + unknown_note(labels, kinds.tolist())),
        instance=np.append(ids, NO_INSTANCE)[row].astype(np.int32),
        semantic=kinds[row],
        objects=objects,
        has_color=rgb is not None,
    )
    calibration, photo = root / "calib" / f"{frame}.txt", root / "image" / f"{frame}.jpg"
    if options.photographs and calibration.exists() and photo.exists():
        scene = replace(scene, views=(_view(calibration, photo, xyz),))
    return scene


def _numbers(path: Path) -> list[int]:
    if not path.exists():
        return []
    try:
        return [int(word) for word in path.read_text(encoding="ascii").split()]
    except (OSError, ValueError) as error:
        raise BadFileError(path, f"is no list of frame numbers ({error})") from error


def _cloud(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    if path.suffix == ".npz":
        found = read_npz(path)
        xyz, rgb = found.xyz.astype(np.float64), found.rgb
    else:
        table = read_mat_table(path, "instance")
        if table.shape[1] < 3:
            raise BadFileError(path, f"instance has shape {table.shape}, expected (N, 6)")
        xyz, rgb = table[:, :3], to_rgb8(table[:, 3:6]) if table.shape[1] >= 6 else None
    good = (np.abs(xyz) < 1e4).all(1)  # the sensor left holes as NaN
    if not good.any():
        raise BadFileError(path, "holds no finite point")
    return xyz[good], None if rgb is None else rgb[good]


_Boxes = tuple[list[str], list[OrientedBox], list[np.ndarray], list[int]]


def _boxes(path: Path) -> _Boxes:
    """Labels, boxes, fronts and ids (line numbers) of a frame; a frame without a file has none."""
    labels, boxes, fronts, ids = [], [], [], []
    if not path.exists():
        return labels, boxes, fronts, ids
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError(path, f"cannot be read ({error})") from error
    for number, line in enumerate(lines):
        words = line.split()
        if not words:
            continue
        try:
            numbers = np.array([float(word) for word in words[5:13]])
            center, half, (ox, oy) = numbers[:3], numbers[3:6], numbers[6:]
            length = float(np.hypot(ox, oy))
            along = np.array([ox, oy, 0.0]) / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])
            across = np.array([-along[1], along[0], 0.0])
            box = OrientedBox.of(center, np.stack([across, along, (0.0, 0.0, 1.0)]), np.abs(half) * 2)
        except (ValueError, OverflowError, SceneglotError) as error:
            raise BadFileError(path, f"line {number + 1} is no box of 13 fields ({error})") from error
        labels.append(words[0])
        boxes.append(box)
        fronts.append(along if length > 1e-6 else np.full(3, np.nan))
        ids.append(number)
    return labels, boxes, fronts, ids


def _colors(rgb: np.ndarray | None, row: np.ndarray, count: int) -> np.ndarray:
    """(K, 3) uint8 mean colour of the points of each box, grey for a box without points."""
    colors = np.full((count, 3), 128, np.uint8)
    if rgb is not None:
        for index in np.unique(row[row >= 0]):
            colors[index] = np.rint(rgb[row == index].mean(0))
    return colors


def _view(calibration: Path, photo: Path, xyz: np.ndarray) -> View:
    """The photograph, its camera, and a depth picture of the points (0 where no point falls)."""
    rgb = read_picture(photo, rgb=True)
    try:
        rows = [[float(word) for word in line.split()] for line in calibration.read_text(encoding="ascii").splitlines()]
        tilt, intrinsic = (np.array(row).reshape(3, 3, order="F") for row in rows[:2])
    except (OSError, ValueError) as error:
        raise BadFileError(calibration, f"holds no tilt and camera matrix ({error})") from error
    pose = rigid(tilt @ _CAMERA_TO_DEPTH, (0.0, 0.0, 0.0))
    if not is_rigid(pose) or not (np.isfinite(intrinsic).all() and intrinsic[0, 0] > 0 and intrinsic[1, 1] > 0):
        raise BadFileError(calibration, "holds no rotation and camera matrix")
    height, width = rgb.shape[:2]
    # Their pixel centres lie at integers + 1 (MATLAB), ours at integers + 0.5.
    fx, fy, cx, cy = (
        float(v) for v in (intrinsic[0, 0], intrinsic[1, 1], intrinsic[0, 2] - 0.5, intrinsic[1, 2] - 0.5)
    )
    camera = Camera(fx, fy, cx, cy, width, height, pose)
    uv, depth = camera.project(xyz)
    column, line = (np.floor(np.clip(uv[:, i], -1, 1e6)).astype(np.int64) for i in (0, 1))
    seen = (depth > 0) & (column >= 0) & (column < width) & (line >= 0) & (line < height)
    picture = np.full((height, width), np.inf)
    np.minimum.at(picture, (line[seen], column[seen]), depth[seen])
    return View("photo", camera, rgb, np.where(np.isfinite(picture), picture, 0).astype(np.float32))


CARD = DatasetCard(
    title="SUN RGB-D frames, as VoteNet's scripts extract them",
    licence=LICENCE,
    request="https://rgbd.cs.princeton.edu/",
    files=(
        FileNeed(
            "sunrgbd_trainval/depth/<frame>.mat",
            "points and colours (lidar/<frame>.npz is read as well)",
            size=estimated(8.3, 10_335, "300,000 points x 28 bytes; colours compressed as on four measured frames"),
        ),
        FileNeed("sunrgbd_trainval/label/<frame>.txt", "oriented boxes", required=False),
        FileNeed("sunrgbd_trainval/label_v1/<frame>.txt", "oriented boxes, first version (--v1)", required=False),
        FileNeed("sunrgbd_trainval/calib/<frame>.txt", "tilt and camera matrix", required=False),
        FileNeed(
            "sunrgbd_trainval/image/<frame>.jpg",
            "photograph",
            required=False,
            size=estimated(0.051, 10_335, "mean of four measured frames"),
        ),
        FileNeed("sunrgbd_trainval/train_data_idx.txt", "split list", required=False),
        FileNeed("sunrgbd_trainval/val_data_idx.txt", "split list", required=False),
    ),
    scenes={"train": 5285, "val": 5050},
    page="sunrgbd",
    whole=reported(7.39, "DeepInsight-PCALab's list of data sets (issue 21); SUNRGBD, before extraction"),
)

IMPORTER = Importer(CARD, SunOptions, sunrgbd_jobs)
