"""All K x K box measurements, computed once and shared by the rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sceneglot.scenes.objects import Objects


@dataclass(frozen=True, eq=False)
class PairBoxes:
    """Pairwise measurements of K axis-aligned boxes, metres; row i is the thing spoken of, column j the anchor.

    Attributes:
        center, size, low, high: (K, 3) float64.
        offset: (K, K, 2) horizontal centre of i minus centre of j.
        overlap: (K, K, 3) length shared per axis; negative values are gaps.
        gap: (K, K) horizontal distance between the footprints, 0 where they overlap.
        lift: (K, K) underside of i minus top of j.
        area: (K,) footprint.
    """

    center: np.ndarray
    size: np.ndarray
    low: np.ndarray
    high: np.ndarray
    offset: np.ndarray
    overlap: np.ndarray
    gap: np.ndarray
    lift: np.ndarray
    area: np.ndarray

    @classmethod
    def of(cls, objects: Objects) -> PairBoxes:
        """Measure the boxes of a table."""
        center, size = objects.center.astype(np.float64), objects.size.astype(np.float64)
        low, high = center - size / 2, center + size / 2
        overlap = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
        apart = np.maximum(-overlap[..., :2], 0.0)
        return cls(
            center=center,
            size=size,
            low=low,
            high=high,
            offset=center[:, None, :2] - center[None, :, :2],
            overlap=overlap,
            gap=np.hypot(apart[..., 0], apart[..., 1]),
            lift=low[:, None, 2] - high[None, :, 2],
            area=size[:, 0] * size[:, 1],
        )

    def __len__(self) -> int:
        return len(self.center)

    def cover(self, share: float) -> np.ndarray:
        """(K, K) metres by which i's footprint overlaps j's on both axes beyond `share` of i's own extent."""
        need = share * self.size[:, None, :2]
        beyond = self.overlap[..., :2] - need
        return np.minimum(beyond[..., 0], beyond[..., 1])
