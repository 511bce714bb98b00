"""Studies of scene parsing: what each stage brings at few labels, and what the open thresholds do.

Every row is trained for equally many steps and tested on scenes nobody trained on. Label efficiency has four variants
(labels alone, + pre-training on pictures, + region-aware losses, + both) per share of labels. The seed also draws which
scenes or points are labelled.

In all rows classes are words of the teacher and not a linear layer. From scratch that makes no difference (14.5 and
14.4 mIoU on the rooms this was chosen on); a pre-trained row keeps the way into the teacher's space that its
pre-training has learned, without which most of it was lost. It also keeps listening to the teacher, in unlabelled
rooms too: four labelled rooms make it forget what ninety have taught it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sceneglot.losses.ws3d.config import OFF, RegionAware
from sceneglot.losses.ws3d.schedule import Ramp, Slide
from sceneglot.metrics.spread import Spread
from sceneglot.metrics.table import Kind
from sceneglot.recipes.segment import evaluate_segmentation
from sceneglot.recipes.study import RowResult, has_result, training
from sceneglot.recipes.ws3d import KEPT, TUNED_RATE, Ws3dConfig, train_ws3d, ws3d, ws3d_pretrain, ws3d_scratch
from sceneglot.regions.adjacency import AffinityConfig
from sceneglot.regions.felzenszwalb import FelzenszwalbConfig
from sceneglot.regions.growing import GrowingConfig
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.teaching import StoreTeaching
from sceneglot.train import RunFolder
from sceneglot.train.jobs import Job
from sceneglot.train.run import read_json

SCORES = "scores-segmentation-test.json"


VOXEL = 0.15
"""Metres. Coarse, so that a row takes two to five minutes of one core."""
BALANCE = 0.5
"""Of the cross-entropy of all rows: a room has a hundred times more wall than lamp, and training is short."""


def common(data: Path, out: Path) -> Ws3dConfig:
    """What all rows of a study share."""
    scratch = ws3d_scratch(data, out)
    return replace(scratch, voxel=VOXEL, objective=replace(scratch.objective, balance=BALANCE))


@dataclass(frozen=True)
class Variant:
    """Which stages of the method are used."""

    name: str
    pretrained: bool
    aware: bool


VARIANTS: tuple[Variant, ...] = (
    Variant("scratch", pretrained=False, aware=False),
    Variant("pre-trained", pretrained=True, aware=False),
    Variant("region-aware", pretrained=False, aware=True),
    Variant("both", pretrained=True, aware=True),
)


CONTROL = "two rooms a step"
"""Of full supervision that sees as many rooms as the variants that use unlabelled ones."""


@dataclass(frozen=True)
class Ws3dRow:
    """One line of a table.

    Attributes:
        variant: which stages. annotation: which labels; its seed is that of the run.
        change: what is different from the variant, for controls and for the sensitivity study.
        changed: its name, "" for nothing.
    """

    variant: Variant
    annotation: Annotation
    change: Callable[[Ws3dConfig], Ws3dConfig] | None = None
    changed: str = ""

    @property
    def labels(self) -> str:
        """The labels in words."""
        scenes = f"{self.annotation.percent:g} % of scenes"
        return f"{self.annotation.points} points per scene" if self.annotation.points else scenes

    @property
    def name(self) -> str:
        """As printed."""
        return ", ".join(filter(None, (self.labels, self.variant.name, self.changed)))

    @property
    def slug(self) -> str:
        """Folder name."""
        labels = f"{self.annotation.points}pt" if self.annotation.points else f"{self.annotation.percent:g}pc"
        return "-".join(filter(None, (labels, self.variant.name, self.changed.replace(" ", "_").replace("=", ""))))

    @property
    def kind(self) -> Kind:
        """What the row is in a score table."""
        return "system"


def efficiency_rows(
    percents: Sequence[float], points: Sequence[int] = (), *, control: bool = True
) -> tuple[Ws3dRow, ...]:
    """All variants for every share of labelled scenes, and for every number of labelled points per scene.

    Args:
        control: with all scenes labelled, add full supervision with two rooms a step. The other variants at few labels
            see two, one of them without labels; full supervision that sees one has had half as many by the end.
    """
    few = [Annotation(percent=p) for p in percents] + [Annotation(points=n) for n in points]
    rows = [Ws3dRow(variant, annotation) for annotation in few for variant in VARIANTS]
    if control and Annotation() in few:
        rows.append(Ws3dRow(VARIANTS[0], Annotation(), _with_two_rooms, CONTROL))
    return tuple(rows)


FEW = Annotation(percent=5.0)
"""Labels of the sensitivity study unless it is asked about others."""


def sensitivity_rows(few: Annotation = FEW, *, pretrained: bool = False) -> tuple[Ws3dRow, ...]:
    """The region-aware variant with one thing changed at a time: regions, gamma, tau, purity, terms left out.

    A control tells what comes of the unlabelled rooms in the batch before any term: they are half of what batch
    normalisation sees. Where points are labelled every room has some, and there is nothing to control.

    Args:
        few: which labels. pretrained: all rows start from the pre-training, and the first is it alone.
    """
    plain, aware = (VARIANTS[1], VARIANTS[3]) if pretrained else (VARIANTS[0], VARIANTS[2])
    rows = [Ws3dRow(plain, few), Ws3dRow(aware, few)]
    rows += [Ws3dRow(aware, few, change, name) for name, change in _changes()]
    return tuple(rows) if few.sparse else (*rows, Ws3dRow(plain, few, _with_companions, "unlabelled rooms beside"))


def _changes() -> Iterator[tuple[str, Callable[[Ws3dConfig], Ws3dConfig]]]:
    for scale in (0.003, 0.03, 0.1):
        yield f"region scale={scale:g}", partial(_with_regions, RegionConfig(graph=FelzenszwalbConfig(scale=scale)))
    yield "merged regions", partial(_with_regions, RegionConfig(merge=AffinityConfig.threshold))
    yield "grown regions", partial(_with_regions, RegionConfig(method="growing"))
    for normal, curvature in ((0.9, 0.05), (0.98, 0.02)):
        growing = GrowingConfig(normal=normal, curvature=curvature)
        name = f"grown regions normal={normal:g} curvature={curvature:g}"
        yield name, partial(_with_regions, RegionConfig(method="growing", growing=growing))
    for gamma in (0.7, 0.8, 0.95):
        yield f"gamma={gamma:g}", partial(_with_aware, gamma=Slide(gamma, gamma))
    for tau in (0.05, 0.2, 0.4):
        yield f"tau={tau:g}", partial(_with_aware, temperature=tau)
    yield "purity=0", partial(_with_aware, purity=0.0)
    off = Ramp(0.0)
    yield "without boundary and energy", partial(_with_aware, boundary=0.0, dual=0.0, smooth=off, confidence=off)
    yield "without energy", partial(_with_aware, smooth=off, confidence=off)
    yield "without dual", partial(_with_aware, dual=0.0)
    yield "without pseudo-labels", partial(_with_aware, pseudo=off)
    yield "without contrast", partial(_with_aware, contrast=off)
    yield "with region agreement", partial(_with_aware, region=Ramp(0.5))


def _with_two_rooms(config: Ws3dConfig) -> Ws3dConfig:
    return replace(config, loop=replace(config.loop, batch_size=2 * config.loop.batch_size))


def _with_companions(config: Ws3dConfig) -> Ws3dConfig:
    return replace(config, companions="always")


def _with_regions(regions: RegionConfig, config: Ws3dConfig) -> Ws3dConfig:
    return replace(config, regions=regions)


def _with_aware(config: Ws3dConfig, **terms: float | Ramp | Slide) -> Ws3dConfig:
    aware = replace(config.objective.region_aware, **terms)  # type: ignore[arg-type]
    return replace(config, objective=replace(config.objective, region_aware=aware))


@dataclass(frozen=True)
class Ws3dPlan:
    """How the studies are carried out.

    Attributes:
        data: store with train and test splits. out: folder of the runs.
        pretrain_steps, steps: optimiser steps of the two stages.
        base: (data, out) -> what all rows have in common; its objective is replaced by the row's.
        teacher: whose pictures are distilled, and in whose words all rows name their classes.
        batch_size: labelled rooms in every step, in both stages.
    """

    data: Path
    out: Path
    pretrain_steps: int = 500
    steps: int = 600
    base: Callable[[Path, Path], Ws3dConfig] = common
    teacher: str = "embedded"
    batch_size: int = 1

    def pretraining(self, seed: int) -> Ws3dConfig:
        """Shared by the pre-trained rows of a seed."""
        method = ws3d_pretrain(self.data, self.out)
        base = self._base(self.out / f"pretrain-seed{seed}", seed, self.pretrain_steps)
        return replace(base, annotation=method.annotation, objective=method.objective)

    def config(self, row: Ws3dRow, seed: int) -> Ws3dConfig:
        """Fine-tuning of one row."""
        config = self._base(self.out / f"{row.slug}-seed{seed}", seed, self.steps)
        aware: RegionAware = ws3d(self.data, self.out).objective.region_aware if row.variant.aware else OFF
        config = replace(
            config,
            annotation=replace(row.annotation, seed=seed),
            objective=replace(config.objective, region_aware=aware),
        )
        if row.variant.pretrained:
            optim = replace(config.loop.optim, lr=TUNED_RATE * config.loop.optim.lr)
            config = replace(
                config,
                init=self.pretraining(seed).out,
                objective=replace(config.objective, language=KEPT),
                loop=replace(config.loop, optim=optim),
            )
        return config if row.change is None else row.change(config)

    def _base(self, out: Path, seed: int, steps: int) -> Ws3dConfig:
        config = self.base(self.data, out)
        loop = replace(config.loop, seed=seed, steps=steps, batch_size=self.batch_size)
        return replace(config, teacher=self.teacher, words=True, loop=loop)

    def jobs(self, row: Ws3dRow, seed: int) -> list[Job]:
        """The row's own pre-training, and the row.

        Raises:
            BadFileError: a finished run was trained in another way: its scores do not belong into this table.
        """
        jobs = []
        before = self.pretraining(seed)
        if row.variant.pretrained and not has_result("ws3d", before, RunFolder(before.out).final):
            jobs.append(training(f"seed {seed}: pre-training", partial(train_ws3d, before), before))
        config = self.config(row, seed)
        if not has_result("ws3d", config, config.out / SCORES):
            needs = tuple(job.name for job in jobs)
            jobs.append(training(f"seed {seed}: {row.name}", partial(_train_and_test, config), config, needs))
        return jobs

    def folder(self, row: Ws3dRow, seed: int) -> Path:
        """Its fine-tuning."""
        return self.config(row, seed).out

    def scores(self, row: Ws3dRow, seed: int) -> Mapping[str, float]:
        """mIoU, mean and overall accuracy on the test split."""
        return read_json(self.folder(row, seed) / SCORES)["metrics"]


def prepare(data: Path, plan: Ws3dPlan, progress: Callable[[str, int, int], None], *, pictures: bool) -> None:
    """Cut all training scenes into regions and show them to the teacher, once, before several trainings want it."""
    store = Store.open(data)
    config = plan.pretraining(0)
    regions = StoreRegions(store, config.regions)
    teaching = StoreTeaching(store, regions, config.teacher) if pictures else None
    names = store.split("train")
    for done, name in enumerate(names, start=1):
        (teaching or regions)(name)
        progress("regions and pictures", done, len(names))


def recovered(results: Sequence[RowResult[Ws3dRow]], reference: str = "") -> dict[str, dict[str, float]]:
    """Share of the gap between few and all labels that each variant closes: labels -> variant -> share.

    (mIoU of the variant - scratch) / (scratch with all labels - scratch), means over seeds. Empty without the rows to
    compare with.

    Args:
        reference: what is changed in the row with all labels; "" for nothing, or `CONTROL`.
    """
    found = {(r.row.labels, r.row.variant.name): r.scores["mIoU"] for r in results if not r.row.changed}
    supervised = (r for r in results if r.row.annotation == Annotation() and r.row.variant == VARIANTS[0])
    full: Spread | None = next((r.scores["mIoU"] for r in supervised if r.row.changed == reference), None)
    shares: dict[str, dict[str, float]] = {}
    for (labels, variant), score in found.items():
        few = found.get((labels, "scratch"))
        if full is not None and few is not None and full.mean > few.mean and variant != "scratch":
            shares.setdefault(labels, {})[variant] = (score.mean - few.mean) / (full.mean - few.mean)
    return shares


def _train_and_test(config: Ws3dConfig) -> None:
    train_ws3d(config)
    evaluate_segmentation(config.out, config.data, "test")
