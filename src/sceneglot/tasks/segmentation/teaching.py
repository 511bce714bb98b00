"""What a frozen image-text teacher sees of every region of a scene: the targets of vision-language pre-training.

Rendered views are encoded, and the patch features of all pixels that show a region are averaged. Regions instead of
points: a few hundred rows per scene instead of a hundred thousand, kept as

    <store>/features/<teacher>/regions/<regions>-<fingerprint>/<scene id>.safetensors     feature (R, E) float16
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.rendering import render
from sceneglot.rendering.lift import lift
from sceneglot.scenes import Scene
from sceneglot.scenes.kept import kept
from sceneglot.scenes.scene import check_scene_id
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.regions import StoreRegions
from sceneglot.teachers import Teacher, folder_name, load_teacher

VIEWS = 8
"""Renders per scene."""


def region_features(scene: Scene, region: np.ndarray, teacher: Teacher, views: int = VIEWS) -> np.ndarray:
    """(R, E) float32 mean patch feature over all pixels that show a region; zero where none does.

    Args:
        region: (N,) integers 0..R-1.
    """
    count = int(region.max(initial=-1)) + 1
    pictures = render(scene, views=views, size=(2 * teacher.image_size, 2 * teacher.image_size))
    shown = []
    for view in pictures:
        assert view.point is not None  # renders always know their points
        shown.append(replace(view, point=np.where(view.point >= 0, region[view.point], -1)))
    patches = teacher.encode_images([view.rgb for view in pictures]).patches
    return lift(shown, patches, count)[0]


class StoreTeaching:
    """Scene id -> (R, E) float32 targets, computed when first asked for and kept in the store.

    Raises:
        SceneglotError: when called: kept targets are of other regions than the scene has now.
    """

    def __init__(
        self, store: Store, regions: StoreRegions, teacher: str, load: Callable[[str], Teacher] = load_teacher
    ) -> None:
        self.store, self.regions, self.name, self._load = store, regions, teacher, load

    @cached_property
    def teacher(self) -> Teacher:
        """The frozen encoder."""
        return self._load(self.name)

    def __call__(self, scene_id: str) -> np.ndarray:
        path, region = self.path(scene_id), self.regions(scene_id)

        def look(scene: Scene) -> dict[str, np.ndarray]:
            return {"feature": region_features(scene, region, self.teacher).astype(np.float16)}

        feature = kept(path, lambda: self.store.scene(scene_id), look).map()["feature"].astype(np.float32)
        if len(feature) != int(region.max(initial=-1)) + 1:
            raise SceneglotError(f"{path}: features of other regions than the scene has now; delete the file")
        return feature

    def path(self, scene_id: str) -> Path:
        """Where the targets of a scene are kept."""
        kind = f"{self.regions.config.digest()}-{self.teacher.fingerprint}"
        folder = self.store.feature_dir(folder_name(self.name)) / "regions" / kind
        return folder / f"{check_scene_id(scene_id)}.safetensors"
