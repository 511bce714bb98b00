"""NPY and NPZ: what a header promises is checked before memory is taken."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import read_scene


def npy(points: np.ndarray, version: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, points, version)
    return file.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_both_header_versions_are_read(tmp_path, version):
    points = np.arange(30, dtype=np.float32).reshape(10, 3)
    path = tmp_path / "a.npy"
    path.write_bytes(npy(points, version))
    np.testing.assert_array_equal(read_scene(path).xyz, points)


@pytest.mark.parametrize("inside", [False, True], ids=["npy", "npz"])
def test_a_header_that_promises_a_huge_header_takes_no_memory(tmp_path, inside):
    data = bytearray(npy(np.zeros((200_000, 3), np.float32), (2, 0)))
    data[8:12] = (2_000_000).to_bytes(4, "little")
    path = tmp_path / ("a.npz" if inside else "a.npy")
    if inside:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xyz.npy", bytes(data))
    else:
        path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(BadFileError, match="2,000,000 bytes"):
        read_scene(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
