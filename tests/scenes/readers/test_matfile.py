from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.matfile import read_mat_table

TABLE = np.arange(12.0).reshape(4, 3) / 7


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dtype", ["f8", "f4", "u1", "i2", "i4"])
def test_tables_written_by_scipy_come_back(tmp_path, packed, dtype):
    value = (TABLE * 7).astype(dtype)
    others = {"a": "text", "b": np.eye(2) * 1j, "c": {"deep": 1}, "instance": value, "d": np.zeros((2, 2, 2))}
    savemat(tmp_path / "a.mat", others, do_compression=packed)
    read = read_mat_table(tmp_path / "a.mat", "instance")
    assert read.dtype == np.float64
    np.testing.assert_array_equal(read, value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("text", "no array of real numbers"),
        (np.eye(2) * 1j, "no array of real numbers"),
        (np.zeros((2, 2, 2)), "expected a table"),
        (np.zeros((0, 3)), "expected a table"),
        ({"deep": 1}, "no array of real numbers|promises|holds no array"),
    ],
)
def test_other_things_are_refused(tmp_path, value, message):
    savemat(tmp_path / "a.mat", {"instance": value})
    with pytest.raises(BadFileError, match=message):
        read_mat_table(tmp_path / "a.mat", "instance")


def test_bombs_and_cut_files(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"instance": np.zeros((3_000_000, 1))}, do_compression=True)
    with pytest.raises(BadFileError, match="50 times"):
        read_mat_table(path, "instance")
    savemat(path, {"instance": TABLE})
    whole = path.read_bytes()
    for length in (0, 50, 130, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(BadFileError, match=r"a\.mat"):
            read_mat_table(path, "instance")
    with pytest.raises(BadFileError, match=r"none\.mat"):
        read_mat_table(tmp_path / "none.mat", "instance")
