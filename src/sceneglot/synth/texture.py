"""Procedural textures: the colour of a surface point from its material, in object space.

Nothing is stored and nothing is drawn: a pattern is a function of the point, so both sides of a seam and every frame
agree. `albedo` is the compiled path, `albedo_reference` the same in plain numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from sceneglot.synth.room import Material

PATTERNS = ("plain", "grain", "checker", "stripes", "speckle", "tiles", "blotches")
"""Pattern names in the order of the codes that the kernels use."""


@dataclass(frozen=True, eq=False)
class Palette:
    """M materials as columns for the kernels.

    Attributes:
        base, accent: (M, 3) float32 RGB, 0..255.
        pattern: (M,) int32 index into `PATTERNS`.
        scale: (M,) float32 period, metres.
        shine, dropout: (M,) float32, see `Material`.
    """

    base: np.ndarray
    accent: np.ndarray
    pattern: np.ndarray
    scale: np.ndarray
    shine: np.ndarray
    dropout: np.ndarray

    @classmethod
    def of(cls, materials: Sequence[Material]) -> Palette:
        """Columns of the given materials, in order."""
        return cls(
            base=np.array([m.color for m in materials], np.float32).reshape(-1, 3),
            accent=np.array([m.accent for m in materials], np.float32).reshape(-1, 3),
            pattern=np.array([PATTERNS.index(m.texture) for m in materials], np.int32),
            scale=np.array([max(m.texture_scale, 1e-3) for m in materials], np.float32),
            shine=np.array([m.shine for m in materials], np.float32),
            dropout=np.array([m.dropout for m in materials], np.float32),
        )


def albedo(points: np.ndarray, normals: np.ndarray, material: np.ndarray, salt: np.ndarray, palette: Palette):
    """Unlit colour of surface points.

    Args:
        points: (N, 3) float32, object frame, metres.
        normals: (N, 3) float32, object frame; picks the plane the pattern lies in.
        material: (N,) int32 rows of `palette`.
        salt: (N,) int32, one number per object, so that two equal chairs differ in their grain.

    Returns:
        (N, 3) float32 RGB, 0..255.
    """
    return _albedo(
        np.ascontiguousarray(points, np.float32), np.ascontiguousarray(normals, np.float32),
        material, salt, palette.base, palette.accent, palette.pattern, palette.scale,
    )  # fmt: skip


@njit(cache=True)
def hash_unit(x: int, y: int, z: int, salt: int) -> float:
    """Number in [0, 1) from three integers (xorshift-multiply avalanche on 32 bits)."""
    h = (x * 374761393 + y * 668265263 + z * 2147483647 + salt * 144665) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    h = ((h ^ (h >> 12)) * 0x297A2D39) & 0xFFFFFFFF
    h = h ^ (h >> 15)
    return h / 4294967296.0


@njit(cache=True)
def _noise(x: float, y: float, z: float, salt: int) -> float:
    """Value noise in [0, 1): trilinear blend of hashed lattice values, smooth at the lattice."""
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    a = hash_unit(i, j, k, salt) * (1 - u) + hash_unit(i + 1, j, k, salt) * u
    b = hash_unit(i, j + 1, k, salt) * (1 - u) + hash_unit(i + 1, j + 1, k, salt) * u
    c = hash_unit(i, j, k + 1, salt) * (1 - u) + hash_unit(i + 1, j, k + 1, salt) * u
    d = hash_unit(i, j + 1, k + 1, salt) * (1 - u) + hash_unit(i + 1, j + 1, k + 1, salt) * u
    return (a * (1 - v) + b * v) * (1 - w) + (c * (1 - v) + d * v) * w


@njit(cache=True)
def _mix(pattern: int, x: float, y: float, z: float, nx: float, ny: float, nz: float, salt: int):
    """(weight of the accent 0..1, brightness factor) at a point measured in pattern periods."""
    if nz >= nx and nz >= ny:
        u, v = x, y
    elif ny >= nx:
        u, v = x, z
    else:
        u, v = y, z
    if pattern == 1:  # grain: noise drawn out along u, bent a little
        bend = 0.6 * _noise(u * 0.3, v, 0.5, salt)
        line = _noise(u * 0.35, (v + bend) * 5.0, 1.5, salt + 1)
        return 0.45 * line * line, 1.0 + 0.10 * (_noise(u * 0.5, v * 14.0, 2.5, salt + 2) - 0.5)
    if pattern == 2:  # checker
        odd = (int(np.floor(u)) + int(np.floor(v))) & 1
        return 0.85 * odd, 1.0
    if pattern == 3:  # stripes along v
        return (0.85 if u - np.floor(u) > 0.62 else 0.0), 1.0
    if pattern == 4:  # speckle: grains of a quarter period, one in six the accent
        spot = hash_unit(int(np.floor(u * 4.0)), int(np.floor(v * 4.0)), 3, salt)
        return (0.6 if spot > 0.84 else 0.0), 1.0 + 0.14 * (spot - 0.5)
    if pattern == 5:  # tiles: joints in the accent, every tile a little different
        fu, fv = u - np.floor(u), v - np.floor(v)
        joint = fu < 0.03 or fv < 0.03
        tile = hash_unit(int(np.floor(u)), int(np.floor(v)), 5, salt)
        return (0.7 if joint else 0.0), 1.0 + 0.10 * (tile - 0.5)
    if pattern == 6:  # blotches
        blot = 0.65 * _noise(x, y, z, salt) + 0.35 * _noise(2.1 * x, 2.1 * y, 2.1 * z, salt + 7)
        edge = min(max((blot - 0.54) / 0.08, 0.0), 1.0)
        return 0.8 * edge * edge * (3 - 2 * edge), 1.0
    return 0.0, 1.0 + 0.06 * (_noise(x * 0.7, y * 0.7, z * 0.7, salt) - 0.5)


@njit(cache=True)
def _albedo(points, normals, material, salt, base, accent, pattern, scale):
    out = np.empty((len(points), 3), np.float32)
    for n in range(len(points)):
        m = material[n]
        s = np.float64(scale[m])
        # The shift keeps faces that lie exactly on a lattice plane (z = 0) from flickering between two cells.
        x, y, z = points[n, 0] / s + 0.37, points[n, 1] / s + 0.37, points[n, 2] / s + 0.37
        w, f = _mix(pattern[m], x, y, z, abs(normals[n, 0]), abs(normals[n, 1]), abs(normals[n, 2]), salt[n])
        for c in range(3):
            value = (base[m, c] * (1.0 - w) + accent[m, c] * w) * f
            out[n, c] = min(max(value, 0.0), 255.0)
    return out


def albedo_reference(
    points: np.ndarray, normals: np.ndarray, material: np.ndarray, salt: np.ndarray, palette: Palette
) -> np.ndarray:
    """`albedo` in plain numpy, all patterns evaluated everywhere: slow, short, the oracle of the tests."""
    p = points.astype(np.float64) / palette.scale[material][:, None].astype(np.float64) + 0.37
    flat = np.abs(normals)
    on_z = (flat[:, 2] >= flat[:, 0]) & (flat[:, 2] >= flat[:, 1])
    on_y = ~on_z & (flat[:, 1] >= flat[:, 0])
    u = np.where(on_z | on_y, p[:, 0], p[:, 1])
    v = np.where(on_z, p[:, 1], p[:, 2])
    s = salt.astype(np.int64)
    cell_u, cell_v = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    full = lambda value: np.full(len(p), value)  # noqa: E731
    bend = 0.6 * _noise_numpy(u * 0.3, v, full(0.5), s)
    line = _noise_numpy(u * 0.35, (v + bend) * 5.0, full(1.5), s + 1)
    spot = _hash_numpy(np.floor(u * 4.0).astype(np.int64), np.floor(v * 4.0).astype(np.int64), 3, s)
    joint = ((u - cell_u) < 0.03) | ((v - cell_v) < 0.03)
    x, y, z = p.T
    blot = 0.65 * _noise_numpy(x, y, z, s) + 0.35 * _noise_numpy(2.1 * x, 2.1 * y, 2.1 * z, s + 7)
    edge = np.clip((blot - 0.54) / 0.08, 0, 1)
    one = full(1.0)
    weights = [
        full(0.0), 0.45 * line**2, 0.85 * ((cell_u + cell_v) & 1), 0.85 * ((u - cell_u) > 0.62), 0.6 * (spot > 0.84),
        0.7 * joint, 0.8 * edge**2 * (3 - 2 * edge),
    ]  # fmt: skip
    factors = [
        1 + 0.06 * (_noise_numpy(0.7 * x, 0.7 * y, 0.7 * z, s) - 0.5),
        1 + 0.10 * (_noise_numpy(u * 0.5, v * 14.0, full(2.5), s + 2) - 0.5),
        one, one, 1 + 0.14 * (spot - 0.5), 1 + 0.10 * (_hash_numpy(cell_u, cell_v, 5, s) - 0.5), one,
    ]  # fmt: skip
    code = palette.pattern[material]
    rows = np.arange(len(p))
    w, f = np.stack(weights)[code, rows][:, None], np.stack(factors)[code, rows][:, None]
    return np.clip((palette.base[material] * (1 - w) + palette.accent[material] * w) * f, 0, 255).astype(np.float32)


def _hash_numpy(x: np.ndarray, y: np.ndarray, z: np.ndarray | int, salt: np.ndarray) -> np.ndarray:
    mask = np.int64(0xFFFFFFFF)
    h = (x * 374761393 + y * 668265263 + np.int64(z) * 2147483647 + salt * 144665) & mask
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & mask
    h = ((h ^ (h >> 12)) * 0x297A2D39) & mask
    return (h ^ (h >> 15)) / 4294967296.0


def _noise_numpy(x: np.ndarray, y: np.ndarray, z: np.ndarray, salt: np.ndarray) -> np.ndarray:
    corner = [np.floor(t).astype(np.int64) for t in (x, y, z)]
    frac = [t - c for t, c in zip((x, y, z), corner)]
    ease = [f * f * (3 - 2 * f) for f in frac]
    total = np.zeros(len(x))
    for i in (0, 1):
        for j in (0, 1):
            for k in (0, 1):
                weight = np.ones(len(x))
                for bit, e in zip((i, j, k), ease):
                    weight = weight * (e if bit else 1 - e)
                total += weight * _hash_numpy(corner[0] + i, corner[1] + j, corner[2] + k, salt)
    return total
