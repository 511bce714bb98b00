"""Retrieval scores of a similarity matrix: recall at k and median rank, ties counted against the system."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def ranks(similarity: np.ndarray, target: np.ndarray | None = None) -> np.ndarray:
    """(Q,) int64 ranks of the right candidates, 1 = first.

    A candidate that ties with the right one is counted as ranked before it: an embedding that has collapsed to one
    point gets the worst rank, not the best.

    Args:
        similarity: (Q, C), higher is nearer; must be finite.
        target: (Q,) column of the right candidate, or (Q, C) bool where several are right (the best one counts);
            None: query i belongs to candidate i.

    Raises:
        ValueError: on other shapes, values that are not finite, or a query without a right candidate.
    """
    scores = np.asarray(similarity, np.float64)
    if scores.ndim != 2:
        raise ValueError(f"similarity must be (Q, C), got shape {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("similarity holds values that are not finite numbers")
    right = _right(scores.shape, target)
    best = np.where(right, scores, -np.inf).max(1)
    return 1 + ((scores >= best[:, None]) & ~right).sum(1)


def recall_at(similarity: np.ndarray, ks: Sequence[int], target: np.ndarray | None = None) -> tuple[float, ...]:
    """Share of queries whose right candidate is among the first k, for each k, in [0, 1]. Arguments as `ranks`."""
    found = ranks(similarity, target)
    return tuple(float((found <= k).mean()) if len(found) else 0.0 for k in ks)


def median_rank(similarity: np.ndarray, target: np.ndarray | None = None) -> float:
    """Median of `ranks`; NaN without queries."""
    found = ranks(similarity, target)
    return float(np.median(found)) if len(found) else float("nan")


def _right(shape: tuple[int, ...], target: np.ndarray | None) -> np.ndarray:
    queries, candidates = shape
    if target is None:
        if queries > candidates:
            raise ValueError(f"{queries} queries for {candidates} candidates: say which one is right for each query")
        target = np.arange(queries)
    target = np.asarray(target)
    if target.dtype == bool and target.shape == shape:
        right = target
    elif target.shape == (queries,) and target.dtype != bool:
        if queries and (target.min() < 0 or target.max() >= candidates):
            raise ValueError(f"target must lie in 0..{candidates - 1}")
        right = np.zeros(shape, bool)
        right[np.arange(queries), target] = True
    else:
        raise ValueError(f"target must be (Q,) columns or (Q, C) bool, got {target.dtype} of shape {target.shape}")
    if not right.any(1).all():
        raise ValueError("a query has no right candidate")
    return right
