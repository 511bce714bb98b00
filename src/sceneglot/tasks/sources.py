"""From a store to what data sets ask for: scene arrays, sentence features, alignment targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Utterance
from sceneglot.scenes.store import Store
from sceneglot.tasks.alignment.data import SceneTargets
from sceneglot.tasks.sample import SceneSample, scene_sample
from sceneglot.tasks.vqa.answers import AnswerVocabulary
from sceneglot.teachers.features import FeatureStore


class StoreSamples:
    """Scene id -> arrays, memory-mapped; the per-point box rows, which have to be computed, are kept.

    Args:
        extra: scene id -> (N, E) lifted picture features, or None.
    """

    def __init__(self, store: Store, extra: Callable[[str], np.ndarray] | None = None) -> None:
        self.store, self.extra = store, extra
        self._known: dict[str, SceneSample] = {}

    def __call__(self, scene_id: str) -> SceneSample:
        if scene_id not in self._known:
            extra = self.extra(scene_id) if self.extra else None
            self._known[scene_id] = scene_sample(self.store.scene(scene_id), extra)
        return self._known[scene_id]


@dataclass(frozen=True)
class Questions:
    """The questions of one split, in file order.

    Attributes:
        split: its name; scene_ids: its scenes, sorted.
        items: all questions of those scenes that have answers.
    """

    split: str
    scene_ids: tuple[str, ...]
    items: tuple[Utterance, ...]

    @classmethod
    def of(cls, store: Store, split: str, text: str) -> Questions:
        """Questions of `split` from the utterance file `text` ("" for all files)."""
        scene_ids = store.split(split)
        if not scene_ids:
            raise SceneglotError(f"{store.path}: the {split!r} split has no scenes; generate or import with splits")
        inside = set(scene_ids)
        asked = store.utterances(kind="question", name=text or None)
        items = tuple(q for q in asked if q.scene_id in inside and q.answers)
        if not items:
            raise SceneglotError(f"{store.path}: the {split!r} split has no questions; run 'sceneglot describe' first")
        return cls(split, scene_ids, items)

    def answerable(self, vocabulary: AnswerVocabulary) -> tuple[Utterance, ...]:
        """Those with an answer in the vocabulary: the ones a classifier can be trained on."""
        return tuple(q for q in self.items if any(a in vocabulary.index for a in q.answers))


def alignment_targets(
    store: Store, features: FeatureStore, scene_ids: Sequence[str], texts: str
) -> dict[str, SceneTargets]:
    """Frozen picture and sentence vectors of each scene.

    Args:
        texts: "captions" for scene captions, "descriptions" for referrals and object captions (the paper's choice),
            "both".
    """
    kinds = {
        "captions": ("scene_caption",),
        "descriptions": ("referral", "object_caption"),
        "both": ("scene_caption", "referral", "object_caption"),
    }[texts]
    sentences: dict[str, list[Utterance]] = {scene_id: [] for scene_id in scene_ids}
    for kind in kinds:
        for utterance in store.utterances(kind=kind):
            if utterance.scene_id in sentences:
                sentences[utterance.scene_id].append(utterance)
    targets = {}
    for scene_id, spoken in sentences.items():
        row_of = store.objects(scene_id).row_of
        rows = [
            row_of.get(u.target_ids[0], -1) if u.kind != "scene_caption" and len(u.target_ids) == 1 else -1
            for u in spoken
        ]
        pooled = features.pooled([u.text for u in spoken])
        targets[scene_id] = SceneTargets(features.scene(scene_id).images, pooled, np.array(rows, np.int64))
    return targets
