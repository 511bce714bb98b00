"""Rows of annotation files, whatever their container: JSON list, JSON lines, CSV or Parquet."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sceneglot.errors import BadFileError
from sceneglot.records import Json, Record, kind_of, read_json, read_json_lines

_LONGEST_LIST = 10_000
"""Characters of a list written as text; real ones have a few hundred."""


def rows_of(path: Path) -> Iterator[Record]:
    """The rows of a .json (a list of objects), .jsonl, .csv or .parquet file; CSV cells are all text.

    Raises:
        BadFileError: unreadable, or not a list of rows.
    """
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        for number, value in read_json_lines(path):
            yield Record.of(path, f"line {number}", value)
    elif suffix == ".csv":
        yield from _csv_rows(path)
    elif suffix == ".parquet":
        yield from _parquet_rows(path)
    else:
        yield from list_rows(path, read_json(path))


def list_rows(path: Path, content: Json) -> Iterator[Record]:
    """The objects of a JSON list."""
    if not isinstance(content, list):
        raise BadFileError(path, f"is {kind_of(content)}, expected a list of rows")
    for index, value in enumerate(content):
        yield Record.of(path, f"row {index}", value)


def listed(record: Record, name: str) -> list[Json]:
    """A list that may be written as text, as pandas leaves it in a CSV: "[3, 4]", "['lamp', 'desk']".

    The text is parsed as a literal, never evaluated, and refused when absurdly long.
    """
    value = record.fields.get(name)
    if isinstance(value, str):
        if len(value) > _LONGEST_LIST:
            raise record.problem(f"{name} is a list of {len(value):,} characters, which is no real one")
        try:
            value = ast.literal_eval(value.strip() or "[]")
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            raise record.problem(f"{name} is {record.fields[name][:30]!r}, expected a list such as [3, 4]") from None
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise record.problem(f"{name} is {kind_of(value)}, expected a list")
    return list(value)


def ids_of(record: Record, name: str) -> tuple[int, ...]:
    """Object ids in a list that may be written as text."""
    return Record(record.path, record.where, {name: listed(record, name)}).integers(name)


def _csv_rows(path: Path) -> Iterator[Record]:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.DictReader(file), start=1):
                if None in row or None in row.values():
                    raise BadFileError(path, f"row {number} has another number of cells than the header")
                yield Record(path, f"row {number}", dict(row))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFileError(path, f"cannot be read as CSV ({str(error)[:80]})") from error


def _parquet_rows(path: Path) -> Iterator[Record]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    yield Record(path, f"row {number}", row)
                    number += 1
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadFileError(path, f"cannot be read as Parquet ({str(error)[:80]})") from error
