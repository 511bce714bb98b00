"""Triangle meshes: vertex normals, areas, and even points on the surface."""

from __future__ import annotations

import numpy as np


def triangle_vectors(xyz: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F, 3) float64 face normals whose length is twice the face's area."""
    a, b, c = (xyz[faces[:, corner]].astype(np.float64) for corner in range(3))
    return np.cross(b - a, c - a)


def vertex_normals(xyz: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(N, 3) float32 unit normals: the area-weighted mean of the faces at each vertex; +z for vertices without faces.

    Args:
        xyz: (N, 3). faces: (F, 3) integers.
    """
    vectors = triangle_vectors(xyz, faces)
    corners = faces.reshape(-1)
    total = np.stack([np.bincount(corners, np.repeat(vectors[:, axis], 3), len(xyz)) for axis in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    lonely = length[:, 0] < 1e-20
    normals = total / np.where(lonely[:, None], 1.0, length)
    normals[lonely] = (0.0, 0.0, 1.0)
    return normals.astype(np.float32)


def sample_surface(xyz: np.ndarray, faces: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Even random points on a mesh; faces are drawn by area.

    Args:
        xyz: (N, 3). faces: (F, 3), total area greater than zero. seed: same seed, same points.

    Returns:
        (count,) int64 face of each point, (count, 3) float64 barycentric weights of its corners.
    """
    area = np.linalg.norm(triangle_vectors(xyz, faces), axis=1)
    total = np.cumsum(area)
    rng = np.random.default_rng(seed)
    # Stratified along the cumulated area: evener than independent draws.
    position = (np.arange(count) + rng.random(count)) / count * total[-1]
    face = np.minimum(np.searchsorted(total, position, side="right"), len(faces) - 1)
    root, v = np.sqrt(rng.random(count)), rng.random(count)
    return face, np.stack([1.0 - root, root * (1.0 - v), root * v], axis=1)
