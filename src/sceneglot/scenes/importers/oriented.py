"""Oriented boxes of annotations: the axis-aligned box around one, and the points in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sceneglot.errors import SceneglotError


@dataclass(frozen=True, eq=False)
class OrientedBox:
    """A box with any orientation.

    Attributes:
        center: (3,) metres.
        axes: (3, 3) float64, one unit vector per **row**.
        size: (3,) full extents along these axes, metres.
    """

    center: np.ndarray
    axes: np.ndarray
    size: np.ndarray

    @classmethod
    def of(cls, center: Any, axes: Any, size: Any) -> OrientedBox:
        """A box from lists of 3, 9 and 3 numbers.

        Raises:
            SceneglotError: other lengths, numbers that are not finite, axes that are not orthonormal, negative sizes.
        """
        try:
            c, a, s = (np.asarray(value, np.float64).reshape(-1) for value in (center, axes, size))
        except (TypeError, ValueError) as error:
            raise SceneglotError(f"an oriented box holds something else than numbers ({error})") from error
        if (len(c), len(a), len(s)) != (3, 9, 3) or not all(np.isfinite(v).all() for v in (c, a, s)):
            raise SceneglotError("an oriented box needs 3 + 9 + 3 finite numbers")
        a = a.reshape(3, 3)
        if np.abs(a).max() > 2 or np.abs(a @ a.T - np.eye(3)).max() > 0.02 or (s < 0).any() or np.abs(c).max() > 1e6:
            raise SceneglotError("an oriented box needs orthonormal axes and sizes that are not negative")
        return cls(c, a, s)

    @property
    def extent(self) -> np.ndarray:
        """(3,) full extents of the axis-aligned box around it: |R|^T size."""
        return np.abs(self.axes).T @ self.size

    def contains(self, xyz: np.ndarray) -> np.ndarray:
        """(N,) bool: which of the (N, 3) points lie in the box, its surface included."""
        return (np.abs((xyz - self.center) @ self.axes.T) <= self.size / 2 + 1e-9).all(1)


def assign_points(xyz: np.ndarray, boxes: list[OrientedBox]) -> np.ndarray:
    """(N,) int64 index of the box that holds each point, -1 for none; of several boxes the smallest one."""
    row = np.full(len(xyz), -1, np.int64)
    for index in sorted(range(len(boxes)), key=lambda i: -float(np.prod(boxes[i].size))):
        row[boxes[index].contains(xyz)] = index
    return row
