"""`sceneglot study ws3d | ws3d-sensitivity | ws3d-levels`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sceneglot.atomic import atomic_path, write_json
from sceneglot.cli.study import Progress, StudyOptions, chosen_rows, run_rows
from sceneglot.recipes.study import RowResult
from sceneglot.recipes.ws3d_levels import LEVELS, LevelsPlan, LevelsRow, prepare_levels
from sceneglot.recipes.ws3d_study import (
    CONTROL,
    Ws3dPlan,
    Ws3dRow,
    efficiency_rows,
    prepare,
    recovered,
    sensitivity_rows,
)
from sceneglot.synth.generate import generate_many
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.view.plots import spread_curves


@dataclass(frozen=True, kw_only=True)
class Ws3dOptions(StudyOptions):
    """What the studies of scene parsing can be asked for."""

    rooms: int = 120
    pretrain_steps: int = Ws3dPlan.pretrain_steps
    finetune_steps: int = Ws3dPlan.steps
    teacher: str = Ws3dPlan.teacher
    """Whose pictures are distilled: embedded, rooms:FILE (see `train rooms-patches`), clip:ID, siglip:ID."""
    batch_size: int = Ws3dPlan.batch_size
    """Labelled rooms in every step; as many unlabelled ones come beside where a term learns from them."""


@dataclass(frozen=True, kw_only=True)
class EfficiencyOptions(Ws3dOptions):
    """What the study of label efficiency can be asked for."""

    percents: tuple[float, ...] = (1.0, 5.0, 100.0)
    """Shares of labelled training scenes, in %."""
    points: tuple[int, ...] = ()
    """Numbers of labelled points per scene."""


@dataclass(frozen=True, kw_only=True)
class SensitivityOptions(Ws3dOptions):
    """What the study of thresholds and terms can be asked for."""

    percent: float = 5.0
    """Share of labelled training scenes, in %."""
    points: int = 0
    """Labelled points in every scene instead."""
    pretrained: bool = False
    """All rows start from the pre-training."""

    @property
    def labels(self) -> Annotation:
        """Those of all rows."""
        return Annotation(points=self.points) if self.points else Annotation(percent=self.percent)


EFFICIENCY = EfficiencyOptions(out=Path("studies/ws3d"))
SENSITIVITY = SensitivityOptions(out=Path("studies/ws3d-sensitivity"))
BY_LEVEL = Ws3dOptions(out=Path("studies/ws3d-levels"))


def label_efficiency(asked: EfficiencyOptions = EFFICIENCY) -> None:
    """Scene parsing on generated rooms with few labels: scratch, pre-trained on pictures, region-aware, and both.

    Each for every share of labelled scenes (--percents) and number of labelled points (--points).

    Example: sceneglot study ws3d --percents 5 100 --points 20 --workers 2
    """
    # The control sees two rooms a step: it has something to say only where the other rows see one.
    rows = efficiency_rows(asked.percents, asked.points, control=asked.batch_size == 1)
    _ws3d_study("study ws3d", rows, asked)


def sensitivity(asked: SensitivityOptions = SENSITIVITY) -> None:
    """Regions, thresholds and terms of the region-aware losses, changed one at a time at few labels.

    Example: sceneglot study ws3d-sensitivity --points 50 --pretrained --workers 2
    """
    rows = sensitivity_rows(asked.labels, pretrained=asked.pretrained)
    _ws3d_study("study ws3d-sensitivity", rows, asked)


def levels(asked: Ws3dOptions = BY_LEVEL) -> None:
    """Hierarchical pre-training without its scenes, its objects or its points, and pre-training on regions.

    Each is tested by words alone, and after fine-tuning with 5 % of the scenes labelled. All pre-trainings see two
    rooms a step; --batch-size is that of the fine-tuning.

    Example: sceneglot study ws3d-levels --workers 2
    """
    _levels_study(chosen_rows(LEVELS, asked.rows), asked)


def _levels_study(rows: Sequence[LevelsRow], asked: Ws3dOptions) -> None:
    """Generate rooms (unless data is given), run the rows, print and write the table."""
    plan = LevelsPlan(_plan(asked))

    def make(progress: Progress) -> None:
        _rooms(asked, progress)
        prepare_levels(plan, rows, progress)

    results = run_rows("study ws3d-levels", rows, plan, asked, make)
    for result in results:
        print(_level_line(result))
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    table = {"seeds": asked.seeds, "steps": [asked.pretrain_steps, asked.finetune_steps], "rows": record}
    print(f"wrote {write_json(asked.out / 'table.json', table)}")


def _level_line(result: RowResult[LevelsRow]) -> str:
    """A row of the table as printed."""
    words = result.scores.get("words mIoU")
    alone = "" if words is None else f", by words alone {words.format(1, 100)}"
    return f"{result.row.name:48s} mIoU {result.scores['mIoU'].format(1, 100)}{alone}"


def _ws3d_study(name: str, known: Sequence[Ws3dRow], asked: Ws3dOptions) -> None:
    """Generate rooms (unless data is given), run the rows, print and write table and curves."""
    rows = chosen_rows(known, asked.rows)
    plan = _plan(asked)

    def make(progress: Progress) -> None:
        _rooms(asked, progress)
        prepare(asked.store, plan, progress, pictures=any(row.variant.pretrained for row in rows))

    finish(asked, run_rows(name, rows, plan, asked, make))


def _plan(asked: Ws3dOptions) -> Ws3dPlan:
    return Ws3dPlan(
        asked.store,
        asked.out / "runs",
        asked.pretrain_steps,
        asked.finetune_steps,
        teacher=asked.teacher,
        batch_size=asked.batch_size,
    )


def _rooms(asked: Ws3dOptions, progress: Progress) -> None:
    """Generate them, unless data is given."""
    if asked.data is None:
        report = lambda done, total: progress("rooms", done, total)  # noqa: E731
        generate_many(asked.store, asked.rooms, asked.data_seed, asked.workers, val=0.1, test=0.15, report=report)


def finish(asked: Ws3dOptions, results: Sequence[RowResult[Ws3dRow]]) -> None:
    """Print the table, write table.json and curves over shares of scenes and over points where there are several."""
    gaps = {"": recovered(results), CONTROL: recovered(results, CONTROL)}
    for result in results:
        print(f"{result.row.name:58s} mIoU {result.scores['mIoU'].format(1, 100)}{_closes(result.row, gaps)}")
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    steps = [asked.pretrain_steps, asked.finetune_steps]
    table = {
        "seeds": asked.seeds,
        "steps": steps,
        "batch_size": asked.batch_size,
        "recovered": gaps[""],
        "recovered_of_control": gaps[CONTROL],
        "rows": record,
    }
    print(f"wrote {write_json(asked.out / 'table.json', table)}")
    for name, points, axis in (("curves", False, "% of scenes labelled"), ("curves-points", True, "points per scene")):
        if series := _series(results, points=points):
            with atomic_path(asked.out / f"{name}.png") as temporary:
                temporary.write_bytes(spread_curves(series, title="label efficiency", x=axis, y="mIoU, %"))
            print(f"wrote {asked.out / f'{name}.png'}")


def _closes(row: Ws3dRow, gaps: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """What the variant wins, in words; "" where there is nothing to compare with."""
    if row.changed:
        return ""
    shares = {name: gap.get(row.labels, {}).get(row.variant.name) for name, gap in gaps.items()}
    said = [f"{100 * s:.0f} % of the gap{f' to {name}' * bool(name)}" for name, s in shares.items() if s is not None]
    return f"  closes {', '.join(said)}" if said else ""


def _series(
    results: Sequence[RowResult[Ws3dRow]], *, points: bool
) -> Mapping[str, Sequence[tuple[float, float, float]]]:
    """Variant -> (amount of labels, mIoU in %, its deviation), over points per scene or over shares of scenes."""
    lines: dict[str, list[tuple[float, float, float]]] = {}
    for result in results:
        labels, score = result.row.annotation, result.scores["mIoU"]
        if not result.row.changed and bool(labels.points) == points:
            amount = labels.points or labels.percent
            lines.setdefault(result.row.variant.name, []).append((amount, 100 * score.mean, 100 * score.std))
    return {name: sorted(line) for name, line in lines.items() if len(line) > 1}
