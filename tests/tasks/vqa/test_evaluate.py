"""Scores of a split: every question counts once, and what cannot be measured has no score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.tasks.fakes import toy_questions, toy_scene, toy_tokens

from sceneglot.nets.mean_sizes import SCANNET_SCANREFER
from sceneglot.tasks.sample import PointConfig, scene_sample
from sceneglot.tasks.sources import Questions
from sceneglot.tasks.vqa.answers import AnswerVocabulary
from sceneglot.tasks.vqa.data import VQACollator
from sceneglot.tasks.vqa.evaluate import QuestionScores, answer_scores, evaluate_questions
from sceneglot.tasks.vqa.net import SceneSpec, VQASpec, VQASystem
from sceneglot.tasks.vqa.predict import Prediction

SCENE = toy_scene()
ASKED = toy_questions(SCENE)
VOCABULARY = AnswerVocabulary.from_answers(q.answers for q in ASKED)
POINTS = PointConfig(points=256)


def scores(*, annotated: bool) -> QuestionScores:
    spec = SceneSpec("tiny", POINTS, 48, SCANNET_SCANREFER, "fake", "fake-1")
    net = VQASystem(VQASpec("scanqa", spec, 8, VOCABULARY))
    sample = scene_sample(SCENE)
    rows = SCENE.objects.row_of if annotated else {}
    sample = replace(sample, box_present=sample.box_present & annotated)
    collate = VQACollator(POINTS, VOCABULARY, toy_tokens, {SCENE.id: rows})
    return evaluate_questions(net, Questions("test", (SCENE.id,), ASKED), lambda name: sample, collate)


def test_scenes_without_annotated_objects_have_no_score_of_boxes() -> None:
    """Zero would say that every box was missed."""
    boxes = {"Acc@0.25", "Acc@0.5", "mAP@0.25", "mAP@0.5"}
    with_boxes, without = scores(annotated=True), scores(annotated=False)
    assert boxes <= with_boxes.headline.keys()
    assert without.headline.keys() == with_boxes.headline.keys() - boxes
    assert (with_boxes.counts["with_box"], without.counts["with_box"]) == (len(ASKED), 0)


def test_questions_that_share_an_id_are_scored_apart() -> None:
    """The questions of two runs of `describe` into one store are numbered alike."""
    box = np.zeros(3, np.float32)
    question = replace(ASKED[0], answers=("chair",))
    said = [Prediction(question, (answer,), (1.0,), box, box, 1.0, 0) for answer in ("chair", "table")]
    assert answer_scores(said).metrics["EM@1"] == 50
