"""Pre-training of CLIP-guided 3D VQA (arXiv 2304.06061): align the scene embedding with pictures and sentences.

sceneglot train clip-pretrain --data DATA --out RUN          tiny, two CPU cores
sceneglot train clip-pretrain-paper --data DATA --out RUN    the published sizes, one GPU
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.mean_sizes import SCANNET_SCANREFER, Sizes
from sceneglot.recipes.presets import PAPER_AUGMENT, PAPER_POINTS, ROOM_AUGMENT, TINY_POINTS, paper_loop, tiny_loop
from sceneglot.scenes.store import Store
from sceneglot.tasks.alignment.data import AlignCollator, AlignDataset
from sceneglot.tasks.alignment.net import AlignNet, align_facts
from sceneglot.tasks.alignment.objective import AlignObjective, align_objective
from sceneglot.tasks.alignment.probe import collapse_alarms, embed_scenes
from sceneglot.tasks.augment import AugmentConfig, prepare, scene_rng
from sceneglot.tasks.sample import PointConfig, SampleSource
from sceneglot.tasks.sources import StoreSamples, alignment_targets
from sceneglot.tasks.vqa.net import SceneSpec, Size
from sceneglot.teachers.features import FeatureStore
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit
from sceneglot.train.loop import Fit


@dataclass(frozen=True)
class PretrainConfig:
    """Pre-training of the scene encoder."""

    data: Path
    """Store with scenes, sentences and embedded features."""
    out: Path
    """Run folder; an interrupted run continues."""
    size: Size = "tiny"
    teacher: str = "embedded"
    """Name of the features in the store, as given to 'sceneglot embed'."""
    texts: Literal["captions", "descriptions", "both"] = "both"
    """Sentences to align with; the paper uses ScanRefer's object descriptions."""
    texts_per_scene: int = 16
    images_per_scene: int = 2
    points: PointConfig = TINY_POINTS
    augment: AugmentConfig = ROOM_AUGMENT
    objective: AlignObjective = field(default_factory=AlignObjective)
    loop: LoopConfig = field(default_factory=lambda: tiny_loop(steps=600))


def clip_pretrain(data: Path, out: Path) -> PretrainConfig:
    """Tiny network for two CPU cores."""
    return PretrainConfig(data, out)


def clip_pretrain_paper(data: Path, out: Path) -> PretrainConfig:
    """The published sizes and schedule: 6 epochs over 36,665 descriptions in batches of 16, lr 1e-4, cosine loss.

    Needs a GPU with about 12 GB. Not run by the authors of this package at this size.
    """
    return PretrainConfig(
        data,
        out,
        size="paper",
        texts="descriptions",
        texts_per_scene=1,
        images_per_scene=1,
        points=PAPER_POINTS,
        augment=PAPER_AUGMENT,
        objective=AlignObjective(kind="cosine", object=0.0),
        loop=paper_loop(13_750, 1e-4, (), epochs=6),
    )


def pretrain(config: PretrainConfig) -> Mapping[str, float]:
    """Run it; returns the collapse alarms on the validation split (empty if there is none)."""
    run = RunFolder(config.out)
    run.start("clip-pretrain", config)
    store = Store.open(config.data)
    features = FeatureStore.of(store, config.teacher)
    samples = StoreSamples(store)
    train = store.split("train")
    spec = SceneSpec(
        config.size,
        config.points,
        features.meta.dim,
        mean_sizes(train, samples),
        config.teacher,
        features.meta.fingerprint,
    )
    torch.manual_seed(config.loop.seed)
    net = AlignNet(spec)
    dataset = AlignDataset(
        alignment_targets(store, features, train, config.texts),
        samples,
        config.points,
        config.augment,
        images=config.images_per_scene,
        texts=config.texts_per_scene,
        seed=config.loop.seed,
    )
    held_out = store.split("val")
    targets = alignment_targets(store, features, held_out, config.texts)

    def loss(net: nn.Module, batch: object) -> StepLoss:
        return StepLoss(*align_objective(net, batch, config.objective))  # type: ignore[arg-type]

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        drawn = [prepare(samples(i), config.points, None, scene_rng(0, 0, i)) for i in held_out]
        return collapse_alarms(embed_scenes(net, drawn, config.points), [targets[i] for i in held_out])  # type: ignore[arg-type]

    job = Fit(net, dataset, AlignCollator(config.points), loss, align_facts(spec), evaluate if held_out else None)
    return fit(job, config.loop, run, title="pre-training")


def mean_sizes(scene_ids: tuple[str, ...], samples: SampleSource) -> Sizes:
    """(18, 3) mean box size per detection class over the given scenes; ScanRefer's value where a class never occurs.

    At least a centimetre: residuals are divided by it, and a picture on a wall may have no depth at all.
    """
    if not scene_ids:
        raise SceneglotError("nothing to train on: the training split is empty")
    boxes = [(s.box_class[s.box_present], s.box_size[s.box_present]) for s in map(samples, scene_ids)]
    classes = np.concatenate([c for c, _ in boxes])
    sizes = np.concatenate([s for _, s in boxes])
    return tuple(
        tuple(max(round(float(v), 4), 0.01) for v in sizes[classes == k].mean(0)) if (classes == k).any() else known
        for k, known in enumerate(SCANNET_SCANREFER)
    )  # type: ignore[return-value]
