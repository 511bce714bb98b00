"""The table of CLIP-guided 3D VQA: every system, several seeds, one test set nobody trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sceneglot.metrics.spread import Spread
from sceneglot.metrics.table import Kind
from sceneglot.recipes.clip_pretrain import PretrainConfig, clip_pretrain, pretrain
from sceneglot.recipes.evaluate import evaluate_run
from sceneglot.recipes.vqa import VQAConfig, finetune, vqa
from sceneglot.tasks.vqa.net import ModelName
from sceneglot.train import RunFolder
from sceneglot.train.jobs import Job, Listener, run_jobs
from sceneglot.train.run import read_json

PRETRAINED = "3D-VQA, pre-trained"
SCRATCH = "3D-VQA, no pre-training"
BLIND = "blind (question only)"


@dataclass(frozen=True)
class Row:
    """One system of the table.

    Attributes:
        name: as printed; model: which network.
        pretrained: start from the pre-training of the same seed.
        longer: spend the pre-training's steps on fine-tuning instead, so that total training is equal.
    """

    name: str
    model: ModelName
    pretrained: bool = False
    longer: bool = False

    @property
    def kind(self) -> Kind:
        """What the row is in a score table."""
        return "blind" if self.model == "blind" else "system"

    @property
    def slug(self) -> str:
        """Folder name."""
        return f"{self.model}{'-pretrained' if self.pretrained else ''}{'-longer' if self.longer else ''}"


ALL_ROWS: tuple[Row, ...] = (
    Row(BLIND, "blind"),
    Row("ScanRefer + MCAN", "scanrefer-mcan"),
    Row("ScanQA", "scanqa"),
    Row("ScanQA, multi-view features", "scanqa-multiview"),
    Row(SCRATCH, "clip-vqa"),
    Row("3D-VQA, no pre-training, as many steps in all", "clip-vqa", longer=True),
    Row(PRETRAINED, "clip-vqa", pretrained=True),
)
QUICK_ROWS: tuple[Row, ...] = (ALL_ROWS[0], ALL_ROWS[4], ALL_ROWS[6])


@dataclass(frozen=True)
class Budget:
    """How long to train each part, in optimiser steps."""

    pretrain: int
    finetune: int


QUICK_BUDGET = Budget(pretrain=400, finetune=400)
"""What fits into a few minutes on two CPU cores."""


@dataclass(frozen=True)
class RowResult:
    """Test scores of one row over its seeds: metric -> mean and standard deviation."""

    row: Row
    scores: Mapping[str, Spread]
    runs: tuple[Path, ...]


def pretrain_config(data: Path, out: Path, seed: int, budget: Budget) -> PretrainConfig:
    """Pre-training shared by the pre-trained row of this seed."""
    config = clip_pretrain(data, out / f"pretrain-seed{seed}")
    return replace(config, loop=replace(config.loop, steps=budget.pretrain, seed=seed))


def row_config(row: Row, data: Path, out: Path, seed: int, budget: Budget) -> VQAConfig:
    """Fine-tuning of one row."""
    config = vqa(data, out / f"{row.slug}-seed{seed}")
    steps = budget.finetune + (budget.pretrain if row.longer else 0)
    init = pretrain_config(data, out, seed, budget).out if row.pretrained else None
    return replace(config, model=row.model, init=init, loop=replace(config.loop, steps=steps, seed=seed))


def run_table(
    data: Path,
    out: Path,
    rows: Sequence[Row],
    seeds: Sequence[int],
    budget: Budget,
    workers: int = 1,
    listener: Listener | None = None,
) -> list[RowResult]:
    """Train and test every row with every seed; whatever is finished in `out` is kept.

    Seeds are the outer loop, so that an interrupted study has complete tables of the seeds it got to.

    Args:
        workers: trainings at a time, see `train.jobs.run_jobs`.
    """
    run_jobs(list(_jobs(data, out, rows, seeds, budget)), workers, listener)
    return [_collect(row, data, out, seeds, budget) for row in rows]


def _jobs(data: Path, out: Path, rows: Sequence[Row], seeds: Sequence[int], budget: Budget) -> Iterator[Job]:
    """What is not finished yet. Pre-training comes first in each seed: others wait for it."""
    for seed in seeds:
        before = pretrain_config(data, out, seed, budget)
        name = f"seed {seed}: pre-training"
        needs = ()
        if any(row.pretrained for row in rows) and not RunFolder(before.out).finished:
            yield Job(name, partial(pretrain, before), steps=partial(_steps, before))
            needs = (name,)
        for row in rows:
            config = row_config(row, data, out, seed, budget)
            if not (config.out / "scores-test.json").exists():
                run, steps = partial(_train_and_test, config), partial(_steps, config)
                yield Job(f"seed {seed}: {row.name}", run, needs if row.pretrained else (), steps)


def _steps(config: PretrainConfig | VQAConfig) -> tuple[int, int]:
    logged = RunFolder(config.out).history()
    return int(logged[-1]["step"]) if logged else 0, config.loop.steps


def _train_and_test(config: VQAConfig) -> None:
    finetune(config)
    evaluate_run(config.out, config.data, "test")


def _collect(row: Row, data: Path, out: Path, seeds: Sequence[int], budget: Budget) -> RowResult:
    runs = tuple(row_config(row, data, out, seed, budget).out for seed in seeds)
    found = [read_json(run / "scores-test.json")["headline"] for run in runs]
    return RowResult(row, {name: Spread.of([f[name] for f in found]) for name in found[0]}, runs)
