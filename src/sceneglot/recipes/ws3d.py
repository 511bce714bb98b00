"""WS3D-style scene parsing with few labels (after arXiv 2312.00663): pictures first, then region-aware fine-tuning.

sceneglot train ws3d-scratch --data DATA --out RUN                   labels alone
sceneglot train ws3d-pretrain --data DATA --out PRE                  a teacher's view of every region, no labels
sceneglot train ws3d --data DATA --out RUN                           region-aware, from scratch
sceneglot train ws3d-finetune --data DATA --out RUN --init PRE       region-aware, from a pre-training, in its words
sceneglot train ws3d-words --data DATA --out RUN --novel sofa desk   classes as words; some without any label

Length is counted in steps, never in epochs, so that 1 % and 100 % of the labels train equally long. On two busy cores a
step of the default sizes (a room of 60,000 points, 10 cm voxels, 1.4 M parameters) takes about 0.25 CPU seconds, with
region-aware losses and their second room about 0.55.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.losses.ws3d.config import RegionAware
from sceneglot.losses.ws3d.language import LanguageWeights
from sceneglot.nets.loading import load_matching
from sceneglot.scenes import Scene
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.augment import CloudAugment
from sceneglot.tasks.segmentation.base_novel import novel_classes
from sceneglot.tasks.segmentation.data import SegmentationDataset, collate, point_features
from sceneglot.tasks.segmentation.evaluate import score_scenes
from sceneglot.tasks.segmentation.inference import InferenceConfig, predict
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.objective import SegmentationObjective, segmentation_objective
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.segmenter import text_bank
from sceneglot.tasks.segmentation.sources import StoreClouds
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec, Size
from sceneglot.tasks.segmentation.teaching import StoreTeaching
from sceneglot.teachers import Teacher
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig

STAGES: tuple[int, ...] = (-2, -1)
"""Decoder stages whose regions are contrasted: strides 2 and 1."""
KEPT = LanguageWeights(cosine=0.5, kl=0.5, contrast=0.5)
"""Terms of the pre-training that stay in the loss afterwards, half of its weights. With the teacher of `rooms-patches`,
rooms of data seed 5, 5 % labelled, one seed, test mIoU 17.1; without it 14.5, from scratch 14.5."""
TUNED_RATE = 0.3
"""Learning rate from pre-trained weights, as a share of that from scratch."""


@dataclass(frozen=True)
class Ws3dConfig:
    """A training of scene parsing."""

    data: Path
    """Store with scenes; labelled ones in its train split."""
    out: Path
    """Run folder; an interrupted run continues."""
    init: Path | None = None
    """A run whose backbone to start from."""
    label_set: str = "scannet20"
    """Classes: scannet20, scannet200, nyu40, s3dis, semantickitti or nuscenes-lidarseg."""
    novel: tuple[str, ...] = ()
    """Classes whose labels are hidden, or the name of a published split: B15/N4 of scannet20, B170/N30 of scannet200"""
    annotation: Annotation = field(default_factory=Annotation)
    """Which labels may be seen."""
    companions: Literal["auto", "always", "never"] = "auto"
    """A scene without labels beside every labelled one: auto, where a term learns from it. Without such a term it
    reaches batch normalisation alone: a control."""
    teacher: str = ""
    """Image-text encoder for words and for distillation: embedded, rooms:FILE, clip:ID, siglip:ID."""
    words: bool = False
    """Classes are words in the teacher's space instead of a linear layer."""
    instances: bool = False
    """Also learn offsets to instance centres."""
    size: Size = "tiny"
    """Of the backbone. Sparse U-Nets by parameters: tiny 1.4 M, small 7.5 M, pla 30 M, res16unet34c 38 M, spunet 39 M;
    pointnet2 (0.2 M) and point-transformer (0.5 M) see the mean points of the voxels."""
    voxel: float = 0.1
    """Metres. 0.02 in the benchmarks; 0.1 for rooms on two CPU cores."""
    inputs: Inputs = field(default_factory=Inputs)
    regions: RegionConfig = field(default_factory=RegionConfig)
    augment: CloudAugment = field(default_factory=lambda: CloudAugment(tilt=0.0, color_drop=0.0))
    """Milder than the class's own defaults, which long trainings need."""
    max_points: int = 60_000
    """Larger scenes are cropped in training."""
    objective: SegmentationObjective = field(default_factory=SegmentationObjective)
    looks: InferenceConfig = field(default_factory=InferenceConfig)
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=300, batch_size=1, optim=OptimConfig(lr=1e-2)))

    def __post_init__(self) -> None:
        language = self.objective.language
        if not self.annotation.any and self.annotation.sparse:
            raise SceneglotError("ws3d: points are labelled in 0 % of the scenes; leave --annotation.percent out")
        if not self.annotation.any and not language.active:
            raise SceneglotError(
                "ws3d: no labels and no teacher to learn from; give --annotation.percent, or take ws3d-pretrain"
            )
        if language.active and not self.teacher:
            raise SceneglotError("ws3d: the language terms distil a teacher; name one with --teacher")
        if language.kl and not self.words:
            raise SceneglotError(
                "ws3d: the KL term needs class names as words; add --words, or set --objective.language.kl 0"
            )
        if self.words and self.novel and self.annotation.sparse:
            raise SceneglotError(
                "ws3d: with a few labelled points every other point would be taken for one of a novel class; "
                "label whole scenes (--annotation.percent), or leave --novel out"
            )

    @property
    def hidden(self) -> tuple[str, ...]:
        """The novel classes by name."""
        return novel_classes(self.novel, self.label_set)


