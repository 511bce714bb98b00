"""Scores of a question-answering system on a split: answers, boxes, detection, by question type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sceneglot.metrics import detection, vqa
from sceneglot.metrics.grounding import box_iou, localization
from sceneglot.metrics.presets import PRESETS
from sceneglot.metrics.wordnet import find_wordnet
from sceneglot.nets.votenet import VoteNetOutput
from sceneglot.ops.boxes import suppress
from sceneglot.tasks.augment import prepare, scene_rng
from sceneglot.tasks.sample import SampleSource, SceneSample, collate_scenes
from sceneglot.tasks.sources import Questions
from sceneglot.tasks.vqa.data import SceneQuestions, VQACollator, group_by_scene
from sceneglot.tasks.vqa.net import VQASystem
from sceneglot.tasks.vqa.predict import Prediction, predict


@dataclass(frozen=True)
class QuestionScores:
    """Scores of one system on one split; percentages.

    Attributes:
        headline: ScanQA's answer scores (EM@1, EM@10, BLEU, ROUGE-L, METEOR, CIDEr), Acc@0.25, Acc@0.5 and, for
            systems that detect, mAP@0.25 and mAP@0.5. Answer scores are over all questions, unanswerable ones count as
            wrong; Acc is over those with a box, and left out where none has one, as is mAP without annotated objects.
        by_type: question type -> EM@1 and number of questions.
        counts: questions, questions with a box, scenes.
        ceiling: best EM@1 the closed vocabulary allows, a percentage.
        predictions: one per question.
    """

    headline: Mapping[str, float]
    by_type: Mapping[str, tuple[float, int]]
    counts: Mapping[str, int]
    ceiling: float
    predictions: tuple[Prediction, ...]

    def summary(self) -> dict[str, Any]:
        """JSON-able, without the predictions."""
        types = {name: {"EM@1": em, "questions": n} for name, (em, n) in self.by_type.items()}
        return {
            "headline": dict(self.headline),
            "by_type": types,
            "counts": dict(self.counts),
            "vocabulary_ceiling": self.ceiling,
        }


def evaluate_questions(
    net: VQASystem, questions: Questions, samples: SampleSource, collate: VQACollator
) -> QuestionScores:
    """Answer every question of a split, from the same points every time, and score it."""
    grouped = group_by_scene(questions.items, questions.scene_ids)
    drawn = {i: prepare(samples(i), net.spec.scene.points, None, scene_rng(0, 0, i)) for i in grouped}
    items = [SceneQuestions(drawn[i], asked) for i, asked in grouped.items()]
    predictions = tuple(predict(net, items, collate))
    overlap = _overlaps(predictions, drawn, collate)
    answers = answer_scores(predictions)
    located = localization(overlap) if len(overlap) else {}
    headline = answers.metrics | {f"Acc@{k[4:]}": 100 * v for k, v in located.items()}
    headline |= detection_scores(net, list(drawn.values()))
    by_type = {name: (answers.by_type[name]["EM@1"], count) for name, count in answers.num_by_type.items()}
    counts = {"questions": len(predictions), "with_box": len(overlap), "scenes": len(items)}
    ceiling = 100 * net.spec.answers.ceiling([p.question.answers for p in predictions])
    return QuestionScores(headline, by_type, counts, ceiling, predictions)


def answer_scores(predictions: Sequence[Prediction]) -> vqa.VqaScore:
    """ScanQA's official answer scores (preset "scanqa"), overall and by kind of question."""
    # by place, not by id: two files of sentences in one store may give different questions one id
    asked = [vqa.Question(str(i), p.question.text, p.question.answers) for i, p in enumerate(predictions)]
    said = {str(i): vqa.Prediction(p.answers) for i, p in enumerate(predictions)}
    return vqa.evaluate(asked, said, PRESETS["scanqa"], wordnet=find_wordnet())


@torch.no_grad()
def detection_scores(net: VQASystem, drawn: Sequence[SceneSample], batch_size: int = 8) -> dict[str, float]:
    """mAP@0.25 and mAP@0.5 by VoteNet's protocol; empty for a system that does not detect, or without true boxes."""
    if net.detector is None or not any(sample.box_present.any() for sample in drawn):
        return {}
    net.eval()
    device = next(net.parameters()).device
    found, truth = [], []
    for start in range(0, len(drawn), batch_size):
        chunk = list(drawn[start : start + batch_size])
        scenes = collate_scenes(chunk, net.spec.scene.points).to(device)
        output = net.detector(scenes.xyz, scenes.features if scenes.features.shape[-1] else None)
        found += decode(output)
        truth += [
            (np.concatenate([s.box_center, s.box_size], 1)[s.box_present], s.box_class[s.box_present]) for s in chunk
        ]
    return {f"mAP@{t:g}": 100 * detection.evaluate(found, truth, t).mean_ap for t in (0.25, 0.5)}


def decode(output: VoteNetOutput) -> list[detection.Detections]:
    """VoteNet's default: class-aware suppression at IoU 0.25, then every kept box speaks for every class."""
    kept = suppress(
        output.center, output.size, output.object_probability, label=output.semantic.argmax(-1), threshold=0.25
    )
    boxes = torch.cat([output.center, output.size], -1).cpu().numpy()
    objectness, classes = output.object_probability.cpu().numpy(), output.semantic.softmax(-1).cpu().numpy()
    rows = kept.cpu().numpy()
    return [
        detection.per_class_proposals(boxes[b][rows[b]], objectness[b][rows[b]], classes[b][rows[b]])
        for b in range(len(boxes))
    ]


def _overlaps(predictions: Sequence[Prediction], drawn: Mapping[str, SceneSample], collate: VQACollator) -> np.ndarray:
    """IoU of the predicted box with that of the first target, for every question that has one."""
    guessed, true = [], []
    for p in predictions:
        scene = drawn[p.question.scene_id]
        rows = [collate.rows[p.question.scene_id].get(t) for t in p.question.target_ids[:1]]
        if rows and rows[0] is not None:
            guessed.append(np.concatenate([p.center, p.size]))
            true.append(np.concatenate([scene.box_center[rows[0]], scene.box_size[rows[0]]]))
    return box_iou(np.array(guessed).reshape(-1, 6), np.array(true).reshape(-1, 6))
