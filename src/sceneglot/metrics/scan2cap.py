"""Scan2Cap (Chen et al., CVPR 2021): captions of detected objects, scored at an IoU threshold ("m@kIoU").

For every described object the proposal that overlaps it most speaks; where it overlaps by less than k, an empty
caption is scored instead. Every metric is then the plain mean over all described objects.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.metrics.bleu import bleu
from sceneglot.metrics.cider import cider
from sceneglot.metrics.grounding import THRESHOLDS, box_iou
from sceneglot.metrics.meteor import Meteor
from sceneglot.metrics.rouge import rouge_l
from sceneglot.metrics.wordnet import WordNet

START, END = "sos", "eos"
"""The released code scores captions with these marks around them; an empty caption is "sos eos"."""


@dataclass(frozen=True, eq=False)
class Captioned:
    """Proposals of one scene: boxes (P, 6), centre and full size in metres, and P tokenised captions."""

    boxes: np.ndarray
    captions: Sequence[str]


@dataclass(frozen=True, eq=False)
class Described:
    """A described object: box (6,) and its tokenised reference captions."""

    scene_id: Hashable
    box: np.ndarray
    references: Sequence[str]


def speakers(objects: Sequence[Described], proposals: Mapping[Any, Captioned]) -> list[tuple[str, float]]:
    """Caption of the proposal that overlaps each described object most, and its IoU; ("", 0) where there is none.

    A scene without an entry in `proposals` has none.
    """
    found = []
    for thing in objects:
        near = proposals.get(thing.scene_id)
        if near is None or not len(near.captions):
            found.append(("", 0.0))
            continue
        overlap = box_iou(near.boxes, np.tile(thing.box, (len(near.captions), 1)))
        best = int(overlap.argmax())
        found.append((near.captions[best], float(overlap[best])))
    return found


def score(
    objects: Sequence[Described],
    proposals: Mapping[Any, Captioned],
    thresholds: Sequence[float] = THRESHOLDS,
    wordnet: WordNet | None = None,
) -> dict[str, float]:
    """CIDEr (times 100), BLEU-4, METEOR and ROUGE-L (percent) at each threshold, and the share of objects found.

    Objects whose best proposal overlaps them by less than the threshold have an empty caption.

    Args:
        wordnet: METEOR's synonyms; without them the column is "METEOR-es", see `meteor.score`.

    Raises:
        SceneglotError: no object is described.
    """
    if not objects:
        raise SceneglotError("scan2cap: there is no described object to score")
    references = [[mark(text) for text in thing.references] for thing in objects]
    found = speakers(objects, proposals)
    result: dict[str, float] = {}
    meteor = Meteor(wordnet)
    for k in thresholds:
        marked = [mark(text if overlap >= k else "") for text, overlap in found]
        result |= {
            f"CIDEr@{k:g}": 100 * cider(marked, references)[0],
            f"BLEU-4@{k:g}": 100 * bleu(marked, references)[3],
            f"{meteor.name}@{k:g}": 100 * meteor(marked, references)[0],
            f"ROUGE-L@{k:g}": 100 * rouge_l(marked, references)[0],
            f"found@{k:g}": 100 * sum(overlap >= k for _, overlap in found) / len(found),
        }
    return result


def mark(text: str) -> str:
    """A caption with its start and end marks."""
    return " ".join([START, *text.split(), END])
