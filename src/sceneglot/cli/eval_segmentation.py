"""`sceneglot eval RUN --task segmentation` (also `--setting zero-shot`) and `--task instances`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def print_segmentation(run: Path, data: Path, split: str, *, folds: Sequence[Path] = (), out: Path | None) -> None:
    """Print and write mIoU of a run of a ws3d recipe, beside what the commonest class alone would reach."""
    from sceneglot.atomic import write_json
    from sceneglot.recipes.segment import commonest_class, evaluate_segmentation

    scores = evaluate_segmentation(run, data, split)
    prior = commonest_class(data, split, run)
    if prior is None:
        lines = [f"no prior (commonest class): no scene of the train split of {data} has labels"]
    else:
        lines = [_line("prior (commonest class)", prior.metrics())]
    lines.append(_line(str(run), scores.metrics()))
    if folds:
        scores = scores.with_folds(folds)
        lines.append(_line(f"{1 + len(folds)} folds, one matrix", scores.metrics()))
    print("\n".join([f"{scores.scenes} scenes", *lines, *_by_class("IoU", scores.classes, scores.score.iou)]))
    written = run / f"scores-segmentation-{split}.json"
    print(f"wrote {written if out is None else write_json(out, scores.summary())}")


def print_instances(run: Path, data: Path, split: str, *, out: Path | None) -> None:
    """Print and write AP of the instances that a run of a ws3d recipe finds."""
    from sceneglot.atomic import write_json
    from sceneglot.recipes.segment import evaluate_instances

    scores = evaluate_instances(run, data, split)
    lines = [_line(str(run), scores.metrics()), *_by_class("AP50", scores.classes, scores.score.ap50)]
    print("\n".join([f"{scores.scenes} scenes", *lines]))
    written = run / f"scores-instances-{split}.json"
    print(f"wrote {written if out is None else write_json(out, scores.summary())}")


def print_zero_shot(run: Path, data: Path, split: str, *, out: Path | None) -> None:
    """Print and write what words alone reach, from pictures, from the network, and from both."""
    from sceneglot.atomic import write_json
    from sceneglot.recipes.zero_shot import evaluate_zero_shot

    scores = evaluate_zero_shot(run, data, split)
    print(f"{scores.rows['lifted'].scenes} scenes, no labels seen")
    print("\n".join(_line(row, scores.metrics(row)) for row in scores.rows))
    written = run / f"scores-zero-shot-{split}.json"
    print(f"wrote {written if out is None else write_json(out, scores.summary())}")


def _by_class(kind: str, classes: Iterable[str], values: Iterable[float]) -> list[str]:
    """One line per class; a dash where the class does not occur."""
    shown = {name: "  -  " if value != value else f"{100 * value:5.1f}" for name, value in zip(classes, values)}
    return [f"  {name:18s} {kind} {value}" for name, value in shown.items()]


def _line(name: str, metrics: dict[str, float]) -> str:
    return f"{name:28s} " + "  ".join(f"{key} {100 * value:.1f}" for key, value in metrics.items())
