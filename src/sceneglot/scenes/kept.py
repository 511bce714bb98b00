"""Files that hold what was computed of a scene, and that are made again once the scene is another one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from sceneglot.scenes.scene import Scene
from sceneglot.scenes.tensorfile import TensorFile, open_tensors, write_tensors

_KEY = "scene"
_COLUMNS = ("xyz", "rgb", "normal", "segment", "semantic")


def scene_digest(scene: Scene) -> str:
    """Short name of what regions and pictures of a scene are made from: positions, looks, segments, classes.

    About a millisecond per 60,000 points.
    """
    digest = hashlib.sha256(f"{len(scene)} {scene.has_color}".encode())
    for name in _COLUMNS:
        if (column := getattr(scene, name)) is not None:
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()[:32]


def kept(path: Path, read: Callable[[], Scene], make: Callable[[Scene], Mapping[str, np.ndarray]]) -> TensorFile:
    """The arrays of `make`, from the file where they are kept; made (again) where there is none of this scene.

    Files of earlier versions do not say which scene they are of. They are taken as they are; the caller checks sizes.

    Args:
        path: of the file. read: reads the scene. make: computes the arrays.

    Raises:
        BadFileError: a damaged file.
    """
    if path.exists():
        file = open_tensors(path)
        if _KEY not in file.metadata or file.metadata[_KEY] == scene_digest(read()):
            return file
    scene = read()
    write_tensors(path, make(scene), {_KEY: scene_digest(scene)})
    return open_tensors(path)
