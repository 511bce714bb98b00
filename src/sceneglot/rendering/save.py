"""Views on disk: pictures, depth, point ids and cameras in formats any tool opens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sceneglot.atomic import atomic_path, write_json
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.view import Camera, View

CONVENTION = "pose: camera-to-world, metres; camera axes x right, y down, z forward; pixel centres at integer + 0.5"


def save_views(views: Sequence[View], folder: str | Path, *, scene_id: str = "") -> Path:
    """Write each view as NAME.png, NAME.depth.png and NAME.point.npy, and all cameras as cameras.json.

    Depth is 16-bit PNG in millimetres, 0 where nothing was hit, saturating at 65.535 m. Point ids are int32 indices
    into the scene's points, -1 for none. Every file is written atomically, cameras.json last: where it exists, all it
    names exists.

    Returns:
        The folder.
    """
    folder = Path(folder)
    names = [view.name for view in views]
    if len(set(names)) != len(names):
        raise SceneglotError(f"views to save into {folder} must have different names, found {names}")
    entries = []
    for view in views:
        files = {"color": f"{view.name}.png", "depth": f"{view.name}.depth.png"}
        save_image(view.rgb, folder / files["color"])
        save_image(depth_to_millimetres(view.depth), folder / files["depth"])
        if view.point is not None:
            files["point"] = f"{view.name}.point.npy"
            with atomic_path(folder / files["point"]) as temporary, temporary.open("wb") as file:
                np.save(file, view.point.astype(np.int32), allow_pickle=False)
        entries.append({"name": view.name, **camera_to_dict(view.camera), "files": files})
    write_json(folder / "cameras.json", {"scene": scene_id, "convention": CONVENTION, "views": entries}, sort_keys=True)
    return folder


def load_views(folder: str | Path) -> list[View]:
    """Read what `save_views` wrote; depth is rounded to millimetres.

    Raises:
        BadFileError: a file is missing, damaged or of another size than its camera says.
    """
    path = Path(folder) / "cameras.json"
    with _blamed_on(path, "is not a set of rendered views"):
        entries = json.loads(path.read_text(encoding="utf-8"))["views"]
        found = [(entry["name"], camera_from_dict(entry), dict(entry["files"])) for entry in entries]
    return [_load_view(Path(folder), *view) for view in found]


def save_image(image: np.ndarray, path: str | Path) -> Path:
    """Write an (H, W, 3) uint8 picture or an (H, W) uint16 map as PNG, atomically.

    Raises:
        SceneglotError: a name that promises another format, or a folder that cannot be written to.
    """
    if Path(path).suffix.lower() != ".png":
        raise SceneglotError(f"{path}: pictures are written as PNG; name a file that ends in .png")
    with atomic_path(path) as temporary:
        Image.fromarray(np.ascontiguousarray(image)).save(temporary, format="PNG", compress_level=4)
    return Path(path)


def depth_to_millimetres(depth: np.ndarray) -> np.ndarray:
    """(H, W) float metres -> uint16 millimetres, rounded; saturates at 65.535 m; what is hit is never 0."""
    millimetres = np.clip(np.rint(depth.astype(np.float64) * 1000), 0, 65535).astype(np.uint16)
    return np.where(depth > 0, np.maximum(millimetres, 1), 0).astype(np.uint16)


def camera_to_dict(camera: Camera) -> dict[str, Any]:
    """Plain values for JSON; `camera_from_dict` is the inverse, exactly."""
    numbers = {name: float(getattr(camera, name)) for name in ("fx", "fy", "cx", "cy")}
    size = {"width": int(camera.width), "height": int(camera.height)}
    return {"projection": camera.projection, **numbers, **size, "pose": camera.pose.tolist()}


def camera_from_dict(values: dict[str, Any]) -> Camera:
    """A camera from what `camera_to_dict` made."""
    if values["projection"] not in ("perspective", "orthographic"):
        raise SceneglotError(f"camera: unknown projection {values['projection']!r}")
    fields = ("fx", "fy", "cx", "cy", "width", "height", "projection")
    return Camera(**{name: values[name] for name in fields}, pose=np.asarray(values["pose"], np.float64))


def _load_view(folder: Path, name: str, camera: Camera, files: dict[str, str]) -> View:
    with _blamed_on(folder / "cameras.json", "is not a set of rendered views"):
        paths = {kind: folder / files[kind] for kind in ("color", "depth")}
        point_path = folder / files["point"] if "point" in files else None
    with _blamed_on(paths["color"], "is not a picture"), Image.open(paths["color"]) as image:
        rgb = np.asarray(image.convert("RGB"))
    with _blamed_on(paths["depth"], "is not a depth picture"), Image.open(paths["depth"]) as image:
        depth = np.asarray(image).astype(np.float32) / np.float32(1000)
    _check_size(paths["depth"], depth, camera)
    _check_size(paths["color"], rgb[..., 0], camera)
    if point_path is None:
        return View(name, camera, rgb, depth)
    with _blamed_on(point_path, "holds no point ids"):
        point = np.load(point_path, allow_pickle=False).astype(np.int32, casting="same_kind")
    _check_size(point_path, point, camera)
    return View(name, camera, rgb, depth, point)


@contextmanager
def _blamed_on(path: Path, problem: str) -> Iterator[None]:
    """Whatever the readers of pictures, arrays and JSON raise inside is the fault of this file."""
    try:
        yield
    # Pillow raises SyntaxError for a broken chunk, numpy EOFError for an empty file.
    except (OSError, EOFError, SyntaxError, KeyError, TypeError, ValueError, AttributeError, SceneglotError) as error:
        found = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadFileError(path, f"{problem} ({found})", "render the views again") from error


def _check_size(path: Path, image: np.ndarray, camera: Camera) -> None:
    if image.shape != (camera.height, camera.width):
        expected = f"expected ({camera.height}, {camera.width}) as in cameras.json"
        raise BadFileError(path, f"has size {image.shape}, {expected}", "render the views again")
