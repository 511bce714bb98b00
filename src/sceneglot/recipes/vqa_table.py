"""The table of CLIP-guided 3D VQA: every system, several seeds, one test set nobody trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sceneglot.metrics.table import Kind
from sceneglot.recipes.clip_pretrain import PretrainConfig, clip_pretrain, pretrain
from sceneglot.recipes.evaluate import evaluate_run
from sceneglot.recipes.study import has_result, training
from sceneglot.recipes.vqa import VQAConfig, finetune, vqa
from sceneglot.records import read_json
from sceneglot.tasks.vqa.net import ModelName
from sceneglot.train import RunFolder
from sceneglot.train.jobs import Job

PRETRAINED = "3D-VQA, pre-trained"
SCRATCH = "3D-VQA, no pre-training"
BLIND = "blind (question only)"
SCORES = "scores-test.json"


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


@dataclass(frozen=True)
class VQAPlan:
    """Pre-training of a seed comes first, then its rows, of which the pre-trained ones wait for it."""

    data: Path
    out: Path
    budget: Budget

    def jobs(self, row: Row, seed: int) -> list[Job]:
        """The row's own pre-training, and the row."""
        before = pretrain_config(self.data, self.out, seed, self.budget)
        name = f"seed {seed}: pre-training"
        jobs = []
        if row.pretrained and not has_result("clip-pretrain", before, RunFolder(before.out).final):
            jobs.append(training(name, partial(pretrain, before), before))
        config = row_config(row, self.data, self.out, seed, self.budget)
        if not has_result("vqa", config, config.out / SCORES):
            needs = tuple(job.name for job in jobs)
            jobs.append(training(f"seed {seed}: {row.name}", partial(_train_and_test, config), config, needs))
        return jobs

    def folder(self, row: Row, seed: int) -> Path:
        """Its fine-tuning."""
        return row_config(row, self.data, self.out, seed, self.budget).out

    def scores(self, row: Row, seed: int) -> Mapping[str, float]:
        """The headline of the test split."""
        return read_json(self.folder(row, seed) / SCORES)["headline"]


def _train_and_test(config: VQAConfig) -> None:
    finetune(config)
    evaluate_run(config.out, config.data, "test")
