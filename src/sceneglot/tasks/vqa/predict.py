"""From network outputs to ranked answers and boxes, in ScanQA's prediction format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sceneglot.ops.boxes import corners
from sceneglot.scenes import Utterance
from sceneglot.tasks.vqa.data import SceneQuestions, VQACollator
from sceneglot.tasks.vqa.net import VQASystem


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a system says to one question.

    Attributes:
        question: the question with its references.
        answers: the ten likeliest answers (fewer for a smaller vocabulary), best first; scores: their probabilities.
        center, size: (3,) float32, metres: the box of what the answer is about.
        box_score: its probability among all candidate boxes.
        object_class: likeliest of the 18 detection classes.
    """

    question: Utterance
    answers: tuple[str, ...]
    scores: tuple[float, ...]
    center: np.ndarray
    size: np.ndarray
    box_score: float
    object_class: int

    def scanqa(self) -> dict[str, Any]:
        """The record of ScanQA's prediction files: ten answers and the 8 x 3 box corners."""
        box = corners(torch.from_numpy(self.center), torch.from_numpy(self.size))
        padded = (list(self.answers) + [self.answers[-1]] * 10)[:10]
        return {
            "scene_id": self.question.scene_id,
            "question_id": self.question.id,
            "answer_top10": padded,
            "bbox": [[round(float(v), 5) for v in corner] for corner in box],
        }


@torch.no_grad()
def predict(
    net: VQASystem, items: Sequence[SceneQuestions], collate: VQACollator, scenes_per_batch: int = 4
) -> Iterator[Prediction]:
    """Predictions for all questions of the items, in order; leaves the net in evaluation mode."""
    net.eval()
    device = next(net.parameters()).device
    vocabulary = net.spec.answers.answers
    for start in range(0, len(items), scenes_per_batch):
        chunk = list(items[start : start + scenes_per_batch])
        batch = collate(chunk).to(device)
        output = net(batch.scenes, batch.scene_of, batch.tokens, batch.token_mask).answers
        best = output.answer_logits.topk(min(10, len(vocabulary)), dim=1)
        scores, order = best.values.sigmoid().cpu().numpy(), best.indices.cpu().numpy()
        center, size = (t.cpu().numpy() for t in output.chosen_box())
        boxes = output.ref_logits.masked_fill(~output.ref_mask, -torch.inf).softmax(1).amax(1).cpu().numpy()
        classes = output.object_logits.argmax(1).cpu().numpy()
        asked = [question for item in chunk for question in item.questions]
        for i, question in enumerate(asked):
            yield Prediction(
                question,
                tuple(vocabulary[k] for k in order[i]),
                tuple(float(s) for s in scores[i]),
                center[i],
                size[i],
                float(boxes[i]),
                int(classes[i]),
            )
