"""A trained segmentation network as users see it: scene in, named classes of all points out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.open_vocabulary import TextBank, prompts
from sceneglot.scenes import Scene
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.inference import InferenceConfig, Prediction, predict
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.spec import SegmentationSpec
from sceneglot.teachers import Teacher, load_teacher


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A labelled scene.

    Attributes:
        names: K classes or words. label: (N,) int64 row of `names`. confidence: (N,) float32 in 0..1.
    """

    scene_id: str
    names: tuple[str, ...]
    label: np.ndarray
    confidence: np.ndarray

    @property
    def counts(self) -> dict[str, int]:
        """Points of every name."""
        return dict(zip(self.names, np.bincount(self.label, minlength=len(self.names)).tolist()))


def text_bank(teacher: Teacher, names: Sequence[str]) -> TextBank:
    """Prompt ensembles of class names in a teacher's space."""
    sentences = [prompts(name) for name in names]
    flat = teacher.encode_texts([text for group in sentences for text in group]).pooled
    return TextBank.of_prompts(tuple(names), torch.from_numpy(flat).view(len(names), -1, flat.shape[1]))


class Segmenter:
    """A network with its weights, ready to use.

    Args:
        spec: as trained. tensors: its weights. looks: how closely to look at scenes; None: one look.

    Raises:
        SceneglotError: weights that do not fit the spec.
    """

    def __init__(
        self, spec: SegmentationSpec, tensors: Mapping[str, Tensor], looks: InferenceConfig | None = None
    ) -> None:
        self.spec, self.looks = spec, looks or InferenceConfig()
        self.net = SegmentationNet(spec)
        try:
            self.net.load_state_dict(dict(tensors))
        except RuntimeError as error:
            reason = str(error).split("\n")[1].strip()[:160] if "\n" in str(error) else str(error)[:160]
            raise SceneglotError(f"the checkpoint does not fit its own description: {reason}") from error
        self.net.eval()

    @cached_property
    def teacher(self) -> Teacher:
        """The frozen encoder whose space the run's points live in.

        Raises:
            SceneglotError: the run has none, or the teacher at hand is another version than it was trained with.
        """
        if not self.spec.teacher:
            raise SceneglotError("this run was trained without a teacher: it knows its own classes only, not words")
        teacher = load_teacher(self.spec.teacher)
        if teacher.fingerprint != self.spec.teacher_fingerprint:
            raise SceneglotError(
                f"teacher {self.spec.teacher!r} is another version than the run was trained with: its words mean "
                "something else there"
            )
        return teacher

    def predict(self, scene: Scene, words: Sequence[str] = ()) -> Prediction:
        """Probabilities of all points over the run's classes, or over words."""
        bank = text_bank(self.teacher, words) if words else None
        return predict(self.net, np.array(scene.xyz), point_features(scene, self.spec.inputs), self.looks, bank)

    def segment(self, scene: Scene, words: Sequence[str] = ()) -> Segmentation:
        """The likeliest class of the run, or the likeliest of some words, at every point.

        Raises:
            SceneglotError: a scene without points, or words asked of a run without a teacher.
        """
        if not len(scene):
            raise SceneglotError(f"scene {scene.id} has no points to segment")
        found = self.predict(scene, words)
        return Segmentation(scene.id, tuple(words) or self.spec.classes, found.label, found.confidence)
