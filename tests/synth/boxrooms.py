"""Small hand-made rooms whose every surface is known in closed form."""

from __future__ import annotations

import numpy as np

from sceneglot.synth.room import Item, Material, Part, Room

WALL = Material("paint", (225, 222, 215), "white")
FLOOR = Material("wood", (134, 88, 52), "brown", accent=(96, 62, 36), texture="grain", texture_scale=0.15)
WOOD = Material("wood", (112, 72, 42), "brown", accent=(80, 50, 28), texture="grain", texture_scale=0.12)
RED = Material("plastic", (196, 46, 44), "red")
BLUE = Material("fabric", (46, 84, 160), "blue", accent=(90, 120, 190), texture="stripes", texture_scale=0.1)
GLASS = Material("glass", (128, 140, 140), "gray", dropout=0.9, shine=0.9)


def box(low: tuple[float, float, float], high: tuple[float, float, float], material: Material) -> Part:
    """A closed box, outward winding."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    vertices = np.asarray(low) + corners * (np.asarray(high) - np.asarray(low))
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return Part(vertices.astype(np.float32), np.array(faces, np.int32), material)


def shell(width: float, depth: float, height: float) -> tuple[Item, ...]:
    """Floor, four walls and ceiling, 10 cm thick, around a floor centred on the origin."""
    x, y, t = width / 2, depth / 2, 0.1
    at = (0.0, 0.0, 0.0)
    walls = (
        box((-x - t, -y - t, 0), (-x, y + t, height), WALL),
        box((x, -y - t, 0), (x + t, y + t, height), WALL),
        box((-x, -y - t, 0), (x, -y, height), WALL),
        box((-x, y, 0), (x, y + t, height), WALL),
    )
    return (
        Item("floor", 2, (box((-x - t, -y - t, -t), (x + t, y + t, 0), FLOOR),), at, 0.0),
        *(Item("wall", 1, (wall,), at, 0.0, parent=-2) for wall in walls),
        Item("ceiling", 22, (box((-x - t, -y - t, height), (x + t, y + t, height + t), WALL),), at, 0.0, parent=-3),
    )


def room(*items: Item, width: float = 4.0, depth: float = 5.0, height: float = 2.6, seed: int = 3) -> Room:
    """A rectangular room around the origin with the given items."""
    x, y = width / 2, depth / 2
    plan = np.array([(-x, -y), (x, -y), (x, y), (-x, y)])
    return Room(f"box-room-{seed}", "test room", plan, height, shell(width, depth, height), items, seed)


def table(x: float = 0.0, y: float = 0.0, yaw: float = 0.0) -> Item:
    """A four-legged table of 1.4 x 0.8 x 0.74 m."""
    legs = [box((sx * 0.66 - 0.03, sy * 0.36 - 0.03, 0), (sx * 0.66 + 0.03, sy * 0.36 + 0.03, 0.7), WOOD)
            for sx in (-1, 1) for sy in (-1, 1)]  # fmt: skip
    top = box((-0.7, -0.4, 0.7), (0.7, 0.4, 0.74), WOOD)
    return Item("table", 7, (top, *legs), (x, y, 0.0), yaw, shape="rectangular", style="four-legged")


def chair(x: float, y: float, yaw: float) -> Item:
    """A chair of boxes, front towards local -y."""
    legs = [box((sx * 0.19 - 0.02, sy * 0.19 - 0.02, 0), (sx * 0.19 + 0.02, sy * 0.19 + 0.02, 0.43), WOOD)
            for sx in (-1, 1) for sy in (-1, 1)]  # fmt: skip
    seat = box((-0.22, -0.22, 0.43), (0.22, 0.22, 0.48), BLUE)
    back = box((-0.22, 0.18, 0.48), (0.22, 0.22, 0.95), BLUE)
    return Item("chair", 5, (seat, back, *legs), (x, y, 0.0), yaw, has_front=True)


def block(x: float = 0.0, y: float = 0.0, size: tuple[float, float, float] = (0.6, 0.5, 0.5), **kwargs) -> Item:
    """A solid red box standing on the floor (or at height z)."""
    dx, dy, dz = size
    z = kwargs.pop("z", 0.0)
    material = kwargs.pop("material", RED)
    part = box((-dx / 2, -dy / 2, 0), (dx / 2, dy / 2, dz), material)
    return Item(kwargs.pop("label", "box"), kwargs.pop("nyu40", 29), (part,), (x, y, z), 0.0, **kwargs)


def dining_room(seed: int = 3) -> Room:
    """Table with a small block on it, and two chairs."""
    cup = block(0.2, 0.1, (0.1, 0.1, 0.12), z=0.74, label="cup", nyu40=40, parent=0)
    return room(table(), chair(0, -0.75, np.pi), chair(0, 0.75, 0.0), cup, seed=seed)
