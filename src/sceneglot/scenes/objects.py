"""Objects: the labelled boxes of a scene, stored as columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from sceneglot.errors import SceneglotError

NO_PARENT = -1
"""Value of `Objects.parent` for an object that rests on no other object of the table."""


@dataclass(frozen=True, eq=False)
class Objects:
    """K labelled axis-aligned boxes, one row each, in the scene frame (metres, z up).

    Shapes and dtypes are enforced at construction; every optional column has a neutral value so that readers never
    meet `None`.

    Attributes:
        id: (K,) int32, unique, as in the source (0 and negative ids are legal).
        label: K raw label texts as in the source ("office chair").
        center: (K, 3) float32, box centres, metres.
        size: (K, 3) float32, full box extents, metres, non-negative.
        color: (K, 3) uint8, mean RGB.
        front: (K, 3) float32, unit vector out of the object's front; NaN where it has none or it is unknown.
        parent: (K,) int32, **row index** of the supporting object, `NO_PARENT` (-1) for the floor, walls or unknown.
        material: K words ("wood", "metal"), "" where unknown.
        shape: K words ("round", "L-shaped"), "" where unknown.
        color_name: K words ("brown"), "" where unknown; language falls back to naming `color`.
        state: K words ("open", "closed", "empty"), "" where unknown: what may change while the object stays the same.
    """

    id: np.ndarray
    label: tuple[str, ...]
    center: np.ndarray
    size: np.ndarray
    color: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.uint8))
    front: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    parent: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    material: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    color_name: tuple[str, ...] = ()
    state: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        k = len(self.label)
        set_ = object.__setattr__
        set_(self, "label", tuple(str(x) for x in self.label))
        set_(self, "id", _column(self.id, (k,), np.int32, "id"))
        set_(self, "center", _column(self.center, (k, 3), np.float32, "center"))
        set_(self, "size", _column(self.size, (k, 3), np.float32, "size"))
        set_(self, "color", _column(self.color, (k, 3), np.uint8, "color", fill=128))
        set_(self, "front", _column(self.front, (k, 3), np.float32, "front", fill=np.nan))
        set_(self, "parent", _column(self.parent, (k,), np.int32, "parent", fill=NO_PARENT))
        for name in ("material", "shape", "color_name", "state"):
            words = getattr(self, name)
            if len(words) not in (0, k):
                raise SceneglotError(f"objects: {name} has {len(words)} rows, expected {k}")
            set_(self, name, tuple(str(x) for x in words) if len(words) == k else ("",) * k)
        if len(np.unique(self.id)) != k:
            raise SceneglotError("objects: ids must be unique; two rows share an id")
        if k and not (np.isfinite(self.center).all() and np.isfinite(self.size).all()):
            raise SceneglotError("objects: box centres and sizes must be finite numbers")
        if k and (self.size < 0).any():
            raise SceneglotError("objects: box sizes must not be negative")

    def __len__(self) -> int:
        return len(self.label)

    @classmethod
    def empty(cls) -> Objects:
        """No objects at all: what a raw, unlabelled scan has."""
        return cls(np.zeros(0, np.int32), (), np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))

    @cached_property
    def row_of(self) -> dict[int, int]:
        """Object id -> row."""
        return {int(i): r for r, i in enumerate(self.id)}

    @property
    def low(self) -> np.ndarray:
        """(K, 3) lower box corners."""
        return self.center - self.size / 2

    @property
    def high(self) -> np.ndarray:
        """(K, 3) upper box corners."""
        return self.center + self.size / 2

    def select(self, rows: np.ndarray | list[int]) -> Objects:
        """The given rows (indices or mask) as a new table; parents are re-indexed, lost parents become none."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64).reshape(-1)
        remap = np.full(len(self) + 1, NO_PARENT, np.int32)  # last slot catches NO_PARENT
        remap[rows] = np.arange(len(rows), dtype=np.int32)
        pick = lambda words: tuple(words[r] for r in rows)  # noqa: E731
        return replace(
            self,
            id=self.id[rows],
            label=pick(self.label),
            center=self.center[rows],
            size=self.size[rows],
            color=self.color[rows],
            front=self.front[rows],
            parent=remap[self.parent[rows]],
            material=pick(self.material),
            shape=pick(self.shape),
            color_name=pick(self.color_name),
            state=pick(self.state),
        )


def _column(
    values: np.ndarray, shape: tuple[int, ...], dtype: type, name: str, fill: float | None = None
) -> np.ndarray:
    array = np.asarray(values)
    if array.size == 0 and fill is not None and shape[0] > 0:
        array = np.full(shape, fill, dtype)
    if array.shape != shape:
        if array.size == 0 and shape[0] == 0:
            return np.zeros(shape, dtype)
        raise SceneglotError(f"objects: {name} has shape {array.shape}, expected {shape}")
    return np.ascontiguousarray(array, dtype=dtype)
