"""`sceneglot render`: pictures of scenes with depth and point ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

if TYPE_CHECKING:
    from sceneglot.scenes import Scene


def render(
    data: tyro.conf.Positional[Path],
    out: Path,
    views: int = 8,
    size: int = 512,
    scene: tuple[str, ...] = (),
    rig: Literal["orbit", "inside", "mixed", "snap"] = "orbit",
    paint: Literal["auto", "rgb", "height", "intensity", "normals"] = "auto",
    background: Literal["white", "black"] = "white",
    top: bool = True,
    boxes: bool = False,
    device: str = "cpu",
) -> None:
    """Render scenes from above and from around: colour, depth and the point every pixel shows.

    Each scene gets a folder with NAME.png, NAME.depth.png (16 bit, millimetres), NAME.point.npy (index of the point,
    -1 for none) and cameras.json.

    Example: sceneglot render data/rooms --views 8 --out pictures --size 512

    Args:
        data: a data set, or one file that holds a scan.
        out: folder for the pictures.
        views: cameras around each scene.
        size: width and height in pixels.
        scene: only scenes with these ids.
        rig: orbit looks in from outside, inside stands in the room, mixed does both in turn, snap looks from the
            raised border of the room and from its middle into its corners (24 views make a full set).
        paint: what points are coloured by; auto: their colours, else height and the strength of the laser return.
        background: colour of pixels that show nothing.
        top: also the view from above.
        boxes: also NAME.boxes.png with the labelled boxes drawn in.
        device: where points are drawn: cpu, cuda, ...
    """
    from rich.console import Console
    from rich.progress import track

    from sceneglot.errors import SceneglotError
    from sceneglot.rendering import Cloud, Style, draw_boxes, save_image, save_views, top_down
    from sceneglot.rendering import render as take_pictures
    from sceneglot.rendering.style import BLACK, WHITE

    if views < 0 or size < 1 or views + top == 0:
        raise SceneglotError(f"nothing to render: --views {views} --size {size}, expected at least one view and pixel")
    style = Style(background=WHITE if background == "white" else BLACK, paint=paint)
    if device != "cpu":
        from sceneglot.rendering.device import usable_device

        usable_device(device)
    console = Console(stderr=True)
    ids, read = _scenes(data, scene)
    for scene_id in track(ids, description="scenes", console=console, disable=len(ids) < 2):
        folder = out / scene_id
        loaded = read(scene_id)
        cloud = Cloud.of(loaded, style)
        pictures = [top_down(cloud, (size, size), style=style, device=device)] if top else []
        pictures += take_pictures(cloud, views, (size, size), rig=rig, style=style, device=device)
        if boxes:
            objects = loaded.objects
            for view in pictures:
                drawn = draw_boxes(view, objects.center, objects.size, objects.label)
                save_image(drawn, folder / f"{view.name}.boxes.png")
        save_views(pictures, folder, scene_id=scene_id)
    print(f"wrote {views + top} views of {len(ids)} scene{'s' * (len(ids) != 1)} to {out}")


def _scenes(data: Path, wanted: Sequence[str]) -> tuple[list[str], Callable[[str], Scene]]:
    """Scene ids to render and how to read one: from a store, or the one scene of a file."""
    from sceneglot.cli.scene_argument import say_notes
    from sceneglot.errors import BadFileError, SceneglotError
    from sceneglot.scenes.files import read_scene
    from sceneglot.scenes.store import Store

    if not data.exists():
        raise BadFileError(data, "does not exist", "name a data set or a scan file")
    if data.is_dir() and (data / "manifest.json").is_file():
        store = Store.open(data)
        ids, read = list(store.scene_ids), store.scene
    else:
        alone = read_scene(data)
        say_notes(data, alone)
        ids, read = [alone.id], lambda _: alone
    unknown = [name for name in wanted if name not in ids]
    if unknown:
        raise SceneglotError(f"{data}: no scene named {unknown[0]!r}; it holds {len(ids)}, the first is {ids[:1]}")
    return list(wanted) or ids, read
