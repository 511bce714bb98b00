"""`sceneglot eval RUN --task segmentation` (also `--setting zero-shot`) and `--task instances`."""

from __future__ import annotations

from pathlib import Path


def evaluate_parsing(run: Path, data: Path, split: str, *, instances: bool, out: Path | None) -> None:
    """Print and write the scores of a run of a ws3d recipe, beside what the commonest class alone would reach."""
    from sceneglot.atomic import write_json
    from sceneglot.recipes.segment import commonest_class, evaluate_instances, evaluate_segmentation

    if instances:
        scores = evaluate_instances(run, data, split)
        per_class, kind = zip(scores.classes, scores.score.ap50), "AP50"
        lines = [_line(str(run), scores.metrics())]
    else:
        scores = evaluate_segmentation(run, data, split)
        prior = commonest_class(data, split, run)
        per_class, kind = zip(scores.classes, scores.score.iou), "IoU"
        lines = [_line("prior (commonest class)", prior.metrics()), _line(str(run), scores.metrics())]
    print("\n".join([f"{scores.scenes} scenes", *lines]))
    for name, value in per_class:
        print(f"  {name:18s} {kind} " + ("  -  " if value != value else f"{100 * value:5.1f}"))
    written = run / f"scores-{'instances' if instances else 'segmentation'}-{split}.json"
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


def _line(name: str, metrics: dict[str, float]) -> str:
    return f"{name:28s} " + "  ".join(f"{key} {100 * value:.1f}" for key, value in metrics.items())
