"""Lift picture features to points: every point gets the mean feature of the pixels it won."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from sceneglot.errors import SceneglotError
from sceneglot.scenes import View


def lift(views: Sequence[View], patches: np.ndarray, num_points: int) -> tuple[np.ndarray, np.ndarray]:
    """Average patch features over all pixels, of all views, in which a point is the winner.

    Args:
        views: V renders with point ids, any size; each is taken to be squeezed onto a square patch grid.
        patches: (V, P, D) float32, P = g * g patches, row-major.
        num_points: N, length of the scene's point arrays.

    Returns:
        (N, D) float32 mean features, zero where unseen, and (N,) bool seen.
    """
    grid = round(patches.shape[1] ** 0.5)
    if grid * grid != patches.shape[1] or len(views) != len(patches):
        raise SceneglotError(f"lift: {len(views)} views need (V, g*g, D) patches, found {patches.shape}")
    total = np.zeros((num_points, patches.shape[2]), np.float32)
    count = np.zeros(num_points, np.float32)
    for view, feature in zip(views, patches):
        if view.point is None:
            raise SceneglotError(f"lift: view {view.name} has no point ids; render the scene instead of a photograph")
        weight = pixel_counts(view.point, grid, num_points)
        total += weight @ feature
        count += np.asarray(weight.sum(1)).ravel()
    seen = count > 0
    total[seen] /= count[seen, None]
    return total, seen


def pixel_counts(point: np.ndarray, grid: int, num_points: int) -> sparse.csr_matrix:
    """(N, g*g) sparse: how many pixels of each patch each point won in one view."""
    height, width = point.shape
    rows, columns = np.nonzero(point >= 0)
    patch = (rows * grid // height) * grid + columns * grid // width
    ones = np.ones(len(rows), np.float32)
    return sparse.csr_matrix((ones, (point[rows, columns], patch)), shape=(num_points, grid * grid))


def random_projection(dim: int, channels: int, seed: int = 0) -> np.ndarray:
    """(dim, channels) float32 with orthonormal columns, fixed by the seed.

    Keeps dot products approximately (Johnson-Lindenstrauss) without being fitted to any data, so nothing can leak from
    a test split.
    """
    if channels > dim:
        raise SceneglotError(f"cannot project {dim} dimensions onto {channels}")
    gaussian = np.random.default_rng(seed).standard_normal((dim, channels))
    q, r = np.linalg.qr(gaussian)
    return (q * np.sign(np.diag(r))).astype(np.float32)
