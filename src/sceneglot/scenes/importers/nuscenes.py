"""nuScenes keyframes with lidarseg labels, joined from the plain JSON tables.

    v1.0-*/{scene,sample,sample_data,calibrated_sensor,sensor,ego_pose,lidarseg,category}.json
    samples/LIDAR_TOP/<name>.pcd.bin             float32 x, y, z, intensity 0..255, ring
    lidarseg/v1.0-*/<sample data token>_lidarseg.bin   one uint8 class per point

Tables are joined by token: sample_data -> sample -> scene, sample_data -> calibrated_sensor -> sensor (its channel).
They are read row by row, since some are larger than memory. Points come in the frame of the vehicle (x ahead, y left,
z up, origin on the ground below the rear axle), so the floor is near z = 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.paths import child
from sceneglot.scenes.importers.sizes import estimated, reported
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.label_spaces import label_space
from sceneglot.scenes.readers.binary import finite_rows, read_records
from sceneglot.scenes.readers.jsonrows import json_rows
from sceneglot.scenes.rigid import quaternion_matrix, rigid
from sceneglot.scenes.scene import Scene, Source

LICENCE = "CC-BY-NC-SA-4.0 (nuScenes terms of use)"
_SPACE = "nuscenes-lidarseg"
_CHANNEL = "LIDAR_TOP"
_MAX_INTENSITY = 255.0
_TEXTS = frozenset(
    ("token", "sensor_token", "sample_token", "scene_token", "calibrated_sensor_token", "ego_pose_token",
     "sample_data_token", "filename", "channel", "name")
)  # fmt: skip

VAL_RANGES = (
    (3, 3), (12, 18), (35, 36), (38, 39), (92, 110), (221, 221), (268, 278), (329, 332), (344, 346), (519, 524),
    (552, 565), (625, 627), (629, 630), (632, 638), (770, 771), (775, 775), (777, 778), (780, 784), (794, 800),
    (802, 802), (904, 917), (919, 931), (962, 963), (966, 969), (971, 972), (1059, 1073),
)  # fmt: skip
"""Numbers of the 150 validation scenes, first and last of each run (nuscenes-devkit, utils/splits.py)."""

CARD = DatasetCard(
    title="nuScenes lidarseg, 850 labelled drives",
    licence=LICENCE,
    request="https://www.nuscenes.org/nuscenes#download",
    files=(
        FileNeed(
            "v1.0-<version>/<table>.json",
            "tables that say what belongs together",
            size=estimated(0.066, 40_157, "79 frames x 650 bytes and 35 boxes x 400 bytes of JSON a keyframe"),
        ),
        FileNeed(
            "samples/LIDAR_TOP/<name>.pcd.bin",
            "points of the keyframes",
            size=estimated(0.694, 40_157, "34,700 points x 5 numbers x 4 bytes"),
        ),
        FileNeed(
            "lidarseg/v1.0-<version>/<token>_lidarseg.bin",
            "class of every point; the test part has none",
            required=False,
            size=estimated(0.0347, 34_149, "34,700 points x 1 byte"),
        ),
    ),
    scenes={"train": 28130, "val": 6019, "test": 6008},
    page="nuscenes",
    whole=reported(400, "wayveai/fiery, all sensors"),
)


@dataclass(frozen=True)
class NuScenesOptions:
    """Choices for nuScenes."""

    version: str = ""
    """Folder of tables ("v1.0-trainval", "v1.0-mini", "v1.0-test"); needed where ROOT holds several."""
    every: int = 1
    """Every so many keyframes of each drive; neighbours show nearly the same."""
    frame: Literal["ego", "sensor", "world"] = "ego"
    """Frame of the points: the vehicle's, the laser's, or that of the map (needs the large table ego_pose)."""


@dataclass(frozen=True, eq=False)
class _Keyframe:
    token: str
    filename: str
    sample: str
    calibration: str
    ego: str
    timestamp: int


def nuscenes_jobs(root: Path, options: NuScenesOptions = NuScenesOptions()) -> list[Job]:
    """One job per laser keyframe, id `<scene name>_<number within the drive>`.

    Raises:
        SceneglotError: no tables, tables that do not fit together, or options that make no sense.
    """
    if options.every < 1:
        raise SceneglotError(f"--every must be at least 1, found {options.every}")
    tables = _tables(root, options.version)
    channel_of = {row["token"]: row["channel"] for row in _need(tables / "sensor.json", "token", "channel")}
    sensors = {
        row["token"]: row
        for row in _need(tables / "calibrated_sensor.json", "token", "sensor_token", "translation", "rotation")
        if channel_of.get(row["sensor_token"]) == _CHANNEL
    }
    frames = _keyframes(tables / "sample_data.json", sensors)
    scene_of = {row["token"]: row["scene_token"] for row in _need(tables / "sample.json", "token", "scene_token")}
    name_of = {row["token"]: row["name"] for row in _need(tables / "scene.json", "token", "name")}
    labels = _label_files(tables)
    poses = _ego_poses(tables, frames) if options.frame == "world" else {}
    by_drive: dict[str, list[_Keyframe]] = {}
    for frame in frames:
        name = name_of.get(scene_of.get(frame.sample, ""))
        if name is None:
            raise BadFileError(tables / "sample.json", f"knows no drive of sample {frame.sample[:40]!r}")
        by_drive.setdefault(name, []).append(frame)
    jobs = []
    for name, drive in sorted(by_drive.items()):
        drive.sort(key=lambda frame: frame.timestamp)
        for number in range(0, len(drive), options.every):
            frame = drive[number]
            points = _below(root, frame.filename, tables)
            marked = _below(root, labels[frame.token], tables) if frame.token in labels else None
            pose = _pose(sensors[frame.calibration], poses.get(frame.ego), options.frame, tables)
            load = partial(read_keyframe, points, marked, f"{name}_{number:03d}", pose)
            files = (points,) if marked is None else (points, marked)
            jobs.append(Job(f"{name}_{number:03d}", load, split_of(name, tables.name), files))
    if not jobs:
        raise BadFileError(tables / "sample_data.json", f"holds no keyframe of {_CHANNEL}")
    return jobs


def read_keyframe(points: Path, labels: Path | None, scene_id: str, pose: np.ndarray) -> Scene:
    """Read one keyframe.

    Args:
        points: float32 x, y, z, intensity, ring. labels: uint8 category index per point, None for the test part.
        pose: (4, 4) laser to the frame that is asked for.

    Raises:
        BadFileError: sizes that do not fit, or points that are no numbers.
    """
    rows = read_records(points, np.dtype("<f4"), 5)
    raw = None if labels is None else read_records(labels, np.dtype("u1"), 1)[:, 0]
    if raw is not None and labels is not None and len(raw) != len(rows):
        raise BadFileError(labels, f"holds {len(raw):,} labels, {points.name} holds {len(rows):,} points")
    good, notes = finite_rows(points, rows)
    rows = rows[good]
    category = None
    if raw is None:
        notes += ("no labels",)
    else:
        category, unknown = label_space(_SPACE).classes_of(raw[good])
        if unknown:
            notes += (f"classes that nuScenes does not have: {', '.join(map(str, unknown[:8]))}",)
    return Scene(
        id=scene_id,
        xyz=(rows[:, :3].astype(np.float64) @ pose[:3, :3].T + pose[:3, 3]).astype(np.float32),
        rgb=np.full((len(rows), 3), 128, np.uint8),
        source=Source("nuscenes", points.name, LICENCE, notes=notes),
        room_type="street",
        has_color=False,
        category=category,
        label_space="" if category is None else _SPACE,
        intensity=np.clip(rows[:, 3] / np.float32(_MAX_INTENSITY), 0.0, 1.0),
    )


def split_of(scene_name: str, version: str) -> str:
    """Official split of a drive ("scene-0103"); scenes of the mini version keep the split they have in the whole."""
    if version.endswith("test"):
        return "test"
    digits = scene_name.removeprefix("scene-")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    return "val" if any(first <= int(digits) <= last for first, last in VAL_RANGES) else "train"


def _tables(root: Path, version: str) -> Path:
    if version:
        folders = [child(root, version)]
    else:
        folders = sorted(path.parent for path in root.glob("v1.0-*/sample_data.json"))
    if len(folders) > 1:
        names = ", ".join(folder.name for folder in folders)
        raise SceneglotError(f"{root}: holds several versions ({names}); choose one with --version")
    if not folders or not (folders[0] / "sample_data.json").is_file():
        raise BadFileError(root, "holds no nuScenes tables: expected v1.0-trainval/sample_data.json or the like")
    return folders[0]


def _need(path: Path, *keys: str) -> Iterable[dict[str, Any]]:
    """Rows of a table, each checked to have these keys, and texts where texts belong."""
    for number, row in enumerate(json_rows(path)):
        if not all(key in row and (isinstance(row[key], str) or key not in _TEXTS) for key in keys):
            raise BadFileError(path, f"row {number} lacks one of {', '.join(keys)}, or has another type there")
        yield row


def _keyframes(path: Path, sensors: Mapping[str, Any]) -> list[_Keyframe]:
    keys = ("token", "filename", "sample_token", "calibrated_sensor_token", "ego_pose_token")
    frames = []
    for row in _need(path, *keys, "timestamp", "is_key_frame"):
        if row["is_key_frame"] and row["calibrated_sensor_token"] in sensors:
            token, filename, sample, calibration, ego = (row[key] for key in keys)
            if not isinstance(row["timestamp"], int):
                raise BadFileError(path, f"timestamp of {token[:40]!r} is no whole number")
            frames.append(_Keyframe(token, filename, sample, calibration, ego, row["timestamp"]))
    return frames


def _label_files(tables: Path) -> dict[str, str]:
    """Sample data token -> label file; empty where there are none."""
    path = tables / "lidarseg.json"
    if not path.is_file():
        return {}
    return {row["sample_data_token"]: row["filename"] for row in _need(path, "sample_data_token", "filename")}


def _ego_poses(tables: Path, frames: list[_Keyframe]) -> dict[str, np.ndarray]:
    wanted = {frame.ego for frame in frames}
    path = tables / "ego_pose.json"
    rows = _need(path, "token", "translation", "rotation")
    return {row["token"]: _matrix(path, row) for row in rows if row["token"] in wanted}


def _pose(sensor: dict[str, Any], ego: np.ndarray | None, frame: str, tables: Path) -> np.ndarray:
    if frame == "sensor":
        return np.eye(4)
    to_ego = _matrix(tables / "calibrated_sensor.json", sensor)
    if frame == "ego":
        return to_ego
    if ego is None:
        raise BadFileError(tables / "ego_pose.json", "lacks the pose of a keyframe", "copy it again")
    return ego @ to_ego


def _matrix(path: Path, row: dict[str, Any]) -> np.ndarray:
    """(4, 4) from a row's translation (x, y, z) and rotation (quaternion w, x, y, z)."""
    try:
        w, x, y, z = (float(value) for value in row["rotation"])
        return rigid(quaternion_matrix((x, y, z, w)), [float(value) for value in row["translation"]])
    except (TypeError, ValueError, SceneglotError) as error:
        raise BadFileError(path, f"row {str(row.get('token'))[:40]!r} holds no pose ({error})") from error


def _below(root: Path, name: str, tables: Path) -> Path:
    """A file named in a table, which must not leave the data set."""
    try:
        return child(root, *PurePosixPath(name).parts)
    except SceneglotError as error:
        raise BadFileError(tables, f"names a file {name[:80]!r} outside the data set") from error


IMPORTER = Importer(CARD, NuScenesOptions, nuscenes_jobs)
