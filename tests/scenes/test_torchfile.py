"""Torch files hold arrays and plain values; whatever else is in them is refused, and nothing is executed."""

from __future__ import annotations

import os
import pickle
import zipfile

import numpy as np
import pytest
import torch

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.torchfile import read_torch


class Evil:
    """Runs a command when unpickled by a loader that trusts its file."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.parametrize("modern", [True, False])
def test_arrays_and_plain_values_come_back(tmp_path, modern):
    value = (
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(3, dtype=">i2"),
        {1: "wall", np.int64(7): "chair", "deep": [True, None, 2.5, np.float64(0.5)]},
        torch.arange(4, dtype=torch.int16),
        np.zeros((0, 3)),
        np.array(5, np.uint8),
    )
    torch.save(value, tmp_path / "a.pth", _use_new_zipfile_serialization=modern)
    read = read_torch(tmp_path / "a.pth")
    for i in (0, 1, 2, 5, 6):
        np.testing.assert_array_equal(read[i], value[i])
    assert read[3] == {1: "wall", 7: "chair", "deep": [True, None, 2.5, 0.5]}
    assert (read[4].tolist(), read[4].dtype) == ([0, 1, 2, 3], np.int16)


@pytest.mark.parametrize(
    "value",
    [
        Evil(),
        np.array([{}, 1], dtype=object),
        np.array(["text"]),
        np.zeros(2, [("a", "f4")]),
        os.getcwd,
        {(1, 2): 3},
        torch.eye(3).to_sparse(),
        torch.zeros(2, dtype=torch.bfloat16),
        torch.zeros(1).expand(10**12),
        np.datetime64("2020-01-01"),
    ],
    ids=str,
)
@pytest.mark.parametrize("modern", [True, False])
def test_everything_else_is_refused(tmp_path, monkeypatch, value, modern):
    monkeypatch.chdir(tmp_path)
    torch.save([value], tmp_path / "a.pth", _use_new_zipfile_serialization=modern)
    with pytest.raises(BadFileError, match=r"a\.pth"):
        read_torch(tmp_path / "a.pth")
    assert not (tmp_path / "executed").exists()


def _pickled_array(path, state) -> None:
    """An array whose stored state is ours."""

    class Forged(np.ndarray):
        pass

    class Builder:
        def __reduce__(self):
            return np.zeros(1).__reduce__()[0], (np.ndarray, (0,), b"b"), state

    assert Forged  # the name only documents what a loader would otherwise build
    torch.save(Builder(), path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize(
    "state",
    [
        (1, (10**9,), np.dtype("f4"), False, b"1234"),  # promises 4 GB
        (1, (2,), np.dtype("f4"), False, b"1234"),
        (1, (-1,), np.dtype("f4"), False, b""),
        (1, (1,), np.dtype("O"), False, [3]),
        (1, (1,), 3, False, b"1"),
        (1, (1,) * 9, np.dtype("u1"), False, b"1"),
        (1,),
        "x",
    ],
    ids=repr,
)
def test_forged_arrays_are_refused(tmp_path, state):
    _pickled_array(tmp_path / "a.pth", state)
    with pytest.raises(BadFileError, match=r"a\.pth"):
        read_torch(tmp_path / "a.pth")


def test_archives_that_unpack_to_more_than_they_hold_are_refused(tmp_path):
    torch.save(np.zeros(1000), tmp_path / "a.pth")
    with (
        zipfile.ZipFile(tmp_path / "a.pth") as old,
        zipfile.ZipFile(tmp_path / "b.pth", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    with pytest.raises(BadFileError, match="compressed"):
        read_torch(tmp_path / "b.pth")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"not a pickle", pickle.dumps(Evil()), pickle.dumps([1] * 10)[:-1]]
)
def test_damaged_files(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(BadFileError, match=r"a\.pth"):
        read_torch(tmp_path / "a.pth")
    with pytest.raises(BadFileError, match="none"):
        read_torch(tmp_path / "none.pth")
    assert not (tmp_path / "executed").exists()
