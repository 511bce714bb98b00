"""SceneVerse's prepared tree: seven data sets with one layout, aligned and labelled.

    <DATASET>/scan_data/pcd_with_global_alignment/<scan>.pth   tuple (xyz, rgb 0..255, ..., instance)
    <DATASET>/scan_data/instance_id_to_label/<scan>.pth        {id: label} (.json in some releases)
    <DATASET>/scan_data/instance_id_to_name/<scan>.json        ScanNet: list of labels, by id
    <DATASET>/annotations/splits/{train,val}_split.txt         ScanNet: scannetv2_{train,val,test}.txt

Points are metres, z up, origin in the middle of the floor, turned about z so that boxes are axis-aligned; the angle is
beside some scans (`<scan>_align_angle.npy`) and is noted. The id of points without an object differs between the data
sets: 0 where ids start at 1 (ARKitScenes, MultiScan), else -1 or -100.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.records import read_json
from sceneglot.scenes.importers.assemble import Points, to_scene
from sceneglot.scenes.importers.paths import safe_id
from sceneglot.scenes.importers.sizes import estimated
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.readers.arrays import read_npy_array
from sceneglot.scenes.readers.torchfile import read_torch
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

DATASETS: dict[str, str] = {
    "ScanNet": "ScanNet Terms of Use",
    "ARKitScenes": "ARKitScenes licence (Apple, research)",
    "MultiScan": "MultiScan terms (form)",
    "3RScan": "3RScan Terms of Use",
    "HM3D": "Matterport academic licence",
    "Structured3D": "Structured3D Terms of Use",
    "ProcThor": "unknown (the generator ProcTHOR is Apache-2.0)",
}
"""Folder of each data set -> terms of its scans (SceneVerse's own form comes on top)."""

_ZERO_IS_NONE = ("ARKitScenes", "MultiScan")
_CLOUDS = ("pcd_with_global_alignment", "pcd-align")
_LISTS = (("train", "train_split.txt"), ("val", "val_split.txt"))
_SCANNET_LISTS = tuple((split, f"scannetv2_{split}.txt") for split in ("train", "val", "test"))


@dataclass(frozen=True)
class SceneVerseOptions:
    """Choices for SceneVerse's tree."""

    dataset: str | None = None
    """Only this data set: ScanNet, ARKitScenes, MultiScan, 3RScan, HM3D, Structured3D or ProcThor. Needed where ROOT is
    the folder of one data set under another name."""


@dataclass(frozen=True)
class Scan:
    """Where one scan lies.

    Attributes:
        dataset: one of `DATASETS`.
        folder: its `scan_data`.
        name: of the scan.
        cloud: its point file.
    """

    dataset: str
    folder: Path
    name: str
    cloud: Path

    @property
    def scene_id(self) -> str:
        """The scan's own name, by which the annotations speak of it."""
        return safe_id(self.name)

    @property
    def angle(self) -> Path:
        """The file with the angle by which the preparation turned it; most scans have none."""
        return self.cloud.with_name(f"{self.name}_align_angle.npy")

    @property
    def labels(self) -> Path:
        """The file with the labels of its objects; the first candidate where none is there."""
        names = (
            f"instance_id_to_label/{self.name}.pth",
            f"instance_id_to_label/{self.name}.json",
            f"instance_id_to_label/{self.name}_inst_to_label.pth",
            f"instance_id_to_name/{self.name}.json",
        )
        found = [self.folder / name for name in names if (self.folder / name).exists()]
        return found[0] if found else self.folder / names[0]


def sceneverse_jobs(root: Path, options: SceneVerseOptions = SceneVerseOptions()) -> list[Job]:
    """One job per scan of every data set in `root`, or of the one whose folder `root` is.

    Raises:
        BadFileError: no scan.
        SceneglotError: an unknown data set.
    """
    jobs = []
    for dataset, folder in _datasets(root, options.dataset):
        split_of = _splits(folder / "annotations" / "splits", dataset)
        data = folder / "scan_data"
        clouds = [path for name in _CLOUDS for path in sorted((data / name).glob("*.pth"))]
        for cloud in clouds:
            scan = Scan(dataset, data, cloud.name.removesuffix(".pth"), cloud)
            split = split_of.get(scan.name, "")
            files = (cloud, scan.labels, *([scan.angle] if scan.angle.exists() else []))
            jobs.append(Job(scan.scene_id, partial(read_scan, scan), split, files))
    if not jobs:
        raise BadFileError(root, "holds no scan_data/pcd_with_global_alignment/<scan>.pth of a known data set")
    return sorted(jobs, key=lambda job: job.scene_id)


def _datasets(root: Path, wanted: str | None) -> list[tuple[str, Path]]:
    by_case = {name.lower(): name for name in DATASETS}
    if wanted is not None and wanted.lower() not in by_case:
        raise SceneglotError(f"no data set of SceneVerse is called {wanted!r}, only {', '.join(DATASETS)}")
    only = by_case[wanted.lower()] if wanted else None
    if (root / "scan_data").is_dir():
        name = only or by_case.get(root.resolve().name.lower())
        if name is None:
            raise SceneglotError(f"{root}: which data set is it? Say --dataset, one of {', '.join(DATASETS)}")
        return [(name, root)]
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    found = [(by_case[path.name.lower()], path) for path in folders if path.name.lower() in by_case]
    return [(name, path) for name, path in found if only in (None, name)]


def _splits(folder: Path, dataset: str) -> dict[str, str]:
    """Scan -> split. Only `{train,val}_split.txt` are read: the release also holds other lists by other rules."""
    split_of: dict[str, str] = {}
    for split, name in _SCANNET_LISTS if dataset == "ScanNet" else _LISTS:
        path = folder / name
        try:
            words = path.read_text(encoding="utf-8").split() if path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise BadFileError(path, f"cannot be read ({error})") from error
        for scan in words:
            split_of.setdefault(scan, split)
    return split_of


def read_scan(scan: Scan) -> Scene:
    """Read one scan.

    Raises:
        BadFileError: damaged, or not such a tuple.
    """
    value = read_torch(scan.cloud)
    if not (isinstance(value, (tuple, list)) and 3 <= len(value) <= 6):
        raise BadFileError(scan.cloud, "holds no tuple (xyz, rgb, ..., instance)")
    xyz, rgb, instance = value[0], value[1], value[-1]
    if not all(isinstance(item, np.ndarray) for item in (xyz, rgb, instance)):
        raise BadFileError(scan.cloud, "holds a tuple of something else than arrays")
    if instance.dtype.kind not in "biuf" or instance.ndim != 1:
        raise BadFileError(scan.cloud, f"instance ids have shape {instance.shape} and type {instance.dtype}")
    if scan.dataset in _ZERO_IS_NONE:
        instance = np.where(instance == 0, NO_INSTANCE, instance)
    labels = _labels(scan)
    source = Source("sceneverse", f"{scan.dataset}/{scan.cloud.name}", DATASETS[scan.dataset], notes=_notes(scan))
    colors = np.clip(np.nan_to_num(rgb), 0, 255).astype(np.uint8) if rgb.dtype.kind in "biuf" else rgb
    return to_scene(scan.cloud, scan.scene_id, Points(xyz, colors, instance=instance), labels, source)


def _labels(scan: Scan) -> dict[int, str]:
    """Object id -> label; labels without points stay out later, as in ids that the subsampling emptied."""
    path = scan.labels
    value: Any = read_torch(path) if path.suffix == ".pth" else read_json(path)
    pairs = enumerate(value) if isinstance(value, (list, tuple)) else value.items() if isinstance(value, dict) else None
    try:
        if pairs is None:
            raise ValueError("neither a table nor a list")
        return {int(key): _text(label) for key, label in pairs}
    except (TypeError, ValueError) as error:
        raise BadFileError(path, f"is no table of object ids and labels ({error})") from error


def _text(label: Any) -> str:
    if not isinstance(label, str):
        raise TypeError(f"label {str(label)[:20]!r} is no text")
    return label.strip()


def _notes(scan: Scan) -> tuple[str, ...]:
    notes = ("at most 240,000 points (Structured3D 480,000), drawn at random by the preparation",)
    if scan.angle.exists():
        angle = read_npy_array(scan.angle)
        if angle.size != 1 or not np.isfinite(angle).all():
            raise BadFileError(scan.angle, f"has shape {angle.shape}, expected one angle")
        notes += (f"turned by {float(angle.reshape(-1)[0]):g} degrees about z by the preparation",)
    return notes


CARD = DatasetCard(
    title="SceneVerse's prepared tree (ScanNet, ARKitScenes, MultiScan, 3RScan, HM3D, Structured3D, ProcThor)",
    licence="terms of SceneVerse's form and of each data set",
    request="https://docs.google.com/forms/d/1x8cCAkn86d6MyyY5PMvvS_qRrH7dV8_RKHeBX9sE3KU",
    files=(
        FileNeed(
            "<dataset>/scan_data/pcd_with_global_alignment/<scan>.pth",
            "points, colours, object ids",
            size=estimated(6.7, 68_406, "at most: 240,000 points, the preparation's cap, x 7 numbers x 4 bytes"),
        ),
        FileNeed("<dataset>/scan_data/instance_id_to_label/<scan>.<ext>", "labels of the objects"),
        FileNeed("<dataset>/scan_data/instance_id_to_name/<scan>.json", "the same for ScanNet", required=False),
        FileNeed("<dataset>/annotations/splits/<list>.txt", "splits", required=False),
    ),
    scenes={"": 68_406},
    page="sceneverse",
)

IMPORTER = Importer(CARD, SceneVerseOptions, sceneverse_jobs)
