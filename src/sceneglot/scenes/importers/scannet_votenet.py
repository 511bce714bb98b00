"""ScanNet as VoteNet, ScanRefer and ScanQA prepare it: NumPy arrays per scan in one folder.

`<scan>_vert.npy` (N, 6) or (N, 9) xyz rgb normal; `_sem_label.npy` NYU40; `_ins_label.npy` objectId + 1, 0 for none;
`_bbox.npy` (K, 7 or 8) centre, size, NYU40[, objectId]. ScanRefer's form has `_aligned_vert.npy` and
`_aligned_bbox.npy` beside the raw ones; VoteNet's has `_vert.npy` alone, aligned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.boxes import match_boxes
from sceneglot.scenes.importers.assemble import Points, to_scene
from sceneglot.scenes.importers.scannet import LICENCE
from sceneglot.scenes.importers.scannet_classes import NAMES_NOTE, OFFICIAL_SCENES, REQUEST, class_names
from sceneglot.scenes.importers.sizes import estimated
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.importers.splits import read_splits
from sceneglot.scenes.labels import NYU40_NAMES
from sceneglot.scenes.readers.arrays import read_npy_array
from sceneglot.scenes.scene import Scene, Source, check_scene_id


@dataclass(frozen=True)
class VoteNetOptions:
    """Choices for VoteNet arrays."""

    splits: Path | None = None
    """Folder with scannetv2_train.txt and the like; scans in no list have no split."""


def votenet_jobs(root: Path, options: VoteNetOptions = VoteNetOptions()) -> list[Job]:
    """One job per `<scan>_vert.npy` or `<scan>_aligned_vert.npy` in a folder.

    Raises:
        BadFileError: there is none.
    """
    scans = sorted({path.name.removesuffix("_vert.npy").removesuffix("_aligned") for path in root.glob("*_vert.npy")})
    if not scans:
        raise BadFileError(root, "holds no <scan>_vert.npy", "name the folder of the prepared arrays")
    split_of = read_splits(options.splits) if options.splits else {}
    endings = ("vert", "aligned_vert", "sem_label", "ins_label", "bbox", "aligned_bbox")
    jobs = []
    for scan in scans:
        files = tuple(path for ending in endings if (path := root / f"{scan}_{ending}.npy").exists())
        jobs.append(Job(check_scene_id(scan), partial(read_votenet, root, scan), split_of.get(scan, ""), files))
    return jobs


def read_votenet(root: Path, scan: str) -> Scene:
    """Read `<scan>_[aligned_]vert.npy` (N, 3 / 6 / 9), `_sem_label.npy`, `_ins_label.npy` (0 for none) and boxes.

    Raises:
        BadFileError: damaged files, or arrays of different lengths.
    """
    aligned = (root / f"{scan}_aligned_vert.npy").exists()
    path = root / f"{scan}_{'aligned_' if aligned else ''}vert.npy"
    table = read_npy_array(path)
    if table.ndim != 2 or table.shape[1] not in (3, 6, 9):
        raise BadFileError(path, f"has shape {table.shape}, expected (N, 3), (N, 6) or (N, 9)")
    notes = (NAMES_NOTE,)
    if len(table) in (40_000, 50_000):
        notes += (f"{len(table):,} points: the preparation drew them at random, so copies differ",)
    normal = None
    if table.shape[1] == 9:
        # The preparation turned the points but not the normals; the raw points tell by how much.
        raw = root / f"{scan}_vert.npy"
        turn = _rotation(read_npy_array(raw), table) if aligned and raw.exists() else None
        normal = table[:, 6:9] @ turn.T if turn is not None else None
        notes += () if turn is not None else ("normals left out: their frame is not that of the points",)
    semantic, instance = (_labels(root / f"{scan}_{name}_label.npy", len(table)) for name in ("sem", "ins"))
    if semantic is not None and not 0 <= semantic.min(initial=0) <= semantic.max(initial=0) <= 40:
        raise BadFileError(root / f"{scan}_sem_label.npy", "holds classes outside 0 to 40")
    instance = None if instance is None else instance - 1  # stored as objectId + 1
    rgb = table[:, 3:6] if table.shape[1] >= 6 else None
    points = Points(table[:, :3], rgb, normal, instance=instance, semantic=semantic)
    labels = class_names(instance, semantic)
    scene = to_scene(path, scan, points, labels, Source("scannet", path.name, LICENCE, notes=notes))
    boxes = root / f"{scan}_{'aligned_' if aligned else ''}bbox.npy"
    return _with_boxes(scene, boxes) if boxes.exists() and len(scene.objects) else scene


def _labels(path: Path, count: int) -> np.ndarray | None:
    if not path.exists():
        return None
    values = read_npy_array(path)
    if values.shape != (count,) or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise BadFileError(path, f"has shape {values.shape} and type {values.dtype}, expected ({count:,},) labels")
    return np.clip(values, -(2**31), 2**31 - 1).astype(np.int64)


def _rotation(before: np.ndarray, after: np.ndarray) -> np.ndarray | None:
    """(3, 3) rotation that turned the first three columns (Kabsch 1976), None where the tables do not correspond."""
    if before.shape != after.shape or not (np.isfinite(before).all() and np.isfinite(after).all()):
        return None
    a, b = (table[:, :3].astype(np.float64) - table[:, :3].mean(0, dtype=np.float64) for table in (before, after))
    u, _, vt = np.linalg.svd(b.T @ a)
    turn = u @ np.diag((1.0, 1.0, np.sign(np.linalg.det(u @ vt)))) @ vt
    return turn if np.abs(a @ turn.T - b).max(initial=0) < 1e-2 else None


def _with_boxes(scene: Scene, path: Path) -> Scene:
    """The same scene with the exact boxes, which were measured on all vertices before points were drawn."""
    boxes = read_npy_array(path)
    if boxes.ndim != 2 or boxes.shape[1] not in (7, 8) or not np.isfinite(boxes).all():
        raise BadFileError(path, f"has shape {boxes.shape}, expected (K, 7) or (K, 8) finite numbers")
    objects = scene.objects
    nyu40 = np.array([NYU40_NAMES.index(label) if label in NYU40_NAMES else 0 for label in objects.label])
    low, high = match_boxes(objects.low, objects.high, nyu40, boxes[:, :7])
    exact = replace(objects, center=(low + high) / 2, size=high - low)
    return replace(scene, objects=exact)


_POINTS = estimated(1.8, 1513, "50,000 points x 9 numbers x 4 bytes")
_LABELS = estimated(0.2, 1513, "50,000 points x 4 bytes")

CARD = DatasetCard(
    title="ScanNet v2 as VoteNet, ScanRefer or ScanQA arrays (.npy)",
    licence=LICENCE,
    request=REQUEST,
    files=(
        FileNeed("<scan>_vert.npy", "points, colours, normals", size=_POINTS),
        FileNeed("<scan>_aligned_vert.npy", "the same, axis-aligned (ScanRefer's form)", False, _POINTS),
        FileNeed("<scan>_sem_label.npy", "NYU40 class per point", False, _LABELS),
        FileNeed("<scan>_ins_label.npy", "object per point", False, _LABELS),
        FileNeed("<scan>_bbox.npy", "exact boxes", required=False),
        FileNeed("<scan>_aligned_bbox.npy", "exact boxes, axis-aligned (ScanRefer's form)", required=False),
    ),
    scenes=OFFICIAL_SCENES,
    page="scannet",
)

IMPORTER = Importer(CARD, VoteNetOptions, votenet_jobs)
