"""S3DIS rooms in their original text layout.

`Area_<k>/<room>/Annotations/<class>_<n>.txt` holds one object each, lines "x y z r g b" in metres and 0..255. The
published files hold a few damaged bytes (Area_5/office_19/Annotations/ceiling_1.txt, line 323474, is the known one):
bytes that are no text are taken out of a damaged line, and what still is no row of six numbers is left out. Both are
noted with file and line. Classes that the benchmark does not know ("stairs") count as clutter and keep their name.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.labelled import objects_of_points
from sceneglot.scenes.importers.sizes import reported
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.label_spaces import label_space
from sceneglot.scenes.readers.numbers import line_numbers, parse_table, read_bytes
from sceneglot.scenes.scene import Scene, Source

LICENCE = "S3DIS terms of use"
_AREA = re.compile(r"Area_[1-9]")
_ANNOTATION = re.compile(r"([A-Za-z]+)_\d+\.txt")
_MAX_BAD = 0.01  # share of damaged lines beyond which a file is refused
_FARTHEST = 1e5  # metres; no room lies farther from the origin
_CLUTTER = "clutter"
_ALIGNED = re.compile(r"(?<![a-z])aligned")  # "..._Aligned_Version", but not "unaligned"

CARD = DatasetCard(
    title="S3DIS (Stanford 3D Indoor Spaces), 6 areas",
    licence=LICENCE,
    request="http://buildingparser.stanford.edu/dataset.html",
    files=(
        FileNeed(
            "Area_<k>/<room>/Annotations/<class>_<n>.txt",
            "points and labels, one object a file",
            size=reported(4.8, "users of its form, as a zip"),
        ),
        FileNeed("Area_<k>/Area_<k>_alignmentAngle.txt", "turns rooms along the axes (unaligned version)", False),
    ),
    scenes={"": 272},
    page="s3dis",
)


@dataclass(frozen=True)
class S3DISOptions:
    """Choices for S3DIS."""

    test_area: int = 5
    """Area 1 to 6 that is split "test", the others are "train"; 0 gives no splits (six-fold: choose by scene id)."""
    align: Literal["auto", "yes", "no"] = "auto"
    """Turn rooms along the axes by the angles of Area_k_alignmentAngle.txt; auto: unless the folder's name says that
    this is the aligned version."""


def s3dis_jobs(root: Path, options: S3DISOptions = S3DISOptions()) -> list[Job]:
    """One job per room.

    Args:
        root: the folder with Area_1 to Area_6, or above it, one area, or one room.

    Raises:
        BadFileError: no room in `root`, or no angles for a room that is to be turned.
    """
    names = (*root.resolve().parts, *(path.name for path in _children(root)))
    aligned = any(_ALIGNED.search(name.lower()) for name in names)
    turn = options.align == "yes" or (options.align == "auto" and not aligned)
    jobs = []
    for room in _rooms(root):
        area = room.parent.name if _AREA.fullmatch(room.parent.name) else ""
        angles = room.parent / f"{area}_alignmentAngle.txt"
        files = tuple(sorted((room / "Annotations").glob("*.txt")))
        if options.align == "yes" and not (area and angles.is_file()):
            raise BadFileError(angles, "no such file: --align yes needs the angles of the area", "say --align no")
        used = (angles,) if turn and area and angles.is_file() else ()
        name = f"{area}_{room.name}".lstrip("_")
        split = "" if not options.test_area or not area else "train" if area[5:] != str(options.test_area) else "test"
        jobs.append(Job(name, partial(read_room, room, name, used[0] if used else None), split, (*files, *used)))
    if not jobs:
        raise BadFileError(root, "holds no S3DIS room: expected Area_<k>/<room>/Annotations/<class>_<n>.txt")
    return sorted(jobs, key=lambda job: job.scene_id)


def read_room(room: Path, scene_id: str, angles: Path | None = None) -> Scene:
    """Read one room from its annotation files; their order gives the object ids, from 1.

    Args:
        room: folder that holds `Annotations/`.
        angles: alignment angles of the room's area, None where the room is aligned already.

    Raises:
        BadFileError: no annotation, or one that is no table of points.
    """
    space = label_space("s3dis")
    parts, categories, sizes, labels, notes = [], [], [], [], []
    for path in sorted((room / "Annotations").glob("*.txt"), key=_natural):
        match = _ANNOTATION.fullmatch(path.name)
        if match is None:
            notes.append(f"{path.name} is no annotation file: left out")
            continue
        label = match.group(1)
        if label not in space.id_of:
            notes.append(f"class {label!r} is not one of the 13: it counts as clutter")
        rows, damage = read_points(path)
        notes += damage
        parts.append(rows)
        categories.append(space.id_of.get(label, space.id_of[_CLUTTER]))
        sizes.append(len(rows))
        labels.append(label)
    if not parts:
        raise BadFileError(room, "has no annotation file: expected Annotations/<class>_<n>.txt")
    table = np.concatenate(parts)
    del parts
    xyz = np.ascontiguousarray(table[:, :3])
    if angles is not None:
        degrees = read_angles(angles).get(room.name)
        xyz = _turned(xyz, degrees or 0.0)
        turned = f"turned by {-degrees:g} degrees to lie along the axes" if degrees else "lies along the axes"
        notes.append(turned if degrees is not None else f"{angles.name} has no angle for it: not turned")
    rgb = np.clip(np.rint(table[:, 3:6]), 0, 255).astype(np.uint8)
    instance = np.repeat(np.arange(1, len(sizes) + 1, dtype=np.int32), sizes)
    category = np.repeat(np.array(categories, np.int16), sizes)
    return Scene(
        id=scene_id,
        xyz=xyz,
        rgb=rgb,
        source=Source("s3dis", f"{room.parent.name}/{room.name}", LICENCE, notes=tuple(dict.fromkeys(notes))),
        instance=instance,
        semantic=space.to_nyu40(category),
        objects=objects_of_points(xyz, instance, dict(enumerate(labels, start=1)), rgb),
        room_type=_room_type(room.name),
        category=category,
        label_space=space.name,
    )


def read_points(path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """((N, 6) float32 x, y, z, r, g, b; notes about damaged lines) of one annotation file.

    Raises:
        BadFileError: no row of six numbers, more than 1 % damaged lines, or numbers that are no points.
    """
    data = read_bytes(path)
    table = parse_table(data, 6, np.float32)
    rows, notes = table.rows, ()
    if table.num_bad:
        if table.num_bad > max(1, _MAX_BAD * (len(rows) + table.num_bad)) or not len(rows):
            raise BadFileError(
                path,
                f"{table.num_bad:,} of {table.num_bad + len(rows):,} lines are no x y z r g b",
                "download it again",
            )
        texts = [_text_of(data[start:stop]) for start, stop in table.bad]
        repaired = parse_table(b"\n".join(texts), 6, np.float32)
        lines = ", ".join(str(n) for n in line_numbers(data, [int(start) for start, _ in table.bad[:5]]))
        rows = np.concatenate([rows, repaired.rows])
        notes = (
            f"{path.parent.parent.name}/{path.name}: damaged line {lines}: {len(repaired.rows)} repaired, "
            f"{table.num_bad - len(repaired.rows)} left out",
        )
    good = np.isfinite(rows).all(1) & (np.abs(rows[:, :3]) < _FARTHEST).all(1)
    if not good.all():
        bad = int((~good).sum())
        if bad > _MAX_BAD * len(rows):
            raise BadFileError(path, f"{bad:,} of {len(rows):,} lines hold numbers that are no point")
        rows = rows[good]
        notes += (f"{path.parent.parent.name}/{path.name}: left out {bad} lines whose numbers are no point",)
    if not len(rows):
        raise BadFileError(path, "holds no points")
    return rows, notes


def read_angles(path: Path) -> dict[str, float]:
    """Room -> degrees by which it is turned; lines "room angle", header lines begin with "##".

    Raises:
        BadFileError: unreadable, or an angle that is no number.
    """
    angles: dict[str, float] = {}
    for line in read_bytes(path).decode("latin-1").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            angles[words[0]] = float(words[1])
        except (IndexError, ValueError) as error:
            raise BadFileError(path, f"line {line[:60]!r} is no 'room angle'") from error
        if not math.isfinite(angles[words[0]]):
            raise BadFileError(path, f"angle of {words[0][:40]!r} is no number")
    return angles


def _rooms(root: Path) -> list[Path]:
    if (root / "Annotations").is_dir():
        return [root]
    if not root.is_dir():
        raise BadFileError(root, "is no folder of S3DIS rooms")
    for depth in ("*", "*/*", "*/*/*"):
        rooms = sorted(path.parent for path in root.glob(f"{depth}/Annotations") if path.is_dir())
        if rooms:
            return rooms
    return []


def _children(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def _natural(path: Path) -> tuple[str, int]:
    """Sort key: chair_2 before chair_10."""
    name, _, number = path.stem.rpartition("_")
    return name, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def _text_of(line: bytes) -> bytes:
    """The line without bytes that are no part of a number or separator."""
    return re.sub(rb"[^0-9eE+\-. \t]", b"", line)


def _turned(xyz: np.ndarray, degrees: float) -> np.ndarray:
    """Rotated by -degrees about the vertical through the middle of the room's extent."""
    angle = math.radians(-degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    middle = (xyz[:, :2].min(0).astype(np.float64) + xyz[:, :2].max(0)) / 2
    x, y = (xyz[:, :2] - middle).T
    turned = np.stack([cos * x - sin * y + middle[0], sin * x + cos * y + middle[1], xyz[:, 2]], axis=1)
    return turned.astype(np.float32)


def _room_type(name: str) -> str:
    """ "conferenceRoom_2" -> "conference room"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"_\d+$", "", name))
    return words.lower().replace("_", " ")


IMPORTER = Importer(CARD, S3DISOptions, s3dis_jobs)
