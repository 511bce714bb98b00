"""LAS 1.0 to 1.4, and LAZ where the `las` extra (lazrs) is installed.

Records are read as structured arrays: coordinates are integers with scale and offset, colours 16 bit, intensity 16 bit.
(ASPRS LAS Specification 1.4 R15, tables 3 and 7 to 17.) The origin of georeferenced clouds is far away, where float32
resolves decimetres: the middle of such a cloud is moved to 0, and the note says by how much.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.cloud import Cloud, brought_near

_LEAST_HEADER = 227
_COLOR_AT = {2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30}  # point format -> byte of the red channel
_LEAST_LENGTH = {0: 20, 1: 28, 2: 26, 3: 34, 4: 57, 5: 63, 6: 30, 7: 36, 8: 38, 9: 59, 10: 67}
_COMPRESSED = 0x80
_LAZ_RECORD = 22204
_LAZ_BEST_RATIO = 2000  # bytes out per byte in; a plane of equal points reaches some hundreds


@dataclass(frozen=True)
class _Header:
    format: int
    compressed: bool
    length: int  # bytes of a record
    points: int
    start: int  # of the records
    vlrs: int  # number of variable length records
    header: int  # bytes of the header
    scale: np.ndarray
    offset: np.ndarray


def read_las(path: Path) -> Cloud:
    """Read a LAS or LAZ file: places, colours, intensity.

    Raises:
        BadFileError: no LAS, of an unknown point format, less data than the header promises, or LAZ without lazrs.
    """
    data = path.read_bytes()
    header = _read_header(path, data)
    body = memoryview(data)[header.start :]
    if header.compressed:
        rows = _unpacked(path, data, header)
    else:
        if header.points * header.length > len(body):
            raise BadFileError(
                path, f"header promises {header.points:,} points of {header.length} bytes, file holds {len(body):,}"
            )
        rows = np.frombuffer(body, np.uint8, header.points * header.length)
    rows = rows.reshape(-1, header.length)
    xyz = _field(rows, 0, 12, "<i4").astype(np.float64) * header.scale + header.offset
    xyz, notes = brought_near(xyz)
    rgb = None
    if header.format in _COLOR_AT:
        rgb, note = _colors(_field(rows, _COLOR_AT[header.format], 6, "<u2"))
        notes += note
    intensity = _field(rows, 12, 2, "<u2")[:, 0].astype(np.float32) / np.float32(65535)
    return Cloud(xyz, rgb, notes=notes, intensity=intensity if intensity.any() else None)


def _read_header(path: Path, data: bytes) -> _Header:
    if data[:4] != b"LASF":
        raise BadFileError(path, f"is no LAS file: begins with {data[:8]!r} instead of 'LASF'")
    if len(data) < _LEAST_HEADER:
        raise BadFileError(path, "ends inside its header")
    minor = data[25]
    size, start, vlrs = struct.unpack_from("<HII", data, 94)
    kind, length, points = struct.unpack_from("<BHI", data, 104)
    if minor >= 4 and size >= 375 and len(data) >= 375:
        (points,) = struct.unpack_from("<Q", data, 247)
    numbers = np.frombuffer(data, "<f8", 6, 131)
    base = kind & 0x3F
    if base not in _LEAST_LENGTH or length < _LEAST_LENGTH[base]:
        raise BadFileError(path, f"has point format {base} with {length} bytes, which LAS does not know")
    if not (_LEAST_HEADER <= size <= start <= len(data)):
        raise BadFileError(path, f"header of {size} bytes, points from byte {start:,}: file holds {len(data):,}")
    scale, offset = numbers[:3].copy(), numbers[3:].copy()
    if not (np.isfinite(numbers).all() and (scale != 0).all() and np.abs(numbers).max() < 1e12):
        raise BadFileError(path, "scale and offset of the coordinates are no usable numbers")
    if not points:
        raise BadFileError(path, "holds no points")
    return _Header(base, bool(kind & _COMPRESSED), length, points, start, vlrs, size, scale, offset)


def _unpacked(path: Path, data: bytes, header: _Header) -> np.ndarray:
    """(bytes,) uint8 of the decompressed records."""
    try:
        import lazrs  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise BadFileError(path, "is compressed (LAZ), which needs lazrs", "pip install 'sceneglot[las]'") from error
    size = header.points * header.length
    if size > _LAZ_BEST_RATIO * len(data):
        raise BadFileError(path, f"header promises {header.points:,} points, more than {len(data):,} bytes can hold")
    _check_chunks(path, data, header)
    out = np.zeros(size, np.uint8)
    source = io.BytesIO(data)
    source.seek(header.start)
    try:
        lazrs.LasZipDecompressor(source, _laszip_record(path, data, header)).decompress_many(out)  # pyright: ignore[reportAttributeAccessIssue]
    except BadFileError:
        raise
    except (lazrs.LazrsError, ValueError, OverflowError, MemoryError) as error:  # pyright: ignore[reportAttributeAccessIssue]
        raise BadFileError(path, f"compressed points are damaged ({str(error)[:80]})") from error
    except BaseException as error:  # a panic of the Rust library is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise BadFileError(path, "compressed points are damaged") from error
    return out


def _check_chunks(path: Path, data: bytes, header: _Header) -> None:
    """Refuse a table of chunks that lies outside the file or promises more chunks than points."""
    try:
        (at,) = struct.unpack_from("<q", data, header.start)
        _, chunks = struct.unpack_from("<II", data, at)
    except (struct.error, OverflowError) as error:
        raise BadFileError(path, "is cut short: its table of chunks is missing", "copy it again") from error
    if at < header.start or chunks > header.points:
        raise BadFileError(path, f"promises {chunks:,} chunks for {header.points:,} points")


def _laszip_record(path: Path, data: bytes, header: _Header) -> bytes:
    at = header.header
    for _ in range(min(header.vlrs, 10_000)):
        if at + 54 > header.start:
            break
        number, length = struct.unpack_from("<HH", data, at + 18)
        if number == _LAZ_RECORD and data[at + 2 : at + 18].rstrip(b"\0") == b"laszip encoded":
            return data[at + 54 : min(at + 54 + length, header.start)]
        at += 54 + length
    raise BadFileError(path, "is compressed, but does not say how (no laszip record)")


def _field(rows: np.ndarray, at: int, width: int, dtype: str) -> np.ndarray:
    """(N, k) numbers out of byte columns."""
    return np.ascontiguousarray(rows[:, at : at + width]).view(dtype)


def _colors(values: np.ndarray) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """16-bit colours as 8 bit; files that hold 8-bit numbers, which the specification forbids, are noticed."""
    top = int(values.max(initial=0))
    if top == 0:
        return None, ("colours are all zero: taken as none",)
    if top <= 255:
        return values.astype(np.uint8), ("colours run to 255: taken as 8 bit",)
    return (values >> 8).astype(np.uint8), ()