def ws3d_scratch(data: Path, out: Path) -> Ws3dConfig:
    """Supervised alone: cross-entropy and Lovász on what is labelled."""
    return Ws3dConfig(data, out)


def ws3d(data: Path, out: Path) -> Ws3dConfig:
    """Region-aware: also boundaries, the gated energy, pseudo-labels and region contrast, on unlabelled scenes too."""
    return replace(ws3d_scratch(data, out), objective=SegmentationObjective(region_aware=RegionAware()))


def ws3d_finetune(data: Path, out: Path) -> Ws3dConfig:
    """Region-aware from a pre-training (`--init`): classes stay words of its teacher, who stays in the loss."""
    config = ws3d(data, out)
    optim = replace(config.loop.optim, lr=TUNED_RATE * config.loop.optim.lr)
    return replace(
        config,
        teacher="embedded",
        words=True,
        objective=replace(config.objective, language=KEPT),
        loop=replace(config.loop, optim=optim),
    )


def ws3d_pretrain(data: Path, out: Path) -> Ws3dConfig:
    """No labels: every region's points come to mean what the teacher sees of the region in rendered pictures."""
    language = LanguageWeights(cosine=1.0, kl=1.0, contrast=1.0)
    return replace(
        ws3d_scratch(data, out),
        annotation=Annotation(percent=0.0),
        teacher="embedded",
        words=True,
        objective=SegmentationObjective(cross_entropy=0.0, lovasz=0.0, language=language),
    )


def ws3d_words(data: Path, out: Path) -> Ws3dConfig:
    """Classes as words, taught by labels of the base classes and by pictures; novel classes by pictures alone."""
    objective = SegmentationObjective(lovasz=0.0, language=LanguageWeights(cosine=1.0, kl=0.5))
    return replace(ws3d_scratch(data, out), teacher="embedded", words=True, objective=objective)


