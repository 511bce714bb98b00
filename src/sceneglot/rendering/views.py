"""Pictures of a scene: colour, depth, and for every pixel the point it shows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from sceneglot.ops import raster, raster_finish
from sceneglot.rendering.cameras import Size, object_cameras, top_down_camera
from sceneglot.rendering.cloud import Cloud
from sceneglot.rendering.rigs import Rig, scene_cameras
from sceneglot.rendering.shading import relief
from sceneglot.rendering.style import Style
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import Camera, View

_SMALLEST_RADIUS = 0.5
_SURFACE_DEPTH = 3.0


def render(
    scene: Scene | Cloud,
    views: int = 8,
    size: Size = (256, 256),
    *,
    rig: Rig = "orbit",
    style: Style | None = None,
    threads: int | None = None,
) -> list[View]:
    """Take pictures of a scene from cameras around it.

    Args:
        scene: a scene, or a `Cloud` prepared once for several calls.
        views: how many; size: (H, W) pixels.
        rig: where the cameras stand, see `sceneglot.rendering.rigs.Rig`.
        threads: cores to use, all by default; the pictures do not depend on it.

    Returns:
        Views "view-00", "view-01", ...; `View.point` indexes the scene's points. A scene of boxes without points
        is drawn as `with_box_points(scene)`, whose points the ids then index.
    """
    style = style or Style()
    cloud = scene if isinstance(scene, Cloud) else Cloud.of(scene, style)
    cameras = scene_cameras(cloud.scene, views, size=size, rig=rig, plan=cloud.plan)
    return render_views(cloud, cameras, style=style, threads=threads)


def top_down(
    scene: Scene | Cloud,
    size: Size = (512, 512),
    *,
    ceiling_cut: float | None = None,
    style: Style | None = None,
    threads: int | None = None,
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
    return render_view(cloud, camera, name="top", style=style, threads=threads)


def render_views(
    scene: Scene | Cloud,
    cameras: Sequence[Camera],
    *,
    names: Sequence[str] | None = None,
    style: Style | None = None,
    threads: int | None = None,
) -> list[View]:
    """Pictures from given cameras, named "view-00", ... unless `names` says otherwise; one core per camera."""
    style = style or Style()
    cloud = scene if isinstance(scene, Cloud) else Cloud.of(scene, style)
    names = names if names is not None else [f"view-{k:02d}" for k in range(len(cameras))]
    workers = min(raster.default_threads() if threads is None else threads, len(cameras))
    if workers <= 1:
        return [render_view(cloud, c, name=n, style=style, threads=threads) for c, n in zip(cameras, names)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda c, n: render_view(cloud, c, name=n, style=style, threads=1), cameras, names))


def render_object(
    scene: Scene | Cloud,
    row: int,
    views: int = 10,
    size: Size = (224, 224),
    *,
    context: float = 0.25,
    style: Style | None = None,
    threads: int | None = None,
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
    pictures = []
    for k, camera in enumerate(object_cameras(objects, row, views, size=size)):
        keep = near & cloud.visible_parts(camera, style)
        name = f"object-{objects.id[row]}-{k:02d}"
        view = render_view(cloud, camera, name=name, style=style, keep=keep, threads=threads)
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
    size, drawn = (camera.height, camera.width), cloud.drawn
    uv, depth, radius = raster.project(
        drawn.xyz,
        camera.pose,
        (camera.fx, camera.fy, camera.cx, camera.cy),
        orthographic=camera.projection == "orthographic",
        spacing=drawn.spacing * np.float32(style.splat_scale),
        radius_range=(_SMALLEST_RADIUS, max(_SMALLEST_RADIUS, style.max_radius * max(size))),
        keep=keep[drawn.order],
        threads=threads,
    )
    point, nearest = raster.splat(uv, depth, radius, size, shape=style.splat, index=drawn.order, threads=threads)
    if style.smooth:
        tolerance = _SURFACE_DEPTH * drawn.spacing + np.float32(0.01)
        image = raster_finish.blend(uv, depth, radius, drawn.color, nearest, tolerance, threads=threads)
    else:
        image = raster_finish.flat(point, cloud.color)
    if style.fill_rounds:
        holes, sources = raster_finish.fill_holes(point, nearest, rounds=style.fill_rounds)
        for array in (point, nearest, image):
            flat = array.reshape(-1, *array.shape[2:])
            flat[holes] = flat[sources]
    relieved = style.shade == "relief" or (style.shade == "auto" and not cloud.scene.has_color)
    rgb = raster_finish.to_bytes(image, point, style.background, relief(nearest) if relieved else None)
    return View(name, camera, rgb, nearest, point)
