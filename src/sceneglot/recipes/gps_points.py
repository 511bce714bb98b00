"""GPS on points (arXiv 2401.09340): stage 1 aligns objects with names, stage 2 aligns scenes and referrals with text.

sceneglot train gps-objects --data DATA --out STAGE1                     objects and their names, tiny
   ... --object-objective.captions 1 --object-objective.objects 0        objects and captions of them (the paper)
sceneglot train gps-points --data DATA --out RUN --init STAGE1           scene, referral and masked words, tiny
sceneglot train gps-finetune --data DATA --out TUNED --init RUN          the MLP head alone, as GPS is fine-tuned
sceneglot train gps-several --data DATA --out MANY --init RUN            the MLP head, for none, one or several objects
sceneglot train gps-points-paper --data DATA --out RUN --init STAGE1     the published sizes, GPUs

DATA holds scans with instance labels and sentences: `sceneglot generate`, then `sceneglot describe`; gps-several also
needs `sceneglot describe DATA --kinds multi_referral --name multi`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.language.drills.layout import is_candidate
from sceneglot.language.lexicon import normalize
from sceneglot.losses.gps.words import MaskingConfig
from sceneglot.nets.gps.spatial_attention import Fusion
from sceneglot.nets.loading import load_matching
from sceneglot.recipes.gps_several import descriptions, several_scores, shares_of, with_descriptions
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Kind, Utterance
from sceneglot.tasks.gps.data import PointCollator, SpokenScenes
from sceneglot.tasks.gps.net import PAPER_RATES, PointGPS
from sceneglot.tasks.gps.objective import GPSObjective, ObjectObjective, full_stage, object_stage
from sceneglot.tasks.gps.objects import ObjectConfig
from sceneglot.tasks.gps.predict import Head, point_items, predict_points
from sceneglot.tasks.gps.spec import PointSpec, Size, TextSpec, text_vectors
from sceneglot.tasks.provenance import Provenance
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig

Stage = Literal["objects", "scenes"]
TINY_OPTIM = OptimConfig(lr=1e-3)


@dataclass(frozen=True)
class PointGPSConfig:
    """One stage of training on points."""

    data: Path
    """Store of scans with instance labels and sentences."""
    out: Path
    """Run folder; an interrupted run continues."""
    stage: Stage = "scenes"
    """"objects": stage 1; "scenes": stage 2 and fine-tuning."""
    init: Path | None = None
    """Run folder to start from (stage 1, or an earlier stage 2)."""
    freeze_objects: bool = True
    """Stage 2 keeps the object encoder of `init` as it is; without `init` it is trained."""
    size: Size = "tiny"
    fusion: Fusion = "cond"
    language: bool = False
    """Spatial attention conditioned on the sentence (ViL3DRel); GPS: off."""
    class_embedding: bool = True
    """Object tokens also carry the text vector of their likely class (3D-VisTA); GPS: off."""
    text: TextSpec = field(default_factory=TextSpec)
    texts: tuple[str, ...] = ("templates",)
    shares: tuple[float, ...] = (1.0,)
    """Share of each text file, whatever their sizes."""
    several: float = 0.0
    """Share of descriptions that mean no, one or several objects (kind multi_referral), for `objective.members`."""
    several_texts: tuple[str, ...] = ("multi",)
    """Utterance files of those descriptions."""
    fraction: float = 1.0
    """Of the training scenes, a random choice by the seed (GPS's data scaling takes the first of the sorted ids)."""
    per_scene: int = 8
    """Sentences about a scene at each visit: the scene is encoded once for all of them. GPS: 1."""
    objects: ObjectConfig = field(default_factory=lambda: ObjectConfig(points=256, most=40))
    masking: MaskingConfig = field(default_factory=MaskingConfig)
    objective: GPSObjective = field(default_factory=GPSObjective)
    """Of stage 2."""
    object_objective: ObjectObjective = field(default_factory=ObjectObjective)
    """Of stage 1; captions of objects are read from `texts`."""
    val_count: int = 400
    """Most sentences about the validation split that are scored while training; 0 for none."""
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=600, batch_size=8, optim=TINY_OPTIM))


