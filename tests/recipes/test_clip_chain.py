"""The CLIP-guided chain end to end in seconds: losses are as stored, weights carry over, nothing loads in silence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.recipes.conftest import FakeTeacher, losses

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.recipes.clip_pretrain import PretrainConfig, clip_pretrain, pretrain
from sceneglot.recipes.evaluate import evaluate_run, prior_scores
from sceneglot.recipes.load import load
from sceneglot.recipes.study import run_study
from sceneglot.recipes.vqa import VQAConfig, finetune, vqa
from sceneglot.recipes.vqa_table import QUICK_ROWS, Budget, VQAPlan
from sceneglot.scenes.store import Store
from sceneglot.tasks.sample import PointConfig
from sceneglot.tasks.vqa.net import MODELS
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.train.jobs import Listener
from sceneglot.train.optim import OptimConfig

STORED = Path(__file__).with_name("losses.json")
"""Losses of the first steps of every recipe, written by `python -m tests.recipes.store_losses`."""

GENTLE = OptimConfig(lr=1e-4)
"""At the recipes' own rates a rounding difference between thread counts or processors grows within a few steps."""


def small_pretrain(data: Path, out: Path, steps: int = 6) -> PretrainConfig:
    config = clip_pretrain(data, out)
    loop = replace(config.loop, steps=steps, batch_size=3, log_every=1, optim=GENTLE)
    return replace(config, teacher="fake", points=PointConfig(points=512), loop=loop)


