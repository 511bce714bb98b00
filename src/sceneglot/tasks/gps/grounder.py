"""A trained GPS on points as users meet it: a scan and a sentence in, the object meant out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.loading import load_matching
from sceneglot.scenes import Objects, Scene, Utterance
from sceneglot.tasks.gps.data import PointCollator
from sceneglot.tasks.gps.objects import fitting, has_objects
from sceneglot.tasks.gps.predict import Head, point_items, predict_points
from sceneglot.tasks.gps.spec import PointSpec
from sceneglot.tasks.grounding.predict import Grounded


class PointGrounder:
    """A network of stage 2 with its text encoder.

    Args:
        spec: description of the network; tensors: its weights.
        head: the one it was trained for.
    """

    def __init__(self, spec: PointSpec, tensors: Mapping[str, Tensor], head: Head = "similarity") -> None:
        tools = spec.tools()
        self.spec = spec
        self.head: Head = head
        self.net = spec.build(tools)
        load_matching(self.net, tensors)
        self.net.eval()
        self.collate = PointCollator(tools.tokenizer, spec.labels, None, answers=spec.answers)

    def ground(self, scene: Scene | Objects, sentence: str) -> Grounded:
        """The object that a sentence means, with the others ranked behind it; `Grounded.meant` holds all that it means.

        Labels are not looked at.

        Raises:
            SceneglotError: no words in the sentence, or the scene has no objects with points.
        """
        return self.ground_all(scene, [sentence])[0]

    def ground_all(self, scene: Scene | Objects, sentences: Sequence[str]) -> list[Grounded]:
        """Several sentences about one scene; objects without instance masks are all that is inside their boxes."""
        if not isinstance(scene, Scene) or not len(scene):
            raise SceneglotError("this grounder looks at points and the scene has none; use a run of 'train gps'")
        if not all(text.strip() for text in sentences):
            raise SceneglotError("the sentence is empty: say what to look for, as in 'the chair by the window'")
        asked = [Utterance(str(i), scene.id, "referral", text) for i, text in enumerate(sentences)]
        found = list(self.answers(asked, lambda _: scene))
        if found and not len(found[0].ids):
            raise SceneglotError(f"scene {scene.id}: none of its {len(scene.objects)} objects has points")
        return found

    def answers(self, sentences: Sequence[Utterance], scene: Callable[[str], Scene]) -> Iterator[Grounded]:
        """Ground sentences about several scenes, scene by scene; where a detector found nothing, nothing is ranked.

        Args:
            scene: scene id -> the scan with its objects.
        """
        found: dict[str, list[Utterance]] = {}
        for sentence in sentences:
            found.setdefault(sentence.scene_id, []).append(sentence)
        for scene_id, said in found.items():
            scan = scene(scene_id)
            objects = fitting(self.spec.objects, scan)
            if not has_objects(scan, objects):
                yield from (Grounded(sentence, *nothing()) for sentence in said)
                continue
            items = point_items(said, lambda _, scan=scan: scan, objects)
            yield from predict_points(self.net, items, self.collate, self.head)


def nothing() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids, scores and anchors of no candidate at all."""
    return np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32)


def with_boxes(scene: Scene, objects: Objects) -> Scene:
    """The scan with other objects, whose points are those inside their boxes."""
    return replace(scene, objects=objects, instance=None)
