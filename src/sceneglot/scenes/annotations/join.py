"""Joining annotations to the scenes of a store: by scan id and object ids, telling what did not fit and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sceneglot.scenes.annotations.annotation import Annotation, bare_scan, spaced
from sceneglot.scenes.annotations.poses import PoseFrame
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance

NO_SCENE = "is about a scene that the store does not hold"
NO_OBJECTS = "is about a scene whose objects the store does not know"
NO_OBJECT = "names an object that its scene lacks"
OTHER_LABEL = "calls its target otherwise than the scene does (imported all the same)"
REPEATED = "has an id that came before (imported with a number added)"
NO_POSE = "has a pose that is left out, for lack of its scan's alignment (--scans) or of the scene's points"

_MAX_EXAMPLES = 3


@dataclass
class Tally:
    """How often each thing happened, with the first few examples."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, example: str) -> None:
        """Count it once more."""
        self.counts[what] += 1
        shown = self.examples.setdefault(what, [])
        if len(shown) < _MAX_EXAMPLES:
            shown.append(example)


class Joiner:
    """Puts annotations on the scenes of a store.

    Args:
        store: its scene ids may carry the name of the data set in front, and so may the annotations'.
        frame: brings poses into the scene frame.
        unfiltered: also take the rows that the official loaders leave out, as long as they have a target.

    Attributes:
        dropped: why rows were left out.
        noted: what was odd about rows that were taken.
    """

    def __init__(self, store: Store, frame: PoseFrame, *, unfiltered: bool = False) -> None:
        self.store, self.frame, self.unfiltered = store, frame, unfiltered
        self.dropped, self.noted = Tally(), Tally()
        self._scenes = {bare_scan(scene_id): scene_id for scene_id in store.scene_ids}
        self._scenes |= {scene_id: scene_id for scene_id in store.scene_ids}

    def join(self, annotation: Annotation) -> Utterance | None:
        """The utterance about a scene of the store, or None, counted in `dropped`."""
        utterance = annotation.utterance
        if annotation.skip and not (self.unfiltered and _can_be_kept(annotation)):
            return self._drop(annotation.skip, utterance.id)
        scene_id = self._scenes.get(utterance.scene_id) or self._scenes.get(bare_scan(utterance.scene_id))
        if scene_id is None:
            return self._drop(NO_SCENE, utterance.scene_id)
        mentioned = (*utterance.target_ids, *utterance.anchor_ids)
        labels = self._labels(scene_id) if mentioned or annotation.needs_label else {}
        if mentioned and not labels:
            return self._drop(NO_OBJECTS, scene_id)
        unknown = [i for i in mentioned if i not in labels]
        if unknown:
            return self._drop(NO_OBJECT, f"{utterance.id}: {unknown[0]} in {scene_id}")
        if annotation.target_label and utterance.target_ids:
            self._compare(annotation, labels[utterance.target_ids[0]])
        text = utterance.text
        if annotation.needs_label:
            text = text.replace("{target}", labels[utterance.target_ids[0]])
            text = text.replace("{anchor}", labels[utterance.anchor_ids[0]])
        joined = replace(utterance, scene_id=scene_id, text=text)
        return self._placed(joined)

    def _placed(self, joined: Utterance) -> Utterance:
        """With the pose in the scene's frame, or without it."""
        if joined.position is None and joined.heading is None:
            return joined
        placed = self.frame.place(joined)
        if placed.position is None:
            self.noted.add(NO_POSE, joined.id)
        return placed

    def _drop(self, why: str, example: str) -> None:
        self.dropped.add(why, example)

    def _compare(self, annotation: Annotation, label: str) -> None:
        told = annotation.target_label.lower()
        if told != spaced(label).lower():
            self.noted.add(OTHER_LABEL, f"{annotation.utterance.id}: {told!r}, in the scene {label!r}")

    @lru_cache(maxsize=4096)  # noqa: B019  (a joiner lives as long as one import)
    def _labels(self, scene_id: str) -> dict[int, str]:
        objects = self.store.objects(scene_id)
        return {int(i): label for i, label in zip(objects.id, objects.label)}


def _can_be_kept(annotation: Annotation) -> bool:
    """Without a target a referral would teach that nothing is meant."""
    return bool(annotation.utterance.target_ids) or annotation.utterance.kind == "scene_caption"
