"""ReferIt3D: Nr3D, Sr3D and Sr3D+ (Achlioptas et al. 2020, ECCV).

Original: `nr3d.csv`, `sr3d.csv`, `sr3d+.csv`. Everything is text there: target_id, True/False, and lists ("[3, 4]").
Converted: the same names as .jsonl with item_id, real numbers and lists, rows that do not name their target's class
removed. `is_train` is not in the official files but in copies; without it the scene's own split counts (ReferIt3D
trains on ScanNet's train scenes and calls its val scenes "test").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sceneglot.records import Record
from sceneglot.scenes.annotations.annotation import NO_TARGET_CLASS, Annotation, depends_on_view, spaced
from sceneglot.scenes.annotations.rows import ids_of, rows_of
from sceneglot.scenes.utterance import Utterance

RELATIONS: dict[str, str] = {
    "closest": "closest",
    "farthest": "farthest",
    "above": "above",
    "below": "below",
    "between": "between",
    "supporting": "supporting",
    "supported-by": "on",
    "front": "in_front",
    "back": "behind",
    "left": "left",
    "right": "right",
}
"""Sr3D's reference types -> words of `language`. Front, back, left and right are the anchor's own, not a viewer's."""


def read_nr3d(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Referrals that people wrote."""
    return _read(paths, "nr3d")


def read_sr3d(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Referrals made from templates, with anchors and relation."""
    return _read(paths, "sr3d")


def read_sr3d_plus(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Sr3D with the targets that have no distractor."""
    return _read(paths, "sr3d+")


def _read(paths: Sequence[Path], name: str) -> Iterator[Annotation]:
    records = (record for path in paths for record in rows_of(path))
    return (_annotation(record, index, name) for index, record in enumerate(records))


def _annotation(record: Record, index: int, name: str) -> Annotation:
    text = record.sentence("utterance")
    target = record.integer("target_id") if record.has("target_id") else stimulus_target(record)
    reference = record.text("reference_type")
    synthetic = name != "nr3d"
    coarse = record.text("coarse_reference_type")
    is_train = record.truth("is_train", True)
    return Annotation(
        Utterance(
            id=record.key("item_id") if record.has("item_id") else f"{name}_{index:06d}",
            scene_id=record.key("scan_id"),
            kind="referral",
            text=text,
            target_ids=(target,),
            anchor_ids=ids_of(record, "anchor_ids"),
            relation=RELATIONS.get(reference, reference),
            view_dependent=depends_on_view(text) and not synthetic,
            source=f"template:{name}/{coarse or 'unknown'}" if synthetic else "human:nr3d",
        ),
        spaced(record.text("instance_type")),
        split=("train" if is_train else "test") if record.has("is_train") else "",
        skip="" if record.truth("mentions_target_class", True) else NO_TARGET_CLASS,
    )


def stimulus_target(record: Record) -> int:
    """The target in a stimulus id "scene-label-n-target-distractor1-...", where n counts the target and its rivals.

    Labels may hold hyphens and digits, so n is found from the end: the number that is followed by n numbers.
    """
    parts = record.text("stimulus_id").split("-")
    for n in range(len(parts) - 2, 0, -1):
        numbers = parts[-n:]
        if parts[-n - 1] == str(n) and all(part.isdecimal() for part in numbers):
            return Record(record.path, record.where, {"stimulus_id": numbers[0]}).integer("stimulus_id")
    raise record.problem("has neither a target_id nor a stimulus_id that names one")
