"""Axis-aligned boxes: corners, overlap, rotation, suppression, containment.

A box is a centre and a full size, metres. Leading dimensions are free unless a shape says otherwise.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from sceneglot.ops.dispatch import use_numba

_SIGNS = [[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]


def bounds(center: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Lower and upper corners (..., 3) of boxes given by centre and full size (..., 3)."""
    return center - size / 2, center + size / 2


def from_bounds(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Centre and full size (..., 3) of boxes given by their lower and upper corners (..., 3)."""
    return (low + high) / 2, high - low


def corners(center: Tensor, size: Tensor) -> Tensor:
    """The eight corners (..., 8, 3); x varies slowest, z fastest, lower before upper."""
    return center[..., None, :] + size[..., None, :] * center.new_tensor(_SIGNS)


def rotate(center: Tensor, size: Tensor, rotation: Tensor) -> tuple[Tensor, Tensor]:
    """Rotated about the origin and enclosed again by an axis-aligned box.

    The enclosing half extent is |R| times the half extent: exact for any rotation, unlike turning two corners.

    Args:
        center: (..., 3), metres.
        size: (..., 3), metres.
        rotation: (3, 3), applied to column vectors.
    """
    return center @ rotation.T, size @ rotation.abs().T


def volume(size: Tensor) -> Tensor:
    """Volume (...) of sizes (..., 3), cubic metres; negative sizes count as zero."""
    return size.clamp_min(0).prod(-1)


def iou(center: Tensor, size: Tensor, other_center: Tensor, other_size: Tensor) -> Tensor:
    """Intersection over union of boxes one by one, in 0..1; shapes broadcast.

    Identical boxes give exactly 1, boxes without volume give 0.
    """
    low, high = bounds(center, size)
    other_low, other_high = bounds(other_center, other_size)
    shared = volume(torch.minimum(high, other_high) - torch.maximum(low, other_low))
    # volumes from the same corners as the intersection, so that rounding cancels for identical boxes
    union = volume(high - low) + volume(other_high - other_low) - shared
    return torch.where(union > 0, shared / union.clamp_min(torch.finfo(union.dtype).tiny), 0.0)


def pairwise_iou(center: Tensor, size: Tensor, other_center: Tensor, other_size: Tensor) -> Tensor:
    """(..., K, M) intersection over union of every box (..., K, 3) with every other box (..., M, 3)."""
    return iou(
        center[..., :, None, :], size[..., :, None, :], other_center[..., None, :, :], other_size[..., None, :, :]
    )


def suppress(
    center: Tensor, size: Tensor, score: Tensor, label: Tensor | None, threshold: float, *, valid: Tensor | None = None
) -> Tensor:
    """Greedy non-maximum suppression per scene: a box falls to a better kept one that overlaps it.

    Args:
        center: (B, K, 3), metres.
        size: (B, K, 3), metres.
        score: (B, K); higher goes first, ties to the lower index.
        label: (B, K) integers, only boxes of one label suppress each other; None: all do.
        threshold: a box falls when its IoU with a kept one is strictly greater.
        valid: (B, K) bool, boxes that take part; others are neither kept nor suppress.

    Returns:
        (B, K) bool, the boxes kept.
    """
    overlap = pairwise_iou(center, size, center, size) > threshold
    if label is not None:
        overlap &= label[:, :, None] == label[:, None, :]
    alive = torch.ones_like(score, dtype=torch.bool) if valid is None else valid
    order = score.sort(dim=1, descending=True, stable=True).indices
    if use_numba(center, size, score):
        kept = alive.numpy().copy()
        _suppress_batch(overlap.numpy(), order.numpy(), kept)
        return torch.from_numpy(kept)
    return suppress_reference(overlap, order, alive)


def suppress_reference(overlap: Tensor, order: Tensor, valid: Tensor) -> Tensor:
    """Plain torch twin of the greedy pass: overlap (B, K, K) bool, order (B, K) best first, valid (B, K) bool."""
    kept = valid.clone()
    batch = torch.arange(len(order), device=order.device)
    place = order.argsort(1)  # position of every box in the order
    for step in range(order.shape[1]):
        best = order[:, step]
        falls = overlap[batch, best] & (place > step) & kept[batch, best][:, None]
        kept &= ~falls
    return kept


@njit(cache=True, nogil=True)
def _suppress_batch(overlap, order, kept):
    for b in range(len(order)):
        for step in range(order.shape[1]):
            best = order[b, step]
            if kept[b, best]:
                for other in order[b, step + 1 :]:
                    if overlap[b, best, other]:
                        kept[b, other] = np.False_
