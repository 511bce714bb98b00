"""ScanNet as Pointcept prepares it: a folder of NumPy arrays per scan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.records import read_json
from sceneglot.scenes.importers.assemble import Points, coordinates, to_scene
from sceneglot.scenes.importers.scannet import LICENCE
from sceneglot.scenes.importers.scannet_classes import (
    NAMES_NOTE,
    OFFICIAL_SCENES,
    REQUEST,
    SPLITS,
    class_names,
    classes_from_20,
    majority,
    whole_numbers,
)
from sceneglot.scenes.importers.sizes import Size, estimated
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.labels_scannet import scannet200
from sceneglot.scenes.readers.arrays import read_npy_array
from sceneglot.scenes.rigid import is_rigid
from sceneglot.scenes.scene import Scene, Source, check_scene_id


@dataclass(frozen=True)
class PointceptOptions:
    """Choices for Pointcept folders."""

    alignment: Path | None = None
    """JSON {scan: 16 numbers} of axis alignments (ReferIt3D's scans_axis_alignment_matrices.json); without it the scans
    stay in their own frame."""


def pointcept_jobs(root: Path, options: PointceptOptions = PointceptOptions()) -> list[Job]:
    """One job per folder with `coord.npy` in `train/`, `val/`, `test/`, or in the root itself.

    Raises:
        BadFileError: there is none.
    """
    found = [(split, path.parent) for split in SPLITS for path in sorted(root.glob(f"{split}/*/coord.npy"))]
    found = found or [("", path.parent) for path in sorted(root.glob("*/coord.npy"))]
    if not found:
        raise BadFileError(root, "holds no train/<scan>/coord.npy, neither in splits nor itself")
    matrices = _alignments(options.alignment) if options.alignment else {}
    jobs = []
    for split, folder in found:
        files = tuple(sorted(folder / f"{name}.npy" for name in _ASSETS if (folder / f"{name}.npy").exists()))
        load = partial(read_pointcept, folder, matrices.get(folder.name))
        jobs.append(Job(check_scene_id(folder.name), load, split, files))
    return sorted(jobs, key=lambda job: job.scene_id)


_ASSETS = ("coord", "color", "normal", "segment20", "segment200", "segment", "instance")


def read_pointcept(folder: Path, alignment: np.ndarray | None = None) -> Scene:
    """Read coord, color, normal, segment20, segment200 and instance; -1 means unlabelled.

    Objects are named by their ScanNet200 class where there is one, else by their class of 20.

    Args:
        alignment: (4, 4) rigid motion to apply to points and normals.

    Raises:
        BadFileError: damaged, or of different lengths.
    """
    arrays = {name: read_npy_array(folder / f"{name}.npy") for name in _ASSETS if (folder / f"{name}.npy").exists()}
    if "coord" not in arrays:
        raise BadFileError(folder, "holds no coord.npy")
    path, normal = folder / "coord.npy", arrays.get("normal")
    xyz = coordinates(path, arrays["coord"])
    notes = (NAMES_NOTE,)
    if alignment is None:
        notes += ("not axis-aligned: no alignment was given",)
    else:
        xyz = xyz @ alignment[:3, :3].T + alignment[:3, 3]
        normal = None if normal is None or normal.shape != xyz.shape else normal @ alignment[:3, :3].T
    coarse = arrays.get("segment20", arrays.get("segment"))
    semantic = None if coarse is None else classes_from_20(path, coarse, len(xyz))
    instance = arrays.get("instance")
    labels: dict[int, str] = {}
    if instance is not None:
        instance = whole_numbers(path, instance, len(xyz), "instance")
        labels = class_names(instance, semantic)
        if "segment200" in arrays:
            labels |= _fine_names(folder, instance, arrays["segment200"])
    points = Points(xyz, arrays.get("color"), normal, instance=instance, semantic=semantic)
    return to_scene(path, folder.name, points, labels, Source("scannet", folder.name, LICENCE, notes=notes))


def _fine_names(folder: Path, instance: np.ndarray, segment200: np.ndarray) -> dict[int, str]:
    path = folder / "segment200.npy"
    fine = whole_numbers(path, segment200, len(instance), "class")
    if fine.max(initial=0) >= 200:
        raise BadFileError(path, f"holds class {fine.max()}, expected -1 to 199")
    labelled = (fine >= 0) & (instance >= 0)
    return {i: scannet200()[kind].name for i, kind in majority(instance[labelled], fine[labelled]).items()}


def _alignments(path: Path) -> dict[str, np.ndarray]:
    value = read_json(path)
    try:
        matrices = {str(scan): np.array(numbers, np.float64).reshape(4, 4) for scan, numbers in value.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise BadFileError(path, f"is no table of scans with 16 numbers each ({error})") from error
    if wrong := next((scan for scan, matrix in matrices.items() if not is_rigid(matrix)), None):
        raise BadFileError(path, f"the alignment of {wrong[:40]!r} is no rigid motion")
    return matrices


def _numbers(each: int) -> Size:
    """Size of an array with so many bytes per vertex."""
    basis = f"148,000 vertices, from the size of the raw meshes, x {each} bytes"
    return estimated(round(0.148 * each, 2), 1613, basis)


CARD = DatasetCard(
    title="ScanNet v2 and ScanNet200 as Pointcept folders (.npy)",
    licence=LICENCE,
    request=REQUEST,
    files=(
        FileNeed("<split>/<scan>/coord.npy", "points", size=_numbers(12)),
        FileNeed("<split>/<scan>/color.npy", "colours", False, _numbers(3)),
        FileNeed("<split>/<scan>/normal.npy", "normals", False, _numbers(12)),
        FileNeed("<split>/<scan>/segment20.npy", "class of 20 per point", False, _numbers(2)),
        FileNeed("<split>/<scan>/segment200.npy", "class of 200 per point, names the objects", False, _numbers(2)),
        FileNeed("<split>/<scan>/instance.npy", "object per point", False, _numbers(2)),
    ),
    scenes=OFFICIAL_SCENES,
    page="scannet",
)

IMPORTER = Importer(CARD, PointceptOptions, pointcept_jobs)
