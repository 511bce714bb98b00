"""Drawing: which point every pixel of a camera shows, how far away it is and its colour; here by compiled code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sceneglot.ops import raster, raster_finish
from sceneglot.rendering.cloud import Cloud
from sceneglot.rendering.style import Style
from sceneglot.scenes.view import Camera

_SMALLEST_RADIUS = 0.5
_SURFACE_DEPTH = 3.0
_SURFACE_MARGIN = 0.01


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn before relief and background.

    Attributes:
        point: (H, W) int32 index of the scene's point, -1 where nothing is.
        depth: (H, W) float32 metres, 0 where nothing is.
        color: (H, W, 3) float32 RGB.
    """

    point: np.ndarray
    depth: np.ndarray
    color: np.ndarray


def draw(cloud: Cloud, camera: Camera, keep: np.ndarray, style: Style, *, threads: int | None = None) -> Drawing:
    """Draw the points that `keep` (N,) bool, in the scene's order, leaves; what a pixel shows: see `render_view`."""
    size, drawn = (camera.height, camera.width), cloud.drawn
    uv, depth, radius = raster.project(
        drawn.xyz,
        camera.pose,
        (camera.fx, camera.fy, camera.cx, camera.cy),
        orthographic=camera.projection == "orthographic",
        spacing=drawn.spacing * np.float32(style.splat_scale),
        radius_range=radius_range(style, size),
        keep=keep[drawn.order],
        threads=threads,
    )
    point, nearest = raster.splat(uv, depth, radius, size, shape=style.splat, index=drawn.order, threads=threads)
    if style.smooth:
        tolerance = surface_depth(drawn.spacing)
        color = raster_finish.blend(uv, depth, radius, drawn.color, nearest, tolerance, threads=threads)
    else:
        color = raster_finish.flat(point, cloud.color)
    if style.fill_rounds:
        holes, sources = raster_finish.fill_holes(point, nearest, rounds=style.fill_rounds)
        for array in (point, nearest, color):
            flat = array.reshape(-1, *array.shape[2:])
            flat[holes] = flat[sources]
    return Drawing(point, nearest, color)


def radius_range(style: Style, size: tuple[int, int]) -> tuple[float, float]:
    """Smallest and largest splat, pixels, of an image of (H, W)."""
    return _SMALLEST_RADIUS, max(_SMALLEST_RADIUS, style.max_radius * max(size))


def surface_depth(spacing):
    """(N,) float32 metres, how far behind the nearest point others still belong to its surface; array or tensor."""
    return spacing * _SURFACE_DEPTH + _SURFACE_MARGIN
