"""`sceneglot study NAME`: a whole table, many runs and seeds, resumable, plotted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sceneglot.errors import SceneglotError

if TYPE_CHECKING:
    from sceneglot.recipes.study import Plan, RowResult, StudyRow

R = TypeVar("R", bound="StudyRow")
Progress = Callable[[str, int, int], None]
"""Called with what is being made, how many are done, and how many there will be."""


@dataclass(frozen=True)
class Study:
    """A subcommand: "module:function", loaded only when asked for, and its line in the list of studies."""

    target: str
    summary: str


STUDIES: dict[str, Study] = {
    "vqa": Study(
        "sceneglot.cli.study_vqa:study_vqa", "CLIP-guided 3D question answering, with and without pre-training"
    ),
    "gps-losses": Study("sceneglot.cli.study_gps:gps_losses", "object stage, masked words, scene contrast, one by one"),
    "gps-data": Study("sceneglot.cli.study_gps:gps_data", "12.5 to 100 % of the rooms, and scans"),
    "gps-fusion": Study("sceneglot.cli.study_gps:gps_fusion", "the ways geometry enters attention"),
    "gps-text": Study("sceneglot.cli.study_gps:gps_text", "one text file added after the other"),
    "ws3d": Study("sceneglot.cli.study_ws3d:label_efficiency", "label efficiency of scene parsing"),
    "ws3d-sensitivity": Study(
        "sceneglot.cli.study_ws3d:sensitivity", "regions, thresholds and terms of scene parsing, one at a time"
    ),
    "ws3d-levels": Study(
        "sceneglot.cli.study_ws3d:levels", "scenes, objects and points of a pre-training of scene parsing, one by one"
    ),
}


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """What every study can be asked for."""

    out: Path
    """Folder for data, runs, table.json and figures."""
    data: Path | None = None
    """Store to use instead of generating rooms."""
    rooms: int
    """Rooms to generate; the same for all seeds."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of initialisation, data order and augmentation."""
    pretrain_steps: int
    """Optimiser steps of the pre-training; of the GPS studies, of stage 1."""
    finetune_steps: int
    """Optimiser steps of each system."""
    rows: tuple[str, ...] = ()
    """Only these rows, and the blind one where there is one; or all. A wrong name lists them."""
    workers: int = 1
    """Trainings at a time; 0 for one per core, which is fastest without a GPU."""
    data_seed: int = 1
    """Of the rooms. The recipes were tuned on other rooms than those of the default."""

    def __post_init__(self) -> None:
        if self.workers < 0 or not self.seeds:
            raise SceneglotError("study: --workers must not be negative, and --seeds needs at least one")

    @property
    def store(self) -> Path:
        """The store that is trained on."""
        return self.data or self.out / "data"


def study(arguments: list[str]) -> None:
    """Run every row of a table with every seed: sceneglot study NAME [options].

    Finished runs are kept, so repeat the command to continue.

    Example: sceneglot study gps-losses --out studies/gps-losses --workers 2
    """
    import tyro

    if not arguments or arguments[0] in ("-h", "--help"):
        lines = [f"  {name:18s} {known.summary}" for name, known in STUDIES.items()]
        text = [study.__doc__ or "", "studies:", *lines, "", "'sceneglot study NAME --help' lists its options."]
        print("\n".join(text))
        return
    name, rest = arguments[0], arguments[1:]
    if name not in STUDIES:
        near = get_close_matches(name, STUDIES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(STUDIES)}"
        raise SceneglotError(f"no study is called {name!r}; {hint}")
    module, _, function = STUDIES[name].target.partition(":")
    run = getattr(import_module(module), function)
    tyro.cli(run, args=rest, prog=f"sceneglot study {name}", config=(tyro.conf.OmitArgPrefixes,))


def run_rows(
    name: str, rows: Sequence[R], plan: Plan[R], asked: StudyOptions, prepare: Callable[[Progress], None]
) -> list[RowResult[R]]:
    """Make the data with `prepare`, then train and test every row with every seed, with progress on the screen."""
    from sceneglot.cli.steps import Steps
    from sceneglot.recipes.study import run_study
    from sceneglot.train.jobs import Listener

    with Steps() as steps:
        steps.headline(f"{name}: {len(rows)} rows, seeds {', '.join(map(str, asked.seeds))}")
        prepare(steps.progress)
    with Steps(shown=asked.workers != 1) as steps:
        return run_study(rows, asked.seeds, plan, asked.workers, Listener(steps.headline, steps.progress))


def chosen_rows(known: Sequence[R], slugs: Sequence[str]) -> list[R]:
    """The rows of a study that `--rows` names, and the blind one; all of them where none is named.

    Raises:
        SceneglotError: a name that is no row's.
    """
    by_slug = {row.slug: row for row in known}
    if unknown := [slug for slug in slugs if slug not in by_slug]:
        raise SceneglotError(f"--rows: no row is called {unknown[0]!r}; there are {', '.join(by_slug)}")
    return [row for slug, row in by_slug.items() if not slugs or slug in slugs or row.kind == "blind"]
