"""Closed, low-poly triangle solids: the clay all furniture is made of.

Every function returns a `Solid` in metres, z up, watertight, faces counter-clockwise seen from outside. `at` is the
centre of the bottom face unless said otherwise.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

Vec3 = tuple[float, float, float]
ORIGIN: Vec3 = (0.0, 0.0, 0.0)


class Solid(NamedTuple):
    """A closed triangle mesh."""

    vertices: np.ndarray  # (V, 3) float64, metres
    faces: np.ndarray  # (F, 3) int32


_CUBE = np.array([[x, y, z] for z in (0, 1) for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))], float)
_CUBE_FACES = np.array(
    [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4]]
    + [[1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]],
    np.int32,
)


def box(width: float, depth: float, height: float, at: Vec3 = ORIGIN) -> Solid:
    """Axis-parallel cuboid: `width` along x, `depth` along y, `height` along z."""
    return Solid(_CUBE * (width, depth, height) + at, _CUBE_FACES)


@lru_cache(maxsize=64)
def circle(n: int) -> np.ndarray:
    """(n, 2) unit circle, counter-clockwise; the first vertex is turned half a step so that even n has flat sides."""
    angle = (np.arange(n) + 0.5) * (2 * np.pi / n)
    return np.stack([np.cos(angle), np.sin(angle)], 1)


@lru_cache(maxsize=64)
def _loft_faces(rings: int, n: int) -> np.ndarray:
    i = np.arange(n)
    j = (i + 1) % n
    faces = [np.stack([np.full(n, rings * n), j, i], 1)]  # bottom cap: fan about the vertex after all rings
    for r in range(rings - 1):
        low, high = r * n, (r + 1) * n
        faces += [np.stack([low + i, low + j, high + j], 1), np.stack([low + i, high + j, high + i], 1)]
    top = (rings - 1) * n
    faces.append(np.stack([np.full(n, rings * n + 1), top + i, top + j], 1))
    return np.concatenate(faces).astype(np.int32)


def loft(rings: np.ndarray, bottom: np.ndarray | None = None, top: np.ndarray | None = None) -> Solid:
    """Skin over a stack of rings, closed by fans.

    Args:
        rings: (R, n, 3) corners of each ring, counter-clockwise seen from above, lowest ring first.
        bottom: (3,) tip of the lower fan; the mean of the first ring if None. The ring must be star-shaped about it.
        top: (3,) tip of the upper fan; the mean of the last ring if None.
    """
    r, n, _ = rings.shape
    tips = np.stack(
        [
            rings[0].mean(0) if bottom is None else bottom,
            rings[-1].mean(0) if top is None else top,
        ]
    )
    return Solid(np.concatenate([rings.reshape(-1, 3), tips]), _loft_faces(r, n))


def lathe(profile: list[tuple[float, float]], at: Vec3 = ORIGIN, n: int = 12, squash: float = 1.0) -> Solid:
    """Solid of revolution about z.

    Args:
        profile: (radius, z) from bottom to top along the outside (then down the inside for a vessel); a radius of 0
            is allowed at either end only.
        at: where the profile's (0, 0) goes.
        n: corners of the circle.
        squash: factor on y; 1 is round.
    """
    points = np.array(profile, float)
    bottom = np.array([0, 0, points[0, 1]])
    top = np.array([0, 0, points[-1, 1]])
    points = points[int(points[0, 0] == 0) : len(points) - int(points[-1, 0] == 0)]
    rings = np.empty((len(points), n, 3))
    rings[:, :, :2] = circle(n) * points[:, None, :1]
    rings[:, :, 2] = points[:, 1:]
    rings[:, :, 1] *= squash
    return loft(rings + at, bottom + at, top + at)


def cylinder(radius: float, height: float, at: Vec3 = ORIGIN, n: int = 12, top: float | None = None) -> Solid:
    """Upright cylinder; `top` is the upper radius (frustum), 0 makes a cone."""
    return lathe([(radius, 0), (radius if top is None else top, height)], at, n)


def ellipsoid(rx: float, ry: float, rz: float, at: Vec3 = ORIGIN, n: int = 10, rings: int = 5) -> Solid:
    """Ellipsoid with half axes rx, ry, rz; `at` is its centre."""
    t = np.linspace(-np.pi / 2, np.pi / 2, rings + 2)
    profile = [(max(float(np.cos(a)), 0.0), float(np.sin(a))) for a in t]
    profile[0], profile[-1] = (0, -1), (0, 1)
    solid = lathe(profile, n=n)
    return Solid(solid.vertices * (rx, ry, rz) + at, solid.faces)


def cushion(width: float, depth: float, height: float, at: Vec3 = ORIGIN, soft: float = 0.3) -> Solid:
    """Upholstered block: a cuboid whose edges are bevelled by `soft` * half its smallest side."""
    b = soft * min(width, depth, height) / 2
    x, y = width / 2, depth / 2
    outline = lambda i, c: np.array(  # noqa: E731  inset i, corner cut c
        [(-x + i + c, -y + i), (x - i - c, -y + i), (x - i, -y + i + c), (x - i, y - i - c)]
        + [(x - i - c, y - i), (-x + i + c, y - i), (-x + i, y - i - c), (-x + i, -y + i + c)]
    )
    rings = np.empty((4, 8, 3))
    for ring, (inset, z) in zip(rings, ((b, 0.0), (0.0, b), (0.0, height - b), (b, height))):
        ring[:, :2] = outline(inset, b)
        ring[:, 2] = z
    return loft(rings + at)


def rod(start: Vec3, end: Vec3, radius: float, n: int = 6) -> Solid:
    """Round bar from `start` to `end`."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = (b - a) / np.linalg.norm(b - a)
    side = np.cross(axis, (0.0, 0.0, 1.0) if abs(axis[2]) < 0.9 else (1.0, 0.0, 0.0))
    side /= np.linalg.norm(side)
    ring = circle(n)[:, :1] * side + circle(n)[:, 1:] * np.cross(axis, side)
    return loft(np.stack([a + radius * ring, b + radius * ring]), a, b)


