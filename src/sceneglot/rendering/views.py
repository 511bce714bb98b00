"""Pictures of a scene: colour, depth, and for every pixel the point it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from sceneglot.ops import raster, raster_finish
from sceneglot.rendering.cameras import Size, object_cameras, top_down_camera
from sceneglot.rendering.cloud import Cloud
from sceneglot.rendering.drawing import Drawing, draw
from sceneglot.rendering.rigs import Rig, scene_cameras
from sceneglot.rendering.shading import relief
from sceneglot.rendering.style import Style
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import Camera, View


def render(
    scene: Scene | Cloud,
    views: int = 8,
    size: Size = (256, 256),
    *,
    rig: Rig = "orbit",
    style: Style | None = None,
    threads: int | None = None,
    device: str = "cpu",
) -> list[View]:
    """Take pictures of a scene from cameras around it.

    Args:
        scene: a scene, or a `Cloud` prepared once for several calls.
        views: how many; size: (H, W) pixels.
        rig: where the cameras stand, see `sceneglot.rendering.rigs.Rig`.
        threads: cores to use, all by default; the pictures do not depend on it.
        device: where points are drawn: "cpu", or "cuda" for a GPU, which shows the same points in the same pixels;
            blended colours are equal up to rounding.

    Returns:
        Views "view-00", "view-01", ...; `View.point` indexes the scene's points. A scene of boxes without points
        is drawn as `with_box_points(scene)`, whose points the ids then index.
    """
    style = style or Style()
    cloud = scene if isinstance(scene, Cloud) else Cloud.of(scene, style)
    cameras = scene_cameras(cloud.scene, views, size=size, rig=rig, plan=cloud.plan)
    return render_views(cloud, cameras, style=style, threads=threads, device=device)


def top_down(
    scene: Scene | Cloud,
    size: Size = (512, 512),
    *,
    ceiling_cut: float | None = None,
    style: Style | None = None,
    threads: int | None = None,
    device: str = "cpu",
) -> View:
    """The scene from straight above, orthographic, +x right and +y up, without its ceiling: a furnished floor plan.

    Args:
        ceiling_cut: drop points above this height (metres); by default what `Style.ceiling` says, that is the
            ceiling where one is found.
    """
    style = style or Style()
    if ceiling_cut is not None:
        style = replace(style, ceiling=float(ceiling_cut))
    cloud = scene if isinstance(scene, Cloud) else Cloud.of(scene, style)
    camera = top_down_camera(cloud.scene, size=size, plan=cloud.plan)
    return render_view(cloud, camera, name="top", style=style, threads=threads, device=device)


def render_views(
    scene: Scene | Cloud,
    cameras: Sequence[Camera],
    *,
    names: Sequence[str] | None = None,
    style: Style | None = None,
    threads: int | None = None,
    device: str = "cpu",
) -> list[View]:
    """Pictures from cameras, named "view-00", ... unless `names` says otherwise; one core per camera on the CPU."""
    style = style or Style()
    cloud = scene if isinstance(scene, Cloud) else Cloud.of(scene, style)
    names = names if names is not None else [f"view-{k:02d}" for k in range(len(cameras))]
    workers = min(raster.default_threads() if threads is None else threads, len(cameras)) if device == "cpu" else 1
    drawn = _drawer(cloud, style, threads if workers <= 1 else 1, device)

    def take(camera: Camera, name: str) -> View:
        return _take(cloud, camera, name, style, cloud.visible_parts(camera, style), drawn)

    if workers <= 1:
        return [take(camera, name) for camera, name in zip(cameras, names)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(take, cameras, names))


def render_object(
    scene: Scene | Cloud,
    row: int,
    views: int = 10,
    size: Size = (224, 224),
    *,
    context: float = 0.25,
    style: Style | None = None,
    threads: int | None = None,
    device: str = "cpu",
) -> list[View]:
    """Close-ups of one object from all around, with nothing in front of it but its surroundings.

    Args:
        row: row of the object in `scene.objects`.
        context: draw what lies within so many metres of the object's box; 0 draws only the object's own points (those
            in its box where the scene has no instance labels).

    Returns:
        Views "object-<id>-00", ... from `object_cameras(scene.objects, row, views)`, less those that show none of the
        object (the far side of a wall): the number counts on over them.
    """
    style = style or Style()
    cloud = scene if isinstance(scene, Cloud) else Cloud.of(scene, style)
    objects, instance = cloud.scene.objects, cloud.scene.instance
    offset = np.abs(cloud.scene.xyz - objects.center[row])
    own = (offset <= objects.size[row] / 2 + 1e-6).all(axis=1) if instance is None else instance == objects.id[row]
    near = (offset <= objects.size[row] / 2 + context).all(axis=1) if context > 0 else own
    pictures, drawn = [], _drawer(cloud, style, threads, device)
    for k, camera in enumerate(object_cameras(objects, row, views, size=size)):
        keep = near & cloud.visible_parts(camera, style)
        view = _take(cloud, camera, f"object-{objects.id[row]}-{k:02d}", style, keep, drawn)
        assert view.point is not None
        if own[view.point[view.point >= 0]].any():
            pictures.append(view)
    return pictures


def render_view(
    scene: Scene | Cloud,
    camera: Camera,
    *,
    name: str = "view",
    style: Style | None = None,
    keep: np.ndarray | None = None,
    threads: int | None = None,
    device: str = "cpu",
) -> View:
    """The picture one camera takes.

    Args:
        keep: (N,) bool, draw only these points (one object, say); ceiling and near walls are then left as they are.

    Pixel-to-point correspondence: before hole filling `point` is the winner of the z-buffer, a point whose splat covers
    the pixel; `fill_rounds` then lets a small hole show what a neighbour at most that many pixels away shows, ids and
    depth included. `depth` is the depth of that very point.
    """
    style = style or Style()
    cloud = scene if isinstance(scene, Cloud) else Cloud.of(scene, style)
    keep = cloud.visible_parts(camera, style) if keep is None else np.asarray(keep, bool) & cloud.finite
    return _take(cloud, camera, name, style, keep, _drawer(cloud, style, threads, device))


def _drawer(cloud: Cloud, style: Style, threads: int | None, device: str) -> Callable[[Camera, np.ndarray], Drawing]:
    """The function that draws the kept points of a cloud into a camera."""
    if device == "cpu":
        return lambda camera, keep: draw(cloud, camera, keep, style, threads=threads)
    from sceneglot.rendering.device import DevicePoints, draw_on_device  # torch: slow to import, not needed on the CPU

    points = DevicePoints.of(cloud, device)
    return lambda camera, keep: draw_on_device(points, camera, keep, style)


def _take(
    cloud: Cloud,
    camera: Camera,
    name: str,
    style: Style,
    keep: np.ndarray,
    drawn: Callable[[Camera, np.ndarray], Drawing],
) -> View:
    """The finished picture of one camera."""
    picture = drawn(camera, keep)
    relieved = style.shade == "relief" or (style.shade == "auto" and not cloud.scene.has_color)
    shade = relief(picture.depth) if relieved else None
    rgb = raster_finish.to_bytes(picture.color, picture.point, style.background, shade)
    return View(name, camera, rgb, picture.depth, picture.point)
