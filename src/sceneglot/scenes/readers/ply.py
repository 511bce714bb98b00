"""PLY, ascii and binary of either byte order: vertices with any properties, and triangle or polygon faces.

Rows are read as structured arrays in one go. Lists (faces) are read the same way under the assumption that all rows
have the length of the first one; only files that mix polygon sizes are walked row by row.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.cloud import Cloud, cloud_from_columns

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
_ORDER = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}
_MAX_HEADER = 1 << 20
_MAX_CORNERS = 1024
_MAX_PROPERTIES = 4096  # Gaussian splats have some hundred
_FACE_LISTS = ("vertex_indices", "vertex_index")


@dataclass(frozen=True)
class _Property:
    name: str
    dtype: str
    count: str = ""  # dtype of the length, for lists


@dataclass(frozen=True)
class _Element:
    name: str
    rows: int
    properties: tuple[_Property, ...]

    @property
    def has_list(self) -> bool:
        return any(p.count for p in self.properties)

    def least_bytes(self, ascii_: bool) -> int:
        """Fewest bytes the element can take, lists being empty."""
        per_row = sum(2 if ascii_ else np.dtype(p.count or p.dtype).itemsize for p in self.properties)
        return self.rows * per_row - (1 if ascii_ and self.rows else 0)  # the last newline may be missing


@dataclass(frozen=True)
class _Header:
    form: str
    elements: tuple[_Element, ...]
    start: int  # where the data begins


def read_ply(path: Path) -> Cloud:
    """Read a PLY file.

    Raises:
        BadFileError: not a PLY, no vertices with x, y and z, or less data than the header promises.
    """
    header = _open(path)
    read = _read_ascii if header.form == "ascii" else _read_binary
    columns, faces = read(path, header)
    missing = [name for name in "xyz" if name not in columns]
    if missing:
        raise BadFileError(
            path, f"vertices have no property {', '.join(missing)}; found {', '.join(columns) or 'none'}"
        )
    if faces is not None and len(faces) and (faces.min() < 0 or faces.max() >= len(columns["x"])):
        raise BadFileError(
            path, f"faces point outside the {len(columns['x']):,} vertices (largest index {faces.max()})"
        )
    return cloud_from_columns(columns, faces, ())


def read_triangle_property(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Faces of a binary PLY and one number property of theirs: (F, 3) int64 corners and (F,) values.

    Raises:
        BadFileError: where `read_ply` does; ascii form, no such property, or faces that are no triangles.
    """
    header = _open(path)
    if header.form == "ascii":
        raise BadFileError(path, "is in ascii form, expected binary", "export it as binary PLY")
    data = np.memmap(path, np.uint8, mode="r")
    position = header.start
    for element in header.elements:
        if not element.properties or not element.rows:
            continue
        rows, position = _binary_rows(path, data, position, element, _ORDER[header.form])
        corners = next((rows[p.name] for p in element.properties if p.name in _FACE_LISTS and p.count), None)
        if element.name == "face" and corners is not None and name in rows:
            values = rows[name]
            if isinstance(corners, list) or corners.shape[1] != 3 or isinstance(values, list) or values.ndim != 1:
                raise BadFileError(path, "has faces that are no triangles with one number each")
            return corners.astype(np.int64), np.array(values)
    raise BadFileError(path, f"has no face property {name!r}")


