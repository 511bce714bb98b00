"""`sceneglot eval --task segmentation`: with and without training scenes to take the commonest class of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.recipes.test_submit import Answers
from tests.tasks.fakes import toy_scene

from sceneglot.cli.main import run as command
from sceneglot.scenes import Scene
from sceneglot.scenes.store import Store


@pytest.fixture(autouse=True)
def a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sceneglot.recipes.segment.load_segmenter", lambda run, looks=None: Answers("nyu40"))
    (tmp_path / "run").mkdir()


def evaluate(folder: Path, training: Scene | None, *more: str) -> int:
    store = Store.create(folder / "data", origin="toy", licence="CC0-1.0")
    store.add(toy_scene(0, "test-0", points=300), split="test")
    if training is not None:
        store.add(training, split="train")
    store.finish()
    return command(["eval", str(folder / "run"), "--data", str(store.path), "--task", "segmentation", *more])


UNLABELLED = replace(toy_scene(1, "train-0", points=300), instance=None)
NOTHING_KNOWN = replace(UNLABELLED, semantic=np.zeros(300, np.int16))


@pytest.mark.parametrize("training", [None, UNLABELLED, NOTHING_KNOWN])
def test_without_labelled_training_scenes_there_are_scores_and_no_prior(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], training: Scene | None
) -> None:
    out = tmp_path / "scores.json"
    assert evaluate(tmp_path, training, "--out", str(out)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 scenes" and lines[1].startswith("no prior") and "train split" in lines[1]
    written = json.loads(out.read_text())
    assert written == json.loads((tmp_path / "run" / "scores-segmentation-test.json").read_text())
    assert f"mIoU {100 * written['metrics']['mIoU']:.1f}" in lines[2]
    assert evaluate(tmp_path, None, "--folds", str(out), "--out", str(tmp_path / "two.json")) == 0
    both = json.loads((tmp_path / "two.json").read_text())
    assert both["points"] == 2 * written["points"] > 0 and "2 folds, one matrix" in capsys.readouterr().out


def test_the_prior_is_that_of_the_training_scenes_with_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(tmp_path, UNLABELLED) == 0
    capsys.readouterr()
    labelled = toy_scene(0, "train-1", points=300)
    assert evaluate(tmp_path, labelled) == 0  # in a split with one that has none
    lines = capsys.readouterr().out.splitlines()
    share = max(map(labelled.objects.label.count, labelled.objects.label)) / len(labelled.objects)  # boxes of one size
    assert lines[1].startswith("prior (commonest class)") and f"accuracy {100 * share:.1f}" in lines[1]
