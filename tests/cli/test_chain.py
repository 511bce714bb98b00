"""The learning commands in a row: `train` a toy system, `eval` it, `ask` it; and what they say to bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.recipes.conftest import FakeTeacher

from sceneglot.cli.main import run
from sceneglot.scenes.store import Store

SMALL = ["--teacher", "fake", "--points.points", "512", "--loop.batch-size", "3", "--loop.log-every", "1"]
QUESTION = "what is thing 0"


@pytest.fixture(scope="module", autouse=True)
def fake_teacher(module_patch: pytest.MonkeyPatch) -> None:
    for module in ("sceneglot.tasks.lifted", "sceneglot.tasks.vqa.answerer"):
        module_patch.setattr(f"{module}.load_teacher", lambda name: FakeTeacher())


@pytest.fixture(scope="module")
def module_patch() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        yield patch


def train(data: Path, out: Path, *options: str, recipe: str = "vqa", steps: int = 3) -> int:
    return run(["train", recipe, "--data", str(data), "--out", str(out), *SMALL, "--loop.steps", str(steps), *options])


@pytest.fixture(scope="module")
def trained(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three steps, from a pre-training of two."""
    folder = tmp_path_factory.mktemp("runs")
    assert train(toy_store, folder / "pre", recipe="clip-pretrain", steps=2) == 0
    assert train(toy_store, folder / "vqa", "--init", str(folder / "pre"), "--questions-per-scene", "2") == 0
    return folder / "vqa"


