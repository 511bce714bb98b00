"""The captioning part of `sceneglot eval`: Scan2Cap's table."""

from __future__ import annotations

from pathlib import Path

from sceneglot.errors import SceneglotError


def print_captions(
    run: Path, data: Path, split: str, text: str, protocol: str | None, detector: Path | None, *, out: Path | None
) -> None:
    """Score captions of objects and print them beside what the look of the class alone would have written.

    Raises:
        SceneglotError: a protocol that hands out labels, which a captioner does not read.
    """
    from sceneglot.metrics.table import Row, ScoreTable
    from sceneglot.recipes.gps_captions import evaluate_captions
    from sceneglot.train.run import write_json
    from sceneglot.view.tables import print_table

    if protocol not in (None, "gt-boxes", "detected"):
        raise SceneglotError(f"{run}: protocol {protocol} does not fit captions; there are gt-boxes and detected")
    given = "detected" if protocol == "detected" else "gt-boxes"
    found = evaluate_captions(run, data, split, text, given, detector)
    kept = "@0.5" if given == "gt-boxes" else "@"  # annotated boxes overlap themselves at any threshold
    columns = lambda scores: {name: value for name, value in scores.items() if kept in name}  # noqa: E731
    rows = [
        Row("most frequent caption", columns(found.common), "prior"),
        Row("most frequent caption of the likeliest class", columns(found.likely), "prior"),
    ]
    if found.true_class is not None:
        rows.append(Row("most frequent caption of the true class", columns(found.true_class), "prior"))
    rows.append(Row(str(run), columns(found.scores)))
    title = f"{text or 'all captions'}, {found.scenes} {split} scenes, {found.objects:,} objects, protocol {given}"
    table = ScoreTable(title, found.objects, tuple(rows), foreign=True)
    print_table(table)
    if out is not None:
        print(f"wrote {write_json(out, found.summary() | {'table': table.to_dict()})}")
