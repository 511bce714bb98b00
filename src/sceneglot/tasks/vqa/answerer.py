"""A trained system as users meet it: ask a question about any scene, get an answer, its score and a box."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.loading import load_matching
from sceneglot.scenes import Scene, Utterance
from sceneglot.tasks.augment import prepare, scene_rng
from sceneglot.tasks.lifted import lift_scene
from sceneglot.tasks.sample import scene_sample
from sceneglot.tasks.vqa.data import SceneQuestions, VQACollator
from sceneglot.tasks.vqa.net import VQASpec, VQASystem
from sceneglot.tasks.vqa.predict import Prediction, predict
from sceneglot.teachers import Teacher, load_teacher


@dataclass(frozen=True, eq=False)
class Answer:
    """One answered question.

    Attributes:
        text: the likeliest answer; score: its probability, 0..1.
        alternatives: up to nine more, best first, with their probabilities.
        center, size: (3,) float32, metres, scene frame: box of what the answer is about; box_score: its probability.
    """

    question: str
    text: str
    score: float
    alternatives: tuple[tuple[str, float], ...]
    center: np.ndarray
    size: np.ndarray
    box_score: float

    @classmethod
    def of(cls, found: Prediction) -> Answer:
        """What a prediction says to a user."""
        others = tuple(zip(found.answers[1:], found.scores[1:]))
        box = (found.center, found.size, found.box_score)
        return cls(found.question.text, found.answers[0], found.scores[0], others, *box)


class Answerer:
    """A question-answering network with the text tower it was trained with.

    Args:
        spec: description of the network; tensors: its weights.
        teacher: loads the text tower when the first question comes.
    """

    def __init__(
        self, spec: VQASpec, tensors: Mapping[str, Tensor], teacher: Callable[[str], Teacher] | None = None
    ) -> None:
        self.spec = spec
        self.net = VQASystem(spec)
        load_matching(self.net, tensors)
        self.net.eval()
        self._load_teacher = teacher or load_teacher

    @cached_property
    def teacher(self) -> Teacher:
        """The frozen teacher; raises when its weights are not those the network was trained with."""
        teacher = self._load_teacher(self.spec.scene.teacher)
        if teacher.fingerprint != self.spec.scene.teacher_fingerprint:
            raise SceneglotError(
                f"teacher {teacher.name!r} has other weights than the one this network was trained with; "
                "install the version of sceneglot (or the checkpoint folder) that trained it"
            )
        return teacher

    def ask(self, scene: Scene, question: str) -> Answer:
        """Answer one question about a scene."""
        return self.ask_all(scene, [question])[0]

    def ask_all(self, scene: Scene, questions: Sequence[str]) -> list[Answer]:
        """Answer several questions about one scene, which is encoded once. Same scene, same question, same answer."""
        asked = tuple(Utterance(str(i), scene.id, "question", self._checked(q)) for i, q in enumerate(questions))
        if not asked:
            return []
        points = self.spec.scene.points
        extra = lift_scene(scene, self.teacher, points.multiview) if points.multiview else None
        drawn = prepare(scene_sample(scene, extra), points, None, scene_rng(0, 0, scene.id))
        features = self.teacher.encode_texts([q.text for q in asked])
        tokens = {q.text: features.tokens[i][features.mask[i]] for i, q in enumerate(asked)}
        collate = VQACollator(points, self.spec.answers, tokens.__getitem__, {scene.id: {}})
        found = predict(self.net, [SceneQuestions(drawn, asked)], collate)
        return [Answer.of(p) for p in found]

    @staticmethod
    def _checked(question: str) -> str:
        if not any(map(str.isalnum, question)):
            raise SceneglotError("the question is empty: it has no word")
        return question.strip()
