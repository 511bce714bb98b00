"""A sampled room for the tests of the renderer: five metres by four, walls, floor, ceiling and a table."""

from __future__ import annotations

import numpy as np

from sceneglot.scenes import Objects, Scene, Source

WALL, FLOOR, CEILING, TABLE = 1, 2, 22, 7
COLORS = {WALL: (200, 190, 170), FLOOR: (120, 90, 60), CEILING: (250, 250, 250), TABLE: (30, 60, 200)}
SIZE = np.array([5.0, 4.0, 2.6])


def plane(low, high, normal, label, spacing=0.04):
    sides = [np.arange(a, b + 1e-6, spacing) if b > a else np.array([a]) for a, b in zip(low, high)]
    xyz = np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, 3)
    return xyz, np.broadcast_to(normal, xyz.shape), np.full(len(xyz), label)


def boxroom(*, ceiling=True, labels=True, normals=True, color=True) -> Scene:
    x, y, z = SIZE
    planes = [
        plane((0, 0, 0), (x, y, 0), (0, 0, 1), FLOOR),
        plane((0, 0, 0), (0, y, z), (1, 0, 0), WALL),
        plane((x, 0, 0), (x, y, z), (-1, 0, 0), WALL),
        plane((0, 0, 0), (x, 0, z), (0, 1, 0), WALL),
        plane((0, y, 0), (x, y, z), (0, -1, 0), WALL),
        plane((2, 1.5, 0.8), (3, 2.5, 0.8), (0, 0, 1), TABLE),
    ]
    if ceiling:
        planes.append(plane((0, 0, z), (x, y, z), (0, 0, -1), CEILING))
    xyz, normal, label = (np.concatenate(column) for column in zip(*planes))
    rgb = np.array([COLORS[k] for k in label], np.uint8)
    return Scene(
        id="boxroom",
        xyz=xyz.astype(np.float32),
        rgb=rgb if color else np.full_like(rgb, 128),
        source=Source("test"),
        normal=normal.astype(np.float32) if normals else None,
        semantic=label.astype(np.int16) if labels else None,
        instance=np.where(label == TABLE, 5, -1).astype(np.int32),
        objects=Objects(np.array([5]), ("table",), np.array([[2.5, 2.0, 0.8]]), np.array([[1.0, 1.0, 0.02]])),
        has_color=color,
    )


def empty() -> Scene:
    return Scene(id="empty", xyz=np.zeros((0, 3), np.float32), rgb=np.zeros((0, 3), np.uint8), source=Source("test"))


def object_map() -> Scene:
    objects = Objects(
        np.array([3, 8]),
        ("bed", "lamp"),
        np.array([[0.0, 0.0, 0.3], [2.0, 0.0, 0.75]]),
        np.array([[2.0, 1.5, 0.6], [0.4, 0.4, 1.5]]),
    )
    blank = empty()
    return Scene(id="map", xyz=blank.xyz, rgb=blank.rgb, source=Source("test"), objects=objects)
