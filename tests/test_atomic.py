from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sceneglot.atomic import atomic_path, remove_leftovers, to_jsonable, write_json, write_text
from sceneglot.errors import SceneglotError


def test_file_appears_whole_with_its_folder(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "x.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("half")
        assert not target.exists() and temporary.parent == target.parent
    assert target.read_text() == "half"
    assert [p.name for p in target.parent.iterdir()] == ["x.txt"]


def test_failure_keeps_the_old_file_and_leaves_nothing(tmp_path: Path) -> None:
    target = write_text(tmp_path / "x.txt", "old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("new, but")
        raise RuntimeError
    with pytest.raises(TypeError):
        write_json(target, {"x": object()})
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_mode_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert write_text(tmp_path / "x", "").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)


def test_unwritable_place_is_one_clear_error(tmp_path: Path) -> None:
    file = write_text(tmp_path / "file", "")
    with pytest.raises(SceneglotError, match=r"under_a_file\.json: cannot be written"):
        write_json(file / "under_a_file.json", {})


def test_json_order_and_bytes(tmp_path: Path) -> None:
    value = {"b": "ü", "a": [1, 2.5]}
    path = write_json(tmp_path / "x.json", value)
    assert json.loads(path.read_bytes()) == value and list(json.loads(path.read_bytes())) == ["b", "a"]
    assert "ü" in path.read_text(encoding="utf-8") and path.read_bytes().endswith(b"}\n")
    assert list(json.loads(write_json(path, value, sort_keys=True).read_bytes())) == ["a", "b"]


@dataclass(frozen=True)
class _Facts:
    place: Path
    sizes: tuple[float, ...]


def test_what_python_knows_and_json_does_not(tmp_path: Path) -> None:
    value = {1: _Facts(Path("a") / "b", (1.5, float("nan"), float("-inf")))}
    found = json.loads(write_json(tmp_path / "x.json", value).read_bytes())
    assert found == {"1": {"place": str(Path("a") / "b"), "sizes": [1.5, None, None]}} == to_jsonable(value)


def test_leftovers_of_killed_writers_go(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path / "x")], check=False)
    assert killed.returncode == 9
    (tmp_path / ".partial-oldname-x").write_bytes(b"of an older version")
    with atomic_path(tmp_path / "y"):
        assert remove_leftovers(tmp_path) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["y"]


_KILLED = """
import os, sys
from sceneglot.atomic import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_bytes(b"half")
    os._exit(9)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot be asked whether a process lives")
def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    sweep = "import sys, pathlib, sceneglot.atomic as a; sys.exit(a.remove_leftovers(pathlib.Path(sys.argv[1])))"
    with atomic_path(tmp_path / "x") as temporary:
        temporary.write_bytes(b"whole")
        assert subprocess.run([sys.executable, "-c", sweep, str(tmp_path)], check=False).returncode == 0
    assert (tmp_path / "x").read_bytes() == b"whole"
