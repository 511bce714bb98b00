"""The loop: resumes exactly, logs what it did, refuses to mix configurations, stops on divergence."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch import multiprocessing as mp

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.recipes.clip_pretrain import clip_pretrain_paper
from sceneglot.recipes.vqa import vqa_paper
from sceneglot.records import read_json
from sceneglot.train import Checkpoint, LoopConfig, RunFolder, StepLoss, fit, load_checkpoint, save_checkpoint
from sceneglot.train.loop import Fit, StepSampler, _train_step
from sceneglot.train.optim import OptimConfig, build_optimizer, rate, set_bn_momentum


@dataclass(frozen=True)
class Pairs:
    x: Tensor
    y: Tensor

    def to(self, device: torch.device, **_: object) -> Pairs:
        return Pairs(self.x.to(device), self.y.to(device))


class Line(torch.utils.data.Dataset):
    """y = 3 x - 1 with noise that depends on (epoch, index), as an augmentation would."""

    def __len__(self) -> int:
        return 10

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        epoch, index = key
        noise = torch.randn(1, generator=torch.Generator().manual_seed(epoch * 100 + index)) * 0.01
        x = torch.tensor([index / 10.0])
        return x, 3 * x - 1 + noise


def collate(items: list[tuple[Tensor, Tensor]]) -> Pairs:
    return Pairs(torch.stack([x for x, _ in items]), torch.stack([y for _, y in items]))


def squared(net: nn.Module, batch: Pairs) -> StepLoss:
    error = (net(batch.x) - batch.y).square().mean()
    return StepLoss(error, {"square": error.detach()})


def job() -> Fit:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 8), nn.BatchNorm1d(8), nn.Dropout(0.1), nn.Linear(8, 1))
    return Fit(net, Line(), collate, squared, {"answer": ["a", "b"]})


CONFIG = LoopConfig(steps=30, batch_size=4, save_every=10, log_every=5, optim=OptimConfig(lr=0.05))


def test_interrupted_run_equals_uninterrupted_one(tmp_path: Path) -> None:
    whole, parts = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "parts")
    fit(job(), CONFIG, whole)

    class Killed(Exception):
        pass

    calls = 0

    def dies(net: nn.Module, batch: Pairs) -> StepLoss:
        nonlocal calls
        calls += 1
        if calls == 17:
            raise Killed
        return squared(net, batch)

    first = job()
    with pytest.raises(Killed):
        fit(Fit(first.net, first.dataset, collate, dies, first.facts), CONFIG, parts)
    assert not parts.finished
    fit(job(), CONFIG, parts)
    one, two = load_checkpoint(whole.final), load_checkpoint(parts.final)
    assert all(torch.equal(one.tensors[k], two.tensors[k]) for k in one.tensors)
    assert [line["step"] for line in parts.history()] == [line["step"] for line in whole.history()]
    assert parts.history() == whole.history()


def test_it_learns_and_keeps_facts(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    fit(job(), LoopConfig(steps=200, batch_size=10, log_every=1, optim=OptimConfig(lr=0.05)), run)
    history = run.history()
    assert sum(line["loss"] for line in history[-20:]) < 0.2 * sum(line["loss"] for line in history[:20])
    assert load_checkpoint(run.final).facts == {"answer": ["a", "b"]}
    assert list((tmp_path / "tensorboard").iterdir())


def test_best_checkpoint_is_the_one_with_the_largest_score(tmp_path: Path) -> None:
    scores = iter([0.2, 0.9, 0.4])
    base = job()
    run = RunFolder(tmp_path)
    evaluated = Fit(
        base.net, base.dataset, collate, squared, base.facts, lambda net: {"score": next(scores)}, score_name="score"
    )
    config = LoopConfig(steps=30, batch_size=4, eval_every=10, optim=CONFIG.optim)
    assert fit(evaluated, config, run) == {"score": 0.4}
    assert load_checkpoint(run.best).step == 20
    assert run.usable() == run.best


def test_a_resumed_run_keeps_the_best_checkpoint_it_has(tmp_path: Path) -> None:
    """The log keeps six decimals: a third that comes a second time is no better than the one in the log."""
    config = LoopConfig(steps=20, batch_size=4, eval_every=10, save_every=10, optim=CONFIG.optim)
    run = RunFolder(tmp_path)

    def scored() -> Fit:
        return replace(job(), evaluate=lambda net: {"score": 100 / 3}, score_name="score")

    fit(scored(), replace(config, steps=10), run)
    fit(scored(), config, run)
    assert load_checkpoint(run.best).step == 10


def test_a_score_that_is_no_number_is_never_the_best(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.log(0, {"score": float("nan")})
    fit(replace(job(), evaluate=lambda net: {"score": 0.5}, score_name="score"), replace(CONFIG, steps=2), run)
    assert load_checkpoint(run.best).step == 2


class Scaled:
    """What accelerate does to loss, gradients and steps under fp16, on a CPU; accelerator and optimiser in one."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.inner, self.param_groups, self.zero_grad = optimizer, optimizer.param_groups, optimizer.zero_grad
        self.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)

    def autocast(self) -> Any:
        return nullcontext()

    def backward(self, loss: Tensor) -> None:
        self.scaler.scale(loss).backward()

    def unscale_gradients(self, optimizer: Scaled) -> None:
        self.scaler.unscale_(optimizer.inner)

    def step(self) -> None:
        self.scaler.step(self.inner)


