"""A small run of the fuzz harness, and that the harness can tell good from bad."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
from benchmarks import fuzz_readers
from benchmarks.fuzz_mutations import mutate
from benchmarks.fuzz_targets import Target, targets

from sceneglot.errors import SceneglotError

INPUTS = 8


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_damaged_files_end_well(tmp_path, target):
    if target.name.endswith(".laz"):
        pytest.importorskip("lazrs", reason="LAZ needs the extra las")
    original = tmp_path / "original"
    original.mkdir()
    target.write(original)
    target.read(original)
    for number in range(INPUTS):
        folder = tmp_path / f"damaged-{number}"
        fuzz_readers.shutil.copytree(original, folder)
        fuzz_readers.damaged_input(target, original, folder, 1, number)
        outcome = fuzz_readers.run_one(target, folder)
        assert outcome in ("read", "refused"), f"input {number}: {outcome}"


def test_the_same_number_gives_the_same_damage():
    data = b'{"a": [1, 2, {"b": 3}]}' * 3
    made = [mutate(data, np.random.default_rng(i), b"donor") for i in range(200)]
    assert made == [mutate(data, np.random.default_rng(i), b"donor") for i in range(200)]
    assert sum(one != data for one in made) > 180


def _write(root: Path) -> None:
    (root / "a.txt").write_text("abc")


def _read(root: Path) -> None:
    """Bad in every way, by the number of the folder's input."""
    text = (root / "a.txt").read_bytes()
    if text == b"abc":
        return
    kind = sum(text) % 5
    if kind == 0:
        raise SceneglotError("fine")
    if kind == 1:
        raise KeyError("foreign")
    if kind == 2:
        os._exit(3)
    if kind == 3:
        time.sleep(60)


def test_the_harness_counts_what_goes_wrong(monkeypatch):
    monkeypatch.setattr(fuzz_readers, "targets", lambda: [Target("bad", _write, _read)])
    result = fuzz_readers.fuzz("bad", 0, 15, 0, 0.5)
    assert result.inputs == 15
    assert result.read + result.refused + result.foreign + result.crashes + result.hangs == 15
    assert min(result.foreign, result.crashes, result.hangs, result.refused) >= 1
    assert not result.ok
    assert any("KeyError" in failure for failure in result.failures)
