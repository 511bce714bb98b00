"""Z-buffer point splatting: which point is seen in which pixel, and how far away it is.

Three steps on plain arrays: `project` points into cameras, `splat` the projected points into an image, `rasterize`
does both for many cameras. The kernels (`_raster_kernels`) are serial numba without the interpreter lock, run on
threads that own separate image rows or separate cameras. A pixel is decided by a minimum over (depth, index), so the
result has the same bits for any number of threads and any order of the points. `sceneglot.ops.raster_torch` is the
plain torch twin that runs on any device.

Definitions shared by both twins (all footprint arithmetic in float64):

- Pixel (row, column) has its centre at (column + 0.5, row + 0.5). A point at (u, v) owns the pixel (floor v, floor u).
- A splat of radius r covers its own pixel and every pixel whose centre lies in (u - r, u + r] x (v - r, v + r]; a round
  splat only those of them at a distance of at most r from (u, v). Radius 0 is one pixel.
- The smallest depth wins a pixel; equal depths go to the lower index. Only finite depths > 0 are drawn.

Points that are neighbours in space should be neighbours in memory (`spatial_order`): the part of the image they fall
into then stays in the cache. `index` gives them their original numbers back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Literal

import numpy as np
from numba import njit

from sceneglot.ops._raster_kernels import PAD, project_range, splat_rows

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
        lambda a, b: project_range(xyz, camera, orthographic, spacing, low, high, keep, a, b, uv, depth, radius),
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
    index: np.ndarray | None = None,
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw projected points into one image.

    Args:
        uv: (N, 2) float32 continuous pixel coordinates (column, row); points beyond the edge still splat in.
        depth: (N,) float32; values that are not finite or not > 0 are skipped.
        radius: (N,) or one number, pixels.
        size: (H, W).
        index: (N,) int32, different and not negative: the numbers of the points; 0..N-1 by default.

    Returns:
        ids (H, W) int32, number of the winning point or -1, and depth (H, W) float32, 0 where nothing was hit.
    """
    uv = np.ascontiguousarray(uv, np.float32)
    depth = np.ascontiguousarray(depth, np.float32)
    radius = np.ascontiguousarray(np.broadcast_to(np.asarray(radius, np.float32), depth.shape))
    number, is_round = _numbers(index, len(depth)), shape == "round"
    ids, nearest = np.empty(size, np.int32), np.empty(size, np.float32)

    def draw(first: int, last: int) -> None:
        keys = np.empty((last - first, size[1] + PAD), np.uint64)
        splat_rows(uv, depth, radius, number, is_round, first, last, keys, ids, nearest)

    on_threads(draw, ranges(size[0], workers(threads)))
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
    index: np.ndarray | None = None,
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Project and splat the same points into V cameras; one thread per camera.

    Args:
        xyz: (N, 3) float32 world points.
        poses: (V, 4, 4) camera-to-world; intrinsics: (V, 4) fx, fy, cx, cy; the rest as in `project` and `splat`.
        keep: (N,) or (V, N) bool.
        index: as in `splat`.

    Returns:
        ids (V, H, W) int32 and depth (V, H, W) float32.
    """
    xyz, spacing, _ = _point_columns(xyz, spacing, None)
    number, is_round = _numbers(index, len(xyz)), shape == "round"
    n, num_views = len(xyz), len(poses)
    masks = np.ones((1, n), np.bool_) if keep is None else np.atleast_2d(np.ascontiguousarray(keep, np.bool_))
    masks = np.broadcast_to(masks, (num_views, n))
    cameras = [_camera_row(pose, tuple(row)) for pose, row in zip(poses, intrinsics)]
    ids, nearest = np.empty((num_views, *size), np.int32), np.empty((num_views, *size), np.float32)
    low, high = float(radius_range[0]), float(radius_range[1])

    def draw(first: int, last: int) -> None:
        uv, depth, radius = np.empty((n, 2), np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
        keys = np.empty((size[0], size[1] + PAD), np.uint64)
        for v in range(first, last):
            project_range(xyz, cameras[v], orthographic, spacing, low, high, masks[v], 0, n, uv, depth, radius)
            splat_rows(uv, depth, radius, number, is_round, 0, size[0], keys, ids[v], nearest[v])

    count = workers(threads)
    if num_views < count:  # fewer cameras than threads: share out image rows instead
        for v in range(num_views):
            uv, depth, radius = project(
                xyz, poses[v], tuple(intrinsics[v]), orthographic=orthographic, spacing=spacing,
                radius_range=radius_range, keep=masks[v], threads=count,
            )  # fmt: skip
            ids[v], nearest[v] = splat(uv, depth, radius, size, shape=shape, index=index, threads=count)
    else:
        on_threads(draw, ranges(num_views, count))
    return ids, nearest


def spatial_order(xyz: np.ndarray) -> np.ndarray:
    """(N,) int32 permutation along a Morton curve (1024 cells per axis): neighbours in space become neighbours."""
    xyz = np.ascontiguousarray(xyz, np.float32)
    finite = xyz[np.isfinite(xyz).all(1)]
    low, high = (finite.min(0), finite.max(0)) if len(finite) else (np.zeros(3), np.ones(3))
    scale = 1023.0 / max(float((high - low).max()), 1e-9)
    return np.argsort(_morton_codes(xyz, low.astype(np.float64), scale), kind="stable").astype(np.int32)


def _numbers(index: np.ndarray | None, n: int) -> np.ndarray:
    return np.arange(n, dtype=np.int32) if index is None else np.ascontiguousarray(index, np.int32)


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
def _morton_codes(xyz, low, scale):
    """(N,) uint32, ten bits per axis, interleaved."""
    codes = np.empty(len(xyz), np.uint32)
    for i in range(len(xyz)):
        code = np.uint32(0)
        for axis in range(3):
            place = (xyz[i, axis] - low[axis]) * scale
            cell = np.uint32(place if 0.0 <= place < 1024.0 else 0.0)  # 0 for what is no number, too
            for bit in range(10):
                code |= ((cell >> np.uint32(bit)) & np.uint32(1)) << np.uint32(3 * bit + axis)
        codes[i] = code
    return codes
