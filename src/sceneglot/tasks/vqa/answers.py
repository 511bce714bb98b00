"""The closed answer vocabulary of ScanQA-style question answering, and its frequency-soft targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.losses.vqa import soft_answer_score


@dataclass(frozen=True)
class AnswerVocabulary:
    """Every distinct raw answer string of the training questions, sorted; no lower-casing, no cap.

    Attributes:
        answers: V strings.
        counts: V training frequencies.
        questions: number of training questions.
    """

    answers: tuple[str, ...]
    counts: tuple[int, ...]
    questions: int

    @classmethod
    def from_answers(cls, answer_lists: Iterable[Sequence[str]], min_count: int = 1) -> AnswerVocabulary:
        """Build from the answer lists of the training questions; answers rarer than `min_count` are left out."""
        lists = list(answer_lists)
        counter = Counter(answer for answers in lists for answer in answers)
        kept = sorted(answer for answer, count in counter.items() if count >= min_count)
        if not kept:
            raise SceneglotError(
                "no training question has an answer: describe or import text for the train split first"
            )
        return cls(tuple(kept), tuple(counter[answer] for answer in kept), len(lists))

    def __len__(self) -> int:
        return len(self.answers)

    @cached_property
    def index(self) -> dict[str, int]:
        """Answer -> class."""
        return {answer: i for i, answer in enumerate(self.answers)}

    def targets(self, answers: Sequence[str]) -> np.ndarray:
        """(V,) float32 targets of one question, soft by training frequency; zeros where none is known."""
        target = np.zeros(len(self), np.float32)
        for answer in answers:
            i = self.index.get(answer)
            if i is not None:
                target[i] = soft_answer_score(self.counts[i])
        return target

    def prior_logits(self) -> np.ndarray:
        """(V,) float32 logit of each answer's mean target over the training questions.

        As the first bias of an answer layer it spares a network the hundreds of steps that binary cross-entropy over
        a thousand classes would otherwise spend on learning that almost every answer is wrong.
        """
        mean = np.array([soft_answer_score(c) * c for c in self.counts]) / max(1, self.questions)
        mean = mean.clip(1e-6, 1 - 1e-3)
        return np.log(mean / (1 - mean)).astype(np.float32)

    def ceiling(self, answer_lists: Iterable[Sequence[str]]) -> float:
        """Share of questions with an answer in the vocabulary: the best EM@1 any classifier over it can reach."""
        hits = [any(a in self.index for a in answers) for answers in answer_lists]
        return sum(hits) / max(1, len(hits))