def small_vqa(data: Path, out: Path, steps: int = 6, **changes: object) -> VQAConfig:
    config = vqa(data, out)
    loop = replace(config.loop, steps=steps, batch_size=3, log_every=1, optim=GENTLE)
    config = replace(config, teacher="fake", points=PointConfig(points=512), loop=loop, questions_per_scene=3)
    return replace(config, **changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def fake_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sceneglot.tasks.lifted", "sceneglot.tasks.vqa.answerer"):
        monkeypatch.setattr(f"{module}.load_teacher", lambda name: FakeTeacher())


@pytest.fixture(scope="module")
def pretrained(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "pre"
    pretrain(small_pretrain(toy_store, out))
    return out


def test_pretraining_has_its_stored_losses_and_alarms(toy_store: Path, pretrained: Path) -> None:
    assert losses(pretrained) == pytest.approx(json.loads(STORED.read_text())["clip-pretrain"], rel=5e-2)
    last = RunFolder(pretrained).history()[-1]
    assert {"text_r1", "image_r5", "spread", "chance_r1"} <= last.keys()
    assert last["chance_r1"] == 0.5


@pytest.mark.parametrize("model", MODELS)
def test_every_system_has_its_stored_losses_and_is_scored(toy_store: Path, tmp_path: Path, model: str) -> None:
    scores = finetune(small_vqa(toy_store, tmp_path, model=model))
    assert losses(tmp_path) == pytest.approx(json.loads(STORED.read_text())[model], rel=5e-2)
    assert 0 <= scores["EM@1"] <= scores["EM@10"] <= 100
    found = evaluate_run(tmp_path, toy_store, "test")
    assert found.counts == {"questions": 10, "with_box": 10, "scenes": 2}
    records = json.loads((tmp_path / "predictions-test.json").read_text())
    assert len(records) == 10 and all(np.shape(r["bbox"]) == (8, 3) and len(r["answer_top10"]) == 10 for r in records)


def test_pretrained_weights_really_arrive(toy_store: Path, pretrained: Path, tmp_path: Path) -> None:
    finetune(small_vqa(toy_store, tmp_path, steps=1, init=pretrained))
    before, after = load_checkpoint(RunFolder(pretrained).usable()), load_checkpoint(RunFolder(tmp_path).usable())
    name = "detector.backbone"
    shared = [k for k in before.tensors if k.startswith(name) and before.tensors[k].ndim == 2]
    assert shared
    # Adam's first step moves a weight by its rate; a fresh initialisation is a thousand times farther away.
    assert all((before.tensors[k] - after.tensors[k]).abs().max() < 2e-4 for k in shared)
    assert after.facts["spec"]["scene"]["mean_sizes"] == before.facts["spec"]["mean_sizes"]


def test_pretraining_of_another_shape_is_refused(toy_store: Path, pretrained: Path, tmp_path: Path) -> None:
    other = replace(small_vqa(toy_store, tmp_path, init=pretrained), points=PointConfig(512, color=False))
    with pytest.raises(SceneglotError, match="pre-trained at size tiny with 4 point channels"):
        finetune(other)
    with pytest.raises(SceneglotError, match="blind system has no scene side"):
        finetune(small_vqa(toy_store, tmp_path / "b", model="blind", init=pretrained))


def test_answers_are_the_same_alone_and_in_company(toy_store: Path, tmp_path: Path) -> None:
    finetune(small_vqa(toy_store, tmp_path))
    model, scene = load(tmp_path), Store.open(toy_store).scene("toy-08")
    questions = ["what is thing 0", "what is thing 3 over there", "what is thing 1"]
    together = model.ask_all(scene, questions)
    alone = [model.ask(scene, q) for q in questions]
    assert [a.text for a in together] == [a.text for a in alone]
    assert [a.score for a in together] == pytest.approx([a.score for a in alone], abs=1e-5)
    with pytest.raises(SceneglotError, match="question is empty"):
        model.ask(scene, "  ")


def test_another_teacher_than_in_training_is_refused(toy_store: Path, tmp_path: Path) -> None:
    finetune(small_vqa(toy_store, tmp_path, steps=1))
    model = load(tmp_path)
    changed = FakeTeacher()
    changed.fingerprint = "fake-2"  # type: ignore[misc]
    model._load_teacher = lambda name: changed
    with pytest.raises(SceneglotError, match="other weights"):
        model.ask(Store.open(toy_store).scene("toy-08"), "what is thing 0")


def test_mean_sizes_are_never_zero_and_need_a_scene(toy_store: Path) -> None:
    from sceneglot.recipes.clip_pretrain import mean_sizes
    from sceneglot.tasks.sources import StoreSamples

    sample = StoreSamples(Store.open(toy_store))("toy-00")
    flat = replace(sample, box_size=sample.box_size * np.array([1, 0, 1], np.float32))
    assert min(min(row) for row in mean_sizes(("toy-00",), lambda name: flat)) == 0.01
    with pytest.raises(SceneglotError, match="training split is empty"):
        mean_sizes((), lambda name: flat)


def test_language_prior_is_the_most_frequent_answer(toy_store: Path) -> None:
    scores = prior_scores(toy_store, "test")
    assert 0 < scores["EM@1"] <= scores["EM@10"] <= 100


def test_table_resumes_without_training_again(toy_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sceneglot.recipes.vqa_table.clip_pretrain", lambda d, o: small_pretrain(d, o))
    monkeypatch.setattr("sceneglot.recipes.vqa_table.vqa", lambda d, o: small_vqa(d, o))
    said: list[str] = []
    plan = VQAPlan(toy_store, tmp_path, Budget(2, 2))
    first = run_study(QUICK_ROWS, (0, 1), plan, listener=Listener(said.append))
    assert len(said) == 2 * 4
    again = run_study(QUICK_ROWS, (0, 1), plan, listener=Listener(said.append))
    assert len(said) == 2 * 4
    assert [r.scores["EM@1"].values for r in first] == [r.scores["EM@1"].values for r in again]
    assert len(first[0].scores["EM@1"].values) == 2
    for budget in (Budget(3, 2), Budget(2, 3)):  # finished runs of another length
        with pytest.raises(BadFileError, match=r"loop\.steps: 2 on disk, 3 asked for"):
            run_study(QUICK_ROWS, (0,), VQAPlan(toy_store, tmp_path, budget))


def test_loss_reaches_every_parameter_of_every_system(toy_store: Path, tmp_path: Path) -> None:
    from sceneglot.recipes import vqa as recipe

    for model in MODELS:
        seen: dict[str, torch.Tensor] = {}
        original = recipe.vqa_objective

        def spy(net, batch, weights, seen=seen, original=original):  # type: ignore[no-untyped-def]
            total, terms = original(net, batch, weights)
            grads = torch.autograd.grad(total, list(net.parameters()), retain_graph=True, allow_unused=True)
            for (name, _), grad in zip(net.named_parameters(), grads):
                if grad is not None and grad.abs().sum() > 0:
                    seen[name] = grad
            return total, terms

        recipe.vqa_objective = spy
        try:
            finetune(small_vqa(toy_store, tmp_path / model, steps=2, model=model))
        finally:
            recipe.vqa_objective = original
        net = load(tmp_path / model).net
        # The scene embedding's projection serves pre-training only; everything else must learn from questions.
        silent = [n for n, _ in net.named_parameters() if n not in seen and "to_embedding" not in n]
        assert not silent, model
