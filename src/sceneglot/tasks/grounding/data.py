"""Batches for grounding on object maps: some scenes, and some sentences about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.language.drills.layout import is_candidate
from sceneglot.language.lexicon import normalize
from sceneglot.nets.gps.map_geometry import MapObjects
from sceneglot.nets.gps.phrases import Words
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.words import PhraseBook

ObjectSource = Callable[[str], Objects]
"""Scene id -> its objects (`Store.objects`)."""


@dataclass(frozen=True, eq=False)
class GroundingBatch:
    """S scenes with up to N candidates, Q sentences.

    Attributes:
        objects: the candidates' boxes.
        label: (S, N, T) float32 unit vectors of their labels, zeros where padded.
        scene_of: (Q,) int64, scene of each sentence.
        words: the sentences.
        target, anchor, kind: (Q, N) bool: objects meant, objects mentioned, objects labelled like one that is meant.
    """

    objects: MapObjects
    label: Tensor
    scene_of: Tensor
    words: Words
    target: Tensor
    anchor: Tensor
    kind: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> GroundingBatch:
        """Copy on another device."""
        return GroundingBatch(*(part.to(device, non_blocking=non_blocking) for part in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Candidates:
    """The objects of a scene that can be pointed at, and the extent of everything in it.

    Attributes:
        scene_id: its name; objects: the candidates, `rows` their rows in the scene's table.
        room: (2, 3) float32, lower and upper corner over all objects, walls and floor included.
    """

    scene_id: str
    objects: Objects
    rows: np.ndarray
    room: np.ndarray

    @classmethod
    def of(cls, scene_id: str, objects: Objects) -> Candidates:
        """All objects but walls, floor and ceiling.

        Raises:
            SceneglotError: there is none.
        """
        rows = np.array([row for row, label in enumerate(objects.label) if is_candidate(label)], np.int64)
        if not len(rows):
            raise SceneglotError(f"scene {scene_id}: has no labelled object to point at")
        return cls(scene_id, objects.select(rows), rows, np.stack([objects.low.min(0), objects.high.max(0)]))

    def crop(self, count: int, sentences: Sequence[Utterance], rng: np.random.Generator) -> Candidates:
        """At most about `count` objects: all that share a label with one that is spoken of, then random others."""
        if len(self.rows) <= count:
            return self
        spoken = {i for s in sentences for i in (*s.target_ids, *s.anchor_ids)}
        labels = {self.objects.label[self.objects.row_of[i]] for i in spoken if i in self.objects.row_of}
        needed = np.array([label in labels for label in self.objects.label])
        others = rng.permutation(np.flatnonzero(~needed))[: max(0, count - int(needed.sum()))]
        keep = np.sort(np.concatenate([np.flatnonzero(needed), others]))
        return Candidates(self.scene_id, self.objects.select(keep), self.rows[keep], self.room)


@dataclass(frozen=True, eq=False)
class SceneSentences:
    """One scene and what is said about it."""

    scene: Candidates
    sentences: tuple[Utterance, ...]


class SentenceDataset(Dataset[SceneSentences]):
    """A scene per item, with sentences drawn from several sources by weight; a pure function of (seed, epoch, index).

    Only the sentences stay in memory; the objects of a scene are read when it is visited.

    Args:
        sources: name -> sentences.
        weights: name -> share of draws; sources that a scene lacks leave their share to the others.
        objects: scene id -> objects.
        per_scene: sentences drawn per visit.
        max_objects: crowded scenes are cropped to about as many, see `Candidates.crop`.
    """

    def __init__(
        self,
        sources: Mapping[str, Sequence[Utterance]],
        weights: Mapping[str, float],
        objects: ObjectSource,
        per_scene: int,
        seed: int,
        *,
        max_objects: int = 40,
    ) -> None:
        self.objects, self.per_scene, self.seed, self.max_objects = objects, per_scene, seed, max_objects
        by_scene: dict[str, dict[str, list[Utterance]]] = {}
        for name, sentences in sources.items():
            for sentence in sentences:
                if weights[name] > 0:
                    by_scene.setdefault(sentence.scene_id, {}).setdefault(name, []).append(sentence)
        if not by_scene:
            raise SceneglotError("nothing to train on: no scene of the training split has a sentence")
        self.scene_ids = tuple(sorted(by_scene))
        self.by_scene, self.weights = by_scene, dict(weights)

    def __len__(self) -> int:
        return len(self.scene_ids)

    def __getitem__(self, key: tuple[int, int]) -> SceneSentences:
        epoch, index = key
        scene_id = self.scene_ids[index]
        rng = np.random.default_rng((self.seed, epoch, index))
        pools = self.by_scene[scene_id]
        share = np.array([self.weights[name] for name in pools])
        chosen = rng.choice(len(share), self.per_scene, p=share / share.sum())
        lists = list(pools.values())
        drawn = tuple(lists[c][int(rng.integers(len(lists[c])))] for c in chosen)
        scene = Candidates.of(scene_id, self.objects(scene_id))
        return SceneSentences(scene.crop(self.max_objects, drawn, rng), drawn)


class GroundingCollator:
    """Stack scenes and look up sentences."""

    def __init__(self, book: PhraseBook) -> None:
        self.book = book

    def __call__(self, items: list[SceneSentences]) -> GroundingBatch:
        scenes = [item.scene for item in items]
        count = max(len(scene.rows) for scene in scenes)
        spoken = [(index, sentence) for index, item in enumerate(items) for sentence in item.sentences]
        marks = np.zeros((3, len(spoken), count), bool)
        for row, (index, sentence) in enumerate(spoken):
            objects = scenes[index].objects
            target = [objects.row_of[i] for i in sentence.target_ids if i in objects.row_of]
            anchor = [objects.row_of[i] for i in sentence.anchor_ids if i in objects.row_of]
            labels = {normalize(objects.label[i]) for i in target}
            marks[0, row, target], marks[1, row, anchor] = True, True
            marks[2, row, [i for i, text in enumerate(objects.label) if normalize(text) in labels]] = True
        target, anchor, kind = torch.from_numpy(marks)
        return GroundingBatch(
            objects=stack_maps(scenes, count),
            label=self.label_vectors(scenes, count),
            scene_of=torch.tensor([index for index, _ in spoken], dtype=torch.long),
            words=self.book.look_up([sentence.text for _, sentence in spoken]),
            target=target,
            anchor=anchor,
            kind=kind,
        )

    def label_vectors(self, scenes: Sequence[Candidates], count: int) -> Tensor:
        """(S, count, T) float32."""
        vectors = np.zeros((len(scenes), count, self.book.width), np.float32)
        for index, scene in enumerate(scenes):
            vectors[index, : len(scene.rows)] = self.book.labels(scene.objects.label)
        return torch.from_numpy(vectors)


def stack_maps(scenes: Sequence[Candidates], count: int) -> MapObjects:
    """Boxes of several scenes, padded to `count` objects."""
    shape = (len(scenes), count)
    center, size, color = (np.zeros((*shape, 3), np.float32) for _ in range(3))
    front, kind, mask = np.zeros((*shape, 2), np.float32), np.full(shape, -1, np.int64), np.zeros(shape, bool)
    for index, scene in enumerate(scenes):
        objects, k = scene.objects, len(scene.rows)
        center[index, :k], size[index, :k], color[index, :k] = objects.center, objects.size, objects.color / 255
        front[index, :k] = np.nan_to_num(objects.front[:, :2])
        names = {text: number for number, text in enumerate(dict.fromkeys(map(normalize, objects.label)))}
        kind[index, :k] = [names[normalize(text)] for text in objects.label]
        mask[index, :k] = True
    room = np.stack([scene.room for scene in scenes]).astype(np.float32)
    return MapObjects(*(torch.from_numpy(a) for a in (center, size, color, front, kind, mask, room)))
