"""From scores to objects: who is pointed at, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sceneglot.nets.gps.map_grounder import MapGrounder
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.data import Candidates, GroundingCollator, ObjectSource, SceneSentences

MEANT = 0.5
"""Probability above which an object that is judged by itself counts as meant."""


@dataclass(frozen=True, eq=False)
class Grounded:
    """What a grounder says to one sentence.

    Attributes:
        sentence: with its true targets, where known.
        ids: (K,) int64 object ids of the candidates, likeliest first.
        scores: (K,) float32 their probabilities.
        anchors: (K,) float32 probability of each of them of being mentioned to locate the target.
        members: (K,) float32 probability of each of them, by itself, of being meant; None of grounders that always
            point at one object.
    """

    sentence: Utterance
    ids: np.ndarray
    scores: np.ndarray
    anchors: np.ndarray
    members: np.ndarray | None = None

    @property
    def chosen(self) -> int:
        """Id of the likeliest object."""
        return int(self.ids[0])

    @property
    def is_right(self) -> bool:
        """Whether it is one of the true targets."""
        return self.chosen in self.sentence.target_ids

    @property
    def meant(self) -> tuple[int, ...]:
        """Ids of all objects meant, likeliest first: none, one or several; of other grounders always the likeliest."""
        if self.members is None:
            return tuple(int(i) for i in self.ids[:1])
        order = np.argsort(-self.members, kind="stable")
        return tuple(int(self.ids[row]) for row in order if self.members[row] > MEANT)


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
    members = None if output.member is None else output.member.sigmoid().cpu().numpy()
    spoken = [(item.scene, sentence) for item in items for sentence in item.sentences]
    for row, (scene, sentence) in enumerate(spoken):
        count = len(scene.rows)
        order = np.argsort(-scores[row, :count], kind="stable")
        yield Grounded(
            sentence,
            scene.objects.id[order].astype(np.int64),
            scores[row, order],
            anchors[row, order],
            None if members is None else members[row, order],
        )
