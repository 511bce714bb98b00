"""Survey of a scene before it is photographed: where floor, ceiling and outer walls are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import ndimage

from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene

CEILING_CLASS = 22
"""NYU40 id of the ceiling."""

SHELL_CLASSES = (0, 1, 8, 9, 11, 13, 16, 19, 22, 28, 30)
"""NYU40 ids of what stands or hangs at the border of a room and hides it from outside: nothing known, wall, door,
window, picture, blinds, curtain, mirror, ceiling, shower curtain, whiteboard."""

LOWEST_CEILING = 2.1
"""Nothing lower above the floor is taken for a ceiling, metres."""

_CELL = 0.1
_MOST_CELLS = 256
_STRAYS = 0.002
_CEILING_COVER = 0.02


@dataclass(frozen=True, eq=False)
class Survey:
    """What a photographer needs to know about a scene.

    Attributes:
        low, high: (3,) float64 corners of the box that holds all but a few stray points, metres.
        floor: height of the floor.
        ceiling: height above which points belong to the ceiling (slightly below its plane), `inf` where there is none.
        top: height of the highest point.
        inside: (X, Y) bool, the footprint: which cells of the plan are room.
        origin: (2,) world position of the lower corner of cell (0, 0).
        cell: edge of a cell, metres.
    """

    low: np.ndarray
    high: np.ndarray
    floor: float
    ceiling: float
    top: float
    inside: np.ndarray
    origin: np.ndarray
    cell: float

    @property
    def center(self) -> np.ndarray:
        """(3,) middle of the room between floor and the lower of its ceiling and highest point."""
        return np.array([*(self.low[:2] + self.high[:2]) / 2, (self.floor + min(self.high[2], self.ceiling)) / 2])

    def cells(self, xy: np.ndarray) -> np.ndarray:
        """(N, 2) world positions -> (N, 2) int32 cell indices, clipped to the plan."""
        index = np.floor((np.asarray(xy) - self.origin) / self.cell)
        return np.clip(index, 0, np.array(self.inside.shape) - 1).astype(np.int32)

    def holds(self, xy: np.ndarray) -> np.ndarray:
        """(N,) bool: which world positions lie inside the footprint."""
        xy = np.atleast_2d(xy)
        i, j = self.cells(xy).T
        within = ((xy >= self.origin) & (xy < self.origin + self.cell * np.array(self.inside.shape))).all(1)
        return within & self.inside[i, j]

    def entered(self, eye: np.ndarray, limit: float = np.inf) -> np.ndarray:
        """(X, Y) float32: how many metres of the straight way from `eye` to each cell centre run inside.

        Counting stops beyond `limit` metres; farther cells have some value above it.
        """
        eye = (np.asarray(eye, np.float64)[:2] - self.origin) / self.cell
        return _entered(self.inside, eye[0], eye[1], limit / self.cell) * np.float32(self.cell)


def survey(scene: Scene) -> Survey:
    """Survey a scene from its points (those that are numbers), or from its boxes where it has no points."""
    finite = np.isfinite(scene.xyz).all(1)
    if not finite.any():
        return _survey_boxes(scene.objects)
    xyz = scene.xyz[finite].astype(np.float64)
    semantic = None if scene.semantic is None else scene.semantic[finite]
    low, high = np.quantile(xyz, [_STRAYS, 1 - _STRAYS], axis=0)
    slack = 0.02 * float((high - low).max()) + 1e-3
    low, high = np.maximum(low - slack, xyz.min(0)), np.minimum(high + slack, xyz.max(0))
    floor = float(np.quantile(xyz[:, 2], 0.01))
    cell = max(_CELL, float((high - low)[:2].max()) / _MOST_CELLS)
    origin = low[:2] - cell  # one empty cell all around
    shape = np.ceil((high[:2] - low[:2]) / cell).astype(int) + 3
    index = np.floor((xyz[:, :2] - origin) / cell).astype(np.int64)
    valid = ((index >= 0) & (index < shape)).all(1)
    flat = index[valid] @ (shape[1], 1)
    inside = _footprint(np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape))
    labelled = np.zeros(0) if semantic is None else xyz[semantic == CEILING_CLASS, 2]
    if len(labelled) > 0.005 * len(xyz):
        ceiling = float(np.quantile(labelled, 0.2)) - 0.1
    else:
        ceiling = _ceiling(xyz[valid, 2], flat, floor, inside)
    return Survey(low, high, floor, ceiling, float(xyz[:, 2].max()), inside, origin, cell)


def _survey_boxes(objects: Objects) -> Survey:
    """The boxes' bounds as one cell; a unit cube where there are no boxes."""
    low, high = (np.zeros(3), np.ones(3)) if len(objects) == 0 else (objects.low.min(0), objects.high.max(0))
    low, high = low.astype(np.float64), np.maximum(high, low + 1e-3).astype(np.float64)
    cell = float(max(high[:2] - low[:2]))
    return Survey(low, high, float(low[2]), np.inf, float(high[2]), np.ones((1, 1), bool), low[:2], cell)


def _footprint(count: np.ndarray) -> np.ndarray:
    """Cells that are room: occupied, small gaps closed, holes filled, specks and outliers dropped."""
    pad = 4
    occupied = np.pad(count >= 2, pad)
    ball = ndimage.generate_binary_structure(2, 1)
    closed = ndimage.binary_fill_holes(ndimage.binary_closing(occupied, ball, iterations=3))
    opened = ndimage.binary_opening(closed, ball, iterations=2)
    if not opened.any():
        return count > 0
    names: np.ndarray = ndimage.label(opened)[0]  # type: ignore[index]
    area = np.bincount(names.ravel())[1:]
    rooms = 1 + np.flatnonzero(area >= 0.1 * area.max())
    return np.isin(names, rooms)[pad:-pad, pad:-pad]


def _ceiling(z: np.ndarray, cell: np.ndarray, floor: float, inside: np.ndarray) -> float:
    """Height just below the ceiling of an unlabelled scan: of the points that roof the room's interior, if some do.

    A cell is roofed when its highest point is well above head height and nothing is just below it: walls, curtains and
    cupboards fill their columns, ceilings hang in the air.
    """
    interior = np.asarray(ndimage.binary_erosion(inside, iterations=2), bool).ravel()
    top = np.full(inside.size, -np.inf)
    np.maximum.at(top, cell, z)
    below = np.bincount(cell[(z < top[cell] - 0.2) & (z > top[cell] - 0.7)], minlength=inside.size)
    roofed = interior & (top > floor + LOWEST_CEILING) & (below == 0)
    if roofed.sum() <= _CEILING_COVER * interior.sum():
        return np.inf
    return float(np.quantile(top[roofed], 0.2)) - 0.1


@njit(cache=True, nogil=True)
def _entered(inside, eye_x, eye_y, limit):
    """Cells' way inside, in cells: half-cell steps from the eye to every cell centre."""
    nx, ny = inside.shape
    way = np.zeros((nx, ny), np.float32)
    for i in range(nx):
        for j in range(ny):
            dx, dy = i + 0.5 - eye_x, j + 0.5 - eye_y
            length = np.sqrt(dx * dx + dy * dy)
            steps = int(2.0 * length)
            count = 0
            for s in range(steps):
                t = (s + 0.5) / steps
                x, y = int(np.floor(eye_x + t * dx)), int(np.floor(eye_y + t * dy))
                if 0 <= x < nx and 0 <= y < ny and inside[x, y]:
                    count += 1
                    if count * length > (limit + 1.0) * steps:
                        break
            if steps:
                way[i, j] = count * length / steps
    return way
