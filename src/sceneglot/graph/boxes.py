"""All K x K box measurements, computed when first asked for and shared by the rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sceneglot.scenes.objects import Objects


@dataclass(frozen=True, eq=False)
class PairBoxes:
    """K axis-aligned boxes and their pairwise measurements, metres; row i is the thing spoken of, column j the anchor.

    Attributes:
        center, size, low, high: (K, 3) float64.
    """

    center: np.ndarray
    size: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, objects: Objects) -> PairBoxes:
        """Measure the boxes of a table."""
        center, size = objects.center.astype(np.float64), objects.size.astype(np.float64)
        half = size / 2
        return cls(center, size, center - half, center + half)

    def __len__(self) -> int:
        return len(self.center)

    @cached_property
    def offset(self) -> np.ndarray:
        """(K, K, 2) horizontal centre of i minus centre of j."""
        return self.center[:, None, :2] - self.center[None, :, :2]

    @cached_property
    def overlap(self) -> np.ndarray:
        """(K, K, 3) length shared per axis; negative values are gaps."""
        return np.minimum(self.high[:, None], self.high[None]) - np.maximum(self.low[:, None], self.low[None])

    @cached_property
    def gap(self) -> np.ndarray:
        """(K, K) horizontal distance between the footprints, 0 where they overlap."""
        apart = np.maximum(-self.overlap[..., :2], 0.0)
        return np.hypot(apart[..., 0], apart[..., 1])

    @cached_property
    def lift(self) -> np.ndarray:
        """(K, K) underside of i minus top of j."""
        return self.low[:, None, 2] - self.high[None, :, 2]

    @cached_property
    def area(self) -> np.ndarray:
        """(K,) footprint."""
        return self.size[:, 0] * self.size[:, 1]

    def cover(self, share: float) -> np.ndarray:
        """(K, K) metres by which i's footprint overlaps j's on both axes beyond `share` of i's own extent."""
        need = share * self.size[:, None, :2]
        beyond = self.overlap[..., :2] - need
        return np.minimum(beyond[..., 0], beyond[..., 1])
