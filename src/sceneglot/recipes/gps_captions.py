"""GPS on points, fine-tuned to write about objects (Scan2Cap's task, in the manner of 3D-VisTA's fine-tuning).

sceneglot train gps-captions --data DATA --out CAP --init RUN                captions, from a stage 2 (or a stage 1)
sceneglot eval CAP --data DATA --task captioning                             Scan2Cap's scores, annotated objects
sceneglot eval CAP --data DATA --task captioning --protocol detected --detector FOUND
sceneglot caption CAP SCENE --object 12                                      write about one object

Sentences are those of kind object_caption: of `sceneglot describe`, or of people with `import-text scan2cap`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.loading import load_matching
from sceneglot.recipes.detections import Detections
from sceneglot.recipes.gps_points import label_names, provenance_of, seen_tokens, sentences, training_scenes
from sceneglot.recipes.gps_several import shares_of
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.gps.caption_net import CaptionSpec, PointCaptioner, caption_stage
from sceneglot.tasks.gps.caption_report import CaptionScores, CommonCaptions, SceneCaptions, caption_scores
from sceneglot.tasks.gps.captioner import Captioner, write_captions
from sceneglot.tasks.gps.data import PointCollator, SpokenScenes
from sceneglot.tasks.gps.spec import PointSpec
from sceneglot.tasks.provenance import Provenance
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit
from sceneglot.train.opened import opened
from sceneglot.train.optim import OptimConfig
from sceneglot.train.run import write_json

CaptionProtocol = Literal["gt-boxes", "detected"]
"""Whether annotated objects speak (every one is found), or those that a detector finds."""


@dataclass(frozen=True)
class PointCaptionsConfig:
    """Fine-tuning on captions of objects."""

    data: Path
    """Store of scans with instance labels and captions of objects."""
    out: Path
    """Run folder; an interrupted run continues."""
    init: Path | None = None
    """Run folder of a stage 2 or a stage 1, whose sizes are kept; None: the tiny network, from scratch."""
    texts: tuple[str, ...] = ("templates",)
    shares: tuple[float, ...] = (1.0,)
    """Share of each text file."""
    per_scene: int = 16
    """Captions about a scene at each visit."""
    freeze_objects: bool = True
    """Keep the object encoder of `init` as it is; without `init` it is trained."""
    longest: int = 50
    """Tokens of a caption, marks included."""
    val_scenes: int = 12
    """Most validation scenes whose objects are captioned and scored while training; 0 for none."""
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=600, batch_size=4, optim=OptimConfig(lr=2e-3)))


def gps_captions(data: Path, out: Path) -> PointCaptionsConfig:
    """Tiny, or of the size of `--init`."""
    return PointCaptionsConfig(data, out)


def train_point_captions(config: PointCaptionsConfig) -> Mapping[str, float]:
    """Run it; returns Scan2Cap's scores of annotated objects of the validation split, greedy search."""
    shares = shares_of(config.texts, config.shares)
    run = RunFolder(config.out)
    run.start("gps-captions", config)
    store = Store.open(config.data)
    train = sentences(store, config.texts, training_scenes(store, 1.0, 0), "object_caption")
    told = [u for said in train.values() for u in said]
    common = CommonCaptions.of(told, lru_cache(maxsize=1024)(store.objects))
    gps = replace(_base(config.init), names=label_names(store), words=False, word_ids=(), answers=None)
    tools = gps.tools()
    spec = CaptionSpec(gps, caption_words(tools.tokenizer, [u.text for u in told]), config.longest)
    torch.manual_seed(config.loop.seed)
    net = spec.build(tools)
    if config.init is not None:
        start_captioner(net, config.init, freeze=config.freeze_objects)
    dataset = SpokenScenes(train, shares, {}, store.scene, gps.objects, config.loop.seed, per_scene=config.per_scene)
    collate = PointCollator(tools.tokenizer, gps.labels, None, max_words=config.longest)

    def loss(net: nn.Module, batch: Any) -> StepLoss:
        return StepLoss(*caption_stage(net, batch))

    val = sentences(store, config.texts, store.split("val")[: config.val_scenes], "object_caption")
    held_out = references([u for said in val.values() for u in said])

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        assert isinstance(net, PointCaptioner)
        found = [
            SceneCaptions(i, write_captions(net, collate, spec, store.scene(i)), store.objects(i), store.objects(i), r)
            for i, r in held_out.items()
        ]
        scores = caption_scores(found, common, "gt-boxes").scores
        return {name: value for name, value in scores.items() if name.endswith("@0.5")}

    provenance = provenance_of(config.init).joined(Provenance.of(store, told))
    facts = spec.facts() | {"common": common.facts(), "provenance": provenance.facts()}
    score = "CIDEr@0.5" if held_out else ""
    job = Fit(net, dataset, collate, loss, facts, evaluate if held_out else None, score)
    return fit(job, config.loop, run, title="training gps on captions")


