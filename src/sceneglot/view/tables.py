"""Tables of scores for the terminal and the report; never without the blind row and the number of questions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sceneglot.errors import SceneglotError

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS: tuple[tuple[str, str], ...] = (
    ("em1", "EM@1"),
    ("em10", "EM@10"),
    ("bleu1", "BLEU-1"),
    ("bleu4", "BLEU-4"),
    ("rouge_l", "ROUGE-L"),
    ("cider", "CIDEr"),
    ("acc@0.25", "Acc@0.25"),
    ("acc@0.5", "Acc@0.5"),
    ("map@0.25", "mAP@0.25"),
)
"""Metric and heading; all are shown times 100."""


def cells(scores: Mapping[str, float], spread: Mapping[str, float] | None = None) -> list[str]:
    """One row of formatted numbers, "-" where a system has no such score, with +- spread where there is one."""
    row = []
    for key, _ in COLUMNS:
        if key not in scores:
            row.append("-")
            continue
        text = f"{100 * scores[key]:.1f}"
        if spread and not math.isnan(spread.get(key, math.nan)):
            text += f" ± {100 * spread[key]:.1f}"
        row.append(text)
    return row


def score_table(rows: Sequence[tuple[str, Mapping[str, float]]], counts: Mapping[str, int]) -> Table:
    """A rich table of (name, scores).

    Raises:
        SceneglotError: fewer than two rows: a score without its blind row says nothing.
    """
    from rich.table import Table

    if len(rows) < 2:
        raise SceneglotError("a table of answers needs its blind row")
    title = f"{counts['questions']} questions ({counts['with_box']} with a box) about {counts['scenes']} scenes"
    table = Table(title=title)
    table.add_column("system")
    for _, heading in COLUMNS:
        table.add_column(heading, justify="right")
    for name, scores in rows:
        table.add_row(name, *cells(scores))
    return table
