"""`sceneglot quickstart`: the whole chain in small, ending with a table and a report."""

from __future__ import annotations

from pathlib import Path


def quickstart(out: Path = Path("quickstart"), rooms: int = 128, seed: int = 0) -> None:
    """From nothing to a table: rooms, sentences, pictures, teacher, pre-training, question answering, report.

    Trains the blind baseline and the 3D-VQA network without and with pre-training on generated rooms, tests them on
    rooms never seen, and writes report.html. A few minutes on two CPU cores; repeat the command to continue an
    interrupted run.

    Example: sceneglot quickstart --out quickstart

    Args:
        out: folder for data, runs and report.
        rooms: rooms to generate; an eighth each for validation and test.
        seed: of rooms, sentences and training.
    """
    from sceneglot.cli.study import StudyOptions
    from sceneglot.cli.study_vqa import vqa_study
    from sceneglot.recipes.vqa_table import QUICK_BUDGET, QUICK_ROWS
    from sceneglot.scenes.store import Store

    asked = StudyOptions(
        out=out,
        rooms=rooms,
        seeds=(seed,),
        pretrain_steps=QUICK_BUDGET.pretrain,
        finetune_steps=QUICK_BUDGET.finetune,
        workers=0,
        data_seed=seed,
    )
    results = vqa_study("quickstart", QUICK_ROWS, asked)
    scene = Store.open(asked.store).split("test")[0]
    print(f"try: sceneglot ask {results[-1].runs[0]} {asked.store} 'what is next to the table?' --scene-id {scene}")
