"""Batches of GPS on points: a referral and, where there is one, a caption of its scene per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.losses.gps.words import IGNORE, MaskingConfig, mask_words
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.gps.objects import ObjectConfig, PointObjects, point_objects, turn


@dataclass(frozen=True, eq=False)
class PointBatch:
    """B rows of up to N objects, L referral tokens and M caption tokens.

    Attributes:
        points: (B, N, P, 6), location (B, N, 6), mask (B, N): the objects; padding is zero.
        label: (B, N) int64 row of each label in the label table, -100 for padding and unknown ones.
        ids, text_mask: (B, L) referral tokens, some of them hidden; words: (B, L) the hidden ones, `IGNORE` elsewhere.
        caption, caption_mask: (B, M) tokens of a scene caption; has_caption: (B,) bool.
        scene: (B,) int64, equal numbers for equal scenes, over all batches.
        target: (B, N) bool.
    """

    points: Tensor
    location: Tensor
    mask: Tensor
    label: Tensor
    ids: Tensor
    text_mask: Tensor
    words: Tensor
    caption: Tensor
    caption_mask: Tensor
    has_caption: Tensor
    scene: Tensor
    target: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> PointBatch:
        """Copy on another device."""
        return PointBatch(*(getattr(self, f.name).to(device, non_blocking=non_blocking) for f in fields(self)))


@dataclass(frozen=True, eq=False)
class PointItem:
    """A sentence, the objects of its scene and a caption ("" for none)."""

    objects: PointObjects
    scene: int
    sentence: Utterance
    caption: str
    seed: tuple[int, ...]


class ReferralDataset(Dataset[PointItem]):
    """One sentence per item, sources balanced by weight; scenes are opened when visited and only their objects read.

    Args:
        sources: name -> referrals; weights: name -> share of items, whatever the sizes of the sources.
        captions: scene id -> captions of it.
        scene: scene id -> scene (memory-mapped).
        items: length of an epoch; default: the number of sentences.
        rotate: quarter turns at random, except for sentences whose `fixed_view` says that turning makes them false.
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
        items: int = 0,
        rotate: bool = True,
    ) -> None:
        self.pools = [(name, pool) for name, pool in sources.items() if len(pool) and weights[name] > 0]
        if not self.pools:
            raise SceneglotError("nothing to train on: no source has a sentence")
        share = np.array([weights[name] for name, _ in self.pools], np.float64)
        self.share = share / share.sum()
        self.captions, self.scene, self.config, self.seed, self.rotate = captions, scene, config, seed, rotate
        names = sorted({s.scene_id for _, pool in self.pools for s in pool})
        self.number = {name: index for index, name in enumerate(names)}
        self.items = items or sum(len(pool) for _, pool in self.pools)

    def __len__(self) -> int:
        return self.items

    def __getitem__(self, key: tuple[int, int]) -> PointItem:
        epoch, index = key
        seed = (self.seed, epoch, index)
        rng = np.random.default_rng(seed)
        pool = self.pools[int(rng.choice(len(self.pools), p=self.share))][1]
        sentence = pool[int(rng.integers(len(pool)))]
        objects = point_objects(self.scene(sentence.scene_id), self.config, rng, frozenset(sentence.target_ids))
        if self.rotate and not fixed_view(sentence):
            objects = turn(objects, int(rng.integers(4)))
        told = self.captions.get(sentence.scene_id, ())
        caption = told[int(rng.integers(len(told)))] if len(told) else ""
        return PointItem(objects, self.number[sentence.scene_id], sentence, caption, seed)


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
        labels: label -> row of the label table.
        masking: None hides nothing (evaluation).
        max_words, max_caption: tokens kept (GPS: 50 and 300).
    """

    def __init__(
        self,
        tokenizer: Any,
        labels: Mapping[str, int],
        masking: MaskingConfig | None,
        *,
        max_words: int = 50,
        max_caption: int = 300,
    ) -> None:
        self.tokenizer, self.labels, self.masking = tokenizer, labels, masking
        self.max_words, self.max_caption = max_words, max_caption

    def __call__(self, items: list[PointItem]) -> PointBatch:
        ids, text_mask = self.tokens([item.sentence.text for item in items], self.max_words)
        caption, caption_mask = self.tokens([item.caption for item in items], self.max_caption)
        hidden, words = ids, torch.full_like(ids, IGNORE)
        if self.masking is not None:
            generator = torch.Generator().manual_seed(int(np.random.SeedSequence(items[0].seed).generate_state(1)[0]))
            special = torch.isin(ids, torch.tensor(self.tokenizer.all_special_ids))
            found = mask_words(
                ids, text_mask & ~special, self.tokenizer.mask_token_id, len(self.tokenizer), generator, self.masking
            )
            hidden, words = found.ids, found.labels
        points, location, mask, label, target = self._objects(items)
        return PointBatch(
            points=points,
            location=location,
            mask=mask,
            label=label,
            ids=hidden,
            text_mask=text_mask,
            words=words,
            caption=caption,
            caption_mask=caption_mask,
            has_caption=torch.tensor([bool(item.caption) for item in items]),
            scene=torch.tensor([item.scene for item in items], dtype=torch.long),
            target=target,
        )

    def tokens(self, texts: Sequence[str], most: int) -> tuple[Tensor, Tensor]:
        """(B, L) int64 ids and (B, L) bool mask."""
        found = self.tokenizer(list(texts), truncation=True, max_length=most, padding=True, return_tensors="pt")
        return found["input_ids"], found["attention_mask"].bool()

    def _objects(self, items: list[PointItem]) -> tuple[Tensor, ...]:
        count, per = max(len(item.objects) for item in items), items[0].objects.points.shape[1]
        shape = (len(items), count)
        points, location = np.zeros((*shape, per, 6), np.float32), np.zeros((*shape, 6), np.float32)
        mask, target, label = np.zeros(shape, bool), np.zeros(shape, bool), np.full(shape, -100, np.int64)
        for row, item in enumerate(items):
            k = len(item.objects)
            points[row, :k], location[row, :k], mask[row, :k] = item.objects.points, item.objects.location, True
            target[row, :k] = np.isin(item.objects.ids, item.sentence.target_ids)
            label[row, :k] = [self.labels.get(text, -100) for text in item.objects.labels]
        points, location, mask, label, target = map(torch.from_numpy, (points, location, mask, label, target))
        return points, location, mask, label, target
