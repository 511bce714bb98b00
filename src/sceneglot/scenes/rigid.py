"""Rigid transforms as people write them down: quaternions, translations, 4x4 matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sceneglot.errors import SceneglotError

MAX_SKEW = 0.02
"""Largest entry of R R^T - I that still counts as rounding."""


def quaternion_matrix(xyzw: Sequence[float] | np.ndarray) -> np.ndarray:
    """(3, 3) float64 rotation of a quaternion x, y, z, w (Hamilton), which is normalised.

    Raises:
        SceneglotError: not four finite numbers, or all of them nearly zero.
    """
    q = np.asarray(xyzw, np.float64)
    if q.shape != (4,) or not np.isfinite(q).all() or np.linalg.norm(q) < 1e-6:
        raise SceneglotError(f"{np.array2string(q, threshold=4)} is no quaternion")
    x, y, z, w = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def rigid(rotation: np.ndarray, translation: Sequence[float] | np.ndarray) -> np.ndarray:
    """(4, 4) float64 of a (3, 3) rotation and a (3,) translation.

    Raises:
        SceneglotError: a translation that is not three finite numbers.
    """
    t = np.asarray(translation, np.float64)
    if t.shape != (3,) or not np.isfinite(t).all():
        raise SceneglotError("a translation needs three finite numbers")
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, t
    return matrix


def is_rigid(matrix: np.ndarray) -> bool:
    """Whether a (4, 4) matrix is finite and rotates and moves without scaling, shearing or mirroring."""
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or np.abs(matrix[:3, 3]).max() > 1e6:
        return False
    rotation = matrix[:3, :3]
    return bool(
        np.abs(rotation).max() < 2
        and np.abs(rotation @ rotation.T - np.eye(3)).max() < MAX_SKEW
        and np.linalg.det(rotation) > 0
        and np.allclose(matrix[3], (0, 0, 0, 1), atol=1e-6)
    )
