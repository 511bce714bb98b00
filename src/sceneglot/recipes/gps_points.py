"""GPS on points (arXiv 2401.09340): stage 1 aligns objects with names, stage 2 aligns scenes and referrals with text.

sceneglot train gps-objects --data DATA --out STAGE1                     objects and their names, tiny
sceneglot train gps-points --data DATA --out RUN --init STAGE1           scene, referral and masked words, tiny
sceneglot train gps-points-paper --data DATA --out RUN --init STAGE1     the published sizes, GPUs

DATA holds scans with instance labels and sentences: `sceneglot generate`, then `sceneglot describe`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.language.drills.layout import is_candidate
from sceneglot.language.lexicon import normalize
from sceneglot.losses.gps.words import MaskingConfig
from sceneglot.nets.gps.heads import hide
from sceneglot.nets.gps.joint_transformer import JointTransformerConfig
from sceneglot.nets.gps.model import GPSConfig
from sceneglot.nets.gps.objects import PointObjectConfig
from sceneglot.nets.gps.spatial_attention import Fusion
from sceneglot.nets.gps.spatial_transformer import SpatialTransformerConfig
from sceneglot.nets.gps.text import load_bert
from sceneglot.nets.loading import load_matching
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.gps.data import PointBatch, PointCollator, ReferralDataset
from sceneglot.tasks.gps.net import PAPER_RATES, PointGPS, mean_tokens
from sceneglot.tasks.gps.objective import GPSObjective, full_stage, object_stage
from sceneglot.tasks.gps.objects import ObjectConfig
from sceneglot.teachers.minilm import find_minilm
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig

Stage = Literal["objects", "scenes"]


@dataclass(frozen=True)
class PointGPSConfig:
    """One stage of training on points."""

    data: Path
    """Store of scans with instance labels and sentences."""
    out: Path
    """Run folder; an interrupted run continues."""
    stage: Stage = "scenes"
    """"objects": stage 1; "scenes": stage 2."""
    init: Path | None = None
    """Run folder to start from (stage 1, or an earlier stage 2)."""
    freeze_objects: bool = True
    """Stage 2 keeps the object encoder of `init` as it is; without `init` it is trained."""
    size: Literal["tiny", "base"] = "tiny"
    fusion: Fusion = "cond"
    language: bool = False
    """Spatial attention conditioned on the sentence (ViL3DRel); GPS: off."""
    text_encoder: str = ""
    """Hub id or folder of a BERT-type model; the MiniLM of the offline extra if empty."""
    text_layers: int = 2
    texts: tuple[str, ...] = ("templates",)
    shares: tuple[float, ...] = (1.0,)
    """Share of each text file, whatever their sizes."""
    objects: ObjectConfig = field(default_factory=lambda: ObjectConfig(points=256, most=40))
    masking: MaskingConfig = field(default_factory=MaskingConfig)
    objective: GPSObjective = field(default_factory=GPSObjective)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            steps=1000, batch_size=8, optim=OptimConfig(lr=5e-4, faster=(("text.", 0.1),))
        )
    )


def gps_points(data: Path, out: Path) -> PointGPSConfig:
    """Stage 2, tiny."""
    return PointGPSConfig(data, out)


def gps_objects(data: Path, out: Path) -> PointGPSConfig:
    """Stage 1, tiny."""
    return PointGPSConfig(data, out, stage="objects")


def gps_points_paper(data: Path, out: Path) -> PointGPSConfig:
    """The published sizes: 100 M parameters, batch 64 per process on 8 GPUs, rates 5e-4 / 1e-4 / 1e-5, clip 5.

    Not run by the authors of this package at this size.
    """
    optim = OptimConfig(lr=5e-4, weight_decay=0.01, warmup=0.005, floor=0.1, faster=PAPER_RATES, clip_norm=5.0)
    return replace(
        gps_points(data, out),
        size="base",
        text_encoder="bert-base-uncased",
        text_layers=4,
        objects=ObjectConfig(),
        loop=LoopConfig(steps=100_000, batch_size=64, optim=optim, workers=8, eval_every=2000, save_every=2000),
    )


def train_point_gps(config: PointGPSConfig) -> Mapping[str, float]:
    """Run a stage; returns the referral accuracy on the validation split (stage 2)."""
    run = RunFolder(config.out)
    run.start("gps-points", config)
    store = Store.open(config.data)
    bert, tokenizer = load_bert(config.text_encoder or str(find_minilm()), config.text_layers)
    names, labels = label_rows(store)
    torch.manual_seed(config.loop.seed)
    found = tokenizer(list(names), padding=True, return_tensors="pt")
    vectors = mean_tokens(bert, found["input_ids"], found["attention_mask"].bool())
    sizes, points = _sizes(config, len(tokenizer))
    net = PointGPS(sizes, points, bert, vectors)
    if config.init is not None:
        load_matching(net, load_checkpoint(RunFolder(config.init).usable()).tensors)
        if config.stage == "scenes" and config.freeze_objects:
            net.objects.freeze()
    train = _dataset(store, "train", config, rotate=True)
    collate = PointCollator(tokenizer, labels, config.masking)
    stage = object_stage if config.stage == "objects" else full_stage

    def loss(net: nn.Module, batch: object) -> StepLoss:
        return StepLoss(*stage(net, batch, config.objective))  # type: ignore[arg-type]

    scored = config.stage == "scenes" and bool(store.split("val"))
    val = _dataset(store, "val", config, rotate=False) if scored else None
    exam = PointCollator(tokenizer, labels, None)
    evaluate = (lambda net: referral_accuracy(net, val, exam)) if val is not None else None
    job = Fit(net, train, collate, loss, _facts(config, labels), evaluate, "accuracy" if val is not None else "")
    return fit(job, config.loop, run, title=f"training gps on points ({config.stage})")


@torch.no_grad()
def referral_accuracy(
    net: nn.Module, dataset: ReferralDataset, collate: PointCollator, count: int = 400
) -> dict[str, float]:
    """Accuracy in percent of both grounding heads on the first `count` sentences (protocol gt-boxes)."""
    net.eval()
    device = next(net.parameters()).device
    right = {"accuracy": 0, "accuracy (mlp)": 0}
    total = min(count, len(dataset))
    for start in range(0, total, 8):
        batch: PointBatch = collate([dataset[0, index] for index in range(start, min(start + 8, total))]).to(device)
        output = net(batch).gps
        for name, logits in (("accuracy", output.similarity), ("accuracy (mlp)", output.mlp)):
            chosen = hide(logits, batch.mask).argmax(1)
            right[name] += int(batch.target.gather(1, chosen[:, None]).sum())
    return {name: 100 * hits / total for name, hits in right.items()}


def label_rows(store: Store) -> tuple[tuple[str, ...], dict[str, int]]:
    """The names of the label table, and raw label -> row in it; labels that differ in spelling only share a row."""
    raw = sorted({label for i in store.scene_ids for label in store.objects(i).label if is_candidate(label)})
    if not raw:
        raise SceneglotError(f"{store.path}: no scene has labelled objects")
    names = tuple(dict.fromkeys(normalize(label) for label in raw))
    row_of = {name: row for row, name in enumerate(names)}
    return names, {label: row_of[normalize(label)] for label in raw}


def _dataset(store: Store, split: str, config: PointGPSConfig, *, rotate: bool) -> ReferralDataset:
    inside = set(store.split(split)) or (set(store.scene_ids) if split == "train" else set())
    sources: dict[str, list[Utterance]] = {}
    captions: dict[str, list[str]] = {}
    for name in config.texts:
        found = [u for u in store.utterances(name=name) if u.scene_id in inside]
        sources[name] = [u for u in found if u.kind == "referral" and u.target_ids]
        for u in found:
            if u.kind == "scene_caption":
                captions.setdefault(u.scene_id, []).append(u.text)
    weights = dict(zip(config.texts, config.shares))
    return ReferralDataset(sources, weights, captions, store.scene, config.objects, config.loop.seed, rotate=rotate)


def _sizes(config: PointGPSConfig, vocabulary: int) -> tuple[GPSConfig, PointObjectConfig]:
    if config.size == "base":
        spatial = SpatialTransformerConfig(fusion=config.fusion, language=config.language)
        return GPSConfig(spatial, JointTransformerConfig(), vocabulary), PointObjectConfig()
    tiny = GPSConfig.tiny(vocabulary=vocabulary)
    spatial = replace(tiny.spatial, fusion=config.fusion, language=config.language)
    return replace(tiny, spatial=spatial), PointObjectConfig.tiny()


def _facts(config: PointGPSConfig, labels: Mapping[str, int]) -> dict[str, Any]:
    return {
        "task": "grounding",
        "tokens": "points",
        "stage": config.stage,
        "size": config.size,
        "fusion": config.fusion,
        "language": config.language,
        "text_encoder": config.text_encoder or "minilm",
        "text_layers": config.text_layers,
        "labels": dict(labels),
    }
