"""`sceneglot study vqa`, and the part of it that `sceneglot quickstart` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sceneglot.atomic import write_json
from sceneglot.cli.study import Progress, StudyOptions, chosen_rows, run_rows
from sceneglot.metrics.table import Kind
from sceneglot.recipes.rooms_data import RoomsData, make_rooms
from sceneglot.recipes.study import RowResult
from sceneglot.recipes.vqa_table import ALL_ROWS, Budget, Row, VQAPlan, pretrain_config
from sceneglot.records import read_json
from sceneglot.view.report import write_vqa_report
from sceneglot.view.tables import print_table, question_table

VQA = StudyOptions(out=Path("studies/vqa"), rooms=384, pretrain_steps=2000, finetune_steps=1500)


def study_vqa(asked: StudyOptions = VQA) -> None:
    """The table of CLIP-guided 3D question answering on generated rooms.

    Rows: blind, ScanRefer + MCAN, ScanQA without and with multi-view features, and the 3D-VQA network without
    pre-training, without it but with as many steps in all, and with it. An eighth of the rooms each is for validation
    and test.

    Example: sceneglot study vqa --workers 0 --rows clip-vqa-pretrained
    """
    vqa_study("study vqa", chosen_rows(ALL_ROWS, asked.rows), asked)


def vqa_study(name: str, rows: Sequence[Row], asked: StudyOptions) -> list[RowResult[Row]]:
    """Generate rooms (unless data is given), run the rows, print the table, write table.json and report.html."""

    def prepare(progress: Progress) -> None:
        if asked.data is None:
            make_rooms(asked.store, RoomsData(rooms=asked.rooms, seed=asked.data_seed), progress)

    plan = VQAPlan(asked.store, asked.out / "runs", Budget(asked.pretrain_steps, asked.finetune_steps))
    results = run_rows(name, rows, plan, asked, prepare)
    _finish(name, plan, asked, results)
    return results


def _finish(name: str, plan: VQAPlan, asked: StudyOptions, results: Sequence[RowResult[Row]]) -> None:
    counts = read_json(results[0].runs[0] / "scores-test.json")["counts"]
    means: list[tuple[str, Mapping[str, float], Kind]] = [
        (r.row.name, {k: s.mean for k, s in r.scores.items()}, r.row.kind) for r in results
    ]
    print_table(question_table(means, counts))
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    table = {"seeds": asked.seeds, "budget": plan.budget, "counts": counts, "rows": record}
    print(f"wrote {write_json(asked.out / 'table.json', table)}")
    pretraining = pretrain_config(plan.data, plan.out, asked.seeds[0], plan.budget).out
    page = write_vqa_report(asked.out / "report.html", plan.data, results, pretraining, f"sceneglot {name}")
    print(f"wrote {page}")
