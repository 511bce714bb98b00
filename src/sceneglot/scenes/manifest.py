"""The manifest of a store: format, origin, licence, counts, and one entry per scene, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sceneglot.errors import BadFileError
from sceneglot.scenes.scenefile import SceneHeader

FORMAT = "sceneglot-store"
FORMAT_VERSION = 1
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class SceneEntry:
    """What the manifest knows about one scene."""

    split: str
    room_type: str
    num_points: int
    num_objects: int
    num_views: int


def entry_of(header: SceneHeader) -> SceneEntry:
    """What the manifest keeps of a scene's header."""
    return SceneEntry(header.split, header.room_type, header.num_points, header.num_objects, header.num_views)


def manifest_of(origin: str, licence: str, scenes: dict[str, SceneEntry], utterances: dict[str, int]) -> dict[str, Any]:
    """What is written as `manifest.json`; `utterances` counts the sentences of each file."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "origin": origin,
        "licence": licence,
        "label_space": {"objects": "raw text", "semantic": "nyu40"},
        "frame": "metres, right-handed, z up",
        "counts": {
            "scenes": len(scenes),
            "points": sum(entry.num_points for entry in scenes.values()),
            "objects": sum(entry.num_objects for entry in scenes.values()),
            "views": sum(entry.num_views for entry in scenes.values()),
            "utterances": dict(utterances),
        },
        "splits": {name: sum(entry.split == name for entry in scenes.values()) for name in SPLITS},
        "scenes": {scene_id: vars(entry) for scene_id, entry in scenes.items()},
    }


def load_manifest(path: Path) -> dict[str, Any]:
    """The manifest of the store at `path`, as it is written.

    Raises:
        BadFileError: no store, damaged JSON, or a format newer than this version reads.
    """
    file = path / "manifest.json"
    if not file.is_file():
        raise BadFileError(
            path,
            "is no sceneglot store: it has no manifest.json",
            "make one with sceneglot import or sceneglot generate",
        )
    try:
        manifest = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadFileError(file, f"is not valid JSON ({str(error)[:100]})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BadFileError(file, f'is not the manifest of a store: expected "format": "{FORMAT}"')
    version = manifest.get("version")
    if not isinstance(version, int) or version < 1:
        raise BadFileError(file, f"format version must be a positive whole number, found {version!r}")
    if version > FORMAT_VERSION:
        raise BadFileError(
            file, f"has format version {version}, this sceneglot reads up to {FORMAT_VERSION}", "upgrade sceneglot"
        )
    return manifest


def read_manifest(path: Path) -> dict[str, Any]:
    """Origin, licence and scenes (id -> `SceneEntry`) of the store at `path`.

    Raises:
        BadFileError: as `load_manifest`, or one of them is missing.
    """
    manifest = load_manifest(path)
    try:
        scenes = {str(name): SceneEntry(**entry) for name, entry in manifest["scenes"].items()}
        return {"origin": manifest["origin"], "licence": manifest["licence"], "scenes": scenes}
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFileError(path / "manifest.json", f"lacks what a manifest must hold ({error})") from error
