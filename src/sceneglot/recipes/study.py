"""A study: rows of a table, each trained and tested with several seeds, side by side, resumable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sceneglot.metrics.spread import Spread, over_seeds
from sceneglot.metrics.table import Kind
from sceneglot.train import LoopConfig, RunFolder
from sceneglot.train.jobs import Job, Listener, run_jobs


class StudyRow(Protocol):
    """One line of a table: its name as printed, the name of its run folders, and what it is in a score table."""

    @property
    def name(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def kind(self) -> Kind: ...


R = TypeVar("R", bound=StudyRow)
R_co = TypeVar("R_co", bound=StudyRow, covariant=True)
P = TypeVar("P", bound=StudyRow, contravariant=True)


class Plan(Protocol[P]):
    """How a study is carried out."""

    def jobs(self, row: P, seed: int) -> Sequence[Job]:
        """What is not finished yet for one row and seed, in order. Jobs of one name are run once for all rows."""
        ...

    def folder(self, row: P, seed: int) -> Path:
        """Run folder of the row's last training."""
        ...

    def scores(self, row: P, seed: int) -> Mapping[str, float]:
        """Test scores, once all its jobs are done."""
        ...


@dataclass(frozen=True)
class RowResult(Generic[R_co]):
    """Test scores of one row over its seeds: metric -> mean and standard deviation; its run folders."""

    row: R_co
    scores: Mapping[str, Spread]
    runs: tuple[Path, ...]


def run_study(
    rows: Sequence[R], seeds: Sequence[int], plan: Plan[R], workers: int = 1, listener: Listener | None = None
) -> list[RowResult[R]]:
    """Train and test every row with every seed; whatever is finished is kept.

    Seeds are the outer loop, so that an interrupted study has complete tables of the seeds it got to.

    Args:
        workers: trainings at a time, see `train.jobs.run_jobs`.
    """
    jobs: dict[str, Job] = {}
    for seed in seeds:
        found = [job for row in rows for job in plan.jobs(row, seed)]
        needed = {name for job in found for name in job.needs}
        for job in sorted(found, key=lambda job: job.name not in needed):  # what others wait for comes first
            jobs.setdefault(job.name, job)
    run_jobs(list(jobs.values()), workers, listener)
    return [collect(row, seeds, plan) for row in rows]


def collect(row: R, seeds: Sequence[int], plan: Plan[R]) -> RowResult[R]:
    """The scores of a finished row."""
    scores = over_seeds([plan.scores(row, seed) for seed in seeds])
    return RowResult(row, scores, tuple(plan.folder(row, seed) for seed in seeds))


class Trained(Protocol):
    """What every recipe's config has."""

    @property
    def out(self) -> Path: ...
    @property
    def loop(self) -> LoopConfig: ...


def training(name: str, run: Callable[[], Any], config: Trained, needs: tuple[str, ...] = ()) -> Job:
    """A job that trains, with its steps for the progress display."""
    return Job(name, run, needs, partial(_steps, config))


def has_result(recipe: str, config: Trained, result: Path) -> bool:
    """Whether a run has its result.

    Args:
        recipe: as the run folder names it. result: the file that is written last.

    Raises:
        BadFileError: it has one, of another configuration: its scores do not belong into this table.
    """
    if not result.exists():
        return False
    RunFolder(config.out).start(recipe, config)
    return True


def _steps(config: Trained) -> tuple[int, int]:
    logged = RunFolder(config.out).history()
    return int(logged[-1]["step"]) if logged else 0, config.loop.steps