def start_captioner(net: PointCaptioner, init: Path, *, freeze: bool) -> None:
    """Load what a captioner shares with a stage 2: objects, class embedding, spatial transformer; or with a stage 1.

    Raises:
        SceneglotError: the run is no GPS on points, or of other sizes.
    """
    checkpoint = load_checkpoint(RunFolder(init).usable())
    PointSpec.from_facts(checkpoint.facts)  # another task is told by name
    if checkpoint.facts["stage"] == "objects":
        load_matching(net.namer, checkpoint.tensors)
    else:
        shared: dict[str, nn.Module | None] = {
            "namer.": net.namer,
            "gps.spatial.": net.spatial,
            "class_norm.": net.class_norm,
            "text.project.": net.project,
        }
        for prefix, part in shared.items():
            if part is not None:
                load_matching(part, checkpoint.tensors, prefix=prefix)
    if freeze:
        net.namer.freeze()


def caption_words(tokenizer: Any, texts: Sequence[str]) -> tuple[int, ...]:
    """The decoder's words: the marks of start and end, "unknown", and all other tokens of some texts."""
    marks = (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id)
    return (*marks, *(i for i in seen_tokens(tokenizer, texts) if i not in marks))


def references(said: Sequence[Utterance]) -> dict[str, dict[int, list[str]]]:
    """Scene id -> object id -> its captions; scenes in the order of their first one."""
    found: dict[str, dict[int, list[str]]] = {}
    for caption in said:
        found.setdefault(caption.scene_id, {}).setdefault(caption.target_ids[0], []).append(caption.text)
    return found


def load_captioner(run: str | Path, beams: int = 1) -> Captioner:
    """A trained captioner from its run folder, or from one checkpoint file.

    Raises:
        SceneglotError: no such run, a damaged checkpoint, or one for another task.
    """
    with opened(run) as checkpoint:
        return Captioner(CaptionSpec.from_facts(checkpoint.facts), checkpoint.tensors, beams)


def evaluate_captions(
    run: Path,
    data: Path,
    split: str = "test",
    text: str = "",
    protocol: CaptionProtocol = "gt-boxes",
    detector: Path | None = None,
    beams: int = 1,
) -> CaptionScores:
    """Caption every object and score the described ones; writes `scores-captions-<text>-<split>[-detected].json`.

    Args:
        text: utterance file with the reference captions; all of them if empty.
        detector: of protocol "detected", see `detections.load_finder`.

    Raises:
        SceneglotError: no captions about the split, or scenes that were trained on.
    """
    store = Store.open(data)
    with opened(run) as checkpoint:
        captioner = Captioner(CaptionSpec.from_facts(checkpoint.facts), checkpoint.tensors, beams)
    names, inside = (
        ((text,) if text else store.utterance_names),
        store.scene_ids if split == "all" else store.split(split),
    )
    told = references([u for said in sentences(store, names, inside, "object_caption").values() for u in said])
    if not told:
        raise SceneglotError(
            f"{data}: no captions of objects about the {split!r} split; run 'sceneglot describe' or "
            "'sceneglot import-text scan2cap'"
        )
    Provenance.from_facts(checkpoint.facts).check("any", store.origin, list(told))
    found = Detections(store, detector) if protocol == "detected" else None
    scenes = []
    for scene_id, said in told.items():
        scan = found.scene(scene_id) if found is not None else store.scene(scene_id)
        written = captioner.describe(scan) if found is None or captioner.can_describe(scan) else ()
        scenes.append(SceneCaptions(scene_id, written, scan.objects, store.objects(scene_id), said))
    scores = caption_scores(scenes, CommonCaptions.from_facts(checkpoint.facts["common"]), protocol)
    suffix = "" if protocol == "gt-boxes" else f"-{protocol}"
    folder = run if run.is_dir() else run.parent
    write_json(folder / f"scores-captions-{text or 'all'}-{split}{suffix}.json", scores.summary())
    return scores


def _base(init: Path | None) -> PointSpec:
    """Sizes of the run to start from."""
    return PointSpec() if init is None else PointSpec.from_facts(load_checkpoint(RunFolder(init).usable()).facts)
