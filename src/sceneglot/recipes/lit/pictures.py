"""Pictures of rooms with their facts: photographs, renders and crops of single things, cached on disk.

One tensor file per room holds its pictures as uint8, so that training reads memory-mapped rows and an interrupted
preparation continues where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial import KDTree

from sceneglot.recipes.lit.prompts import Record, alias_of
from sceneglot.rendering import Cloud, Crop, cut, render, top_down
from sceneglot.scenes.labels import nyu40_of
from sceneglot.scenes.scene import NO_INSTANCE, Scene
from sceneglot.scenes.tensorfile import open_tensors, write_tensors
from sceneglot.scenes.view import View

_PHOTO_STRIDE = 2
_SAME_POINT = 0.06  # metres between a photographed surface and the scan point that names it


@dataclass(frozen=True)
class PictureConfig:
    """Which pictures are taken of a room.

    Attributes:
        side: stored side in pixels.
        photos: posed photographs used; renders: views rendered from around and inside; render_size: their (H, W).
        crops_per_object: most crops of one thing, over all its pictures.
        min_pixels: smallest visible area of a thing worth cropping, as a share of the picture.
        scales: least and most growth of a thing's outline before it is cut out.
    """

    side: int = 128
    photos: int = 8
    renders: int = 6
    render_size: tuple[int, int] = (240, 320)
    crops_per_object: int = 4
    min_pixels: float = 0.002
    scales: tuple[float, float] = (1.05, 1.5)


@dataclass(frozen=True, eq=False)
class Pictures:
    """Many pictures: `pixels[i]` is (side, side, 3) uint8, `records[i]` its facts."""

    chunks: tuple[np.ndarray, ...]
    records: tuple[Record, ...]
    _start: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_start", np.cumsum([0, *(len(c) for c in self.chunks)]))

    def __len__(self) -> int:
        return len(self.records)

    def pixels(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(B, side, side, 3) uint8 copies of the given rows."""
        rows = np.asarray(rows)
        chunk = np.searchsorted(self._start, rows, side="right") - 1
        return np.stack([self.chunks[c][r - self._start[c]] for c, r in zip(chunk, rows)])

    def select(self, keep: Callable[[Record], bool]) -> np.ndarray:
        """Rows whose record passes."""
        return np.flatnonzero([keep(r) for r in self.records])


def cache_room(folder: Path, scene: Scene, config: PictureConfig, seed: int) -> Path:
    """Take all pictures of a scene and write `folder/<scene id>.safetensors`, atomically."""
    pixels, records = [], []
    for picture, record in take_pictures(scene, config, seed):
        pixels.append(picture)
        records.append(asdict(record))
    stack = np.stack(pixels) if pixels else np.zeros((0, config.side, config.side, 3), np.uint8)
    return write_tensors(folder / f"{scene.id}.safetensors", {"pixels": stack}, {"records": json.dumps(records)})


def load_rooms(folder: Path, scene_ids: Sequence[str]) -> Pictures:
    """Memory-map the pictures of the given rooms."""
    chunks, records = [], []
    for scene_id in scene_ids:
        file = open_tensors(folder / f"{scene_id}.safetensors")
        chunks.append(file.map(["pixels"])["pixels"])
        rows = json.loads(file.metadata["records"])
        records.extend(Record(**{**row, "shows": tuple(row["shows"])}) for row in rows)
    return Pictures(tuple(chunks), tuple(records))


def take_pictures(scene: Scene, config: PictureConfig, seed: int) -> Iterator[tuple[np.ndarray, Record]]:
    """Whole views and crops of one scene; the same seed gives the same pictures.

    Yields:
        (side, side, 3) uint8 and the facts.
    """
    rng = np.random.default_rng([seed, 0x11D])
    crops: dict[int, list[tuple[np.ndarray, Record]]] = {}
    for source, view, instance in _views_with_instances(scene, config):
        yield square(view.rgb, config.side), room_record(scene, source, instance)
        for box in visible_boxes(scene, instance, config):
            crop = cut(view, box, scale=rng.uniform(*config.scales), size=config.side)
            crops.setdefault(box.row, []).append((square(crop, config.side), object_record(scene, box.row, source)))
    for row in sorted(crops):
        mine = crops[row]
        for i in sorted(rng.permutation(len(mine))[: config.crops_per_object]):
            yield mine[i]


