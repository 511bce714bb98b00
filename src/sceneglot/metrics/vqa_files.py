"""Reading the question, annotation and prediction files of ScanQA and SQA3D.

Predictions: a list of objects with `question_id` and `answer_top10` (ranked strings) or `answer` (one string), and
optionally `bbox` (8 corners x 3, metres); or one object {question id: answer or ranked answers}.

References: ScanQA's list with `question_id`, `question`, `answers` (and `scene_id`, `object_ids`, optionally `bbox`),
or SQA3D's annotation file, whose question texts are in a file of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.metrics.grounding import box_of_corners
from sceneglot.metrics.vqa import Prediction, Question

Json = Any


def read_questions(path: Path, questions: Path | None = None) -> list[Question]:
    """References of ScanQA or SQA3D.

    Args:
        path: the file with the answers.
        questions: SQA3D's file with the texts of the questions; without it there is no breakdown by type.

    Raises:
        BadFileError: if the file is not what it should be, has no questions, repeats an id, or lacks answers.
    """
    content = read_json(path)
    if isinstance(content, dict) and isinstance(content.get("annotations"), list):
        texts = _sqa3d_texts(questions) if questions else {}
        items = [_sqa3d_question(path, i, item, texts) for i, item in enumerate(content["annotations"])]
    elif isinstance(content, list):
        items = [_scanqa_question(path, i, item) for i, item in enumerate(content)]
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
        raise BadFileError(path, "expected a list of predictions, found " + _kind(content))
    pairs = [_prediction(path, i, item) for i, item in enumerate(content)]
    _refuse_repeats(path, (key for key, _ in pairs))
    known = {q.id for q in questions}
    unknown = [key for key, _ in pairs if key not in known]
    if unknown:
        fix = "is this the prediction file of another split?"
        raise BadFileError(path, f"question {unknown[0]!r} is not in the references ({len(unknown)} such ids)", fix)
    return dict(pairs)


def read_json(path: Path) -> Json:
    """The content of a JSON file.

    Raises:
        BadFileError: if it is absent, not UTF-8, not JSON, or nested absurdly deep.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise BadFileError(path, f"is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise BadFileError(path, f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except (RecursionError, ValueError):
        raise BadFileError(path, "is JSON that cannot be read (nested too deep, or a number too long)") from None


def _scanqa_question(path: Path, index: int, item: Json) -> Question:
    where = f"question {index}"
    if not isinstance(item, dict):
        raise BadFileError(path, f"{where} is {_kind(item)}, expected an object")
    key = _id(path, where, item)
    fix = "test sets without answers cannot be scored here"
    answers = _strings(path, f"{where} ({key})", "answers", item.get("answers"), fix)
    ids = item.get("object_ids") or []
    if not isinstance(ids, list) or not all(isinstance(i, int) for i in ids):
        raise BadFileError(path, f"{where} ({key}): object_ids must be a list of integers")
    return Question(
        id=key,
        text=_text(path, where, item, "question"),
        answers=answers,
        scene_id=_text(path, where, item, "scene_id"),
        object_ids=tuple(ids),
        box=_box(path, where, item.get("bbox")),
    )


def _sqa3d_question(path: Path, index: int, item: Json, texts: dict[str, str]) -> Question:
    where = f"annotation {index}"
    if not isinstance(item, dict):
        raise BadFileError(path, f"{where} is {_kind(item)}, expected an object")
    key = _id(path, where, item)
    entries = item.get("answers")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadFileError(path, f"{where} ({key}): answers must be a list of objects")
    answers = _strings(path, f"{where} ({key})", "answers", [entry.get("answer") for entry in entries], "")
    return Question(key, texts.get(key, ""), answers, _text(path, where, item, "scene_id"))


def _sqa3d_texts(path: Path) -> dict[str, str]:
    content = read_json(path)
    entries = content.get("questions") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadFileError(path, 'expected an object with "questions", as in SQA3D')
    return {_id(path, f"question {i}", e): _text(path, f"question {i}", e, "question") for i, e in enumerate(entries)}


def _prediction(path: Path, index: int, item: Json) -> tuple[str, Prediction]:
    where = f"prediction {index}"
    if not isinstance(item, dict):
        raise BadFileError(path, f"{where} is {_kind(item)}, expected an object")
    key = _id(path, where, item)
    where = f"{where} ({key})"
    if "answer_top10" in item:
        answers = _strings(path, where, "answer_top10", item["answer_top10"], "")
    elif "answer" in item:
        answers = (_text(path, where, item, "answer"),)
    else:
        raise BadFileError(path, f"{where} has neither answer_top10 nor answer")
    return key, Prediction(answers, _box(path, where, item.get("bbox")))


def _keyed(path: Path, key: str, value: Json) -> Json:
    if isinstance(value, str):
        return {"question_id": key, "answer": value}
    if isinstance(value, list):
        return {"question_id": key, "answer_top10": value}
    raise BadFileError(path, f"prediction {key!r} is {_kind(value)}, expected an answer or a list of answers")


def _id(path: Path, where: str, item: dict[str, Json]) -> str:
    key = item.get("question_id")
    if isinstance(key, bool) or not isinstance(key, (str, int)):
        raise BadFileError(path, f"{where} has no question_id")
    return str(key)


def _text(path: Path, where: str, item: dict[str, Json], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str):
        raise BadFileError(path, f"{where}: {name} is {_kind(value)}, expected a string")
    return value


def _strings(path: Path, where: str, name: str, value: Json, fix: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(entry, str) for entry in value):
        raise BadFileError(path, f"{where}: {name} must be a non-empty list of strings", fix)
    return tuple(value)


def _box(path: Path, where: str, value: Json) -> np.ndarray | None:
    """(6,) box of ScanQA's 8 x 3 corners; None where there is none."""
    if value is None:
        return None
    try:
        corners = np.array(value, np.float64)
    except (TypeError, ValueError, OverflowError):
        corners = np.zeros(0)
    if corners.shape != (8, 3) or not np.isfinite(corners).all():
        raise BadFileError(path, f"{where}: bbox must be 8 corners x 3 finite coordinates")
    return box_of_corners(corners)


def _refuse_repeats(path: Path, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise BadFileError(path, f"question {key!r} comes twice")
        seen.add(key)


_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a truth value",
    type(None): "null",
}


def _kind(value: Json) -> str:
    return _NAMES.get(type(value), "a number")
