"""Reading the question, annotation and prediction files of ScanQA and SQA3D.

Predictions: a list of objects with `question_id` and `answer_top10` (ranked strings) or `answer` (one string), and
optionally `bbox` (8 corners x 3, metres); or one object {question id: answer or ranked answers}.

References: ScanQA's list with `question_id`, `question`, `answers` (and `scene_id`, `object_ids`, optionally `bbox`),
or SQA3D's annotation file, whose question texts are in a file of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.metrics.grounding import box_of_corners
from sceneglot.metrics.vqa import Prediction, Question
from sceneglot.records import Json, Record, kind_of, read_json


def read_questions(path: Path, questions: Path | None = None) -> list[Question]:
    """References of ScanQA or SQA3D.

    Args:
        path: the file with the answers.
        questions: SQA3D's file with the texts of the questions; without it there is no breakdown by type.

    Raises:
        BadFileError: if the file is not what it should be, has no questions, repeats an id, or lacks answers; if
            `questions` lacks the text of one.
    """
    content = read_json(path)
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        texts = _sqa3d_texts(questions) if questions else {}
        found = [Record.of(path, f"annotation {i}", item) for i, item in enumerate(content["annotations"])]
        items = [_sqa3d_question(record, texts) for record in found]
        if questions and (without := [q.id for q in items if not q.text]):
            fix = "is it that of another split?"
            raise BadFileError(questions, f"has no text of question {without[0]!r} ({len(without)} such ids)", fix)
    elif isinstance(content, list):
        items = [_scanqa_question(Record.of(path, f"question {i}", item)) for i, item in enumerate(content)]
    else:
        raise BadFileError(path, 'expected a list of questions (ScanQA) or an object with "annotations" (SQA3D)')
    if not items:
        raise BadFileError(path, "holds no questions")
    _refuse_repeats(path, (q.id for q in items))
    return items


def read_predictions(path: Path, questions: Iterable[Question]) -> dict[str, Prediction]:
    """Predictions by question id; every id must be asked about in `questions`, none may come twice.

    Raises:
        BadFileError: if the file is not a prediction file or its ids do not fit.
    """
    content = read_json(path)
    if isinstance(content, dict):
        content = [_keyed(path, key, value) for key, value in content.items()]
    if not isinstance(content, list):
        raise BadFileError(path, "expected a list of predictions, found " + kind_of(content))
    pairs = [_prediction(Record.of(path, f"prediction {i}", item)) for i, item in enumerate(content)]
    _refuse_repeats(path, (key for key, _ in pairs))
    known = {q.id for q in questions}
    unknown = [key for key, _ in pairs if key not in known]
    if unknown:
        fix = "is this the prediction file of another split?"
        raise BadFileError(path, f"question {unknown[0]!r} is not in the references ({len(unknown)} such ids)", fix)
    return dict(pairs)


def _scanqa_question(record: Record) -> Question:
    key = record.key("question_id")
    named = replace(record, where=f"{record.where} ({key})")
    return Question(
        id=key,
        text=record.text("question"),
        answers=named.texts("answers", "test sets without answers cannot be scored here"),
        scene_id=record.text("scene_id"),
        object_ids=named.integers("object_ids"),
        box=_box(record),
    )


def _sqa3d_question(record: Record, texts: dict[str, str]) -> Question:
    key = record.key("question_id")
    entries = [entry.fields.get("answer") for entry in record.records("answers")]
    answers = replace(record, where=f"{record.where} ({key})", fields={"answers": entries}).texts("answers")
    return Question(key, texts.get(key, ""), answers, record.text("scene_id"))


def _sqa3d_texts(path: Path) -> dict[str, str]:
    content = read_json(path)
    entries = content.get("questions") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadFileError(path, 'expected an object with "questions", as in SQA3D')
    records = [Record(path, f"question {i}", entry) for i, entry in enumerate(entries)]
    return {record.key("question_id"): record.text("question") for record in records}


def _prediction(record: Record) -> tuple[str, Prediction]:
    key = record.key("question_id")
    named = replace(record, where=f"{record.where} ({key})")
    if "answer_top10" in record.fields:
        answers = named.texts("answer_top10")
    elif "answer" in record.fields:
        answers = (named.text("answer"),)
    else:
        raise named.problem("has neither answer_top10 nor answer")
    return key, Prediction(answers, _box(named))


def _keyed(path: Path, key: str, value: Json) -> Json:
    if isinstance(value, str):
        return {"question_id": key, "answer": value}
    if isinstance(value, list):
        return {"question_id": key, "answer_top10": value}
    raise BadFileError(path, f"prediction {key!r} is {kind_of(value)}, expected an answer or a list of answers")


def _box(record: Record) -> np.ndarray | None:
    """(6,) box of ScanQA's 8 x 3 corners; None where there is none."""
    value = record.fields.get("bbox")
    if value is None:
        return None
    try:
        corners = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError):
        corners = np.zeros(0)
    if corners.shape != (8, 3) or not np.isfinite(corners).all():
        raise record.problem("bbox must be 8 corners x 3 finite coordinates")
    return box_of_corners(corners)


def _refuse_repeats(path: Path, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise BadFileError(path, f"question {key!r} comes twice")
        seen.add(key)
