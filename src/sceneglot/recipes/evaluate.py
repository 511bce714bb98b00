"""Score a trained run on a split and keep predictions and scores beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sceneglot.atomic import write_json
from sceneglot.errors import SceneglotError
from sceneglot.metrics import vqa
from sceneglot.metrics.presets import PRESETS
from sceneglot.metrics.prior import language_prior
from sceneglot.metrics.wordnet import find_wordnet
from sceneglot.recipes.gps_points import sentences
from sceneglot.recipes.gps_questions import evaluate_point_questions
from sceneglot.recipes.load import load
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Kind
from sceneglot.tasks.gps.answerer import PointAnswerer
from sceneglot.tasks.lifted import lifted_features
from sceneglot.tasks.sources import Questions, StoreSamples
from sceneglot.tasks.vqa.data import VQACollator
from sceneglot.tasks.vqa.evaluate import QuestionScores, evaluate_questions
from sceneglot.teachers.features import FeatureStore


def evaluate_run(run: Path, data: Path, split: str, text: str = "") -> QuestionScores:
    """Answer all questions of a split; writes `predictions-<split>.json` (ScanQA's format) and `scores-<split>.json`.

    Questions whose answer is outside the vocabulary count as wrong, as the official protocol wants.
    """
    answerer = load(run)
    folder = run if run.is_dir() else run.parent
    if isinstance(answerer, PointAnswerer):
        return _write(folder, split, evaluate_point_questions(answerer, data, split, text))
    spec = answerer.spec
    store = Store.open(data)
    features = FeatureStore.of(store, spec.scene.teacher)
    if features.meta.fingerprint != spec.scene.teacher_fingerprint:
        raise SceneglotError(
            f"{data}: its features come from another version of teacher {spec.scene.teacher!r} than {run} was trained "
            "with; run 'sceneglot embed' again"
        )
    samples = StoreSamples(store, lifted_features(store, spec.scene.teacher, spec.scene.points.multiview))
    questions = Questions.of(store, split, text)
    rows = {scene_id: store.objects(scene_id).row_of for scene_id in questions.scene_ids}
    collate = VQACollator(spec.scene.points, spec.answers, features.tokens, rows)
    return _write(folder, split, evaluate_questions(answerer.net, questions, samples, collate))


def _write(folder: Path, split: str, scores: QuestionScores) -> QuestionScores:
    write_json(folder / f"predictions-{split}.json", [p.scanqa() for p in scores.predictions])
    write_json(folder / f"scores-{split}.json", scores.summary())
    return scores


def prior_scores(data: Path, split: str, text: str = "") -> dict[str, float]:
    """What language alone tells: the most frequent training answers to questions that begin alike.

    Scored by ScanQA's rules, situated questions by SQA3D's. Without training questions of that kind in the store, the
    answers to the other questions of the split are counted ("leave-one-out").

    Raises:
        SceneglotError: there are no questions.
    """
    store = Store.open(data)
    names = (text,) if text else store.utterance_names
    asked, kind = _questions(store, names, split, "question"), "question"
    if not asked:
        asked, kind = _questions(store, names, split, "situated_question"), "situated_question"
    if not asked:
        raise SceneglotError(f"{data}: the {split!r} split has no questions; run 'sceneglot describe' first")
    train = _questions(store, names, "train", kind) or _questions(store, store.utterance_names, "train", kind)
    preset = PRESETS["scanqa" if kind == "question" else "sqa3d-cls"]
    return vqa.evaluate(asked, language_prior(asked, train), preset, wordnet=find_wordnet()).metrics


def _questions(store: Store, names: Sequence[str], split: str, kind: Kind) -> list[vqa.Question]:
    found = sentences(store, names, store.split(split), kind)
    return [vqa.Question(q.id, q.text, q.answers) for said in found.values() for q in said]
