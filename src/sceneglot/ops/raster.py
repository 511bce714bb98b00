"""Z-buffer point splatting: which point is seen in which pixel, and how far away it is.

Three steps on plain arrays: `project` points into cameras, `splat` the projected points into an image, `rasterize`
does both for many cameras. The kernels are serial numba without the interpreter lock, run on threads that own separate
image rows or separate cameras; every pixel is decided by the same comparisons in the same order, so the result has the
same bits for any number of threads. `sceneglot.ops.raster_torch` is the plain torch twin that runs on any device.

Definitions shared by both twins (all footprint arithmetic in float64):

- Pixel (row, column) has its centre at (column + 0.5, row + 0.5). A point at (u, v) owns the pixel (floor v, floor u).
- A splat of radius r covers its own pixel and every pixel whose centre lies in (u - r, u + r] x (v - r, v + r]; a round
  splat only those of them at a distance of at most r from (u, v). Radius 0 is one pixel.
- The smallest depth wins a pixel; equal depths go to the lower index. Only finite depths > 0 are drawn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Literal

import numpy as np
from numba import njit

Splat = Literal["round", "square"]


def default_threads() -> int:
    """Number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def project(
    xyz: np.ndarray,
    pose: np.ndarray,
    intrinsics: tuple[float, float, float, float],
    *,
    orthographic: bool = False,
    spacing: np.ndarray | float = 0.0,
    radius_range: tuple[float, float] = (0.0, 8.0),
    keep: np.ndarray | None = None,
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Project points into one camera and size their splats.

    Args:
        xyz: (N, 3) float32 world points.
        pose: (4, 4) camera-to-world, rigid, OpenCV axes (x right, y down, z forward).
        intrinsics: fx, fy, cx, cy in pixels (fx, fy in pixels per metre for orthographic cameras).
        spacing: (N,) or one number, radius of the points in world units; the pixel radius is
            `max(fx, fy) * spacing / depth`, clipped to `radius_range`.
        keep: (N,) bool, False for points that must not be drawn: their depth becomes 0.

    Returns:
        uv (N, 2) float32 pixels, depth (N,) float32 along the viewing axis, radius (N,) float32 pixels. Points at or
        behind the camera have depth <= 0 and meaningless uv.
    """
    xyz, spacing, keep = _point_columns(xyz, spacing, keep)
    n = len(xyz)
    uv, depth, radius = np.empty((n, 2), np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    camera = _camera_row(pose, intrinsics)
    low, high = float(radius_range[0]), float(radius_range[1])
    on_threads(
        lambda a, b: _project_range(xyz, camera, orthographic, spacing, low, high, keep, a, b, uv, depth, radius),
        ranges(n, workers(threads)),
    )
    return uv, depth, radius


def splat(
    uv: np.ndarray,
    depth: np.ndarray,
    radius: np.ndarray | float,
    size: tuple[int, int],
    *,
    shape: Splat = "round",
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw projected points into one image.

    Args:
        uv: (N, 2) float32 continuous pixel coordinates (column, row); points beyond the edge still splat in.
        depth: (N,) float32; values that are not finite or not > 0 are skipped.
        radius: (N,) or one number, pixels.
        size: (H, W).

    Returns:
        ids (H, W) int32, index of the winning point or -1, and depth (H, W) float32, 0 where nothing was hit.
    """
    uv = np.ascontiguousarray(uv, np.float32)
    depth = np.ascontiguousarray(depth, np.float32)
    radius = np.ascontiguousarray(np.broadcast_to(np.asarray(radius, np.float32), depth.shape))
    ids, nearest = np.empty(size, np.int32), np.empty(size, np.float32)
    on_threads(
        lambda a, b: _splat_rows(uv, depth, radius, shape == "round", a, b, ids, nearest),
        ranges(size[0], workers(threads)),
    )
    return ids, nearest


def rasterize(
    xyz: np.ndarray,
    poses: np.ndarray,
    intrinsics: np.ndarray,
    size: tuple[int, int],
    *,
    orthographic: bool = False,
    spacing: np.ndarray | float = 0.0,
    radius_range: tuple[float, float] = (0.0, 8.0),
    keep: np.ndarray | None = None,
    shape: Splat = "round",
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Project and splat the same points into V cameras; one thread per camera.

    Args:
        xyz: (N, 3) float32 world points.
        poses: (V, 4, 4) camera-to-world; intrinsics: (V, 4) fx, fy, cx, cy; the rest as in `project` and `splat`.
        keep: (N,) or (V, N) bool.

    Returns:
        ids (V, H, W) int32 and depth (V, H, W) float32.
    """
    xyz, spacing, _ = _point_columns(xyz, spacing, None)
    n, num_views = len(xyz), len(poses)
    masks = np.ones((1, n), np.bool_) if keep is None else np.atleast_2d(np.ascontiguousarray(keep, np.bool_))
    masks = np.broadcast_to(masks, (num_views, n))
    cameras = [_camera_row(pose, tuple(row)) for pose, row in zip(poses, intrinsics)]
    ids, nearest = np.empty((num_views, *size), np.int32), np.empty((num_views, *size), np.float32)
    low, high = float(radius_range[0]), float(radius_range[1])

    def draw(first: int, last: int) -> None:
        uv, depth, radius = np.empty((n, 2), np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
        for v in range(first, last):
            _project_range(xyz, cameras[v], orthographic, spacing, low, high, masks[v], 0, n, uv, depth, radius)
            _splat_rows(uv, depth, radius, shape == "round", 0, size[0], ids[v], nearest[v])

    count = workers(threads)
    if num_views < count:  # fewer cameras than threads: share out image rows instead
        for v in range(num_views):
            uv, depth, radius = project(
                xyz, poses[v], tuple(intrinsics[v]), orthographic=orthographic, spacing=spacing,
                radius_range=radius_range, keep=masks[v], threads=count,
            )  # fmt: skip
            ids[v], nearest[v] = splat(uv, depth, radius, size, shape=shape, threads=count)
    else:
        on_threads(draw, ranges(num_views, count))
    return ids, nearest


def _point_columns(
    xyz: np.ndarray, spacing: np.ndarray | float, keep: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = len(xyz)
    return (
        np.ascontiguousarray(xyz, np.float32),
        np.ascontiguousarray(np.broadcast_to(np.asarray(spacing, np.float32), (n,))),
        np.ones(n, np.bool_) if keep is None else np.ascontiguousarray(keep, np.bool_),
    )


def _camera_row(pose: np.ndarray, intrinsics: tuple[float, ...]) -> np.ndarray:
    """(16,) float64: rotation (row major), centre, fx, fy, cx, cy."""
    pose = np.asarray(pose, np.float64)
    return np.concatenate([pose[:3, :3].ravel(), pose[:3, 3], np.asarray(intrinsics, np.float64)])


def workers(threads: int | None) -> int:
    """Number of threads to start where the caller asked for `threads`, or for as many as fit."""
    return max(1, default_threads() if threads is None else threads)


def ranges(count: int, parts: int) -> list[tuple[int, int]]:
    """`count` items cut into at most `parts` neighbouring ranges."""
    edges = np.linspace(0, count, min(parts, max(count, 1)) + 1).astype(int).tolist()
    return list(pairwise(edges))


def on_threads(work: Callable[[int, int], None], parts: Sequence[tuple[int, int]]) -> None:
    """Call `work(first, last)` for every part, each on its own thread; what one raises is raised here."""
    if len(parts) == 1:
        work(*parts[0])
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        for done in [pool.submit(work, a, b) for a, b in parts]:
            done.result()


@njit(cache=True, nogil=True)
def _project_range(xyz, camera, orthographic, spacing, low, high, keep, first, last, uv, depth, radius):
    r00, r01, r02, r10, r11, r12, r20, r21, r22, ex, ey, ez, fx, fy, cx, cy = camera
    focal = max(fx, fy)
    for i in range(first, last):
        if not keep[i]:
            uv[i, 0], uv[i, 1], depth[i], radius[i] = 0.0, 0.0, 0.0, 0.0
            continue
        dx, dy, dz = xyz[i, 0] - ex, xyz[i, 1] - ey, xyz[i, 2] - ez
        x = dx * r00 + dy * r10 + dz * r20
        y = dx * r01 + dy * r11 + dz * r21
        z = dx * r02 + dy * r12 + dz * r22
        scale = 1.0
        if not orthographic:
            scale = 1.0 / z if z > 1e-9 else 0.0
        uv[i, 0] = fx * x * scale + cx
        uv[i, 1] = fy * y * scale + cy
        depth[i] = z
        radius[i] = min(max(focal * spacing[i] * scale, low), high)


@njit(cache=True, nogil=True, inline="always")
def footprint(u, v, r, first, last, width):
    """Pixels of rows first..last-1 a point at (u, v) covers: top, bottom, left, right, all inclusive.

    top > bottom where it covers none, be it out of sight or not a number.
    """
    top, bottom, left, right = 0, -1, 0, -1
    if v + r >= first and v - r <= last and u + r >= 0.0 and u - r <= width:
        top, bottom = _covered(v, r, first, last)
        left, right = _covered(u, r, 0, width)
    return top, bottom, left, right


@njit(cache=True, nogil=True, inline="always")
def _covered(center, radius, first, last):
    """First and last pixel of first..last-1 covered along one axis; clipped as floats: huge values have no int."""
    own = np.floor(center)
    low = int(max(min(np.floor(center - radius + 0.5), own), first))
    high = int(min(max(np.floor(center + radius + 0.5) - 1.0, own), last - 1))
    return low, high


@njit(cache=True, nogil=True)
def _splat_rows(uv, depth, radius, is_round, first, last, ids, nearest):
    width = ids.shape[1]
    for row in range(first, last):
        for column in range(width):
            ids[row, column] = -1
            nearest[row, column] = np.inf
    for i in range(len(depth)):
        d = depth[i]
        if not (d > 0.0 and d < np.inf):
            continue
        u, v = np.float64(uv[i, 0]), np.float64(uv[i, 1])
        r = np.float64(radius[i]) if radius[i] > 0.0 else 0.0  # 0 for what is no number, too
        top, bottom, left, right = footprint(u, v, r, first, last, width)
        own_row, own_column = np.floor(v), np.floor(u)
        for row in range(top, bottom + 1):
            dy = row + 0.5 - v
            for column in range(left, right + 1):
                if d < nearest[row, column]:
                    if is_round:
                        dx = column + 0.5 - u
                        if dx * dx + dy * dy > r * r and (row != own_row or column != own_column):
                            continue
                    nearest[row, column] = d
                    ids[row, column] = i
    for row in range(first, last):
        for column in range(width):
            if ids[row, column] < 0:
                nearest[row, column] = 0.0
