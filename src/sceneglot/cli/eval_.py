"""`sceneglot eval RUN --data DATA`: score a trained run, beside the blind row."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tyro


def evaluate(
    run: tyro.conf.Positional[Path],
    data: Path,
    split: Literal["train", "val", "test"] = "test",
    blind: Path | None = None,
    text: str = "",
    out: Path | None = None,
    task: Literal["vqa", "grounding"] = "vqa",
    protocol: Literal["gt-labels"] = "gt-labels",
    official: bool = False,
) -> None:
    """Answer every question of a split and score answers, boxes and detections; or ground every referral.

    Scores and predictions are also written into the run folder, and into that of the blind run.

    A score is never shown without what language alone reaches: name a run of the recipe "blind" with --blind, or the
    most frequent training answers to questions that begin alike are scored instead, and named so.

    Example: sceneglot eval runs/vqa --data rooms --split test --blind runs/blind

    Args:
        run: run folder of a question-answering recipe.
        data: store with scenes, questions and embedded features.
        split: which scenes.
        blind: run folder of the blind baseline.
        text: utterance file to take questions from; all of them if empty.
        out: also write the scores to this JSON file.
        task: "grounding" for runs of the recipe gps: points at one object per referral.
        protocol: of grounding, what is given: gt-labels, the boxes and labels of all objects.
        official: of grounding, refuse to score Nr3D unless it is the complete official test split.
    """
    if task == "grounding":
        from sceneglot.cli.eval_grounding import evaluate_grounding

        return evaluate_grounding(run, data, split, text, blind=blind, protocol=protocol, official=official, out=out)
    from sceneglot.recipes.evaluate import evaluate_run, prior_scores
    from sceneglot.train.run import write_json
    from sceneglot.view.tables import print_table, question_table

    scores = evaluate_run(run, data, split, text)
    if blind is not None:
        other = ("blind (question only)", evaluate_run(blind, data, split, text).headline, "blind")
    else:
        other = ("language prior (most frequent answers)", prior_scores(data, split, text), "prior")
    table = question_table([other, (str(run), scores.headline, "system")], scores.counts)
    print_table(table)
    for name, (em, count) in scores.by_type.items():
        print(f"  {name:14s} EM@1 {em:5.1f}  ({count} questions)")
    print(f"  the closed vocabulary allows EM@1 of at most {scores.ceiling:.1f}")
    if out is not None:
        write_json(out, scores.summary() | {"blind": {"name": other[0], "headline": dict(other[1])}})
    print(f"wrote {out or run / f'scores-{split}.json'}")
