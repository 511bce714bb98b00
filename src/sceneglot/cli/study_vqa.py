"""`sceneglot study vqa`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sceneglot.metrics.table import Kind
    from sceneglot.recipes.study import RowResult
    from sceneglot.recipes.vqa_table import Budget, Row


def study_vqa(
    out: Path,
    data: Path | None,
    rooms: int,
    seeds: tuple[int, ...],
    pretrain_steps: int,
    finetune_steps: int,
    rows: tuple[str, ...],
    workers: int,
    data_seed: int,
) -> None:
    """Generate rooms (unless `data` is given), run the chosen rows, print and write the table; see `cli.study`."""
    from sceneglot.cli.steps import Steps, chosen_rows
    from sceneglot.recipes.rooms_data import RoomsData, make_rooms
    from sceneglot.recipes.vqa_table import ALL_ROWS, Budget, run_table
    from sceneglot.train.jobs import Listener

    chosen = chosen_rows(ALL_ROWS, rows)
    budget = Budget(pretrain_steps, finetune_steps)
    store = data or out / "data"
    with Steps() as steps:
        steps.headline(f"study vqa: {len(chosen)} rows, seeds {', '.join(map(str, seeds))}")
        if data is None:
            make_rooms(store, RoomsData(rooms=rooms, seed=data_seed), steps.progress)
    with Steps(shown=workers != 1) as steps:
        listener = Listener(steps.headline, steps.progress)
        results = run_table(store, out / "runs", chosen, seeds, budget, workers, listener)
    finish(out, results, seeds, budget, "sceneglot study vqa", steps.headline, store)


def finish(
    out: Path,
    results: Sequence[RowResult[Row]],
    seeds: Sequence[int],
    budget: Budget,
    title: str,
    headline: Callable[[str], None],
    data: Path | None = None,
) -> None:
    """Print the table, write table.json and report.html; `data` is the store, OUT/data if not given."""
    from sceneglot.recipes.vqa_table import pretrain_config
    from sceneglot.train.run import read_json, write_json
    from sceneglot.view.report import write_vqa_report
    from sceneglot.view.tables import print_table, question_table

    data = data or out / "data"
    counts = read_json(results[0].runs[0] / "scores-test.json")["counts"]
    means: list[tuple[str, Mapping[str, float], Kind]] = [
        (r.row.name, {k: s.mean for k, s in r.scores.items()}, r.row.kind) for r in results
    ]
    print_table(question_table(means, counts))
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    table = {"seeds": seeds, "budget": budget, "counts": counts, "rows": record}
    print(f"wrote {write_json(out / 'table.json', table)}")
    headline("writing the report")
    pretraining = pretrain_config(data, out / "runs", seeds[0], budget).out
    print(f"wrote {write_vqa_report(out / 'report.html', data, results, pretraining, title)}")
