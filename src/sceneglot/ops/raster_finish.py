"""Finishing a splatted image: colours, blended over the visible surface or not, and small holes closed.

Like `sceneglot.ops.raster`: serial numba kernels on threads that own separate rows, the same bits for any number of
them; `sceneglot.ops.raster_torch` holds the plain twins.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sceneglot.ops._raster_kernels import footprint
from sceneglot.ops.raster import on_threads, ranges, workers

_BLOCK = 8
"""Side in pixels of the blocks that are tested for visibility as a whole."""


def blend(
    uv: np.ndarray,
    depth: np.ndarray,
    radius: np.ndarray,
    color: np.ndarray,
    nearest: np.ndarray,
    tolerance: np.ndarray | float,
    *,
    threads: int | None = None,
) -> np.ndarray:
    """Colours of a splatted image, smoothed over the points that share the visible surface.

    Every point whose depth exceeds the pixel's nearest depth by at most `tolerance` contributes with the weight
    (1 - q)^2 + 0.001, q = squared distance to the pixel centre over squared radius, within q <= 1 or in its own pixel;
    the idea of elliptical-weight-average surface splatting (Zwicker et al. 2001) with round footprints. Pixels nobody
    reaches stay 0.

    Args:
        uv, depth, radius: as for `splat`; draw `nearest` with the same values and round splats.
        color: (N, C) float32.
        nearest: (H, W) float32 depth image from `splat`, 0 where empty.
        tolerance: (N,) or one number, world units.

    Returns:
        (H, W, C) float32.
    """
    uv, depth = np.ascontiguousarray(uv, np.float32), np.ascontiguousarray(depth, np.float32)
    radius = np.ascontiguousarray(radius, np.float32)
    color = np.ascontiguousarray(color, np.float32)
    tolerance = np.ascontiguousarray(np.broadcast_to(np.asarray(tolerance, np.float32), depth.shape))
    image = np.zeros((*nearest.shape, color.shape[1]), np.float32)
    on_threads(
        lambda a, b: _blend_rows(uv, depth, radius, color, nearest, tolerance, a, b, image),
        ranges(nearest.shape[0], workers(threads)),
    )
    return image


def flat(ids: np.ndarray, color: np.ndarray) -> np.ndarray:
    """Every pixel's own point's colour: (H, W) int32 ids and (N, C) float32 -> (H, W, C) float32, 0 where empty."""
    image = np.empty((*ids.shape, color.shape[1]), np.float32)
    _flat(np.ascontiguousarray(ids, np.int32), np.ascontiguousarray(color, np.float32), image)
    return image


def to_bytes(
    image: np.ndarray, ids: np.ndarray, background: tuple[int, int, int], shade: np.ndarray | None = None
) -> np.ndarray:
    """(H, W, 3) float32 -> uint8, rounded, 0..255, times the (H, W) shade, the background where `ids` are negative."""
    out = np.empty(image.shape, np.uint8)
    factor = np.ones((1, 1), np.float32) if shade is None else np.ascontiguousarray(shade, np.float32)
    _to_bytes(np.ascontiguousarray(image, np.float32), ids, factor, np.array(background, np.uint8), out)
    return out


def fill_holes(
    ids: np.ndarray, depth: np.ndarray, *, rounds: int = 2, min_neighbors: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """Which empty pixels of a splatted image close small holes, and which pixels they should copy.

    An empty pixel with at least `min_neighbors` of its 8 neighbours filled copies the neighbour of (lower) median
    depth; repeated `rounds` times, each round reading only the result of the one before. A filled pixel therefore
    shows a point that truly covers a pixel at most `rounds` away.

    Returns:
        (P,) holes and (P,) sources, flat pixel indices: `ids.ravel()[holes] = ids.ravel()[sources]` fills the ids,
        likewise depth and colours.
    """
    own = np.arange(ids.size, dtype=np.int32)
    source = own.reshape(ids.shape)
    filled = ids >= 0
    for _ in range(rounds):
        source, filled = _fill_once(source, filled, np.ascontiguousarray(depth, np.float32), min_neighbors)
    holes = np.flatnonzero(source.ravel() != own)
    return holes, source.ravel()[holes]


@njit(cache=True, nogil=True)
def _blend_rows(uv, depth, radius, color, nearest, tolerance, first, last, image):
    width, channels = image.shape[1], image.shape[2]
    pixel = np.uint64(channels + 1)  # numbers per pixel: the sum of weights, then the weighted colours
    total = np.zeros((last - first) * width * (channels + 1), np.float32)
    farthest = _farthest(nearest, first, last)
    for i in range(len(depth)):
        d = depth[i]
        if not (d > 0.0 and d < np.inf):
            continue
        u, v = np.float64(uv[i, 0]), np.float64(uv[i, 1])
        r = np.float64(radius[i]) if radius[i] > 0.0 else 0.0  # 0 for what is no number, too
        top, bottom, left, right = footprint(u, v, r, first, last, width)
        if top > bottom or left > right or _hidden(farthest, d, tolerance[i], top - first, bottom - first, left, right):
            continue
        limit, faded = r * r, 1.0 / (r * r) if r > 0.0 else 0.0
        own_row, own_column = np.floor(v), np.floor(u)
        for row in range(top, bottom + 1):
            dy = row + 0.5 - v
            for column in range(left, right + 1):
                if d > nearest[np.uint64(row), np.uint64(column)] + tolerance[i]:
                    continue
                dx = column + 0.5 - u
                squared = dx * dx + dy * dy
                if squared > limit and (row != own_row or column != own_column):
                    continue
                rest = max(1.0 - squared * faded, 0.0)
                weight = np.float32(rest * rest + 1e-3)
                at = (np.uint64(row - first) * np.uint64(width) + np.uint64(column)) * pixel
                total[at] += weight
                for channel in range(channels):
                    total[at + np.uint64(1 + channel)] += weight * color[i, channel]
    sums = total.reshape((last - first, width, channels + 1))
    for row in range(first, last):
        for column in range(width):
            weight = sums[row - first, column, 0]
            if weight > 0.0:
                for channel in range(channels):
                    image[row, column, channel] = sums[row - first, column, 1 + channel] / weight


@njit(cache=True, nogil=True)
def _farthest(nearest, first, last):
    """Greatest depth in every block of `_BLOCK` x `_BLOCK` pixels from row `first` on; empty pixels count as 0."""
    out = np.zeros(((last - first) // _BLOCK + 1, nearest.shape[1] // _BLOCK + 1), np.float32)
    for row in range(first, last):
        for column in range(nearest.shape[1]):
            a, b = (row - first) // _BLOCK, column // _BLOCK
            out[a, b] = max(out[a, b], nearest[row, column])
    return out


@njit(cache=True, nogil=True)
def _hidden(farthest, depth, tolerance, top, bottom, left, right):
    """Whether no pixel of a footprint can pass the test on its depth: one look instead of one per pixel."""
    for a in range(top // _BLOCK, bottom // _BLOCK + 1):
        for b in range(left // _BLOCK, right // _BLOCK + 1):
            if farthest[a, b] + tolerance >= depth:
                return False
    return True


@njit(cache=True, nogil=True)
def _flat(ids, color, image):
    height, width, channels = image.shape
    for row in range(height):
        for column in range(width):
            point = ids[row, column]
            for channel in range(channels):
                image[row, column, channel] = color[np.uint64(point), channel] if point >= 0 else np.float32(0.0)


@njit(cache=True, nogil=True)
def _to_bytes(image, ids, factor, background, out):
    height, width, channels = image.shape
    shaded = factor.size > 1
    for row in range(height):
        for column in range(width):
            scale = factor[row, column] if shaded else np.float32(1.0)
            for channel in range(channels):
                value = image[row, column, channel] * scale + np.float32(0.5)
                value = min(max(value, np.float32(0.0)), np.float32(255.0))
                out[row, column, channel] = np.uint8(value) if ids[row, column] >= 0 else background[channel]


@njit(cache=True, nogil=True)
def _fill_once(source, filled, depth, min_neighbors):
    height, width = source.shape
    flat = depth.ravel()
    new_source, new_filled = source.copy(), filled.copy()
    depths, pixels = np.empty(8, np.float32), np.empty(8, np.int32)
    for row in range(height):
        for column in range(width):
            if filled[row, column]:
                continue
            count = 0
            for r in range(max(row - 1, 0), min(row + 2, height)):
                for c in range(max(column - 1, 0), min(column + 2, width)):
                    if filled[r, c]:
                        pixel = source[r, c]
                        k = count
                        while k > 0 and depths[k - 1] > flat[pixel]:  # insertion keeps the depths sorted
                            depths[k], pixels[k] = depths[k - 1], pixels[k - 1]
                            k -= 1
                        depths[k], pixels[k] = flat[pixel], pixel
                        count += 1
            if count >= min_neighbors:
                new_source[row, column] = pixels[(count - 1) // 2]
                new_filled[row, column] = True
    return new_source, new_filled
