"""`sceneglot study NAME`: a whole table, many runs and seeds, resumable, plotted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

if TYPE_CHECKING:
    from sceneglot.metrics.table import Kind
    from sceneglot.recipes.vqa_table import Budget, RowResult


def study(
    name: tyro.conf.Positional[Literal["vqa"]],
    out: Path = Path("studies/vqa"),
    rooms: int = 384,
    seeds: tuple[int, ...] = (0, 1, 2),
    pretrain_steps: int = 2000,
    finetune_steps: int = 800,
    rows: tuple[str, ...] = (),
    workers: int = 1,
    data_seed: int = 1,
) -> None:
    """Run every row of a table with every seed; finished runs are kept, so repeat the command to continue.

    "vqa" is the table of CLIP-guided 3D VQA on generated rooms: blind, ScanRefer + MCAN, ScanQA without and with
    multi-view features, and the 3D-VQA network without pre-training, without it but with as many steps in all, and
    with it.

    Example: sceneglot study vqa --out studies/vqa --seeds 0 1 2

    Args:
        name: which table.
        out: folder for data, runs, table.json and report.html.
        rooms: rooms to generate; an eighth each for validation and test. The same for all seeds.
        seeds: of initialisation, data order and augmentation.
        pretrain_steps: optimiser steps of the pre-training.
        finetune_steps: optimiser steps of each system.
        rows: only these and the blind one, by the names their run folders begin with ("clip-vqa-pretrained"); or all.
        workers: trainings at a time; 0 for one per core, which is fastest without a GPU.
        data_seed: of the rooms. The recipes were tuned on other rooms than those of the default.
    """
    from sceneglot.cli.steps import Steps
    from sceneglot.errors import SceneglotError
    from sceneglot.recipes.rooms_data import RoomsData, make_rooms
    from sceneglot.recipes.vqa_table import ALL_ROWS, Budget, run_table
    from sceneglot.train.jobs import Listener

    known = {row.slug: row for row in ALL_ROWS}
    if unknown := [slug for slug in rows if slug not in known]:
        raise SceneglotError(f"--rows: no row is called {unknown[0]!r}; there are {', '.join(known)}")
    chosen = [row for slug, row in known.items() if not rows or slug in rows or row.kind == "blind"]
    budget = Budget(pretrain_steps, finetune_steps)
    with Steps() as steps:
        steps.headline(f"study {name}: {rooms} rooms, {len(chosen)} rows, seeds {', '.join(map(str, seeds))}")
        make_rooms(out / "data", RoomsData(rooms=rooms, seed=data_seed), steps.progress)
    with Steps(shown=workers != 1) as steps:
        listener = Listener(steps.headline, steps.progress)
        results = run_table(out / "data", out / "runs", chosen, seeds, budget, workers, listener)
    finish(out, results, seeds, budget, f"sceneglot study {name}", steps.headline)


def finish(
    out: Path,
    results: Sequence[RowResult],
    seeds: Sequence[int],
    budget: Budget,
    title: str,
    headline: Callable[[str], None],
) -> None:
    """Print the table, write table.json and report.html."""
    from sceneglot.recipes.vqa_table import pretrain_config
    from sceneglot.train.run import read_json, write_json
    from sceneglot.view.report import write_vqa_report
    from sceneglot.view.tables import print_table, question_table

    counts = read_json(results[0].runs[0] / "scores-test.json")["counts"]
    means: list[tuple[str, Mapping[str, float], Kind]] = [
        (r.row.name, {k: s.mean for k, s in r.scores.items()}, r.row.kind) for r in results
    ]
    print_table(question_table(means, counts))
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    table = {"seeds": seeds, "budget": budget, "counts": counts, "rows": record}
    print(f"wrote {write_json(out / 'table.json', table)}")
    headline("writing the report")
    pretraining = pretrain_config(out / "data", out / "runs", seeds[0], budget).out
    print(f"wrote {write_vqa_report(out / 'report.html', out / 'data', results, pretraining, title)}")
