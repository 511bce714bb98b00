"""Object maps in points: boxes as sampled surfaces, so that a table of labelled boxes can be drawn like a scan."""

from __future__ import annotations

import colorsys
import zlib
from dataclasses import replace

import numpy as np

from sceneglot.scenes.labels import STRUCTURE_NYU40, nyu40_of
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import NO_INSTANCE, Scene

_FLOOR_RGB = (222, 216, 206)
_FLOOR_CLASS = 2
_MOST_POINTS = 200_000
_NORMALS = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], np.float32)
_LIGHT = np.array([0.72, 0.8, 0.88, 0.66, 0.5, 1.0], np.float32)


def with_box_points(scene: Scene, *, spacing: float = 0.02) -> Scene:
    """The scene itself if it has points, else a copy with the surfaces of its boxes and a floor as points.

    The points are on a regular grid (nothing is drawn at random), carry normals and the object's id as `instance`, and
    the object's colour, dimmed by the direction a face looks to. Where a map has no colours (all rows alike) each label
    gets its own. `spacing` (metres) grows where the boxes would need more than 200,000 points. Walls, floor and ceiling
    are left out: as boxes they would hide everything else. `semantic` is the class of the object's label.
    """
    objects = scene.objects
    if len(scene) or not len(objects):
        return scene
    classes = np.array([nyu40_of(label) for label in objects.label], np.int16)
    rows = np.flatnonzero(~np.isin(classes, STRUCTURE_NYU40))
    area = float(_areas(objects.size[rows]).sum()) + float(np.prod(np.ptp(_plan(objects), axis=0)))
    spacing = max(spacing, (area / _MOST_POINTS) ** 0.5)
    colors = _colors(objects)
    xyz, rgb, normal, owner = [], [], [], []
    for row in rows:
        points, face = _box_surface(objects.low[row], objects.high[row], spacing)
        xyz.append(points)
        rgb.append(colors[row] * _LIGHT[face, None])
        normal.append(_NORMALS[face])
        owner.append(np.full(len(points), row))
    corner, opposite = _plan(objects)
    floor = _grid(corner, opposite, spacing)
    floor = np.column_stack([floor, np.full(len(floor), objects.low[:, 2].min() - 0.01)])
    xyz.append(floor)
    rgb.append(np.broadcast_to(np.array(_FLOOR_RGB, np.float32), floor.shape))
    normal.append(np.broadcast_to(_NORMALS[5], floor.shape))
    owner.append(np.full(len(floor), len(objects)))
    row_of_point = np.concatenate(owner)
    return replace(
        scene,
        xyz=np.concatenate(xyz).astype(np.float32),
        rgb=np.concatenate(rgb).astype(np.uint8),
        normal=np.concatenate(normal).astype(np.float32),
        instance=np.append(objects.id, np.int32(NO_INSTANCE))[row_of_point],
        segment=None,
        semantic=np.append(classes, np.int16(_FLOOR_CLASS))[row_of_point],
        has_color=True,
    )


def label_color(label: str) -> tuple[int, int, int]:
    """A fixed, readable RGB for a label: hue by its checksum."""
    code = zlib.crc32(label.encode())
    red, green, blue = colorsys.hsv_to_rgb(
        (code % 360) / 360, 0.45 + 0.1 * (code >> 9 & 3), 0.95 - 0.08 * (code >> 11 & 3)
    )
    return round(255 * red), round(255 * green), round(255 * blue)


def _colors(objects: Objects) -> np.ndarray:
    if len(np.unique(objects.color, axis=0)) > 1:
        return objects.color.astype(np.float32)
    return np.array([label_color(label) for label in objects.label], np.float32)


def _plan(objects: Objects) -> np.ndarray:
    """(2, 2) opposite corners of the floor below all boxes, half a metre wider."""
    return np.stack([objects.low[:, :2].min(0) - 0.5, objects.high[:, :2].max(0) + 0.5])


def _areas(size: np.ndarray) -> np.ndarray:
    x, y, z = size.T
    return 2 * (x * y + y * z + z * x)


def _grid(low: np.ndarray, high: np.ndarray, spacing: float) -> np.ndarray:
    """(M, 2) grid over a rectangle, borders included; one point along a side of no length."""
    sides = [np.linspace(a, b, 1 + int(np.ceil((b - a) / spacing))) for a, b in zip(low, high)]
    return np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, 2)


def _box_surface(low: np.ndarray, high: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Points on the six faces, (M, 3), and the face of each, (M,): -x, +x, -y, +y, -z, +z."""
    points, faces = [], []
    for axis in range(3):
        others = [a for a in range(3) if a != axis]
        grid = _grid(low[others], high[others], spacing)
        for side, value in enumerate((low[axis], high[axis])):
            face = np.empty((len(grid), 3))
            face[:, others], face[:, axis] = grid, value
            points.append(face)
            faces.append(np.full(len(grid), 2 * axis + side))
    return np.concatenate(points), np.concatenate(faces)
