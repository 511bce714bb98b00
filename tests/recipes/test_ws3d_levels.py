"""The study of the levels of hierarchical pre-training: what rows differ in, and a tiny run of three of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.recipes.conftest import FakeTeacher
from tests.recipes.test_ws3d_study import tiny

from sceneglot.cli.study_ws3d import _level_line
from sceneglot.losses.distillation import NEVER
from sceneglot.recipes import ws3d_levels
from sceneglot.recipes.study import run_study
from sceneglot.recipes.ws3d import Ws3dConfig
from sceneglot.recipes.ws3d_hierarchy import HierarchyPretraining, ws3d_hierarchy
from sceneglot.recipes.ws3d_levels import LEVELS, LevelsPlan, LevelsRow, prepare_levels
from sceneglot.recipes.ws3d_study import VARIANTS, Ws3dPlan, Ws3dRow
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.train.jobs import Listener

REGIONS = ("region_cosine", "region_kl", "region_contrast")
PLAN = LevelsPlan(Ws3dPlan(Path("data"), Path("out")))


def row(slug: str) -> LevelsRow:
    return next(row for row in LEVELS if row.slug == slug)


@pytest.fixture
def fake_teacher() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sceneglot.tasks.distillation.sources.StoreHierarchy.teacher", FakeTeacher())
        patch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", FakeTeacher())
        yield


def test_rows_have_names_and_folders_of_their_own() -> None:
    assert len({row.name for row in LEVELS}) == len({row.slug for row in LEVELS}) == len(LEVELS)


@pytest.mark.parametrize(
    ("slug", "off"),
    [
        ("all", REGIONS),
        ("without-scenes", ("scene", *REGIONS)),
        ("without-objects", ("object", *REGIONS)),
        ("points", ("scene", "object", *REGIONS)),
        ("without-points", ("cosine", "kl", *REGIONS)),
        ("regions-alone", ("scene", "object", "cosine", "kl")),
        ("regions-points", ("scene", "object")),
        ("objects-regions", ("scene", "cosine", "kl")),
        ("objects-regions-points", ("scene",)),
    ],
)
def test_a_row_leaves_out_its_levels_and_nothing_else(slug: str, off: tuple[str, ...]) -> None:
    whole, part = (PLAN.pretraining(row(name), 3) for name in ("four", slug))
    assert isinstance(whole, HierarchyPretraining) and isinstance(part, HierarchyPretraining)
    weights = replace(whole.objective, **dict.fromkeys(off, NEVER))
    assert part == replace(whole, out=part.out, objective=weights) and whole.loop.seed == 3
    assert all(getattr(whole.objective, name).weight for name in off)


def test_the_regions_see_as_many_rooms_by_the_same_optimiser() -> None:
    regions, levels = (PLAN.pretraining(row(name), 0) for name in ("regions", "all"))
    assert isinstance(regions, Ws3dConfig) and isinstance(levels, HierarchyPretraining)
    assert regions.loop == levels.loop and regions.loop.batch_size == 2 and regions.augment == levels.augment
    own = PLAN.pretraining(row("own"), 0)
    recipe = ws3d_hierarchy(Path(), Path())
    assert isinstance(own, HierarchyPretraining)
    assert own.loop.optim == recipe.loop.optim and own.augment == recipe.augment


def test_fine_tuning_is_that_of_the_label_study() -> None:
    few = Annotation(percent=5)
    for slug, variant in (("scratch", VARIANTS[0]), ("all", VARIANTS[1])):
        tuned, known = PLAN.config(row(slug), 1), PLAN.base.config(Ws3dRow(variant, few), 1)
        assert replace(tuned, out=known.out, init=known.init) == known
    before = PLAN.pretraining(row("all"), 1)
    assert before is not None and PLAN.config(row("all"), 1).init == before.out
    assert PLAN.pretraining(row("scratch"), 1) is None and PLAN.config(row("scratch"), 1).init is None


@pytest.mark.usefixtures("fake_teacher")
def test_a_study_tests_words_and_fine_tuning_and_does_nothing_twice(
    toy_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ws3d_hierarchy(toy_store, tmp_path)
    monkeypatch.setattr(
        ws3d_levels, "ws3d_hierarchy", lambda data, out: replace(whole, data=data, out=out, dense_points=100)
    )
    plan = LevelsPlan(Ws3dPlan(toy_store, tmp_path / "runs", 1, 1, tiny, teacher="fake"), percent=50)
    told: list[tuple[str, int, int]] = []
    rows = [row(name) for name in ("scratch", "regions", "all")]
    prepare_levels(plan, rows, lambda *args: told.append(args))
    assert told[-1][1:] == (6, 6)
    started: list[str] = []
    results = run_study(rows, (0,), plan, listener=Listener(started.append))
    assert len(started) == 5 and started.index("seed 0: pre-training, regions (ws3d-pretrain)") == 0
    assert "words mIoU" not in results[0].scores
    assert all(0 <= result.scores["words mIoU"].mean <= 1 for result in results[1:])
    assert "by words alone" in _level_line(results[1]) and "by words" not in _level_line(results[0])
    again: list[str] = []
    run_study(rows, (0,), plan, listener=Listener(again.append))
    assert again == []