def failure(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line a failed command prints."""
    said = capsys.readouterr().err.strip().splitlines()
    errors = [line for line in said if line.startswith("sceneglot: error: ")]
    assert len(errors) == 1 and errors[0] == said[-1] and "Traceback" not in "".join(said)
    return errors[0]


def test_overrides_reach_the_stored_config(trained: Path, toy_store: Path) -> None:
    config = json.loads((trained / "config.json").read_text())["config"]
    assert config["data"] == str(toy_store) and config["init"] == str(trained.parent / "pre")
    assert config["loop"]["steps"] == 3 and config["points"]["points"] == 512 and config["questions_per_scene"] == 2
    logged = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in logged if "loss" in line] == [1, 2, 3]


def test_training_again_with_other_values_is_refused(
    trained: Path, toy_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (trained / "config.json").read_bytes()
    assert train(toy_store, trained, "--loop.seed", "9") == 2
    assert str(trained) in failure(capsys)
    assert (trained / "config.json").read_bytes() == before


def test_train_lists_the_recipes_and_refuses_others(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["train"]) == 0
    assert {"vqa", "clip-pretrain", "blind"} <= set(capsys.readouterr().out.split())
    assert train(tmp_path, tmp_path / "out", recipe="vqqa") == 2
    assert "'vqqa'" in failure(capsys)


@pytest.mark.parametrize("recipe", ["vqa", "clip-pretrain"])
def test_train_without_a_store_is_an_error_and_writes_no_weights(
    recipe: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path / "nowhere", tmp_path / "out", recipe=recipe) == 2
    assert "nowhere" in failure(capsys)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_train_without_features_says_what_to_do(
    toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(toy_store, tmp_path / "out", "--teacher", "absent") == 2
    assert "sceneglot embed" in failure(capsys)


@pytest.mark.parametrize(("recipe", "said"), [("vqa", "diverged"), ("blind", "diverged at step 2")])
def test_divergence_stops_and_names_the_remedy(
    toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: str, said: str
) -> None:
    assert train(toy_store, tmp_path / "out", "--loop.optim.lr", "1e30", recipe=recipe, steps=30) == 2
    line = failure(capsys)
    assert said in line and "lower" in line
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_eval_shows_the_prior_row_and_writes_scores(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "scores.json"
    assert run(["eval", str(trained), "--data", str(toy_store), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "language prior" in shown and "10 questions" in shown and f"wrote {out}" in shown.replace("\n", "")
    scores = json.loads(out.read_text())
    assert scores["counts"]["questions"] == 10 and scores["blind"]["name"].startswith("language prior")
    assert 0 <= scores["headline"]["EM@1"] <= scores["headline"]["EM@10"] <= 100
    assert json.loads((trained / "scores-test.json").read_text())["headline"] == scores["headline"]


def test_eval_shows_a_trained_blind_row(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(toy_store, tmp_path / "blind", recipe="blind", steps=1) == 0
    capsys.readouterr()
    blind = ["--blind", str(tmp_path / "blind")]
    assert run(["eval", str(trained), "--data", str(toy_store), "--split", "val", *blind]) == 0
    assert "blind (question only)" in capsys.readouterr().out
    assert (tmp_path / "blind" / "scores-val.json").is_file()


def test_scores_of_eval_are_those_of_score(trained: Path, toy_store: Path, tmp_path: Path) -> None:
    """The predictions `eval` writes, put to `score vqa` as any other system's, get the same numbers."""
    store = Store.open(toy_store)
    assert run(["eval", str(trained), "--data", str(toy_store), "--out", str(tmp_path / "own.json")]) == 0
    predictions, asked = trained / "predictions-test.json", tmp_path / "asked.json"
    ids = {record["question_id"] for record in json.loads(predictions.read_text())}
    questions = [u for u in store.utterances(kind="question") if u.id in ids]
    records = [
        {"scene_id": u.scene_id, "question_id": u.id, "question": u.text, "answers": list(u.answers)} for u in questions
    ]
    asked.write_text(json.dumps(records))
    report = tmp_path / "official.json"
    assert run(["score", "vqa", str(predictions), str(asked), "--preset", "scanqa", "--out", str(report)]) == 0
    official = json.loads(report.read_text())["rows"][0]["metrics"]
    own = json.loads((tmp_path / "own.json").read_text())["headline"]
    assert {k: official[k] for k in ("EM@1", "EM@10")} == pytest.approx({k: own[k] for k in ("EM@1", "EM@10")})


def test_ask_prints_json_and_draws(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "answer.png"
    scene = [str(toy_store), QUESTION, "--scene-id", "toy-08"]
    assert run(["ask", str(trained), *scene, "--json", "--picture", str(picture)]) == 0
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert answer["scene_id"] == "toy-08" and answer["question"] == QUESTION
    assert 0 < answer["score"] <= 1 and answer["score"] >= max(score for _, score in answer["alternatives"])
    assert np.shape(answer["box"]["center"]) == np.shape(answer["box"]["size"]) == (3,)
    assert f"wrote {picture}" in shown.err
    with Image.open(picture) as image:
        assert image.size == (480, 480) and len(image.getcolors(480 * 480)) > 2


def test_ask_tells_the_same_in_words(trained: Path, toy_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = [str(trained), str(toy_store), QUESTION, "--scene-id", "toy-08"]
    assert run(["ask", *scene, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert run(["ask", *scene]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{answer['answer']}  (score {answer['score']:.2f})") and "box: centre" in shown


def test_ask_reads_a_bare_file(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Store.open(toy_store).scene("toy-08")
    np.savez(tmp_path / "scan.npz", xyz=scene.xyz, rgb=scene.rgb)
    assert run(["ask", str(trained), str(tmp_path / "scan.npz"), QUESTION, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["answer"]


def test_ask_refuses_what_is_not_there(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(toy_store)
    assert run(["ask", str(trained), store, QUESTION, "--scene-id", "toy-99"]) == 2
    assert "'toy-99'" in failure(capsys)
    assert run(["ask", str(trained), store, QUESTION]) == 2
    assert "--scene-id" in failure(capsys)
    for empty in (" ", "???"):
        assert run(["ask", str(trained), store, empty, "--scene-id", "toy-08"]) == 2
        assert "question" in failure(capsys)
    assert run(["ask", str(tmp_path / "no-run"), store, QUESTION, "--scene-id", "toy-08"]) == 2
    assert "no-run" in failure(capsys)
    assert run(["ask", str(trained.parent / "pre"), store, QUESTION, "--scene-id", "toy-08"]) == 2
    error = failure(capsys)
    assert "not for questions" in error and str(trained.parent / "pre") in error


def test_ask_says_what_looks_odd_in_a_file(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Store.open(toy_store).scene("toy-08")
    np.savez(tmp_path / "mm.npz", xyz=1000 * scene.xyz, rgb=scene.rgb)
    assert run(["ask", str(trained), str(tmp_path / "mm.npz"), QUESTION]) == 0
    assert "perhaps in millimetres" in capsys.readouterr().err
    assert run(["ask", str(trained), str(tmp_path / "mm.npz"), QUESTION, "--scene-id", "other"]) == 2
    assert "has no scene 'other'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "foreign",
    [
        ["--protocol", "gt-boxes"],
        ["--failures", "page.html"],
        ["--folds", "a.json"],
        ["--official"],
        ["--task", "segmentation", "--blind", "other"],
        ["--task", "segmentation", "--setting", "zero-shot-text"],
        ["--task", "detection", "--text", "scanrefer"],
    ],
)
def test_eval_refuses_options_of_other_tasks(
    trained: Path, toy_store: Path, capsys: pytest.CaptureFixture[str], foreign: list[str]
) -> None:
    assert run(["eval", str(trained), "--data", str(toy_store), *foreign]) == 2
    assert "is for --task" in failure(capsys)


def test_a_finished_training_says_so(trained: Path, toy_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(toy_store, trained, "--init", str(trained.parent / "pre"), "--questions-per-scene", "2") == 0
    assert "finished already" in capsys.readouterr().out


def test_eval_refuses_what_is_not_there(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", str(tmp_path / "no-run"), "--data", str(toy_store)]) == 2
    assert "no-run" in failure(capsys)
    assert run(["eval", str(trained), "--data", str(tmp_path / "no-data")]) == 2
    assert "no-data" in failure(capsys)
    assert run(["eval", str(trained), "--data", str(toy_store), "--text", "scanrefer"]) == 2
    assert failure(capsys)


def test_damaged_weights_are_refused(
    trained: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(trained, tmp_path / "copy")
    for path in copy.rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-100])
    assert run(["ask", str(copy), str(toy_store), QUESTION, "--scene-id", "toy-08"]) == 2
    assert "safetensors" in failure(capsys)
