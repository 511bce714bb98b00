"""GPS on points, fine-tuned to answer questions (arXiv 2401.09340, section 5.3): ScanQA's and SQA3D's manner.

sceneglot train gps-questions --data DATA --out QA --init RUN          questions, from a stage 2
sceneglot train gps-questions-blind --data DATA --out BLIND            the same without any object
sceneglot eval QA --data DATA --split test --blind BLIND               EM@1, captions, by kind of question

Situated questions (SQA3D) are read as situation and question, and scored by first word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.metrics import vqa
from sceneglot.metrics.grounding import box_iou, localization
from sceneglot.metrics.presets import PRESETS
from sceneglot.metrics.wordnet import find_wordnet
from sceneglot.recipes.gps_points import label_names, provenance_of, sentences, start_from, training_scenes
from sceneglot.recipes.gps_several import shares_of
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.gps.answerer import PointAnswerer, answer_logits
from sceneglot.tasks.gps.data import PointCollator, SpokenScenes
from sceneglot.tasks.gps.net import PointGPS
from sceneglot.tasks.gps.objective import QuestionObjective, question_stage
from sceneglot.tasks.gps.predict import point_items
from sceneglot.tasks.gps.spec import PointSpec
from sceneglot.tasks.provenance import Provenance
from sceneglot.tasks.vqa.answers import AnswerVocabulary
from sceneglot.tasks.vqa.evaluate import QuestionScores
from sceneglot.tasks.vqa.predict import Prediction
from sceneglot.train import LoopConfig, RunFolder, StepLoss, fit, load_checkpoint
from sceneglot.train.loop import Fit
from sceneglot.train.optim import OptimConfig


@dataclass(frozen=True)
class PointQuestionsConfig:
    """Fine-tuning on questions."""

    data: Path
    """Store of scans with instance labels and questions."""
    out: Path
    """Run folder; an interrupted run continues."""
    init: Path | None = None
    """Run folder of a stage 2, whose sizes are kept; None: the tiny network, from scratch."""
    blind: bool = False
    """Hide all objects: the baseline of what language alone tells."""
    texts: tuple[str, ...] = ("templates",)
    shares: tuple[float, ...] = (1.0,)
    """Share of each text file."""
    per_scene: int = 8
    """Questions about a scene at each visit."""
    freeze_objects: bool = True
    objective: QuestionObjective = field(default_factory=QuestionObjective)
    val_count: int = 400
    """Most questions about the validation split that are scored while training; 0 for none."""
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=600, batch_size=8, optim=OptimConfig(lr=1e-3)))


def gps_questions(data: Path, out: Path) -> PointQuestionsConfig:
    """Tiny, or of the size of `--init`."""
    return PointQuestionsConfig(data, out)


def gps_questions_blind(data: Path, out: Path) -> PointQuestionsConfig:
    """The same network without a scene."""
    return replace(gps_questions(data, out), blind=True)


def train_point_questions(config: PointQuestionsConfig) -> Mapping[str, float]:
    """Run it; returns EM@1 on questions about the validation split."""
    shares = shares_of(config.texts, config.shares)
    run = RunFolder(config.out)
    run.start("gps-questions", config)
    store = Store.open(config.data)
    train = sentences(store, config.texts, training_scenes(store, 1.0, 0), "question", "situated_question")
    asked = [q for said in train.values() for q in said]
    vocabulary = AnswerVocabulary.from_answers(q.answers for q in asked)
    base = PointSpec()
    if config.init is not None:
        base = PointSpec.from_facts(load_checkpoint(RunFolder(config.init).usable()).facts)
    spec = replace(base, names=label_names(store), words=False, word_ids=(), answers=vocabulary)
    tools = spec.tools()
    torch.manual_seed(config.loop.seed)
    net = spec.build(tools)
    if config.init is not None:
        start_from(net, config.init, spec, freeze=config.freeze_objects)
    start_at_prior(net, vocabulary)
    dataset = SpokenScenes(
        train, shares, {}, store.scene, spec.objects, config.loop.seed, per_scene=config.per_scene, rotate=False
    )
    collate = PointCollator(tools.tokenizer, spec.labels, None, answers=vocabulary, blind=config.blind)

    def loss(net: nn.Module, batch: object) -> StepLoss:
        return StepLoss(*question_stage(net, batch, config.objective))  # type: ignore[arg-type]

    said = sentences(store, config.texts, store.split("val"), "question", "situated_question")
    val = _spread([q for found in said.values() for q in found], config.val_count)

    def evaluate(net: nn.Module) -> Mapping[str, float]:
        assert isinstance(net, PointGPS)
        return {"EM@1": exact_match(net, val, store, collate, spec)}

    provenance = provenance_of(config.init).joined(Provenance.of(store, asked))
    facts = spec.facts() | {
        "stage": "questions", "head": "similarity", "blind": config.blind, "provenance": provenance.facts(),
    }  # fmt: skip
    job = Fit(net, dataset, collate, loss, facts, evaluate if val else None, "EM@1" if val else "")
    return fit(job, config.loop, run, title="training gps on questions")


@torch.no_grad()
def start_at_prior(net: PointGPS, vocabulary: AnswerVocabulary) -> None:
    """First bias of the answers: how often each is right, see `AnswerVocabulary.prior_logits`."""
    assert net.gps.answer is not None
    last = net.gps.answer.classify[-1]
    last.bias.copy_(torch.from_numpy(vocabulary.prior_logits()))  # type: ignore[union-attr, operator]


def exact_match(
    net: PointGPS, questions: Sequence[Utterance], store: Store, collate: PointCollator, spec: PointSpec
) -> float:
    """Share of questions, in percent, whose likeliest answer is one of the references."""
    assert spec.answers is not None
    right = 0
    for item in point_items(questions, store.scene, spec.objects):
        for question, row in zip(item.sentences, answer_logits(net, collate, item)[0]):
            right += spec.answers.answers[int(row.argmax())] in question.answers
    return 100 * right / len(questions)


def evaluate_point_questions(answerer: PointAnswerer, data: Path, split: str, text: str) -> QuestionScores:
    """Answer every question of a split; situated ones by SQA3D's rules, others by ScanQA's.

    Raises:
        SceneglotError: no questions, or both sorts in one file.
    """
    store = Store.open(data)
    names = (text,) if text else store.utterance_names
    found = sentences(store, names, store.split(split), "question", "situated_question")
    questions = [q for said in found.values() for q in said]
    situated = {q.kind == "situated_question" for q in questions}
    if len(situated) != 1:
        problem = "both plain and situated questions; name one file with --text" if situated else "no questions"
        raise SceneglotError(f"{data}: the {split!r} split has {problem}")
    predictions = tuple(answerer.predict(questions, store.scene))
    asked = [vqa.Question(p.question.id, p.question.text, p.question.answers) for p in predictions]
    said = {p.question.id: vqa.Prediction(p.answers) for p in predictions}
    preset = PRESETS["sqa3d-cls" if situated == {True} else "scanqa"]
    scored = vqa.evaluate(asked, said, preset, wordnet=find_wordnet())
    overlap = _overlaps(predictions, store)
    headline = scored.metrics | {f"Acc@{k[4:]}": 100 * v for k, v in localization(overlap).items()}
    by_type = {name: (scored.by_type[name]["EM@1"], count) for name, count in scored.num_by_type.items()}
    counts = {"questions": len(questions), "with_box": len(overlap), "scenes": len({q.scene_id for q in questions})}
    assert answerer.spec.answers is not None
    ceiling = 100 * answerer.spec.answers.ceiling([q.answers for q in questions])
    return QuestionScores(headline, by_type, counts, ceiling, predictions)


def _overlaps(predictions: Sequence[Prediction], store: Store) -> np.ndarray:
    """IoU of the chosen object's box with that of the first target, for every question that has one."""
    guessed, true = [], []
    for p in predictions:
        objects = store.objects(p.question.scene_id)
        row = objects.row_of.get(p.question.target_ids[0]) if p.question.target_ids else None
        if row is not None:
            guessed.append(np.concatenate([p.center, p.size]))
            true.append(np.concatenate([objects.center[row], objects.size[row]]))
    return box_iou(np.array(guessed).reshape(-1, 6), np.array(true).reshape(-1, 6))


def _spread(questions: Sequence[Utterance], count: int) -> list[Utterance]:
    """At most `count` of them, evenly over the list."""
    return list(questions[:: -(-len(questions) // count)]) if questions and count else []
