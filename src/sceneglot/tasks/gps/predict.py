"""From sentences to objects, on points: who is pointed at, sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
import torch

from sceneglot.nets.gps.heads import hide
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.augment import scene_rng
from sceneglot.tasks.gps.data import PointCollator, PointItem
from sceneglot.tasks.gps.net import PointGPS
from sceneglot.tasks.gps.objects import ObjectConfig, point_objects
from sceneglot.tasks.grounding.predict import Grounded

Head = Literal["similarity", "mlp", "several"]
"""What points: similarity with the sentence, the MLP head, or the MLP head of every object by itself."""
SLOTS = 10_000
"""Objects of a scene in use: all of them. A target that is left out would be a mistake nobody made."""


def point_items(
    sentences: Sequence[Utterance], scene: Callable[[str], Scene], config: ObjectConfig, batch: int = 128
) -> Iterator[PointItem]:
    """The sentences of each scene, at most `batch` an item, scenes in the order of their first sentence.

    Every object with points is a candidate, and the points of a scene are drawn the same every time.
    """
    groups: dict[str, list[Utterance]] = {}
    for sentence in sentences:
        groups.setdefault(sentence.scene_id, []).append(sentence)
    everything = ObjectConfig(config.points, SLOTS, config.cut)
    for scene_id, said in groups.items():
        objects = point_objects(scene(scene_id), everything, scene_rng(0, 0, scene_id))
        for start in range(0, len(said), batch):
            yield PointItem(objects, 0, tuple(said[start : start + batch]))


@torch.no_grad()
def predict_points(
    net: PointGPS, items: Iterable[PointItem], collate: PointCollator, head: Head = "similarity"
) -> Iterator[Grounded]:
    """Ground all sentences; leaves the net in evaluation mode. This network has no opinion on anchors: NaN."""
    net.eval()
    device = next(net.parameters()).device
    for item in items:
        batch = collate([item]).to(device)
        output = net(batch).gps
        logits = output.similarity if head == "similarity" else output.mlp
        scores = hide(logits, batch.mask[batch.scene_of]).softmax(1).cpu().numpy()
        members = logits.sigmoid().cpu().numpy() if head == "several" else None
        unknown = np.full(len(item.objects), np.nan, np.float32)
        for row, sentence in enumerate(item.sentences):
            order = np.argsort(-scores[row], kind="stable")
            share = None if members is None else members[row, order]
            yield Grounded(sentence, item.objects.ids[order], scores[row, order], unknown, share)
