"""Detected objects in place of annotated ones (protocol "detected"), whatever kind of run finds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Objects, Scene
from sceneglot.scenes.store import Store
from sceneglot.tasks.gps.grounder import with_boxes
from sceneglot.tasks.gps.mask_proposals import MaskProposals
from sceneglot.tasks.gps.proposals import VoteNetProposals
from sceneglot.train.opened import opened

Finder = Callable[[Scene], Scene]
"""A scan -> the scan with the objects that were found in it. Instances bring masks along; boxes do not, and what is
inside them is theirs."""


def load_finder(run: str | Path) -> Finder:
    """The object finder of a run: instances of `ws3d* --instances`, boxes of `ws3d-detect`, `vqa` or `clip-pretrain`.

    Raises:
        SceneglotError: no such run, a damaged checkpoint, or one that finds no objects.
    """
    with opened(run) as checkpoint:
        if checkpoint.facts.get("task") == "segmentation":
            return MaskProposals(checkpoint.facts, checkpoint.tensors)
        boxes = VoteNetProposals(checkpoint.facts, checkpoint.tensors)
    return lambda scene: with_boxes(scene, boxes(scene))


class Detections:
    """What is found in the scenes of a store. Tables of objects are kept; masks only of the scene looked at last.

    Args:
        detector: run folder, see `load_finder`; None is refused with a hint.
    """

    def __init__(self, store: Store, detector: Path | None) -> None:
        if detector is None:
            raise SceneglotError(
                "protocol detected needs --detector RUN: a run of ws3d with --instances, of ws3d-detect, of "
                "clip-pretrain or of vqa"
            )
        self._store, self._find = store, load_finder(detector)
        self._objects: dict[str, Objects] = {}
        self._last: Scene | None = None

    def scene(self, scene_id: str) -> Scene:
        """The scan with the objects found in it."""
        if self._last is None or self._last.id != scene_id:
            self._last = self._find(self._store.scene(scene_id))
            self._objects[scene_id] = self._last.objects
        return self._last

    def objects(self, scene_id: str) -> Objects:
        """The objects alone."""
        return self._objects[scene_id] if scene_id in self._objects else self.scene(scene_id).objects
