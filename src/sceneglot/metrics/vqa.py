"""Scores of 3D question answering under a named protocol.

All values are percentages as in the papers' tables; CIDEr is therefore up to 1000. The denominator is always the full
list of questions: a question without a prediction is counted wrong and its caption is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sceneglot.metrics.answers import f_value, match
from sceneglot.metrics.bleu import bleu
from sceneglot.metrics.cider import cider
from sceneglot.metrics.grounding import box_iou, localization
from sceneglot.metrics.meteor import Meteor
from sceneglot.metrics.presets import Preset
from sceneglot.metrics.ptb import ptb_tokenize
from sceneglot.metrics.rouge import rouge_l
from sceneglot.metrics.wordnet import WordNet

TOP = 10


@dataclass(frozen=True, eq=False)
class Question:
    """One question of a benchmark with its reference answers.

    Attributes:
        id: unique in the file.
        text: the question; "" where the file does not hold it.
        answers: at least one reference answer.
        scene_id: where it is asked.
        object_ids: ids of the objects asked about; the first one is what localisation is scored on.
        box: (6,) centre and full size of that object, metres; None where unknown.
    """

    id: str
    text: str
    answers: tuple[str, ...]
    scene_id: str = ""
    object_ids: tuple[int, ...] = ()
    box: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a system said about one question.

    Attributes:
        answers: best first; the first ten count for EM@10.
        box: (6,) centre and full size of the object it points at, metres; None for none.
    """

    answers: tuple[str, ...]
    box: np.ndarray | None = None


@dataclass(frozen=True)
class VqaScore:
    """Result of `evaluate`.

    Attributes:
        num_questions: the denominator.
        num_missing: questions without a prediction, all counted wrong.
        metrics: name -> percentage over all questions, in the order of the tables.
        num_by_type: question type -> number of questions; only types that occur, empty without question texts.
        by_type: question type -> name -> percentage, for metrics that are means over questions.
    """

    num_questions: int
    num_missing: int
    metrics: dict[str, float]
    num_by_type: dict[str, int] = field(default_factory=dict)
    by_type: dict[str, dict[str, float]] = field(default_factory=dict)


def evaluate(
    questions: Sequence[Question],
    predictions: Mapping[str, Prediction],
    preset: Preset,
    *,
    wordnet: WordNet | None = None,
) -> VqaScore:
    """Score predictions by question id under a protocol from `presets.PRESETS`.

    Args:
        questions: the whole benchmark, each with at least one answer.
        predictions: question id -> prediction; ids that are not asked about are ignored here (files are checked when
            they are read).
        preset: the protocol.
        wordnet: enables METEOR and the F-value under their own names; without it they appear as "METEOR-es" (exact and
            stem matches only) and "F (no lemmas)".

    Raises:
        ValueError: without questions, or if a question has no answer.
    """
    if not questions:
        raise ValueError("no questions to score")
    unanswered = [q.id for q in questions if not q.answers]
    if unanswered:
        raise ValueError(f"question {unanswered[0]} has no reference answer ({len(unanswered)} such questions)")
    nothing = Prediction(())
    given = [predictions.get(q.id, nothing) for q in questions]
    per_question = _answer_columns(questions, given, preset, wordnet)
    if any(p.box is not None for p in given) and all(q.box is not None for q in questions):
        per_question |= _box_columns(questions, given)
    metrics = {name: _percent(values) for name, values in per_question.items()}
    if preset.captions:
        metrics |= _captions(questions, given, preset, wordnet)
    types = (
        np.array([preset.question_type(q.text) for q in questions]) if all(q.text for q in questions) else np.zeros(0)
    )
    names = list(dict.fromkeys(types.tolist()))
    return VqaScore(
        num_questions=len(questions),
        num_missing=sum(q.id not in predictions for q in questions),
        metrics=metrics,
        num_by_type={name: int((types == name).sum()) for name in sorted(names)},
        by_type={
            name: {metric: _percent(values[types == name]) for metric, values in per_question.items()}
            for name in sorted(names)
        },
    )


def _answer_columns(
    questions: Sequence[Question], given: Sequence[Prediction], preset: Preset, wordnet: WordNet | None
) -> dict[str, np.ndarray]:
    """Metric -> (N,) value in 0..1 per question, for everything that looks at answers one by one."""
    columns: dict[str, list[float]] = {}
    ranked = preset.top10 and any(len(p.answers) > 1 for p in given)
    f_name = "F-value" if wordnet else "F (no lemmas)"
    for question, prediction in zip(questions, given):
        references = [preset.reference(answer) for answer in question.answers]
        said = [preset.prediction(answer) for answer in prediction.answers[:TOP]]
        best = said[0] if said else ""
        verdict = match(
            best, references, stop_at_loose=preset.stop_at_loose, empty_matches=preset.empty_matches and bool(said)
        )
        # A missing prediction is wrong even where an empty reference would match the empty string.
        if preset.exact_match:
            columns.setdefault("EM@1", []).append(bool(said) and verdict.exact)
        if ranked:
            columns.setdefault("EM@10", []).append(any(answer in references for answer in said))
        if preset.refined:
            columns.setdefault("EM-R", []).append(bool(said) and verdict.refined)
        if preset.f_value:
            columns.setdefault(f_name, []).append(f_value(best, references, wordnet) if said else 0.0)
    return {name: np.array(values, np.float64) for name, values in columns.items()}


def _box_columns(questions: Sequence[Question], given: Sequence[Prediction]) -> dict[str, np.ndarray]:
    nowhere = np.full(6, np.nan)
    boxes = np.stack([nowhere if p.box is None else p.box for p in given])
    truth = np.stack([nowhere if q.box is None else q.box for q in questions])
    overlap = box_iou(boxes, truth)
    hits = [localization(overlap[i : i + 1]) for i in range(len(overlap))]
    return {name.replace("acc", "Acc"): np.array([hit[name] for hit in hits]) for name in hits[0]}


def _captions(
    questions: Sequence[Question], given: Sequence[Prediction], preset: Preset, wordnet: WordNet | None
) -> dict[str, float]:
    tokens = ptb_tokenize if preset.ptb else str
    hypotheses = [tokens(preset.caption_prediction(p.answers[0])) if p.answers else "" for p in given]
    references = [[tokens(preset.caption_reference(a)) for a in q.answers] for q in questions]
    values = {f"BLEU-{n}": value for n, value in enumerate(bleu(hypotheses, references), 1)}
    meteor = Meteor(wordnet)
    values["ROUGE-L"] = rouge_l(hypotheses, references)[0]
    values[meteor.name] = meteor(hypotheses, references)[0]
    values["CIDEr"] = cider(hypotheses, references)[0]
    return {name: 100.0 * value for name, value in values.items()}


def _percent(values: np.ndarray) -> float:
    return 100.0 * float(values.mean())