def _open(path: Path) -> _Header:
    """The header, once it promises no more than the file can hold."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        header = _read_header(path, file)
    needed = sum(element.least_bytes(header.form == "ascii") for element in header.elements)
    if needed > size - header.start:
        counts = ", ".join(f"{element.rows:,} {element.name}" for element in header.elements)
        raise BadFileError(
            path, f"header promises {counts} rows (at least {needed:,} bytes), file holds {size - header.start:,}"
        )
    return header


def _read_header(path: Path, file: io.BufferedReader) -> _Header:
    text = file.read(_MAX_HEADER)
    if not text.startswith(b"ply"):
        raise BadFileError(path, f"is no PLY file: begins with {text[:8]!r} instead of 'ply'")
    last_line = re.search(rb"^end_header[ \t\r]*(\n|\Z)", text, re.MULTILINE)
    if last_line is None:
        raise BadFileError(path, "header has no end_header line within the first MiB")
    form = ""
    elements: list[_Element] = []
    for line in text[: last_line.start()].decode("latin-1").splitlines()[1:]:
        words = line.split()
        try:
            match words[:1]:
                case ["format"]:
                    form = words[1]
                case ["element"]:
                    elements.append(_Element(words[1].lower(), int(words[2]), ()))
                case ["property"]:
                    last = elements[-1]
                    if len(last.properties) == _MAX_PROPERTIES:
                        raise ValueError("too many properties")
                    elements[-1] = _Element(last.name, last.rows, (*last.properties, _property(words)))
        except (IndexError, KeyError, ValueError) as error:
            raise BadFileError(path, f"header line {line[:60]!r} cannot be understood") from error
    if form not in _ORDER:
        raise BadFileError(path, f"format is {form[:30]!r}, expected one of {', '.join(_ORDER)}")
    if any(element.rows < 0 for element in elements):
        raise BadFileError(path, "header promises a negative number of rows")
    if any(len({p.name for p in element.properties}) != len(element.properties) for element in elements):
        raise BadFileError(path, "header names a property twice")
    if not any(element.name == "vertex" and element.rows for element in elements):
        raise BadFileError(path, "holds no vertices")
    return _Header(form, tuple(elements), last_line.end())


def _property(words: list[str]) -> _Property:
    if words[1] == "list":
        count = _TYPES[words[2]]
        if count[0] == "f":
            raise ValueError("a list length must be a whole number")
        return _Property(words[4].lower(), _TYPES[words[3]], count)
    return _Property(words[2].lower(), _TYPES[words[1]])


_Read = tuple[dict[str, np.ndarray], "np.ndarray | None"]


def _read_binary(path: Path, header: _Header) -> _Read:
    data = np.memmap(path, np.uint8, mode="r")
    columns: dict[str, np.ndarray] = {}
    faces = None
    position = header.start
    for element in header.elements:
        if not element.properties or not element.rows:
            continue
        rows, position = _binary_rows(path, data, position, element, _ORDER[header.form])
        if element.name == "vertex":
            # Copies, so that the file is not kept mapped.
            columns = {p.name: np.array(rows[p.name]) for p in element.properties if not p.count}
        elif element.name == "face":
            faces = _triangles(element, rows)
    return columns, faces


_Rows = dict[str, "np.ndarray | list[np.ndarray]"]


def _binary_rows(path: Path, data: np.ndarray, start: int, element: _Element, order: str) -> tuple[_Rows, int]:
    """Columns of an element and where the next one begins; a list column is (N, k), or ragged as a list of (k,)."""
    lengths = {}
    at = start
    for p in element.properties:  # lengths of the first row stand for all, until proved wrong
        if p.count:
            lengths[p.name] = _one(path, data, at, order + p.count)
            at += np.dtype(p.count).itemsize + lengths[p.name] * np.dtype(p.dtype).itemsize
        else:
            at += np.dtype(p.dtype).itemsize
    dtype = np.dtype([field for p in element.properties for field in _fields(p, order, lengths)])
    stop = start + dtype.itemsize * element.rows
    if stop <= len(data):
        rows = np.frombuffer(data, dtype, element.rows, start)
        if all((rows["#" + name] == length).all() for name, length in lengths.items()):
            return {p.name: rows[p.name] for p in element.properties}, stop
    if not element.has_list:
        raise BadFileError(path, f"ends inside its {element.rows:,} {element.name} rows")
    return _walk(path, data, start, element, order)


def _fields(p: _Property, order: str, lengths: dict[str, int]) -> list[tuple]:
    if not p.count:
        return [(p.name, order + p.dtype)]
    return [("#" + p.name, order + p.count), (p.name, order + p.dtype, (lengths[p.name],))]


def _walk(path: Path, data: np.ndarray, at: int, element: _Element, order: str) -> tuple[_Rows, int]:
    columns: dict[str, list[np.ndarray]] = {p.name: [] for p in element.properties}
    for _ in range(element.rows):
        for p in element.properties:
            length = 1
            if p.count:
                length = _one(path, data, at, order + p.count)
                at += np.dtype(p.count).itemsize
            stop = at + length * np.dtype(p.dtype).itemsize
            if stop > len(data):
                raise BadFileError(path, f"ends inside its {element.rows:,} {element.name} rows")
            columns[p.name].append(np.frombuffer(data, order + p.dtype, length, at) if length else _NO_CORNERS)
            at = stop
    scalars = {p.name for p in element.properties if not p.count}
    return {name: np.concatenate(rows) if name in scalars else rows for name, rows in columns.items()}, at


def _one(path: Path, data: np.ndarray, at: int, dtype: str) -> int:
    width = np.dtype(dtype).itemsize
    if at + width > len(data):
        raise BadFileError(path, "ends inside a list")
    length = int(np.frombuffer(data, dtype, 1, at)[0])
    if not 0 <= length <= _MAX_CORNERS:
        raise BadFileError(path, f"holds a list of length {length}, expected 0 to {_MAX_CORNERS}: damaged data")
    return length


def _read_ascii(path: Path, header: _Header) -> _Read:
    columns: dict[str, np.ndarray] = {}
    faces = None
    with open(path, "rb") as file:
        file.seek(header.start)
        lines = (line for line in file if not line.isspace())
        for element in header.elements:
            part = islice(lines, element.rows)
            try:
                if element.name == "vertex" and not element.has_list:
                    columns = _ascii_columns(element, part)
                elif element.name == "face":
                    faces = _ascii_faces(element, part)
                elif element.name == "vertex":
                    raise BadFileError(path, "has list properties on vertices in ascii form", "export it as binary PLY")
                else:
                    _skip(element, part)
            except (ValueError, OverflowError) as error:
                raise BadFileError(path, f"{element.name} rows cannot be read ({str(error)[:100]})") from error
    return columns, faces


def _ascii_columns(element: _Element, lines: islice) -> dict[str, np.ndarray]:
    table = np.loadtxt(lines, np.float64, comments=None, ndmin=2)
    if table.shape != (element.rows, len(element.properties)):
        raise ValueError(f"expected {element.rows:,} rows of {len(element.properties)} numbers, found {table.shape}")
    columns = {}
    for p, values in zip(element.properties, table.T):
        kind = np.dtype(p.dtype)
        if kind.kind in "iu":
            limits = np.iinfo(kind)
            if not ((values >= limits.min) & (values <= limits.max)).all():
                raise ValueError(f"property {p.name} holds numbers that are no {kind}")
        columns[p.name] = values.astype(kind) if kind.kind in "iu" else values
    return columns


def _ascii_faces(element: _Element, lines: islice) -> np.ndarray | None:
    name = next((i for i, p in enumerate(element.properties) if p.name in _FACE_LISTS and p.count), None)
    polygons: list[np.ndarray] = []
    for line in lines:
        words = line.split()
        at = 0
        for i, p in enumerate(element.properties):
            length = int(words[at]) if p.count else 1
            if not 0 <= length <= _MAX_CORNERS or at + bool(p.count) + length > len(words):
                raise ValueError(f"face {len(polygons)} is cut short")
            at += bool(p.count)
            if i == name:
                polygons.append(np.array([int(word) for word in words[at : at + length]], np.int64))
            at += length
    if name is not None and len(polygons) != element.rows:
        raise ValueError(f"expected {element.rows:,} rows, found {len(polygons):,}")
    return _fan(polygons) if name is not None else None


def _skip(element: _Element, lines: islice) -> None:
    found = sum(1 for _ in lines)
    if found != element.rows:
        raise ValueError(f"expected {element.rows:,} rows, found {found:,}")


_NO_CORNERS = np.zeros(0, np.int64)


def _triangles(element: _Element, rows: _Rows) -> np.ndarray | None:
    name = next((p.name for p in element.properties if p.name in _FACE_LISTS and p.count), None)
    if name is None:
        return None
    corners = rows[name]
    if isinstance(corners, list):
        return _fan([polygon.astype(np.int64) for polygon in corners])
    return _fan_equal(corners.astype(np.int64))


def _fan(polygons: list[np.ndarray]) -> np.ndarray:
    """Triangle fans of polygons of any size; those with fewer than three corners are dropped."""
    sizes = np.array([len(polygon) for polygon in polygons], np.int64)
    parts = [
        _fan_equal(np.stack([polygons[i] for i in np.flatnonzero(sizes == size)]))
        for size in np.unique(sizes[sizes >= 3])
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 3), np.int64)


def _fan_equal(polygons: np.ndarray) -> np.ndarray:
    """(P, k) polygons of one size -> (P * (k - 2), 3) triangles."""
    count, corners = polygons.shape
    if corners < 3:
        return np.zeros((0, 3), np.int64)
    first = np.broadcast_to(polygons[:, :1], (count, corners - 2))
    return np.stack([first, polygons[:, 1:-1], polygons[:, 2:]], axis=2).reshape(-1, 3)
