"""Tables of numbers in MATLAB files of version 5, which SciPy's reader crashes on when they are damaged.

A file is a header of 128 bytes and a row of elements. An element begins with a tag, (type, number of bytes) as two
32-bit words, or, for at most four bytes, both in one word with the data behind it; data are padded to 8 bytes. Matrices
(type 14) hold flags, sizes, name and real part as elements of their own; compressed ones (type 15) are zlib streams of
one such element (MATLAB MAT-File Format, The MathWorks). Version 7.3 is HDF5 and is not read.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError

MAX_EXPANSION = 50
"""Depth clouds shrink 2 to 10 times; what grows more than this, unpacked to 8 bytes a number, is refused."""

_HEADER = 128
_SLACK = 1 << 20
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC_CLASSES = range(6, 16)
_COMPLEX = 0x0800


@dataclass(frozen=True)
class _Element:
    kind: int
    data: memoryview


def read_mat_table(path: Path, name: str) -> np.ndarray:
    """The (N, C) float64 array called `name`.

    Raises:
        BadFileError: damaged, no such array, not a table of real numbers, or far larger than the file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror or error})") from error
    mark = content[126:128]
    if len(content) < _HEADER or mark not in (b"IM", b"MI"):
        raise BadFileError(path, "is no MATLAB file of version 5", "save it with -v7 or older")
    order = "<" if mark == b"IM" else ">"
    limit = MAX_EXPANSION * len(content) + _SLACK
    try:
        for element in _elements(memoryview(content)[_HEADER:], order):
            matrix = _unpacked(element, order, limit)
            if matrix.kind == _MATRIX and (table := _table(matrix.data, order, name, limit)) is not None:
                return table
    except (ValueError, zlib.error, UnicodeDecodeError) as error:
        raise BadFileError(path, f"is a damaged MATLAB file ({str(error)[:80]})") from error
    raise BadFileError(path, f"holds no array {name!r}")


def _elements(data: memoryview, order: str) -> Iterator[_Element]:
    at = 0
    while at + 8 <= len(data):
        kind, size = (int(word) for word in np.frombuffer(data, order + "u4", 2, at))
        if kind >> 16:  # a small element: type and size share a word
            yield _Element(kind & 0xFFFF, data[at + 4 : at + 4 + min(kind >> 16, 4)])
            at += 8
            continue
        if size > len(data) - at - 8:
            raise ValueError(f"an element promises {size:,} bytes, {len(data) - at - 8:,} are left")
        yield _Element(kind, data[at + 8 : at + 8 + size])
        at += 8 + (size if kind == _COMPRESSED else size + -size % 8)


def _unpacked(element: _Element, order: str, limit: int) -> _Element:
    if element.kind != _COMPRESSED:
        return element
    unpack = zlib.decompressobj()
    data = unpack.decompress(element.data, limit)
    if unpack.unconsumed_tail:
        raise ValueError(f"unpacks to more than {MAX_EXPANSION} times its size")
    return next(_elements(memoryview(data), order), _Element(0, memoryview(b"")))


def _table(matrix: memoryview, order: str, name: str, limit: int) -> np.ndarray | None:
    """The matrix as float64 if it has this name, else None."""
    parts = list(_elements(matrix, order))
    if len(parts) < 4 or bytes(parts[2].data).decode("latin-1").rstrip("\0") != name:
        return None
    flags = np.frombuffer(parts[0].data, order + "u4", 1)[0]
    shape = tuple(int(extent) for extent in np.frombuffer(parts[1].data, order + "i4"))
    dtype = _TYPES.get(parts[3].kind)
    if flags & 0xFF not in _NUMERIC_CLASSES or flags & _COMPLEX or dtype is None:
        raise ValueError(f"{name} is no array of real numbers")
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"{name} has shape {shape}, expected a table")
    count = shape[0] * shape[1]
    if count * np.dtype(dtype).itemsize != len(parts[3].data):
        raise ValueError(f"{name} promises shape {shape}, holds {len(parts[3].data):,} bytes")
    if 8 * count > limit:
        raise ValueError(f"{name} unpacks to more than {MAX_EXPANSION} times the file")
    return np.frombuffer(parts[3].data, order + dtype, count).reshape(shape, order="F").astype(np.float64)
