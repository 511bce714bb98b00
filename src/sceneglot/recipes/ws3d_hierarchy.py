"""Hierarchical pre-training of scene parsing (after WS3D++, arXiv 2312.00663): what a teacher says at four levels.

sceneglot train ws3d-hierarchy --data DATA --out PRE         no labels are read
sceneglot train ws3d --data DATA --out RUN --init PRE        fine-tuning starts from its backbone
sceneglot segment PRE SCENE "chair,table,plant"              words already mean something

`ws3d-pretrain` distils regions; this recipe also can contrast scenes and objects seen in crops at three scales, and
distil points, whose targets it keeps in a compact form (see `sceneglot.teachers.hierarchy`). By default it distils what
`sceneglot study ws3d-levels` found to help, regions; `--objective.object.weight 1` and the like switch the others on.
The result is a network of the same kind, with the same checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from multiprocessing import parent_process
from pathlib import Path

import torch
from rich.progress import track
from torch import nn

from sceneglot.losses.distillation import HierarchyWeights
from sceneglot.scenes.store import Store
from sceneglot.tasks.distillation.data import DistillDataset, collate
from sceneglot.tasks.distillation.objective import MOMENT_SCENES, distillation_objective, start_like
from sceneglot.tasks.distillation.sources import StoreHierarchy
from sceneglot.tasks.segmentation.augment import CloudAugment
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.segmenter import text_bank
from sceneglot.tasks.segmentation.sources import StoreClouds
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec, Size
from sceneglot.teachers.hierarchy import HierarchyConfig
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig


@dataclass(frozen=True)
class HierarchyPretraining:
    """A pre-training without labels."""

    data: Path
    """Store with scenes."""
    out: Path
    """Run folder; an interrupted run continues."""
    teacher: str = "embedded"
    """Image-text encoder: embedded, rooms:FILE, clip:ID, siglip:ID."""
    label_set: str = "scannet20"
    """Whose class names are the words of the KL term: scannet20, scannet200, nyu40, s3dis, semantickitti or
    nuscenes-lidarseg."""
    size: Size = "tiny"
    """Of the backbone. Sparse U-Nets by parameters: tiny 1.4 M, small 7.5 M, pla 30 M, res16unet34c 38 M, spunet 39 M;
    pointnet2 (0.2 M) and point-transformer (0.5 M) see the mean points of the voxels."""
    voxel: float = 0.1
    """Metres; must be that of the fine-tuning."""
    inputs: Inputs = field(default_factory=Inputs)
    regions: RegionConfig = field(default_factory=RegionConfig)
    hierarchy: HierarchyConfig = field(default_factory=HierarchyConfig)
    """How scenes are shown to the teacher; crops of objects only where a term learns from them."""
    augment: CloudAugment = field(default_factory=CloudAugment)
    max_points: int = 60_000
    """Larger scenes are cropped in training."""
    dense_points: int = 4096
    """Points with a target of their own per scene and visit."""
    objective: HierarchyWeights = field(default_factory=HierarchyWeights)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(steps=300, batch_size=2, optim=OptimConfig(lr=4e-3, weight_decay=1e-2))
    )

    @property
    def shown(self) -> HierarchyConfig:
        """How scenes are shown to the teacher: without crops of objects, nearly all of the pictures, if none learns."""
        crops = self.objective.object.weight or self.objective.pooled.weight
        return self.hierarchy if crops else replace(self.hierarchy, objects=0)


def ws3d_hierarchy(data: Path, out: Path) -> HierarchyPretraining:
    """Tiny network for two CPU cores; two scenes per step, so that scenes can be told apart."""
    return HierarchyPretraining(data, out)


def pretrain_hierarchy(config: HierarchyPretraining) -> Mapping[str, float]:
    """Run it; there is no validation score, so the result is empty."""
    run = RunFolder(config.out)
    run.start("ws3d-hierarchy", config)
    store = Store.open(config.data)
    regions = StoreRegions(store, config.regions)
    targets = StoreHierarchy(store, regions, config.teacher, config.shown)
    labels = label_set(config.label_set)
    torch.manual_seed(config.loop.seed)
    net = SegmentationNet(
        SegmentationSpec(
            config.label_set,
            labels.classes,
            size=config.size,
            voxel=config.voxel,
            inputs=config.inputs,
            teacher=config.teacher,
            teacher_fingerprint=targets.teacher.fingerprint,
            embedding=targets.teacher.dim,
            words=True,
        )
    )
    net.bank.copy_(text_bank(targets.teacher, net.spec.classes).embedding)
    train = store.split("train")
    silent = parent_process() is not None  # several trainings share a screen
    first = track(train[:MOMENT_SCENES], "views, crops and patches", disable=silent)
    start_like(net, [targets(name) for name in first])
    dataset = DistillDataset(
        train,
        StoreClouds(store, train, labels, config.inputs, regions, annotation=None),
        targets,
        config.inputs,
        config.augment,
        max_points=config.max_points,
        dense_points=config.dense_points,
        seed=config.loop.seed,
    )

    def loss(net: nn.Module, batch: object) -> StepLoss:
        assert isinstance(net, SegmentationNet)
        progress = float(net.step) / config.loop.steps
        found = distillation_objective(net, batch, config.objective, progress)  # type: ignore[arg-type]
        net.step += 1
        return StepLoss(*found)

    facts = net.spec.facts() | {"labelled": [], "annotation": None}
    return fit(Fit(net, dataset, collate, loss, facts), config.loop, run, title="distillation")
