"""`sceneglot score vqa` from the command line: formats, reports, and bad input of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sceneglot.cli.main import run
from sceneglot.cli.score import Protocol
from sceneglot.errors import BadFileError
from sceneglot.metrics.presets import PRESETS
from sceneglot.metrics.vqa_files import read_predictions, read_questions

CORNERS = [[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]
REFERENCES = [
    {
        "scene_id": f"scene{i:04d}_00",
        "question_id": f"val-{i}",
        "question": question,
        "object_ids": [i],
        "object_names": ["chair"],
        "answers": answers,
        "bbox": CORNERS,
    }
    for i, (question, answers) in enumerate(
        [("What color is the chair?", ["brown"]), ("Where is it?", ["left of desk", "left"]), ("How many?", ["2"])]
    )
]
PREDICTIONS = [
    {"scene_id": "s", "question_id": "val-0", "answer_top10": ["brown", "red"], "bbox": CORNERS},
    {"scene_id": "s", "question_id": "val-1", "answer_top10": ["right", "left"], "bbox": (np.add(CORNERS, 9)).tolist()},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "ref.json").write_text(json.dumps(REFERENCES))
    (tmp_path / "pred.json").write_text(json.dumps(PREDICTIONS))
    return tmp_path


def score(folder: Path, *options: str, predictions: str = "pred.json") -> int:
    return run(["score", "vqa", str(folder / predictions), str(folder / "ref.json"), *options])


def test_numbers_and_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(folder, "--out", str(folder / "m.json"), "--name", "mine") == 0
    shown = capsys.readouterr().out
    assert "3 questions" in shown and "blind: not given" in shown and "language prior (leave-one-out)" in shown
    assert "1 questions have no prediction" in shown
    report = json.loads((folder / "m.json").read_text())
    mine, prior = report["rows"]
    assert mine["name"] == "mine" and mine["num_missing"] == 1
    assert mine["metrics"]["EM@1"] == pytest.approx(100 / 3)
    assert mine["metrics"]["EM@10"] == pytest.approx(200 / 3)
    assert mine["metrics"]["Acc@0.5"] == pytest.approx(100 / 3)
    assert mine["by_type"]["number"]["EM@1"] == 0.0
    assert prior["kind"] == "prior"
    assert report["num_by_type"] == {"color": 1, "number": 1, "place": 1}


def test_blind_and_train(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "blind.json").write_text(json.dumps({"val-0": "brown", "val-1": ["x", "y"]}))
    (folder / "train.json").write_text(json.dumps([{**REFERENCES[2], "question_id": "t0"}]))
    assert score(folder, "--blind", str(folder / "blind.json"), "--train", str(folder / "train.json")) == 0
    shown = capsys.readouterr().out
    assert "language prior (train)" in shown and "not given" not in shown


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset(folder: Path, preset: str) -> None:
    references = [{**item, "answers": item["answers"][:1]} for item in REFERENCES]
    (folder / "ref.json").write_text(json.dumps(references))
    assert score(folder, "--preset", preset) == 0


def test_command_line_names_every_preset() -> None:
    assert set(get_args(Protocol)) == set(PRESETS)


def test_sqa3d_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    annotations = [
        {"scene_id": "s", "question_id": i, "answers": [{"answer": answer, "answer_confidence": "yes", "answer_id": 1}]}
        for i, answer in enumerate(("yes", "two"))
    ]
    texts = [{"question_id": i, "question": text} for i, text in enumerate(("Is it brown?", "How many are there?"))]
    (folder / "ref.json").write_text(json.dumps({"annotations": annotations}))
    (folder / "texts.json").write_text(json.dumps({"questions": texts}))
    (folder / "pred.json").write_text(
        json.dumps([{"question_id": 0, "answer": "Yes."}, {"question_id": 1, "answer": "2"}])
    )
    assert score(folder, "--preset", "sqa3d-refined", "--questions", str(folder / "texts.json")) == 0
    shown = capsys.readouterr().out
    assert "100.00" in shown and "how (1)" in shown
    assert score(folder, "--preset", "sqa3d-cls") == 0
    shown = capsys.readouterr().out
    assert "how (1)" not in shown and "language prior" not in shown and "most frequent answer" in shown


def test_sqa3d_s_prior_needs_the_texts_of_both_splits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(name: str, first: int, answers: tuple[str, ...], texts: tuple[str, ...]) -> None:
        pairs = [*enumerate(zip(answers, texts), start=first)]
        rows = [{"scene_id": "s", "question_id": i, "answers": [{"answer": answer}]} for i, (answer, _) in pairs]
        (folder / f"{name}.json").write_text(json.dumps({"annotations": rows}))
        worded = [{"question_id": i, "question": text} for i, (_, text) in pairs]
        (folder / f"{name}-texts.json").write_text(json.dumps({"questions": worded}))

    write("ref", 0, ("yes", "two"), ("Is it brown?", "How many are there?"))
    write("train", 9, ("no", "no", "two"), ("Am I?", "Are you?", "How many of them?"))
    (folder / "pred.json").write_text('{"0": "yes", "1": "two"}')
    texts, train = ("--questions", str(folder / "ref-texts.json")), ("--train", str(folder / "train.json"))
    sqa = ("--preset", "sqa3d-cls", "--out", str(folder / "m.json"))
    assert score(folder, *sqa, *texts, *train) == 2
    assert "--train-questions" in capsys.readouterr().err
    assert score(folder, *sqa, *texts, *train, "--train-questions", str(folder / "train-texts.json")) == 0
    prior = json.loads((folder / "m.json").read_text())["rows"][1]
    assert prior["name"] == "language prior (train)" and prior["metrics"]["EM@1"] == 50.0  # "how many": two
    assert score(folder, *sqa, "--questions", str(folder / "train-texts.json")) == 2
    assert "another split" in " ".join(capsys.readouterr().err.split())


def test_sqa3d_preset_wants_one_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(folder, "--preset", "sqa3d-cls") == 2
    assert "one answer per question" in capsys.readouterr().err


BAD_PREDICTIONS = {
    "not JSON": "[{",
    "empty file": "",
    "a number": "3",
    "not objects": "[1, 2]",
    "no id": '[{"answer": "x"}]',
    "no answer": '[{"question_id": "val-0"}]',
    "answers not strings": '[{"question_id": "val-0", "answer_top10": [1]}]',
    "no answers": '[{"question_id": "val-0", "answer_top10": []}]',
    "unknown id": '[{"question_id": "test-0", "answer": "x"}]',
    "twice": '[{"question_id": "val-0", "answer": "x"}, {"question_id": "val-0", "answer": "y"}]',
    "flat box": '[{"question_id": "val-0", "answer": "x", "bbox": [1, 2, 3]}]',
    "ragged box": '[{"question_id": "val-0", "answer": "x", "bbox": [[1], [1, 2]]}]',
    "box of NaN": '[{"question_id": "val-0", "answer": "x", "bbox": %s}]' % ([[float("nan")] * 3] * 8),
    "wrong value": '{"val-0": 3}',
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("content", BAD_PREDICTIONS.values(), ids=BAD_PREDICTIONS.keys())
def test_bad_predictions(folder: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.json").write_text(content.replace("nan", "NaN"))
    assert score(folder, "--out", str(folder / "m.json"), predictions="bad.json") == 2
    message = capsys.readouterr().err.strip()
    assert message.count("\n") == 0 and "bad.json" in message
    assert not (folder / "m.json").exists()


def test_binary_and_absent_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.json").write_bytes(b"\xff\xfe\x00")
    assert score(folder, predictions="bad.json") == 2
    assert score(folder, predictions="absent.json") == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        *["[]", "{}", "null", '[{"question_id": "a", "question": "Where?"}]', '[{"question_id": "a", "answers": []}]'],
        *['[{"answers": ["x"]}]', '{"annotations": [{"question_id": 1, "answers": ["x"]}]}'],
        '[{"question_id": "a", "answers": ["x"]}, {"question_id": "a", "answers": ["y"]}]',
        '[{"question_id": "a", "answers": ["x"], "object_ids": "5"}]',
    ],
)
def test_bad_references(folder: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ref.json").write_text(content)
    assert score(folder) == 2
    assert "ref.json" in capsys.readouterr().err


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["val-0", "val-1", "brown", ""]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["question_id", "answer", "answer_top10", "bbox", "val-0"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_read_or_refused(folder: Path, value: object) -> None:
    questions = read_questions(folder / "ref.json")
    path = folder / "fuzz.json"
    path.write_text(json.dumps(value))
    try:
        predictions = read_predictions(path, questions)
    except BadFileError as error:
        assert "fuzz.json" in str(error)
    else:
        assert set(predictions) <= {q.id for q in questions}
        assert all(p.answers for p in predictions.values())


def test_boxes_from_a_data_set(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sceneglot.scenes.objects import Objects
    from sceneglot.scenes.scene import Scene, Source
    from sceneglot.scenes.store import Store

    store = Store.create(folder / "data", origin="test", licence="CC0-1.0")
    for item in REFERENCES:
        boxes = Objects(item["object_ids"], ("chair",), np.full((1, 3), 0.5), np.ones((1, 3)))
        points = np.zeros((1, 3), np.float32)
        source = Source(origin="test", licence="CC0-1.0")
        store.add(Scene(item["scene_id"], points, np.zeros((1, 3), np.uint8), source=source, objects=boxes))
    store.finish()
    (folder / "ref.json").write_text(json.dumps([{k: v for k, v in r.items() if k != "bbox"} for r in REFERENCES]))
    assert score(folder, "--data", str(folder / "data"), "--out", str(folder / "m.json")) == 0
    assert json.loads((folder / "m.json").read_text())["rows"][0]["metrics"]["Acc@0.5"] == pytest.approx(100 / 3)
    assert score(folder, "--out", str(folder / "without.json")) == 0
    assert "Acc@0.5" not in json.loads((folder / "without.json").read_text())["rows"][0]["metrics"]
    (folder / "ref.json").write_text(json.dumps([{**REFERENCES[0], "scene_id": "elsewhere"}, *REFERENCES[1:]]))
    assert score(folder, "--data", str(folder / "data")) == 2
    assert "does not hold" in capsys.readouterr().err
    (folder / "ref.json").write_text(json.dumps([{**REFERENCES[0], "object_ids": [77]}, *REFERENCES[1:]]))
    assert score(folder, "--data", str(folder / "data")) == 2
    assert "no such object" in capsys.readouterr().err
