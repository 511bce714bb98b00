"""The workbench: builders put solids of materials together and get a `Piece`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sceneglot.synth import solids
from sceneglot.synth.room import Material, Part
from sceneglot.synth.solids import Solid, Vec3


@dataclass(frozen=True)
class Surface:
    """A level rectangle that carries things, in the local frame of its piece.

    Attributes:
        x, y: (low, high) metres.
        z: height.
        room: free height above it.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    z: float
    room: float = 2.0


@dataclass(frozen=True, eq=False)
class Piece:
    """A built thing before it is placed: parts in the local frame of `Item`, words, and what can stand on it.

    Attributes:
        size: (width, depth, height), metres.
        low: lowest z of the parts (below 0 for what hangs from the ceiling or sinks into a counter).
        state: see `Item`.
    """

    parts: tuple[Part, ...]
    style: str
    shape: str
    surfaces: tuple[Surface, ...]
    size: tuple[float, float, float]
    low: float = 0.0
    state: str = ""


class Kit:
    """Collects solids while a builder works; every solid becomes a part of its own, which keeps collisions exact."""

    def __init__(self) -> None:
        self._solids: list[tuple[Material, Solid]] = []
        self._surfaces: list[Surface] = []

    def add(self, material: Material, *parts: Solid) -> None:
        """Adds ready solids."""
        self._solids += [(material, solid) for solid in parts]

    def box(self, m: Material, w: float, d: float, h: float, x: float = 0, y: float = 0, z: float = 0) -> None:
        """Adds a cuboid of size (w, d, h) whose bottom face is centred at (x, y, z)."""
        self._solids.append((m, solids.box(w, d, h, (x, y, z))))

    def cushion(
        self, m: Material, w: float, d: float, h: float, x: float = 0, y: float = 0, z: float = 0, soft: float = 0.5
    ) -> None:
        """Adds an upholstered block of size (w, d, h) whose bottom is centred at (x, y, z)."""
        self._solids.append((m, solids.cushion(w, d, h, (x, y, z), soft)))

    def cylinder(
        self,
        m: Material,
        r: float,
        h: float,
        x: float = 0,
        y: float = 0,
        z: float = 0,
        n: int = 12,
        top: float | None = None,
    ) -> None:
        """Adds an upright cylinder, or a frustum with upper radius `top`, standing at (x, y, z)."""
        self._solids.append((m, solids.cylinder(r, h, (x, y, z), n, top)))

    def rod(self, m: Material, start: Vec3, end: Vec3, r: float, n: int = 6) -> None:
        """Adds a round bar."""
        self._solids.append((m, solids.rod(start, end, r, n)))

    def legs(self, m: Material, w: float, d: float, h: float, thick: float, round_: bool = False, z: float = 0) -> None:
        """Adds four legs whose outer sides span (w, d), from z to z + h."""
        for sx in (-1, 1):
            for sy in (-1, 1):
                x, y = sx * (w - thick) / 2, sy * (d - thick) / 2
                if round_:
                    self.cylinder(m, thick / 2, h, x, y, z, n=8)
                else:
                    self.box(m, thick, thick, h, x, y, z)

    def ground(self) -> None:
        """Lifts or lowers everything so that the lowest point is at z = 0."""
        low = min(float(s.vertices[:, 2].min()) for _, s in self._solids)
        self._solids = [(m, Solid(s.vertices - (0, 0, low), s.faces)) for m, s in self._solids]

    def surface(self, w: float, d: float, z: float, x: float = 0, y: float = 0, room: float = 2.0) -> None:
        """Declares that things may stand on the rectangle (w, d) around (x, y) at height z."""
        self._surfaces.append(Surface((x - w / 2, x + w / 2), (y - d / 2, y + d / 2), z, room))

    def piece(self, style: str = "", shape: str = "", hung: bool = False, state: str = "") -> Piece:
        """The finished piece, shifted so that its footprint is centred (or, if hung, its back lies at y = 0)."""
        low = np.min([s.vertices.min(0) for _, s in self._solids], axis=0)
        high = np.max([s.vertices.max(0) for _, s in self._solids], axis=0)
        shift = np.array([-(low[0] + high[0]) / 2, -high[1] if hung else -(low[1] + high[1]) / 2, 0.0])
        parts = tuple(
            Part((solid.vertices + shift).astype(np.float32), solid.faces, material) for material, solid in self._solids
        )
        dx, dy = float(shift[0]), float(shift[1])
        surfaces = tuple(
            Surface((s.x[0] + dx, s.x[1] + dx), (s.y[0] + dy, s.y[1] + dy), s.z, s.room) for s in self._surfaces
        )
        width, depth, height = (float(v) for v in high - low)
        return Piece(parts, style, shape, surfaces, (width, depth, height), float(low[2]), state)


def span(rng: np.random.Generator, low: float, high: float) -> float:
    """A length between low and high, metres, rounded to the millimetre so that platforms agree."""
    return round(float(rng.uniform(low, high)), 3)


def one_of(rng: np.random.Generator, *choices: str) -> str:
    """One of the words; repeat a word to make it likelier."""
    return choices[int(rng.integers(len(choices)))]


def chance(rng: np.random.Generator, p: float) -> bool:
    """True with probability p."""
    return bool(rng.random() < p)
