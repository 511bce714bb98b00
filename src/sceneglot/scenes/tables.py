"""The store's tables: objects and utterances as Parquet, one row each, readable by any data tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sceneglot.atomic import atomic_path
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.objects import NO_PARENT, Objects
from sceneglot.scenes.utterance import KINDS, Utterance

_ROWS_PER_GROUP = 8192

OBJECT_SCHEMA = pa.schema(
    [
        ("scene_id", pa.string()),
        ("split", pa.string()),
        ("id", pa.int32()),
        ("label", pa.string()),
        ("nyu40", pa.int16()),
        *((f"center_{axis}", pa.float32()) for axis in "xyz"),
        *((f"size_{axis}", pa.float32()) for axis in "xyz"),
        *((name, pa.uint8()) for name in ("red", "green", "blue")),
        *((f"front_{axis}", pa.float32()) for axis in "xyz"),  # null where unknown
        ("parent_id", pa.int32()),  # id (not row) of the supporting object, null for none
        ("material", pa.string()),
        ("shape", pa.string()),
        ("color_name", pa.string()),
        ("state", pa.string()),  # may be absent
    ]
)

UTTERANCE_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("scene_id", pa.string()),
        ("kind", pa.string()),
        ("text", pa.string()),
        ("target_ids", pa.list_(pa.int32())),
        ("anchor_ids", pa.list_(pa.int32())),
        ("relation", pa.string()),
        ("answers", pa.list_(pa.string())),
        ("question_type", pa.string()),
        ("view_dependent", pa.bool_()),
        ("source", pa.string()),
        ("seed", pa.int64()),
        ("situation", pa.string()),
        ("position", pa.list_(pa.float64())),  # x, y, z or null
        ("heading", pa.float64()),
    ]
)
_TUPLES = ("target_ids", "anchor_ids", "answers")
_LATER = ("situation", "position", "heading")
"""Columns that older files lack."""


def object_rows(scene_id: str, split: str, objects: Objects, nyu40: np.ndarray) -> list[dict[str, Any]]:
    """One dictionary per object, in the columns of `OBJECT_SCHEMA`."""
    rows = []
    for row, label in enumerate(objects.label):
        known_front = bool(np.isfinite(objects.front[row]).all())
        parent = int(objects.parent[row])
        rows.append(
            {
                "scene_id": scene_id,
                "split": split,
                "id": int(objects.id[row]),
                "label": label,
                "nyu40": int(nyu40[row]),
                **{f"center_{axis}": float(value) for axis, value in zip("xyz", objects.center[row])},
                **{f"size_{axis}": float(value) for axis, value in zip("xyz", objects.size[row])},
                **{name: int(value) for name, value in zip(("red", "green", "blue"), objects.color[row])},
                **{f"front_{axis}": float(v) if known_front else None for axis, v in zip("xyz", objects.front[row])},
                "parent_id": None if parent == NO_PARENT else int(objects.id[parent]),
                "material": objects.material[row],
                "shape": objects.shape[row],
                "color_name": objects.color_name[row],
                "state": objects.state[row],
            }
        )
    return rows


def write_utterances(path: Path, utterances: Iterable[Utterance]) -> int:
    """Stream utterances into a Parquet file, atomically; returns their number."""
    count = 0
    source = iter(utterances)
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(temporary, UTTERANCE_SCHEMA, compression="zstd") as writer,
    ):
        while batch := list(islice(source, _ROWS_PER_GROUP)):
            wrong = next((item for item in batch if item.kind not in KINDS), None)
            if wrong is not None:
                raise SceneglotError(f"utterance {wrong.id}: kind {wrong.kind!r} is none of {', '.join(KINDS)}")
            columns = {name: list(map(attrgetter(name), batch)) for name in UTTERANCE_SCHEMA.names}
            writer.write_table(pa.Table.from_pydict(columns, UTTERANCE_SCHEMA))
            count += len(batch)
    return count


def merge_utterances(path: Path, parts: Sequence[Path]) -> int:
    """Join files of utterances, in order, into one, atomically; returns the number of utterances.

    Raises:
        BadFileError: a part that is missing or damaged.
    """
    count = 0
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(temporary, UTTERANCE_SCHEMA, compression="zstd") as writer,
    ):
        for part in parts:
            try:
                table = pq.read_table(part, partitioning=None)  # pyright: ignore[reportArgumentType]
            except (pa.ArrowException, OSError) as error:
                raise BadFileError(part, f"cannot be read as a table of utterances ({str(error)[:100]})") from error
            writer.write_table(table.cast(UTTERANCE_SCHEMA))
            count += table.num_rows
    return count


def read_utterances(path: Path, *, scene_id: str | None = None, kind: str | None = None) -> Iterator[Utterance]:
    """Read utterances back, optionally only those of a scene or kind.

    Raises:
        BadFileError: damaged, or without the columns of an utterance table.
    """
    wanted = [(name, "=", value) for name, value in (("scene_id", scene_id), ("kind", kind)) if value is not None]
    try:
        with pq.ParquetFile(path) as file:
            missing = set(UTTERANCE_SCHEMA.names) - set(file.schema_arrow.names)
            if missing - set(_LATER):
                raise BadFileError(path, f"lacks the columns {', '.join(sorted(missing - set(_LATER)))}")
            schema = pa.schema([field for field in UTTERANCE_SCHEMA if field.name not in missing])
            for batch in _filtered(path, schema, wanted) if wanted else file.iter_batches(columns=schema.names):
                for row in pa.Table.from_batches([batch]).select(schema.names).cast(schema).to_pylist():
                    row.update((name, tuple(row[name] or ())) for name in _TUPLES)
                    row["situation"] = row.get("situation") or ""
                    row["position"] = tuple(row["position"]) if row.get("position") else None
                    yield Utterance(**row)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadFileError(path, f"cannot be read as a table of utterances ({str(error)[:100]})") from error


def _filtered(path: Path, schema: pa.Schema, wanted: list[tuple[str, str, str]]) -> list[pa.RecordBatch]:
    table = pq.read_table(
        path,
        columns=schema.names,
        filters=wanted,
        partitioning=None,  # pyright: ignore[reportArgumentType]  its stub forgets None
    )
    return table.to_batches()


def count_rows(path: Path) -> int:
    """Number of rows, from the file's footer."""
    try:
        return pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        raise BadFileError(path, f"cannot be read as Parquet ({str(error)[:100]})") from error
