"""ScanRefer (Chen et al. 2020, arXiv 1912.08830) and Scan2Cap (Chen et al. 2021, arXiv 2012.02206).

Original: `ScanRefer_filtered_{train,val,test}.json`, a list of {scene_id, object_id (text), object_name (underscores),
ann_id, description, token}. Converted: `scanrefer.jsonl` with scan_id, target_id (number), instance_type (spaces),
utterance, item_id "scanrefer_<split>_<number>", ann_id. Both forms give the same utterances with the same ids.

Scan2Cap asks for captions of the same objects: the same files, or its corpus {"scene|object|name": ["sos ... eos"]}
as JSON or as saved by torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sceneglot.records import Json, Record, read_json
from sceneglot.scenes.annotations.annotation import NO_TARGET, Annotation, depends_on_view, spaced, split_of
from sceneglot.scenes.annotations.rows import list_rows, rows_of
from sceneglot.scenes.readers.torchfile import read_torch
from sceneglot.scenes.utterance import Utterance


def read_scanrefer(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Referrals of the original or the converted files. Test rows have no target and are marked to be skipped."""
    for path in paths:
        for record in rows_of(path):
            yield _referral(record, split_of(path.stem))


def read_scan2cap(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Captions of objects, from ScanRefer's files or from a corpus."""
    for path in paths:
        if path.suffix.lower() == ".jsonl":
            content = None
        else:
            content = read_torch(path) if path.suffix.lower() in (".pth", ".pt") else read_json(path)
        if isinstance(content, dict):
            yield from _corpus(path, content)
            continue
        for record in rows_of(path) if content is None else list_rows(path, content):
            found = _referral(record, split_of(path.stem))
            caption = replace(
                found.utterance,
                id=found.utterance.id.replace("scanrefer-", "scan2cap-", 1),
                kind="object_caption",
                source="human:scan2cap",
            )
            yield replace(found, utterance=caption)


def _referral(record: Record, split: str) -> Annotation:
    original = record.has("scene_id")
    scene = record.key("scene_id" if original else "scan_id")
    text = record.sentence("description" if original else "utterance")
    target = "object_id" if original else "target_id"
    label = record.text("object_name" if original else "instance_type")
    split = split or (split_of(record.key("item_id")) if record.has("item_id") else "")
    ids = (record.integer(target),) if record.has(target) else ()
    number = record.key("ann_id") if record.has("ann_id") else record.where.split()[-1]
    return Annotation(
        Utterance(
            id="-".join(["scanrefer", scene, *map(str, ids), number]),
            scene_id=scene,
            kind="referral",
            text=text,
            target_ids=ids,
            view_dependent=depends_on_view(text),
            source="human:scanrefer",
        ),
        spaced(label),
        split,
        skip="" if ids else NO_TARGET,
    )


def _corpus(path: Path, content: dict[Json, Json]) -> Iterator[Annotation]:
    """Scan2Cap's references: every sentence of every described object, between the marks sos and eos."""
    for key, sentences in content.items():
        parts = str(key).split("|")
        record = Record(
            path, f"entry {str(key)[:60]!r}", {"object": parts[1] if len(parts) == 3 else "", "s": sentences}
        )
        if len(parts) != 3:
            raise record.problem("is not of the form scene|object|name")
        target = record.integer("object")
        for number, sentence in enumerate(record.texts("s")):
            words = sentence.split()
            text = " ".join(words[words[:1] == ["sos"] : len(words) - (words[-1:] == ["eos"])])
            if not text:
                raise record.problem("has an empty sentence")
            yield Annotation(
                Utterance(
                    id=f"scan2cap-{parts[0]}-{target}-{number}",
                    scene_id=parts[0],
                    kind="object_caption",
                    text=text,
                    target_ids=(target,),
                    view_dependent=depends_on_view(text),
                    source="human:scan2cap",
                ),
                spaced(parts[2]),
                split_of(path.stem),
            )
