"""Questions answered by GPS on points (the QA head, fine-tuned in the manner of ScanQA and SQA3D)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.heads import hide
from sceneglot.nets.loading import load_matching
from sceneglot.scenes import Scene, Utterance
from sceneglot.scenes.labels import class18_of, nyu40_of
from sceneglot.tasks.gps.data import PointCollator, PointItem
from sceneglot.tasks.gps.net import PointGPS
from sceneglot.tasks.gps.objects import fitting
from sceneglot.tasks.gps.predict import point_items
from sceneglot.tasks.gps.spec import PointSpec
from sceneglot.tasks.vqa.answerer import Answer
from sceneglot.tasks.vqa.predict import Prediction

TOP = 10


class PointAnswerer:
    """A network of stage 2 with an answer head, and its text encoder.

    Args:
        spec: description of the network; tensors: its weights.
        blind: it was trained without objects and is asked without them.

    Raises:
        SceneglotError: the network has no answer head.
    """

    def __init__(self, spec: PointSpec, tensors: Mapping[str, Tensor], *, blind: bool = False) -> None:
        if spec.answers is None:
            raise SceneglotError("this run points and does not answer: train gps-questions from it, or use 'ground'")
        tools = spec.tools()
        self.spec = spec
        self.net = spec.build(tools)
        load_matching(self.net, tensors)
        self.net.eval()
        self.collate = PointCollator(tools.tokenizer, spec.labels, None, answers=spec.answers, blind=blind)

    def ask(self, scene: Scene, question: str) -> Answer:
        """Answer one question about a scan with objects."""
        return self.ask_all(scene, [question])[0]

    def ask_all(self, scene: Scene, questions: Sequence[str]) -> list[Answer]:
        """Answer several questions about one scan, which is encoded once.

        Raises:
            SceneglotError: an empty question, or a scene without points or objects.
        """
        if not all(any(map(str.isalnum, text)) for text in questions):
            raise SceneglotError("the question is empty: it has no word")
        asked = [Utterance(str(i), scene.id, "question", text.strip()) for i, text in enumerate(questions)]
        return [Answer.of(p) for p in self.predict(asked, lambda _: scene)]

    def predict(self, questions: Sequence[Utterance], scene: Callable[[str], Scene]) -> Iterator[Prediction]:
        """Answer questions about several scenes, scene by scene; boxes are those of the table of objects."""
        by_scene: dict[str, list[Utterance]] = {}
        for question in questions:
            by_scene.setdefault(question.scene_id, []).append(question)
        for scene_id, asked in by_scene.items():
            scan = scene(scene_id)
            if not len(scan) or not len(scan.objects):
                raise SceneglotError(f"scene {scene_id}: has no points or no objects, and this network looks at both")
            for item in point_items(asked, lambda _, scan=scan: scan, fitting(self.spec.objects, scan)):
                yield from self._run(item, scan)

    def _run(self, item: PointItem, scan: Scene) -> Iterator[Prediction]:
        assert self.spec.answers is not None
        answers, choice = answer_logits(self.net, self.collate, item)
        for question, row, share in zip(item.sentences, answers, choice):
            order = np.argsort(-row, kind="stable")[:TOP]
            thing = int(scan.objects.row_of[int(item.objects.ids[share.argmax()])])
            yield Prediction(
                question,
                tuple(self.spec.answers.answers[i] for i in order),
                tuple(float(row[i]) for i in order),
                scan.objects.center[thing],
                scan.objects.size[thing],
                float(share.max()),
                max(class18_of(nyu40_of(scan.objects.label[thing])), 0),
            )


@torch.no_grad()
def answer_logits(net: PointGPS, collate: PointCollator, item: PointItem) -> tuple[np.ndarray, np.ndarray]:
    """(Q, V) probabilities of the answers and (Q, K) shares of the objects, of one item; in evaluation mode."""
    net.eval()
    batch = collate([item]).to(next(net.parameters()).device)
    output = net(batch).gps
    assert output.answers is not None
    objects = hide(output.similarity, batch.mask[batch.scene_of]).softmax(1)
    return output.answers.sigmoid().cpu().numpy(), objects.cpu().numpy()
