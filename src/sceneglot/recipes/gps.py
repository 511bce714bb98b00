"""Grounding: GPS (arXiv 2401.09340) and its reader for object maps.

sceneglot train gps --data DATA --out RUN                            object maps, sentences of our own, one CPU core
sceneglot train gps --data DATA --out TUNED --init RUN --texts drills templates nr3d_train --shares 0.4 0.1 0.5 \
    --loop.steps 200 --loop.optim.lr 5e-4                            then with human sentences
sceneglot train gps --data DATA --out RUN --several 0.4              may answer with no object, or with several

DATA is any store with labelled objects, for instance `sceneglot import objects scannet_objects_train.json.gz DATA
--splits SPLITS`, with the sentences of `sceneglot describe DATA --kinds referral`. Drills (`language.drills`)
are drawn afresh at every visit; some are written into the store, for validation. `--several` needs the sentences of
`sceneglot describe DATA --kinds multi_referral --name multi`.

Cost with the defaults: 9 minutes of one CPU core, 3 GB. Expected on human and Sr3D sentences about scenes that were not
trained on, protocol gt-labels, two seeds: Nr3D 66.0 and 63.6 (standard error 2.4), Sr3D without closest and farthest
93.5 and 94.0; see `docs/grounding.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.language.drills import drills
from sceneglot.nets.gps.map_grounder import MapGrounderConfig
from sceneglot.nets.loading import load_matching
from sceneglot.recipes.gps_several import descriptions, several_scores, shares_of, with_descriptions
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding import spec as specs
from sceneglot.tasks.grounding.data import DRILLS, GroundingCollator, SentenceDataset
from sceneglot.tasks.grounding.objective import GroundingObjective, grounding_objective
from sceneglot.tasks.grounding.predict import by_scene, predict
from sceneglot.tasks.grounding.spec import MapGroundingSpec
from sceneglot.tasks.grounding.words import PhraseBook
from sceneglot.tasks.provenance import Provenance
from sceneglot.teachers.minilm import MiniLM
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig


@dataclass(frozen=True)
class GroundingConfig:
    """Training of a map grounder on sentences of our own."""

    data: Path
    """Store with labelled objects."""
    out: Path
    """Run folder; an interrupted run continues."""
    init: Path | None = None
    """Run to start from, for instance to go on with a few human sentences."""
    texts: tuple[str, ...] = (DRILLS, "templates")
    """Where sentences come from: "drills" are made afresh at every visit, others are utterance files of the store."""
    shares: tuple[float, ...] = (0.8, 0.2)
    """Share of each of them."""
    several: float = 0.0
    """Share of descriptions that mean no, one or several objects (kind multi_referral, Multi3DRefer). Above 0 every
    object is also judged by itself, and the run may answer with none or with several."""
    several_texts: tuple[str, ...] = ("multi",)
    """Utterance files of those descriptions."""
    scenes: int = 4
    """Scenes of one item, all of like size; --loop.batch-size counts items."""
    per_scene: int = 24
    """Sentences about a scene at each visit; they share what is computed once per scene."""
    max_objects: int = 28
    """Crowded scenes are cropped to about as many objects while training."""
    size: Literal["tiny", "base"] = "tiny"
    viewers: tuple[str, ...] = MapGrounderConfig.viewers
    """Who may say left and right: some of room, both, front, wall, door."""
    geometry: bool = True
    """Whether the network sees the boxes."""
    val_text: str = DRILLS
    """Utterance file whose sentences about the validation split are scored while training."""
    val_count: int = 1000
    """Longer lists are thinned evenly, to fewer than twice as many; 0 scores none."""
    val_drills: int = 6
    """Drills per label that has several objects, written into the store for validation when they are not there."""
    objective: GroundingObjective = field(default_factory=GroundingObjective)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            steps=3600, batch_size=1, optim=OptimConfig(lr=1.5e-3, weight_decay=1e-2, warmup=0.05), eval_every=1000
        )
    )


def gps(data: Path, out: Path) -> GroundingConfig:
    """Tiny, for one CPU core."""
    return GroundingConfig(data, out)


def gps_blind(data: Path, out: Path) -> GroundingConfig:
    """The baseline that sees which labels there are, but no box: what language and the table of contents tell."""
    return replace(gps(data, out), geometry=False)


def train_grounding(config: GroundingConfig) -> Mapping[str, float]:
    """Run it; returns the accuracy on validation sentences, and the F1 on those that mean none or several."""
    shares = shares_of(config.texts, config.shares)
    run = RunFolder(config.out)
    run.start("gps", config)
    store = Store.open(config.data)
    write_drills(store, config.val_drills, config.loop.seed, config.val_text == DRILLS)
    train_ids, val_ids = _split_ids(store)
    sources = {name: _referrals(store, train_ids, name) for name in config.texts if name != DRILLS}
    many = descriptions(store, train_ids, config.several_texts) if config.several else []
    sources, weights = with_descriptions(sources, shares, many, config.several)
    spec = MapGroundingSpec(_sizes(config), MiniLM().fingerprint)
    val = _referrals(store, val_ids, config.val_text)
    val = val[:: max(1, len(val) // config.val_count)] if config.val_count else []
    wanted = config.several and config.val_count
    several = descriptions(store, val_ids, config.several_texts, needed=False) if wanted else []
    several = several[:: max(1, len(several) // config.val_count)] if several else []
    book = phrase_book(store, spec, [u.text for said in (*sources.values(), val, several) for u in said])
    torch.manual_seed(config.loop.seed)
    net = spec.build()
    facts = spec.facts() | {"provenance": _start(net, spec, config, store, train_ids, sources).facts()}
    dataset = SentenceDataset(
        sources, weights, store.objects, sorted(train_ids), config.per_scene, config.loop.seed,
        group=config.scenes, max_objects=config.max_objects,
    )  # fmt: skip
    collate = GroundingCollator(book)

    def loss(net: nn.Module, batch: object) -> StepLoss:
        return StepLoss(*grounding_objective(net, batch, config.objective))  # type: ignore[arg-type]

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        answers = lambda said: predict(net, by_scene(said, store.objects), collate)  # type: ignore[arg-type]  # noqa: E731
        right = [answer.is_right for answer in answers(val)]
        return ({"accuracy": 100 * sum(right) / len(right)} if right else {}) | several_scores(answers(several))

    score = "F1" if several else "accuracy" if val else ""
    job = Fit(net, dataset, collate, loss, facts, evaluate if score else None, score)
    return fit(job, config.loop, run, title="training gps")


def _start(
    net: nn.Module,
    spec: MapGroundingSpec,
    config: GroundingConfig,
    store: Store,
    train_ids: frozenset[str],
    said: Mapping[str, Sequence[Utterance]],
) -> Provenance:
    """Load the weights to start from, if any; returns what this and that run are trained on."""
    found = Provenance.of(store, (u for sentences in said.values() for u in sentences))
    if DRILLS in config.texts:
        drilled = Provenance(tuple(f"{store.origin}/{i}" for i in sorted(train_ids)), (f"{store.origin}/template",))
        found = found.joined(drilled)
    if config.init is None:
        return found
    checkpoint = load_checkpoint(RunFolder(config.init).usable())
    before = MapGroundingSpec.from_facts(checkpoint.facts)  # another task is told by name
    refuse_other_nets(config.init, before, spec)
    level = {name: value for name, value in net.state_dict().items() if name.startswith("level.")}
    load_matching(net, level | dict(checkpoint.tensors))  # runs that always point at one object have no level
    return found.joined(Provenance.from_facts(checkpoint.facts))


def refuse_other_nets(run: Path, before: MapGroundingSpec, now: MapGroundingSpec) -> None:
    """Networks whose tensors have the same shapes may still mean other things by them.

    Raises:
        SceneglotError: other viewers, with or without geometry, or another sentence encoder.
    """
    for name in ("viewers", "geometry"):
        was, will = getattr(before.net, name), getattr(now.net, name)
        if was != will:
            raise SceneglotError(f"--init {run}: was trained with {name} {was}, not {will}; use the same --{name}")
    if before.fingerprint != now.fingerprint:
        raise SceneglotError(f"--init {run}: was trained with other weights of MiniLM than those installed")


def _sizes(config: GroundingConfig) -> MapGrounderConfig:
    sizes = {"tiny": specs.tiny, "base": specs.base}[config.size]()
    return replace(sizes, geometry=config.geometry, viewers=config.viewers, several=config.several > 0)


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


def _split_ids(store: Store) -> tuple[frozenset[str], frozenset[str]]:
    """Scenes for training and for validation; a store without splits is all for training."""
    train = frozenset(store.split("train"))
    return train or frozenset(store.scene_ids), frozenset(store.split("val"))


def _referrals(store: Store, inside: frozenset[str], name: str) -> list[Utterance]:
    return [u for u in store.utterances(kind="referral", name=name) if u.scene_id in inside and u.target_ids]
