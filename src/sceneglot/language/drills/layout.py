"""The measurements of one object map that drills are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sceneglot.graph.affordances import Affordances
from sceneglot.graph.shell import Shell
from sceneglot.language.colors import is_unknown, object_colors
from sceneglot.language.lexicon import lexicon, normalize
from sceneglot.scenes.objects import Objects

STRUCTURE = frozenset({"wall", "floor", "ceiling"})
"""Labels that are never a candidate, as in GPS; they tell where the room ends."""


def is_candidate(label: str) -> bool:
    """Whether an object with this label can be pointed at."""
    return normalize(label) not in STRUCTURE


@dataclass(frozen=True, eq=False)
class Layout:
    """Measurements of K objects, metres; row i is the thing, column j the anchor.

    Attributes:
        label: K normalised labels; spoken: (K,) bool, worth naming.
        low, high, center, size: (K, 3) float64 boxes.
        gap: (K, K) distance between the boxes, 0 where they touch; flat_gap: the same in plan.
        cover: (K, K) share of i's footprint above or below j's.
        delta: (K, K, 2) horizontal centre of i minus centre of j.
        front: (K, 2) horizontal unit vector out of the front, NaN where unknown.
        middle: (2,) middle of the room; room_low, room_high: (2,) its extent.
        colors, maybe_colors: sure colour word ("" for none) and every possible one.
        light: (K,) mean colour value, 0..255, NaN where unknown.
        floor: height of the floor.
    """

    label: tuple[str, ...]
    spoken: np.ndarray
    low: np.ndarray
    high: np.ndarray
    center: np.ndarray
    size: np.ndarray
    gap: np.ndarray
    flat_gap: np.ndarray
    cover: np.ndarray
    delta: np.ndarray
    front: np.ndarray
    middle: np.ndarray
    room_low: np.ndarray
    room_high: np.ndarray
    colors: list[str]
    maybe_colors: list[frozenset[str]]
    light: np.ndarray
    floor: float

    @classmethod
    def of(cls, objects: Objects) -> Layout:
        """Measure a table of objects."""
        label = tuple(normalize(text) for text in objects.label)
        words = lexicon()
        low, high = objects.low.astype(np.float64), objects.high.astype(np.float64)
        size, center = high - low, (low + high) / 2
        overlap = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
        apart = np.maximum(-overlap, 0.0)
        shared = np.maximum(overlap[..., :2], 0.0).prod(-1)
        shell = Shell.of(objects, Affordances(objects.label))
        sure, maybe = object_colors(objects)
        known = np.array([not is_unknown(rgb) for rgb in objects.color], bool)
        return cls(
            label=label,
            spoken=np.array([words.is_spoken(t) and t not in STRUCTURE for t in label], bool),
            low=low,
            high=high,
            center=center,
            size=size,
            gap=np.sqrt((apart**2).sum(-1)),
            flat_gap=np.hypot(apart[..., 0], apart[..., 1]),
            cover=shared / np.maximum(size[:, :2].prod(-1), 1e-6)[:, None],
            delta=center[:, None, :2] - center[None, :, :2],
            front=_flat_front(objects.front),
            middle=shell.center,
            room_low=shell.low,
            room_high=shell.high,
            colors=sure,
            maybe_colors=maybe,
            light=np.where(known, objects.color.astype(np.float64).mean(1), np.nan),
            floor=shell.floor,
        )

    def groups(self) -> dict[str, np.ndarray]:
        """Label -> its rows, in order, for the labels worth naming."""
        found: dict[str, list[int]] = {}
        for row in np.flatnonzero(self.spoken):
            found.setdefault(self.label[row], []).append(int(row))
        return {label: np.array(rows) for label, rows in found.items()}

    def to_walls(self, rows: np.ndarray) -> np.ndarray:
        """(M, 2) gaps to the nearest wall of the room's extent and to the nearest one across it, ascending."""
        low = np.maximum(self.low[rows, :2] - self.room_low, 0.0)
        high = np.maximum(self.room_high - self.high[rows, :2], 0.0)
        return np.sort(np.minimum(low, high), axis=1)

    def seen(self, gaze: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Metres to the right and behind, for a viewer with this gaze; (..., 2) each in, (...,) each out."""
        right = offset[..., 0] * gaze[..., 1] - offset[..., 1] * gaze[..., 0]
        return right, (offset * gaze).sum(-1)


def unit(vector: np.ndarray) -> np.ndarray:
    """(..., 2) to length one; no length gives +y, as `graph.viewer` has it."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return np.where(length > 1e-9, vector / np.maximum(length, 1e-9), (0.0, 1.0))


def _flat_front(front: np.ndarray) -> np.ndarray:
    flat = front[:, :2].astype(np.float64)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(length > 0.5, flat / length, np.nan)
