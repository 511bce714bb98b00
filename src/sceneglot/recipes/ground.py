"""Load and score grounders, on object maps (recipe `gps`) and on points (`gps-points`), under named protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sceneglot.errors import SceneglotError
from sceneglot.metrics import referit3d
from sceneglot.metrics.referit3d import check_count
from sceneglot.recipes.detections import Detections
from sceneglot.recipes.gps import phrase_book
from sceneglot.scenes import Objects, Utterance
from sceneglot.scenes.store import Store
from sceneglot.tasks.gps.box_report import BoxReport, Unique, box_report
from sceneglot.tasks.gps.grounder import PointGrounder, nothing
from sceneglot.tasks.gps.multi_report import MultiReport, multi_report
from sceneglot.tasks.gps.spec import PointSpec
from sceneglot.tasks.grounding.data import GroundingCollator, ObjectSource, candidate_rows
from sceneglot.tasks.grounding.evaluate import GroundingReport, report
from sceneglot.tasks.grounding.grounder import Grounder
from sceneglot.tasks.grounding.predict import Grounded, by_scene, predict
from sceneglot.tasks.grounding.spec import MapGroundingSpec
from sceneglot.tasks.provenance import Provenance, Setting
from sceneglot.train.opened import opened
from sceneglot.train.run import write_json

Protocol = Literal["gt-labels", "gt-boxes", "detected"]
"""What is given at test time:

