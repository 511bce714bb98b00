"""Point networks instead of sparse U-Nets: pre-training, fine-tuning from it, evaluation and the verbs, a few steps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.recipes.conftest import FakeTeacher, losses
from tests.recipes.test_ws3d import small

from sceneglot.cli.main import run as command
from sceneglot.errors import SceneglotError
from sceneglot.recipes.detect import train_detector, ws3d_detect
from sceneglot.recipes.ws3d import train_ws3d
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.spec import Size
from sceneglot.train import RunFolder, load_checkpoint

SIZES: tuple[Size, ...] = ("pointnet2", "point-transformer")


@pytest.fixture(autouse=True)
def fake_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", FakeTeacher())
    monkeypatch.setattr("sceneglot.tasks.segmentation.segmenter.load_teacher", lambda name: FakeTeacher())


@pytest.mark.parametrize("size", SIZES)
def test_from_pictures_to_a_segmented_scene(
    size: Size, toy_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = replace(small("ws3d-pretrain", toy_store, tmp_path / "pre", steps=2), size=size)
    train_ws3d(before)
    config = replace(small("ws3d", toy_store, tmp_path / "run", steps=2), size=size, instances=True, init=before.out)
    train_ws3d(config)
    assert len(losses(config.out)) == 2 and np.isfinite(losses(config.out)).all()
    terms = {key for line in RunFolder(config.out).history() for key in line}
    assert {"loss/contrast", "loss/boundary_side", "loss/smooth", "loss/pseudo"} <= terms

    checkpoint = load_checkpoint(RunFolder(config.out).usable())
    assert checkpoint.facts["spec"]["size"] == size
    with pytest.raises(SceneglotError, match=f"was trained at size {size}"):
        train_ws3d(replace(small("ws3d", toy_store, tmp_path / "other"), init=before.out))

    assert command(["eval", str(config.out), "--data", str(toy_store), "--task", "segmentation"]) == 0
    assert command(["eval", str(config.out), "--data", str(toy_store), "--task", "instances"]) == 0
    scene = Store.open(toy_store).scene("toy-08")
    arguments = [str(before.out), str(toy_store), "chair, floor", "--scene-id", "toy-08", "--out", str(tmp_path)]
    capsys.readouterr()
    assert command(["segment", *arguments, "--json"]) == 0
    assert sum(json.loads(capsys.readouterr().out)["counts"].values()) == len(scene)


@pytest.mark.parametrize("size", SIZES)
def test_fine_tuning_starts_from_the_pretrained_backbone(size: Size, toy_store: Path, tmp_path: Path) -> None:
    before = replace(small("ws3d-pretrain", toy_store, tmp_path / "pre", steps=1), size=size)
    train_ws3d(before)
    config = small("ws3d-scratch", toy_store, tmp_path / "run", steps=1)
    still = replace(config.loop, optim=replace(config.loop.optim, lr=0.0, weight_decay=0.0))
    train_ws3d(replace(config, size=size, init=before.out, loop=still))
    first, then = (load_checkpoint(RunFolder(run).usable()).tensors for run in (before.out, config.out))
    weights = [name for name in first if name.startswith("backbone.") and name.endswith("weight")]
    assert weights and all(torch.equal(first[name], then[name]) for name in weights)


def test_detection_with_every_point_network(toy_store: Path, tmp_path: Path) -> None:
    for size in SIZES:
        config = ws3d_detect(toy_store, tmp_path / size)
        loop = replace(config.loop, steps=1, batch_size=2)
        train_detector(replace(config, size=size, voxel=0.2, points=600, loop=loop))
        assert np.isfinite(losses(tmp_path / size)).all()
