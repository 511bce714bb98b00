"""`sceneglot graph`."""

import json

import pytest
from tests.language.rooms import office

from sceneglot.cli.main import run
from sceneglot.scenes.scene import Scene, Source
from sceneglot.scenes.store import Store


@pytest.fixture
def store(tmp_path):
    import numpy as np

    made = Store.create(tmp_path / "data", origin="test", licence="CC0-1.0")
    nothing = np.zeros((0, 3), np.float32)
    for name in ("office-0", "office-1"):
        made.add(Scene(name, nothing, nothing.astype(np.uint8), Source("test"), objects=office(), room_type="office"))
    made.finish()
    return made


def test_counts_and_files(store, tmp_path, capsys):
    out = tmp_path / "graphs"
    assert run(["graph", str(store.path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "2 scenes" in said and "on" in said and str(out) in said
    graph = json.loads((out / "graphs" / "office-1.json").read_text())
    assert graph["scene"] == "office-1" and graph["room_type"] == "office" and graph["relations"]
    counts = json.loads((out / "counts.json").read_text())
    assert counts["scenes"] == 2
    held = sum(r["relation"] == "on" for r in graph["relations"])
    assert counts["relations"]["on"] == {"count": 2 * held, "scenes": 2}


def test_one_scene_as_graphml_by_another_viewer(store, tmp_path):
    out = tmp_path / "g"
    command = ["graph", str(store.path), "--scene-id", "office-0", "--out", str(out), "--format", "graphml"]
    assert run([*command, "--direction", "0", "1"]) == 0
    assert [path.name for path in (out / "graphs").iterdir()] == ["office-0.graphml"]
    north = (out / "graphs" / "office-0.graphml").read_text()
    assert run([*command, "--direction", "0", "-1"]) == 0
    assert (out / "graphs" / "office-0.graphml").read_text() != north


@pytest.mark.parametrize("arguments", [["--scene-id", "attic"], ["--direction", "0", "0"]])
def test_bad_input(store, tmp_path, capsys, arguments):
    out = tmp_path / "g"
    assert run(["graph", str(store.path), "--out", str(out), *arguments]) == 2
    assert "error" in capsys.readouterr().err and not out.exists()


def test_a_scan_without_objects(tmp_path, capsys):
    path = tmp_path / "scan.ply"
    head = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
    path.write_text(head + "0 0 0\n1 0 0\n0 1 1\n")
    assert run(["graph", str(path)]) == 2
    assert "no labelled objects" in capsys.readouterr().err
