"""Makes the pictures of README.md and docs: all of generated rooms, nothing retouched.

    python -m benchmarks.pictures docs/pictures [--run RUN --data STORE]

- chain.jpg: a room, its scene graph and generated sentences about it; which ones, see `picture_chain.TOLD`.
- rooms.jpg: eight kinds of rooms.
- views.jpg: colour, depth, objects (through the point ids) and normals from one camera.
- parsing.jpg, only with --run and --data: the first test room of the store, what a run of `ws3d` says and the truth.

Rooms are chosen by seed for the eye and scanned with more patience than the defaults (`picture_room.PATIENT`); the room
of parsing.jpg is the one the store has first, and scanned as it is there. About three CPU minutes and 2 GB of memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import tyro
from benchmarks.picture_chain import INK, colors_of, draw_chain, painted_by_row
from benchmarks.picture_room import FINER, PATIENT, corner_camera, picture, repainted, save_small, smaller
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sceneglot as sg
from sceneglot.rendering import Cloud, inside_cameras, render_view
from sceneglot.rendering.shading import normal_colors
from sceneglot.scenes import Scene
from sceneglot.scenes.store import Store
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.tasks.segmentation.labels import label_set

HERO = ("living room", 206, 45.0)
ROOMS = (
    ("kitchen", 302, 225.0), ("hotel room", 300, 225.0), ("library", 300, 225.0), ("bathroom", 300, 225.0),
    ("gym", 300, 225.0), ("meeting room", 303, 225.0), ("classroom", 302, 225.0), ("office", 103, 45.0),
)  # fmt: skip
"""Kind, seed and the azimuth the camera stands at, degrees."""

SHELL, NO_CLASS = ((196, 205, 216), (228, 216, 194)), (120, 120, 120)
"""Colours of wall and floor, the first two classes of ScanNet, and of points without a class."""

_DPI = 100


@dataclass(frozen=True)
class Options:
    """Options of the pictures.

    Attributes:
        out: folder to write to.
        run, data: run folder of a `ws3d` recipe and a store of generated rooms with a test split, for parsing.jpg.
        only: names of the pictures to make; all if there are none.
    """

    out: tyro.conf.Positional[Path]
    run: Path | None = None
    data: Path | None = None
    only: tuple[str, ...] = ()


def main(options: Options) -> None:
    """Make the pictures and say how large they are."""
    makers = {
        "chain.jpg": lambda: draw_chain(room(*HERO[:2]), HERO[2]),
        "rooms.jpg": lambda: draw_rooms((room(kind, seed), azimuth) for kind, seed, azimuth in ROOMS),
        "views.jpg": lambda: draw_views(room(*HERO[:2])),
    }
    if options.run is not None and options.data is not None:
        run, data = options.run, options.data
        makers["parsing.jpg"] = lambda: draw_parsing(run, data)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, make in makers.items():
        if not options.only or name in options.only:
            path = save_small(make(), options.out / name)
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def room(kind: str, seed: int, config: ScanConfig = PATIENT) -> Scene:
    """A generated room in a patient scan."""
    return sg.generate(seed=seed, room_type=kind, config=config)


def draw_rooms(rooms: Iterable[tuple[Scene, float]], side: int = 360, columns: int = 4) -> np.ndarray:
    """(H, W, 3) uint8: a contact sheet, rooms with the azimuth each is seen from."""
    tiles = []
    for scene, azimuth in rooms:
        cloud = Cloud.of(scene)
        view = picture(cloud, corner_camera(cloud, (round(0.86 * side), side), azimuth))
        tiles.append((smaller(view.rgb), f"{scene.room_type}, {len(scene.objects)} objects"))
    return sheet(tiles, columns)


def draw_views(scene: Scene, size: tuple[int, int] = (300, 400)) -> np.ndarray:
    """(H, W, 3) uint8: what the renderer gives for one camera inside the room."""
    cloud = Cloud.of(scene)
    camera = inside_cameras(cloud.scene, 1, size=(FINER * size[0], FINER * size[1]), start=35.0, plan=cloud.plan)[0]
    view = render_view(cloud, camera)
    assert scene.normal is not None and view.point is not None
    far = np.quantile(view.depth[view.depth > 0], 0.99)
    shade = matplotlib.colormaps["viridis"](1 - np.clip(view.depth / far, 0, 1))[..., :3]
    depth = np.where(view.depth[..., None] > 0, 255 * shade, 255).astype(np.uint8)
    objects = repainted(scene, painted_by_row(scene, colors_of(len(scene.objects))))
    normals = repainted(scene, normal_colors(scene.normal).astype(np.uint8))
    tiles = [(view.rgb, "colour"), (depth, "depth"), (render_view(objects, camera).rgb, "objects, through point ids")]
    tiles.append((render_view(normals, camera).rgb, "normals"))
    return sheet([(smaller(image), text) for image, text in tiles], 4)


def draw_parsing(run: Path, data: Path, side: int = 440) -> np.ndarray:
    """(H, W, 3) uint8: the first room of the test split in colour, as the run parses it and as it is."""
    store = Store.open(data)
    scene = store.scene(store.split("test")[0])
    segmenter = sg.load_segmenter(run)
    labels = label_set(segmenter.spec.label_set)
    truth, found = labels.of_scene(scene), segmenter.predict(scene).label
    right = float((truth == found)[truth >= 0].mean())
    cloud = Cloud.of(scene)
    camera = corner_camera(cloud, (round(0.86 * side), side), 45.0)
    table = np.append(np.array(SHELL, np.uint8), colors_of(len(labels.classes) - len(SHELL)), 0)
    table = np.append(table, [NO_CLASS], 0).astype(np.uint8)
    tiles = [(smaller(picture(cloud, camera).rgb), f"{scene.room_type}, held out")]
    for label, text in ((found, f"prediction, {100 * right:.0f} % of the labelled points right"), (truth, "truth")):
        light = scene.rgb.astype(np.float32).mean(1, keepdims=True)
        painted = np.rint(0.85 * table[label] + 0.15 * light).astype(np.uint8)
        tiles.append((smaller(picture(repainted(scene, painted), camera).rgb), text))
    share = [np.bincount(label[label >= 0], minlength=len(labels.classes)) / len(scene) for label in (truth, found)]
    often = np.flatnonzero(np.maximum(*share) >= 0.004)
    key = [(labels.classes[row], table[row]) for row in often] + [("no class", table[-1])]
    return sheet(tiles, 3, key)


def sheet(
    tiles: Sequence[tuple[np.ndarray, str]], columns: int, key: Sequence[tuple[str, np.ndarray]] = ()
) -> np.ndarray:
    """(H, W, 3) uint8: pictures of one size in rows, each over its caption; a legend on the right."""
    height, width = tiles[0][0].shape[:2]
    line, legend = 34, 180 if key else 0
    rows = -(-len(tiles) // columns)
    total = (rows * (height + line), columns * width + legend)
    figure = Figure((total[1] / _DPI, total[0] / _DPI), dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    for place, (image, text) in enumerate(tiles):
        row, column = divmod(place, columns)
        left, top = column * width, row * (height + line)
        axes.imshow(image, extent=(left, left + width, top + height, top), interpolation="nearest")
        axes.text(left + width / 2, top + height + line / 2, text, fontsize=13, color=INK, ha="center", va="center")
    for place, (name, color) in enumerate(key):
        y = 30 + 26 * place
        axes.plot(columns * width + 16, y, "s", ms=11, color=tuple(color / 255))
        axes.text(columns * width + 32, y, name, fontsize=12, color=INK, va="center")
    axes.set(xlim=(0, total[1]), ylim=(total[0], 0))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


if __name__ == "__main__":
    main(tyro.cli(Options))
