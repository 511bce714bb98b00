"""ScanNet scans in their original layout: the folders of files that `scannet_files` describes.

Test scans have no aggregation and no alignment. Unlike the scripts in circulation, nothing is subsampled, and normals
are rotated together with the points. Objects keep their raw label and their `objectId`; boxes cover all vertices of an
object, also those that a later group takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.scannet_files import (
    MESH,
    Group,
    files_of,
    find_scans,
    groups_file,
    mesh_file,
    read_groups,
    read_info,
    read_segments,
    scan_id_of,
    segments_file,
)
from sceneglot.scenes.importers.sizes import estimated, official
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.importers.splits import read_splits
from sceneglot.scenes.labels import nyu40_of, read_label_table
from sceneglot.scenes.mesh import vertex_normals
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.cloud import Cloud
from sceneglot.scenes.readers.ply import read_ply
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

LICENCE = "ScanNet Terms of Use"
LABEL_TABLE = "scannetv2-labels.combined.tsv"
UnknownLabels = Literal["error", "keep"]


@dataclass(frozen=True)
class LabelTable:
    """How raw labels become NYU40 ids.

    Attributes:
        ids: raw category -> NYU40 id, or None to use the built-in table of everyday names.
        path: where `ids` came from.
        unknown: what to do with a label that `ids` lacks: raise, or fall back to the built-in table.
    """

    ids: Mapping[str, int] | None = None
    path: Path | None = None
    unknown: UnknownLabels = "error"


@dataclass(frozen=True)
class ScanNetOptions:
    """Choices for ScanNet scans."""

    labels: Path | None = None
    """Label table with the columns raw_category and nyu40id; the official one is looked for in ROOT and above it, and
    the built-in names are used if it is not there."""
    unknown_labels: UnknownLabels = "error"
    """What to do with labels that the table lacks."""
    splits: Path | None = None
    """Folder with scannetv2_train.txt and the like; scans in no list have no split."""


def scannet_jobs(src: Path, options: ScanNetOptions = ScanNetOptions()) -> list[Job]:
    """One job per scan.

    Args:
        src: a scan folder, a folder of scan folders, or the data set's root with `scans/` (and `scans_test/`).

    Raises:
        SceneglotError: no scan in `src`, or unreadable tables.
    """
    src = Path(src)
    folders = find_scans(src)
    path = options.labels or _find_label_table(src)
    table = LabelTable(read_label_table(path), path, options.unknown_labels) if path else LabelTable()
    split_of = read_splits(options.splits) if options.splits else {}
    jobs = []
    for folder in folders:
        scan_id = scan_id_of(folder)
        read = partial(read_scan, folder, table)
        jobs.append(Job(scan_id, read, split_of.get(scan_id, ""), files_of(folder, scan_id)))
    return jobs


def read_scan(folder: Path, table: LabelTable = LabelTable()) -> Scene:
    """Read one scan folder; points, normals and boxes in the axis-aligned frame.

    Raises:
        BadFileError: missing or damaged files, counts that disagree, a label missing from the table.
    """
    mesh_path = mesh_file(folder)
    if mesh_path is None:
        raise BadFileError(folder, f"holds no <id>{MESH}")
    scan_id = scan_id_of(folder)
    mesh = read_ply(mesh_path)
    if not np.isfinite(mesh.xyz).all():
        raise BadFileError(mesh_path, "has vertices that are not finite numbers", "download the scan again")
    alignment, room_type, notes = read_info(folder, scan_id)
    # Rounded once, then kept: boxes are measured on exactly the coordinates that are stored.
    xyz = (mesh.xyz.astype(np.float64) @ alignment[:3, :3].T + alignment[:3, 3]).astype(np.float32)
    normal = _normals(mesh, alignment[:3, :3])
    rgb = np.full((len(xyz), 3), 128, np.uint8) if mesh.rgb is None else mesh.rgb
    segment, instance, semantic, objects = None, None, None, Objects.empty()
    segs_path, groups_path = segments_file(folder, scan_id), groups_file(folder, scan_id)
    if segs_path is not None:
        segment = read_segments(segs_path, len(xyz))
    if groups_path is None or segment is None:
        missing = "aggregation" if groups_path is None else "segs"
        notes += (f"no {missing} file: no objects and no labels",)
    else:
        groups = read_groups(groups_path)
        nyu40, label_notes = _classes(groups, groups_path, table)
        instance, semantic, objects, object_notes = _label(xyz, rgb, segment, groups, nyu40, groups_path)
        notes += label_notes + object_notes
    return Scene(
        id=scan_id,
        xyz=xyz,
        rgb=rgb,
        source=Source("scannet", mesh_path.name, LICENCE, notes=notes),
        normal=normal,
        segment=segment,
        instance=instance,
        semantic=semantic,
        objects=objects,
        room_type=room_type,
        has_color=mesh.rgb is not None,
    )


def _find_label_table(src: Path) -> Path | None:
    start = src.resolve()
    return next((f / LABEL_TABLE for f in (start, *start.parents) if (f / LABEL_TABLE).is_file()), None)


def _normals(mesh: Cloud, rotation: np.ndarray) -> np.ndarray | None:
    """Vertex normals in the aligned frame: rotated as the points are."""
    if mesh.faces is None or not len(mesh.faces):
        return None
    return (vertex_normals(mesh.xyz, mesh.faces) @ rotation.T).astype(np.float32)


def _classes(groups: Sequence[Group], path: Path, table: LabelTable) -> tuple[list[int], tuple[str, ...]]:
    """NYU40 id of each group, and notes about labels that are guessed or unknown."""
    labels = [group.label for group in groups]
    if table.ids is None:
        unknown = sorted({label for label in labels if not nyu40_of(label)})
        notes = (f"no {LABEL_TABLE} found: NYU40 ids from the built-in names",)
        if unknown:
            notes += (f"labels without NYU40 id: {', '.join(unknown)}",)
        return [nyu40_of(label) for label in labels], notes
    missing = sorted({label for label in labels if label not in table.ids})
    if missing and table.unknown == "error":
        raise BadFileError(
            path,
            f"labels {', '.join(map(repr, missing[:5]))} are not in {table.path}",
            "give the matching table with --labels, or accept them with --unknown-labels keep",
        )
    notes = (f"labels not in the table, classes guessed: {', '.join(missing)}",) if missing else ()
    return [table.ids[label] if label in table.ids else nyu40_of(label) for label in labels], notes


_Labelled = tuple[np.ndarray, np.ndarray, Objects, tuple[str, ...]]


def _label(
    xyz: np.ndarray, rgb: np.ndarray, segment: np.ndarray, groups: Sequence[Group], nyu40: Sequence[int], path: Path
) -> _Labelled:
    """Per-point labels (the last group wins) and objects (all vertices of the group count) of the aligned scan."""
    instance = np.full(len(xyz), NO_INSTANCE, np.int32)
    semantic = np.zeros(len(xyz), np.int16)
    order = np.argsort(segment, kind="stable")
    ordered = segment[order]
    rows: list[tuple[Group, np.ndarray, np.ndarray, np.ndarray]] = []
    empty, overlap, lost = [], 0, 0
    for group, kind in zip(groups, nyu40):
        starts = np.searchsorted(ordered, group.segments, side="left")
        stops = np.searchsorted(ordered, group.segments, side="right")
        lost += int((starts == stops).sum())
        vertices = np.unique(np.concatenate([order[a:b] for a, b in zip(starts, stops)] or [order[:0]]))
        if not len(vertices):
            empty.append(group)
            continue
        overlap += int((instance[vertices] != NO_INSTANCE).sum())
        instance[vertices], semantic[vertices] = group.object_id, kind
        points = xyz[vertices]
        rows.append((group, points.min(0), points.max(0), np.rint(rgb[vertices].mean(0)).astype(np.uint8)))
    if groups and not rows:
        raise BadFileError(path, "none of its segments occurs in the segs file: they belong to different scans")
    notes = (f"{overlap:,} vertices are in several groups: the last one labels them",) if overlap else ()
    if lost:
        notes += (f"{lost:,} segments of objects are not in the segs file: is it of the same mesh?",)
    if empty:
        notes += (f"left out objects without vertices: {', '.join(str(group.object_id) for group in empty)}",)
    if not rows:
        return instance, semantic, Objects.empty(), notes
    low = np.stack([row[1] for row in rows]).astype(np.float64)
    high = np.stack([row[2] for row in rows]).astype(np.float64)
    objects = Objects(
        id=np.array([row[0].object_id for row in rows]),
        label=tuple(row[0].label for row in rows),
        center=(low + high) / 2,
        size=high - low,
        color=np.stack([row[3] for row in rows]),
    )
    return instance, semantic, objects, notes


_BASIS = "20 GB for four kinds of files, as SoftGroup's issue 81 reports, shared out as in one measured scan"

CARD = DatasetCard(
    title="ScanNet v2, raw scan folders",
    licence=LICENCE,
    request="http://www.scan-net.org/",
    files=(
        FileNeed(
            "scans/<scan>/<scan>_vh_clean_2.ply",
            "mesh: points, colours, faces",
            size=estimated(6.0, 1613, _BASIS),
        ),
        FileNeed(
            "scans/<scan>/<scan>_vh_clean_2.0.010000.segs.json",
            "over-segmentation",
            required=False,
            size=estimated(0.87, 1513, _BASIS),
        ),
        FileNeed("scans/<scan>/<scan>.aggregation.json", "objects and their raw labels", required=False),
        FileNeed("scans/<scan>/<scan>.txt", "axis alignment and room type", required=False),
        FileNeed(LABEL_TABLE, "raw label -> NYU40", required=False),
    ),
    scenes={"train": 1201, "val": 312, "test": 100},
    page="scannet",
    whole=official(1200, "the warning of the download script, most of it recordings that are not needed"),
)

IMPORTER = Importer(CARD, ScanNetOptions, scannet_jobs)
