"""Batches for grounding on object maps: some scenes, and some sentences about each."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.language.drills import Driller, as_utterance
from sceneglot.language.drills.layout import is_candidate
from sceneglot.language.lexicon import normalize
from sceneglot.nets.gps.map_geometry import MapObjects
from sceneglot.nets.gps.phrases import Words
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.words import PhraseBook

DRILLS = "drills"
"""Source name of the drills."""

DOORS = frozenset({"door", "doors", "doorframe", "door frame", "doorway"})
"""Labels of what one enters a room through."""

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
        complete: (Q,) bool, whether all objects meant are candidates: what is no target is then known not to be meant.
    """

    objects: MapObjects
    label: Tensor
    scene_of: Tensor
    words: Words
    target: Tensor
    anchor: Tensor
    kind: Tensor
    complete: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> GroundingBatch:
        """Copy on another device."""
        return GroundingBatch(*(part.to(device, non_blocking=non_blocking) for part in vars(self).values()))


def candidate_rows(objects: Objects) -> np.ndarray:
    """(K,) int64 rows of all objects but walls, floor and ceiling."""
    return np.array([row for row, label in enumerate(objects.label) if is_candidate(label)], np.int64)


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
        rows = candidate_rows(objects)
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


class SentenceDataset(Dataset[list[SceneSentences]]):
    """Some scenes of like size per item, with sentences about each; a pure function of (seed, epoch, index).

    Sentences come from utterances in memory and, fresh at every visit, from drills. The objects of a scene are read
    when it is visited for the first time and kept: boxes and names are small.

    Args:
        sources: name -> sentences.
        weights: name -> share of draws; sources that a scene lacks leave their share to the others. The share of
            `DRILLS` is drilled.
        objects: scene id -> objects.
        scene_ids: scenes to visit; those about which nothing can be said are left out.
        per_scene: sentences drawn per visit.
        group: scenes per item.
        max_objects: crowded scenes are cropped to about as many, see `Candidates.crop`.

    Raises:
        SceneglotError: nothing can be said about any scene.
    """

    def __init__(
        self,
        sources: Mapping[str, Sequence[Utterance]],
        weights: Mapping[str, float],
        objects: ObjectSource,
        scene_ids: Sequence[str],
        per_scene: int,
        seed: int,
        *,
        group: int = 1,
        max_objects: int = 32,
    ) -> None:
        self.per_scene, self.seed, self.group, self.max_objects = per_scene, seed, group, max_objects
        self.weights = {name: share for name, share in weights.items() if share > 0}
        said: dict[str, dict[str, list[Utterance]]] = {}
        for name in sorted(set(sources) & set(self.weights)):
            for sentence in sources[name]:
                said.setdefault(sentence.scene_id, {}).setdefault(name, []).append(sentence)
        self.topics = [
            topic
            for scene_id in sorted(set(scene_ids))
            if (topic := Topic.of(scene_id, objects(scene_id), said.get(scene_id, {}), DRILLS in self.weights))
        ]
        if not self.topics:
            raise SceneglotError("nothing to train on: no scene of the training split has a sentence")

    def __len__(self) -> int:
        return -(-len(self.topics) // self.group)

    def __getitem__(self, key: tuple[int, int]) -> list[SceneSentences]:
        epoch, index = key
        chosen = self._order(epoch)[index * self.group : (index + 1) * self.group]
        return [self._visit(self.topics[at], epoch, int(at)) for at in chosen]

    def _order(self, epoch: int) -> np.ndarray:
        """The scenes by size, with enough noise for other company in every epoch: little of a batch is padding."""
        rng = np.random.default_rng((self.seed, epoch))
        sizes = np.array([min(len(topic.scene.rows), 2 * self.max_objects) for topic in self.topics])
        return np.argsort(sizes * rng.uniform(0.85, 1.15, len(sizes)), kind="stable")

    def _visit(self, topic: Topic, epoch: int, at: int) -> SceneSentences:
        rng = np.random.default_rng((self.seed, epoch, at))
        names = [name for name in self.weights if name in topic.said or (name == DRILLS and topic.driller)]
        share = np.array([self.weights[name] for name in names])
        chosen = rng.choice(len(names), self.per_scene, p=share / share.sum())
        pool = random.Random(int(rng.integers(2**62)))
        drawn = tuple(topic.draw(names[c], pool) for c in chosen)
        return SceneSentences(topic.scene.crop(self.max_objects, drawn, rng), drawn)


@dataclass(frozen=True, eq=False)
class Topic:
    """A scene and everything that can be said about it.

    Attributes:
        scene: its candidates; objects: all there is.
        said: source -> utterances about it, at least one each.
        driller: makes drills; None where there are none.
    """

    scene: Candidates
    objects: Objects
    said: Mapping[str, Sequence[Utterance]]
    driller: Driller | None

    @classmethod
    def of(cls, scene_id: str, objects: Objects, said: Mapping[str, Sequence[Utterance]], drill: bool) -> Topic | None:
        """None where there is nothing to say."""
        driller = Driller(objects) if drill else None
        if not said and not driller:
            return None
        return cls(Candidates.of(scene_id, objects), objects, said, driller or None)

    def draw(self, name: str, rng: random.Random) -> Utterance:
        """A sentence of one source."""
        if name in self.said:
            return rng.choice(self.said[name])
        assert self.driller is not None
        drilled = self.driller.draw(rng.randrange(len(self.driller)), rng)
        return as_utterance(drilled, self.objects, "", self.scene.scene_id, 0)


class GroundingCollator:
    """Stack scenes and look up sentences."""

    def __init__(self, book: PhraseBook) -> None:
        self.book = book

    def __call__(self, groups: Sequence[SceneSentences | list[SceneSentences]]) -> GroundingBatch:
        items = [item for group in groups for item in (group if isinstance(group, list) else [group])]
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
        known = [scenes[index].objects.row_of.keys() >= set(sentence.target_ids) for index, sentence in spoken]
        return GroundingBatch(
            objects=stack_maps(scenes, count),
            label=self.label_vectors(scenes, count),
            scene_of=torch.tensor([index for index, _ in spoken], dtype=torch.long),
            words=self.book.look_up([sentence.text for _, sentence in spoken]),
            target=target,
            anchor=anchor,
            kind=kind,
            complete=torch.tensor(known),
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
    front, kind = np.zeros((*shape, 2), np.float32), np.full(shape, -1, np.int64)
    mask, door = np.zeros(shape, bool), np.zeros(shape, bool)
    for index, scene in enumerate(scenes):
        objects, k = scene.objects, len(scene.rows)
        center[index, :k], size[index, :k], color[index, :k] = objects.center, objects.size, objects.color / 255
        front[index, :k] = np.nan_to_num(objects.front[:, :2])
        names = {text: number for number, text in enumerate(dict.fromkeys(map(normalize, objects.label)))}
        kind[index, :k] = [names[normalize(text)] for text in objects.label]
        mask[index, :k] = True
        door[index, :k] = [normalize(text) in DOORS for text in objects.label]
    room = np.stack([scene.room for scene in scenes]).astype(np.float32)
    return MapObjects(*(torch.from_numpy(a) for a in (center, size, color, front, kind, mask, room, door)))
