"""Picture features on points, for networks with multi-view input: rendered, encoded, lifted, projected, cached."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from sceneglot.ops.neighbors import nearest
from sceneglot.rendering import render
from sceneglot.rendering.lift import lift, random_projection
from sceneglot.scenes import Scene
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import open_tensors, write_tensors
from sceneglot.teachers import Teacher, folder_name, load_teacher
from sceneglot.teachers.features import FeatureStore

VIEWS = 8
"""Renders per scene."""


def lift_scene(scene: Scene, teacher: Teacher, channels: int) -> np.ndarray:
    """(N, channels) float32: mean patch feature of the pixels each point won, through a fixed random projection.

    A point no picture shows takes the value of the nearest one that is shown.
    """
    import torch

    views = render(scene, views=VIEWS, size=(2 * teacher.image_size, 2 * teacher.image_size))
    patches = teacher.encode_images([view.rgb for view in views]).patches
    features, seen = lift(views, patches @ random_projection(patches.shape[2], channels), len(scene))
    if seen.any() and not seen.all():
        known = torch.from_numpy(scene.xyz[seen])[None]
        _, index = nearest(known, torch.from_numpy(scene.xyz[~seen])[None], 1)
        features[~seen] = features[seen][index[0, :, 0].numpy()]
    return features


def lifted_features(store: Store, teacher_name: str, channels: int) -> Callable[[str], np.ndarray] | None:
    """Scene id -> (N, channels) float16, computed when first asked for and kept in the store; None for no channels.

    They stay in their files, memory-mapped: in memory the features of ScanQA's 562 training scenes would take 10 GB.
    File names carry the fingerprint of the teacher's weights: features of another version are never taken for its own.
    """
    if not channels:
        return None
    fingerprint = FeatureStore.of(store, teacher_name).meta.fingerprint
    teacher = cache(lambda: load_teacher(teacher_name))

    def fetch(scene_id: str) -> np.ndarray:
        folder = store.feature_dir(folder_name(teacher_name)) / "points"
        path = folder / f"{scene_id}-{channels}-{fingerprint}.safetensors"
        if not path.exists():
            values = lift_scene(store.scene(scene_id), teacher(), channels).astype(np.float16)
            write_tensors(path, {"lifted": values}, {})
        return open_tensors(path).map()["lifted"]

    return fetch
