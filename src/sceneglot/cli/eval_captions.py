"""The captioning part of `sceneglot eval`: Scan2Cap's table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sceneglot.errors import SceneglotError

if TYPE_CHECKING:
    from sceneglot.metrics.table import ScoreTable
    from sceneglot.tasks.gps.caption_report import CaptionScores


def print_captions(
    run: Path, data: Path, split: str, text: str, protocol: str | None, detector: Path | None, *, out: Path | None
) -> None:
    """Score captions of objects and print them beside what the look of the class alone would have written.

    Raises:
        SceneglotError: a protocol that hands out labels, which a captioner does not read.
    """
    from sceneglot.metrics.grounding import THRESHOLDS
    from sceneglot.recipes.gps_captions import evaluate_captions
    from sceneglot.train.run import write_json
    from sceneglot.view.tables import print_table

    if protocol not in (None, "gt-boxes", "detected"):
        raise SceneglotError(f"{run}: protocol {protocol} does not fit captions; there are gt-boxes and detected")
    given = "detected" if protocol == "detected" else "gt-boxes"
    found = evaluate_captions(run, data, split, text, given, detector)
    # annotated boxes overlap themselves at any threshold
    tables = [caption_table(found, str(run), text, split, k) for k in ((0.5,) if given == "gt-boxes" else THRESHOLDS)]
    for table in tables:
        print_table(table)
    if out is not None:
        print(f"wrote {write_json(out, found.summary() | {'tables': [table.to_dict() for table in tables]})}")


def caption_table(found: CaptionScores, name: str, text: str, split: str, threshold: float) -> ScoreTable:
    """m@k of the network and of captions that a look at the class would have written, k being the threshold."""
    from sceneglot.metrics.table import Row, ScoreTable

    at = f"@{threshold:g}"
    columns = lambda scores: {key: value for key, value in scores.items() if key.endswith(at)}  # noqa: E731
    rows = [
        Row("most frequent caption", columns(found.common), "prior"),
        Row("most frequent caption of the likeliest class", columns(found.likely), "prior"),
    ]
    if found.true_class is not None:
        rows.append(Row("most frequent caption of the true class", columns(found.true_class), "prior"))
    rows.append(Row(name, columns(found.scores)))
    title = f"{text or 'all captions'}, {found.scenes} {split} scenes, {found.objects:,} objects"
    return ScoreTable(f"{title}, protocol {found.protocol}", found.objects, tuple(rows), foreign=True)
