"""What a teacher says about the scenes of a store at three levels, made when first asked for and kept beside it.

<store>/features/<teacher>/hierarchy/<digest of the settings>-<fingerprint>/<scene id>.safetensors
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes import Scene
from sceneglot.scenes.kept import kept
from sceneglot.scenes.scene import check_scene_id
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.regions import StoreRegions
from sceneglot.teachers import Teacher, folder_name, load_teacher
from sceneglot.teachers.hierarchy import HierarchyConfig, HierarchyTargets, teach


class StoreHierarchy:
    """Scene id -> `HierarchyTargets`; the objects are the largest regions, so that no label is needed."""

    def __init__(
        self,
        store: Store,
        regions: StoreRegions,
        teacher: str,
        config: HierarchyConfig,
        load: Callable[[str], Teacher] = load_teacher,
    ) -> None:
        self.store, self.regions, self.name, self.config, self._load = store, regions, teacher, config, load

    @cached_property
    def teacher(self) -> Teacher:
        """The frozen encoder."""
        return self._load(self.name)

    def __call__(self, scene_id: str) -> HierarchyTargets:
        path = self.path(scene_id)

        def look(scene: Scene) -> Mapping[str, np.ndarray]:
            return teach(scene, self.regions(scene_id), self.teacher, self.config).tensors()

        file = kept(path, lambda: self.store.scene(scene_id), look)
        try:
            targets = HierarchyTargets.of_tensors(file.map())
        except KeyError as error:
            raise BadFileError(path, f"holds no tensor named {error}", "delete it; it is made again") from error
        if len(targets.start) != self.store.header(scene_id).num_points + 1:
            raise BadFileError(path, "features of another version of the scene", "delete it; it is made again")
        return targets

    def path(self, scene_id: str) -> Path:
        """Where the targets of a scene are kept."""
        settings = json.dumps([asdict(self.config), self.regions.config.digest()], sort_keys=True)
        kind = f"{hashlib.sha256(settings.encode()).hexdigest()[:10]}-{self.teacher.fingerprint}"
        folder = self.store.feature_dir(folder_name(self.name)) / "hierarchy" / kind
        return folder / f"{check_scene_id(scene_id)}.safetensors"
