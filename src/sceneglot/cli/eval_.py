"""`sceneglot eval RUN --data DATA`: score a trained run, beside the blind row. Each task has a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tyro

from sceneglot.errors import SceneglotError

_TASKS_OF: dict[str, tuple[str, ...]] = {
    "text": ("vqa", "grounding", "captioning"),
    "blind": ("vqa", "grounding"),
    "protocol": ("grounding", "captioning"),
    "detector": ("grounding", "captioning"),
    "setting": ("grounding", "segmentation"),
    "unique": ("grounding",),
    "official": ("grounding",),
    "folds": ("segmentation",),
    "failures": ("grounding",),
}
"""Option -> the tasks that heed it."""


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
    folds: tuple[Path, ...] = (),
    failures: Path | None = None,
    count: int = 30,
) -> None:
    """Answer every question of a split and score answers, boxes and detections; or ground every referral.

    Scores and predictions are also written into the run folder, and into that of the blind run.

    Questions and grounding are never shown without what language alone reaches: name a run of the recipe "blind" with
    --blind, or the most frequent training answers to questions that begin alike are scored instead, and named so.
    Captions stand beside retrieval, segmentation beside the commonest class; detection and instances stand alone.

    Example: sceneglot eval runs/vqa --data rooms --split test --blind runs/blind

    Args:
        run: run folder; --task says what it is scored on.
        data: store with the scenes, and what is asked about them; questions also need embedded features.
        split: which scenes; "all" is not for questions.
        blind: run folder of the blind baseline.
        text: utterance file to take questions, referrals or captions from; all of them if empty.
        out: also write the scores to this JSON file.
        task: "grounding" for runs of the recipes gps and gps-points: points at one object per referral, and at none,
            one or several per description in the manner of Multi3DRefer (F1 by type); "captioning" for gps-captions:
            writes about objects (Scan2Cap); "segmentation" and "instances" for runs of the ws3d recipes; "detection"
            for ws3d-detect and all runs that hold a VoteNet.
        protocol: of grounding and captioning, what is given: gt-labels, boxes and labels of all objects (recipe gps);
            gt-boxes, the same without labels (all recipes on points); detected, nothing: a detector finds the boxes.
        detector: of protocol detected, a run of ws3d with --instances, of ws3d-detect, of clip-pretrain or of vqa.
        setting: of grounding, what the run may have been trained on; refused where the run says otherwise. Of
            segmentation, "zero-shot" names points by the words of the classes: pictures, network, and both.
        unique: of grounding, whether ScanRefer's "unique" looks at the described objects only (its own code) or at
            all of the scene (GPS's).
        official: of grounding, refuse to score unless it is the complete official split.
        folds: of segmentation, score files of the runs of other folds, to be counted together with this one's: S3DIS
            "6-fold" is the score of six matrices summed.
        failures: of grounding, also write a page with pictures of what went wrong to this HTML file.
        count: failures shown there.
    """
    _refuse_foreign(
        task,
        {
            "text": bool(text),
            "blind": blind is not None,
            "protocol": protocol is not None,
            "detector": detector is not None,
            "setting": setting != "any",
            "unique": unique != "described",
            "official": official,
            "folds": bool(folds),
            "failures": failures is not None,
        },
    )
    if task == "segmentation" and setting == "zero-shot-text":
        raise SceneglotError("--setting zero-shot-text is for --task grounding; segmentation knows zero-shot")
    if folds and setting == "zero-shot":
        raise SceneglotError("--folds counts matrices of trained classes, not with --setting zero-shot")
    if task == "grounding":
        from sceneglot.cli.eval_grounding import print_grounding
        from sceneglot.recipes.ground import Test

        test = Test(data, split, text, protocol, detector, setting, unique, official=official)
        print_grounding(run, test, blind=blind, out=out, failures=failures, count=count)
    elif task == "captioning":
        from sceneglot.cli.eval_captions import print_captions

        print_captions(run, data, split, text, protocol, detector, out=out)
    elif task == "segmentation":
        from sceneglot.cli.eval_segmentation import print_segmentation, print_zero_shot

        if setting == "zero-shot":
            print_zero_shot(run, data, split, out=out)
        else:
            print_segmentation(run, data, split, folds=folds, out=out)
    elif task == "instances":
        from sceneglot.cli.eval_segmentation import print_instances

        print_instances(run, data, split, out=out)
    elif task == "detection":
        from sceneglot.cli.eval_detection import print_detection

        print_detection(run, data, split, out=out)
    else:
        from sceneglot.cli.eval_questions import print_questions

        print_questions(run, data, split, text, blind, out=out)


def _refuse_foreign(task: str, given: dict[str, bool]) -> None:
    """An option that another task heeds would be passed over in silence: refuse it."""
    for name, is_given in given.items():
        if is_given and task not in _TASKS_OF[name]:
            raise SceneglotError(f"eval: --{name} is for --task {' or '.join(_TASKS_OF[name])}, not for {task}")
