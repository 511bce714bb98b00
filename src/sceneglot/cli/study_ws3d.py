"""`sceneglot study ws3d` and `sceneglot study ws3d-sensitivity`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sceneglot.recipes.study import RowResult
    from sceneglot.recipes.ws3d_study import Ws3dRow


@dataclass(frozen=True)
class Ws3dStudy:
    """What was asked for on the command line; see `cli.study`."""

    out: Path
    data: Path | None
    rooms: int
    seeds: tuple[int, ...]
    pretrain_steps: int
    steps: int
    percents: tuple[float, ...]
    points: tuple[int, ...]
    rows: tuple[str, ...]
    workers: int
    data_seed: int
    sensitivity: bool


def study_ws3d(asked: Ws3dStudy) -> None:
    """Generate rooms (unless data is given), run every row with every seed, print and write table and curves."""
    from sceneglot.cli.steps import Steps
    from sceneglot.errors import SceneglotError
    from sceneglot.recipes.study import run_study
    from sceneglot.recipes.ws3d_study import Ws3dPlan, efficiency_rows, prepare, sensitivity_rows
    from sceneglot.synth.generate import generate_many
    from sceneglot.train.jobs import Listener

    rows = sensitivity_rows() if asked.sensitivity else efficiency_rows(asked.percents, asked.points)
    if asked.rows:
        known = {row.slug: row for row in rows}
        if unknown := [slug for slug in asked.rows if slug not in known]:
            raise SceneglotError(f"--rows: no row is called {unknown[0]!r}; there are {', '.join(known)}")
        rows = tuple(known[slug] for slug in asked.rows)
    data = asked.data or asked.out / "data"
    plan = Ws3dPlan(data, asked.out / "runs", asked.pretrain_steps, asked.steps)
    with Steps() as steps:
        steps.headline(f"{len(rows)} rows, seeds {', '.join(map(str, asked.seeds))}")
        if asked.data is None:
            report = lambda done, total: steps.progress("rooms", done, total)  # noqa: E731
            generate_many(data, asked.rooms, asked.data_seed, asked.workers, val=0.1, test=0.15, report=report)
        prepare(data, plan, steps.progress, pictures=any(row.variant.pretrained for row in rows))
    with Steps(shown=asked.workers != 1) as steps:
        listener = Listener(steps.headline, steps.progress)
        results = run_study(rows, asked.seeds, plan, asked.workers, listener)
    finish(asked, results)


def finish(asked: Ws3dStudy, results: Sequence[RowResult[Ws3dRow]]) -> None:
    """Print the table, write table.json and, for label efficiency over shares of scenes, curves.png."""
    from sceneglot.atomic import atomic_path
    from sceneglot.recipes.ws3d_study import recovered
    from sceneglot.train.run import write_json
    from sceneglot.view.plots import curves

    shares = recovered(results)
    for result in results:
        share = shares.get(result.row.labels, {}).get(result.row.variant.name)
        closes = "" if share is None or result.row.changed else f"  closes {100 * share:.0f} % of the gap"
        print(f"{result.row.name:44s} mIoU {result.scores['mIoU'].format(1, 100)}{closes}")
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    table = {"seeds": asked.seeds, "steps": [asked.pretrain_steps, asked.steps], "recovered": shares, "rows": record}
    print(f"wrote {write_json(asked.out / 'table.json', table)}")
    series = _series(results)
    if series:
        with atomic_path(asked.out / "curves.png") as temporary:
            temporary.write_bytes(curves(series, title="label efficiency", y="mIoU, %", x="% of scenes labelled"))
        print(f"wrote {asked.out / 'curves.png'}")


def _series(results: Sequence[RowResult[Ws3dRow]]) -> Mapping[str, Sequence[tuple[float, float]]]:
    """Variant -> (percent, mIoU in %), for the rows that label a share of the scenes."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        if not result.row.changed and not result.row.annotation.points:
            point = (result.row.annotation.percent, 100 * result.scores["mIoU"].mean)
            lines.setdefault(result.row.variant.name, []).append(point)
    return {name: sorted(points) for name, points in lines.items() if len(points) > 1}
