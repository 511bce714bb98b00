"""Frozen image-text encoders behind one protocol: the embedded one, and any CLIP or SigLIP checkpoint."""

from __future__ import annotations

from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.teachers.base import TOWER, ImageFeatures, Teacher, TextFeatures, folder_name, model_id_of

__all__ = ["ImageFeatures", "Teacher", "TextFeatures", "folder_name", "load_teacher"]


def load_teacher(name: str = "embedded", *, device: str = "cpu") -> Teacher:
    """Load a teacher by name.

    Args:
        name: "embedded" (offline, ships with the package), "rooms:FILE" (the same with an image tower of one's own, see
            `sceneglot train rooms-teacher` and `rooms-patches`), "clip:ID" or "siglip:ID", or a bare ID, where ID is a
            hub id such as "openai/clip-vit-base-patch32" or a local folder.
        device: torch device.

    Raises:
        SceneglotError: unknown name, missing extra, or a model that can neither be found nor fetched.
    """
    if name == "embedded" or name.startswith(TOWER):
        from sceneglot.teachers.embedded import WEIGHTS, EmbeddedTeacher

        weights = Path(name.removeprefix(TOWER)) if name.startswith(TOWER) else WEIGHTS
        return EmbeddedTeacher(weights, device=device)
    model_id = model_id_of(name)
    if not model_id.strip():
        raise SceneglotError(
            f"teacher {name!r}: expected embedded, rooms:FILE, clip:ID, siglip:ID, a hub id or a folder"
        )
    from sceneglot.teachers.clip import ClipTeacher

    return ClipTeacher(model_id, device=device)
