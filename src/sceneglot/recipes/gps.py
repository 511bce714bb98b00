"""Grounding: GPS (arXiv 2401.09340) and its reader for object maps.

sceneglot train gps --data DATA --out RUN        object maps, sentences of our own, one CPU core (0.32 s a step)

DATA is any store with labelled objects, for instance `sceneglot import objects scannet_objects_train.json.gz DATA
--splits SPLITS`, with the sentences of `sceneglot describe DATA --kinds referral`. Drills (`language.drills`)
are written into the store when they are not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.language.drills import drills
from sceneglot.nets.gps.map_grounder import MapGrounderConfig
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding import spec as specs
from sceneglot.tasks.grounding.data import GroundingCollator, SentenceDataset
from sceneglot.tasks.grounding.objective import GroundingObjective, grounding_objective
from sceneglot.tasks.grounding.predict import by_scene, predict
from sceneglot.tasks.grounding.spec import MapGroundingSpec
from sceneglot.tasks.grounding.words import PhraseBook
from sceneglot.teachers.minilm import MiniLM
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig

DRILLS = "drills"
"""Utterance file of the drills."""


@dataclass(frozen=True)
class GroundingConfig:
    """Training of a map grounder on sentences of our own."""

    data: Path
    """Store with labelled objects."""
    out: Path
    """Run folder; an interrupted run continues."""
    texts: tuple[str, ...] = ("templates", DRILLS)
    """Utterance files to learn from; "drills" is made if it is not there."""
    shares: tuple[float, ...] = (0.35, 0.65)
    """Share of each of them."""
    per_label: int = 30
    """Drills per label that has several objects."""
    per_scene: int = 8
    """Sentences about a scene at each visit."""
    max_objects: int = 32
    """Crowded scenes are cropped to about as many objects while training."""
    size: Literal["tiny", "base"] = "tiny"
    layers: int = 0
    """Layers of the reader; 0 for those of the size."""
    geometry: bool = True
    """Whether the network sees the boxes."""
    val_text: str = DRILLS
    """Utterance file whose sentences about the validation split are scored while training; at most `val_count`."""
    val_count: int = 1000
    objective: GroundingObjective = field(default_factory=GroundingObjective)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            steps=3000, batch_size=8, optim=OptimConfig(lr=1e-3, weight_decay=1e-2, warmup=0.05), eval_every=1000
        )
    )


def gps(data: Path, out: Path) -> GroundingConfig:
    """Tiny, for one CPU core."""
    return GroundingConfig(data, out)


def gps_blind(data: Path, out: Path) -> GroundingConfig:
    """The baseline that sees which labels there are, but no box: what language and the table of contents tell."""
    return replace(gps(data, out), geometry=False)


def train_grounding(config: GroundingConfig) -> Mapping[str, float]:
    """Run it; returns the accuracy on validation sentences."""
    if len(config.texts) != len(config.shares):
        raise SceneglotError(
            f"--shares: {len(config.texts)} text files need as many shares, found {len(config.shares)}"
        )
    run = RunFolder(config.out)
    run.start("gps", config)
    store = Store.open(config.data)
    write_drills(store, config.per_label, config.loop.seed, DRILLS in (*config.texts, config.val_text))
    sources = {name: _referrals(store, "train", name) for name in config.texts}
    spec = MapGroundingSpec(_sizes(config), MiniLM().fingerprint)
    val = _referrals(store, "val", config.val_text)
    val = val[:: max(1, len(val) // config.val_count)] if config.val_count else []
    book = phrase_book(store, spec, [u.text for said in (*sources.values(), val) for u in said])
    torch.manual_seed(config.loop.seed)
    net = spec.build()
    weights = dict(zip(config.texts, config.shares))
    dataset = SentenceDataset(
        sources, weights, store.objects, config.per_scene, config.loop.seed,
        max_objects=config.max_objects,
    )  # fmt: skip
    collate = GroundingCollator(book)

    def loss(net: nn.Module, batch: object) -> StepLoss:
        return StepLoss(*grounding_objective(net, batch, config.objective))  # type: ignore[arg-type]

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        right = [g.is_right for g in predict(net, by_scene(val, store.objects), collate)]  # type: ignore[arg-type]
        return {"accuracy": 100 * sum(right) / len(right)}

    job = Fit(net, dataset, collate, loss, spec.facts(), evaluate if val else None, "accuracy" if val else "")
    return fit(job, config.loop, run, title="training gps")


def _sizes(config: GroundingConfig) -> MapGrounderConfig:
    sizes = replace({"tiny": specs.tiny, "base": specs.base}[config.size](), geometry=config.geometry)
    return replace(sizes, reader=replace(sizes.reader, layers=config.layers)) if config.layers else sizes


def write_drills(store: Store, per_label: int, seed: int, needed: bool = True) -> None:
    """Make the drills of all scenes of a store, once."""
    if needed and DRILLS not in store.utterance_names:
        made = (u for i in store.scene_ids for u in drills(store.objects(i), i, seed, per_label))
        store.write_utterances(DRILLS, made)


def phrase_book(store: Store, spec: MapGroundingSpec, sentences: list[str]) -> PhraseBook:
    """Vectors of every word, compound and label, kept in the store's `features/minilm-words/`."""
    book = spec.book()
    path = store.feature_dir("minilm-words") / "phrases.safetensors"
    book.load(path, spec.fingerprint)
    known = len(book)
    book.add_sentences(sentences)
    book.labels(sorted({label for scene_id in store.scene_ids for label in store.objects(scene_id).label}))
    if len(book) > known:
        book.save(path, spec.fingerprint)
    return book


def _referrals(store: Store, split: str, name: str) -> list[Utterance]:
    inside = set(store.split(split))
    if split == "train" and not inside:
        inside = set(store.scene_ids)  # a store without splits: everything is for training
    return [u for u in store.utterances(kind="referral", name=name) if u.scene_id in inside and u.target_ids]
