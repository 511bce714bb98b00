"""Question answering in 3D: CLIP-guided 3D VQA and the systems it is compared with.

sceneglot train vqa --data DATA --out RUN --init PRETRAINED     the paper's system, pre-trained
sceneglot train vqa --data DATA --out RUN                       the same, from scratch
sceneglot train vqa --data DATA --out RUN --model blind         question only
sceneglot train vqa-paper --data DATA --out RUN                 the published sizes, one GPU
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.loading import load_matching
from sceneglot.recipes.clip_pretrain import mean_sizes
from sceneglot.recipes.presets import PAPER_AUGMENT, QUESTION_AUGMENT, TINY_POINTS, paper_loop, tiny_loop
from sceneglot.scenes.store import Store
from sceneglot.tasks.alignment.net import align_spec
from sceneglot.tasks.augment import AugmentConfig
from sceneglot.tasks.lifted import lifted_features
from sceneglot.tasks.sample import PointConfig
from sceneglot.tasks.sources import Questions, StoreSamples
from sceneglot.tasks.vqa.answers import AnswerVocabulary
from sceneglot.tasks.vqa.data import VQACollator, VQADataset, group_by_scene
from sceneglot.tasks.vqa.evaluate import evaluate_questions
from sceneglot.tasks.vqa.net import ModelName, SceneSpec, Size, VQASpec, VQASystem
from sceneglot.tasks.vqa.objective import VQAObjective, vqa_objective
from sceneglot.teachers.features import FeatureStore
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit

MULTIVIEW_CHANNELS = 32
"""Lifted picture features per point, after a fixed random projection (ScanQA: 128-d ENet features)."""


@dataclass(frozen=True)
class VQAConfig:
    """Fine-tuning for question answering and localisation."""

    data: Path
    """Store with scenes, questions and embedded features."""
    out: Path
    """Run folder; an interrupted run continues."""
    model: ModelName = "clip-vqa"
    init: Path | None = None
    """Run folder of a pre-training to start from."""
    size: Size = "tiny"
    teacher: str = "embedded"
    """Name of the features in the store, as given to 'sceneglot embed'."""
    text: str = ""
    """Utterance file to take questions from; all of them if empty."""
    questions_per_scene: int = 16
    """Questions asked about a scene at each visit: the scene is encoded once for all of them."""
    points: PointConfig = TINY_POINTS
    augment: AugmentConfig = QUESTION_AUGMENT
    objective: VQAObjective = field(default_factory=VQAObjective)
    loop: LoopConfig = field(default_factory=lambda: tiny_loop(steps=400))


def vqa(data: Path, out: Path) -> VQAConfig:
    """Tiny network for two CPU cores."""
    return VQAConfig(data, out)


def vqa_paper(data: Path, out: Path) -> VQAConfig:
    """The published sizes and schedule: batch 16, lr 5e-4, x 0.2 at epochs 15 and 23 of 25, gradients clipped by value.

    Needs a GPU with about 13 GB. Not run by the authors of this package at this size.
    """
    loop = paper_loop(40_000, 5e-4, (15 / 25, 23 / 25), epochs=25, clip_value=1.0)
    points = PointConfig(30_000, color=False, height=False)
    return VQAConfig(data, out, size="paper", questions_per_scene=1, points=points, augment=PAPER_AUGMENT, loop=loop)


def finetune(config: VQAConfig) -> Mapping[str, float]:
    """Run it; returns the scores on the validation split."""
    run = RunFolder(config.out)
    run.start("vqa", config)
    store = Store.open(config.data)
    features = FeatureStore.of(store, config.teacher)
    questions = Questions.of(store, "train", config.text)
    vocabulary = AnswerVocabulary.from_answers(q.answers for q in questions.items)
    points = _points(config)
    samples = StoreSamples(store, lifted_features(store, config.teacher, points.multiview))
    spec = VQASpec(
        config.model, _scene_spec(config, points, features, samples, questions), features.meta.token_dim, vocabulary
    )
    torch.manual_seed(config.loop.seed)
    net = VQASystem(spec)
    if config.init is not None:
        load_scene_side(net, config.init)
    grouped = group_by_scene(questions.answerable(vocabulary), questions.scene_ids)
    rows = {scene_id: store.objects(scene_id).row_of for scene_id in store.scene_ids}
    dataset = VQADataset(grouped, samples, points, config.augment, config.questions_per_scene, config.loop.seed, rows)
    collate = VQACollator(points, vocabulary, features.tokens, rows)

    def loss(net: nn.Module, batch: object) -> StepLoss:
        return StepLoss(*vqa_objective(net, batch, config.objective))  # type: ignore[arg-type]

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        return evaluate_questions(net, Questions.of(store, "val", config.text), samples, collate).headline  # type: ignore[arg-type]

    has_val = bool(store.split("val"))
    job = Fit(net, dataset, collate, loss, spec.facts(), evaluate if has_val else None, "EM@1" if has_val else "")
    return fit(job, config.loop, run, title=f"training {config.model}")


def load_scene_side(net: VQASystem, folder: Path) -> None:
    """Load detector and scene encoder from a run; raises with the counts of tensors when they do not fit."""
    checkpoint = load_checkpoint(RunFolder(folder).usable())
    align_spec(checkpoint.facts)  # a clear error for a checkpoint without a scene side
    if net.detector is None:
        raise SceneglotError("the blind system has no scene side to initialise: leave out --init")
    load_matching(net.detector, checkpoint.tensors, prefix="detector.")
    if net.encoder is not None:
        load_matching(net.encoder, checkpoint.tensors, prefix="encoder.")


def _points(config: VQAConfig) -> PointConfig:
    if config.model == "scanqa-multiview" and not config.points.multiview:
        return replace(config.points, multiview=MULTIVIEW_CHANNELS)
    return config.points


def _scene_spec(
    config: VQAConfig, points: PointConfig, features: FeatureStore, samples: StoreSamples, questions: Questions
) -> SceneSpec:
    """From the pre-training if there is one (its mean sizes are part of its weights), else from the training boxes."""
    if config.init is None:
        sizes = mean_sizes(questions.scene_ids, samples)
        return SceneSpec(config.size, points, features.meta.dim, sizes, config.teacher, features.meta.fingerprint)
    spec = align_spec(load_checkpoint(RunFolder(config.init).usable()).facts)
    if (spec.points.channels, spec.size) != (points.channels, config.size):
        raise SceneglotError(
            f"{config.init}: was pre-trained at size {spec.size} with {spec.points.channels} point channels, this "
            f"configuration asks for {config.size} with {points.channels}; change --size or --points"
        )
    if spec.teacher_fingerprint != features.meta.fingerprint:
        raise SceneglotError(
            f"{config.init}: was pre-trained with another version of teacher {spec.teacher!r} than the features in "
            f"{config.data}; run 'sceneglot embed' and the pre-training again"
        )
    return replace(spec, points=points)
