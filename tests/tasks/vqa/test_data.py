"""Question batches: every question meets its own scene, targets point at the right boxes, nothing depends on order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.tasks.fakes import toy_questions, toy_scene, toy_tokens

from sceneglot.errors import SceneglotError
from sceneglot.tasks.augment import AugmentConfig
from sceneglot.tasks.sample import PointConfig, instance_rows, scene_sample
from sceneglot.tasks.vqa.answers import AnswerVocabulary
from sceneglot.tasks.vqa.data import VQABatch, VQACollator, VQADataset, group_by_scene

SCENES = {s.id: s for s in (toy_scene(0, "toy-0"), toy_scene(1, "toy-1", boxes=6))}
QUESTIONS = [q for s in SCENES.values() for q in toy_questions(s)]
GROUPED = group_by_scene(QUESTIONS, list(SCENES))
POINTS = PointConfig(points=256)
ROWS = {i: s.objects.row_of for i, s in SCENES.items()}
VOCABULARY = AnswerVocabulary.from_answers(q.answers for q in QUESTIONS)


def dataset(augment: AugmentConfig | None = None, per_scene: int = 0, seed: int = 0) -> VQADataset:
    return VQADataset(GROUPED, lambda i: scene_sample(SCENES[i]), POINTS, augment, per_scene, seed, ROWS)


def batch(items: list) -> VQABatch:
    return VQACollator(POINTS, VOCABULARY, toy_tokens, ROWS)(items)


def test_questions_keep_their_scene_and_target() -> None:
    data = dataset()
    made = batch([data[0, 0], data[0, 1]])
    assert made.scenes.scene_ids == ("toy-0", "toy-1")
    assert made.question_ids == tuple(q.id for q in QUESTIONS)
    for i, question in enumerate(QUESTIONS):
        scene = SCENES[made.scenes.scene_ids[int(made.scene_of[i])]]
        assert scene.id == question.scene_id
        (row,) = torch.nonzero(made.target[i]).flatten().tolist()
        assert scene.objects.id[row] == question.target_ids[0]
        assert made.object_class[i] == made.scenes.targets.label[made.scene_of[i], row]
        assert made.answers[i].argmax() == VOCABULARY.index[question.answers[0]]


def test_unknown_targets_have_no_class_and_no_box() -> None:
    lost = replace(QUESTIONS[0], target_ids=(999,))
    item = replace(dataset()[0, 0], questions=(lost,))
    made = batch([item])
    assert not made.target.any() and made.object_class.tolist() == [-1]


def test_the_first_target_is_the_one_the_question_names_first() -> None:
    """Its box is what Acc is scored on, so its class and its box are what is learned; rows have another order."""
    ids, labels = SCENES["toy-1"].objects.id, dataset()[0, 1].sample.box_class
    low, high = next((a, b) for a in range(6) for b in range(a + 1, 6) if labels[a] != labels[b])
    item = dataset()[0, 1]
    several = replace(item.questions[0], target_ids=(999, int(ids[high]), int(ids[low])))
    made = batch([replace(item, questions=(several,))])
    assert made.target[0].nonzero().flatten().tolist() == [low, high]
    assert made.first.tolist() == [high] and made.object_class.tolist() == [labels[high]]
    cropped = replace(item.sample, box_present=item.sample.box_present & (np.arange(6) != high))
    made = batch([replace(item, sample=cropped, questions=(several,))])
    assert made.first.tolist() == [low] and made.object_class.tolist() == [labels[low]]


def test_crops_keep_what_the_questions_are_about() -> None:
    always = AugmentConfig(tilt=0, turn=0, shift=0, cuboid=1.0, cuboid_min_points=0.3)
    data, lost = dataset(always, per_scene=1), 0
    for epoch in range(25):
        item = data[epoch, 1]
        row = ROWS["toy-1"][item.questions[0].target_ids[0]]
        assert item.sample.box_present[row]
        lost += int(not item.sample.box_present.all())
    assert lost > 10  # it does crop


def test_tokens_are_padded_and_masked() -> None:
    long = replace(QUESTIONS[1], text="what on earth is thing 1 over there")
    made = batch([replace(dataset()[0, 0], questions=(QUESTIONS[0], long))])
    assert made.token_mask.sum(1).tolist() == [4, 8]
    assert (made.tokens[0, 4:] == 0).all()


def test_evaluation_sees_the_same_points_every_time_training_does_not() -> None:
    fixed, moving = dataset(), dataset(AugmentConfig())
    assert np.array_equal(fixed[0, 0].sample.xyz, fixed[5, 0].sample.xyz)
    assert not np.array_equal(moving[0, 0].sample.xyz, moving[1, 0].sample.xyz)
    assert np.array_equal(moving[1, 0].sample.xyz, dataset(AugmentConfig())[1, 0].sample.xyz)


def test_per_scene_draws_without_replacement() -> None:
    ids = [q.id for q in dataset(AugmentConfig(), per_scene=3)[2, 1].questions]
    assert len(set(ids)) == 3


def test_empty_and_foreign_scenes_are_refused_or_left_out() -> None:
    assert group_by_scene(QUESTIONS, ["toy-1", "elsewhere"]).keys() == {"toy-1"}
    with pytest.raises(SceneglotError, match="no scene has questions"):
        VQADataset({}, lambda i: scene_sample(SCENES[i]), POINTS, None, 0, 0, {})


def test_object_maps_cannot_feed_a_point_network() -> None:
    scene = replace(toy_scene(), xyz=np.zeros((0, 3), np.float32), rgb=np.zeros((0, 3), np.uint8), instance=None)
    with pytest.raises(SceneglotError, match="has no points"):
        scene_sample(scene)


def test_instance_rows_accepts_any_ids() -> None:
    objects = replace(toy_scene().objects, id=np.array([7, -3, 0, 100]))
    assert instance_rows(np.array([0, -1, 100, -3, 7, 8]), objects).tolist() == [2, -1, 3, 1, 0, -1]


def test_points_carry_their_box_row_and_channels() -> None:
    made = batch([dataset()[0, 0]])
    scene, targets = SCENES["toy-0"], made.scenes.targets
    assert made.scenes.features.shape == (1, 256, 4)
    for row in range(len(scene.objects)):
        inside = made.scenes.xyz[0][targets.point_object[0] == row]
        assert len(inside)
        assert ((inside - targets.center[0, row]).abs() <= targets.size[0, row] / 2 + 1e-5).all()
    height = made.scenes.features[0, :, 3]
    assert height.min() > -0.05 and torch.allclose(
        height - made.scenes.xyz[0, :, 2], height[:1] - made.scenes.xyz[0, :1, 2]
    )
