"""Store: a data set as a folder that any tool can open.

    manifest.json                  format version, origin, licence, label space, counts, one entry per scene
    scenes/<id>.safetensors        points and objects of one scene, memory-mapped
    views/<id>.safetensors         posed photographs of a scene, where it has some
    objects.parquet                all objects of all scenes, one row each
    utterances/<name>.parquet      sentences and questions, one file per origin
    features/<teacher>/            cached teacher features

Every file is written to a temporary name and renamed, so an interrupted run leaves whole files and continues where it
stopped. Several processes may add different scenes at once; one of them calls `finish` at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sceneglot.atomic import atomic_path, is_leftover, remove_leftovers, write_json
from sceneglot.errors import SceneglotError
from sceneglot.scenes import tables
from sceneglot.scenes.manifest import SPLITS, SceneEntry, entry_of, load_manifest, manifest_of, read_manifest
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene, check_scene_id
from sceneglot.scenes.scenefile import (
    SceneHeader,
    read_header,
    read_object_nyu40,
    read_objects,
    read_scene_file,
    write_scene,
    write_views,
)
from sceneglot.scenes.utterance import Utterance

_SUFFIX = ".safetensors"


class Store:
    """A folder of scenes, sentences and features; open one with `Store.open`, begin or continue one with `create`.

    Attributes:
        path: the folder.
        origin: what made it ("scannet", "rooms", ...).
        licence: SPDX id or the name of the terms of use of its content.
        listed_ids: scenes in the manifest, as it was last written by `finish`; `scene_ids` are those that are there.
    """

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.origin = str(manifest["origin"])
        self.licence = str(manifest["licence"])
        self._listed: dict[str, SceneEntry] = manifest["scenes"]
        self.listed_ids = tuple(self._listed)
        self._ids: tuple[str, ...] | None = None

    @classmethod
    def create(cls, path: str | Path, *, origin: str, licence: str) -> Store:
        """Begin a store in a new or empty folder, or continue an interrupted or finished one of the same origin.

        Raises:
            SceneglotError: the folder holds something else, or a store of another origin.
        """
        path = Path(path)
        if (path / "manifest.json").exists():
            store = cls.open(path)
            if store.origin != origin:
                raise SceneglotError(
                    f"{path}: is a store of origin {store.origin!r}, not {origin!r}; choose another folder"
                )
            return store
        try:
            path.mkdir(parents=True, exist_ok=True)
            if not all(map(is_leftover, path.iterdir())):
                raise SceneglotError(f"{path}: is not empty and not a sceneglot store; choose a new folder")
            # First: whoever is killed behind it leaves a store that can be continued.
            write_json(path / "manifest.json", manifest_of(origin, licence, {}, {}), sort_keys=True)
            (path / "scenes").mkdir(exist_ok=True)
        except OSError as error:
            raise SceneglotError(f"{path}: cannot make a store here ({error.strerror or error})") from error
        return cls(path, {"origin": origin, "licence": licence, "scenes": {}})

    @classmethod
    def open(cls, path: str | Path) -> Store:
        """Open an existing store, finished or not.

        Raises:
            BadFileError: no store, a damaged manifest, or a format newer than this version reads.
        """
        path = Path(path)
        return cls(path, read_manifest(path))

    def __len__(self) -> int:
        return len(self.scene_ids)

    def __iter__(self) -> Iterator[Scene]:
        return (self.scene(scene_id) for scene_id in self.scene_ids)

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r}, origin={self.origin!r}, {len(self)} scenes)"

    @property
    def scene_ids(self) -> tuple[str, ...]:
        """Ids of all scenes whose file is there, sorted. Listed once; `add` and `finish` refresh the list."""
        if self._ids is None:
            names = (path.name for path in (self.path / "scenes").glob("*" + _SUFFIX))
            self._ids = tuple(sorted(name.removesuffix(_SUFFIX) for name in names if not name.startswith(".")))
        return self._ids

    def split(self, name: str) -> tuple[str, ...]:
        """Ids of the scenes of a split: "train", "val", "test", or "" for the scenes that belong to none."""
        if name not in ("", *SPLITS):
            raise SceneglotError(f"{self.path}: no split is called {name!r}, only {', '.join(SPLITS)}")
        return tuple(scene_id for scene_id in self.scene_ids if self.entry(scene_id).split == name)

    def entry(self, scene_id: str) -> SceneEntry:
        """Split, room type and counts of a scene, from the manifest (or its header while the store is unfinished)."""
        if scene_id not in self._listed:
            self._listed[scene_id] = entry_of(self.header(scene_id))
        return self._listed[scene_id]

    def has(self, scene_id: str) -> bool:
        """Whether the scene is there, whole."""
        return self._scene_path(scene_id).exists()

    def header(self, scene_id: str) -> SceneHeader:
        """The text part of a scene file; reads no array.

        Raises:
            SceneglotError: no such scene.
            BadFileError: its file is damaged.
        """
        path = self._scene_path(scene_id)
        if not path.exists():
            some = ", ".join(self.scene_ids[:3])
            raise SceneglotError(f"{self.path}: has no scene {scene_id!r}; it has {len(self)} scenes ({some}, ...)")
        return read_header(path)

    def scene(self, scene_id: str) -> Scene:
        """The scene; its arrays are read-only memory-mapped views, its photographs are read when looked at."""
        return read_scene_file(self.header(scene_id), self._views_path(scene_id))

    def objects(self, scene_id: str) -> Objects:
        """The objects of a scene, without touching its points."""
        return read_objects(self.header(scene_id))

    def object_nyu40(self, scene_id: str) -> np.ndarray:
        """(K,) int16 NYU40 class of each object (majority of its points, else its label), 0 unknown."""
        return read_object_nyu40(self.header(scene_id))

    def add(self, scene: Scene, *, split: str = "", replace: bool = False) -> None:
        """Write a scene, atomically. A scene that is already there is kept as it is unless `replace`."""
        if split not in ("", *SPLITS):
            raise SceneglotError(
                f"scene {scene.id}: split must be one of {', '.join(SPLITS)} or empty, found {split!r}"
            )
        if self.has(scene.id) and not replace:
            return
        try:
            if len(scene.views):  # before the scene, whose file says that everything is there
                write_views(self._views_path(scene.id), scene.views)
            write_scene(self._scene_path(scene.id), scene, split)
        except OSError as error:
            raise SceneglotError(f"{self.path}: cannot write scene {scene.id} ({error.strerror or error})") from error
        self._listed.pop(scene.id, None)
        self._ids = None

    def finish(self) -> None:
        """Rebuild `manifest.json` and `objects.parquet` from the scene files, and sweep up after interrupted writers.

        Call it once nobody else adds scenes. Reads the object columns of every scene, never the points.
        """
        self._ids = None
        for folder in ("scenes", "views", "utterances"):
            remove_leftovers(self.path / folder)
        remove_leftovers(self.path)
        self._listed = {}
        with (
            atomic_path(self.path / "objects.parquet") as temporary,
            pq.ParquetWriter(temporary, tables.OBJECT_SCHEMA, compression="zstd") as writer,
        ):
            for batch in _batches(self.scene_ids, 256):
                rows: list[dict[str, Any]] = []
                for scene_id in batch:
                    header = self.header(scene_id)
                    self._listed[scene_id] = entry_of(header)
                    rows += tables.object_rows(scene_id, header.split, read_objects(header), read_object_nyu40(header))
                writer.write_table(pa.Table.from_pylist(rows, tables.OBJECT_SCHEMA))
        counts = {path.stem: tables.count_rows(path) for path in self._utterance_files(None)}
        write_json(
            self.path / "manifest.json", manifest_of(self.origin, self.licence, self._listed, counts), sort_keys=True
        )
        self.listed_ids = tuple(self._listed)

    def remove_empty(self) -> None:
        """Take back a store that holds no scene and no sentence (its first import failed); otherwise do nothing."""
        if not self.scene_ids and not self.utterance_names:
            for name in ("manifest.json", "objects.parquet", "import.json"):
                (self.path / name).unlink(missing_ok=True)
            for folder in (self.path / "scenes", self.path / "views", self.path):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    def write_utterances(self, name: str, utterances: Iterable[Utterance]) -> Path:
        """Write `utterances/<name>.parquet`, streaming and atomic; replaces an older file of that name.

        Returns:
            The file written. The manifest's counts are brought up to date.
        """
        path = self.path / "utterances" / f"{check_scene_id(name)}.parquet"
        self._note_utterances(name, tables.write_utterances(path, utterances))
        return path

    def merge_utterances(self, name: str, parts: Sequence[Path]) -> Path:
        """Join files of utterances, in order, to `utterances/<name>.parquet`; atomic, one part in memory at a time.

        Returns:
            The file written. The manifest's counts are brought up to date.
        """
        path = self.path / "utterances" / f"{check_scene_id(name)}.parquet"
        self._note_utterances(name, tables.merge_utterances(path, parts))
        return path

    def _note_utterances(self, name: str, count: int) -> None:
        raw = load_manifest(self.path)
        raw.setdefault("counts", {}).setdefault("utterances", {})[name] = count
        write_json(self.path / "manifest.json", raw, sort_keys=True)

    def utterances(
        self, *, scene_id: str | None = None, kind: str | None = None, name: str | None = None
    ) -> list[Utterance]:
        """Sentences of the store, filtered by scene, kind and file name, in the order they were written.

        Raises:
            SceneglotError: a `name` that is not there.
        """
        files = self._utterance_files(name)
        return [item for path in files for item in tables.read_utterances(path, scene_id=scene_id, kind=kind)]

    def iter_utterances(self, name: str) -> Iterator[Utterance]:
        """All sentences of one file, streaming."""
        return tables.read_utterances(self._utterance_files(name)[0])

    @property
    def utterance_names(self) -> tuple[str, ...]:
        """Names of the utterance files ("scanrefer", "templates")."""
        return tuple(path.stem for path in self._utterance_files(None))

    def feature_dir(self, teacher: str) -> Path:
        """Folder of a teacher's cached features (not created here); "/" in a hub id becomes "--"."""
        return self.path / "features" / check_scene_id(teacher.strip("/").replace("/", "--"))

    def _utterance_files(self, name: str | None) -> list[Path]:
        folder = self.path / "utterances"
        files = sorted(path for path in folder.glob("*.parquet") if not path.name.startswith("."))
        if name is None:
            return files
        chosen = [path for path in files if path.stem == name]
        if not chosen:
            have = ", ".join(path.stem for path in files) or "none"
            raise SceneglotError(f"{self.path}: no utterances named {name!r}, there are: {have}")
        return chosen

    def _scene_path(self, scene_id: str) -> Path:
        return self.path / "scenes" / (check_scene_id(scene_id) + _SUFFIX)

    def _views_path(self, scene_id: str) -> Path:
        return self.path / "views" / (check_scene_id(scene_id) + _SUFFIX)


def is_store(path: str | Path) -> bool:
    """Whether a folder looks like a store."""
    return (Path(path) / "manifest.json").is_file()


def _batches(items: tuple[str, ...], size: int) -> Iterator[tuple[str, ...]]:
    return (items[start : start + size] for start in range(0, len(items), size))
