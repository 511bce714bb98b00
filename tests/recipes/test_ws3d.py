"""Scene parsing end to end in seconds: losses as stored, exact resume, pre-training carries over, the verbs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.recipes.conftest import FakeTeacher, losses

from sceneglot.cli.main import run as command
from sceneglot.errors import SceneglotError
from sceneglot.losses.ws3d.schedule import Ramp, Slide
from sceneglot.recipes.segment import evaluate_segmentation, load_segmenter
from sceneglot.recipes.ws3d import Ws3dConfig, train_ws3d, ws3d, ws3d_finetune, ws3d_pretrain, ws3d_scratch, ws3d_words
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.train.optim import OptimConfig

STORED = Path(__file__).with_name("ws3d_losses.json")
"""Losses of the first steps, written by `python -m tests.recipes.store_ws3d_losses`."""
RECIPES = {
    "ws3d-scratch": ws3d_scratch,
    "ws3d": ws3d,
    "ws3d-pretrain": ws3d_pretrain,
    "ws3d-finetune": ws3d_finetune,  # from the run above
    "ws3d-words": ws3d_words,
}


def small(name: str, data: Path, out: Path, steps: int = 4) -> Ws3dConfig:
    """A recipe cut down to seconds; the region-aware terms are on from the first step."""
    config = RECIPES[name](data, out)
    aware = config.objective.region_aware
    if aware.contrast.weight:
        now = {n: Ramp(getattr(aware, n).weight, 0.0, 0.0) for n in ("smooth", "confidence", "pseudo", "contrast")}
        aware = replace(aware, gamma=Slide(0.0, 0.0), purity=0.0, **now)
    return replace(
        config,
        teacher="fake" if config.teacher else "",
        label_set="nyu40",
        annotation=Annotation(percent=50) if config.annotation.any else config.annotation,
        novel=("sofa",) if name == "ws3d-words" else (),
        init=out.with_name("ws3d-pretrain") if name == "ws3d-finetune" else None,
        voxel=0.2,
        max_points=1500,
        objective=replace(config.objective, region_aware=aware),
        loop=replace(config.loop, steps=steps, log_every=1, save_every=2, optim=OptimConfig(lr=1e-3)),
    )


@pytest.fixture(autouse=True)
def fake_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", FakeTeacher())
    monkeypatch.setattr("sceneglot.tasks.segmentation.segmenter.load_teacher", lambda name: FakeTeacher())


@pytest.fixture(scope="module")
def runs(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All recipes, trained for a few steps."""
    folder = tmp_path_factory.mktemp("ws3d")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", FakeTeacher())
        for name in RECIPES:
            train_ws3d(small(name, toy_store, folder / name))
    return folder


@pytest.mark.parametrize("name", RECIPES)
def test_losses_are_as_stored(runs: Path, name: str) -> None:
    assert losses(runs / name) == pytest.approx(json.loads(STORED.read_text())[name], rel=2e-2)


def test_scenes_without_labels_come_along_where_a_term_learns_from_them(
    toy_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def spy(clouds, labelled, companions, *rest, **named):  # type: ignore[no-untyped-def]
        seen.append(len(companions))
        raise InterruptedError

    monkeypatch.setattr("sceneglot.recipes.ws3d.SegmentationDataset", spy)
    for name in ("ws3d-scratch", "ws3d"):
        for choice in ("auto", "always", "never"):
            with pytest.raises(InterruptedError):
                train_ws3d(replace(small(name, toy_store, tmp_path / f"{name}-{choice}"), companions=choice))
    assert seen == [0, 3, 0, 3, 3, 0]  # half of six training scenes


def test_every_term_is_in_the_log(runs: Path) -> None:
    terms = {key for line in RunFolder(runs / "ws3d").history() for key in line if key.startswith("loss/")}
    assert terms == {
        f"loss/{name}"
        for name in ("ce", "lovasz", "boundary_binary", "boundary_classes", "boundary_side", "dual", "smooth",
                     "confidence", "confident_regions", "pseudo", "contrast")
    }  # fmt: skip
    terms = {key for line in RunFolder(runs / "ws3d-pretrain").history() for key in line if key.startswith("loss/")}
    assert terms == {"loss/language_cosine", "loss/language_kl", "loss/language_contrast"}


def test_an_interrupted_training_continues_exactly(toy_store: Path, runs: Path, tmp_path: Path) -> None:
    config = small("ws3d", toy_store, tmp_path / "ws3d")

    class Interrupted(Exception):
        pass

    with pytest.MonkeyPatch.context() as patch:
        from sceneglot.recipes import ws3d as recipe

        whole = recipe.segmentation_objective

        def stops(net, *rest):
            if int(net.step) == 3:
                raise Interrupted
            return whole(net, *rest)

        patch.setattr(recipe, "segmentation_objective", stops)
        with pytest.raises(Interrupted):
            train_ws3d(config)
    train_ws3d(config)
    assert losses(config.out) == losses(runs / "ws3d")  # memory, step counter and data order were restored


def test_pretraining_carries_over_and_misfits_are_named(toy_store: Path, runs: Path, tmp_path: Path) -> None:
    config = replace(small("ws3d-scratch", toy_store, tmp_path / "a", steps=1), init=runs / "ws3d-pretrain")
    frozen = replace(config, loop=replace(config.loop, optim=OptimConfig(lr=0.0, weight_decay=0.0)))
    train_ws3d(frozen)
    before = load_checkpoint(RunFolder(runs / "ws3d-pretrain").usable()).tensors
    after = load_checkpoint(RunFolder(frozen.out).usable()).tensors
    weights = [k for k in before if k.startswith("backbone.") and k.endswith("weight")]
    assert len(weights) > 20 and all(torch.equal(before[k], after[k]) for k in weights)
    kept = replace(small("ws3d-finetune", toy_store, runs / "kept", steps=1), loop=frozen.loop)
    train_ws3d(kept)
    tuned = load_checkpoint(RunFolder(kept.out).usable()).tensors
    assert all(torch.equal(before[k], tuned[k]) for k in before if k.startswith("adapter.") and k.endswith("weight"))
    terms = {key for line in RunFolder(runs / "ws3d-finetune").history() for key in line}
    assert {"loss/pseudo", "loss/language_cosine", "loss/language_kl", "loss/language_contrast"} <= terms
    stranger = FakeTeacher()
    stranger.fingerprint = "fake-2"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SceneglotError, match="give --teacher fake"):
        patch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", stranger)
        train_ws3d(replace(kept, out=tmp_path / "c"))
    with pytest.raises(SceneglotError, match="voxels of 0"):
        train_ws3d(replace(config, voxel=0.1, out=tmp_path / "b"))