def gps_points(data: Path, out: Path) -> PointGPSConfig:
    """Stage 2, tiny: about 0.5 s of one CPU core per step of 64 sentences."""
    return PointGPSConfig(data, out)


def gps_objects(data: Path, out: Path) -> PointGPSConfig:
    """Stage 1, tiny."""
    loop = LoopConfig(steps=600, batch_size=8, optim=OptimConfig(lr=3e-3))
    return PointGPSConfig(data, out, stage="objects", per_scene=1, loop=loop)


def gps_finetune(data: Path, out: Path) -> PointGPSConfig:
    """Fine-tuning for grounding: the MLP head, nothing else in the loss."""
    objective = GPSObjective(referral=0.0, scene=0.0, words=0.0, mlp=1.0)
    return replace(gps_points(data, out), objective=objective, loop=LoopConfig(steps=300, optim=OptimConfig(lr=3e-4)))


def gps_several(data: Path, out: Path) -> PointGPSConfig:
    """Fine-tuning for sentences that mean no, one or several objects: the MLP head judges every object by itself."""
    objective = GPSObjective(referral=0.0, scene=0.0, words=0.0, members=1.0)
    return replace(gps_finetune(data, out), objective=objective, several=0.5)


def gps_points_paper(data: Path, out: Path) -> PointGPSConfig:
    """The published sizes: 100 M parameters, batch 64 per process on 8 GPUs, rates 5e-4 / 1e-4 / 1e-5, clip 5.

    Not run by the authors of this package at this size, except for the single steps of `benchmarks/gps_step.py`.
    """
    optim = OptimConfig(lr=5e-4, weight_decay=0.01, warmup=0.005, floor=0.1, faster=PAPER_RATES, clip_norm=5.0)
    return replace(
        gps_points(data, out),
        size="base",
        object_objective=ObjectObjective(objects=0.0, captions=1.0),
        class_embedding=False,
        text=TextSpec("bert-base-uncased", layers=4, own_layers=0, frozen=False),
        per_scene=1,
        objects=ObjectConfig(),
        loop=LoopConfig(steps=100_000, batch_size=64, optim=optim, workers=8, eval_every=2000, save_every=2000),
    )


def train_point_gps(config: PointGPSConfig) -> Mapping[str, float]:
    """Run a stage; returns the referral accuracy of both heads on the validation split (stage 2, protocol gt-boxes)."""
    shares = shares_of(config.texts, config.shares)
    run = RunFolder(config.out)
    run.start("gps-points", config)
    store = Store.open(config.data)
    spec = point_spec(config, store)
    tools = spec.tools()
    scene_ids = training_scenes(store, config.fraction, config.loop.seed)
    if config.several and not config.objective.members:
        raise SceneglotError("--several needs --objective.members: only this term learns from none or several objects")
    told = config.stage == "objects" and config.object_objective.captions > 0
    train = sentences(store, config.texts, scene_ids, "object_caption" if told else "referral")
    several = descriptions(store, scene_ids, config.several_texts) if config.several else []
    captions = scene_captions(store, config, scene_ids)
    if spec.words and spec.size == "tiny":
        spec = replace(spec, word_ids=seen_tokens(tools.tokenizer, [u.text for said in train.values() for u in said]))
    torch.manual_seed(config.loop.seed)
    net = spec.namer(tools) if config.stage == "objects" else spec.build(tools)
    if config.init is not None:
        start_from(net, config.init, spec, freeze=config.freeze_objects)
    sources, weights = with_descriptions(train, shares, several, config.several)
    dataset = SpokenScenes(
        sources, weights, captions, store.scene, config.objects, config.loop.seed, per_scene=config.per_scene
    )
    masking = config.masking if spec.words else None
    embed = partial(text_vectors, tools.bert, tools.tokenizer) if told else None
    collate = PointCollator(tools.tokenizer, spec.labels, masking, word_ids=spec.word_ids, embed=embed)

    def loss(net: nn.Module, batch: Any) -> StepLoss:
        if config.stage == "objects":
            return StepLoss(*object_stage(net, batch, config.object_objective))
        return StepLoss(*full_stage(net, batch, config.objective))

    exam = _Exam.of(config, store, PointCollator(tools.tokenizer, spec.labels, None))
    said = Provenance.of(store, (u for told in sources.values() for u in told))
    facts = spec.facts() | {"stage": config.stage, "head": _head(config)}
    facts |= {"provenance": provenance_of(config.init).joined(said).facts()}
    job = Fit(net, dataset, collate, loss, facts, exam if exam.said else None, exam.score)
    return fit(job, config.loop, run, title=f"training gps on points ({config.stage})")


