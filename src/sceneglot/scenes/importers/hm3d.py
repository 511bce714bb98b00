"""HM3D houses with their semantic annotations (HM3D-Semantics).

    <split>/00800-TEEsavR23oF/TEEsavR23oF.semantic.glb   mesh whose texture colours name the object
    <split>/00800-TEEsavR23oF/TEEsavR23oF.semantic.txt   "id,RRGGBB,"label",region" after a title line
    <split>/00800-TEEsavR23oF/TEEsavR23oF.glb            the same house with photographs as texture

One scene per house (several rooms; SceneVerse's tree has them cut into rooms). Points are drawn evenly on the surface,
always the same ones; each takes its object from the semantic mesh and its colour from the photographed one next to it.
Colours in Basis-compressed `*.basis.glb` cannot be read.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.spatial import KDTree

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.guess import guess_up_axis
from sceneglot.scenes.importers.assemble import Points, to_scene
from sceneglot.scenes.importers.paths import safe_id
from sceneglot.scenes.importers.sizes import official
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.labels_maps import NO_MAP, LabelMap, read_category_mapping
from sceneglot.scenes.readers.meshes import SurfaceSample, sample_mesh
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

LICENCE = "Matterport End User Licence Agreement for Academic Use of Model Data"
COLOR_REACH = 0.10
"""Metres within which the photographed mesh lends a point its colour; more where points are sparser than that."""

MAX_POINTS = 4_000_000
_SMALL = 200_000  # points that a mesh of any size in bytes may get
_TITLE = "HM3D Semantic Annotations"
_SPLITS = {"train": "train", "val": "val", "test": "test"}
_TURN = {"y": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), "z": np.eye(3)}


@dataclass(frozen=True)
class HM3DOptions:
    """Choices for HM3D."""

    labels: Path | None = None
    """Matterport3D's category_mapping.tsv: the NYU40 class of each label; the built-in names are used without it."""
    density: float = 400.0
    """Points per square metre of surface (400 are 5 cm apart); at most four million points a house."""
    up: Literal["auto", "y", "z"] = "auto"
    """Up axis of the mesh files; auto looks for the floor, and takes z where it is unclear."""


@dataclass(frozen=True)
class _Label:
    id: int
    text: str


def hm3d_jobs(root: Path, options: HM3DOptions = HM3DOptions()) -> list[Job]:
    """One job per house with a `*.semantic.glb`, in `root`, its splits, or `root` itself a house.

    Raises:
        BadFileError: there is none, or an unreadable category mapping.
        SceneglotError: a density that is not positive.
    """
    if not options.density > 0:
        raise SceneglotError(f"--density must be positive, found {options.density}")
    patterns = ("*.semantic.glb", "*/*.semantic.glb", "*/*/*.semantic.glb")
    meshes = next((found for pattern in patterns if (found := sorted(root.glob(pattern)))), [])
    if not meshes:
        raise BadFileError(root, "holds no <split>/<house>/<name>.semantic.glb")
    names = _label_map(options.labels) if options.labels else None
    jobs = []
    for mesh in meshes:
        folder = mesh.parent.resolve()
        photographed = _beside(mesh, ".glb")
        files = (mesh, _beside(mesh, ".semantic.txt"), *([photographed] if photographed.exists() else []))
        split = _SPLITS.get(folder.parent.name.split("-")[-1], "")
        jobs.append(Job(safe_id(folder.name), partial(read_house, mesh, options, names), split, files))
    return sorted(jobs, key=lambda job: job.scene_id)


def _beside(mesh: Path, ending: str) -> Path:
    return mesh.with_name(mesh.name.removesuffix(".semantic.glb") + ending)


def _label_map(path: Path) -> LabelMap:
    return LabelMap({raw: row.nyu40 for raw, row in read_category_mapping(path).items() if row.nyu40}, {})


