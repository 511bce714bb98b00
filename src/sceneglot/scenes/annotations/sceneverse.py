"""SceneVerse's own annotation tree (Jia et al. 2024, arXiv 2401.09340), per data set in <DATASET>/annotations/.

    anno.json                                        referrals that people wrote
    ssg_ref_{rel2,relm,star,chain}_{template,gpt}.json   referrals from scene graphs, as generated or rewritten
    ssg_obj_caption_{template,gpt}.json              captions of objects
    scene_cap.json                                   captions of scenes
    splits/{train,val}_split.txt                     ScanNet: scannetv2_{train,val,test}.txt

ScanNet keeps the first four kinds in annotations/refer/. Target ids are text or numbers, scan ids may carry the name of
the data set in front, scene captions come as {scan: {"captions": [...]}} or as [{"scene_id", "answers": [...]}].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.records import Json, Record, read_json
from sceneglot.scenes.annotations.annotation import (
    STRUCTURE,
    Annotation,
    bare_scan,
    depends_on_view,
    is_structure,
    spaced,
)
from sceneglot.scenes.annotations.rows import list_rows, rows_of
from sceneglot.scenes.utterance import Utterance

NO_SPLIT = "is about a scan that is in no split, which the official loader leaves out"
_FAMILY = re.compile(r"anno|scene_cap|ssg_(?:ref_[a-z0-9]+|obj_caption)_(?:template|gpt)")
_SPLIT_LIST = re.compile(r"(?:scannetv2_)?(train|val|test)(?:_split)?")


def sceneverse_files(paths: Sequence[Path]) -> dict[str, tuple[Path, ...]]:
    """Files by kind ("ssg_ref_rel2_gpt"), folders searched through.

    Raises:
        BadFileError: a folder without any, or a file of another name.
    """
    found: dict[str, tuple[Path, ...]] = {}
    for path in paths:
        if path.is_dir():
            files = sorted(file for file in path.rglob("*.json") if _FAMILY.fullmatch(file.stem))
            if not files:
                raise BadFileError(path, "holds none of SceneVerse's annotation files (anno.json, ssg_ref_*.json, ...)")
        else:
            files = [path]
            if not _FAMILY.fullmatch(path.stem):
                raise BadFileError(
                    path, "has no name of SceneVerse's annotations (anno, scene_cap, ssg_ref_star_gpt, ...)"
                )
        for file in files:
            found[file.stem] = (*found.get(file.stem, ()), file)
    return dict(sorted(found.items()))


def read_sceneverse(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Annotations of files of one kind, told by their name."""
    for path in paths:
        splits = _splits(path)
        reader = _scene_captions if path.stem == "scene_cap" else _sentences
        for annotation in reader(path):
            yield _with_split(annotation, splits)


def _sentences(path: Path) -> Iterator[Annotation]:
    stem = path.stem
    source = f"{_made_by(stem)}:sceneverse/{stem.removeprefix('ssg_')}"
    for index, record in enumerate(rows_of(path)):
        text, scan = record.sentence("utterance"), record.key("scan_id")
        label = spaced(record.text("instance_type"))
        yield Annotation(
            Utterance(
                id=record.key("item_id") if record.has("item_id") else f"{stem}_{index:07d}",
                scene_id=scan,
                kind="object_caption" if "obj_caption" in stem else "referral",
                text=text,
                target_ids=(record.integer("target_id"),),
                view_dependent=depends_on_view(text),
                source=source,
            ),
            label,
            skip=STRUCTURE if is_structure(label) else "",
        )


def _scene_captions(path: Path) -> Iterator[Annotation]:
    for scan, captions in _captions_by_scan(path, read_json(path)):
        for number, caption in enumerate(captions):
            yield Annotation(
                Utterance(
                    id=f"{scan}-caption-{number}",
                    scene_id=scan,
                    kind="scene_caption",
                    text=" ".join(caption.split()),
                    view_dependent=depends_on_view(caption),
                    source="llm:sceneverse/scene_cap",
                )
            )


def _captions_by_scan(path: Path, content: Json) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(content, dict):
        for scan, value in content.items():
            captions = value.get("captions") if isinstance(value, dict) else value
            record = Record(path, f"scan {scan[:60]}", {"scan": scan, "captions": captions})
            yield record.key("scan"), record.texts("captions")
        return
    for record in list_rows(path, content):
        name = "answers" if "answers" in record.fields else "captions"
        yield record.key("scene_id" if record.has("scene_id") else "scan_id"), record.texts(name)


def _made_by(stem: str) -> str:
    return "llm" if stem.endswith("_gpt") else "template" if stem.endswith("_template") else "human"


def _with_split(annotation: Annotation, splits: dict[str, str]) -> Annotation:
    if not splits:
        return annotation
    split = splits.get(bare_scan(annotation.utterance.scene_id), "")
    skip = annotation.skip or ("" if split else NO_SPLIT)
    return Annotation(annotation.utterance, annotation.target_label, split, skip)


def _splits(path: Path) -> dict[str, str]:
    """Scan, without its data set's name, -> split from the lists in splits/ beside the file or one folder up; empty
    where there is none."""
    for folder in (path.parent / "splits", path.parent.parent / "splits"):
        lists = {found[1]: file for file in sorted(folder.glob("*.txt")) if (found := _SPLIT_LIST.fullmatch(file.stem))}
        if lists:
            return {bare_scan(scan): split for split, file in lists.items() for scan in _lines(file)}
    return {}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError(path, f"cannot be read ({str(error)[:80]})") from error
