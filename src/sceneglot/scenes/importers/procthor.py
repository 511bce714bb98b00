"""ProcTHOR-10K houses as object maps: boxes and labels without points.

A line of `train.jsonl.gz` is one house: rooms with floor polygons, objects with asset id, position and rotation
(children nested), doors and windows. The houses do not say how large an asset is; AI2-THOR's `asset-database.json`
does (package `procthor`), and is needed.

Unity's frame is left-handed with y up: (x, y, z) there is (x, z, y) here, and a rotation of a degrees about y turns
clockwise seen from above. Positions are the middles of the boxes. One scene per house.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.importers.sizes import official
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job
from sceneglot.scenes.labels_maps import label_map, unknown_note
from sceneglot.scenes.objects import NO_PARENT, Objects
from sceneglot.scenes.readers.packed import read_unpacked_lines
from sceneglot.scenes.scene import Scene, Source

LICENCE = "unknown (the generator ProcTHOR is Apache-2.0)"
_LISTS = ("train", "val", "test")
_MAX_DEPTH = 16


@dataclass(frozen=True)
class ProcThorOptions:
    """Choices for ProcTHOR houses."""

    assets: Path | None = None
    """asset-database.json of the package procthor; looked for in ROOT if not given."""


@dataclass(frozen=True)
class Asset:
    """Kind and size of a model.

    Attributes:
        kind: AI2-THOR object type ("TVStand").
        size: extents along Unity's x, y, z, metres.
    """

    kind: str
    size: tuple[float, float, float]


def procthor_jobs(root: Path, options: ProcThorOptions = ProcThorOptions()) -> list[Job]:
    """One job per house of `{train,val,test}.jsonl[.gz]` in `root`. Houses are found by their place in the file.

    Raises:
        BadFileError: no list of houses, or no asset database.
    """
    files = [(split, path) for split in _LISTS for path in sorted(root.glob(f"{split}.jsonl*"))[:1]]
    if not files:
        raise BadFileError(root, "holds no train.jsonl.gz, val.jsonl.gz or test.jsonl.gz")
    assets = options.assets or root / "asset-database.json"
    if not assets.is_file():
        raise BadFileError(assets, "no such file: the houses do not hold sizes", "give it with --assets")
    jobs = []
    for split, path in files:
        for number in range(sum(1 for line in read_unpacked_lines(path) if line.strip())):
            load = partial(read_house, path, number, assets, f"procthor-{split}-{number:05d}")
            jobs.append(Job(f"procthor-{split}-{number:05d}", load, split, (path, assets)))
    return sorted(jobs, key=lambda job: job.scene_id)


def read_house(path: Path, number: int, assets: Path, scene_id: str) -> Scene:
    """House `number` (from 0) of a list of houses.

    Raises:
        BadFileError: damaged files, or no such house.
    """
    house = Record.of(path, f"house {number}", _house(path, number))
    known = read_assets(assets)
    rows = list(_objects(house, -1, known, 0))
    placed = [row for row in rows if row.asset is not None]
    place = {row.number: at for at, row in enumerate(placed)}
    names = label_map("ai2thor")
    labels = tuple(_words(row.kind) for row in placed)
    kinds = [names.nyu40_of(row.kind) or names.nyu40_of(_words(row.kind)) for row in placed]
    notes = ("doors, windows and walls are not objects of the list",)
    if len(placed) < len(rows):
        lost = sorted({row.asset_id for row in rows if row.asset is None})
        notes += (f"left out {len(rows) - len(placed)} objects of unknown size: {', '.join(lost)[:200]}",)
    objects = Objects(
        id=np.array([row.number for row in placed]),
        label=labels,
        center=np.array([row.center for row in placed]).reshape(-1, 3),
        size=np.array([row.extent for row in placed]).reshape(-1, 3),
        parent=np.array([place.get(row.parent, NO_PARENT) for row in placed]),
    )
    rooms = sorted({room.text("roomType") for room in house.records("rooms")})
    nothing = np.zeros((0, 3), np.float32)
    return Scene(
        id=scene_id,
        xyz=nothing,
        rgb=nothing.astype(np.uint8),
        source=Source("procthor", path.name, LICENCE, notes=notes + unknown_note(labels, kinds)),
        objects=objects,
        room_type=_words(rooms[0]) if len(rooms) == 1 else "",
        has_color=False,
    )


@lru_cache(maxsize=1)
def read_assets(path: Path) -> Mapping[str, Asset]:
    """Asset id -> kind and size, from `{kind: [{assetId, boundingBox, objectType}, ...]}`.

    Raises:
        BadFileError: not of this form.
    """
    table: dict[str, Asset] = {}
    groups = Record.of(path, "the file", read_json(path))
    for kind in groups.fields:
        for row in groups.records(kind):
            box = Record.of(path, f"{row.where}, boundingBox", row.fields.get("boundingBox"))
            size = (box.number("x"), box.number("y"), box.number("z"))
            if min(size) < 0:
                raise box.problem("has a negative size")
            table[row.key("assetId")] = Asset(row.text("objectType") or kind, size)
    return table


@dataclass(frozen=True, eq=False)
class _Row:
    number: int
    parent: int
    asset_id: str
    asset: Asset | None
    center: np.ndarray  # (3,) metres, z up
    extent: np.ndarray  # (3,)

    @property
    def kind(self) -> str:
        return self.asset.kind if self.asset is not None else ""


def _objects(record: Record, parent: int, assets: Mapping[str, Asset], depth: int, first: int = 0) -> Iterator[_Row]:
    """Objects of a house (or children of an object) with theirs, numbered in the order of the file."""
    if depth > _MAX_DEPTH:
        raise record.problem("objects are nested too deeply")
    number = first
    for row in record.records("objects" if parent < 0 else "children"):
        asset_id = row.text("assetId")
        asset = assets.get(asset_id)
        position = _vector(row, "position")
        turn = np.abs(_rotation(_vector(row, "rotation"))) if row.has("rotation") else np.eye(3)
        extent = turn @ np.array(asset.size) if asset else np.zeros(3)
        yield _Row(number, parent, asset_id, asset, position[[0, 2, 1]], extent[[0, 2, 1]])
        own, number = number, number + 1
        for child in _objects(row, own, assets, depth + 1, number):
            yield child
            number = child.number + 1


def _vector(row: Record, name: str) -> np.ndarray:
    part = Record.of(row.path, f"{row.where}, {name}", row.fields.get(name))
    return np.array([part.number(axis) for axis in "xyz"])


def _rotation(degrees: np.ndarray) -> np.ndarray:
    """(3, 3) of Unity's Euler angles: about z, then x, then y."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def _words(kind: str) -> str:
    """TVStand -> tv stand."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", kind).lower()


class _Reader:
    """Reads houses in rising order without unpacking the list anew for each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._restart()

    def _restart(self) -> None:
        self._lines = (line for line in read_unpacked_lines(self.path) if line.strip())
        self._next = 0

    def line(self, number: int) -> bytes:
        if number < self._next:
            self._restart()
        for line in self._lines:
            self._next += 1
            if self._next > number:
                return line
        self._restart()
        raise BadFileError(self.path, f"holds no house {number}")


@lru_cache(maxsize=3)
def _reader(path: Path) -> _Reader:
    return _Reader(path)


def _house(path: Path, number: int) -> Any:
    try:
        return json.loads(_reader(path).line(number))
    except (ValueError, RecursionError) as error:
        raise BadFileError(path, f"house {number} is not valid JSON ({str(error)[:80]})") from error


CARD = DatasetCard(
    title="ProcTHOR-10K houses (object maps without points)",
    licence=LICENCE,
    request="https://github.com/allenai/procthor-10k",
    files=(
        FileNeed(
            "<split>.jsonl.gz",
            "houses, one a line (pip package prior downloads them)",
            size=official(0.0628, "the Git LFS entries of the three files in allenai/procthor-10k"),
        ),
        FileNeed(
            "asset-database.json",
            "sizes of the models, from the package procthor",
            size=official(0.0015, "the file in allenai/procthor"),
        ),
    ),
    scenes={"train": 10_000, "val": 1_000, "test": 1_000},
    page="procthor",
)

IMPORTER = Importer(CARD, ProcThorOptions, procthor_jobs)
