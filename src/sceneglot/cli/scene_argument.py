"""What users mean by a scene on the command line: a file, or a scene of a store."""

from __future__ import annotations

from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Scene


def load_scene(path: Path, scene_id: str = "") -> Scene:
    """Read a scene file, or one scene of a store.

    Raises:
        SceneglotError: the store holds several scenes and none was chosen, or not the chosen one.
    """
    from sceneglot.scenes.files import read_scene
    from sceneglot.scenes.store import Store, is_store

    if not is_store(path):
        return read_scene(path)
    store = Store.open(path)
    if not scene_id and len(store.scene_ids) == 1:
        scene_id = store.scene_ids[0]
    if not scene_id or not store.has(scene_id):
        some = ", ".join(store.scene_ids[:3]) or "no scene at all"
        asked = f"has no scene {scene_id!r}" if scene_id else f"holds {len(store.scene_ids)} scenes"
        raise SceneglotError(f"{path}: {asked}; name one with --scene-id (it has {some}, ...)")
    return store.scene(scene_id)
