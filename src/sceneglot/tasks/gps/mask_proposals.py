"""Instances of a trained segmentation in place of annotated objects: masks give every object its points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Objects, Scene
from sceneglot.scenes.scene import NO_INSTANCE
from sceneglot.tasks.instances.decode import SceneInstances, find_instances
from sceneglot.tasks.segmentation.segmenter import Segmenter
from sceneglot.tasks.segmentation.spec import SegmentationSpec

MOST = 50
"""Of a scan; GPS takes the first 50 of Mask3D's."""


class MaskProposals:
    """Instances found by a run of `ws3d* --instances`: scan -> the scan with them as its objects.

    Args:
        facts, tensors: of the checkpoint.
        most: the surest ones are kept; min_points: smaller ones are dropped.

    Raises:
        SceneglotError: a checkpoint of another task, or of a network that finds no instances.
    """

    def __init__(
        self, facts: Mapping[str, Any], tensors: Mapping[str, Tensor], most: int = MOST, min_points: int = 50
    ) -> None:
        spec = SegmentationSpec.from_facts(facts)
        if not spec.instances:
            raise SceneglotError("the detector of this run finds no instances: train it with --instances")
        self.segmenter = Segmenter(spec, tensors)
        self.most, self.min_points = most, min_points

    def __call__(self, scene: Scene) -> Scene:
        """The surest instances, the surest first; ids count from 0, labels are classes, boxes fit the points.

        Raises:
            SceneglotError: the scene has no points.
        """
        if not len(scene):
            raise SceneglotError(f"scene {scene.id}: has no points to find objects in")
        spec = self.segmenter.spec
        prediction = self.segmenter.predict(scene)
        found = find_instances(scene.xyz, prediction, spec.stuff, spec.voxel, self.min_points)
        return with_masks(scene, found, spec.classes, self.most)


def with_masks(scene: Scene, found: SceneInstances, classes: tuple[str, ...], most: int = MOST) -> Scene:
    """The scan with the `most` surest of its found instances in place of its objects."""
    kept = np.argsort(-found.score, kind="stable")[:most]
    number = np.full(len(found.score) + 1, NO_INSTANCE, np.int32)  # the last one is for points of no instance
    number[kept] = np.arange(len(kept), dtype=np.int32)
    instance = number[found.instance]
    center, size, color = np.zeros((3, len(kept), 3), np.float32)
    for row in range(len(kept)):
        inside = instance == row
        low, high = scene.xyz[inside].min(0), scene.xyz[inside].max(0)
        center[row], size[row], color[row] = (low + high) / 2, high - low, scene.rgb[inside].mean(0)
    names = tuple(classes[int(found.label[row])] for row in kept)
    objects = Objects(np.arange(len(kept)), names, center, size, color.astype(np.uint8))
    return replace(scene, objects=objects, instance=instance)
