"""`sceneglot describe`."""

import numpy as np
import pytest
from tests.language.test_describe import small_store

from sceneglot.cli.main import run
from sceneglot.scenes.scene import Scene, Source
from sceneglot.scenes.store import Store


def test_it_writes_says_so_and_is_the_same_again(tmp_path, capsys):
    store = small_store(tmp_path / "data")
    assert run(["describe", str(store.path), "--questions", "6", "--workers", "1", "--seed", "4"]) == 0
    out = capsys.readouterr().out
    path = store.path / "utterances" / "templates.parquet"
    assert str(path) in out and "question" in out and "referral" in out
    first = path.read_bytes()
    assert run(["describe", str(store.path), "--questions", "6", "--workers", "2", "--seed", "4"]) == 0
    assert path.read_bytes() == first
    assert len(Store.open(store.path).utterances(kind="question")) == 30


def test_only_some_kinds(tmp_path):
    store = small_store(tmp_path / "data")
    assert run(["describe", str(store.path), "--kinds", "question", "--workers", "1"]) == 0
    assert {u.kind for u in Store.open(store.path).utterances()} == {"question"}


def test_a_store_without_objects_is_told_why_nothing_is_said(tmp_path, capsys):
    store = Store.create(tmp_path / "data", origin="file", licence="unknown")
    points = np.random.default_rng(0).random((200, 3), dtype=np.float32)
    store.add(Scene("scan", points, np.zeros((200, 3), np.uint8), Source("file")))
    store.finish()
    assert run(["describe", str(store.path), "--workers", "1"]) == 0
    assert "no scene has labelled objects" in capsys.readouterr().err
    assert run(["graph", str(store.path)]) == 2
    assert "no scene of the store has labelled objects" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--kinds", "poem"], ["--questions", "-1"], ["--workers", "-3"], ["--name", "a/b"], ["--name", ""]]
)
def test_bad_input_leaves_nothing(tmp_path, capsys, arguments):
    store = small_store(tmp_path / "data")
    assert run(["describe", str(store.path), "--workers", "1", *arguments]) == 2
    assert "sceneglot: error: " in capsys.readouterr().err
    assert not list((store.path / "utterances").glob("*"))


def test_no_store(tmp_path, capsys):
    assert run(["describe", str(tmp_path)]) == 2
    assert "manifest.json" in capsys.readouterr().err
