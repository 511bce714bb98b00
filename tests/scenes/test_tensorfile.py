from __future__ import annotations

import json
import os
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from sceneglot.errors import BadFileError
from sceneglot.scenes.tensorfile import open_tensors, write_tensors

DTYPES = ("?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    shapes = [(3,), (), (0, 4), (2, 3, 1)]
    return {f"{kind}-{i}": np.array(rng.random(s) * 90, dtype=kind) for kind in DTYPES for i, s in enumerate(shapes)}


def test_the_reference_library_reads_what_we_write(tmp_path, arrays):
    path = write_tensors(tmp_path / "a.safetensors", arrays, {"b": "ü", "a": ""})
    theirs = load_file(path)
    assert set(theirs) == set(arrays)
    for name, array in arrays.items():
        assert theirs[name].dtype == array.dtype
        np.testing.assert_array_equal(theirs[name], array)


def test_we_read_what_the_reference_library_writes(tmp_path, arrays):
    save_file(arrays, tmp_path / "a.safetensors", {"k": "v"})
    file = open_tensors(tmp_path / "a.safetensors")
    assert file.metadata == {"k": "v"}
    for ours in (file.map(), file.read(arrays)):
        for name, array in arrays.items():
            assert ours[name].dtype == array.dtype
            assert ours[name].shape == array.shape
            np.testing.assert_array_equal(ours[name], array)


def test_same_content_same_bytes(tmp_path, arrays):
    one = write_tensors(tmp_path / "1", arrays, {"a": "1", "b": "2"}).read_bytes()
    two = write_tensors(tmp_path / "2", arrays, {"b": "2", "a": "1"}).read_bytes()
    assert one == two


def test_big_endian_and_strided_arrays_are_stored_plainly(tmp_path):
    grid = np.arange(24, dtype=">i4").reshape(4, 6)[::2, ::-1]
    file = open_tensors(write_tensors(tmp_path / "a", {"grid": grid}, {}))
    np.testing.assert_array_equal(file.map()["grid"], grid)
    assert file.map()["grid"].flags.aligned


def test_mapped_arrays_are_read_only_and_hold_no_descriptor(tmp_path):
    path = write_tensors(tmp_path / "a", {"x": np.arange(5)}, {})
    before = len(os.listdir("/proc/self/fd"))
    held = [open_tensors(path).map()["x"] for _ in range(50)]
    assert len(os.listdir("/proc/self/fd")) == before
    path.unlink()
    assert held[49].tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="read-only"):
        held[0][0] = 1


def test_an_array_without_a_place_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(TypeError, match="complex128"):
        write_tensors(tmp_path / "a", {"x": np.zeros(2, complex)}, {})
    assert list(tmp_path.iterdir()) == []


def _file(header: object, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 4) + b"oops",
        _file({"__metadata__": {"a": 1}}),
        _file({"x": {"dtype": "F32", "shape": [1_000_000_000, 3], "data_offsets": [0, 12_000_000_000]}}),
        _file({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"1234"),
        _file({"x": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}}),
        _file({"x": {"dtype": "C64", "shape": [0], "data_offsets": [0, 0]}}),
        _file({"x": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}, b"123"),
        _file({"x": []}),
        _file({"x": {"dtype": "U8", "shape": [1], "data_offsets": [0, float("inf")]}}, b"1"),
    ],
)
def test_damaged_files_give_one_clear_error(tmp_path, content):
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(BadFileError, match="bad"):
        open_tensors(tmp_path / "bad")


@given(cut=st.integers(0, 400), at=st.integers(0, 400), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_noticed_or_harmless(tmp_path, cut, at, byte):
    path = write_tensors(tmp_path / "a", {"x": np.arange(9, dtype="f4"), "y": np.zeros((2, 2), "i2")}, {"k": "v"})
    data = bytearray(path.read_bytes())
    if at < len(data):
        data[at] = byte
    path.write_bytes(data[: max(0, len(data) - cut)])
    try:
        mapped = open_tensors(path).map()
    except BadFileError:
        return
    assert sum(array.nbytes for array in mapped.values()) <= path.stat().st_size