def test_gradients_are_clipped_as_they_are_and_not_as_they_were_scaled() -> None:
    config = LoopConfig(steps=10, optim=OptimConfig(lr=1e-3, clip_norm=1e-3))
    net = nn.Linear(1, 1)
    both = Scaled(build_optimizer(net, config.optim))
    _train_step(net, both, collate([Line()[0, 9]]), squared, both, config, 0)
    norm = torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None]).norm()
    assert float(norm) == pytest.approx(1e-3, rel=1e-2)


def test_half_precision_without_a_gpu_is_refused(tmp_path: Path) -> None:
    """In a process of its own: accelerate knows one precision per process."""
    code = "from sceneglot.train.loop import _accelerator; _accelerator({!r})"
    for precision, told in (("fp16", "fp16 needs a GPU"), ("fp8", "--loop.precision fp8: ")):
        hidden = os.environ | {"CUDA_VISIBLE_DEVICES": "", "ACCELERATE_USE_CPU": "true"}
        done = subprocess.run(
            [sys.executable, "-c", code.format(precision)], capture_output=True, text=True, env=hidden
        )
        assert done.returncode and "SceneglotError: " in done.stderr and told in done.stderr


def one_of_two(rank: int, port: int, out: str) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "ACCELERATE_USE_CPU": "true"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    seen: list[float] = []

    def watched(net: nn.Module, batch: Pairs) -> StepLoss:
        seen.extend(batch.x.flatten().tolist())
        return squared(net, batch)

    fit(replace(job(), loss=watched), replace(CONFIG, steps=5, log_every=1), RunFolder(Path(out) / "run"))
    (Path(out) / f"seen-{rank}").write_text("\n".join(f"{10 * x:.0f}" for x in seen))


