"""Batches of GPS on points: some scenes with their objects, and some sentences about each.

The released code has one sentence per row and encodes a scene again for each of them; here a scene is encoded once for
all its sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.language.lexicon import normalize
from sceneglot.losses.gps.words import IGNORE, MaskingConfig, mask_words
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.gps.objects import ObjectConfig, PointObjects, point_objects, turn
from sceneglot.tasks.vqa.answers import AnswerVocabulary


@dataclass(frozen=True, eq=False)
class PointBatch:
    """S scenes of up to N objects with P points, Q sentences of L tokens about them, a caption of M tokens per scene.

    Attributes:
        points: (S, N, P, 6), location (S, N, 6), mask (S, N): the objects; padding is zero.
        label: (S, N) int64 row of each label in the label table, -100 for padding and unknown ones.
        caption, caption_mask: (S, M) tokens of a scene caption; has_caption: (S,) bool.
        scene: (S,) int64, equal numbers for equal scenes, over all batches.
        scene_of: (Q,) int64 row of each sentence's scene.
        ids, text_mask: (Q, L) tokens, some of them hidden; words: (Q, L) row of the word head for the hidden ones,
            `IGNORE` elsewhere.
        target: (Q, N) bool, what the sentence (or the answer) is about.
        about: (Q,) int64, equal numbers where the first target is one and the same object; -1 without a target.
        complete: (Q,) bool, whether all of that is among the objects: what is no target is then known not to be meant.
        answers: (Q, V) float32 targets of the answer head; V is 0 for referrals.
        vectors: (Q, T) frozen text vectors of the sentences; T is 0 but for the captions of stage 1.
    """

    points: Tensor
    location: Tensor
    mask: Tensor
    label: Tensor
    caption: Tensor
    caption_mask: Tensor
    has_caption: Tensor
    scene: Tensor
    scene_of: Tensor
    ids: Tensor
    text_mask: Tensor
    words: Tensor
    target: Tensor
    about: Tensor
    complete: Tensor
    answers: Tensor
    vectors: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> PointBatch:
        """Copy on another device."""
        return PointBatch(*(getattr(self, f.name).to(device, non_blocking=non_blocking) for f in fields(self)))


@dataclass(frozen=True, eq=False)
class PointItem:
    """The objects of a scene, sentences about it and a caption ("" for none)."""

    objects: PointObjects
    scene: int
    sentences: tuple[Utterance, ...]
    caption: str = ""
    seed: tuple[int, ...] = (0,)


class SpokenScenes(Dataset[PointItem]):
    """A scene and some sentences about it per item; scenes are opened when visited and only their objects read.

    The first sentence is drawn among all sentences of a source, so that scenes are visited as often as they are spoken
    of, as in GPS; the others are about the same scene. Sources are balanced by weight, whatever their sizes.

    Args:
        sources: name -> sentences; weights: name -> share of items.
        captions: scene id -> captions of it.
        scene: scene id -> scene (memory-mapped).
        per_scene: sentences per item.
        items: length of an epoch; default: as many as show each sentence once on average.
        rotate: quarter turns at random, unless `fixed_view` says that turning makes one of the sentences false.
    """

    def __init__(
        self,
        sources: Mapping[str, Sequence[Utterance]],
        weights: Mapping[str, float],
        captions: Mapping[str, Sequence[str]],
        scene: Callable[[str], Scene],
        config: ObjectConfig,
        seed: int,
        *,
        per_scene: int = 1,
        items: int = 0,
        rotate: bool = True,
    ) -> None:
        pools = {name: pool for name, pool in sources.items() if len(pool) and weights[name] > 0}
        if not pools:
            raise SceneglotError("nothing to train on: no source has a sentence")
        share = np.array([weights[name] for name in pools], np.float64)
        self.pools, self.share = list(pools.values()), share / share.sum()
        self.captions, self.scene, self.config, self.seed, self.rotate = captions, scene, config, seed, rotate
        self.by_scene: dict[str, list[list[Utterance]]] = {}
        for index, pool in enumerate(self.pools):
            for sentence in pool:
                self.by_scene.setdefault(sentence.scene_id, [[] for _ in self.pools])[index].append(sentence)
        self.number = {name: index for index, name in enumerate(sorted(self.by_scene))}
        self.per_scene = per_scene
        self.items = items or -(-sum(map(len, self.pools)) // per_scene)

    def __len__(self) -> int:
        return self.items

    def __getitem__(self, key: tuple[int, int]) -> PointItem:
        epoch, index = key
        seed = (self.seed, epoch, index)
        rng = np.random.default_rng(seed)
        pool = self.pools[int(rng.choice(len(self.pools), p=self.share))]
        sentences = self._with_others(pool[int(rng.integers(len(pool)))], rng)
        scene_id = sentences[0].scene_id
        spoken = frozenset(i for s in sentences for i in s.target_ids)
        objects = point_objects(self.scene(scene_id), self.config, rng, spoken)
        if self.rotate and not any(map(fixed_view, sentences)):
            objects = turn(objects, int(rng.integers(4)))
        told = self.captions.get(scene_id, ())
        caption = told[int(rng.integers(len(told)))] if len(told) else ""
        return PointItem(objects, self.number[scene_id], sentences, caption, seed)

    def _with_others(self, first: Utterance, rng: np.random.Generator) -> tuple[Utterance, ...]:
        """The first sentence and others about its scene, by the weights of the sources that speak of it."""
        pools = self.by_scene[first.scene_id]
        share = self.share * [bool(pool) for pool in pools]
        chosen = rng.choice(len(pools), self.per_scene - 1, p=share / share.sum())
        return (first, *(pools[c][int(rng.integers(len(pools[c])))] for c in chosen))


def fixed_view(sentence: Utterance) -> bool:
    """Whether turning the scene makes a sentence false.

    Our own view-dependent sentences speak for a viewer in the middle of the room, who turns with it; people's may lean
    on the axes of the scan they were shown.
    """
    return sentence.view_dependent and sentence.source.startswith("human:")


class PointCollator:
    """Stack objects, tokenize, hide words.

    Args:
        tokenizer: of the text encoder (transformers).
        labels: normalised label -> row of the label table.
        masking: None hides nothing (evaluation).
        answers: vocabulary of the answer head, for questions.
        word_ids: tokens the word head knows, in its order; hidden words that are none of them do not count. Empty: all.
        embed: texts -> (Q, T) frozen vectors, where stage 1 learns from captions of objects.
        blind: hide all objects: what a network learns from it, it learns from language alone.
        max_words, max_caption: tokens kept (GPS: 50 and 300).
    """

    def __init__(
        self,
        tokenizer: Any,
        labels: Mapping[str, int],
        masking: MaskingConfig | None,
        *,
        answers: AnswerVocabulary | None = None,
        word_ids: Sequence[int] = (),
        embed: Callable[[Sequence[str]], Tensor] | None = None,
        blind: bool = False,
        max_words: int = 50,
        max_caption: int = 300,
    ) -> None:
        self.tokenizer, self.labels, self.masking, self.answers = tokenizer, labels, masking, answers
        self.embed = embed
        self.blind, self.max_words, self.max_caption = blind, max_words, max_caption
        self.place = torch.full((len(tokenizer),), IGNORE)
        self.place[list(word_ids) or slice(None)] = torch.arange(len(word_ids) or len(tokenizer))

    def __call__(self, items: list[PointItem]) -> PointBatch:
        spoken = [(row, sentence) for row, item in enumerate(items) for sentence in item.sentences]
        texts = [asked_text(sentence) for _, sentence in spoken]
        ids, text_mask = self.tokens(texts, self.max_words)
        caption, caption_mask = self.tokens([item.caption for item in items], self.max_caption)
        hidden, words = self._hide(ids, text_mask, items[0].seed)
        points, location, mask, label = self._objects(items)
        target = np.zeros((len(spoken), mask.shape[1]), bool)
        for number, (row, sentence) in enumerate(spoken):
            known = items[row].objects.ids
            target[number, : len(known)] = np.isin(known, sentence.target_ids)
        return PointBatch(
            points=points,
            location=location,
            mask=mask,
            label=label,
            caption=caption,
            caption_mask=caption_mask,
            has_caption=torch.tensor([bool(item.caption) for item in items]),
            scene=torch.tensor([item.scene for item in items], dtype=torch.long),
            scene_of=torch.tensor([row for row, _ in spoken], dtype=torch.long),
            ids=hidden,
            text_mask=text_mask,
            words=words,
            target=torch.from_numpy(target),
            about=_about(items, [row for row, _ in spoken], target),
            complete=torch.tensor([target[i].sum() == len(set(s.target_ids)) for i, (_, s) in enumerate(spoken)]),
            answers=self._answers([sentence for _, sentence in spoken]),
            vectors=self.embed(texts) if self.embed is not None else torch.zeros(len(texts), 0),
        )

    def tokens(self, texts: Sequence[str], most: int) -> tuple[Tensor, Tensor]:
        """(B, L) int64 ids and (B, L) bool mask."""
        found = self.tokenizer(list(texts), truncation=True, max_length=most, padding=True, return_tensors="pt")
        return found["input_ids"], found["attention_mask"].bool()

    def _hide(self, ids: Tensor, text_mask: Tensor, seed: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Ids with some hidden, and the hidden ones; special tokens stay."""
        if self.masking is None:
            return ids, torch.full_like(ids, IGNORE)
        generator = torch.Generator().manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
        special = torch.isin(ids, torch.tensor(self.tokenizer.all_special_ids))
        mask_id, size = self.tokenizer.mask_token_id, len(self.tokenizer)
        found = mask_words(ids, text_mask & ~special, mask_id, size, generator, self.masking)
        return found.ids, torch.where(found.labels == IGNORE, IGNORE, self.place[found.labels.clamp_min(0)])

    def _answers(self, sentences: Sequence[Utterance]) -> Tensor:
        if self.answers is None:
            return torch.zeros(len(sentences), 0)
        return torch.from_numpy(np.stack([self.answers.targets(s.answers) for s in sentences]))

    def _objects(self, items: list[PointItem]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        count, per = max(len(item.objects) for item in items), items[0].objects.points.shape[1]
        shape = (len(items), count)
        points, location = np.zeros((*shape, per, 6), np.float32), np.zeros((*shape, 6), np.float32)
        mask, label = np.zeros(shape, bool), np.full(shape, -100, np.int64)
        for row, item in enumerate(items):
            k = 0 if self.blind else len(item.objects)
            points[row, :k], location[row, :k], mask[row, :k] = item.objects.points[:k], item.objects.location[:k], True
            label[row, :k] = [self.labels.get(normalize(text), -100) for text in item.objects.labels[:k]]
        return torch.from_numpy(points), torch.from_numpy(location), torch.from_numpy(mask), torch.from_numpy(label)


def _about(items: Sequence[PointItem], rows: Sequence[int], target: np.ndarray) -> Tensor:
    """(Q,) see `PointBatch.about`; an object keeps its number where its scene occurs several times in a batch.

    Args:
        rows: (Q,) item of each sentence; target: (Q, N) bool.
    """
    known = [(items[row].scene, int(items[row].objects.ids[first])) for row, first in zip(rows, target.argmax(1))]
    number = {thing: index for index, thing in enumerate(dict.fromkeys(known))}
    told = [bool(row.any()) for row in target]
    return torch.tensor([number[thing] if yes else -1 for thing, yes in zip(known, told)], dtype=torch.long)


def asked_text(sentence: Utterance) -> str:
    """What the network reads: the sentence, after the situation it is asked from where there is one (SQA3D)."""
    return f"{sentence.situation} {sentence.text}" if sentence.situation else sentence.text
