"""A study of what hierarchical pre-training is made of: scenes, objects, regions and points, alone and together.

Every row pre-trains without labels and is then fine-tuned as the pre-trained rows of `sceneglot study ws3d`, at one
share of labelled scenes. Before that it is tested as it is: its words name the points of scenes nobody labelled.

All pre-trainings share optimiser, augmentation and two rooms a step (one room has nothing to be told apart from), so
that rows differ in what is distilled and in nothing else; one row has the optimiser and augmentation of the recipe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from sceneglot.losses.distillation import FROM_START, NEVER, HierarchyWeights
from sceneglot.metrics.table import Kind
from sceneglot.recipes.segment import evaluate_segmentation
from sceneglot.recipes.study import has_result, training
from sceneglot.recipes.ws3d import Ws3dConfig, train_ws3d
from sceneglot.recipes.ws3d_hierarchy import HierarchyPretraining, pretrain_hierarchy, ws3d_hierarchy
from sceneglot.recipes.ws3d_study import SCORES, VARIANTS, Ws3dPlan, Ws3dRow
from sceneglot.scenes.store import Store
from sceneglot.tasks.distillation.sources import StoreHierarchy
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.regions import StoreRegions
from sceneglot.tasks.segmentation.teaching import StoreTeaching
from sceneglot.train.jobs import Job
from sceneglot.train.run import read_json

Level = Literal["scenes", "objects", "regions", "points"]
ROOMS = 2
"""Scenes in every step of a pre-training."""


@dataclass(frozen=True)
class LevelsRow:
    """One line of the table.

    Attributes:
        name: as printed; slug: of its run folders.
        weights: of the levels; None for no pre-training by levels.
        regions: pre-train on regions instead (`ws3d-pretrain`).
        own: with the optimiser and augmentation of the recipe.
    """

    name: str
    slug: str
    weights: HierarchyWeights | None = None
    regions: bool = False
    own: bool = False

    @property
    def kind(self) -> Kind:
        """All of them see the scene."""
        return "system"


def weights_of(*levels: Level, pooled: bool = False) -> HierarchyWeights:
    """The terms of the named levels, each with weight 1 from the start, and no other."""
    on = lambda level: FROM_START if level in levels else NEVER  # noqa: E731
    return HierarchyWeights(
        scene=on("scenes"),
        object=on("objects"),
        cosine=on("points"),
        kl=on("points"),
        region_cosine=on("regions"),
        region_kl=on("regions"),
        region_contrast=on("regions"),
        pooled=FROM_START if pooled else NEVER,
    )


THREE = weights_of("scenes", "objects", "points")
LEVELS: tuple[LevelsRow, ...] = (
    LevelsRow("from scratch", "scratch"),
    LevelsRow("regions (ws3d-pretrain)", "regions", regions=True),
    LevelsRow("scenes, objects, points", "all", THREE),
    LevelsRow("objects, points", "without-scenes", weights_of("objects", "points")),
    LevelsRow("scenes, points", "without-objects", weights_of("scenes", "points")),
    LevelsRow("points", "points", weights_of("points")),
    LevelsRow("scenes, objects", "without-points", weights_of("scenes", "objects")),
    LevelsRow("scenes, points, region-pooled objects", "pooled", weights_of("scenes", "points", pooled=True)),
    LevelsRow("scenes, objects, points, optimiser of the recipe", "own", THREE, own=True),
    LevelsRow("regions (ws3d-hierarchy)", "regions-alone", weights_of("regions")),
    LevelsRow("regions, points", "regions-points", weights_of("regions", "points")),
    LevelsRow("objects, regions", "objects-regions", weights_of("objects", "regions")),
    LevelsRow("objects, regions, points", "objects-regions-points", weights_of("objects", "regions", "points")),
    LevelsRow("scenes, objects, regions, points", "four", weights_of("scenes", "objects", "regions", "points")),
)


@dataclass(frozen=True)
class LevelsPlan:
    """How the study is carried out.

    Attributes:
        base: where, with whom and how long. percent: of the training scenes that are labelled in the fine-tuning.
    """

    base: Ws3dPlan
    percent: float = 5.0

    def pretraining(self, row: LevelsRow, seed: int) -> Ws3dConfig | HierarchyPretraining | None:
        """What happens before any label is seen."""
        regions = self.base.pretraining(seed)
        loop = replace(regions.loop, batch_size=ROOMS)
        out = self.base.out / f"{row.slug}-pretrain-seed{seed}"
        if row.regions:
            return replace(regions, out=out, loop=loop)
        if row.weights is None:
            return None
        recipe = ws3d_hierarchy(self.base.data, out)
        levels = replace(
            recipe,
            teacher=self.base.teacher,
            label_set=regions.label_set,
            size=regions.size,
            voxel=regions.voxel,
            inputs=regions.inputs,
            regions=regions.regions,
            max_points=regions.max_points,
            objective=row.weights,
        )
        if row.own:
            return replace(levels, loop=replace(recipe.loop, seed=seed, steps=loop.steps))
        return replace(levels, augment=regions.augment, loop=loop)

    def config(self, row: LevelsRow, seed: int) -> Ws3dConfig:
        """The fine-tuning."""
        before = self.pretraining(row, seed)
        variant = VARIANTS[0] if before is None else VARIANTS[1]
        config = self.base.config(Ws3dRow(variant, Annotation(percent=self.percent)), seed)
        return replace(config, out=self.folder(row, seed), init=None if before is None else before.out)

    def jobs(self, row: LevelsRow, seed: int) -> list[Job]:
        """Pre-training with its test, then fine-tuning with its test."""
        jobs = []
        before, config = self.pretraining(row, seed), self.config(row, seed)
        if before is not None:
            jobs += _missing(f"seed {seed}: pre-training, {row.name}", before)
        return jobs + _missing(f"seed {seed}: {row.name}", config, tuple(job.name for job in jobs))

    def folder(self, row: LevelsRow, seed: int) -> Path:
        """Of the fine-tuning."""
        return self.base.out / f"{row.slug}-seed{seed}"

    def scores(self, row: LevelsRow, seed: int) -> Mapping[str, float]:
        """Scores on the test split; those of the pre-training alone start with "words "."""
        before = self.pretraining(row, seed)
        words = {} if before is None else read_json(before.out / SCORES)["metrics"]
        tuned = read_json(self.folder(row, seed) / SCORES)["metrics"]
        return {**tuned, **{f"words {name}": value for name, value in words.items()}}


def prepare_levels(plan: LevelsPlan, rows: Sequence[LevelsRow], progress: Callable[[str, int, int], None]) -> None:
    """Show all training scenes to the teacher in every way the rows need, before several trainings want it."""
    store = Store.open(plan.base.data)
    regions = StoreRegions(store, plan.base.pretraining(0).regions)
    looks: list[Callable[[str], object]] = [StoreTeaching(store, regions, plan.base.teacher)]  # for the fine-tuning
    found = [plan.pretraining(row, 0) for row in rows]
    ways = dict.fromkeys(config.shown for config in found if isinstance(config, HierarchyPretraining))
    looks += [StoreHierarchy(store, regions, plan.base.teacher, shown) for shown in ways]  # with crops, and without
    names = store.split("train")
    for done, name in enumerate(names, start=1):
        for look in looks:
            look(name)
        progress("views, crops and patches", done, len(names))


def _missing(name: str, config: Ws3dConfig | HierarchyPretraining, needs: tuple[str, ...] = ()) -> list[Job]:
    """The training and its test, or nothing where both are done."""
    recipe = "ws3d" if isinstance(config, Ws3dConfig) else "ws3d-hierarchy"
    if has_result(recipe, config, config.out / SCORES):
        return []
    return [training(name, partial(_train_and_test, config), config, needs)]


def _train_and_test(config: Ws3dConfig | HierarchyPretraining) -> None:
    if isinstance(config, Ws3dConfig):
        train_ws3d(config)
    else:
        pretrain_hierarchy(config)
    evaluate_segmentation(config.out, config.data, "test")
