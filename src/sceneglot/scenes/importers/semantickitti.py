"""SemanticKITTI frames: `sequences/<SS>/velodyne/<N>.bin`, `labels/<N>.label`, `calib.txt`, `poses.txt`.

Points are float32 x, y, z, remission in the frame of the laser (x forward, y left, z up, ground near -1.7 m). Labels
are uint32: the class in the low 16 bits, the instance in the high ones. The 19 benchmark classes go to
`Scene.category`; moving and standing things keep their different names as labels of the objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.labelled import objects_of_points
from sceneglot.scenes.importers.sizes import official
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.label_spaces import label_space
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.binary import finite_rows, read_records
from sceneglot.scenes.readers.numbers import read_bytes
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

LICENCE = "CC-BY-NC-SA-4.0 (labels); KITTI terms of use (points)"
VAL_SEQUENCES, TEST_SEQUENCES = (8,), tuple(range(11, 22))
_MAX_INSTANCE = 1 << 15  # the label as a whole must fit into int32, the type of object ids
_SPACE = "semantickitti"

CARD = DatasetCard(
    title="SemanticKITTI, labelled frames of the KITTI odometry sequences",
    licence=LICENCE,
    request="https://semantic-kitti.org/dataset.html",
    files=(
        FileNeed(
            "sequences/<sequence>/velodyne/<frame>.bin",
            "points and remission",
            size=official(80, "the download page of KITTI odometry"),
        ),
        FileNeed(
            "sequences/<sequence>/labels/<frame>.label",
            "classes and instances; test sequences have none",
            required=False,
            size=official(0.179, "the download page of SemanticKITTI"),
        ),
        FileNeed("sequences/<sequence>/calib.txt", "laser to camera, for --frame world", False),
        FileNeed("sequences/<sequence>/poses.txt", "camera poses, for --frame world", False),
    ),
    scenes={"train": 19130, "val": 4071, "test": 20351},
    page="semantickitti",
)


@dataclass(frozen=True)
class SemanticKittiOptions:
    """Choices for SemanticKITTI."""

    sequences: tuple[int, ...] = ()
    """Only these sequences; all where none is given."""
    every: int = 1
    """Every so many frames of each sequence, from its first; neighbours show nearly the same."""
    frame: Literal["sensor", "world"] = "sensor"
    """Frame of the points: the laser's own, or that of the sequence's first scan (needs calib.txt and poses.txt)."""


def semantickitti_jobs(root: Path, options: SemanticKittiOptions = SemanticKittiOptions()) -> list[Job]:
    """One job per frame.

    Args:
        root: the folder that holds `sequences/`, that one, or one sequence.

    Raises:
        SceneglotError: no frame in `root`, or options that make no sense.
    """
    if options.every < 1:
        raise SceneglotError(f"--every must be at least 1, found {options.every}")
    jobs = []
    for folder in _sequences(root):
        if options.sequences and int(folder.name) not in options.sequences:
            continue
        frames = sorted((folder / "velodyne").glob("*.bin"))
        poses = read_poses(folder) if options.frame == "world" else None
        for path in frames[:: options.every]:
            if not (path.stem.isascii() and path.stem.isdigit()):
                continue
            labels = folder / "labels" / f"{path.stem}.label"
            present = (labels,) if labels.is_file() else ()
            pose = _pose_of(poses, int(path.stem), folder) if poses is not None else None
            name = f"{folder.name}_{path.stem}"
            load = partial(read_frame, path, labels if present else None, name, pose)
            jobs.append(Job(name, load, split_of(int(folder.name)), (path, *present)))
    if not jobs:
        raise BadFileError(root, "holds no SemanticKITTI frame: expected sequences/<SS>/velodyne/<frame>.bin")
    return jobs


def read_frame(points: Path, labels: Path | None, scene_id: str, pose: np.ndarray | None = None) -> Scene:
    """Read one frame.

    Object ids are the labels of the file as they are, instance << 16 | class, so they stay the same along a sequence.

    Args:
        labels: the label file, None for test sequences.
        pose: (4, 4) laser-to-world, None to stay in the frame of the laser.

    Raises:
        BadFileError: sizes that do not fit, points that are no numbers, labels of other points.
    """
    rows = read_records(points, np.dtype("<f4"), 4)
    raw = None
    if labels is not None:
        raw = read_records(labels, np.dtype("<u4"), 1)[:, 0]
        if len(raw) != len(rows):
            raise BadFileError(labels, f"holds {len(raw):,} labels, {points.name} holds {len(rows):,} points")
    good, notes = finite_rows(points, rows)
    rows = rows[good]
    xyz = np.ascontiguousarray(rows[:, :3])
    if pose is not None:
        xyz = (xyz.astype(np.float64) @ pose[:3, :3].T + pose[:3, 3]).astype(np.float32)
    instance, category, objects = None, None, Objects.empty()
    if raw is not None and labels is not None:
        instance, category, objects, more = _label(labels, xyz, raw[good])
        notes += more
    else:
        notes += ("no labels",)
    return Scene(
        id=scene_id,
        xyz=xyz,
        rgb=np.full((len(xyz), 3), 128, np.uint8),
        source=Source("semantickitti", f"{points.parent.parent.name}/{points.name}", LICENCE, notes=notes),
        instance=instance,
        objects=objects,
        room_type="street",
        has_color=False,
        category=category,
        label_space="" if category is None else _SPACE,
        intensity=np.clip(rows[:, 3], 0.0, 1.0),
    )


def read_poses(folder: Path) -> np.ndarray:
    """(F, 4, 4) float64 laser-to-world poses of a sequence; the world is the laser at its first frame.

    `poses.txt` holds camera-0 poses P in the frame of the first camera, `calib.txt` the transform Tr from laser to
    camera: pose = Tr^-1 P Tr.

    Raises:
        BadFileError: missing or damaged files.
    """
    calibration = folder / "calib.txt"
    pairs = (line.partition(":") for line in read_bytes(calibration).decode("latin-1").splitlines())
    tr = _matrices(calibration, [{key: numbers for key, _, numbers in pairs}.get("Tr", "")])[0]
    path = folder / "poses.txt"
    lines = [line for line in read_bytes(path).decode("latin-1").splitlines() if line.strip()]
    if abs(np.linalg.det(tr[:3, :3]) - 1) > 0.01:
        raise BadFileError(calibration, "Tr is no rigid transform")
    return np.linalg.inv(tr) @ _matrices(path, lines) @ tr


def split_of(sequence: int) -> str:
    """Official split of a sequence: 8 is for validation, 11 to 21 for the test, the others for training."""
    return "val" if sequence in VAL_SEQUENCES else "test" if sequence in TEST_SEQUENCES else "train"


def _label(path: Path, xyz: np.ndarray, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray, Objects, tuple[str, ...]]:
    """Instances, benchmark classes, objects and notes from the 32-bit labels of the points."""
    space = label_space(_SPACE)
    kind, number = raw & 0xFFFF, raw >> 16
    if len(number) and number.max() >= _MAX_INSTANCE:
        raise BadFileError(path, f"instance numbers run up to {number.max():,}, expected below {_MAX_INSTANCE:,}")
    category, unknown = space.classes_of(kind)
    instance = np.where(number > 0, raw.astype(np.int64), NO_INSTANCE).astype(np.int32)
    ids = np.unique(instance[instance != NO_INSTANCE])
    names = {int(i): space.raw_name.get(int(i) & 0xFFFF, f"class {int(i) & 0xFFFF}") for i in ids}
    notes = (f"classes that SemanticKITTI does not have: {', '.join(map(str, unknown[:8]))}",) if unknown else ()
    return instance, category, objects_of_points(xyz, instance, names), notes


def _sequences(root: Path) -> list[Path]:
    here = root.resolve()  # "." has no name
    if (here / "velodyne").is_dir() and here.name.isascii() and here.name.isdigit():
        return [here]
    for folder in (root / "dataset" / "sequences", root / "sequences", root):
        found = sorted(p.parent for p in folder.glob("[0-9][0-9]/velodyne") if p.is_dir())
        if found:
            return found
    return []


def _pose_of(poses: np.ndarray, frame: int, folder: Path) -> np.ndarray:
    if frame >= len(poses):
        raise BadFileError(folder / "poses.txt", f"holds {len(poses):,} poses, frame {frame} needs one more")
    return poses[frame]


def _matrices(path: Path, lines: list[str]) -> np.ndarray:
    """(F, 4, 4) from lines of 12 numbers, the upper three rows."""
    try:
        rows = np.array([[float(word) for word in line.split()] for line in lines], np.float64)
        upper = rows.reshape(len(lines), 3, 4)
    except ValueError as error:
        raise BadFileError(path, "expected 12 numbers a line (and a line 'Tr:' in calib.txt)") from error
    if not np.isfinite(upper).all():
        raise BadFileError(path, "holds matrices that are not finite")
    return np.concatenate([upper, np.tile([[[0.0, 0.0, 0.0, 1.0]]], (len(upper), 1, 1))], axis=1)


IMPORTER = Importer(CARD, SemanticKittiOptions, semantickitti_jobs)