def test_trainings_that_could_learn_nothing_are_refused(tmp_path: Path) -> None:
    config = ws3d(tmp_path, tmp_path / "run")
    with pytest.raises(SceneglotError, match="no labels and no teacher"):
        replace(config, annotation=Annotation(percent=0.0))
    with pytest.raises(SceneglotError, match="0 % of the scenes"):
        replace(config, annotation=Annotation(percent=0.0, points=20))


def test_scores_and_checkpoints_say_what_was_trained(toy_store: Path, runs: Path) -> None:
    checkpoint = load_checkpoint(RunFolder(runs / "ws3d-words").usable())
    assert len(checkpoint.facts["labelled"]) == 3 and checkpoint.facts["annotation"]["percent"] == 50
    scores = evaluate_segmentation(runs / "ws3d-words", toy_store)
    assert set(scores.metrics()) == {"mIoU", "mAcc", "accuracy", "base_mIoU", "novel_mIoU", "hIoU"}
    assert json.loads((runs / "ws3d-words" / "scores-segmentation-test.json").read_text())["scenes"] == 2
    with pytest.raises(SceneglotError, match="no scenes"):
        evaluate_segmentation(runs / "ws3d-words", toy_store, "")


def test_segment_and_eval_from_the_command_line(
    toy_store: Path, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["eval", str(runs / "ws3d"), "--data", str(toy_store), "--task", "segmentation"]) == 0
    assert "prior (commonest class)" in capsys.readouterr().out
    scene = Store.open(toy_store).scene("toy-08")
    arguments = [str(runs / "ws3d-words"), str(toy_store), "chair, floor", "--scene-id", "toy-08"]
    assert command(["segment", *arguments, "--out", str(tmp_path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert sum(record["counts"].values()) == len(scene) and set(record["counts"]) == {"chair", "floor"}
    written = read_scene(tmp_path / "toy-08.ply")
    assert np.allclose(written.xyz, scene.xyz, atol=1e-6) and written.has_color
    assert Image.open(tmp_path / "toy-08.png").size == (480 + 480 + 190, 480)
    assert json.loads((tmp_path / "toy-08.json").read_text())["words"] is True


def test_train_from_the_command_line(toy_store: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = "--label-set nyu40 --voxel 0.3 --max-points 500 --annotation.percent 50 --loop.steps 1"
    options += " --objective.region-aware.temperature 0.2 --objective.region-aware.smooth.weight 0.3"
    assert command(["train", "ws3d", "--data", str(toy_store), "--out", str(out), *options.split()]) == 0
    config = json.loads((out / "config.json").read_text())["config"]
    assert config["annotation"]["percent"] == 50 and config["objective"]["region_aware"]["temperature"] == 0.2
    assert len(load_checkpoint(RunFolder(out).usable()).facts["labelled"]) == 3


def test_what_users_get_wrong(runs: Path, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["segment", str(runs / "ws3d"), str(toy_store), "chair", "--scene-id", "toy-08", "--out", str(tmp_path)]
    assert command(base) == 2
    assert "knows its own classes only" in capsys.readouterr().err
    assert command(["segment", str(tmp_path), *base[2:]]) == 2
    assert "holds no checkpoint" in capsys.readouterr().err
    assert command([*base[:3], "chair,chair", *base[4:]]) == 2
    assert "named twice" in capsys.readouterr().err
    assert command(["eval", str(runs / "ws3d"), "--data", str(toy_store), "--task", "instances"]) == 2
    assert "train it with --instances" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--objective.language.cosine 1", "name one with --teacher"),
        ("--objective.language.kl 1 --teacher fake", "add --words"),
        ("--words --teacher fake --novel sofa --annotation.points 20", "taken for one of a novel class"),
        ("--annotation.points -5", "-5 per scene"),
        ("--max-points 0", "at least 1"),
        ("--objective.region-aware.temperature 0", "above 0"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: str, said: str, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["train", "ws3d", "--data", str(toy_store), "--out", str(tmp_path / "run"), "--label-set", "nyu40"]
    assert command([*base, *options.split()]) == 2
    captured = capsys.readouterr()
    assert said in " ".join((captured.err + captured.out).split()) and "Traceback" not in captured.err


def test_instances_of_a_run_with_offsets(toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = replace(small("ws3d-scratch", toy_store, tmp_path / "run", steps=2), instances=True)
    train_ws3d(config)
    assert load_segmenter(config.out).spec.instances
    assert command(["eval", str(config.out), "--data", str(toy_store), "--task", "instances"]) == 0
    assert "AP50" in capsys.readouterr().out
