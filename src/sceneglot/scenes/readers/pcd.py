"""PCD 0.7: ascii, binary and binary_compressed, with packed `rgb` / `rgba` colours and normals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.cloud import Cloud, cloud_from_columns

_MAX_HEADER = 1 << 16
_KINDS = {"F": "f", "I": "i", "U": "u"}
_LZF_BEST_RATIO = 100  # a back reference of 3 bytes yields at most 264
_FORMS = ("ascii", "binary", "binary_compressed")


@dataclass(frozen=True)
class _Header:
    fields: tuple[str, ...]
    dtypes: tuple[np.dtype, ...]  # one per field, sub-array shapes for COUNT > 1
    points: int
    organised: bool
    form: str
    start: int

    @property
    def row(self) -> np.dtype:
        return np.dtype([(f"{i}:{name}", dtype) for i, (name, dtype) in enumerate(zip(self.fields, self.dtypes))])


def read_pcd(path: Path) -> Cloud:
    """Read a PCD file. In an organised cloud (HEIGHT > 1) pixels without a return (NaN) are left out.

    Raises:
        BadFileError: not a PCD, no x, y, z, or less data than the header promises.
    """
    data = path.read_bytes()
    header = _read_header(path, data)
    body = memoryview(data)[header.start :]
    # In ascii each number takes a digit and a separator, the last of which may be missing.
    least = (
        header.points * 2 * len(header.fields) - 1 if header.form == "ascii" else header.points * header.row.itemsize
    )
    if header.form != "binary_compressed" and least > len(body):
        raise BadFileError(
            path, f"header promises {header.points:,} points (at least {least:,} bytes), file holds {len(body):,}"
        )
    match header.form:
        case "ascii":
            columns = _ascii(path, header, bytes(body))
        case "binary":
            columns = _split(header, np.frombuffer(body, header.row, header.points))
        case _:
            columns = _compressed(path, header, body)
    _unpack_colour(columns)
    notes: tuple[str, ...] = ()
    if header.organised:
        seen = np.all([np.isfinite(columns[axis]) for axis in "xyz"], axis=0)
        if not seen.all():
            notes = (f"organised cloud: {int((~seen).sum()):,} of {header.points:,} pixels have no return",)
            columns = {name: values[seen] for name, values in columns.items()}
    return cloud_from_columns(columns, None, notes)


def _read_header(path: Path, data: bytes) -> _Header:
    end = data.find(b"\nDATA ", 0, _MAX_HEADER)
    if end < 0:
        raise BadFileError(path, "is no PCD file: no DATA line in its header")
    newline = data.find(b"\n", end + 1)
    newline = len(data) - 1 if newline < 0 else newline
    entries = {}
    for line in data[:newline].decode("latin-1").splitlines():
        key, _, rest = line.strip().partition(" ")
        entries[key.upper()] = rest.split()
    try:
        fields = tuple(name.lower() for name in entries["FIELDS"])
        sizes, kinds = [int(word) for word in entries["SIZE"]], entries["TYPE"]
        counts = [int(word) for word in entries.get("COUNT", ["1"] * len(fields))]
        width, height = int(entries["WIDTH"][0]), int(entries["HEIGHT"][0])
        points = int(entries["POINTS"][0]) if "POINTS" in entries else width * height
        form = entries["DATA"][0].lower()
        if not (len(fields) == len(sizes) == len(kinds) == len(counts)) or min(counts) < 1 or max(counts) > 4096:
            raise ValueError("FIELDS, SIZE, TYPE and COUNT disagree")
        dtypes = tuple(
            np.dtype((f"<{_KINDS[kind]}{size}", (count,)) if count > 1 else f"<{_KINDS[kind]}{size}")
            for kind, size, count in zip(kinds, sizes, counts)
        )
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise BadFileError(path, f"PCD header cannot be understood ({error})") from error
    if form not in _FORMS:
        raise BadFileError(path, f"DATA is {form[:30]!r}, expected one of {', '.join(_FORMS)}")
    if points != width * height or min(width, height) < 0:
        raise BadFileError(path, f"header contradicts itself: WIDTH {width} x HEIGHT {height}, POINTS {points}")
    if not {"x", "y", "z"} <= set(fields):
        raise BadFileError(path, f"has no fields x, y and z, only {', '.join(fields)[:100]}")
    if any(dtypes[fields.index(axis)].kind != "f" or dtypes[fields.index(axis)].shape for axis in "xyz"):
        raise BadFileError(path, "fields x, y and z must be single floating point numbers")
    return _Header(fields, dtypes, points, height > 1, form, newline + 1)


def _ascii(path: Path, header: _Header, body: bytes) -> dict[str, np.ndarray]:
    widths = [int(np.prod(dtype.shape, dtype=int)) for dtype in header.dtypes]
    try:
        table = np.loadtxt(body.splitlines(), np.float64, comments=None, ndmin=2, max_rows=header.points)
    except (ValueError, UnicodeDecodeError) as error:
        raise BadFileError(path, f"points cannot be read ({str(error)[:100]})") from error
    if table.shape != (header.points, sum(widths)):
        raise BadFileError(path, f"expected {header.points:,} rows of {sum(widths)} numbers, found {table.shape}")
    columns = {}
    for name, dtype, first in zip(header.fields, header.dtypes, np.cumsum([0, *widths])):
        if dtype.shape:
            continue
        values = table[:, first]
        with np.errstate(invalid="ignore", over="ignore"):
            columns[name] = values.astype(dtype) if dtype.kind == "f" else np.nan_to_num(values).astype(dtype)
    return columns


def _split(header: _Header, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Columns with one number per point; histograms and other wide fields, and padding ("_"), are left out."""
    return {
        name: np.array(rows[f"{i}:{name}"])
        for i, (name, dtype) in enumerate(zip(header.fields, header.dtypes))
        if not dtype.shape and name != "_"
    }


def _compressed(path: Path, header: _Header, body: memoryview) -> dict[str, np.ndarray]:
    """LZF-compressed data, stored field after field."""
    from sceneglot.scenes.readers.lzf import decompress  # compiles on first use

    if len(body) < 8:
        raise BadFileError(path, "ends before its compressed data")
    packed, plain = (int(number) for number in np.frombuffer(body, "<u4", 2))
    expected = header.points * header.row.itemsize
    if plain != expected or packed > len(body) - 8 or plain > packed * _LZF_BEST_RATIO:
        raise BadFileError(
            path,
            f"header promises {expected:,} bytes of points, compressed part promises {plain:,} from {packed:,}, "
            f"file holds {len(body) - 8:,}",
        )
    raw = np.empty(plain, np.uint8)
    if decompress(np.frombuffer(body, np.uint8, packed, 8), raw) != plain:
        raise BadFileError(path, "compressed points are damaged")
    columns, at = {}, 0
    for name, dtype in zip(header.fields, header.dtypes):
        stop = at + header.points * dtype.itemsize
        if not dtype.shape and name != "_":
            columns[name] = raw[at:stop].view(dtype)
        at = stop
    return columns


def _unpack_colour(columns: dict[str, np.ndarray]) -> None:
    """Replace PCL's packed colour (0x00RRGGBB in the bits of a float or integer) by three columns."""
    for name in ("rgb", "rgba"):
        packed = columns.pop(name, None)
        if packed is not None and packed.dtype.itemsize == 4:
            bits = np.ascontiguousarray(packed).view(np.uint32)
            for shift, colour in ((16, "red"), (8, "green"), (0, "blue")):
                columns[colour] = ((bits >> shift) & 255).astype(np.uint8)
