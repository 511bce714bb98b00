"""A detector on sparse features (votes, as in Contrastive Scene Contexts), from scratch or from a pre-trained backbone.

sceneglot train ws3d-detect --data DATA --out RUN [--init PRE] [--annotation.percent 10]
sceneglot detect RUN SCENE --out found
sceneglot eval RUN --data DATA --task detection
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.losses.detection import DetectionWeights, detection_loss
from sceneglot.nets.loading import load_matching
from sceneglot.nets.mean_sizes import SCANNET_SCANREFER
from sceneglot.nets.sparse_votenet import SparseVoteNet
from sceneglot.recipes.clip_pretrain import mean_sizes
from sceneglot.recipes.presets import ROOM_AUGMENT
from sceneglot.recipes.segment import scenes_of
from sceneglot.scenes.store import Store
from sceneglot.tasks.augment import AugmentConfig
from sceneglot.tasks.detection.data import DetectionDataset
from sceneglot.tasks.detection.detector import Detector
from sceneglot.tasks.detection.evaluate import DetectionScores, score_detector
from sceneglot.tasks.detection.spec import DetectionSpec
from sceneglot.tasks.sample import ScenePoints, collate_scenes
from sceneglot.tasks.segmentation.annotations import Annotation, labelled_scenes
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec, Size
from sceneglot.tasks.sources import StoreSamples
from sceneglot.tasks.vqa.objective import loss_terms
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit
from sceneglot.train.opened import opened
from sceneglot.train.optim import OptimConfig
from sceneglot.train.run import write_json


@dataclass(frozen=True)
class DetectionTraining:
    """A training of the sparse detector."""

    data: Path
    """Store with scenes and boxes."""
    out: Path
    """Run folder; an interrupted run continues."""
    init: Path | None = None
    """A segmentation or pre-training run whose backbone to start from."""
    annotation: Annotation = field(default_factory=Annotation)
    """Which scenes' boxes may be seen; the other scenes are left out."""
    size: Size = "tiny"
    """Of the backbone. Sparse U-Nets by parameters: tiny 1.4 M, small 7.5 M, pla 30 M, res16unet34c 38 M, spunet 39 M;
    pointnet2 (0.2 M) and point-transformer (0.5 M) see the mean points of the voxels."""
    voxel: float = 0.1
    """Metres; 0.025 in the benchmarks."""
    inputs: Inputs = field(default_factory=Inputs)
    points: int = 8_192
    """Drawn from a scene at each visit."""
    augment: AugmentConfig = ROOM_AUGMENT
    weights: DetectionWeights = field(default_factory=DetectionWeights)
    scale: float = 10.0
    """Factor of the whole loss, as in VoteNet."""
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(steps=900, batch_size=2, optim=OptimConfig(lr=1e-2, weight_decay=1e-2))
    )

    def __post_init__(self) -> None:
        if self.annotation.sparse or not self.annotation.any:
            raise SceneglotError(
                "ws3d-detect: boxes belong to whole scenes; give --annotation.percent, --annotation.scenes or "
                "--annotation.scene-list, and no labelled points"
            )


def ws3d_detect(data: Path, out: Path) -> DetectionTraining:
    """Tiny network for two CPU cores."""
    return DetectionTraining(data, out)


def train_detector(config: DetectionTraining) -> Mapping[str, float]:
    """Run it; returns mAP on the validation split (empty without one)."""
    run = RunFolder(config.out)
    run.start("ws3d-detect", config)
    store = Store.open(config.data)
    samples = StoreSamples(store, lambda name: point_features(store.scene(name), config.inputs))
    train, held_out = labelled_scenes(store.split("train"), config.annotation), store.split("val")
    sizes = mean_sizes(train, samples) if train else SCANNET_SCANREFER
    spec = DetectionSpec(sizes, config.size, config.voxel, config.inputs, config.points)
    torch.manual_seed(config.loop.seed)
    net = SparseVoteNet(spec.network())
    if config.init is not None:
        load_backbone(net, spec, config.init)
    dataset = DetectionDataset(train, samples, spec.sample, config.augment, seed=config.loop.seed)

    def loss(net: nn.Module, batch: object) -> StepLoss:
        assert isinstance(batch, ScenePoints)
        found = net(batch.xyz, batch.features)
        terms = detection_loss(found, batch.targets, found.center.new_tensor(spec.mean_sizes), config.weights)
        return StepLoss(config.scale * terms.total, loss_terms(terms))

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        return score_detector(Detector(net, spec.sample, spec.sample_of), map(store.scene, held_out)).metrics()

    collate = lambda items: collate_scenes(items, spec.sample)  # noqa: E731
    score = "mAP@0.25" if held_out else ""
    facts = spec.facts() | {"labelled": list(train)}
    job = Fit(net, dataset, collate, loss, facts, evaluate if held_out else None, score)
    return fit(job, config.loop, run, title="detection")


def load_backbone(net: SparseVoteNet, spec: DetectionSpec, run: Path) -> None:
    """Start from the backbone of a segmentation or pre-training run.

    Raises:
        SceneglotError: another kind of run, another size, or points with other features.
    """
    checkpoint = load_checkpoint(RunFolder(run).usable())
    before = SegmentationSpec.from_facts(checkpoint.facts)
    if (before.size, before.inputs, before.voxel) != (spec.size, spec.inputs, spec.voxel):
        raise SceneglotError(
            f"{run}: was trained at size {before.size}, voxels of {before.voxel} m and {before.inputs}; this "
            f"configuration asks for {spec.size}, {spec.voxel} m and {spec.inputs}"
        )
    load_matching(net.backbone, checkpoint.tensors, prefix="backbone.")


def load_detector(run: str | Path) -> Detector:
    """The detector of a run: of ws3d-detect, or the VoteNet inside a question-answering or pre-training run.

    Raises:
        SceneglotError: no such run, a damaged checkpoint, or one without a detector.
    """
    with opened(run) as checkpoint:
        return Detector.of_checkpoint(checkpoint.facts, checkpoint.tensors)


def evaluate_detection(run: Path, data: Path, split: str = "test") -> DetectionScores:
    """Detect objects in every scene of a split; writes `scores-detection-<split>.json` into the run folder.

    Raises:
        SceneglotError: a run without a detector, a split without scenes, or scenes without annotated objects.
    """
    store = Store.open(data)
    scores = score_detector(load_detector(run), map(store.scene, scenes_of(store, split)))
    if not scores.summary()["classes"]:
        raise SceneglotError(f"{data}: no scene of split {split!r} has an annotated object to score boxes with")
    write_json((run if run.is_dir() else run.parent) / f"scores-detection-{split}.json", scores.summary())
    return scores
