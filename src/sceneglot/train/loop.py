"""The training loop: device, precision and processes by accelerate; exact resume; progress, curves, checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import parent_process
from typing import Any, Generic, Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from sceneglot.errors import SceneglotError
from sceneglot.ops.memory import keep_freed_memory
from sceneglot.train.checkpoint import (
    Checkpoint,
    flatten_optimizer,
    load_checkpoint,
    net_tensors,
    restore_optimizer,
    save_checkpoint,
)
from sceneglot.train.optim import OptimConfig, build_optimizer, clip_gradients, rate, set_bn_momentum, set_rate
from sceneglot.train.run import RunFolder, logged

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class LoopConfig:
    """How long and how to train.

    Attributes:
        steps: optimiser steps in all, whatever the number of processes.
        batch_size: items per step and process.
        optim: optimiser and schedule.
        seed: drives data order, augmentation, dropout and initialisation.
        log_every, eval_every, save_every: in steps; 0 means only at the end.
        workers: data loading processes; 0 loads in the training process.
        precision: accelerate's mixed precision; bf16 on CPUs without support is many times slower than "no", fp16 needs
            a GPU.
    """

    steps: int = 500
    batch_size: int = 8
    optim: OptimConfig = field(default_factory=OptimConfig)
    seed: int = 0
    log_every: int = 20
    eval_every: int = 0
    save_every: int = 200
    workers: int = 0
    precision: Literal["no", "fp16", "bf16", "fp8"] = "no"

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise SceneglotError(f"--loop.batch-size must be at least 1, found {self.batch_size}")
        for name in ("steps", "log_every", "eval_every", "save_every", "workers"):
            if getattr(self, name) < 0:
                raise SceneglotError(
                    f"--loop.{name.replace('_', '-')} must not be negative, found {getattr(self, name)}"
                )


@dataclass(frozen=True)
class StepLoss:
    """What a loss function returns: the total that is minimised and its named terms for the log."""

    total: Tensor
    terms: Mapping[str, Tensor]


@dataclass(frozen=True)
class Fit(Generic[Batch]):
    """Everything a training needs, in one value.

    Attributes:
        net: the network; trained in place.
        dataset: item index and epoch are passed as one key `(epoch, index)`, so that augmentation can be a pure
            function of (seed, epoch, index) and a resumed run sees the same data as an uninterrupted one.
        collate: list of items -> batch with a `.to(device)` method.
        loss: (net, batch) -> StepLoss.
        facts: stored in every checkpoint.
        evaluate: net -> metrics; `score_name` names the one that picks the best checkpoint (larger is better).
    """

    net: nn.Module
    dataset: Dataset[Any]
    collate: Callable[[list[Any]], Batch]
    loss: Callable[[nn.Module, Batch], StepLoss]
    facts: Mapping[str, Any]
    evaluate: Callable[[nn.Module], Mapping[str, float]] | None = None
    score_name: str = ""


class StepSampler(Sampler[list[tuple[int, int]]]):
    """Batches of (epoch, index) for steps `start`..`steps`, each epoch a permutation drawn from (seed, epoch)."""

    def __init__(self, length: int, batch_size: int, start: int, steps: int, seed: int) -> None:
        if length < 1:
            raise SceneglotError("nothing to train on: the training split is empty")
        self.length, self.batch_size, self.start, self.steps, self.seed = length, batch_size, start, steps, seed

    def __len__(self) -> int:
        return self.steps - self.start

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        epoch, order = -1, torch.empty(0, dtype=torch.long)
        for position in range(self.start * self.batch_size, self.steps * self.batch_size, self.batch_size):
            batch = []
            for item in range(position, position + self.batch_size):
                if item // self.length != epoch:
                    epoch = item // self.length
                    generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
                    order = torch.randperm(self.length, generator=generator)
                batch.append((epoch, int(order[item % self.length])))
            yield batch


def fit(job: Fit[Any], config: LoopConfig, run: RunFolder, *, title: str = "training") -> Mapping[str, float]:
    """Train `job.net` for `config.steps` steps, continuing where an interrupted run stopped.

    Returns:
        the last evaluation (empty if there is none).
    """
    from accelerate.utils import set_seed

    keep_freed_memory()  # steps allocate the same large tensors again and again
    accelerator = _accelerator(config.precision)
    set_seed(config.seed)
    optimizer = build_optimizer(job.net, config.optim)
    state = _resume(job.net, optimizer, run)
    start, ranks = state.step if state else 0, accelerator.num_processes
    # accelerate deals the batches out to the processes in turn: each step takes as many as there are
    sampler = StepSampler(len(job.dataset), config.batch_size, start * ranks, config.steps * ranks, config.seed)  # type: ignore[arg-type]
    loader = DataLoader(
        job.dataset, batch_sampler=sampler, collate_fn=job.collate, num_workers=config.workers, persistent_workers=False
    )
    net, optimizer, loader = accelerator.prepare(job.net, optimizer, loader)
    metrics: Mapping[str, float] = {}
    best = max(_scores(run, job.score_name), default=-math.inf)
    recorder = _Recorder(run, accelerator.is_main_process)
    with _progress(title, config.steps, start, accelerator.is_main_process) as advance:
        for step, batch in enumerate(loader, start=start):
            if state is not None:  # only now: starting the loader draws from the generator
                _set_random_state(state, accelerator.device)
                state = None
            terms = _train_step(net, optimizer, batch, job.loss, accelerator, config, step)
            done = step + 1
            final = done == config.steps
            if final or (config.log_every and done % config.log_every == 0):
                recorder.scalars(done, terms() | {"lr": rate(config.optim, step, config.steps)})
            if job.evaluate and (final or (config.eval_every and done % config.eval_every == 0)):
                bare = accelerator.unwrap_model(net)
                bare.eval()
                metrics = job.evaluate(bare)
                bare.train()
                recorder.scalars(done, metrics)
                if job.score_name and logged(metrics[job.score_name]) > best and accelerator.is_main_process:
                    best = logged(metrics[job.score_name])
                    save_checkpoint(run.best, Checkpoint(net_tensors(bare), job.facts, done))
            if accelerator.is_main_process and (final or (config.save_every and done % config.save_every == 0)):
                _save_last(accelerator.unwrap_model(net), optimizer, job.facts, done, run, accelerator.device)
            advance(done, terms)
    if accelerator.is_main_process:
        save_checkpoint(run.final, Checkpoint(net_tensors(accelerator.unwrap_model(net)), job.facts, config.steps))
    recorder.close()
    return metrics


def _train_step(
    net: nn.Module,
    optimizer: Any,
    batch: Any,
    loss: Callable[..., StepLoss],
    accelerator: Any,
    config: LoopConfig,
    step: int,
) -> Callable[[], dict[str, float]]:
    """One optimiser step; returns a function that reads the loss terms, so that unlogged steps need no host copy."""
    set_rate(optimizer, rate(config.optim, step, config.steps))
    set_bn_momentum(net, config.optim, step, config.steps)
    net.train()
    try:
        with accelerator.autocast():
            outcome = loss(net, batch)
    except SceneglotError as error:
        raise SceneglotError(f"training step {step + 1}: {error}") from error
    if not torch.isfinite(outcome.total):
        bad = ", ".join(name for name, value in outcome.terms.items() if not torch.isfinite(value).all()) or "the sum"
        raise SceneglotError(f"training diverged at step {step + 1}: {bad} is not finite; lower --loop.optim.lr")
    optimizer.zero_grad(set_to_none=True)
    accelerator.backward(outcome.total)
    accelerator.unscale_gradients(optimizer)  # fp16 multiplies the loss: what is clipped is the gradient itself
    clip_gradients(net, config.optim)
    optimizer.step()
    return lambda: {"loss": float(outcome.total.detach())} | {f"loss/{k}": float(v) for k, v in outcome.terms.items()}


def _accelerator(precision: str) -> Any:
    """Device and processes; a precision that is not to be had is refused, not left out."""
    from accelerate import Accelerator

    try:
        accelerator = Accelerator(mixed_precision=precision)
    except (ValueError, ImportError) as error:
        raise SceneglotError(f"--loop.precision {precision}: {error}") from error
    if precision == "fp16" and accelerator.device.type == "cpu":
        raise SceneglotError("--loop.precision fp16 needs a GPU; on a CPU leave it out")
    return accelerator


def _scores(run: RunFolder, name: str) -> list[float]:
    """What the run scored so far; a score that is no number is none."""
    return [line[name] for line in run.history() if name in line and not math.isnan(line[name])]


def _resume(net: nn.Module, optimizer: torch.optim.Optimizer, run: RunFolder) -> Checkpoint | None:
    """Restore net and optimiser from the run's last checkpoint; returns it, None for a run that has none."""
    if not run.last.is_file():
        run.rewind(0)
        return None
    state = load_checkpoint(run.last)
    net.load_state_dict(dict(state.tensors))
    restore_optimizer(optimizer, state.optimizer)
    run.rewind(state.step)
    return state


