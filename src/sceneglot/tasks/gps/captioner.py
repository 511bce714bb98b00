"""A trained captioner as users meet it: a scan with objects in, a sentence about each of them out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.caption_search import SearchConfig, beam_search
from sceneglot.nets.gps.objects import ObjectTokens
from sceneglot.nets.loading import load_matching
from sceneglot.scenes import Scene, Utterance
from sceneglot.tasks.augment import scene_rng
from sceneglot.tasks.gps.caption_net import END, START, CaptionSpec, PointCaptioner
from sceneglot.tasks.gps.data import PointCollator, PointItem
from sceneglot.tasks.gps.objects import fitting, has_objects, point_objects
from sceneglot.tasks.gps.predict import SLOTS


@dataclass(frozen=True)
class ObjectCaption:
    """What was written about an object.

    Attributes:
        id: of the object; label: the name its points look like.
        score: geometric mean of the probabilities of the words, 0..1.
    """

    id: int
    text: str
    label: str
    score: float


class Captioner:
    """A captioner with its tokenizer.

    Args:
        spec: description of the network; tensors: its weights.
        beams: of the search; 1 takes the likeliest word each time.
    """

    def __init__(self, spec: CaptionSpec, tensors: Mapping[str, Tensor], beams: int = 1) -> None:
        tools = spec.gps.tools()
        self.spec, self.beams = spec, beams
        self.net = spec.build(tools)
        load_matching(self.net, tensors)
        self.net.eval()
        self.collate = PointCollator(tools.tokenizer, spec.gps.labels, None)

    def describe(self, scene: Scene, ids: Sequence[int] | None = None) -> tuple[ObjectCaption, ...]:
        """A caption of every object of a scan, or of some; labels are not looked at.

        Walls, floor, ceiling and objects without points have none. Objects of a scan without instance labels are all
        that is inside their boxes.

        Raises:
            SceneglotError: a scan without points or objects, or an id that cannot be described.
        """
        if not len(scene) or not len(scene.objects):
            raise SceneglotError(f"scene {scene.id}: has no points or no objects, and this network looks at both")
        return write_captions(self.net, self.collate, self.spec, scene, ids, self.beams)

    def can_describe(self, scene: Scene) -> bool:
        """Whether there is any object to write about: what a detector finds may be nothing, or boxes around nothing."""
        return bool(len(scene)) and has_objects(scene, fitting(self.spec.gps.objects, scene))


@torch.no_grad()
def write_captions(
    net: PointCaptioner,
    collate: PointCollator,
    spec: CaptionSpec,
    scene: Scene,
    ids: Sequence[int] | None = None,
    beams: int = 1,
) -> tuple[ObjectCaption, ...]:
    """See `Captioner.describe`; leaves the net in evaluation mode."""
    net.eval()
    everything = replace(fitting(spec.gps.objects, scene), most=SLOTS)
    objects = point_objects(scene, everything, scene_rng(0, 0, scene.id))
    row_of = {int(object_id): row for row, object_id in enumerate(objects.ids)}
    if unknown := [i for i in ids or () if i not in row_of]:
        raise SceneglotError(f"scene {scene.id}: object {unknown[0]} is unknown, has no points, or is a wall or floor")
    rows = torch.tensor([row_of[i] for i in ids] if ids is not None else list(row_of.values()), dtype=torch.long)
    device = next(net.parameters()).device
    batch = collate([PointItem(objects, 0, (Utterance("", scene.id, "object_caption", ""),))]).to(device)
    placed, named = net.place(batch)
    likely = named.likely_rows()[0].tolist()
    one = torch.zeros(len(rows), dtype=torch.long, device=device)
    search = SearchConfig(beams, spec.longest)

    def next_word(caption: Tensor, words: Tensor) -> Tensor:
        seen: ObjectTokens = placed.rows(one[caption])
        return net.decoder(seen, rows.to(device)[caption], words)[:, -1].log_softmax(-1)

    found = beam_search(next_word, len(rows), START, END, search, device)
    return tuple(
        ObjectCaption(
            int(objects.ids[row]),
            spell(collate.tokenizer, [spec.word_ids[word] for word in caption.words]),
            spec.gps.names[likely[row]],
            float(torch.tensor(caption.score).exp()),
        )
        for row, caption in zip(rows.tolist(), found)
    )


def spell(tokenizer: Any, ids: Sequence[int]) -> str:
    """Tokens as a sentence, each of its sentences with a capital letter, decimals in one piece."""
    text = tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=True).strip()
    text = re.sub(r"(?<=\d)\. (?=\d)", ".", text)
    return ". ".join(part[:1].upper() + part[1:] for part in text.split(". "))
