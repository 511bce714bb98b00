"""Tensor files: named arrays plus text in one safetensors file, written deterministically and read lazily.

The format is safetensors (8-byte little-endian header length, JSON header, raw data), so any tool can open the files.
Our own writer fixes the order of tensors and text, which the reference writer leaves to a hash map; our own reader
returns memory-mapped arrays instead of copies and checks every size against the file before it believes it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sceneglot.atomic import atomic_path
from sceneglot.errors import BadFileError

_DTYPES: dict[str, np.dtype] = {
    "BOOL": np.dtype("?"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_MAX_HEADER = 256 << 20
_MAX_EXTENT = 1 << 62  # of what an empty array would have without its zero
_FIX = "delete it and run the command that made it again"


@dataclass(frozen=True)
class _Slot:
    dtype: np.dtype
    shape: tuple[int, ...]
    start: int  # absolute byte position in the file
    stop: int


@dataclass(frozen=True)
class TensorFile:
    """An opened tensor file: its text, and where each array lies. Holds no file handle."""

    path: Path
    metadata: dict[str, str]
    slots: dict[str, _Slot]

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an array without reading it."""
        return self._slot(name).shape

    def __contains__(self, name: str) -> bool:
        return name in self.slots

    def read(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """Copies of the named arrays; only their bytes are read from the disk."""
        arrays = {}
        with open(self.path, "rb") as file:
            for name in names:
                slot = self._slot(name)
                array = np.empty(slot.shape, slot.dtype)
                file.seek(slot.start)
                if file.readinto(array.reshape(-1).view(np.uint8).data) != slot.stop - slot.start:
                    raise BadFileError(self.path, f"tensor {name} is cut short", _FIX)
                arrays[name] = array
        return arrays

    def map(self, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        """Read-only memory-mapped arrays (all, or the named ones); pages are read when they are looked at.

        The mapping lives as long as an array does and keeps no file descriptor open, so thousands of scenes can be
        held at once.
        """
        with pa.memory_map(str(self.path), "r") as file:
            whole = file.read_buffer()
        arrays = {}
        for name in self.slots if names is None else names:
            slot = self._slot(name)
            count = int(np.prod(slot.shape, dtype=np.int64))
            if count:
                array = np.frombuffer(whole, slot.dtype, count, slot.start).reshape(slot.shape)
            else:
                array = np.zeros(slot.shape, slot.dtype)
            arrays[name] = array
        return arrays

    def _slot(self, name: str) -> _Slot:
        if name not in self.slots:
            raise BadFileError(self.path, f"holds no tensor named {name!r}, only {', '.join(sorted(self.slots))}", _FIX)
        return self.slots[name]


def write_tensors(path: str | Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> Path:
    """Write named arrays and text as one safetensors file, atomically; the same content gives the same bytes.

    Arrays are laid out by falling item size (so every one is aligned), within one size in the order given.
    """
    items = {name: _plain(array) for name, array in arrays.items()}
    order = sorted(items, key=lambda name: -items[name].dtype.itemsize)  # stable
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    offset = 0
    for name in order:
        array = items[name]
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 8)  # data starts aligned
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for name in order:
            file.write(items[name].reshape(-1).view(np.uint8).data)
    return Path(path)


def open_tensors(path: str | Path) -> TensorFile:
    """Read and check the header of a tensor file.

    Raises:
        BadFileError: missing, truncated, not safetensors, or sizes that contradict each other.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            length = struct.unpack("<Q", file.read(8))[0] if size >= 8 else size
            if not 2 <= length <= min(size - 8, _MAX_HEADER):
                raise BadFileError(path, f"no safetensors file: {size} bytes cannot hold its header", _FIX)
            header = json.loads(file.read(length))
    except (OSError, ValueError, RecursionError) as error:
        raise BadFileError(path, f"cannot be read as safetensors ({_short(error)})", _FIX) from error
    if not isinstance(header, dict):
        raise BadFileError(path, "safetensors header is not a table", _FIX)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise BadFileError(path, "safetensors metadata is not a table of texts", _FIX)
    slots = {name: _read_slot(path, name, entry, 8 + length) for name, entry in header.items()}
    end = max((slot.stop for slot in slots.values()), default=8 + length)
    if end != size:
        raise BadFileError(path, f"header promises {end:,} bytes, file holds {size:,}", _FIX)
    return TensorFile(path, metadata, slots)


def _read_slot(path: Path, name: str, entry: Any, base: int) -> _Slot:
    try:
        dtype = _DTYPES[entry["dtype"]]
        shape = tuple(int(extent) for extent in entry["shape"])
        start, stop = (int(offset) for offset in entry["data_offsets"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadFileError(path, f"tensor {name!r} has a damaged header entry", _FIX) from error
    count, largest = 1, dtype.itemsize
    for extent in shape:
        count *= extent  # Python integers: no overflow whatever the header claims
        largest *= max(extent, 1)
    possible = min((*shape, start), default=0) >= 0 and largest <= _MAX_EXTENT and len(shape) <= 32
    if not possible or stop - start != count * dtype.itemsize:
        raise BadFileError(path, f"tensor {name!r}: {stop - start} bytes do not hold shape {shape} {dtype}", _FIX)
    return _Slot(dtype, shape, base + start, base + stop)


def _plain(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)
    little = array.dtype.newbyteorder("<") if array.dtype.byteorder == ">" else array.dtype
    if little not in _NAMES:
        raise TypeError(f"dtype {array.dtype} has no place in a safetensors file")
    return np.asarray(array, dtype=little, order="C")


def _short(error: BaseException) -> str:
    return str(error).split("\n")[0][:120] or type(error).__name__
