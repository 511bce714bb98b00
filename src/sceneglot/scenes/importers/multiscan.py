"""MultiScan scans in their original layout.

`<scan>/<scan>.ply` is a mesh with vertex colours and an objectId per **face**; `<scan>/<scan>.annotations.json` lists
the objects with labels like "wall_cabinet.1" (category and number) and oriented boxes with their front.

A vertex belongs to the object of its faces; where faces of several objects meet, to the one with the largest id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.importers.assemble import Points, to_scene
from sceneglot.scenes.importers.attributes import Attributes, with_attributes
from sceneglot.scenes.importers.paths import safe_id
from sceneglot.scenes.importers.sizes import estimated
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.importers.splits import read_splits
from sceneglot.scenes.mesh import vertex_normals
from sceneglot.scenes.readers.ply import read_ply, read_triangle_property
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

LICENCE = "MultiScan terms (request form)"
_OPENABLE = ("door", "drawer", "lid", "window")


@dataclass(frozen=True)
class MultiScanOptions:
    """Choices for MultiScan."""

    splits: Path | None = None
    """Folder with lists named like train.txt, one scan id a line."""


def multiscan_jobs(root: Path, options: MultiScanOptions = MultiScanOptions()) -> list[Job]:
    """One job per folder `<scan>` that holds `<scan>.ply`, in `root` or `root` itself.

    Raises:
        BadFileError: there is none.
    """
    folders = [root.resolve()] if _mesh(root.resolve()).is_file() else sorted(p for p in root.glob("*") if _has_mesh(p))
    if not folders:
        raise BadFileError(root, "holds no scan: expected scene_xxxxx_xx/scene_xxxxx_xx.ply")
    split_of = read_splits(options.splits) if options.splits else {}
    return [
        Job(safe_id(f.name), partial(read_scan, f), split_of.get(f.name, ""), (_mesh(f), _annotations(f)))
        for f in folders
    ]


def _mesh(folder: Path) -> Path:
    return folder / f"{folder.name}.ply"


def _annotations(folder: Path) -> Path:
    return folder / f"{folder.name}.annotations.json"


def _has_mesh(folder: Path) -> bool:
    return _mesh(folder).is_file()


def read_scan(folder: Path) -> Scene:
    """Read one scan folder.

    Raises:
        BadFileError: missing or damaged files.
    """
    path = _mesh(folder)
    mesh = read_ply(path)
    corners, object_id = read_triangle_property(path, "objectid")
    instance = np.full(len(mesh.xyz), NO_INSTANCE, np.int64)
    owner = np.where(object_id == 0, NO_INSTANCE, object_id.astype(np.int64))  # ids start at 1
    np.maximum.at(instance, corners.reshape(-1), np.repeat(owner, 3))
    labels, fronts, states = _objects(_annotations(folder))
    points = Points(mesh.xyz, mesh.rgb, _unit(mesh.normal, mesh.xyz, corners), instance=instance)
    source = Source("multiscan", path.name, LICENCE)
    scene = to_scene(path, safe_id(folder.name), points, labels, source, fronts=fronts)
    return replace(scene, objects=with_attributes(scene.objects, states)) if states else scene


def _unit(normal: np.ndarray | None, xyz: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The file's normals where all are unit vectors, else those of the faces."""
    if normal is not None and (np.abs(np.linalg.norm(normal, axis=1) - 1) < 1e-2).all():
        return normal
    return vertex_normals(xyz, corners)


def _objects(path: Path) -> tuple[dict[int, str], dict[int, np.ndarray], dict[int, Attributes]]:
    """Object id -> category, -> front direction where it is horizontal enough to be one, -> open or closed."""
    labels: dict[int, str] = {}
    fronts: dict[int, np.ndarray] = {}
    states: dict[int, Attributes] = {}
    record = Record.of(path, "the file", read_json(path))
    closed_of = _closed_parts(record) if record.has("parts") else {}
    for row in record.records("objects"):
        number, label = row.integer("objectId"), row.sentence("label")
        labels[number] = label.rpartition(".")[0] or label
        front = _front(row)
        if front is not None:
            fronts[number] = front
        known = [closed_of[part] for part in row.integers("partIds") if part in closed_of] if closed_of else []
        if known:
            states[number] = Attributes(state="closed" if all(known) else "open")
    return labels, fronts, states


def _closed_parts(record: Record) -> dict[int, bool]:
    """Part id -> whether it is closed, of doors, drawers, lids and windows whose motion is annotated.

    Other parts move, too (seats that turn), but "closed" says nothing of them. Format: the page "Annotation Data" of
    3dlg-hcvc.github.io/multiscan, `parts.articulations.isClosed`.
    """
    closed: dict[int, bool] = {}
    for part in record.records("parts"):
        category = part.text("label").rpartition(":")[2].rpartition(".")[0]
        if part.has("articulations") and any(word in category for word in _OPENABLE):
            flags = [motion.fields.get("isClosed") for motion in part.records("articulations")]
            if flags and all(isinstance(flag, bool) for flag in flags):
                closed[part.integer("partId")] = all(flags)
    return closed


def _front(row: Record) -> np.ndarray | None:
    if not isinstance(row.fields.get("obb"), dict):
        return None
    try:
        vector = np.asarray(row.fields["obb"].get("front"), np.float64)
    except (TypeError, ValueError) as error:
        raise row.problem("front is no direction") from error
    if vector.shape != (3,) or not np.isfinite(vector).all() or np.linalg.norm(vector[:2]) < 0.5:
        return None
    flat = np.array([vector[0], vector[1], 0.0])
    return flat / np.linalg.norm(flat)


CARD = DatasetCard(
    title="MultiScan",
    licence=LICENCE,
    request="https://forms.gle/YuE2gZTMSBoJiLDh7",
    files=(
        FileNeed(
            "<scan>/<scan>.ply",
            "mesh with vertex colours and an object id per face",
            size=estimated(18.5, 273, "the mesh of the authors' example scan, scene_00021_00"),
        ),
        FileNeed("<scan>/<scan>.annotations.json", "labels and fronts of the objects"),
    ),
    scenes={"": 273},
    page="multiscan",
)

IMPORTER = Importer(CARD, MultiScanOptions, multiscan_jobs)
