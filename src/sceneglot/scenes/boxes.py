"""Boxes, mean colours and normals from labelled points: what importers need to make objects."""

from __future__ import annotations

import numpy as np


def boxes_of_instances(xyz: np.ndarray, instance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Axis-aligned boxes of all instances.

    Args:
        xyz: (N, 3) points. instance: (N,) ids, negative for none.

    Returns:
        (K,) sorted ids, (K, 3) low and (K, 3) high corners: minimum and maximum over all points of each instance.
    """
    order = np.argsort(instance, kind="stable")
    order = order[np.searchsorted(instance[order], 0) :]
    ids, starts = np.unique(instance[order], return_index=True)
    if not len(ids):
        return ids, np.zeros((0, 3)), np.zeros((0, 3))
    points = xyz[order]
    return ids, np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)


def mean_colors(rgb: np.ndarray, instance: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """(K, 3) uint8 mean colour of the points of each instance in `ids` (sorted); mid-grey where it has no point."""
    place = np.searchsorted(ids, instance)
    member = (place < len(ids)) & (ids[np.minimum(place, len(ids) - 1)] == instance) if len(ids) else np.zeros(0, bool)
    if not len(ids):
        return np.zeros((0, 3), np.uint8)
    row = place[member]
    counts = np.bincount(row, minlength=len(ids))
    sums = np.stack([np.bincount(row, rgb[member, c], len(ids)) for c in range(3)], axis=1)
    mean = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], 128.0)
    return np.rint(mean).astype(np.uint8)


def match_boxes(
    low: np.ndarray, high: np.ndarray, nyu40: np.ndarray, boxes: np.ndarray, tolerance: float = 0.25
) -> tuple[np.ndarray, np.ndarray]:
    """Replace boxes measured on subsampled points by given exact ones.

    A given box belongs to the instance of its class whose corners are nearest; it is used if no corner coordinate
    differs by more than `tolerance` metres. Pairs are taken nearest first, each box and instance once.

    Args:
        low, high: (K, 3) measured corners. nyu40: (K,) classes. boxes: (M, 7) centre, size, class.

    Returns:
        (K, 3), (K, 3) corners.
    """
    low, high = low.copy(), high.copy()
    given = np.concatenate([boxes[:, :3] - boxes[:, 3:6] / 2, boxes[:, :3] + boxes[:, 3:6] / 2], axis=1)
    measured = np.concatenate([low, high], axis=1)
    gap = np.abs(measured[:, None] - given[None]).max(-1) if len(boxes) else np.zeros((len(low), 0))
    gap[nyu40[:, None] != boxes[None, :, 6]] = np.inf
    for flat in np.argsort(gap, axis=None, kind="stable"):
        row, column = divmod(int(flat), gap.shape[1])
        if not gap[row, column] <= tolerance:
            break
        if np.isfinite(gap[row]).any() and np.isfinite(gap[:, column]).any():
            low[row], high[row] = given[column, :3], given[column, 3:]
            gap[row] = np.inf
            gap[:, column] = np.inf
    return low, high