- "gt-labels": boxes and labels of all annotated objects (grounders on object maps).
- "gt-boxes": the annotated objects without their labels, each with the points of its mask (grounders on points).
- "detected": nothing but the scan; a detector finds the boxes to choose from (both).
"""


@dataclass(frozen=True)
class Test:
    """What is scored, and how.

    Attributes:
        data: a store; split: one of its splits, or "all".
        text: utterance file, or "" for all of them.
        protocol: None for the one of the run's kind with annotated objects.
        detector: run folder, see `detections.load_finder`; needed by "detected".
        setting: what the training may have seen, see `tasks.provenance.Setting`; refused where it is not so.
        unique: rule of ScanRefer's strata.
        threshold: of sentences that mean none or several, probability above which objects are chosen; None for the
            default of `multi_report`.
        official: refuse sentences that are not as many as in the official split.
    """

    data: Path
    split: str
    text: str = ""
    protocol: Protocol | None = None
    detector: Path | None = None
    setting: Setting = "any"
    unique: Unique = "described"
    threshold: float | None = None
    official: bool = False


@dataclass(frozen=True)
class GroundingResult:
    """Scores of one run on one test; tables without sentences are None.

    Attributes:
        protocol: the one used; setting: the one that was checked.
        choice: ReferIt3D's tables, share of right objects (annotated objects only).
        boxes: ScanRefer's tables.
        multi: Multi3DRefer's tables, of the sentences that mean no, one or several objects.
    """

    protocol: Protocol
    setting: Setting
    choice: GroundingReport | None
    boxes: BoxReport | None
    multi: MultiReport | None

    def summary(self) -> dict[str, Any]:
        """JSON-able, without the sentences."""
        found: dict[str, Any] = self.choice.summary() if self.choice else {}
        found |= {"protocol": self.protocol, "setting": self.setting}
        found |= {"boxes": self.boxes.summary()} if self.boxes else {}
        return found | ({"multi": self.multi.summary()} if self.multi else {})


def load_grounder(run: str | Path) -> Grounder | PointGrounder:
    """A trained grounder from its run folder, or from one checkpoint file.

    Raises:
        SceneglotError: no such run, a damaged checkpoint, or one for another task.
    """
    with opened(run) as checkpoint:
        if checkpoint.facts.get("tokens") != "points":
            return Grounder(MapGroundingSpec.from_facts(checkpoint.facts), checkpoint.tensors)
        spec = PointSpec.from_facts(checkpoint.facts)
        if checkpoint.facts["stage"] == "objects":
            raise SceneglotError("is a stage 1 of GPS, which knows objects but no sentences; train gps-points on it")
        return PointGrounder(spec, checkpoint.tensors, checkpoint.facts["head"])


def evaluate_grounder(run: Path, test: Test) -> GroundingResult:
    """Score a run; writes `scores-grounding-<text>-<split>[-<protocol>].json` into its folder.

    Raises:
        SceneglotError: nothing to score, a protocol that does not fit the run, or a setting that is not true of it.
    """
    grounder, store = load_grounder(run), Store.open(test.data)
    own: Protocol = "gt-boxes" if isinstance(grounder, PointGrounder) else "gt-labels"
    protocol = test.protocol or own
    if protocol not in (own, "detected"):
        raise SceneglotError(f"{run}: protocol {protocol} does not fit this run; it can do {own} and detected")
    said = _sentences(store, test)
    with opened(run) as checkpoint:
        Provenance.from_facts(checkpoint.facts).check(test.setting, store.origin, [u.scene_id for u in said])
    truth = lru_cache(maxsize=1024)(store.objects)  # sentences about a scene come together
    found = Detections(store, test.detector) if protocol == "detected" else None
    candidates, scan = (found.objects, found.scene) if found is not None else (truth, store.scene)
    known, left_out = _with_target(said, truth)
    counted = [u for u in known if u.kind == "referral" and _counts(u)]
    if test.official:
        check_count(test.text.partition("_")[0], len(counted) or len(known))
    if isinstance(grounder, Grounder):
        answers = _map_answers(grounder, store, known, candidates)
    else:
        answers = list(grounder.answers(known, scan))
        if protocol != "detected":
            _refuse_unseen(run, answers)
    single = [answer for answer in answers if answer.sentence.kind == "referral"]
    multi = [answer for answer in answers if answer.sentence.kind == "multi_referral"]
    kept = [answer for answer in single if _counts(answer.sentence)]
    left_out |= {"more than 24 tokens": len(single) - len(kept)}
    result = GroundingResult(
        protocol,
        test.setting,
        report(kept, truth, left_out) if kept and protocol != "detected" else None,
        box_report(single, candidates, truth, test.unique) if single else None,
        multi_report(multi, candidates, truth, test.threshold) if multi else None,
    )
    suffix = "" if protocol == own else f"-{protocol}"
    folder = run if run.is_dir() else run.parent
    write_json(folder / f"scores-grounding-{test.text or 'all'}-{test.split}{suffix}.json", result.summary())
    return result


def _sentences(store: Store, test: Test) -> list[Utterance]:
    names = (test.text,) if test.text else store.utterance_names
    inside = set(store.scene_ids if test.split == "all" else store.split(test.split))
    found = [u for name in names for u in store.utterances(name=name) if u.scene_id in inside]
    kept = [u for u in found if (u.kind == "referral" and u.target_ids) or u.kind == "multi_referral"]
    if not kept:
        raise SceneglotError(
            f"{store.path}: no referrals about the {test.split!r} split in {', '.join(names) or 'the store'}; "
            "run 'sceneglot import-text' or 'sceneglot describe'"
        )
    return kept


def _with_target(said: Sequence[Utterance], truth: ObjectSource) -> tuple[list[Utterance], dict[str, int]]:
    """Sentences whose targets can be pointed at, and how many have others.

    Raises:
        SceneglotError: none can.
    """
    able = lru_cache(maxsize=None)(lambda scene_id: _candidate_ids(truth(scene_id)))
    known = [u for u in said if able(u.scene_id).issuperset(u.target_ids)]
    if not known:
        raise SceneglotError(f"none of {len(said)} sentences has a target among the objects that can be pointed at")
    return known, {"target is no candidate": len(said) - len(known)}


def _candidate_ids(objects: Objects) -> frozenset[int]:
    return frozenset(objects.id[candidate_rows(objects)].tolist())


def _refuse_unseen(run: Path, answers: Sequence[Grounded]) -> None:
    """Annotated objects without a point are a mistake of the data, not of the run."""
    for answer in answers:
        if answer.sentence.target_ids and not len(answer.ids):
            raise SceneglotError(
                f"{run}: scene {answer.sentence.scene_id} has no object with points, and this run looks at points; "
                "score a run of 'train gps' on object maps, or name a store of scans"
            )


def _counts(sentence: Utterance) -> bool:
    """ReferIt3D leaves out its sentences of more than 24 tokens; ScanRefer, SceneVerse and we leave out none."""
    ours = "nr3d" not in sentence.source and "sr3d" not in sentence.source
    return ours or referit3d.is_counted(referit3d.split_tokens(sentence.text))


def _map_answers(
    grounder: Grounder, store: Store, said: Sequence[Utterance], candidates: ObjectSource
) -> list[Grounded]:
    """Answers scene by scene, then those about scenes with nothing to choose from, where a detector found nothing."""
    book = phrase_book(store, grounder.spec, [u.text for u in said])
    offered = {scene_id for scene_id in {u.scene_id for u in said} if len(candidate_rows(candidates(scene_id)))}
    answers = predict(
        grounder.net, by_scene([u for u in said if u.scene_id in offered], candidates), GroundingCollator(book)
    )
    return [*answers, *(Grounded(u, *nothing()) for u in said if u.scene_id not in offered)]
