"""The grounding half of `sceneglot eval`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sceneglot.metrics.table import Row, ScoreTable
    from sceneglot.recipes.ground import GroundingResult, Test


def print_grounding(
    run: Path, test: Test, *, blind: Path | None, out: Path | None, failures: Path | None, count: int
) -> None:
    """Ground the referrals of a split and print every table its sentences allow beside the baselines.

    Args:
        run: run folder of the recipe gps or gps-points; blind: of the recipe gps-blind.
        out: also write the scores to this JSON file.
        failures: page with pictures of `count` mistakes.
    """
    from sceneglot.atomic import write_json
    from sceneglot.recipes.ground import evaluate_grounder
    from sceneglot.view.tables import print_table

    found = evaluate_grounder(run, test)
    other = evaluate_grounder(blind, test) if blind is not None else None
    protocol = f"protocol {found.protocol}" + ("" if test.setting == "any" else f", {test.setting}")
    title = f"{test.text or 'all referrals'}, {test.split} scenes, {protocol}"
    single = [make(title, str(run), found, other) for make in (choice_table, box_table)]
    tables = [table for table in single if table is not None] + multi_tables(title, str(run), found, other)
    for table in tables:
        print_table(table)
    if found.choice is not None:
        for name, (accuracy, number) in found.choice.by_relation.items():
            print(f"  {name:16s} {accuracy:5.1f}  ({number} sentences)")
    if out is not None:
        shown = [table.to_dict() for table in tables]
        print(f"wrote {write_json(out, found.summary() | {'tables': shown})}")
    if failures is not None:
        from sceneglot.view.failures import write_failures

        print(f"wrote {write_failures(failures, title, found, test, count)}")


def choice_table(title: str, name: str, found: GroundingResult, blind: GroundingResult | None) -> ScoreTable | None:
    """ReferIt3D's subsets."""
    from sceneglot.metrics.referit3d import SUBSETS

    if found.choice is None:
        return None
    choice = found.choice
    prior = {"random object": choice.random, "random object of the right class": choice.class_only}
    blind_row = _present(blind.choice.scores.accuracy) if blind is not None and blind.choice is not None else None
    counts = ", ".join(f"{choice.scores.counts[part]} {part}" for part in SUBSETS[1:])
    left_out = ", ".join(f"{count} with {reason}" for reason, count in choice.left_out.items())
    notes = (counts, f"right class: {choice.right_class:.1f}", *((f"left out: {left_out}",) if left_out else ()))
    rows = _rows({k: {"overall": v} for k, v in prior.items()}, blind_row, name, _present(choice.scores.accuracy))
    return _table(title, choice.scores.counts["overall"], rows, blind_row is None, notes)


def box_table(title: str, name: str, found: GroundingResult, blind: GroundingResult | None) -> ScoreTable | None:
    """ScanRefer's strata, where sentences are ScanRefer's or boxes are detected."""
    if found.boxes is None or not (found.protocol == "detected" or "scanrefer" in title):
        return None
    boxes = found.boxes
    blind_row = _strata(blind.boxes.strata) if blind is not None and blind.boxes is not None else None
    counts = ", ".join(f"{values['n']:.0f} {part}" for part, values in boxes.strata.items() if part != "overall")
    alone = "among the described objects" if boxes.unique == "described" else "among all objects (GPS's rule)"
    notes = (counts, f"unique: alone in its class {alone}")
    prior = {"random box": dict(boxes.random), "best box there is": dict(boxes.ceiling)}
    rows = _rows(prior, blind_row, name, _strata(boxes.strata))
    return _table(title, int(boxes.strata["overall"]["n"]), rows, blind_row is None, notes)


def multi_tables(title: str, name: str, found: GroundingResult, blind: GroundingResult | None) -> list[ScoreTable]:
    """Multi3DRefer's F1, of all sentences and by type: a table for each threshold of the IoU."""
    if found.multi is None:
        return []
    from sceneglot.metrics.grounding import THRESHOLDS
    from sceneglot.metrics.multi3drefer import TYPES

    multi, other = found.multi, blind.multi if blind is not None else None
    counts = ", ".join(f"{multi.scores[kind]['n']:.0f} {kind}" for kind in TYPES if kind in multi.scores)
    how = "each object by itself" if multi.trained else "not trained for none or several: share of one choice"
    notes = (counts, f"chosen: probability above {multi.threshold:g} ({how})")
    tables = []
    for key in (f"F1@{t:g}" for t in THRESHOLDS):
        by_type = lambda scores, key=key: {kind: values[key] for kind, values in scores.items()}  # noqa: E731
        prior = {baseline: by_type(scores) for baseline, scores in multi.baselines.items()}
        rows = _rows(prior, by_type(other.scores) if other is not None else None, name, by_type(multi.scores))
        tables.append(_table(f"{title}, {key}", int(multi.scores["all"]["n"]), rows, other is None, notes))
    return tables


def _rows(
    prior: Mapping[str, Mapping[str, float]], blind: Mapping[str, float] | None, name: str, values: Mapping[str, float]
) -> list[Row]:
    from sceneglot.metrics.table import Row

    rows = [Row(text, dict(numbers), "prior") for text, numbers in prior.items()]
    rows += [Row("blind (labels, no boxes)", dict(blind), "blind")] if blind is not None else []
    return [*rows, Row(name, dict(values))]


def _table(title: str, count: int, rows: list[Row], foreign: bool, notes: tuple[str, ...]) -> ScoreTable:
    from sceneglot.metrics.table import ScoreTable

    return ScoreTable(title, count, tuple(rows), foreign=foreign, notes=notes)


def _strata(strata: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Flat columns; the overall ones have the bare names."""
    columns = {}
    for part, values in strata.items():
        for key, value in values.items():
            if key != "n" and values["n"]:
                columns[key if part == "overall" else f"{part} {key}"] = value
    return columns


def _present(accuracy: Mapping[str, float]) -> dict[str, float]:
    """Without the subsets that have no sentence."""
    return {name: value for name, value in accuracy.items() if value == value}
