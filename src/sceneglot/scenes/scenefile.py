"""One scene, one file: Scene <-> `scenes/<id>.safetensors`, and its photographs in `views/<id>.safetensors`.

The text header carries everything that is not an array (JSON under one key), the arrays are memory-mapped. Object
columns and point columns are separate tensors, so objects are read without touching the points.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.labels import object_nyu40
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene, Source
from sceneglot.scenes.tensorfile import TensorFile, open_tensors, write_tensors
from sceneglot.scenes.view import Camera, View

_KEY = "sceneglot"
_POINT_COLUMNS = ("xyz", "rgb", "normal", "segment", "instance", "semantic", "category", "intensity")
_OBJECT_COLUMNS = ("id", "center", "size", "color", "front", "parent")
_OBJECT_TEXTS = ("label", "material", "shape", "color_name", "state")
_LATER_TEXTS = ("state",)
"""Text columns that older files lack, and that are written only where something is known."""

_FIX = "delete it and run the command that made it again"


@dataclass(frozen=True)
class SceneHeader:
    """What a scene file says about its scene without any array being read.

    Attributes:
        split: "train", "val", "test" or "".
        num_points, num_objects, num_views: counts.
        text: the whole JSON header.
    """

    id: str
    split: str
    room_type: str
    num_points: int
    num_objects: int
    num_views: int
    text: dict[str, Any]
    file: TensorFile

    @property
    def source(self) -> Source:
        """Where the scene came from."""
        return Source(**{**self.text["source"], "notes": tuple(self.text["source"]["notes"])})


def write_scene(path: Path, scene: Scene, split: str) -> None:
    """Write the scene file (not its views), atomically; the same scene gives the same bytes."""
    text = {
        "id": scene.id,
        "split": split,
        "room_type": scene.room_type,
        "has_color": scene.has_color,
        "label_space": scene.label_space,
        "num_views": len(scene.views),
        "source": asdict(scene.source),
        "objects": {name: words for name, words in _texts(scene.objects) if any(words) or name not in _LATER_TEXTS},
    }
    arrays = {f"objects.{name}": getattr(scene.objects, name) for name in _OBJECT_COLUMNS}
    arrays["objects.nyu40"] = object_nyu40(scene)
    for name in _POINT_COLUMNS:
        if (column := getattr(scene, name)) is not None:
            arrays[f"points.{name}"] = column
    write_tensors(path, arrays, {_KEY: _dump(text)})


def _texts(objects: Objects) -> list[tuple[str, tuple[str, ...]]]:
    return [(name, getattr(objects, name)) for name in _OBJECT_TEXTS]


def read_header(path: Path) -> SceneHeader:
    """Open a scene file and check its header.

    Raises:
        BadFileError: missing, truncated, or not a scene file.
    """
    file = open_tensors(path)
    text = _load(file)
    try:
        header = SceneHeader(
            id=str(text["id"]),
            split=str(text["split"]),
            room_type=str(text["room_type"]),
            num_points=file.shape("points.xyz")[0],
            num_objects=file.shape("objects.id")[0],
            num_views=int(text["num_views"]),
            text=text,
            file=file,
        )
        complete = {"label", "material"} <= set(text["objects"]) and "has_color" in text and header.source is not None
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadFileError(path, f"its header is no scene header ({error!r})", _FIX) from error
    if not complete:
        raise BadFileError(path, "its header is no scene header (entries are missing)", _FIX)
    if header.id != path.name.removesuffix(".safetensors"):
        raise BadFileError(path, f"holds scene {header.id!r}: file and scene must have the same name", "rename it back")
    return header


def read_objects(header: SceneHeader) -> Objects:
    """The objects, reading only their bytes."""
    columns = header.file.read(f"objects.{name}" for name in _OBJECT_COLUMNS)
    values: dict[str, Any] = {name: columns[f"objects.{name}"] for name in _OBJECT_COLUMNS}
    values |= {name: tuple(header.text["objects"].get(name, ())) for name in _OBJECT_TEXTS}
    try:
        return Objects(**values)
    except SceneglotError as error:
        raise BadFileError(header.file.path, str(error), _FIX) from error


def read_object_nyu40(header: SceneHeader) -> np.ndarray:
    """(K,) int16 NYU40 class of each object, as decided when the scene was written."""
    return header.file.read(["objects.nyu40"])["objects.nyu40"]


def read_scene_file(header: SceneHeader, views: Path) -> Scene:
    """The whole scene; point columns are memory-mapped and read-only, views are read when looked at."""
    names = [name for name in _POINT_COLUMNS if f"points.{name}" in header.file]
    points = header.file.map(f"points.{name}" for name in names)
    try:
        return Scene(
            id=header.id,
            source=header.source,
            objects=read_objects(header),
            room_type=header.room_type,
            views=StoredViews(views, header.num_views) if header.num_views else (),
            has_color=bool(header.text["has_color"]),
            label_space=str(header.text.get("label_space", "")),  # may be absent
            **{name: points[f"points.{name}"] for name in names},
        )
    except (TypeError, SceneglotError) as error:
        if isinstance(error, BadFileError):
            raise
        raise BadFileError(header.file.path, str(error), _FIX) from error


def write_views(path: Path, views: Sequence[View]) -> None:
    """Write photographs with their cameras, atomically and one at a time in memory order."""
    text, arrays = [], {}
    for number, view in enumerate(views):
        camera = {key: value for key, value in asdict(view.camera).items() if key != "pose"}
        text.append({"name": view.name, "camera": camera})
        arrays[f"{number:05d}.pose"] = view.camera.pose
        for name in ("rgb", "depth", "point"):
            if (image := getattr(view, name)) is not None:
                arrays[f"{number:05d}.{name}"] = image
    write_tensors(path, arrays, {_KEY: _dump({"views": text})})


class StoredViews(Sequence[View]):
    """The photographs of a stored scene: the file is opened at the first look, a picture read when it is asked for."""

    def __init__(self, path: Path, count: int) -> None:
        self.path = path
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> View: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[View]: ...
    def __getitem__(self, index: int | slice) -> View | Sequence[View]:
        if isinstance(index, slice):
            return [self._view(number) for number in range(self._count)[index]]
        return self._view(range(self._count)[index])

    @cached_property
    def _file(self) -> tuple[TensorFile, list[dict[str, Any]]]:
        file = open_tensors(self.path)
        views = _load(file).get("views")
        if not isinstance(views, list) or len(views) != self._count:
            raise BadFileError(self.path, f"the scene promises {self._count} views, found another number", _FIX)
        return file, views

    def _view(self, number: int) -> View:
        file, texts = self._file
        prefix = f"{number:05d}."
        present = [name for name in ("pose", "rgb", "depth", "point") if prefix + name in file]
        arrays = file.map(prefix + name for name in present)
        images = {name: arrays[prefix + name] for name in present if name != "pose"}
        try:
            camera = Camera(**texts[number]["camera"], pose=arrays[prefix + "pose"])
            return View(name=texts[number]["name"], camera=camera, **images)
        except (KeyError, TypeError, SceneglotError) as error:
            raise BadFileError(self.path, f"view {number} is damaged ({error})", _FIX) from error


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _load(file: TensorFile) -> dict[str, Any]:
    try:
        value = json.loads(file.metadata[_KEY])
    except (KeyError, ValueError, RecursionError) as error:
        raise BadFileError(file.path, "is a safetensors file, but not one of a sceneglot store") from error
    if not isinstance(value, dict):
        raise BadFileError(file.path, "its sceneglot header is not a table", _FIX)
    return value
