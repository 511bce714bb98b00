"""Object maps: tables of labelled boxes (JSON, CSV, Parquet) become scenes without any points."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.records import Record
from sceneglot.scenes.importers.object_columns import (
    ObjectTable,
    Row,
    has_object_columns,
    read_csv_table,
    read_parquet_table,
)
from sceneglot.scenes.importers.object_rows import objects_of
from sceneglot.scenes.importers.source import DatasetCard, Importer, Job
from sceneglot.scenes.importers.splits import read_splits
from sceneglot.scenes.readers.packed import read_unpacked
from sceneglot.scenes.scene import Scene, Source, check_scene_id


@dataclass(frozen=True)
class ObjectMapOptions:
    """Choices for object maps."""

    splits: Path | None = None
    """Folder with lists named like scannetv2_train.txt, one scene id a line."""


def object_jobs(src: Path, options: ObjectMapOptions = ObjectMapOptions()) -> list[Job]:
    """One job per scene of a table of objects.

    `.json`, `.json.gz`: `{scene id: [object, ...]}`. `.csv`, `.csv.gz`, `.parquet`: one object a row, as in the
    `objects.parquet` of a store. The fields of an object are those of `object_rows.py`, the columns of CSV and Parquet
    those of `object_columns.py`; of these, the ones that are not read stand in the notes of the scenes.

    Raises:
        BadFileError: unreadable, or not of this form.
    """
    src = Path(src)
    if src.is_dir():
        raise BadFileError(src, "is a folder, expected a table of objects", "name the .json, .csv or .parquet file")
    table = _read(src)
    notes = (f"columns that are not read: {' '.join(', '.join(table.unread).split())[:200]}",) if table.unread else ()
    split_of = table.splits | (read_splits(options.splits) if options.splits else {})
    return [
        Job(scene_id, partial(_scene, src, scene_id, rows, notes), split_of.get(scene_id, ""), (src,))
        for scene_id, rows in sorted(table.scenes.items())
    ]


def is_object_map(path: Path) -> bool:
    """Whether a file is a table of objects: by its name, and of .csv files, which may hold points, by the header."""
    name = path.name.lower()
    return name.endswith((".json", ".json.gz", ".csv.gz", ".parquet")) or (
        name.endswith(".csv") and has_object_columns(path)
    )


def _read(src: Path) -> ObjectTable:
    name = src.name.lower()
    if name.endswith(".parquet"):
        return read_parquet_table(src)
    return read_csv_table(src) if name.endswith((".csv", ".csv.gz")) else _read_json_table(src)


def _read_json_table(src: Path) -> ObjectTable:
    try:
        table = json.loads(read_unpacked(src))
    except (ValueError, RecursionError) as error:
        raise BadFileError(src, f"cannot be read as JSON ({str(error)[:100]})") from error
    if not isinstance(table, dict) or not all(isinstance(rows, list) for rows in table.values()):
        raise BadFileError(src, "expected a table {scene id: [objects]}")
    if not table:
        raise BadFileError(src, "holds no scene")
    return ObjectTable(
        {scene_id: [(f"row {i}", row) for i, row in enumerate(rows)] for scene_id, rows in table.items()}
    )


def _scene(src: Path, scene_id: str, rows: list[Row], notes: tuple[str, ...]) -> Scene:
    try:
        check_scene_id(scene_id)
    except SceneglotError as error:
        raise BadFileError(src, str(error)) from error
    objects = objects_of([Record.of(src, f"scene {scene_id}, {where}", fields) for where, fields in rows])
    nothing = np.zeros((0, 3), np.float32)
    source = Source("objects", src.name, notes=notes)
    return Scene(scene_id, nothing, nothing.astype(np.uint8), source, objects=objects, has_color=False)


IMPORTER = Importer(
    DatasetCard("an object map: labelled boxes as JSON, CSV or Parquet", "unknown", page="objects"),
    ObjectMapOptions,
    object_jobs,
)
