"""What users mean by a scene on the command line: a file, a scene of a store, or one of a table of labelled boxes."""

from __future__ import annotations

import sys
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Scene


def load_scene(path: Path, scene_id: str = "") -> Scene:
    """Read a scene file, one scene of a store, or one of an object map (JSON, CSV or Parquet).

    What looks odd in a file (unit, up axis, place) is said on the error stream: no network says so by itself.

    Raises:
        SceneglotError: there are several scenes and none was chosen, or not the chosen one.
    """
    from sceneglot.scenes.files import read_scene
    from sceneglot.scenes.importers.objects import is_object_map, object_jobs
    from sceneglot.scenes.store import Store, is_store

    if is_object_map(path):
        jobs = {job.scene_id: job for job in object_jobs(path)}
        return jobs[_choose(path, scene_id, tuple(jobs))].load()
    if not is_store(path):
        scene = read_scene(path)
        say_notes(path, scene)
        _choose(path, scene_id, (scene.id,))
        return scene
    store = Store.open(path)
    return store.scene(_choose(path, scene_id, store.scene_ids))


def say_notes(path: Path, scene: Scene) -> None:
    """Tell what had to be decided when a file was read, and what looks odd in it."""
    for note in scene.source.notes:
        print(f"note: {path}: {note}", file=sys.stderr)


def _choose(path: Path, scene_id: str, known: tuple[str, ...]) -> str:
    """The scene that was named, or the only one there is."""
    if not scene_id and len(known) == 1:
        return known[0]
    if scene_id in known:
        return scene_id
    some = ", ".join(known[:3]) + ", ..." * (len(known) > 3) or "no scene at all"
    asked = f"has no scene {scene_id!r}" if scene_id else f"holds {len(known)} scenes"
    raise SceneglotError(f"{path}: {asked}; name one with --scene-id (it has {some})")