def read_house(mesh: Path, options: HM3DOptions = HM3DOptions(), names: LabelMap | None = None) -> Scene:
    """Read one house, given its semantic mesh.

    Raises:
        BadFileError: missing or damaged files, or a mesh without texture or vertex colours.
    """
    by_color = read_annotations(_beside(mesh, ".semantic.txt"))
    surface = sample_mesh(mesh, options.density, _most_points(mesh))
    if surface.rgb is None:
        raise BadFileError(mesh, "has neither texture nor vertex colours: nothing says which object is where")
    up = options.up if options.up != "auto" else guess_up_axis(surface.xyz)
    up = up if up in _TURN else "z"
    turn = _TURN[up]
    rgb, notes = _colors(_beside(mesh, ".glb"), surface, options.density)
    points = Points(
        surface.xyz @ turn.T,
        rgb,
        surface.normal @ turn.T,
        instance=_instances(surface.rgb, by_color),
    )
    notes += (f"{up} is up in the mesh file", "one house, several rooms")
    labels = {label.id: label.text for label in by_color.values()}
    scene_id = safe_id(mesh.parent.resolve().name)
    source = Source("hm3d", mesh.name, LICENCE, notes=notes)
    return to_scene(mesh, scene_id, points, labels, source, names=names or NO_MAP)


def read_annotations(path: Path) -> Mapping[int, _Label]:
    """Colour (0xRRGGBB) -> object id and label.

    Raises:
        BadFileError: missing, or a line that is not `id,RRGGBB,"label",region`.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            if not file.readline().startswith(_TITLE):
                raise BadFileError(path, f"does not begin with {_TITLE!r}")
            table = {}
            for line, row in enumerate(csv.reader(file), start=2):
                if not row:
                    continue
                if len(row) < 4 or len(row[1].strip()) != 6:
                    raise BadFileError(path, f"line {line} is not id,RRGGBB,label,region")
                table[int(row[1], 16)] = _Label(int(row[0]), row[2].strip().strip('"') or "object")
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        raise BadFileError(path, f"cannot be read ({error})") from error
    if len({label.id for label in table.values()}) != len(table) or any(not 0 <= x.id < 2**31 for x in table.values()):
        raise BadFileError(path, "ids must be unique, not negative and below 2^31")
    return table


def _instances(rgb: np.ndarray, by_color: Mapping[int, _Label]) -> np.ndarray:
    """(N,) object ids by colour; colours between two objects, from a blurred texture, belong to none."""
    code = rgb.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    colors = np.array(sorted(by_color), np.int64)
    ids = np.array([by_color[color].id for color in colors.tolist()], np.int64)
    if not len(colors):
        return np.full(len(rgb), NO_INSTANCE, np.int64)
    place = np.minimum(np.searchsorted(colors, code), len(colors) - 1)
    return np.where(colors[place] == code, ids[place], NO_INSTANCE)


def _most_points(mesh: Path) -> int:
    """One damaged coordinate makes a house as large as the earth: a mesh gets no more points than it has bytes."""
    return min(MAX_POINTS, max(_SMALL, mesh.stat().st_size if mesh.is_file() else 0))


def _colors(path: Path, surface: SurfaceSample, density: float) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if not path.exists():
        return None, (f"no {path.name}: no colours",)
    # Twice as dense, so that the nearest photographed point is about half a spacing away.
    photographed = sample_mesh(path, 2 * density, 2 * _most_points(path))
    if photographed.rgb is None:
        return None, (f"{path.name} has no texture that can be read: no colours",)
    reach = max(COLOR_REACH, 3 / np.sqrt(2 * density))
    distance, nearest = KDTree(photographed.xyz).query(surface.xyz, distance_upper_bound=reach)
    far = ~np.isfinite(distance)
    rgb = np.where(far[:, None], 128, photographed.rgb[np.where(far, 0, nearest)]).astype(np.uint8)
    return rgb, (f"{int(far.sum()):,} points lie off the photographed mesh: grey",) if far.any() else ()


_TABLE = "its download table, train and val"

CARD = DatasetCard(
    title="HM3D with semantic annotations (whole houses)",
    licence=LICENCE,
    request="https://matterport.com/habitat-matterport-3d-research-dataset",
    files=(
        FileNeed(
            "<split>/<house>/<name>.semantic.glb",
            "mesh whose colours name the objects",
            size=official(10.1, _TABLE),
        ),
        FileNeed("<split>/<house>/<name>.semantic.txt", "labels of the objects"),
        FileNeed(
            "<split>/<house>/<name>.glb",
            "mesh with photographs: colours",
            required=False,
            size=official(36, _TABLE),
        ),
    ),
    scenes={"train": 145, "val": 36, "test": 35},
    page="hm3d",
    whole=official(130, "DATASETS.md of habitat-lab, all 1,000 houses"),
)

IMPORTER = Importer(CARD, HM3DOptions, hm3d_jobs)
