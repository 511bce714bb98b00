"""The sparse detector end to end in seconds, and the verb `detect` on all kinds of runs that hold a detector."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.recipes.conftest import losses
from tests.recipes.test_clip_chain import small_pretrain
from tests.recipes.test_ws3d import small as small_ws3d
from tests.tasks.fakes import toy_scene

from sceneglot.cli.main import run as command
from sceneglot.errors import SceneglotError
from sceneglot.recipes.clip_pretrain import pretrain
from sceneglot.recipes.detect import DetectionTraining, train_detector, ws3d_detect
from sceneglot.recipes.ws3d import train_ws3d
from sceneglot.scenes import Scene
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation, labelled_scenes
from sceneglot.tasks.sources import StoreSamples
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.train.optim import OptimConfig

STORED = Path(__file__).with_name("detect_losses.json")
"""Losses of the first steps; after a deliberate change write down what `losses` returns."""


def small(data: Path, out: Path, steps: int = 3) -> DetectionTraining:
    config = ws3d_detect(data, out)
    loop = replace(config.loop, steps=steps, log_every=1, optim=OptimConfig(lr=2e-3))
    return replace(config, voxel=0.2, points=800, loop=loop)


@pytest.fixture(scope="module")
def run(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("detect") / "run"
    train_detector(small(toy_store, out))
    return out


def test_losses_are_as_stored(run: Path) -> None:
    assert losses(run) == pytest.approx(json.loads(STORED.read_text()), rel=2e-2)
    last = RunFolder(run).history()[-1]
    assert {"mAP@0.25", "mAP@0.5", "AR@0.25", "AR@0.5"} <= set(last)


def test_the_verb_writes_boxes_a_picture_and_a_cloud(
    run: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(toy_store), "--scene-id", "toy-08", "--out", str(tmp_path), "--score", "0", "--json"]
    assert command(["detect", str(run), *arguments]) == 0
    record = json.loads(capsys.readouterr().out)
    scores = [box["score"] for box in record["boxes"]]
    assert scores and scores == sorted(scores, reverse=True)
    assert json.loads((tmp_path / "toy-08.json").read_text())["boxes"] == record["boxes"]
    assert Image.open(tmp_path / "toy-08.png").size == (960, 480)
    cloud = read_scene(tmp_path / "toy-08.ply")
    assert len(cloud) == 2400 and cloud.has_color


def test_boxes_of_a_share_of_the_scenes_are_all_it_sees(
    toy_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    whole = StoreSamples.__call__

    def read(self: StoreSamples, scene_id: str) -> object:
        seen.add(scene_id)
        return whole(self, scene_id)

    monkeypatch.setattr(StoreSamples, "__call__", read)
    few = Annotation(percent=34, seed=1)
    train_detector(replace(small(toy_store, tmp_path / "few"), annotation=few))
    labelled = labelled_scenes(Store.open(toy_store).split("train"), few)
    assert len(labelled) == 2 and seen == set(labelled)  # of six; sizes of boxes come from them too
    assert load_checkpoint(RunFolder(tmp_path / "few").usable()).facts["labelled"] == list(labelled)


@pytest.mark.parametrize("annotation", [Annotation(percent=0.0), Annotation(points=20)])
def test_labelled_points_are_no_boxes(annotation: Annotation, tmp_path: Path) -> None:
    with pytest.raises(SceneglotError, match="boxes belong to whole scenes"):
        replace(ws3d_detect(tmp_path, tmp_path), annotation=annotation)


def test_eval_prints_and_writes_map(run: Path, toy_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["eval", str(run), "--data", str(toy_store), "--task", "detection"]) == 0
    assert "mAP@0.25" in capsys.readouterr().out
    written = json.loads((run / "scores-detection-test.json").read_text())
    assert written["scenes"] == 2 and 0 <= written["metrics"]["mAP@0.5"] <= written["metrics"]["mAP@0.25"] <= 1


def test_runs_that_hold_a_votenet_detect_too(
    toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pretrain(small_pretrain(toy_store, tmp_path / "pre"))
    arguments = [str(toy_store), "--scene-id", "toy-08", "--out", str(tmp_path), "--score", "0"]
    assert command(["detect", str(tmp_path / "pre"), *arguments]) == 0
    assert "boxes with a score" in capsys.readouterr().out
    assert command(["eval", str(tmp_path / "pre"), "--data", str(toy_store), "--task", "detection"]) == 0


def test_training_starts_from_a_segmentation_run(toy_store: Path, tmp_path: Path) -> None:
    before = small_ws3d("ws3d-scratch", toy_store, tmp_path / "segmentation", steps=1)
    train_ws3d(before)
    config = small(toy_store, tmp_path / "run", steps=1)
    still = replace(config.loop, optim=OptimConfig(lr=1e-9, weight_decay=0.0))
    train_detector(replace(config, init=before.out, loop=still))
    old, new = (load_checkpoint(RunFolder(path).usable()).tensors for path in (before.out, config.out))
    for name in old:
        if name.startswith("backbone.") and name.endswith("weight"):
            np.testing.assert_allclose(new[name], old[name], atol=1e-6)
    with pytest.raises(SceneglotError, match="voxels of"):
        train_detector(replace(config, init=before.out, voxel=0.3, out=tmp_path / "other"))


def test_what_users_get_wrong(run: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare, scene = Store.create(tmp_path / "bare", origin="toy", licence="CC0-1.0"), toy_scene(0, "bare-0")
    bare.add(Scene(scene.id, scene.xyz, scene.rgb, scene.source), split="test")
    bare.finish()
    assert command(["eval", str(run), "--data", str(bare.path), "--task", "detection"]) == 2
    assert "annotated object" in " ".join(capsys.readouterr().err.split())
    assert command(["detect", str(run), str(toy_store), "--scene-id", "toy-08", "--score", "2"]) == 2
    assert "between 0 and 1" in capsys.readouterr().err
    train_ws3d(small_ws3d("ws3d-scratch", toy_store, tmp_path / "segmentation", steps=1))
    assert command(["detect", str(tmp_path / "segmentation"), str(toy_store), "--scene-id", "toy-08"]) == 2
    assert "segmentation" in capsys.readouterr().err
