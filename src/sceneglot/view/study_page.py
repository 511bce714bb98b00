"""report.html of a study: one table with spread, bars, training curves; and the parts other reports share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from sceneglot.metrics.table import Row, ScoreTable
from sceneglot.recipes.study import RowResult, StudyRow
from sceneglot.train import RunFolder
from sceneglot.view import plots
from sceneglot.view.page import Page
from sceneglot.view.tables import cells


def score_rows(results: Sequence[RowResult[StudyRow]], columns: Sequence[str]) -> list[list[str]]:
    """Name, and mean ± standard deviation of each column, row by row."""
    rows = []
    for result in results:
        mean = {name: spread.mean for name, spread in result.scores.items()}
        std = {name: spread.std for name, spread in result.scores.items()}
        rows.append([result.row.name, *cells(mean, std, columns)])
    return rows


def spread_note(results: Sequence[RowResult[StudyRow]]) -> str:
    """What the numbers behind ± are."""
    seeds = len(results[0].runs)
    return f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed; spread unknown"


def study_table(
    title: str, results: Sequence[RowResult[StudyRow]], baselines: Mapping[str, Mapping[str, float]], count: int
) -> ScoreTable:
    """All rows with their spread, below what needs no training: name -> scores. For the terminal."""
    rows = [Row(name, dict(values), "prior") for name, values in baselines.items()]
    for r in results:
        mean, std = ({k: getattr(s, part) for k, s in r.scores.items()} for part in ("mean", "std"))
        rows.append(Row(r.row.name, mean, r.row.kind, std))
    blind = any(row.kind == "blind" for row in rows)
    return ScoreTable(title, count, tuple(rows), foreign=not blind, notes=(spread_note(results),))


def write_study_page(
    path: Path,
    title: str,
    story: str,
    results: Sequence[RowResult[StudyRow]],
    baselines: Mapping[str, Mapping[str, float]],
    columns: Sequence[str],
    loss: str,
) -> Path:
    """Write one self-contained page.

    Args:
        story: what was compared on what, a paragraph.
        baselines: rows that needed no training: name -> scores.
        columns: of the table; the first one is drawn as bars.
        loss: term whose curve is drawn, first seed.
    """
    page = Page(title)
    page.paragraph(story)
    page.heading("Scores")
    plain = [[name, *cells(values, {}, columns)] for name, values in baselines.items()]
    page.table(["", *columns], plain + score_rows(results, columns))
    page.paragraph(f"{spread_note(results)}.", note=True)
    spread = {r.row.name: (r.scores[columns[0]].mean, _known(r.scores[columns[0]].std)) for r in results}
    priors = {name: (values[columns[0]], 0.0) for name, values in baselines.items() if columns[0] in values}
    page.picture(plots.bars(priors | spread, title=columns[0], y=columns[0]), f"{columns[0]}, {spread_note(results)}")
    page.heading("Training")
    curves = {r.row.name: _curve(r.runs[0], loss) for r in results}
    page.picture(plots.curves(curves, title=loss, y="loss"), f"{loss}, first seed")
    return page.write(path)


def _curve(run: Path, loss: str) -> list[tuple[float, float]]:
    lines = RunFolder(run).history()
    return [(line["step"], line[loss]) for line in lines if loss in line and math.isfinite(line[loss])]


def _known(std: float) -> float:
    return 0.0 if math.isnan(std) else std
