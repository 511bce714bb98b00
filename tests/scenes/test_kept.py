"""What is kept of a scene is made once, and again when the scene has become another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.errors import BadFileError
from sceneglot.scenes import Objects, Scene
from sceneglot.scenes.kept import kept, scene_digest
from sceneglot.scenes.tensorfile import open_tensors, write_tensors


def lowest(scene: Scene) -> dict[str, np.ndarray]:
    return {"low": scene.xyz.min(0)}


def test_the_digest_follows_what_regions_and_pictures_are_made_from() -> None:
    scene = toy_scene(points=300)
    zeros = np.zeros(len(scene), np.int32)
    others = [
        replace(scene, xyz=scene.xyz + np.float32(1e-3)),
        replace(scene, rgb=scene.rgb[::-1]),
        replace(scene, has_color=False),
        replace(scene, normal=np.tile(np.array([0, 0, 1], np.float32), (len(scene), 1))),
        replace(scene, segment=zeros),
        replace(scene, semantic=zeros.astype(np.int16)),
        replace(scene, xyz=scene.xyz[:-1], rgb=scene.rgb[:-1], instance=None),
    ]
    digests = {scene_digest(other) for other in [scene, *others]}
    assert len(digests) == 1 + len(others)
    named = replace(scene, id="other", room_type="hall", instance=zeros, objects=Objects.empty())
    assert scene_digest(named) == scene_digest(scene) == scene_digest(toy_scene(points=300))


def test_made_once_and_again_for_another_scene(tmp_path: Path) -> None:
    scenes, path, made = [toy_scene(seed) for seed in (0, 5)], tmp_path / "kept.safetensors", []

    def make(scene: Scene) -> dict[str, np.ndarray]:
        made.append(scene)
        return lowest(scene)

    for scene in (scenes[0], toy_scene(0), scenes[1], scenes[1]):
        assert np.array_equal(kept(path, lambda scene=scene: scene, make).map()["low"], scene.xyz.min(0))
    assert made == scenes


def test_files_that_do_not_say_their_scene_are_taken_as_they_are(tmp_path: Path) -> None:
    path = write_tensors(tmp_path / "kept.safetensors", lowest(toy_scene(0)), {})

    def read() -> Scene:
        raise AssertionError("no need to read the scene")

    assert np.array_equal(kept(path, read, lowest).map()["low"], toy_scene(0).xyz.min(0))
    assert open_tensors(path).metadata == {}


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "kept.safetensors"
    path.write_bytes(b"cut short")
    with pytest.raises(BadFileError, match=r"kept\.safetensors"):
        kept(path, toy_scene, lowest)
