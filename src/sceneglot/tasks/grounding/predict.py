"""From scores to objects: who is pointed at, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sceneglot.nets.gps.map_grounder import MapGrounder
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.data import Candidates, GroundingCollator, ObjectSource, SceneSentences


@dataclass(frozen=True, eq=False)
class Grounded:
    """What a grounder says to one sentence.

    Attributes:
        sentence: with its true targets, where known.
        ids: (K,) int64 object ids of the candidates, likeliest first.
        scores: (K,) float32 their probabilities.
        anchors: (K,) float32 probability of each of them of being mentioned to locate the target.
    """

    sentence: Utterance
    ids: np.ndarray
    scores: np.ndarray
    anchors: np.ndarray

    @property
    def chosen(self) -> int:
        """Id of the likeliest object."""
        return int(self.ids[0])

    @property
    def is_right(self) -> bool:
        """Whether it is one of the true targets."""
        return self.chosen in self.sentence.target_ids


def by_scene(sentences: Sequence[Utterance], objects: ObjectSource) -> Iterator[SceneSentences]:
    """The sentences of each scene, scenes in the order of their first sentence."""
    groups: dict[str, list[Utterance]] = {}
    for sentence in sentences:
        groups.setdefault(sentence.scene_id, []).append(sentence)
    for scene_id, said in groups.items():
        yield SceneSentences(Candidates.of(scene_id, objects(scene_id)), tuple(said))


@torch.no_grad()
def predict(
    net: MapGrounder,
    items: Iterator[SceneSentences] | Sequence[SceneSentences],
    collate: GroundingCollator,
    batch: int = 128,
) -> Iterator[Grounded]:
    """Ground all sentences, scene by scene; leaves the net in evaluation mode. At most about `batch` at a time."""
    net.eval()
    waiting: list[SceneSentences] = []
    for item in items:
        for start in range(0, len(item.sentences), batch):
            waiting.append(SceneSentences(item.scene, item.sentences[start : start + batch]))
            if sum(len(w.sentences) for w in waiting) >= batch:
                yield from _run(net, waiting, collate)
                waiting = []
    if waiting:
        yield from _run(net, waiting, collate)


def _run(net: MapGrounder, items: list[SceneSentences], collate: GroundingCollator) -> Iterator[Grounded]:
    device = next(net.parameters()).device
    batch = collate(items).to(device)
    output = net(batch.objects, batch.label, batch.scene_of, batch.words)
    scores, anchors = (logits.softmax(1).cpu().numpy() for logits in (output.target, output.anchor))
    spoken = [(item.scene, sentence) for item in items for sentence in item.sentences]
    for row, (scene, sentence) in enumerate(spoken):
        count = len(scene.rows)
        order = np.argsort(-scores[row, :count], kind="stable")
        yield Grounded(
            sentence, scene.objects.id[order].astype(np.int64), scores[row, :count][order], anchors[row, :count][order]
        )
