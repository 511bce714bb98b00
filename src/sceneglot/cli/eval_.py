"""`sceneglot eval RUN --data DATA`: score a trained run, beside the blind row."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tyro

from sceneglot.errors import SceneglotError


def evaluate(
    run: tyro.conf.Positional[Path],
    data: Path,
    split: Literal["train", "val", "test", "all"] = "test",
    blind: Path | None = None,
    text: str = "",
    out: Path | None = None,
    task: Literal["vqa", "grounding", "captioning", "segmentation", "instances", "detection"] = "vqa",
    protocol: Literal["gt-labels", "gt-boxes", "detected"] | None = None,
    detector: Path | None = None,
    setting: Literal["any", "zero-shot", "zero-shot-text"] = "any",
    unique: Literal["described", "all"] = "described",
    official: bool = False,
    failures: Path | None = None,
    count: int = 30,
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
        task: "grounding" for runs of the recipes gps and gps-points: points at one object per referral; "captioning"
            for gps-captions: writes about objects (Scan2Cap); "segmentation" and "instances" for runs of the ws3d
            recipes; "detection" for ws3d-detect and all runs that hold a VoteNet.
        protocol: of grounding and captioning, what is given: gt-labels, boxes and labels of all objects (recipe gps);
            gt-boxes, the same without labels (all recipes on points); detected, nothing: a detector finds the boxes.
        detector: of protocol detected, a run of ws3d with --instances, of clip-pretrain or of vqa.
        setting: of grounding, what the run may have been trained on; refused where the run says otherwise. Of
            segmentation, "zero-shot" names points by the words of the classes: pictures, network, and both.
        unique: of grounding, whether ScanRefer's "unique" looks at the described objects only (its own code) or at
            all of the scene (GPS's).
        official: of grounding, refuse to score unless it is the complete official split.
        failures: of grounding, also write a page with pictures of what went wrong to this HTML file.
        count: failures shown there.
    """
    if task == "grounding":
        from sceneglot.cli.eval_grounding import evaluate_grounding
        from sceneglot.recipes.ground import Test

        test = Test(data, split, text, protocol, detector, setting, unique, official=official)
        return evaluate_grounding(run, test, blind=blind, out=out, failures=failures, count=count)
    if task == "captioning":
        from sceneglot.cli.eval_captions import print_captions

        return print_captions(run, data, split, text, protocol, detector, out=out)
    if task in ("segmentation", "instances"):
        from sceneglot.cli.eval_segmentation import evaluate_parsing, print_zero_shot

        if task == "segmentation" and setting == "zero-shot":
            return print_zero_shot(run, data, split, out=out)
        return evaluate_parsing(run, data, split, instances=task == "instances", out=out)
    if task == "detection":
        from sceneglot.cli.eval_detection import print_detection

        return print_detection(run, data, split, out=out)
    if split == "all":
        raise SceneglotError("--split all is for grounding; questions are scored on val or test")
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
