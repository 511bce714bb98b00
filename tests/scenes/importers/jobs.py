"""Scene loaders that behave badly; in a module of their own because workers import them by name."""

from __future__ import annotations

import os
import time

from tests.scenes.samples import sample_scene

from sceneglot.errors import BadFileError
from sceneglot.scenes import Scene


def bad_scene() -> Scene:
    """A file that cannot be read."""
    raise BadFileError("bad.ply", "is damaged")


def broken_scene() -> Scene:
    """An importer with a defect."""
    raise ZeroDivisionError("oops")


def dying_scene() -> Scene:
    """What the kernel does to a process that takes too much memory."""
    os._exit(9)


def slow_scene(scene_id: str, seconds: float) -> Scene:
    """Takes its time."""
    time.sleep(seconds)
    return sample_scene(scene_id, points=20)
