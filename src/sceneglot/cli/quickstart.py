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
    from sceneglot.cli.steps import Steps
    from sceneglot.recipes.rooms_data import RoomsData, make_rooms
    from sceneglot.recipes.vqa_table import QUICK_BUDGET, QUICK_ROWS, run_table
    from sceneglot.train.jobs import Listener

    with Steps() as steps:
        steps.headline(f"making {rooms} rooms: generate, describe, render, embed")
        make_rooms(out / "data", RoomsData(rooms=rooms, seed=seed), steps.progress)
        listener = Listener(steps.headline, steps.progress)
        results = run_table(out / "data", out / "runs", QUICK_ROWS, (seed,), QUICK_BUDGET, 0, listener)
    from sceneglot.cli.study_vqa import finish

    finish(out, results, (seed,), QUICK_BUDGET, "sceneglot quickstart", steps.headline)
    print(f"try: sceneglot ask {results[-1].runs[0]} {out / 'data'} 'what is next to the table?' --scene-id <scene>")
