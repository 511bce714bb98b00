"""ScanQA (Azuma et al. 2022, arXiv 2112.10482) and SQA3D (Ma et al. 2023, arXiv 2210.07474).

ScanQA: `ScanQA_v1.0_{train,val,test_w_obj,test_wo_obj}.json`, a list of {scene_id, question_id, question, answers,
object_ids, object_names}; the test files have neither answers nor objects.

SQA3D: two files per split, `v1_balanced_questions_<split>_scannetv2.json` with {"questions": [{scene_id, situation,
alternative_situation, question, question_id}]} and `v1_balanced_sqa_annotations_<split>_scannetv2.json` with
{"annotations": [{question_id, answers: [{answer}], position {x, y, z}, rotation {_x, _y, _z, _w}}]}, in any order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.annotations.annotation import Annotation, depends_on_view, split_of
from sceneglot.scenes.annotations.rows import list_rows, rows_of
from sceneglot.scenes.utterance import Utterance


def read_scanqa(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Questions with their accepted answers and the objects they are about."""
    for path in paths:
        for record in rows_of(path):
            key = record.key("question_id")
            answers = record.texts("answers") if record.fields.get("answers") else ()
            text = record.sentence("question")
            yield Annotation(
                Utterance(
                    id=key,
                    scene_id=record.key("scene_id"),
                    kind="question",
                    text=text,
                    target_ids=tuple(dict.fromkeys(record.integers("object_ids"))),
                    answers=answers,
                    view_dependent=depends_on_view(text),
                    source="human:scanqa",
                ),
                split=split_of(path.stem) or split_of(key),
            )


@dataclass(frozen=True)
class _Answered:
    """What the annotation file adds to a question: answers, and the pose as written there."""

    answers: tuple[str, ...]
    position: tuple[float, float, float] | None
    heading: float | None


def read_sqa3d(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Questions asked from a place. Position and heading are in the frame of the file, see `poses.PoseFrame`."""
    return _sqa3d(paths, every_situation=False)


def read_sqa3d_situations(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Like `read_sqa3d`, each question once per wording of its situation, as the official training does."""
    return _sqa3d(paths, every_situation=True)


def _sqa3d(paths: Sequence[Path], every_situation: bool) -> Iterator[Annotation]:
    asked: list[tuple[Path, list[Record]]] = []
    answered: dict[str, _Answered] = {}
    for path in paths:
        content = read_json(path)
        if isinstance(content, dict) and "questions" in content:
            asked.append((path, list(list_rows(path, content["questions"]))))
        elif isinstance(content, dict) and "annotations" in content:
            for record in list_rows(path, content["annotations"]):
                answered[record.key("question_id")] = _answers(record)
        else:
            raise BadFileError(path, 'expected an object with "questions" or "annotations", as in SQA3D')
    if not asked:
        raise BadFileError(paths[0], "has answers only", "give v1_balanced_questions_<split>_scannetv2.json as well")
    for path, records in asked:
        for record in records:
            yield from _situated(record, split_of(path.stem), answered, every_situation)


def _situated(
    record: Record, split: str, answered: Mapping[str, _Answered], every_situation: bool
) -> Iterator[Annotation]:
    key = record.key("question_id")
    found = answered.get(key, _Answered((), None, None))
    others = record.texts("alternative_situation") if record.fields.get("alternative_situation") else ()
    situations = (record.sentence("situation"), *(" ".join(s.split()) for s in others if s.strip()))
    for number, situation in enumerate(situations if every_situation else situations[:1]):
        yield Annotation(
            Utterance(
                id=f"{key}-{number}" if number else key,
                scene_id=record.key("scene_id"),
                kind="situated_question",
                text=record.sentence("question"),
                answers=found.answers,
                view_dependent=True,
                source="human:sqa3d",
                situation=situation,
                position=found.position,
                heading=found.heading,
            ),
            split=split,
        )


def _answers(record: Record) -> _Answered:
    answers = tuple(entry.sentence("answer") for entry in record.records("answers"))
    position = rotation = None
    if record.has("position"):
        place = Record.of(record.path, f"{record.where}, position", record.fields["position"])
        position = (place.number("x"), place.number("y"), place.number("z"))
    if record.has("rotation"):
        turn = Record.of(record.path, f"{record.where}, rotation", record.fields["rotation"])
        x, y, z, w = (turn.number(name) for name in ("_x", "_y", "_z", "_w"))
        if not 0.99 < math.hypot(x, y, z, w) < 1.01:
            raise turn.problem("is no unit quaternion")
        # Yaw of the turn; the untouched asker looks along -x, as the data set's own drawing script has it.
        rotation = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) + math.pi
    return _Answered(answers, position, rotation)
