"""3RScan scans in their original layout.

A scan folder holds `labels.instances.annotated.v2.ply` (points with objectId and NYU40, colours are those of the
labels), `semseg.v2.json` (labels of the objects) and `mesh.refined.v2.obj` with its texture (the real colours). The
first release has the same names without "v2" and "refined" meshes of another vertex count.

Points stay in the scan's own frame: z up, turned about z as the scan began, rescans not moved onto their reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from scipy.spatial import KDTree

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.importers.assemble import Points, coordinates, to_scene
from sceneglot.scenes.importers.attributes import Attributes, read_attributes, with_attributes
from sceneglot.scenes.importers.paths import safe_id
from sceneglot.scenes.importers.sizes import estimated, official
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.mesh import vertex_normals
from sceneglot.scenes.readers.meshes import read_vertices
from sceneglot.scenes.readers.ply import read_ply
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

LICENCE = "3RScan Terms of Use"
COLOR_REACH = 0.05
"""Metres within which the textured mesh lends a labelled point its colour."""

_LABELLED = ("labels.instances.annotated.v2.ply", "labels.instances.annotated.ply")
_OBJECTS = ("semseg.v2.json", "semseg.json")
_MESHES = ("mesh.refined.v2.obj", "mesh.refined.obj")
_SPLIT_OF_TYPE = {"train": "train", "validation": "val", "val": "val", "test": "test"}


@dataclass(frozen=True)
class RScanOptions:
    """Choices for 3RScan."""

    meta: Path | None = None
    """3RScan.json, which says the split of each scan and its rescans; looked for in ROOT if not given."""
    attributes: Path | None = None
    """objects.json of 3DSSG: colours, shapes, materials and states of the objects; looked for in ROOT if not given."""
    colors: bool = True
    """Take colours from the textured mesh, which is most of the work; without it points are grey."""


def rscan_jobs(root: Path, options: RScanOptions = RScanOptions()) -> list[Job]:
    """One job per scan folder in `root`, or for `root` itself.

    Raises:
        BadFileError: no scan, or an unreadable 3RScan.json or objects.json.
    """
    folders = [root] if _first(root, _LABELLED) else sorted(p for p in root.glob("*") if _first(p, _LABELLED))
    if not folders:
        raise BadFileError(root, f"holds no scan: expected <scan>/{_LABELLED[0]}")
    meta = options.meta or root / "3RScan.json"
    split_of = _splits(meta) if options.meta or meta.exists() else {}
    words = options.attributes or root / "objects.json"
    attributes_of = read_attributes(words) if options.attributes or words.exists() else {}
    jobs = []
    for folder in folders:
        name = folder.resolve().name
        found = [_first(folder, names) for names in (_LABELLED, _OBJECTS, _MESHES if options.colors else ())]
        files = tuple(path for path in found if path is not None)
        files += tuple(sorted(folder.glob("mesh.refined*.mtl")) + sorted(folder.glob("mesh.refined*.png")))
        load = partial(read_scan, folder, options.colors, attributes_of.get(name))
        jobs.append(Job(safe_id(name), load, split_of.get(name, ""), files))
    return jobs


def read_scan(folder: Path, colors: bool = True, attributes: Mapping[int, Attributes] | None = None) -> Scene:
    """Read one scan folder.

    Args:
        colors: whether to take colours from the textured mesh.
        attributes: object id -> words of 3DSSG.

    Raises:
        BadFileError: missing or damaged files.
    """
    path, names = _first(folder, _LABELLED), _first(folder, _OBJECTS)
    if path is None or names is None:
        raise BadFileError(folder, f"holds no {_LABELLED[0]} or no {_OBJECTS[0]}")
    mesh = read_ply(path)
    if mesh.instance is None:
        raise BadFileError(path, "vertices have no property objectId")
    notes = ("in the scan's own frame: not axis-aligned, not moved onto its reference scan",)
    xyz = coordinates(path, mesh.xyz)
    rgb, found = _colors(folder, xyz) if colors else (None, ("colours were not asked for",))
    points = Points(
        xyz,
        rgb,
        vertex_normals(xyz, mesh.faces) if mesh.faces is not None and len(mesh.faces) else None,
        instance=np.where(mesh.instance == 0, NO_INSTANCE, mesh.instance),  # ids start at 1
        semantic=mesh.semantic,
    )
    scan = safe_id(folder.resolve().name)
    scene = to_scene(path, scan, points, _labels(names), Source("3rscan", path.name, LICENCE, notes=notes + found))
    return replace(scene, objects=with_attributes(scene.objects, attributes)) if attributes else scene


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _labels(path: Path) -> dict[int, str]:
    record = Record.of(path, "the file", read_json(path))
    return {group.integer("objectId"): group.sentence("label") for group in record.records("segGroups")}


def _colors(folder: Path, xyz: np.ndarray) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Colours of the nearest vertices of the textured mesh, whose vertices are split at texture seams."""
    path = _first(folder, _MESHES)
    if path is None:
        return None, (f"no {_MESHES[0]}: no colours",)
    vertices, rgb = read_vertices(path)
    if rgb is None or not np.isfinite(vertices).all():
        return None, (f"{path.name} has no texture: no colours",)
    distance, nearest = KDTree(vertices).query(xyz, distance_upper_bound=COLOR_REACH)
    far = ~np.isfinite(distance)
    colors = np.where(far[:, None], 128, rgb[np.where(far, 0, nearest)]).astype(np.uint8)
    return colors, (f"{int(far.sum()):,} points lie off the textured mesh: grey",) if far.any() else ()


def _splits(path: Path) -> dict[str, str]:
    """Scan id -> split; rescans are in the split of their reference."""
    value = read_json(path)
    split_of: dict[str, str] = {}
    for entry in Record.of(path, "the file", {"scenes": value}).records("scenes"):
        split = _SPLIT_OF_TYPE.get(entry.text("type"), "")
        for scan in (entry, *entry.records("scans")):
            split_of[scan.key("reference")] = split
    return split_of


_MESH = "83,385 vertices and 27,795 faces, as in the example of its FAQ"

CARD = DatasetCard(
    title="3RScan",
    licence=LICENCE,
    request="https://waldjohannau.github.io/RIO/",
    files=(
        FileNeed(
            "<scan>/labels.instances.annotated.v2.ply",
            "points, object ids, NYU40 classes",
            size=estimated(5.2, 1381, f"{_MESH}: 55 bytes of text a vertex, 21 a face"),
        ),
        FileNeed("<scan>/semseg.v2.json", "labels of the objects"),
        FileNeed(
            "<scan>/mesh.refined.v2.obj",
            "textured mesh: colours",
            required=False,
            size=estimated(5.3, 1482, f"{_MESH}: 48 bytes of text a vertex, 45 a face"),
        ),
        FileNeed(
            "<scan>/mesh.refined_0.png",
            "its texture",
            required=False,
            size=estimated(26, 1482, "4096 x 4096 pixels assumed, 1.55 bytes each as in a photograph stored as PNG"),
        ),
        FileNeed("3RScan.json", "splits", required=False),
        FileNeed("objects.json", "attributes of 3DSSG: colours, shapes, materials, states", required=False),
    ),
    scenes={"train": 1178, "val": 157, "test": 147},
    page="3rscan",
    whole=official(94, "the download script, most of it camera sequences that are not needed"),
)

IMPORTER = Importer(CARD, RScanOptions, rscan_jobs)