def _views_with_instances(scene: Scene, config: PictureConfig) -> Iterator[tuple[str, View, np.ndarray]]:
    """(source, view, (H, W) int32 object ids) of every picture of the scene."""
    if scene.instance is None:
        return
    photos = list(scene.views)
    if photos and config.photos:
        tree = KDTree(scene.xyz)
        chosen = np.unique(np.linspace(0, len(photos) - 1, min(config.photos, len(photos))).round().astype(int))
        for i in chosen:
            yield "photo", photos[i], photo_instances(photos[i], scene, tree)
    cloud = Cloud.of(scene)
    for view in render(cloud, config.renders, config.render_size, rig="mixed"):
        yield "render", view, point_instances(view, scene)
    side = max(config.render_size)
    top = top_down(cloud, (side, side))
    yield "top", top, point_instances(top, scene)


def point_instances(view: View, scene: Scene) -> np.ndarray:
    """(H, W) int32 object ids of a render, through its winning points; -1 where none."""
    assert view.point is not None and scene.instance is not None
    return np.append(scene.instance, np.int32(NO_INSTANCE))[view.point]


def photo_instances(view: View, scene: Scene, tree: KDTree) -> np.ndarray:
    """(H, W) int32 object ids of a photograph: its depth, put into the room, asks the nearest scan point."""
    assert scene.instance is not None
    step = _PHOTO_STRIDE
    depth = view.depth[::step, ::step]
    world = view.camera.unproject(view.depth)[::step, ::step]
    distance, nearest = tree.query(world.reshape(-1, 3), distance_upper_bound=_SAME_POINT)
    ids = np.append(scene.instance, np.int32(NO_INSTANCE))[nearest].reshape(depth.shape)  # a miss points past the end
    ids = np.where((depth > 0) & np.isfinite(distance.reshape(depth.shape)), ids, NO_INSTANCE)
    h, w = view.depth.shape
    return ids.repeat(step, 0).repeat(step, 1)[:h, :w].astype(np.int32)


def visible_boxes(scene: Scene, instance: np.ndarray, config: PictureConfig) -> Iterator[Crop]:
    """The objects seen well enough in one picture, with their outline; `Crop.view` is always 0."""
    ids, count = np.unique(instance, return_counts=True)
    for object_id, pixels in zip(ids, count):
        row = scene.objects.row_of.get(int(object_id))
        if object_id == NO_INSTANCE or row is None or pixels < config.min_pixels * instance.size:
            continue
        v, u = np.nonzero(instance == object_id)
        # Quantiles: a few stray pixels must not blow the outline up.
        top, bottom = (int(x) for x in np.quantile(v, [0.01, 0.99]))
        left, right = (int(x) for x in np.quantile(u, [0.01, 0.99]))
        if bottom - top >= 8 and right - left >= 8:
            box = (left, top, right + 1, bottom + 1)
            yield Crop(row, int(object_id), 0, box, int(pixels), 1.0, int(pixels))


def square(image: np.ndarray, side: int) -> np.ndarray:
    """(H, W, 3) uint8 stretched to (side, side, 3)."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(image)).resize((side, side), Image.Resampling.BICUBIC))


def object_record(scene: Scene, row: int, source: str) -> Record:
    """Facts of a crop of one object."""
    objects = scene.objects
    label = objects.label[row]
    return Record(
        "object",
        scene.id,
        scene.room_type,
        source,
        label,
        alias_of(nyu40_of(label)),
        objects.color_name[row],
        objects.material[row],
    )


def room_record(scene: Scene, source: str, instance: np.ndarray, least: float = 0.003) -> Record:
    """Facts of a whole view: what takes at least the share `least` of the picture counts as shown."""
    ids, count = np.unique(instance, return_counts=True)
    order = np.argsort(-count, kind="stable")
    rows = [scene.objects.row_of.get(int(ids[i])) for i in order if count[i] >= least * instance.size]
    shows = dict.fromkeys(scene.objects.label[r] for r in rows if r is not None)
    return Record("room", scene.id, scene.room_type, source, shows=tuple(shows))
