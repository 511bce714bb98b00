"""Small files that promise much: sizes read from a file are compared with the file before memory or time is spent.

Random damage seldom writes a large number into the one field that a library believes. Here every such field that we
know of gets one, and each reader must refuse with its own error, having taken little memory.
"""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.readers.arrays import read_npy_array

LIMIT = 40 << 20  # bytes


def refuses(read: Callable[[Path], object], path: Path, match: str) -> None:
    """`read` fails with BadFileError that says `match`, within `LIMIT`."""
    tracemalloc.start()
    try:
        with pytest.raises(BadFileError, match=match):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < LIMIT
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_length_of_an_npy_header(tmp_path, version):
    width = "<H" if version == (1, 0) else "<I"
    promised = 2 ** (8 * struct.calcsize(width)) - 1
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY" + bytes(version) + struct.pack(width, promised) + b"{'descr': '<f4'}")
    refuses(read_npy_array, path, "header")


def test_shape_of_an_npy_array(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((4, 3)))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data.replace(b"(4, 3)", b"(4000000000, 3)".ljust(6)))
    refuses(read_npy_array, tmp_path / "a.npy", "header")


def test_expansion_of_an_npz_archive(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", xyz=np.zeros((5_000_000, 3), np.float32))
    refuses(read_scene, tmp_path / "a.npz", "unpacks to 60,000,128 bytes")
