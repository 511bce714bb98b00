"""The answer vocabulary follows ScanQA's rules exactly."""

from __future__ import annotations

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.tasks.vqa.answers import AnswerVocabulary

TRAIN = [["brown"], ["brown", "dark brown"], ["brown"], ["2", "two"], ["brown"], ["two"], ["Two"], ["two"]]


def test_every_distinct_string_sorted_without_folding_case() -> None:
    vocabulary = AnswerVocabulary.from_answers(TRAIN)
    assert vocabulary.answers == ("2", "Two", "brown", "dark brown", "two")
    assert vocabulary.counts == (1, 1, 4, 1, 3)


def test_targets_are_soft_by_corpus_frequency() -> None:
    vocabulary = AnswerVocabulary.from_answers(TRAIN)
    assert vocabulary.targets(["brown", "two", "unheard of"]).tolist() == pytest.approx([0, 0, 1.0, 0, 0.9])
    assert vocabulary.targets(["2"]).tolist() == pytest.approx([0.3, 0, 0, 0, 0])
    assert not vocabulary.targets(["never"]).any()


def test_prior_logits_are_those_of_the_mean_target() -> None:
    vocabulary = AnswerVocabulary.from_answers(TRAIN)
    mean = np.mean([vocabulary.targets(answers) for answers in TRAIN], axis=0)
    assert vocabulary.prior_logits() == pytest.approx(np.log(mean / (1 - mean)), abs=1e-4)


def test_ceiling_counts_answerable_questions() -> None:
    vocabulary = AnswerVocabulary.from_answers(TRAIN)
    assert vocabulary.ceiling([["brown"], ["pink"], ["pink", "2"], []]) == 0.5


def test_rare_answers_can_be_left_out_but_not_all() -> None:
    assert AnswerVocabulary.from_answers(TRAIN, min_count=2).answers == ("brown", "two")
    with pytest.raises(SceneglotError, match="no training question has an answer"):
        AnswerVocabulary.from_answers([])
