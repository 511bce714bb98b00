"""The render verb on a file, on a store and on wrong input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sceneglot.cli.main import run
from sceneglot.rendering import load_views
from sceneglot.scenes import Objects, Scene, Source
from sceneglot.scenes.store import Store


def scene(name: str) -> Scene:
    side = np.linspace(0, 2, 30)
    xyz = np.stack(np.meshgrid(side, side, [0.0, 0.4]), -1).reshape(-1, 3).astype(np.float32)
    objects = Objects(np.array([1]), ("block",), np.array([[1, 1, 0.2]]), np.array([[2, 2, 0.4]]))
    return Scene(id=name, xyz=xyz, rgb=np.full((len(xyz), 3), 90, np.uint8), source=Source("test"), objects=objects)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    made = Store.create(tmp_path / "data", origin="test", licence="CC0-1.0")
    for name in ("first", "second"):
        made.add(scene(name))
    made.finish()
    return made.path


def test_store(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["render", str(store), "--views", "2", "--out", str(out), "--size", "32", "--boxes"]) == 0
    assert str(out) in capsys.readouterr().out
    for name in ("first", "second"):
        views = load_views(out / name)
        assert [v.name for v in views] == ["top", "view-00", "view-01"]
        assert all(v.rgb.shape == (32, 32, 3) and (v.point >= 0).any() for v in views)
        assert (out / name / "top.boxes.png").is_file()


def test_one_scene_of_a_store(store: Path, tmp_path: Path) -> None:
    arguments = [
        "render",
        str(store),
        "--views",
        "1",
        "--out",
        str(tmp_path / "out"),
        "--size",
        "16",
        "--scene",
        "second",
    ]
    assert run(arguments) == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["second"]


def test_bare_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "scan.npz", xyz=scene("x").xyz, rgb=scene("x").rgb)
    assert run(["render", str(tmp_path / "scan.npz"), "--views", "1", "--out", str(tmp_path / "out"), "--no-top"]) == 0
    assert [v.name for v in load_views(tmp_path / "out" / "scan")] == ["view-00"]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--scene", "third"], "third"),
        (["--views", "-1"], "views"),
        (["--size", "0"], "size"),
        (["--views", "0", "--no-top"], ""),
        (["--device", "abacus"], "abacus"),
    ],
)
def test_wrong_options(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list, message: str
) -> None:
    assert run(["render", str(store), "--out", str(tmp_path / "out"), *extra]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_missing_and_foreign_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.ply").write_text("no mesh")
    for data in ("nowhere", "notes.ply"):
        assert run(["render", str(tmp_path / data), "--out", str(tmp_path / "out")]) == 2
        assert data in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
