"""From a depth picture to points with normals, in the frame of the camera.

A pixel counts if it and the four pixels `REACH` away lie on one surface: depth may change between them by no more than
on a surface seen at 80 degrees. What hangs between foreground and background (flying pixels) goes that way. The normal
is that of the two chords between those neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from sceneglot.scenes.capture.frames import Lens

REACH = 3
"""Pixels from the middle to the neighbours that give the normal: 1 cm at 2 m, more than the noise of depth cameras."""
STEEPEST = 5.67
"""Tangent of the largest angle, 80 degrees, between a surface and the picture plane."""
LEAST_STEP = 0.02
"""Share of the depth that may be noise between neighbours, however fine the pixels are."""
NEAREST = 0.1
"""Metres; what is nearer is the sensor's own noise."""


@dataclass(frozen=True, eq=False)
class Samples:
    """S points in the camera's frame.

    Attributes:
        xyz: (S, 3) float32 metres. normal: (S, 3) float32 unit vectors towards the camera.
        weight: (S,) float32, cos(angle of view) / depth^2: noise of depth cameras grows with the square of the depth.
        pixel: (S,) int64 flat pixel index.
    """

    xyz: np.ndarray
    normal: np.ndarray
    weight: np.ndarray
    pixel: np.ndarray


def sample_depth(depth: np.ndarray, lens: Lens, farthest: float) -> Samples:
    """Points of a depth picture.

    Args:
        depth: (H, W) float32 metres, 0 for none.
        lens: of this picture.
        farthest: metres; what lies beyond is left out.
    """
    rows = _sample(np.ascontiguousarray(depth, np.float32), lens.fx, lens.fy, lens.cx, lens.cy, np.float32(farthest))
    return Samples(*rows)


def sample_depth_reference(depth: np.ndarray, lens: Lens, farthest: float) -> Samples:
    """`sample_depth` in plain numpy: the oracle of the tests."""
    height, width = depth.shape
    v, u = np.mgrid[0:height, 0:width] + 0.5
    d = depth.astype(np.float64)
    points = np.stack([(u - lens.cx) / lens.fx * d, (v - lens.cy) / lens.fy * d, d], -1)
    inner = (slice(REACH, height - REACH), slice(REACH, width - REACH))
    middle = d[inner]
    shifts = [(0, -REACH), (0, REACH), (-REACH, 0), (REACH, 0)]
    around = [
        points[REACH + dv : height - REACH + dv or None, REACH + du : width - REACH + du or None] for dv, du in shifts
    ]
    good = (middle >= NEAREST) & (middle <= np.float32(farthest))
    for neighbour in around:
        good &= np.abs(neighbour[..., 2] - middle) <= _largest_step(lens.fx, lens.fy) * middle
    normal = np.cross(around[3] - around[2], around[1] - around[0])
    center = points[inner]
    with np.errstate(invalid="ignore", divide="ignore"):
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        towards = -np.einsum("hwc,hwc->hw", normal, center) / np.linalg.norm(center, axis=-1)
        good &= towards > 0
        weight = towards / middle**2
    pixel = np.arange(height * width).reshape(height, width)[inner]
    return Samples(
        center[good].astype(np.float32), normal[good].astype(np.float32), weight[good].astype(np.float32), pixel[good]
    )


@njit(cache=True)
def _largest_step(fx, fy):
    """Largest change of depth over `REACH` pixels, as a share of the depth."""
    return max(LEAST_STEP, STEEPEST * REACH / min(fx, fy))


@njit(cache=True)
def _sample(depth, fx, fy, cx, cy, farthest):
    height, width = depth.shape
    most = max(height - 2 * REACH, 0) * max(width - 2 * REACH, 0)
    xyz = np.empty((most, 3), np.float32)
    normal = np.empty((most, 3), np.float32)
    weight = np.empty(most, np.float32)
    pixel = np.empty(most, np.int64)
    count = 0
    step = _largest_step(fx, fy)
    for v in range(REACH, height - REACH):
        for u in range(REACH, width - REACH):
            d = np.float64(depth[v, u])
            if not (d >= NEAREST and d <= farthest):
                continue
            left, right = np.float64(depth[v, u - REACH]), np.float64(depth[v, u + REACH])
            up, down = np.float64(depth[v - REACH, u]), np.float64(depth[v + REACH, u])
            limit = step * d
            if abs(left - d) > limit or abs(right - d) > limit or abs(up - d) > limit or abs(down - d) > limit:
                continue
            x, y = (u + 0.5 - cx) / fx, (v + 0.5 - cy) / fy
            reach_x, reach_y = REACH / fx, REACH / fy
            # chords right - left and down - up
            ax, ay, az = (x + reach_x) * right - (x - reach_x) * left, y * (right - left), right - left
            bx, by, bz = x * (down - up), (y + reach_y) * down - (y - reach_y) * up, down - up
            nx, ny, nz = by * az - bz * ay, bz * ax - bx * az, bx * ay - by * ax
            length = np.sqrt(nx * nx + ny * ny + nz * nz)
            if not length > 0:
                continue
            towards = -(nx * x + ny * y + nz) / (length * np.sqrt(x * x + y * y + 1))
            if not towards > 0:
                continue
            xyz[count, 0], xyz[count, 1], xyz[count, 2] = x * d, y * d, d
            normal[count, 0], normal[count, 1], normal[count, 2] = nx / length, ny / length, nz / length
            weight[count] = towards / (d * d)
            pixel[count] = v * width + u
            count += 1
    return xyz[:count], normal[:count], weight[:count], pixel[:count]
