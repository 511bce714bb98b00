"""`sceneglot score`: official metrics for prediction files of any system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

if TYPE_CHECKING:
    from sceneglot.metrics.table import Kind, ScoreTable
    from sceneglot.metrics.vqa import Question, VqaScore

Protocol = Literal[
    "scanqa",
    "leo",
    "ll3da",
    "chat-scene",
    "gpt4scene",
    "llava-3d",
    "video-3d-llm",
    "sqa3d-cls",
    "sqa3d-refined",
]


def score(
    task: tyro.conf.Positional[Literal["vqa"]],
    predictions: tyro.conf.Positional[Path],
    references: tyro.conf.Positional[Path],
    preset: Protocol = "scanqa",
    out: Path | None = None,
    blind: Path | None = None,
    train: Path | None = None,
    questions: Path | None = None,
    train_questions: Path | None = None,
    data: Path | None = None,
    wordnet: Path | None = None,
    name: str = "",
) -> None:
    """Score a prediction file under the protocol of a published system, without Java.

    Questions without a prediction are counted wrong; unknown or repeated ids are an error. The table always has a row
    that saw no scene: your blind model's predictions, or else a computed language prior.

    Example: sceneglot score vqa pred.json ScanQA_v1.0_val.json --preset scanqa --train ScanQA_v1.0_train.json

    Args:
        task: what was predicted.
        predictions: ScanQA's format (question_id, answer_top10, bbox), or {question_id: answer}.
        references: ScanQA's questions with answers, or SQA3D's annotations.
        preset: whose protocol to follow.
        out: write the numbers here as JSON.
        blind: predictions of the same model without the scene.
        train: training questions, for the language prior; without it the prior is leave-one-out over the references.
        questions: SQA3D's file with the texts of the questions; without it the prior is the most frequent answer.
        train_questions: the same for the training questions.
        data: data set with the scenes' objects, to score boxes.
        wordnet: folder of WordNet's files, for METEOR; else SCENEGLOT_WORDNET, else /usr/share/wordnet.
        name: name of the row; else the file's name.
    """
    from sceneglot.atomic import write_json
    from sceneglot.errors import BadFileError
    from sceneglot.metrics.presets import PRESETS
    from sceneglot.metrics.prior import language_prior
    from sceneglot.metrics.vqa import evaluate
    from sceneglot.metrics.vqa_files import read_predictions, read_questions
    from sceneglot.metrics.wordnet import find_wordnet
    from sceneglot.view.terminal import output

    console = output()
    asked = read_questions(references, questions)
    if data is not None:
        asked = _with_boxes(asked, data, references)
    given = read_predictions(predictions, asked)
    protocol, dictionary = PRESETS[preset], find_wordnet(wordnet)
    if preset.startswith("sqa3d") and any(len(q.answers) != 1 for q in asked):
        raise BadFileError(references, "SQA3D has one answer per question", "use another preset, such as scanqa")

    entries: list[tuple[str, Kind, VqaScore]] = []
    with console.status("scoring"):
        entries.append((name or predictions.stem, "system", evaluate(asked, given, protocol, wordnet=dictionary)))
        if blind is not None:
            blind_given = read_predictions(blind, asked)
            entries.append(("blind", "blind", evaluate(asked, blind_given, protocol, wordnet=dictionary)))
        examples = read_questions(train, train_questions) if train is not None else []
        worded = all(q.text for q in asked)
        if worded and train is not None and not all(q.text for q in examples):
            raise BadFileError(train, "has no texts of its questions", "name SQA3D's file with --train-questions")
        prior = language_prior(asked, examples)
        label = f"{'language prior' if worded else 'most frequent answer'} ({'train' if train else 'leave-one-out'})"
        entries.append((label, "prior", evaluate(asked, prior, protocol, wordnet=dictionary)))

    overall, by_type = _tables(preset, entries, protocol.summary)
    console.print(overall.to_rich())
    if by_type is not None:
        console.print(by_type.to_rich())
    if out is not None:
        write_json(out, _report(preset, predictions, references, overall, entries))
        console.print(f"wrote {out}", highlight=False, markup=False)


def _tables(
    preset: str, entries: Sequence[tuple[str, Kind, VqaScore]], summary: str
) -> tuple[ScoreTable, ScoreTable | None]:
    """The table over all questions, and the first metric by type of question where the texts are known."""
    from sceneglot.metrics.table import Row, ScoreTable

    first = entries[0][2]
    notes = [summary]
    if first.num_missing:
        notes.append(f"{first.num_missing:,} questions have no prediction and are counted wrong")
    if "METEOR-es" in first.metrics:
        notes.append("METEOR-es has no synonyms: it is not METEOR; point SCENEGLOT_WORDNET at WordNet for that")
    elif "METEOR" in first.metrics:
        notes.append("METEOR without the Java program's paraphrase table")
    foreign = not any(kind == "blind" for _, kind, _ in entries)
    rows = tuple(Row(name, result.metrics, kind) for name, kind, result in entries)
    overall = ScoreTable(f"vqa, protocol {preset}", first.num_questions, rows, foreign, tuple(notes))
    metric = next(iter(first.metrics))
    if not any(metric in values for values in first.by_type.values()):
        return overall, None
    by_type = []
    for name, kind, result in entries:
        known = {t: values[metric] for t, values in result.by_type.items() if metric in values}
        by_type.append(Row(name, {f"{t} ({first.num_by_type[t]:,})": value for t, value in known.items()}, kind))
    return overall, ScoreTable(f"{metric} by type of question", first.num_questions, tuple(by_type), foreign)


def _report(
    preset: str,
    predictions: Path,
    references: Path,
    table: ScoreTable,
    entries: Sequence[tuple[str, Kind, VqaScore]],
) -> dict[str, object]:
    report = table.to_dict()
    for row, (_, _, result) in zip(report["rows"], entries):
        row |= {"num_missing": result.num_missing, "by_type": result.by_type}
    return {
        "task": "vqa",
        "preset": preset,
        "predictions": str(predictions),
        "references": str(references),
        **report,
        "num_by_type": entries[0][2].num_by_type,
    }


def _with_boxes(questions: list[Question], data: Path, references: Path) -> list[Question]:
    """The questions with the box of the first object each asks about, from a data set."""
    import numpy as np

    from sceneglot.errors import BadFileError
    from sceneglot.scenes.store import Store

    store = Store.open(data)
    objects = {scene: store.objects(scene) for scene in {q.scene_id for q in questions} if store.has(scene)}
    found = []
    for question in questions:
        table = objects.get(question.scene_id)
        if table is None:
            problem = f"question {question.id} is about scene {question.scene_id!r}, which {data} does not hold"
            raise BadFileError(references, problem)
        row = table.row_of.get(question.object_ids[0]) if question.object_ids else None
        if row is None:
            problem = f"question {question.id}: {data} has no such object in {question.scene_id}"
            raise BadFileError(references, problem)
        found.append(replace(question, box=np.concatenate([table.center[row], table.size[row]])))
    return found
