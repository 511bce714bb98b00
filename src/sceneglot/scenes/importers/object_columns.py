"""Object tables as CSV or Parquet, one object a row: which columns make which field of a row (`object_rows.py`).

    scene_id,id,label,center_x,center_y,center_z,size_x,size_y,size_z,red,green,blue,material
    room_1,3,sofa,1,2,0.5,2,1,1,90,60,30,leather

A header is understood, or refused, before any row is read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.object_rows import WORDS, known
from sceneglot.scenes.readers.packed import MAX_EXPANSION, read_unpacked_lines

Row = tuple[str, Any]
"""Place in the file ("line 7") and the fields of one object."""

_TEXTS = ("scene_id", "split", "label", *WORDS)
_NUMBERS = ("id", "parent_id")
_VECTORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "center": (("center_x", "center_y", "center_z"), ("cx", "cy", "cz"), ("center",)),
    "size": (("size_x", "size_y", "size_z"), ("dx", "dy", "dz"), ("size",)),
    "rgb": (("red", "green", "blue"), ("r", "g", "b"), ("rgb",), ("color",)),
    "front": (("front_x", "front_y", "front_z"), ("front",)),
    "front_point": (("front_point_x", "front_point_y", "front_point_z"), ("front_point",)),
    "obb": (("obb",),),
}
"""Field -> the columns it may be in: three of one number each, or one of lists; the first that are there."""

_NOT_CARRIED = ("nyu40",)  # of our own tables: made anew from the labels
_SPLITS = ("", "train", "val", "test")
_BATCH = 1024  # rows in memory as Arrow
_SMALLEST_ROW = 32  # bytes; no row takes less when it is unpacked
_LONGEST_TEXT = 4096  # bytes of a cell: packed, a long one may stand in every row at no cost
_SLACK = 1 << 20
_ENDING = re.compile(r"\.(csv(\.gz)?|parquet)$", re.IGNORECASE)


@dataclass(frozen=True)
class ObjectTable:
    """The rows of a file by scene.

    Attributes:
        scenes: scene id -> its rows.
        splits: scene id -> "train", "val", "test" or "".
        unread: columns that have no meaning here.
    """

    scenes: dict[str, list[Row]]
    splits: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def read_csv_table(path: Path) -> ObjectTable:
    """A table from a .csv or .csv.gz file: UTF-8, commas, a header; vectors may also be cells like "[1, 2, 3]".

    Raises:
        BadFileError: unreadable, columns that are missing, rows that do not fit the header, no row.
    """
    try:
        layout, names, reader = _open_csv(path)
        return _by_scene(path, layout, _csv_cells(path, names, reader))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFileError(path, f"cannot be read as CSV ({_line(str(error), 80)})") from error


def has_object_columns(path: Path) -> bool:
    """Whether a CSV file is a table of objects, by its header (it may be one of points)."""
    try:
        return bool(_open_csv(path))
    except (BadFileError, UnicodeDecodeError, csv.Error):
        return False


def read_parquet_table(path: Path) -> ObjectTable:
    """A table from a .parquet file, such as the `objects.parquet` of a store.

    Raises:
        BadFileError: unreadable, columns that are missing or of another type, no row, more rows or text than such a
            file can hold.
    """
    try:
        with pq.ParquetFile(path) as file:
            _check_sizes(path, file.metadata)
            schema = file.schema_arrow
        layout = _Layout.of(path, schema.names, lists=[f.name for f in schema if _is_list(f.type)], bare=False)
        layout.check_types(path, schema)
        with pq.ParquetFile(path, read_dictionary=[f.name for f in schema if _is_text(f.type)]) as file:
            return _by_scene(path, layout, _parquet_cells(path, layout, file))
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError) as error:
        raise BadFileError(path, f"cannot be read as Parquet ({_line(str(error), 80)})") from error


@dataclass(frozen=True)
class _Layout:
    """(field of a row, its columns), and the columns that mean nothing here."""

    fields: tuple[tuple[str, tuple[str, ...]], ...]
    unread: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, names: Sequence[str], *, lists: Collection[str], bare: bool = True) -> _Layout:
        """`lists`: columns that may hold lists of numbers; with `bare` they may hold single values as well."""
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            raise BadFileError(path, f"has several columns called {twice[0][:40]!r}")
        single = {name for name in names if bare or name not in lists}
        fields = [(name, (name,)) for name in (*_TEXTS, *_NUMBERS) if name in single]
        for name, forms in _VECTORS.items():
            there = (form for form in forms if set(form) <= (single if len(form) == 3 else set(lists)))
            fields += [(name, form) for form in there][:1]
        for name in ("id", "label", "center", "size"):
            if name not in dict(fields):
                forms = " or ".join(", ".join(form) for form in _VECTORS.get(name, ((name,),)))
                raise BadFileError(path, f"has no column {forms}; found {_line(', '.join(names), 200) or 'no column'}")
        read = {column for _, columns in fields for column in columns}
        return cls(tuple(fields), tuple(name for name in names if name not in read and name not in _NOT_CARRIED))

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        return [column for _, columns in self.fields for column in columns]

    def check_types(self, path: Path, schema: pa.Schema) -> None:
        """Raise BadFileError for a column that cannot hold what its name says."""
        for name, columns in self.fields:
            for column in columns:
                kind = schema.field(column).type
                fits = _is_text(kind) if name in _TEXTS else _is_number(kind) or _is_list(kind)
                fits = fits or (name == "scene_id" and pa.types.is_integer(kind))  # as CSV's numbered scenes become
                if not fits and not pa.types.is_null(kind):
                    expected = "text" if name in _TEXTS else "numbers"
                    raise BadFileError(path, f"column {column} is of type {_line(str(kind), 40)}, expected {expected}")

    def row(self, cells: dict[str, Any]) -> dict[str, Any]:
        """The fields of a row that are known; a label may be empty."""
        fields: dict[str, Any] = {"label": cells["label"]}
        for name, columns in self.fields:
            values = [cells[column] for column in columns]
            if any(known(value) for value in values):
                fields[name] = values if len(columns) == 3 else _listed(values[0]) if name in _VECTORS else values[0]
        return fields


def _by_scene(path: Path, layout: _Layout, cells: Iterator[tuple[str, dict[str, Any]]]) -> ObjectTable:
    """Rows by the scene they name; all in one scene, called like the file, where there is no such column."""
    only = None if any(name == "scene_id" for name, _ in layout.fields) else _ENDING.sub("", path.name)
    table = ObjectTable({}, {}, layout.unread)
    for where, row in cells:
        fields = layout.row(row)
        if not only and "scene_id" not in fields:
            raise BadFileError(path, f"{where}: has no 'scene_id'")
        scene_id, split = only or str(fields.pop("scene_id")), fields.pop("split", "")
        if split not in _SPLITS:
            raise BadFileError(path, f"{where}: split is {split[:20]!r}, expected train, val, test or nothing")
        if table.splits.setdefault(scene_id, split) != split:
            raise BadFileError(path, f"{where}: scene {scene_id[:60]!r} is in split {table.splits[scene_id]!r}, too")
        table.scenes.setdefault(scene_id, []).append((where, fields))
    if not table.scenes:
        raise BadFileError(path, "holds no object")
    return table


def _open_csv(path: Path) -> tuple[_Layout, list[str], Any]:
    """Layout, names of the columns, and the `csv.reader`, which stands before the first row."""
    lines = read_unpacked_lines(path)
    texts = (line.decode("utf-8" if number else "utf-8-sig") for number, line in enumerate(lines))
    reader = csv.reader(texts, strict=True)
    names = [name.strip() for name in next(reader, [])]
    lists = [name for name in names if name != "color"]  # which is a word in CSV
    return _Layout.of(path, names, lists=lists), names, reader


def _csv_cells(path: Path, names: list[str], reader: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(names):
            raise BadFileError(path, f"line {reader.line_num}: has {len(cells)} cells, the header {len(names)}")
        yield f"line {reader.line_num}", dict(zip(names, cells))


def _listed(value: Any) -> Any:
    """The items of a list that is written as text: "[1, 2, 3]", as pandas and numpy write it with or without commas."""
    return value.strip(" []()").replace(",", " ").split() if isinstance(value, str) else value


def _parquet_cells(path: Path, layout: _Layout, file: pq.ParquetFile) -> Iterator[tuple[str, dict[str, Any]]]:
    number = 0
    with closing(file.iter_batches(_BATCH, columns=layout.columns, use_threads=False)) as batches:
        for batch in batches:
            batch.validate(full=True)
            for name, column in zip(batch.schema.names, batch.columns):
                _check_lengths(path, name, column)
            for row in batch.to_pylist():
                yield f"row {number}", row
                number += 1


def _check_sizes(path: Path, metadata: pq.FileMetaData) -> None:
    """Packed columns may promise any number of rows; these must be in proportion to the file, as packed text is."""
    limit = MAX_EXPANSION * path.stat().st_size + _SLACK
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    values = sum(group.column(i).num_values for group in groups for i in range(group.num_columns))
    unpacked = sum(group.total_byte_size for group in groups)
    if max(_SMALLEST_ROW * metadata.num_rows, values, unpacked) > limit:
        raise BadFileError(path, f"unpacks to more than {MAX_EXPANSION} times its size")


def _check_lengths(path: Path, name: str, column: pa.Array) -> None:
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary
    if _is_list(column.type):
        measure, longest, what = "list_value_length", 64, "numbers"
    elif _is_text(column.type):
        measure, longest, what = "binary_length", _LONGEST_TEXT, "bytes of text"
    else:
        return
    found = pc.call_function("min_max", [pc.call_function(measure, [column])]).as_py()["max"]
    if (found or 0) > longest:
        raise BadFileError(path, f"column {name} has a cell of more than {longest} {what}")


def _line(text: str, longest: int) -> str:
    """Foreign text as part of a message: one line, no longer than this."""
    return " ".join(text.split())[:longest]


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _is_list(kind: pa.DataType) -> bool:
    """Whether a column holds lists of numbers."""
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return is_list and _is_number(kind.value_type)
