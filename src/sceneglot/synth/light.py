"""Light: windows and lamps, soft shadows and ambient occlusion, cached on a coarse grid of the room.

Shadow rays for every pixel of every frame would cost more than everything else together and would be noisy. Light on
matt surfaces varies slowly, so it is sampled at a few real surface points per grid cell and main direction, averaged,
and looked up with trilinear weights (an irradiance cache on a regular grid; Ward, Rubinstein and Clear, "A Ray
Tracing Solution for Diffuse Interreflection", SIGGRAPH 1988, is the idea). All frames see the same light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import ndimage

from sceneglot.synth.raycast import Caster
from sceneglot.synth.room import Item, Room

CEILING = -3
"""`Item.parent` of what hangs from the ceiling."""

GLOW = 1.08
"""Gain of things that shine themselves."""

_REPRESENTATIVES = 3  # surface points per cell and direction that light is computed at
_AMBIENT_RAYS = 5  # hemisphere rays per such point
_AMBIENT_REACH = 0.8  # metres: nearer things darken, farther ones do not
_LIFT = 0.004  # metres: start of secondary rays above the surface
_MOST_LIGHTS = 6
_SHARPNESS = 60  # exponent of the highlight
_LEAST_SHINE = 0.05


@dataclass(frozen=True, eq=False)
class Lights:
    """L soft lights.

    Attributes:
        samples: (L, S, 3) float32 points that a light shines from, room frame, metres.
        power: (L, 3) float32 RGB.
        reach: (L,) float32, distance where the light has fallen to half, metres.
        ambient: (3,) float32 RGB.
        glowing: owner rows (items first) that shine themselves.
    """

    samples: np.ndarray
    power: np.ndarray
    reach: np.ndarray
    ambient: np.ndarray
    glowing: tuple[int, ...]


def room_lights(room: Room, rng: np.random.Generator) -> Lights:
    """The lights of a room: its windows, ceiling lamps (a plain one where there is none) and other lamps."""
    warmth = rng.uniform(-0.05, 0.07)
    warm, day = np.array([1 + warmth, 1.0, 1 - warmth]), np.array([0.97, 1.0, 1.04])
    found: list[tuple[float, np.ndarray, np.ndarray, float]] = []  # strength, samples, colour, reach
    glowing = []
    has_ceiling_lamp = False
    for index, item in enumerate(room.items):
        words = item.label.split()
        if "window" in words:
            found.append((0.8, _window_samples(item, rng), day, 3.0))
        elif item.parent == CEILING and words and words[-1] == "lamp":
            found.append((0.75, _around(item, rng, below=True), warm, 2.5))
            has_ceiling_lamp = True
        elif words and words[-1] == "lamp":
            found.append((0.25, _around(item, rng, below=False), warm * (1.06, 1.0, 0.9), 0.9))
        else:
            continue
        glowing.append(index)
    if not has_ceiling_lamp:
        middle = (room.plan.min(0) + room.plan.max(0)) / 2
        spread = rng.uniform(-0.25, 0.25, (4, 3)) * (1, 1, 0.2)
        found.append((0.6, (*middle, room.height - 0.25) + spread, warm, 2.5))
    found.sort(key=lambda light: -light[0])
    found = found[:_MOST_LIGHTS]
    return Lights(
        samples=np.stack([f[1] for f in found]).astype(np.float32),
        power=np.stack([f[0] * f[2] for f in found]).astype(np.float32),
        reach=np.array([f[3] for f in found], np.float32),
        ambient=(0.55 * (warm + day) / 2).astype(np.float32),
        glowing=tuple(glowing),
    )


def _window_samples(item: Item, rng: np.random.Generator) -> np.ndarray:
    """Points 0.3 m inside the room (curtains hang in between), spread over the opening."""
    local = np.concatenate([part.vertices for part in item.parts])
    low, high = local.min(0), local.max(0)
    at = low + (high - low) * rng.uniform(0.15, 0.85, (4, 3))
    at[:, 1] = low[1] - 0.3
    return item.place(at)


def _around(item: Item, rng: np.random.Generator, *, below: bool) -> np.ndarray:
    """Points around a lamp's shade (or below a ceiling lamp), outside of its own surfaces."""
    vertices = item.world_vertices()
    low, high = vertices.min(0), vertices.max(0)
    middle, half = (low + high) / 2, (high - low) / 2
    turn = rng.uniform(0, 2 * np.pi) + np.arange(4) * np.pi / 2
    around = np.stack([np.cos(turn), np.sin(turn), np.zeros(4)], 1)
    if below:
        return np.array([middle[0], middle[1], low[2] - 0.06]) + around * (0.12, 0.12, 0)
    return np.array([middle[0], middle[1], high[2] - 0.1]) + around * (np.hypot(half[0], half[1]) + 0.03)


