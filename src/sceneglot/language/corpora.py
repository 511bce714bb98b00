"""Sentences of people in the official files of ScanRefer, Nr3D, Sr3D, ScanQA and SQA3D, for comparison only."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from sceneglot.errors import BadFileError, SceneglotError

TEXT_FIELDS = ("description", "utterance", "question", "situation", "caption")
"""Fields that hold the sentence, in the order in which they are looked for."""


def human_texts(folder: Path) -> dict[str, list[str]]:
    """Sentences of every file below a folder that has any, by the file's stem.

    Read are JSON lists of records (ScanRefer, ScanQA; SQA3D has its list under "questions") and CSV tables (Nr3D,
    Sr3D). Files without a text field are passed over.

    Raises:
        SceneglotError: the folder is not there, or holds no sentences.
        BadFileError: a JSON or CSV file that cannot be read.
    """
    if not folder.is_dir():
        raise SceneglotError(f"{folder}: no such folder of sentences to compare with")
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".csv"):
            texts = list(_texts(path))
            if texts:
                found[path.stem] = texts
    if not found:
        raise SceneglotError(f"{folder}: holds no JSON or CSV file with a field {', '.join(TEXT_FIELDS)}")
    return found


def _texts(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            records = list(csv.DictReader(file)) if path.suffix == ".csv" else _records(json.load(file))
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise BadFileError(path, f"cannot be read as sentences ({str(error)[:100]})") from error
    for record in records:
        field = next((name for name in TEXT_FIELDS if isinstance(record.get(name), str)), None)
        if field is not None:
            yield record[field]


def _records(value: object) -> list[dict]:
    """The list of records in a JSON file: the file itself, or its entry "questions"."""
    if isinstance(value, dict):
        value = value.get("questions")
    return [record for record in value if isinstance(record, dict)] if isinstance(value, list) else []