def _set_random_state(state: Checkpoint, device: torch.device) -> None:
    if state.rng is not None:
        torch.set_rng_state(state.rng)
    if state.device_rng is not None and device.type == "cuda":
        torch.cuda.set_rng_state(state.device_rng, device)


def _save_last(
    net: nn.Module, optimizer: Any, facts: Mapping[str, Any], step: int, run: RunFolder, device: torch.device
) -> None:
    inner = getattr(optimizer, "optimizer", optimizer)
    on_device = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    state = Checkpoint(net_tensors(net), facts, step, flatten_optimizer(inner), torch.get_rng_state(), on_device)
    save_checkpoint(run.last, state)


class _Recorder:
    """metrics.jsonl and TensorBoard, on the main process only."""

    def __init__(self, run: RunFolder, active: bool) -> None:
        self.run, self.active = run, active
        self.writer = None
        if active:
            from torch.utils.tensorboard.writer import SummaryWriter

            self.writer = SummaryWriter(str(run.path / "tensorboard"))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        if self.writer is None:
            return
        self.run.log(step, values)
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


class _progress:
    """A rich progress bar that shows the running loss; silent where several processes share a screen."""

    def __init__(self, title: str, steps: int, start: int, active: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns: Sequence[Any] = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[loss]}"),
        )
        self.bar = Progress(*columns, disable=not active or parent_process() is not None)
        self.task = self.bar.add_task(title, total=steps, completed=start, loss="")

    def __enter__(self) -> Callable[[int, Callable[[], dict[str, float]]], None]:
        self.bar.start()

        def advance(done: int, terms: Callable[[], dict[str, float]]) -> None:
            if done % 10 == 0:
                self.bar.update(self.task, loss=f"loss {terms()['loss']:.3f}")
            self.bar.update(self.task, completed=done)

        return advance

    def __exit__(self, *_: object) -> None:
        self.bar.stop()
