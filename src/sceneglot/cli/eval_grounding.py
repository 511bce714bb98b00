"""The grounding half of `sceneglot eval`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def evaluate_grounding(
    run: Path,
    data: Path,
    split: str,
    text: str,
    *,
    blind: Path | None,
    protocol: str,
    official: bool,
    out: Path | None,
) -> None:
    """Ground the referrals of a split and print the official subsets beside the baselines.

    Args:
        run: run folder of the recipe gps; blind: of the recipe gps-blind.
        text: utterance file to take referrals from; all of them if empty.
        protocol: printed with the numbers.
        official: raise when Nr3D has another size than the official test split.
        out: also write the scores to this JSON file.
    """
    from sceneglot.metrics.referit3d import SUBSETS, check_count
    from sceneglot.metrics.table import Row, ScoreTable
    from sceneglot.recipes.ground import evaluate_grounder
    from sceneglot.train.run import write_json
    from sceneglot.view.tables import print_table

    found = evaluate_grounder(run, data, split, text)
    if official:
        check_count(text.partition("_")[0], found.scores.counts["overall"])
    rows = [Row("random object", {"overall": found.random}, "prior")]
    rows.append(Row("random object of the right class", {"overall": found.class_only}, "prior"))
    if blind is not None:
        other = evaluate_grounder(blind, data, split, text)
        rows.append(Row("blind (labels, no boxes)", _present(other.scores.accuracy), "blind"))
    rows.append(Row(str(run), _present(found.scores.accuracy)))
    counts = ", ".join(f"{found.scores.counts[name]} {name}" for name in SUBSETS[1:])
    left_out = ", ".join(f"{count} with {reason}" for reason, count in found.left_out.items())
    notes = (counts, f"right class: {found.right_class:.1f}", *((f"left out: {left_out}",) if left_out else ()))
    title = f"{text or 'all referrals'}, {split} scenes, protocol {protocol}"
    table = ScoreTable(title, found.scores.counts["overall"], tuple(rows), foreign=blind is None, notes=notes)
    print_table(table)
    for name, (accuracy, count) in found.by_relation.items():
        print(f"  {name:16s} {accuracy:5.1f}  ({count} sentences)")
    if out is not None:
        print(f"wrote {write_json(out, found.summary() | {'table': table.to_dict()})}")


def _present(accuracy: Mapping[str, float]) -> dict[str, float]:
    """Without the subsets that have no sentence."""
    return {name: value for name, value in accuracy.items() if value == value}
