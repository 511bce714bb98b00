"""OpenEXR depth pictures: the first channel of scan-line files, uncompressed, ZIPS or ZIP (OpenEXR file layout).

This is what phones export; tiles, deep pictures, several parts and lossy compression are refused by name.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.pictures import MAX_MAP_PIXELS

_MAGIC = 20000630
_KINDS = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}
_LINES = {0: 1, 2: 1, 3: 16}  # compression -> scan lines per block: none, ZIPS, ZIP
_MAX_SIDE = 1 << 14
_MAX_HEADER = 1 << 16
_UNREADABLE_FLAGS = 0x200 | 0x800 | 0x1000  # tiles, deep data, several parts


@dataclass(frozen=True)
class _Header:
    channels: tuple[tuple[str, np.dtype], ...]  # in the order they are stored
    compression: int
    width: int
    height: int
    top: int
    start: int  # of the table of blocks

    @property
    def line(self) -> int:
        """Bytes of one uncompressed scan line."""
        return self.width * sum(dtype.itemsize for _, dtype in self.channels)


def read_exr(path: Path) -> np.ndarray:
    """(H, W) float32 of the depth channel (called Z, Y, R or V; else the first one).

    Raises:
        BadFileError: no EXR, of a kind that is not read, or less data than its header promises.
    """
    try:
        data = path.read_bytes()
        header = _read_header(path, data)
    except (OSError, struct.error, IndexError, ValueError) as error:
        raise BadFileError(path, f"cannot be read as EXR ({str(error)[:80]})") from error
    names = [name for name, _ in header.channels]
    chosen = next((names.index(name) for name in ("Z", "Y", "R", "V") if name in names), 0)
    before = header.width * sum(dtype.itemsize for _, dtype in header.channels[:chosen])
    dtype = header.channels[chosen][1]
    out = np.zeros((header.height, header.width), np.float32)
    step = _LINES[header.compression]
    for block in range(-(-header.height // step)):
        first = block * step
        count = min(step, header.height - first)
        raw = _block(path, data, header, block, count)
        lines = np.frombuffer(raw, np.uint8).reshape(count, header.line)
        part = np.ascontiguousarray(lines[:, before : before + header.width * dtype.itemsize])
        out[first : first + count] = part.view(dtype)
    return out


def _read_header(path: Path, data: bytes) -> _Header:
    magic, version = struct.unpack_from("<iI", data)
    if magic != _MAGIC:
        raise ValueError("magic number is missing")
    if version & _UNREADABLE_FLAGS:
        raise BadFileError(path, "holds tiles, deep data or several parts", "export plain scan lines")
    entries: dict[str, bytes] = {}
    at = 8
    while data[at] != 0:
        name_end = data.index(b"\0", at, _MAX_HEADER)
        kind_end = data.index(b"\0", name_end + 1, _MAX_HEADER)
        (size,) = struct.unpack_from("<i", data, kind_end + 1)
        start = kind_end + 5
        if size < 0 or start + size > min(len(data), _MAX_HEADER):
            raise ValueError("an entry of the header is cut short")
        entries[data[at:name_end].decode("latin-1")] = data[start : start + size]
        at = start + size
    missing = [name for name in ("channels", "compression", "dataWindow") if name not in entries]
    if missing:
        raise ValueError(f"header lacks {', '.join(missing)}")
    compression = entries["compression"][0]
    if compression not in _LINES:
        raise BadFileError(path, f"has compression {compression}, only none and ZIP are read", "export it as ZIP")
    left, top, right, bottom = struct.unpack("<4i", entries["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE) or width * height > MAX_MAP_PIXELS:
        raise ValueError(f"promises {width} x {height} pixels")
    return _Header(_channels(entries["channels"]), compression, width, height, top, at + 1)


def _channels(entry: bytes) -> tuple[tuple[str, np.dtype], ...]:
    channels, at = [], 0
    while entry[at] != 0:
        end = entry.index(b"\0", at)
        kind, _, sx, sy = struct.unpack_from("<iB3xii", entry, end + 1)
        if kind not in _KINDS or (sx, sy) != (1, 1) or len(channels) > 16:
            raise ValueError(f"channel of type {kind}, sampled {sx} x {sy}")
        channels.append((entry[at:end].decode("latin-1"), _KINDS[kind]))
        at = end + 17
    if not channels:
        raise ValueError("no channels")
    return tuple(channels)


def _block(path: Path, data: bytes, header: _Header, block: int, count: int) -> bytes:
    try:
        (offset,) = struct.unpack_from("<Q", data, header.start + 8 * block)
        row, size = struct.unpack_from("<ii", data, offset)
    except (struct.error, OverflowError) as error:
        raise BadFileError(path, f"ends before its block {block}") from error
    expected = header.line * count
    packed = data[offset + 8 : offset + 8 + size] if size >= 0 else b""
    if row != header.top + block * _LINES[header.compression] or len(packed) != size:
        raise BadFileError(path, f"block {block} is damaged or cut short")
    if size == expected:  # stored as it is where packing did not pay
        return packed
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, expected + 1) if header.compression else packed
    except zlib.error as error:
        raise BadFileError(path, f"block {block} is damaged ({error})") from error
    if len(raw) != expected:
        raise BadFileError(path, f"block {block} holds {len(raw):,} bytes, expected {expected:,}")
    return _unfilter(raw)


def _unfilter(raw: bytes) -> bytes:
    """Undo what is done before zlib: bytes as differences, and even bytes before odd ones."""
    steps = np.frombuffer(raw, np.uint8).astype(np.int64)
    steps[1:] -= 128
    values = np.cumsum(steps).astype(np.uint8)
    half = (len(values) + 1) // 2
    out = np.empty_like(values)
    out[0::2], out[1::2] = values[:half], values[half:]
    return out.tobytes()
