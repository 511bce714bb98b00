"""Object maps: a JSON table of labelled boxes per scene, without any points."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.source import DatasetCard, Importer, Job
from sceneglot.scenes.importers.splits import read_splits
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.packed import read_unpacked
from sceneglot.scenes.scene import Scene, Source


@dataclass(frozen=True)
class ObjectMapOptions:
    """Choices for object maps."""

    splits: Path | None = None
    """Folder with lists named like scannetv2_train.txt, one scene id a line."""


def object_jobs(src: Path, options: ObjectMapOptions = ObjectMapOptions()) -> list[Job]:
    """One job per scene of a file `{scene id: [object, ...]}` (.json or .json.gz).

    An object has `id`, `label`, `center` and `size` (x, y, z in metres, z up). It may have `rgb` (0..255), the words
    `material`, `shape`, `color_name` and `state` ("open"), and `front_point`, the middle of its front face: the front
    is the horizontal direction to it from the centre of `obb`, the oriented box (centre x, y, z first) that it belongs
    to, or from `center` where there is none.

    Raises:
        BadFileError: unreadable, or not of this form.
    """
    src = Path(src)
    if src.is_dir():
        raise BadFileError(src, "is a folder, expected a file {scene id: [objects]} (.json or .json.gz)")
    try:
        table = json.loads(read_unpacked(src))
    except (ValueError, RecursionError) as error:
        raise BadFileError(src, f"cannot be read as JSON ({str(error)[:100]})") from error
    if not isinstance(table, dict) or not all(isinstance(rows, list) for rows in table.values()):
        raise BadFileError(src, "expected a table {scene id: [objects]}")
    if not table:
        raise BadFileError(src, "holds no scene")
    split_of = read_splits(options.splits) if options.splits else {}
    return [
        Job(scene_id, partial(_scene, src, scene_id, rows), split_of.get(scene_id, ""), (src,))
        for scene_id, rows in sorted(table.items())
    ]


def _scene(src: Path, scene_id: str, rows: list[dict[str, Any]]) -> Scene:
    try:
        objects = Objects(
            id=np.array([int(row["id"]) for row in rows], np.int32),
            label=tuple(_text(row["label"]) for row in rows),
            center=np.array([row["center"] for row in rows], np.float64).reshape(-1, 3),
            size=np.array([row["size"] for row in rows], np.float64).reshape(-1, 3),
            color=np.array([_rgb(row.get("rgb")) for row in rows], np.uint8).reshape(-1, 3),
            front=np.array([_front(row) for row in rows]).reshape(-1, 3),
            material=_words(rows, "material"),
            shape=_words(rows, "shape"),
            color_name=_words(rows, "color_name"),
            state=_words(rows, "state"),
        )
        nothing = np.zeros((0, 3), np.float32)
        source = Source("objects", src.name)
        return Scene(scene_id, nothing, nothing.astype(np.uint8), source, objects=objects, has_color=False)
    except KeyError as error:
        raise BadFileError(src, f"scene {scene_id}: an object has no {error}") from error
    except (TypeError, ValueError, OverflowError, AttributeError, SceneglotError) as error:
        raise BadFileError(src, f"scene {scene_id}: objects cannot be understood ({error})") from error


def _text(value: Any, name: str = "label") -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is {str(value)[:20]!r}, expected text")
    return value


def _words(rows: list[dict[str, Any]], name: str) -> tuple[str, ...]:
    return tuple(_text(row.get(name) or "", name) for row in rows)


def _rgb(value: Any) -> tuple[int, ...]:
    if value is None:
        return (128, 128, 128)
    r, g, b = (min(255, max(0, round(float(channel)))) for channel in value)
    return (r, g, b)


def _front(row: dict[str, Any]) -> np.ndarray:
    """(3,) horizontal unit vector from the middle of the box to the point in front; NaN where there is none."""
    if row.get("front_point") is None:
        return np.full(3, np.nan)
    x, y, _ = (float(value) for value in row["front_point"])
    from_x, from_y = (float(value) for value in (row.get("obb") or row["center"])[:2])
    direction = np.array([x - from_x, y - from_y, 0.0])
    length = float(np.linalg.norm(direction))
    return direction / length if np.isfinite(length) and length > 1e-6 else np.full(3, np.nan)


IMPORTER = Importer(
    DatasetCard("an object map: JSON of labelled boxes per scene", "unknown"), ObjectMapOptions, object_jobs
)