def test_two_processes_take_all_steps_and_share_the_items(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(one_of_two, (port, str(tmp_path)), nprocs=2)
    run = RunFolder(tmp_path / "run")
    assert load_checkpoint(run.last).step == 5
    assert [line["step"] for line in run.history()] == [1, 2, 3, 4, 5]
    first, second = ([int(x) for x in (tmp_path / f"seen-{rank}").read_text().split()] for rank in (0, 1))
    assert len(first) == len(second) == 20  # five steps of four: 40 items are four epochs of ten
    assert sorted(first + second) == sorted([*range(10)] * 4)


def test_divergence_names_the_term(tmp_path: Path) -> None:
    base = job()

    def broken(net: nn.Module, batch: Pairs) -> StepLoss:
        bad = net(batch.x).sum() * float("nan")
        return StepLoss(bad, {"vote": bad})

    with pytest.raises(SceneglotError, match="step 1: vote is not finite"):
        fit(Fit(base.net, base.dataset, collate, broken, base.facts), CONFIG, RunFolder(tmp_path))


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.start("toy", {"a": 1, "b": {"c": 2}})
    fit(job(), CONFIG, run)
    run.start("toy", {"a": 1, "b": {"c": 2}})
    with pytest.raises(BadFileError, match=r"config\.b\.c: 2 on disk, 3 asked for"):
        run.start("toy", {"a": 1, "b": {"c": 3}})


def test_a_command_that_failed_does_not_claim_the_folder(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.start("toy", {"data": "mistyped"})
    run.start("toy", {"data": "right"})
    assert read_json(tmp_path / "config.json") == {"recipe": "toy", "config": {"data": "right"}}


def test_run_that_died_before_its_first_checkpoint_logs_each_step_once(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.log(5, {"loss": 1.0, "score": 1.0})
    fit(job(), CONFIG, run)
    assert [line["step"] for line in run.history()] == [5, 10, 15, 20, 25, 30]


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"steps": -1}, {"workers": -1}, {"save_every": -5}])
def test_impossible_loops_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(SceneglotError, match=f"--loop.{next(iter(wrong)).replace('_', '-')} must"):
        LoopConfig(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("lr", [-1.0, float("nan"), float("inf")])
def test_impossible_rates_are_refused(lr: float) -> None:
    with pytest.raises(SceneglotError, match=r"--loop\.optim\.lr must"):
        OptimConfig(lr=lr)


def test_checkpoint_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="no such checkpoint"):
        load_checkpoint(tmp_path / "none.safetensors")
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{half")
    with pytest.raises(BadFileError, match=r"torn\.safetensors"):
        load_checkpoint(torn)
    with pytest.raises(BadFileError, match="holds no checkpoint"):
        RunFolder(tmp_path).usable()


def test_checkpoints_keep_both_generators(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, Checkpoint({}, {}, 3, {}, torch.tensor([1], dtype=torch.uint8), torch.tensor([2])))
    found = load_checkpoint(path)
    assert found.rng is not None and found.rng.tolist() == [1]
    assert found.device_rng is not None and found.device_rng.tolist() == [2]


def test_sampler_visits_everything_once_per_epoch_and_resumes_mid_way() -> None:
    batches = list(StepSampler(10, 4, 0, 10, seed=3))
    keys = [key for batch in batches for key in batch]
    for epoch in range(4):
        assert sorted(i for e, i in keys if e == epoch) == list(range(10))
    assert list(StepSampler(10, 4, 6, 10, seed=3)) == batches[6:]
    assert list(StepSampler(10, 4, 0, 10, seed=4)) != batches


def test_schedules() -> None:
    cosine = OptimConfig(lr=1.0, warmup=0.1, floor=0.1)
    assert rate(cosine, 0, 100) == pytest.approx(0.1)
    assert rate(cosine, 9, 100) == pytest.approx(1.0)
    assert rate(cosine, 55, 100) == pytest.approx(0.55)
    assert rate(cosine, 100, 100) == pytest.approx(0.1)
    steps = OptimConfig(lr=1.0, warmup=0.0, schedule="steps", milestones=(0.5, 0.8), decay=0.2)
    assert [rate(steps, s, 10) for s in (4, 5, 8)] == pytest.approx([1.0, 0.2, 0.04])


def test_norms_and_biases_are_not_decayed_whatever_their_name() -> None:
    net = nn.ModuleDict({"norm1": nn.LayerNorm(4), "lin": nn.Linear(4, 4)})
    decayed, free = build_optimizer(net, OptimConfig(weight_decay=0.5)).param_groups
    assert decayed["weight_decay"] == 0.5 and [tuple(p.shape) for p in decayed["params"]] == [(4, 4)]
    assert free["weight_decay"] == 0.0 and len(free["params"]) == 3


def test_bn_momentum_halves_to_the_floor() -> None:
    net = nn.Sequential(nn.BatchNorm1d(2))
    config = OptimConfig(bn_momentum=0.5, bn_halvings=9)
    seen = []
    for step in range(0, 100, 10):
        set_bn_momentum(net, config, step, 100)
        seen.append(net[0].momentum)
    assert seen[:3] == [0.5, 0.25, 0.125] and seen[-1] == 0.001


def test_published_schedules_of_the_two_recipes() -> None:
    """BatchNorm momentum halves every 20 epochs whatever the length; only fine-tuning clips, by value."""
    data = out = Path("x")
    tuned, before = vqa_paper(data, out).loop, clip_pretrain_paper(data, out).loop
    net = nn.Sequential(nn.BatchNorm1d(2))
    seen = []
    for loop, epochs in ((tuned, 25), (before, 6)):
        for epoch in (0, epochs * 0.79, epochs * 0.8, epochs * 0.999):
            set_bn_momentum(net, loop.optim, int(epoch / epochs * loop.steps), loop.steps)
            seen.append(net[0].momentum)
    assert seen == [0.5, 0.5, 0.25, 0.25] + [0.5] * 4
    assert (tuned.optim.clip_value, before.optim.clip_value) == (1.0, 0.0)
    assert tuned.optim.clip_norm == before.optim.clip_norm == 0.0
    rates = [rate(tuned.optim, int(e / 25 * tuned.steps), tuned.steps) for e in (0, 14.99, 15, 22.99, 23)]
    assert rates == pytest.approx([5e-4, 5e-4, 1e-4, 1e-4, 2e-5])
