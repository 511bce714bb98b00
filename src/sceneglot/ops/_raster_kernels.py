"""Serial numba kernels of `sceneglot.ops.raster`: project points, and keep the nearest of them in every pixel.

The z-buffer holds one uint64 per pixel, the bits of the depth (a positive float32 sorts like its bits) above the index
of the point: one unsigned minimum decides depth and tie at once, and does not depend on the order points come in. The
innermost loops have a fixed number of steps without branches, so that they become vector instructions; the buffer has
`PAD` spare columns to the right for them. Indices are unsigned: signed ones make numba test for negative values.
"""

from __future__ import annotations

import numpy as np
from numba import njit

PAD = 4
"""Spare columns of a z-buffer."""

_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


@njit(cache=True, nogil=True)
def project_range(xyz, camera, orthographic, spacing, low, high, keep, first, last, uv, depth, radius):
    """Fill rows first..last-1 of `uv`, `depth` and `radius`; see `raster.project`."""
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
def splat_rows(uv, depth, radius, index, is_round, first, last, keys, ids, nearest):
    """Draw all points into rows first..last-1 of `ids` and `nearest`; see `raster.splat`.

    Args:
        keys: (last - first, width + PAD) uint64, overwritten.
    """
    width, stride = ids.shape[1], np.uint64(keys.shape[1])
    flat, bits = keys.reshape(-1), depth.view(np.uint32)
    flat[:] = _EMPTY
    for i in range(len(depth)):
        d = depth[i]
        if not (d > 0.0 and d < np.inf):
            continue
        u, v = np.float64(uv[i, 0]), np.float64(uv[i, 1])
        r = np.float64(radius[i]) if radius[i] > 0.0 else 0.0  # 0 for what is no number, too
        top, bottom, left, right = footprint(u, v, r, first, last, width)
        if top > bottom or left > right:
            continue
        key = (np.uint64(bits[i]) << _SHIFT) | np.uint64(index[i])
        limit = r * r if is_round else np.inf
        start = np.uint64(top - first) * stride + np.uint64(left)
        if right - left < 4:
            _cover_narrow(flat, start, stride, key, u, v, limit, top, bottom, left, right)
        else:
            _cover_wide(flat, start, stride, key, u, v, limit, top, bottom, left, right)
        row, column = np.floor(v), np.floor(u)
        if top <= row <= bottom and left <= column <= right:
            own = np.uint64(row - first) * stride + np.uint64(column)
            flat[own] = min(flat[own], key)
    _resolve(flat, stride, first, last, ids, nearest)


@njit(cache=True, nogil=True, inline="always")
def _cover_narrow(flat, start, stride, key, u, v, limit, top, bottom, left, right):
    """A footprint of at most four columns: NaN stands for the distance to a column that is not covered."""
    x0, x1, x2, x3 = left + 0.5 - u, left + 1.5 - u, left + 2.5 - u, left + 3.5 - u
    x0 = x0 * x0
    x1 = x1 * x1 if left + 1 <= right else np.nan
    x2 = x2 * x2 if left + 2 <= right else np.nan
    x3 = x3 * x3 if left + 3 <= right else np.nan
    at0 = start
    for row in range(top, bottom + 1):
        y = row + 0.5 - v
        y = y * y
        at1, at2, at3 = at0 + np.uint64(1), at0 + np.uint64(2), at0 + np.uint64(3)
        old0, old1, old2, old3 = flat[at0], flat[at1], flat[at2], flat[at3]
        new0 = key if x0 + y <= limit else _EMPTY
        new1 = key if x1 + y <= limit else _EMPTY
        new2 = key if x2 + y <= limit else _EMPTY
        new3 = key if x3 + y <= limit else _EMPTY
        flat[at0] = new0 if new0 < old0 else old0
        flat[at1] = new1 if new1 < old1 else old1
        flat[at2] = new2 if new2 < old2 else old2
        flat[at3] = new3 if new3 < old3 else old3
        at0 += stride


@njit(cache=True, nogil=True, inline="always")
def _cover_wide(flat, start, stride, key, u, v, limit, top, bottom, left, right):
    """A footprint of any width, row by row."""
    at = start
    for row in range(top, bottom + 1):
        y = row + 0.5 - v
        y = y * y
        for k in range(right + 1 - left):
            x = left + k + 0.5 - u
            new = key if x * x + y <= limit else _EMPTY
            old = flat[at + np.uint64(k)]
            flat[at + np.uint64(k)] = new if new < old else old
        at += stride


@njit(cache=True, nogil=True)
def _resolve(flat, stride, first, last, ids, nearest):
    """Take the keys apart: indices (-1 where empty) and depths (0 where empty)."""
    width, bits = ids.shape[1], nearest.view(np.uint32)
    for row in range(first, last):
        at = np.uint64(row - first) * stride
        for column in range(width):
            key = flat[at + np.uint64(column)]
            hit = key != _EMPTY
            ids[row, column] = np.int32(key & _LOW) if hit else np.int32(-1)
            bits[row, column] = np.uint32(key >> _SHIFT) if hit else np.uint32(0)
