"""The files of a ScanNet scan folder: which are there, and what the text and JSON ones hold.

Mesh `<id>_vh_clean_2.ply`, over-segments `<id>_vh_clean_2.0.010000.segs.json`, objects as groups of segments
`<id>.aggregation.json` or `<id>_vh_clean.aggregation.json`, axis alignment and scene type `<id>.txt`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.scene import check_scene_id

MESH = "_vh_clean_2.ply"


@dataclass(frozen=True)
class Group:
    """One object: its id, its raw label, and the over-segments it is made of."""

    object_id: int
    label: str
    segments: np.ndarray  # (S,) int64


def find_scans(src: Path) -> list[Path]:
    """Scan folders in `src`, sorted by name.

    Raises:
        BadFileError: there is none.
    """
    if not src.is_dir():
        raise BadFileError(src, "is no folder of ScanNet scans")
    if mesh_file(src):
        return [src]
    roots = [src / name for name in ("scans", "scans_test") if (src / name).is_dir()] or [src]
    folders = [folder for root in roots for folder in sorted(root.iterdir()) if folder.is_dir() and mesh_file(folder)]
    if not folders:
        raise BadFileError(src, f"holds no ScanNet scan: expected folders with <id>{MESH}")
    return sorted(folders, key=lambda folder: folder.name)


def scan_id_of(folder: Path) -> str:
    """The scan's id by the name of its mesh, or of the folder."""
    mesh = mesh_file(folder)
    return check_scene_id(mesh.name.removesuffix(MESH) if mesh else folder.name)


def mesh_file(folder: Path) -> Path | None:
    """The mesh of the scan, None: this is no scan folder."""
    return _first(folder, f"{folder.resolve().name}{MESH}", f"*{MESH}")


def segments_file(folder: Path, scan_id: str) -> Path | None:
    """The file of over-segments, if it is there."""
    return _first(folder, f"{scan_id}_vh_clean_2.0.010000.segs.json", "*_vh_clean_2.*.segs.json")


def groups_file(folder: Path, scan_id: str) -> Path | None:
    """The file of objects, if it is there."""
    return _first(folder, f"{scan_id}.aggregation.json", f"{scan_id}_vh_clean.aggregation.json")


def files_of(folder: Path, scan_id: str) -> tuple[Path, ...]:
    """All files of the scan that are there: everything but the mesh may be missing."""
    info = folder / f"{scan_id}.txt"
    found = (
        mesh_file(folder), info if info.is_file() else None, segments_file(folder, scan_id),
        groups_file(folder, scan_id),
    )  # fmt: skip
    return tuple(path for path in found if path is not None)


def _first(folder: Path, *patterns: str) -> Path | None:
    return next((path for pattern in patterns for path in sorted(folder.glob(pattern)) if path.is_file()), None)


def read_info(folder: Path, scan_id: str) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """((4, 4) float64 alignment, room type, notes) from the key-value file.

    Raises:
        BadFileError: it cannot be read, or its alignment is no rigid motion.
    """
    path = folder / f"{scan_id}.txt"
    if not path.is_file():
        return np.eye(4), "", ("no txt file: not axis-aligned",)
    try:
        pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
        entries = {key.strip(): value.strip() for key, _, value in pairs}
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError(path, f"cannot be read ({error})") from error
    # "Bedroom / Hotel" names two uses, the first one is the usual word.
    room_type = entries.get("sceneType", "").split(" / ")[0].strip().lower()
    room_type = "" if room_type in ("misc.", "misc") else room_type
    if "axisAlignment" not in entries:
        return np.eye(4), room_type, ("no axisAlignment in the txt file: not axis-aligned",)
    try:
        matrix = np.array([float(word) for word in entries["axisAlignment"].split()])
    except ValueError as error:
        raise BadFileError(path, f"axisAlignment is no list of numbers ({error})") from error
    if matrix.shape != (16,):
        raise BadFileError(path, f"axisAlignment has {matrix.size} numbers, expected 16")
    matrix = matrix.reshape(4, 4)
    rotation = matrix[:3, :3]
    rigid = np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) and np.linalg.det(rotation) > 0
    if not (np.isfinite(matrix).all() and rigid and np.allclose(matrix[3], (0, 0, 0, 1))):
        raise BadFileError(path, "axisAlignment is no rigid motion")
    return matrix, room_type, ()


def read_segments(path: Path, num_vertices: int) -> np.ndarray:
    """(N,) int32 over-segment id of each vertex.

    Raises:
        BadFileError: another number of ids than vertices, or ids that are no whole numbers of 32 bits.
    """
    indices = _load_json(path).get("segIndices")
    try:
        segment = np.asarray(indices, dtype=np.int64)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadFileError(path, "segIndices is no list of whole numbers") from error
    if segment.ndim != 1 or len(segment) != num_vertices:
        raise BadFileError(path, f"has {segment.size:,} segIndices, the mesh has {num_vertices:,} vertices")
    if len(segment) and not -(2**31) <= segment.min() <= segment.max() < 2**31:
        raise BadFileError(path, "segIndices do not fit into 32 bits")
    return segment.astype(np.int32)


def read_groups(path: Path) -> list[Group]:
    """All objects of the file.

    Raises:
        BadFileError: fields are missing or of another kind, or ids occur twice.
    """
    try:
        groups = [
            Group(
                int(entry["objectId"]), str(entry["label"]).strip(), np.array(entry["segments"], np.int64).reshape(-1)
            )
            for entry in _load_json(path)["segGroups"]
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadFileError(path, f"segGroups cannot be understood ({error!r})") from error
    ids = [group.object_id for group in groups]
    if len(set(ids)) != len(ids) or min(ids, default=0) < 0 or max(ids, default=0) >= 2**31:
        raise BadFileError(path, "objectIds must be unique, not negative and below 2^31")
    return groups


def _load_json(path: Path) -> dict[str, Any]:
    return Record.of(path, "the file", read_json(path)).fields
