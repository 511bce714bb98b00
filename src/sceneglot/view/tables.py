"""Tables of question answering for the terminal and the report; never without the blind row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sceneglot.metrics.table import Kind, Row, ScoreTable

COLUMNS: tuple[str, ...] = ("EM@1", "EM@10", "BLEU-1", "ROUGE-L", "CIDEr", "Acc@0.25", "Acc@0.5", "mAP@0.25")
"""What fits on a line; everything else is in the JSON files. All are percentages, CIDEr goes to 1000."""


def question_table(rows: Sequence[tuple[str, Mapping[str, float], Kind]], counts: Mapping[str, int]) -> ScoreTable:
    """A table of (name, scores, kind) over `counts` questions; showing it without a blind or prior row raises."""
    title = f"{counts['with_box']} with a box, {counts['scenes']} scenes"
    kept = [Row(name, {c: scores[c] for c in COLUMNS if c in scores}, kind) for name, scores, kind in rows]
    no_blind = not any(row.kind == "blind" for row in kept)
    return ScoreTable(title, counts["questions"], tuple(kept), foreign=no_blind)


def print_table(table: ScoreTable) -> None:
    """Print to standard output."""
    from sceneglot.view.terminal import output

    output().print(table.to_rich(digits=1))


def cells(scores: Mapping[str, float], spread: Mapping[str, float], columns: Sequence[str] = COLUMNS) -> list[str]:
    """One row of formatted numbers, "-" where a system has no such score, with its spread where there is one."""
    row = []
    for name in columns:
        if name not in scores:
            row.append("-")
            continue
        text = f"{scores[name]:.1f}"
        row.append(text if math.isnan(spread.get(name, math.nan)) else f"{text} ± {spread[name]:.1f}")
    return row
