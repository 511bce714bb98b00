"""Captions scored as in Scan2Cap, beside what a look at the class alone would have written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.language.lexicon import normalize
from sceneglot.metrics.ptb import ptb_tokenize
from sceneglot.metrics.scan2cap import Captioned, Described, score
from sceneglot.metrics.wordnet import find_wordnet
from sceneglot.scenes import Objects, Utterance
from sceneglot.tasks.gps.captioner import ObjectCaption
from sceneglot.tasks.grounding.data import ObjectSource


@dataclass(frozen=True)
class CommonCaptions:
    """The most frequent training caption, of all objects and of those of each label (normalised)."""

    overall: str
    of_label: Mapping[str, str]

    @classmethod
    def of(cls, captions: Iterable[Utterance], objects: ObjectSource) -> CommonCaptions:
        """Count them; of equally frequent ones the first by alphabet.

        Raises:
            SceneglotError: there is no caption.
        """
        counts: dict[str, Counter[str]] = {}
        for said in captions:
            table = objects(said.scene_id)
            for target in said.target_ids:
                if target in table.row_of:
                    label = normalize(table.label[table.row_of[target]])
                    counts.setdefault(label, Counter())[said.text] += 1
        if not counts:
            raise SceneglotError("there are no captions of objects to train on; run 'sceneglot describe'")
        whole = sum(counts.values(), Counter())
        return cls(_commonest(whole), {label: _commonest(found) for label, found in sorted(counts.items())})

    def about(self, label: str) -> str:
        """That of a label, or of all where the label was never described."""
        return self.of_label.get(normalize(label), self.overall)

    def facts(self) -> dict[str, Any]:
        """JSON-able."""
        return {"overall": self.overall, "of_label": dict(self.of_label)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> CommonCaptions:
        """Inverse of `facts`."""
        return cls(facts["overall"], dict(facts["of_label"]))


@dataclass(frozen=True)
class SceneCaptions:
    """Captions of one scene.

    Attributes:
        written: by the network; candidates: the objects they are about, annotated or detected.
        described: the annotated objects; references: id of each described one -> its captions.
    """

    scene_id: str
    written: Sequence[ObjectCaption]
    candidates: Objects
    described: Objects
    references: Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class CaptionScores:
    """Scan2Cap's scores, CIDEr times 100 and the others in percent, all of them means over the described objects.

    Attributes:
        protocol: "gt-boxes" or "detected".
        scores: of the network. common: of the most frequent training caption; likely: of that of the likeliest class;
            true_class: of that of the annotated class, None with detected boxes.
        objects, scenes: described ones.
        captions: scene id -> what was written.
    """

    protocol: str
    scores: Mapping[str, float]
    common: Mapping[str, float]
    likely: Mapping[str, float]
    true_class: Mapping[str, float] | None
    objects: int
    scenes: int
    captions: Mapping[str, Sequence[ObjectCaption]]

    def summary(self) -> dict[str, Any]:
        """JSON-able, with the captions."""
        return {
            "protocol": self.protocol,
            "scores": dict(self.scores),
            "common": dict(self.common),
            "likely": dict(self.likely),
            "true_class": None if self.true_class is None else dict(self.true_class),
            "objects": self.objects,
            "scenes": self.scenes,
            "captions": {scene_id: list(found) for scene_id, found in self.captions.items()},
        }


def caption_scores(scenes: Sequence[SceneCaptions], common: CommonCaptions, protocol: str) -> CaptionScores:
    """Score the network and the captions that a look at the class would have written.

    Raises:
        SceneglotError: no object is described, or one that its scene does not have.
    """
    described = [thing for scene in scenes for thing in _described(scene)]
    wordnet = find_wordnet()

    def scored(texts: Mapping[str, Sequence[str]]) -> dict[str, float]:
        spoken = {scene.scene_id: _captioned(scene, texts[scene.scene_id]) for scene in scenes}
        return score(described, spoken, wordnet=wordnet)

    true_class = None
    if protocol == "gt-boxes":
        true_class = scored({s.scene_id: [common.about(_label(s, c)) for c in s.written] for s in scenes})
    return CaptionScores(
        protocol,
        scored({s.scene_id: [c.text for c in s.written] for s in scenes}),
        scored({s.scene_id: [common.overall for _ in s.written] for s in scenes}),
        scored({s.scene_id: [common.about(c.label) for c in s.written] for s in scenes}),
        true_class,
        len(described),
        len(scenes),
        {s.scene_id: s.written for s in scenes},
    )


def _described(scene: SceneCaptions) -> list[Described]:
    if gone := [i for i in scene.references if i not in scene.described.row_of]:
        raise SceneglotError(
            f"scene {scene.scene_id}: captions speak of object {gone[0]}, which it does not have; they belong to other "
            "data, or its objects were imported in part"
        )
    boxes = np.concatenate([scene.described.center, scene.described.size], 1)
    return [
        Described(scene.scene_id, boxes[scene.described.row_of[i]], [ptb_tokenize(text) for text in texts])
        for i, texts in scene.references.items()
    ]


def _captioned(scene: SceneCaptions, texts: Sequence[str]) -> Captioned:
    rows = [scene.candidates.row_of[caption.id] for caption in scene.written]
    boxes = np.concatenate([scene.candidates.center[rows], scene.candidates.size[rows]], 1)
    return Captioned(boxes, [ptb_tokenize(text) for text in texts])


def _label(scene: SceneCaptions, caption: ObjectCaption) -> str:
    return scene.candidates.label[scene.candidates.row_of[caption.id]]


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda text: (-counts[text], text))