@dataclass(frozen=True, eq=False)
class LightGrid:
    """What light does to colours, per cell and main direction (+x, -x, +y, -y, +z, -z) of the surface.

    Light multiplies linear intensities; with a display gamma of 2.2 that is a gain of light^(1/2.2) on 8-bit values.

    Attributes:
        origin: (3,) corner of the grid, metres; cell: edge length, metres.
        value: (X, Y, Z, 6, 3) float32 gain of RGB values.
        weight: (X, Y, Z, 6) float32 share of surface points behind a value, 0 where there is no surface near.
    """

    origin: np.ndarray
    cell: float
    value: np.ndarray
    weight: np.ndarray

    def lookup(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """(N, 3) float32 gain at surface points (N, 3) with unit normals (N, 3) towards the viewer."""
        return _lookup(points, normals, self.origin, np.float32(self.cell), self.value, self.weight)

    def lookup_reference(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """`lookup` in plain numpy, the oracle of the tests."""
        at = (points - self.origin) / np.float32(self.cell) - np.float32(0.5)
        base = np.floor(at).astype(np.int64)
        frac = at - base
        total, mass = np.zeros((len(points), 3)), np.zeros(len(points))
        top = np.array(self.weight.shape[:3]) - 1
        for axis in range(3):
            share = normals[:, axis] ** 2
            side = 2 * axis + (normals[:, axis] < 0)
            for corner in np.ndindex(2, 2, 2):
                ijk = np.clip(base + corner, 0, top)
                w = np.where(corner, frac, 1 - frac).prod(1) * share * (share >= _LEAST_SHARE)
                w = w * self.weight[(*ijk.T, side)]
                total += w[:, None] * self.value[(*ijk.T, side)]
                mass += w
        return np.where(mass[:, None] > 0, total / np.maximum(mass, 1e-12)[:, None], 1.0).astype(np.float32)


def light_grid(
    points: np.ndarray,
    normals: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    lights: Lights,
    caster: Caster,
    cell: float,
    rng: np.random.Generator,
) -> LightGrid:
    """Compute light where the camera looked, exposed so that the median surface keeps about its own colour.

    Args:
        points, normals: (N, 3) float32 surface points and unit normals towards the viewer, room frame.
        bounds: ((3,), (3,)) corners of a box that holds all points.
        cell: edge of the grid cells, metres.
    """
    origin = np.asarray(bounds[0], np.float32) - np.float32(0.5 * cell)
    shape = tuple(int(n) for n in np.floor((bounds[1] - origin) / cell + 0.5).astype(int) + 1)
    chosen = _representatives(points, normals, origin, np.float32(cell), shape)
    slot = np.flatnonzero(chosen >= 0)
    ray = chosen[slot]
    light = _received(points[ray], normals[ray], lights, caster, rng)
    entry = slot // _REPRESENTATIVES
    size = int(np.prod(shape)) * 6
    weight = np.bincount(entry, minlength=size)
    columns = [weight, *(np.bincount(entry, light[:, c], size) for c in range(3))]
    # Few rays per cell are noisy: neighbouring cells of the same direction share theirs.
    mass, *sums = (_blur(column.astype(np.float32).reshape(*shape, 6)) for column in columns)
    value = np.stack(sums, -1) / np.maximum(mass, 1e-6)[..., None]
    value /= np.median(value.reshape(size, 3)[weight > 0].mean(1))
    # The bounds leave a brown thing brown in the darkest corner and under the brightest lamp.
    gain = np.float32(0.92) * np.clip(value, 0.4, 1.3) ** np.float32(1 / 2.2)
    return LightGrid(origin=origin, cell=cell, value=gain, weight=mass)


def _blur(grid: np.ndarray) -> np.ndarray:
    for axis in range(3):
        grid = ndimage.convolve1d(grid, (0.25, 0.5, 0.25), axis=axis, mode="constant")
    return grid


def _received(
    points: np.ndarray, normals: np.ndarray, lights: Lights, caster: Caster, rng: np.random.Generator
) -> np.ndarray:
    """(N, 3) ambient light dimmed by what is near, plus every light with its soft shadow."""
    n = len(points)
    start = points + _LIFT * normals
    # A uniform point on a sphere of radius 1 around the tip of the normal gives cosine-weighted directions.
    away = rng.standard_normal((n, _AMBIENT_RAYS, 3), dtype=np.float32)
    away /= np.sqrt(np.einsum("nkc,nkc->nk", away, away))[..., None] + np.float32(1e-9)
    away += np.float32(1.001) * normals[:, None]
    away /= np.sqrt(np.einsum("nkc,nkc->nk", away, away))[..., None]
    near = caster.blocked(
        np.repeat(start, _AMBIENT_RAYS, 0), away.reshape(-1, 3), np.full(n * _AMBIENT_RAYS, _AMBIENT_REACH, np.float32)
    )
    open_share = 1 - near.reshape(n, _AMBIENT_RAYS).mean(1)
    total = lights.ambient * (0.3 + 0.7 * open_share[:, None])
    for samples, power, reach in zip(lights.samples, lights.power, lights.reach):
        to = samples[rng.integers(len(samples), size=n)] - start
        distance = np.sqrt(np.einsum("nc,nc->n", to, to))
        to /= distance[:, None] + 1e-6
        cosine = np.maximum(np.einsum("nc,nc->n", to, normals), 0)
        lit = cosine > 0
        lit[lit] = ~caster.blocked(start[lit], to[lit], distance[lit])
        total = total + (lit * cosine / (1 + (distance / reach) ** 2))[:, None] * power
    return total


@njit(cache=True)
def _representatives(points, normals, origin, cell, shape):
    """(cells * 6 * R,) int32: for every cell, main direction and slot one ray, -1 for none; the last ray wins."""
    out = np.full(shape[0] * shape[1] * shape[2] * 6 * _REPRESENTATIVES, -1, np.int32)
    for n in range(len(points)):
        i = int((points[n, 0] - origin[0]) / cell)
        j = int((points[n, 1] - origin[1]) / cell)
        k = int((points[n, 2] - origin[2]) / cell)
        axis = 0
        if abs(normals[n, 1]) > abs(normals[n, 0]):
            axis = 1
        if abs(normals[n, 2]) > abs(normals[n, axis]):
            axis = 2
        side = 2 * axis + (1 if normals[n, axis] < 0 else 0)
        slot = (n * 2654435761 >> 16) % _REPRESENTATIVES  # neighbouring rays go to different slots
        out[(((i * shape[1] + j) * shape[2] + k) * 6 + side) * _REPRESENTATIVES + slot] = n
    return out


_LEAST_SHARE = 0.08  # directions that a normal hardly points to are not worth eight memory reads


@njit(cache=True)
def _lookup(points, normals, origin, cell, value, weight):
    out = np.ones((len(points), 3), np.float32)
    nx, ny, nz = weight.shape[:3]
    for n in range(len(points)):
        gx = (points[n, 0] - origin[0]) / cell - np.float32(0.5)
        gy = (points[n, 1] - origin[1]) / cell - np.float32(0.5)
        gz = (points[n, 2] - origin[2]) / cell - np.float32(0.5)
        i, j, k = int(np.floor(gx)), int(np.floor(gy)), int(np.floor(gz))
        fx, fy, fz = gx - i, gy - j, gz - k
        r = g = b = mass = 0.0
        for axis in range(3):
            share = normals[n, axis] * normals[n, axis]
            if share < _LEAST_SHARE:
                continue
            side = 2 * axis + (1 if normals[n, axis] < 0 else 0)
            for corner in range(8):
                di, dj, dk = corner >> 2, (corner >> 1) & 1, corner & 1
                x = min(max(i + di, 0), nx - 1)
                y = min(max(j + dj, 0), ny - 1)
                z = min(max(k + dk, 0), nz - 1)
                w = weight[x, y, z, side]
                if w == 0.0:
                    continue
                w *= (fx if di else 1 - fx) * (fy if dj else 1 - fy) * (fz if dk else 1 - fz) * share
                r += w * value[x, y, z, side, 0]
                g += w * value[x, y, z, side, 1]
                b += w * value[x, y, z, side, 2]
                mass += w
        if mass > 0.0:
            out[n, 0], out[n, 1], out[n, 2] = r / mass, g / mass, b / mass
    return out


def shade(albedo: np.ndarray, gain: np.ndarray, highlight: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Lit colour, before image noise.

    Args:
        albedo: (N, 3) float32, 0..255.
        gain: (N, 3) float32 from `LightGrid.lookup`.
        highlight: (N,) float32 0..1, mirror-like share of a lamp's image.
        exposure: (N,) float32 gain of the frame.

    Returns:
        (N, 3) float32, not yet clipped to 0..255.
    """
    return albedo * gain * exposure[:, None] + 90 * highlight[:, None]


def highlights(
    points: np.ndarray, normals: np.ndarray, to_camera: np.ndarray, shine: np.ndarray, lights: Lights
) -> np.ndarray:
    """(N,) float32 Blinn-Phong highlight 0..1 of the lights on shiny surfaces; `to_camera` (N, 3) unit vectors."""
    return _highlights(points, normals, to_camera, shine, lights.samples.mean(1), lights.power.mean(1))


def highlights_reference(
    points: np.ndarray, normals: np.ndarray, to_camera: np.ndarray, shine: np.ndarray, lights: Lights
) -> np.ndarray:
    """`highlights` in plain numpy, the oracle of the tests."""
    total = np.zeros(len(points))
    for samples, power in zip(lights.samples, lights.power):
        to = samples.mean(0) - points
        to /= np.linalg.norm(to, axis=1, keepdims=True) + 1e-6
        half = to + to_camera
        half /= np.linalg.norm(half, axis=1, keepdims=True) + 1e-6
        total += power.mean() * np.clip((half * normals).sum(1), 0, 1) ** _SHARPNESS
    return np.where(shine > _LEAST_SHINE, np.clip(total * shine, 0, 1), 0).astype(np.float32)


@njit(cache=True)
def _highlights(points, normals, to_camera, shine, lamps, power):
    out = np.zeros(len(points), np.float32)
    for n in range(len(points)):
        if shine[n] <= _LEAST_SHINE:
            continue
        total = 0.0
        for k in range(len(lamps)):
            x, y, z = lamps[k, 0] - points[n, 0], lamps[k, 1] - points[n, 1], lamps[k, 2] - points[n, 2]
            length = np.sqrt(x * x + y * y + z * z) + 1e-6
            x, y, z = x / length + to_camera[n, 0], y / length + to_camera[n, 1], z / length + to_camera[n, 2]
            length = np.sqrt(x * x + y * y + z * z) + 1e-6
            cosine = (x * normals[n, 0] + y * normals[n, 1] + z * normals[n, 2]) / length
            if cosine > 0.8:  # 0.8^60 is a millionth
                total += power[k] * min(cosine, 1.0) ** _SHARPNESS
        out[n] = min(total * shine[n], 1.0)
    return out