def torus(radius: float, tube: float, at: Vec3 = ORIGIN, n: int = 14, sides: int = 6) -> Solid:
    """Ring about z with centre line `radius`, tube radius `tube`; `at` is its centre."""
    section = circle(sides) * tube
    points = np.empty((n, sides, 3))
    points[:, :, :2] = circle(n)[:, None] * (radius + section[None, :, :1])
    points[:, :, 2] = section[None, :, 1]
    i, k = np.meshgrid(np.arange(n), np.arange(sides), indexing="ij")
    a, b = i * sides + k, (i + 1) % n * sides + k
    c, d = (i + 1) % n * sides + (k + 1) % sides, i * sides + (k + 1) % sides
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    return Solid(points.reshape(-1, 3) + at, faces.astype(np.int32))


def basin(
    width: float, depth: float, height: float, wall: float, at: Vec3 = ORIGIN, floor: float = 0.0, taper: float = 0.0
) -> Solid:
    """Open-topped box: bin, drawer, sink, bathtub.

    Args:
        wall: thickness of the sides at the rim.
        floor: thickness of the bottom; `wall` if 0.
        taper: how much smaller the bottom is than the rim, as a share of its sides.
    """
    floor = floor or wall
    outline = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    outer = np.array([width, depth])
    inner = outer - 2 * wall
    rings = np.empty((4, 4, 3))
    for ring, (size, z) in zip(
        rings, ((outer * (1 - taper), 0.0), (outer, height), (inner, height), (inner * (1 - taper), floor))
    ):
        ring[:, :2] = outline * size
        ring[:, 2] = z
    return loft(rings + at)


def slab(polygon: np.ndarray, low: float, high: float) -> Solid:
    """Upright prism over a simple polygon (P, 2), counter-clockwise, between heights `low` and `high`."""
    n = len(polygon)
    vertices = np.empty((2, n, 3))
    vertices[:, :, :2] = polygon
    vertices[0, :, 2], vertices[1, :, 2] = low, high
    cap = np.array(triangulate(polygon), np.int32)
    i = np.arange(n)
    j = (i + 1) % n
    sides = np.concatenate([np.stack([i, j, n + j], 1), np.stack([i, n + j, n + i], 1)])
    return Solid(vertices.reshape(-1, 3), np.concatenate([cap[:, ::-1], cap + n, sides]).astype(np.int32))


def triangulate(polygon: np.ndarray) -> list[tuple[int, int, int]]:
    """Ear clipping of a simple counter-clockwise polygon (P, 2): P - 2 index triples."""
    cross = lambda o, a, b: (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])  # noqa: E731
    left = list(range(len(polygon)))
    triangles = []
    while len(left) > 3:
        for k in range(len(left)):
            i, j, m = left[k - 1], left[k], left[(k + 1) % len(left)]
            a, b, c = polygon[i], polygon[j], polygon[m]
            others = (polygon[p] for p in left if p not in (i, j, m))
            if cross(a, b, c) > 0 and not any(
                cross(a, b, p) >= 0 and cross(b, c, p) >= 0 and cross(c, a, p) >= 0 for p in others
            ):
                triangles.append((i, j, m))
                del left[k]
                break
        else:
            raise ValueError("polygon is not simple and counter-clockwise")
    return [*triangles, (left[0], left[1], left[2])]


def turned(solid: Solid, axis: str, angle: float, about: Vec3 = ORIGIN) -> Solid:
    """The solid rotated by `angle` radians (right-handed) about the x, y or z axis through `about`."""
    c, s = np.cos(angle), np.sin(angle)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    v = solid.vertices - about
    out = v.copy()
    out[:, i], out[:, j] = c * v[:, i] - s * v[:, j], s * v[:, i] + c * v[:, j]
    return Solid(out + about, solid.faces)


def roughened(solid: Solid, rng: np.random.Generator, amount: float) -> Solid:
    """The solid with every vertex moved to or from the centre by up to the share `amount`: leaves, cloth."""
    centre = solid.vertices.mean(0)
    factor = 1 + amount * rng.uniform(-1, 1, (len(solid.vertices), 1))
    return Solid(centre + (solid.vertices - centre) * factor, solid.faces)
