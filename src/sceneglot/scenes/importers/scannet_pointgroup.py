"""ScanNet as PointGroup, PLA, RegionPLC and OpenScene prepare it: one torch file per scan.

A tuple (xyz float32, rgb in -1..1, class 0..19, instance); files of test scans stop after the colours, OpenScene's
after the class. Unlabelled is -100 (PointGroup, PLA) or 255 (OpenScene).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.assemble import Points, coordinates, to_scene
from sceneglot.scenes.importers.scannet import LICENCE
from sceneglot.scenes.importers.scannet_classes import (
    NAMES_NOTE,
    OFFICIAL_SCENES,
    REQUEST,
    SPLITS,
    class_names,
    classes_from_20,
    whole_numbers,
)
from sceneglot.scenes.importers.sizes import estimated
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job, NoOptions
from sceneglot.scenes.readers.torchfile import read_torch
from sceneglot.scenes.scene import Scene, Source, check_scene_id


def pointgroup_jobs(root: Path, _options: NoOptions | None = None) -> list[Job]:
    """One job per `.pth` in `train/`, `val/`, `test/`, or in the folder itself.

    Raises:
        BadFileError: there is none.
    """
    found = [(split, path) for split in SPLITS for path in sorted((root / split).glob("*.pth"))]
    found = found or [("", path) for path in sorted(root.glob("*.pth"))]
    if not found:
        raise BadFileError(root, "holds no .pth, neither in train/, val/, test/ nor itself")
    ids = [(split, path, _scan_of(path)) for split, path in found]
    jobs = [Job(scan, partial(read_pointgroup, path, scan), split, (path,)) for split, path, scan in ids]
    return sorted(jobs, key=lambda job: job.scene_id)


def _scan_of(path: Path) -> str:
    """scene0000_00_inst_nostuff.pth, scene0000_00_vh_clean_2.pth, scene0000_00.pth -> scene0000_00."""
    name = path.name.removesuffix(".pth")
    for ending in ("_inst_nostuff", "_nostuff", ".ply", "_vh_clean_2"):
        name = name.removesuffix(ending)
    return check_scene_id(name)


def read_pointgroup(path: Path, scan: str) -> Scene:
    """Read a tuple (xyz, rgb in -1..1[, class 0..19[, instance]]); -100, -1 and 255 mean unlabelled.

    Raises:
        BadFileError: damaged, or not such a tuple.
    """
    value = read_torch(path)
    if not (isinstance(value, (tuple, list)) and 2 <= len(value) <= 5):
        raise BadFileError(path, "holds no tuple (xyz, rgb[, class[, instance]])")
    if not all(isinstance(item, np.ndarray) for item in value[:4]):
        raise BadFileError(path, "holds a tuple of something else than arrays")
    xyz, rgb = coordinates(path, value[0]), value[1]
    notes = (NAMES_NOTE, "not axis-aligned; PointGroup and PLA also move the scan's mean to the origin")
    semantic = instance = None
    labels: dict[int, str] = {}
    if len(value) >= 3:
        semantic = classes_from_20(path, value[2], len(xyz))
    if len(value) >= 4:
        instance = whole_numbers(path, value[3], len(xyz), "instance")
        labels = class_names(instance, semantic)
    colors = np.clip(np.rint((np.nan_to_num(rgb.astype(np.float64)) + 1) * 127.5), 0, 255).astype(np.uint8)
    points = Points(xyz, colors, instance=instance, semantic=semantic)
    return to_scene(path, scan, points, labels, Source("scannet", path.name, LICENCE, notes=notes))


_SIZE = estimated(5.9, 1613, "148,000 vertices, from the size of the raw meshes, x 40 bytes")

CARD = DatasetCard(
    title="ScanNet v2 as PointGroup, PLA or OpenScene tuples (.pth)",
    licence=LICENCE,
    request=REQUEST,
    files=(FileNeed("<split>/<scan>.pth", "points, colours, classes, instances", size=_SIZE),),
    scenes=OFFICIAL_SCENES,
    page="scannet",
)

IMPORTER = Importer(CARD, NoOptions, pointgroup_jobs)
