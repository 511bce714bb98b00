"""Questions grouped by scene: one item is a scene with several of its questions.

The scene encoder costs far more than the fusion, so a batch holds S scenes and Q questions about them and encodes each
scene once (`scene_of` tells which).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Utterance
from sceneglot.tasks.augment import AugmentConfig, prepare, scene_rng
from sceneglot.tasks.sample import PointConfig, SampleSource, ScenePoints, SceneSample, collate_scenes
from sceneglot.tasks.vqa.answers import AnswerVocabulary

TokenSource = Callable[[str], np.ndarray]
"""Sentence -> (L, D) float32 token features of the frozen text tower."""
ObjectRows = Mapping[str, Mapping[int, int]]
"""Scene id -> object id -> its row among the boxes of the scene."""


@dataclass(frozen=True)
class VQABatch:
    """S scenes and Q questions about them.

    Attributes:
        scenes: points and boxes of the S scenes.
        scene_of: (Q,) int64 row of each question's scene.
        tokens: (Q, L, D) float32 question token features; token_mask: (Q, L) bool, True on tokens.
        answers: (Q, V) float32 soft targets.
        target: (Q, G) bool, boxes of `scenes` that the question is about; first: (Q,) int64, the one it names first
            (0 where there is none).
        object_class: (Q,) int64 class of the first target, -1 where there is none.
        question_ids: Q names.
    """

    scenes: ScenePoints
    scene_of: Tensor
    tokens: Tensor
    token_mask: Tensor
    answers: Tensor
    target: Tensor
    first: Tensor
    object_class: Tensor
    question_ids: tuple[str, ...]

    def to(self, device: torch.device | str, non_blocking: bool = False) -> VQABatch:
        """Copy on another device."""
        move_ = lambda name: getattr(self, name).to(device, non_blocking=non_blocking)  # noqa: E731
        tensors = (move_(f.name) for f in fields(self) if f.name != "question_ids")
        return VQABatch(*tensors, question_ids=self.question_ids)


@dataclass(frozen=True)
class SceneQuestions:
    """One item: a drawn scene and the questions asked about it this time."""

    sample: SceneSample
    questions: tuple[Utterance, ...]


def group_by_scene(questions: Sequence[Utterance], scene_ids: Sequence[str]) -> dict[str, tuple[Utterance, ...]]:
    """Questions of each scene, in file order, scenes in the given order; scenes without questions are left out."""
    grouped: dict[str, list[Utterance]] = {scene_id: [] for scene_id in scene_ids}
    for question in questions:
        if question.kind == "question" and question.scene_id in grouped:
            grouped[question.scene_id].append(question)
    return {scene_id: tuple(found) for scene_id, found in grouped.items() if found}


class VQADataset(Dataset[SceneQuestions]):
    """Scenes with `per_scene` random questions each; everything random follows from (seed, epoch, scene id).

    Args:
        questions: scene id -> its questions, all of which can be answered from the vocabulary.
        sample: scene id -> arrays.
        points: how many points and channels.
        augment: None for evaluation: no change, and the same points every time.
        per_scene: questions per visit; 0 for all.
        rows: scene id -> object id -> box row; a random cuboid never crops away what the questions asked are about.
    """

    def __init__(
        self,
        questions: Mapping[str, tuple[Utterance, ...]],
        sample: SampleSource,
        points: PointConfig,
        augment: AugmentConfig | None,
        per_scene: int,
        seed: int,
        rows: ObjectRows,
    ) -> None:
        if not questions:
            raise SceneglotError("no scene has questions: run 'sceneglot describe' or 'sceneglot import-text' first")
        self.questions, self.sample, self.points = questions, sample, points
        self.augment, self.per_scene, self.seed, self.rows = augment, per_scene, seed, rows
        self.scene_ids = tuple(questions)

    def __len__(self) -> int:
        return len(self.scene_ids)

    def __getitem__(self, key: tuple[int, int]) -> SceneQuestions:
        epoch, index = key
        scene_id = self.scene_ids[index]
        rng = scene_rng(self.seed, epoch if self.augment else 0, scene_id)
        asked = self.questions[scene_id]
        if self.per_scene and self.per_scene < len(asked):
            chosen = np.sort(rng.choice(len(asked), self.per_scene, replace=False))
            asked = tuple(asked[i] for i in chosen)
        sample = self.sample(scene_id)
        keep = np.zeros(len(sample.box_present), bool)
        keep[[row for question in asked for row in _meant(question, self.rows[scene_id])]] = True
        keep &= sample.box_present
        return SceneQuestions(prepare(sample, self.points, self.augment, rng, keep), asked)


class VQACollator:
    """Stack scenes, look up token features, encode answers and targets."""

    def __init__(
        self,
        points: PointConfig,
        vocabulary: AnswerVocabulary,
        tokens: TokenSource,
        rows: ObjectRows,
    ) -> None:
        self.points, self.vocabulary, self.tokens, self.rows = points, vocabulary, tokens, rows

    def __call__(self, items: list[SceneQuestions]) -> VQABatch:
        scenes = collate_scenes([item.sample for item in items], self.points)
        asked = [(row, question) for row, item in enumerate(items) for question in item.questions]
        tokens, mask = pad_tokens([self.tokens(q.text) for _, q in asked])
        target = torch.zeros(len(asked), scenes.targets.valid.shape[1], dtype=torch.bool)
        first = torch.zeros(len(asked), dtype=torch.int64)
        for i, (row, question) in enumerate(asked):
            sample = items[row].sample
            there = [k for k in _meant(question, self.rows[sample.scene_id]) if sample.box_present[k]]
            target[i, there] = True
            first[i] = there[0] if there else 0
        scene_of = torch.tensor([row for row, _ in asked])
        classes = scenes.targets.label[scene_of, first]
        return VQABatch(
            scenes,
            scene_of,
            tokens,
            mask,
            torch.from_numpy(np.stack([self.vocabulary.targets(q.answers) for _, q in asked])),
            target,
            first,
            torch.where(target.any(1), classes, -1),
            tuple(q.id for _, q in asked),
        )


def _meant(question: Utterance, known: Mapping[int, int]) -> list[int]:
    """Box rows of the targets that the scene knows, in the question's order."""
    return [known[t] for t in question.target_ids if t in known]


def pad_tokens(sequences: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Ragged (L_i, D) token features -> (B, L, D) float32 zero-padded and (B, L) bool mask."""
    longest = max(len(s) for s in sequences)
    tokens = torch.zeros(len(sequences), longest, sequences[0].shape[1])
    mask = torch.zeros(len(sequences), longest, dtype=torch.bool)
    for i, sequence in enumerate(sequences):
        tokens[i, : len(sequence)] = torch.from_numpy(np.asarray(sequence, np.float32))
        mask[i, : len(sequence)] = True
    return tokens, mask