@dataclass(frozen=True, eq=False)
class _Exam:
    """Sentences about the validation split that are scored while training, at most `val_count` of either kind.

    Attributes:
        said: that mean one object; several: that mean none, one or several.
        score: name of the number that picks the best checkpoint, "" without sentences.
    """

    said: Sequence[Utterance]
    several: Sequence[Utterance]
    score: str
    store: Store
    collate: PointCollator
    objects: ObjectConfig

    @classmethod
    def of(cls, config: PointGPSConfig, store: Store, collate: PointCollator) -> _Exam:
        """None in stage 1."""
        ids = store.split("val") if config.val_count and config.stage == "scenes" else ()
        thin = lambda found: found[:: -(-len(found) // config.val_count)] if found else []  # noqa: E731
        said = thin([u for found in sentences(store, config.texts, ids, "referral").values() for u in found])
        several = thin(descriptions(store, ids, config.several_texts, needed=False)) if config.several else []
        names = {"several": "F1", "mlp": "accuracy (mlp)", "similarity": "accuracy"}
        score = names[_head(config) if several or _head(config) != "several" else "mlp"]
        return cls(said, several, score if said else "", store, collate, config.objects)

    def __call__(self, net: nn.Module) -> dict[str, float]:
        """Accuracy of both heads, and F1."""
        assert isinstance(net, PointGPS)
        items = point_items(self.several, self.store.scene, self.objects)
        found = several_scores(predict_points(net, items, self.collate, "several"))
        return referral_accuracy(net, self.said, self.store, self.collate, self.objects) | found


def referral_accuracy(
    net: PointGPS, said: Sequence[Utterance], store: Store, collate: PointCollator, objects: ObjectConfig
) -> dict[str, float]:
    """Accuracy in percent of both grounding heads (protocol gt-boxes)."""
    heads: tuple[tuple[str, Head], ...] = (("accuracy", "similarity"), ("accuracy (mlp)", "mlp"))
    scores = {}
    for name, head in heads:
        found = list(predict_points(net, point_items(said, store.scene, objects), collate, head))
        scores[name] = 100 * sum(answer.is_right for answer in found) / len(found)
    return scores


def point_spec(config: PointGPSConfig, store: Store) -> PointSpec:
    """The network a config asks for, with the label names of a store."""
    return PointSpec(
        size=config.size,
        fusion=config.fusion,
        language=config.language,
        text=config.text,
        objects=config.objects,
        names=label_names(store),
        class_embedding=config.class_embedding,
        words=config.objective.words > 0,
    )


def start_from(net: nn.Module, init: Path, spec: PointSpec, *, freeze: bool) -> None:
    """Load the weights of an earlier run: all of stage 2, or the objects of stage 1 (and freeze them if asked to).

    Heads over another vocabulary of words or answers than that of the network, whose `spec` is given, start anew.

    Raises:
        SceneglotError: the run is no GPS on points, of other sizes, or a stage 2 of another network.
    """
    checkpoint = load_checkpoint(RunFolder(init).usable())
    before = PointSpec.from_facts(checkpoint.facts)
    if isinstance(net, PointGPS) and checkpoint.facts["stage"] != "objects":
        refuse_other_nets(init, before, spec)
    if not isinstance(net, PointGPS):
        load_matching(net, checkpoint.tensors)
    elif checkpoint.facts["stage"] == "objects":
        load_matching(net.namer, checkpoint.tensors)
    else:
        same = {"gps.word.": before.word_ids == spec.word_ids, "gps.answer.": before.answers == spec.answers}
        anew = tuple(prefix for prefix, kept in same.items() if not kept)
        own = {name: value for name, value in net.state_dict().items() if name.startswith(tuple(same))}
        given = {name: value for name, value in checkpoint.tensors.items() if not name.startswith(anew)}
        load_matching(net, own | given)
    if freeze and isinstance(net, PointGPS):
        net.namer.freeze()


def refuse_other_nets(run: Path, before: PointSpec, now: PointSpec) -> None:
    """Tensors of other networks may have the same shapes: those of other fusions do, or attention with language.

    Raises:
        SceneglotError: the stage 2 of a run and the network that is to start from it differ.
    """
    for name in ("size", "fusion", "language", "class_embedding", "text"):
        was, will = getattr(before, name), getattr(now, name)
        if name == "text":  # whether its weights learn may change
            was, will = replace(was, frozen=will.frozen), will
        if was != will:
            option = name.replace("_", "-")
            raise SceneglotError(f"--init {run}: was trained with {option} {was}, not {will}; use the same --{option}")


def seen_tokens(tokenizer: Any, texts: Sequence[str]) -> tuple[int, ...]:
    """Ids of all tokens of some texts, ascending. A word head over these is a twentieth of one over a whole BERT's, and
    learns the same from these texts."""
    return tuple(sorted({i for ids in tokenizer(list(texts))["input_ids"] for i in ids}))


def provenance_of(run: Path | None) -> Provenance:
    """What a run says it was trained on; nothing without a run."""
    if run is None:
        return Provenance()
    return Provenance.from_facts(load_checkpoint(RunFolder(run).usable()).facts)


def label_names(store: Store) -> tuple[str, ...]:
    """The names of the label table; labels that differ in spelling only share a row."""
    raw = sorted({label for i in store.scene_ids for label in store.objects(i).label if is_candidate(label)})
    if not raw:
        raise SceneglotError(f"{store.path}: no scene has labelled objects")
    return tuple(dict.fromkeys(normalize(label) for label in raw))


def training_scenes(store: Store, fraction: float, seed: int) -> tuple[str, ...]:
    """A share of the training split, at least one scene; all scenes of a store without splits."""
    ids = store.split("train") or store.scene_ids
    if not 0 < fraction <= 1:
        raise SceneglotError(f"--fraction must lie in 0..1, found {fraction:g}")
    order = torch.randperm(len(ids), generator=torch.Generator().manual_seed(seed)).tolist()
    return tuple(sorted(ids[i] for i in order[: max(1, round(fraction * len(ids)))]))


def sentences(store: Store, texts: Sequence[str], scene_ids: Sequence[str], *kinds: Kind) -> dict[str, list[Utterance]]:
    """Text file -> its sentences of some kinds about some scenes: with a target, or questions with an answer."""
    inside = set(scene_ids)
    found = {name: [u for kind in kinds for u in store.utterances(name=name, kind=kind)] for name in texts}
    usable = lambda u: u.scene_id in inside and bool(u.answers if "question" in u.kind else u.target_ids)  # noqa: E731
    return {name: [u for u in said if usable(u)] for name, said in found.items()}


def scene_captions(store: Store, config: PointGPSConfig, scene_ids: Sequence[str]) -> dict[str, list[str]]:
    """Scene id -> captions of it, from all text files of the config."""
    captions: dict[str, list[str]] = {scene_id: [] for scene_id in scene_ids}
    for name in config.texts:
        for u in store.utterances(name=name, kind="scene_caption"):
            if u.scene_id in captions:
                captions[u.scene_id].append(u.text)
    return captions


def _head(config: PointGPSConfig) -> Head:
    """The head that a run trains is the one that is used."""
    weights = config.objective
    if weights.referral:
        return "similarity"
    return "several" if weights.members else "mlp" if weights.mlp else "similarity"
