"""The studies of scene parsing: rows, shared pre-training, resuming, the recovered share of the gap."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.recipes.conftest import FakeTeacher

from sceneglot.cli.study_ws3d import EfficiencyOptions, finish
from sceneglot.errors import BadFileError
from sceneglot.metrics.spread import Spread
from sceneglot.recipes import ws3d_study
from sceneglot.recipes.study import RowResult, run_study
from sceneglot.recipes.ws3d import Ws3dConfig, ws3d_scratch
from sceneglot.recipes.ws3d_study import (
    CONTROL,
    VARIANTS,
    Ws3dPlan,
    Ws3dRow,
    efficiency_rows,
    recovered,
    sensitivity_rows,
)
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.train import LoopConfig
from sceneglot.train.jobs import Listener


def tiny(data: Path, out: Path) -> Ws3dConfig:
    loop = LoopConfig(steps=1, batch_size=1, log_every=1)
    return replace(ws3d_scratch(data, out), label_set="nyu40", voxel=0.3, max_points=600, loop=loop)


def test_rows_have_names_and_folders_of_their_own() -> None:
    rows = (*efficiency_rows((1, 5, 100), (20, 50)), *sensitivity_rows()[2:])
    assert len({row.name for row in rows}) == len({row.slug for row in rows}) == len(rows) == 20 + 1 + 21
    assert rows[20].name == "100 % of scenes, scratch, two rooms a step"
    assert rows[0].name == "1 % of scenes, scratch" and rows[0].slug == "1pc-scratch"
    assert rows[16].slug == "50pt-scratch"
    assert all(row.slug.replace("-", "").replace("_", "").replace(".", "").isalnum() for row in rows)


def test_every_change_changes_the_configuration() -> None:
    plan = Ws3dPlan(Path("data"), Path("out"))
    plain = replace(plan.config(sensitivity_rows()[1], 0), out=Path())
    assert plain.objective.region_aware.contrast.weight and not plan.config(sensitivity_rows()[0], 0).init
    seen = [replace(plan.config(row, 0), out=Path()) for row in sensitivity_rows()[2:]]
    assert all(config != plain for config in seen)
    assert all(a != b for i, a in enumerate(seen) for b in seen[:i])


def test_sensitivity_at_points_after_pretraining_changes_the_same_things() -> None:
    rows, at_points = sensitivity_rows(), sensitivity_rows(Annotation(points=50), pretrained=True)
    assert [row.changed for row in at_points] == [row.changed for row in rows[:-1]]  # every room has labelled points
    plan = Ws3dPlan(Path("data"), Path("out"))
    plain, both, *_ = (plan.config(row, 1) for row in at_points)
    assert both == plan.config(Ws3dRow(VARIANTS[3], Annotation(points=50)), 1)
    assert plain == plan.config(Ws3dRow(VARIANTS[1], Annotation(points=50)), 1)


def test_unlabelled_rooms_without_a_term_are_a_control() -> None:
    plan = Ws3dPlan(Path("data"), Path("out"))
    scratch, *_, control = (plan.config(row, 0) for row in sensitivity_rows())
    assert replace(control, out=scratch.out, companions="auto") == scratch and control.companions == "always"


def test_the_control_sees_two_labelled_rooms_a_step_and_is_scratch_otherwise() -> None:
    plan = Ws3dPlan(Path("data"), Path("out"))
    *_, control = efficiency_rows((5.0, 100.0))
    alone, two = (plan.config(row, 0) for row in (Ws3dRow(VARIANTS[0], Annotation()), control))
    assert two.loop.batch_size == 2 * alone.loop.batch_size
    assert replace(two, out=alone.out, loop=alone.loop) == alone
    assert control not in efficiency_rows((5.0,), (20,))
    assert efficiency_rows((5.0, 100.0), control=False) == efficiency_rows((5.0, 100.0))[:-1]


def test_every_row_and_the_pretraining_can_see_more_rooms_a_step() -> None:
    one, two = (Ws3dPlan(Path("data"), Path("out"), batch_size=n) for n in (1, 2))
    for row in efficiency_rows((5.0, 100.0), control=False):
        assert two.config(row, 0).loop.batch_size == 2
        assert replace(two.config(row, 0), loop=one.config(row, 0).loop) == one.config(row, 0)
    assert two.pretraining(0).loop.batch_size == 2 and one.pretraining(0).loop.batch_size == 1


def test_a_study_trains_what_is_missing_and_shares_the_pretraining(
    toy_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", FakeTeacher())
    plan = Ws3dPlan(toy_store, tmp_path / "runs", 1, 1, tiny)
    progress: list[tuple[str, int, int]] = []
    ws3d_study.prepare(toy_store, plan, lambda *args: progress.append(args), pictures=True)
    assert progress[-1][1:] == (6, 6)
    rows = [Ws3dRow(variant, Annotation(percent=50)) for variant in (VARIANTS[1], VARIANTS[3])]
    rows.append(Ws3dRow(VARIANTS[0], Annotation()))
    started: list[str] = []
    results = run_study(rows, (0,), plan, listener=Listener(started.append))
    assert started.count("seed 0: pre-training") == 1 and len(started) == 4
    assert started.index("seed 0: pre-training") == 0
    assert all(0 <= r.scores["mIoU"].mean <= 1 for r in results)
    again: list[str] = []
    run_study(rows, (0,), plan, listener=Listener(again.append))
    assert again == []
    for other in (replace(plan, steps=2), replace(plan, pretrain_steps=2)):  # finished runs of another length
        with pytest.raises(BadFileError, match=r"loop\.steps: 1 on disk, 2 asked for"):
            run_study(rows[:1], (0,), other)


def test_the_recovered_share_by_hand_and_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values: Mapping[tuple[float, str], float] = {
        (5, "scratch"): 0.2, (5, "pre-trained"): 0.3, (5, "region-aware"): 0.1, (5, "both"): 0.5, (100, "scratch"): 0.6,
        (100, "pre-trained"): 0.6, (100, "region-aware"): 0.6, (100, "both"): 0.6,
    }  # fmt: skip
    rows = efficiency_rows((5.0, 100.0))[:-1]
    control = RowResult(efficiency_rows((100.0,))[-1], {"mIoU": Spread.of([0.8])}, (tmp_path,))
    results = [
        RowResult(row, {"mIoU": Spread.of([values[row.annotation.percent, row.variant.name]])}, (tmp_path,))
        for row in rows
    ]
    shares = recovered(results)
    assert shares["5 % of scenes"] == pytest.approx({"pre-trained": 0.25, "region-aware": -0.25, "both": 0.75})
    assert "100 % of scenes" not in shares and recovered(results, CONTROL) == {}
    assert recovered([*results, control]) == shares
    assert recovered([*results, control], CONTROL)["5 % of scenes"]["both"] == pytest.approx(0.5)
    finish(EfficiencyOptions(out=tmp_path, seeds=(0,)), [*results, control])
    assert "closes 75 % of the gap, 50 % of the gap to two rooms a step" in capsys.readouterr().out
    table = json.loads((tmp_path / "table.json").read_text())
    assert len(table["rows"]) == 9 and table["rows"][0]["scores"]["mIoU"]["mean"] == 0.2
    assert (tmp_path / "curves.png").stat().st_size > 1000
