"""Room, Item, Part, Material: the furnished geometry that the virtual scanner then looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Texture = Literal["plain", "grain", "checker", "stripes", "speckle", "tiles", "blotches"]


@dataclass(frozen=True)
class Material:
    """What a surface looks like and how a depth camera sees it.

    Attributes:
        name: "wood", "metal", "fabric", "glass", ... the word language uses.
        color: base RGB, 0..255.
        color_name: the word language uses for `color` ("brown").
        accent: second RGB that the texture mixes in.
        texture: procedural pattern in object space.
        texture_scale: size of one pattern period, metres.
        dropout: probability that a depth ray hitting it returns nothing (glass, mirrors, black metal).
        shine: 0 matt .. 1 mirror-like; adds a highlight to the colour and range noise.
    """

    name: str
    color: tuple[int, int, int]
    color_name: str
    accent: tuple[int, int, int] = (0, 0, 0)
    texture: Texture = "plain"
    texture_scale: float = 0.2
    dropout: float = 0.0
    shine: float = 0.0


@dataclass(frozen=True, eq=False)
class Part:
    """A closed triangle mesh of one material, in the item's local frame.

    Local frame: origin at the centre of the item's footprint on the surface it stands on, z up, **front towards
    -y**; hanging items (pictures, curtains) have their back plane at y = 0 and extend towards -y.
    """

    vertices: np.ndarray  # (V, 3) float32, metres
    faces: np.ndarray  # (F, 3) int32
    material: Material


@dataclass(frozen=True, eq=False)
class Item:
    """One object of a room: parts, placed.

    Attributes:
        label: category name ("office chair"); nyu40: its NYU40 class id (see scenes/labels.py).
        style: short word for the variant ("four-legged"), for captions; may be "".
        shape: word for the outline ("round", "rectangular", "L-shaped"), "" if not telling.
        position: (3,) world position of the local origin, metres; yaw: radians about z (counter-clockwise).
        parent: index into `Room.items` of the item it stands on or lies in; -1 for floor, -2 wall, -3 ceiling.
        has_front: whether the item has a front a person would name.
        state: what its geometry shows it to be in ("open", "closed"), "" if nothing that changes.
    """

    label: str
    nyu40: int
    parts: tuple[Part, ...]
    position: tuple[float, float, float]
    yaw: float
    parent: int = -1
    style: str = ""
    shape: str = ""
    has_front: bool = False
    state: str = ""

    @property
    def material(self) -> Material:
        """Material of the part with the largest area-like extent: what people would name the item's colour by."""
        return max(self.parts, key=lambda part: float(np.prod(np.sort(np.ptp(part.vertices, axis=0))[1:]))).material

    def world_vertices(self) -> np.ndarray:
        """(V, 3) float32: vertices of all parts in the room frame."""
        return np.concatenate([self.place(part.vertices) for part in self.parts])

    def place(self, local: np.ndarray) -> np.ndarray:
        """(V, 3) local points -> room frame."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        x, y, z = local.T
        return (np.stack([c * x - s * y, s * x + c * y, z], 1) + np.asarray(self.position)).astype(np.float32)

    @property
    def front(self) -> np.ndarray:
        """(3,) unit vector out of the front in the room frame; NaN if the item has none."""
        if not self.has_front:
            return np.full(3, np.nan, np.float32)
        return np.array([np.sin(self.yaw), -np.cos(self.yaw), 0.0], np.float32)


@dataclass(frozen=True, eq=False)
class Room:
    """A furnished room: floor at z = 0, plan polygon counter-clockwise, metres.

    Attributes:
        plan: (P, 2) float64 corners of the floor, counter-clockwise, axis-parallel edges.
        height: ceiling height.
        shell: floor, walls (openings already cut out) and ceiling as items (labels "floor", "wall", "ceiling").
        items: furniture and things, doors and windows included.
        seed: everything about the room follows from it and the generator version.
    """

    id: str
    room_type: str
    plan: np.ndarray
    height: float
    shell: tuple[Item, ...]
    items: tuple[Item, ...]
    seed: int