def train_ws3d(config: Ws3dConfig) -> Mapping[str, float]:
    """Run it; returns the scores on the validation split (empty without one)."""
    run = RunFolder(config.out)
    run.start("ws3d", config)
    store = Store.open(config.data)
    regions = StoreRegions(store, config.regions)
    teaching = StoreTeaching(store, regions, config.teacher) if config.teacher else None
    clouds = StoreClouds(
        store,
        store.split("train"),
        label_set(config.label_set),
        config.inputs,
        regions,
        annotation=config.annotation,
        novel=config.hidden,
        teacher=teaching if config.objective.language.active else None,
    )
    torch.manual_seed(config.loop.seed)
    net = build_net(config, clouds.labels.classes, None if teaching is None else teaching.teacher)
    held_out = store.split("val") if config.annotation.any else ()

    def loss(net: nn.Module, batch: object) -> StepLoss:
        assert isinstance(net, SegmentationNet)
        progress = float(net.step) / config.loop.steps
        found = segmentation_objective(net, batch, config.objective, progress)  # type: ignore[arg-type]
        net.step += 1
        return StepLoss(*found)

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        assert isinstance(net, SegmentationNet)

        def label(scene: Scene) -> np.ndarray:
            return predict(net, np.array(scene.xyz), point_features(scene, config.inputs), config.looks).label

        return score_scenes(map(store.scene, held_out), label, clouds.labels, config.hidden).metrics()

    facts = net.spec.facts() | {"labelled": list(clouds.labelled), "annotation": asdict(config.annotation)}
    score_name = "mIoU" if held_out else ""
    job = Fit(net, _dataset(config, clouds), collate, loss, facts, evaluate if held_out else None, score_name)
    return fit(job, config.loop, run, title="scene parsing")


def build_net(config: Ws3dConfig, classes: tuple[str, ...], teacher: Teacher | None) -> SegmentationNet:
    """The network of a config, with class names as the teacher's words and the backbone of `init` where it says so."""
    aware = config.objective.region_aware
    net = SegmentationNet(
        SegmentationSpec(
            config.label_set,
            classes,
            config.hidden,
            config.size,
            config.voxel,
            config.inputs,
            teacher=config.teacher,
            teacher_fingerprint="" if teacher is None else teacher.fingerprint,
            embedding=0 if teacher is None else teacher.dim,
            words=config.words,
            boundary=aware.needs_boundary_head,
            instances=config.instances,
            stages=STAGES if aware.contrast.weight else (),
        )
    )
    if teacher is not None and config.words:
        net.bank.copy_(text_bank(teacher, net.spec.classes).embedding)
    if config.init is not None:
        load_backbone(net, config.init)
    return net


def _dataset(config: Ws3dConfig, clouds: StoreClouds) -> SegmentationDataset:
    labelled, companions = clouds.labelled, clouds.companions
    if not config.annotation.any:  # nothing is labelled: every scene is a lesson by itself
        labelled, companions = companions, ()
    elif not _uses_companions(config):
        companions = ()
    return SegmentationDataset(
        clouds, labelled, companions, config.inputs, config.augment, max_points=config.max_points, seed=config.loop.seed
    )


def load_backbone(net: SegmentationNet, run: Path) -> None:
    """Start from the backbone of another segmentation run, and from its way into the teacher's space if both have one.

    Raises:
        SceneglotError: another kind of run, another size, or points with other features.
    """
    checkpoint = load_checkpoint(RunFolder(run).usable())
    before = SegmentationSpec.from_facts(checkpoint.facts)
    if (before.size, before.inputs, before.voxel) != (net.spec.size, net.spec.inputs, net.spec.voxel):
        raise SceneglotError(
            f"{run}: was trained at size {before.size}, voxels of {before.voxel} m and {before.inputs}; this "
            f"configuration asks for {net.spec.size}, {net.spec.voxel} m and {net.spec.inputs}"
        )
    load_matching(net.backbone, checkpoint.tensors, prefix="backbone.")
    if net.adapter is not None and before.embedding:
        if before.teacher_fingerprint != net.spec.teacher_fingerprint:
            raise SceneglotError(
                f"{run}: was trained with teacher {before.teacher!r}, which is not {net.spec.teacher!r} as it is here; "
                f"give --teacher {before.teacher}, or use the version of then"
            )
        load_matching(net.adapter, checkpoint.tensors, prefix="adapter.")


def _uses_companions(config: Ws3dConfig) -> bool:
    """Whether scenes without labels are looked at: as said, or where any term learns from them."""
    if config.companions != "auto":
        return config.companions == "always"
    aware, language = config.objective.region_aware, config.objective.language
    ramps = (aware.smooth, aware.confidence, aware.region, aware.pseudo, aware.contrast)
    return any(ramp.weight for ramp in ramps) or bool(config.teacher and language.active)
