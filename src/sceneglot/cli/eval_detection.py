"""`sceneglot eval RUN --task detection`."""

from __future__ import annotations

from pathlib import Path


def print_detection(run: Path, data: Path, split: str, *, out: Path | None) -> None:
    """Print and write mAP and recall of a run with a detector, overall and by class."""
    from sceneglot.atomic import write_json
    from sceneglot.recipes.detect import evaluate_detection

    scores = evaluate_detection(run, data, split)
    print(f"{scores.scenes} scenes  " + "  ".join(f"{name} {100 * v:.1f}" for name, v in scores.metrics().items()))
    for name, row in scores.summary()["classes"].items():
        print(
            f"  {name:16s} AP@0.25 {100 * row['AP@0.25']:5.1f}  AP@0.5 {100 * row['AP@0.5']:5.1f}  {row['boxes']} boxes"
        )
    written = run / f"scores-detection-{split}.json"
    print(f"wrote {written if out is None else write_json(out, scores.summary())}")
