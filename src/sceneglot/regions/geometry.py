"""Local shape of a cloud: neighbour lists, normals and curvature by principal components.

N points, K neighbours. Metres.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import use_numba
from sceneglot.ops.neighbors import nearest


def neighbour_lists(xyz: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` nearest other points of every point, nearest first.

    Args:
        xyz: (N, 3) float, metres.
        count: K; fewer are returned where the cloud has fewer points.

    Returns:
        Squared distances (N, K) float32 and indices (N, K) int64.

    Raises:
        SceneglotError: an empty cloud, or points that are not finite.
    """
    distance2, index = nearest(xyz[None], xyz[None], min(count + 1, len(xyz)))
    return distance2[0, :, 1:], _without_self(index[0], torch.arange(len(xyz), device=xyz.device))


def _without_self(index: Tensor, own: Tensor) -> Tensor:
    """Lists of the points `own` without themselves, whom coinciding points may have pushed from the first place."""
    itself = index == own[:, None]
    itself[~itself.any(1), -1] = True  # so many coinciding points that it is not listed: drop the last one
    return index[~itself].view(len(index), -1)


def undirected_edges(index: np.ndarray) -> np.ndarray:
    """(E, 2) int64 edges of neighbour lists (N, K), each pair once."""
    count, width = index.shape
    first = np.repeat(np.arange(count), width)
    second = index.reshape(-1)
    mutual = _lists_back(index)
    keep = (first < second) | ~mutual  # a mutual pair is kept by its lower end
    return np.stack([first[keep], second[keep]], 1)


def normals(xyz: Tensor, count: int, part: int = 200_000) -> Tensor:
    """(N, 3) float32 normals from the `count` nearest other points, with arbitrary sign.

    Args:
        xyz: (N, 3) float, metres.
        part: neighbours of so many points are in memory at a time.

    Raises:
        SceneglotError: an empty cloud, or points that are not finite.
    """
    found = []
    for own in torch.arange(len(xyz), device=xyz.device).split(part):
        _, index = nearest(xyz[None], xyz[None, own], min(count + 1, len(xyz)))
        found.append(normals_and_curvature(xyz, _without_self(index[0], own), own)[0])
    return torch.cat(found)


def normals_and_curvature(xyz: Tensor, index: Tensor, own: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Direction of least spread of points and their neighbours, and how much they bend.

    Args:
        xyz: (N, 3) float, metres. index: (M, K) int64 neighbours. own: (M,) int64 points they are of; None for all N.

    Returns:
        Normals (M, 3) float32 of length one with arbitrary sign; curvature (M,) float32 in 0..1/3, the smallest
        eigenvalue of the covariance over their sum (Pauly et al., 2002). Fewer than three distinct points: a
        direction across their line, or +z; curvature 0.
    """
    own = torch.arange(len(xyz), device=xyz.device) if own is None else own
    if not use_numba(xyz, index):
        return normals_and_curvature_reference(xyz, index, own)
    points = xyz.detach().float().contiguous().numpy()
    normal, curvature = np.empty((len(index), 3), np.float32), np.empty(len(index), np.float32)
    _principal(points, own.numpy(), index.contiguous().numpy(), normal, curvature)
    return torch.from_numpy(normal), torch.from_numpy(curvature)


def normals_and_curvature_reference(xyz: Tensor, index: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
    """Plain torch twin of `normals_and_curvature`."""
    around = xyz.double()[torch.cat([own[:, None], index], 1)]
    centred = around - around.mean(1, keepdim=True)
    values, vectors = torch.linalg.eigh(centred.transpose(1, 2) @ centred)
    total = values.sum(1)
    curvature = torch.where(total > 0, values[:, 0].clamp_min(0) / total.clamp_min(1e-30), 0.0)
    up = torch.tensor([0.0, 0.0, 1.0], dtype=vectors.dtype, device=xyz.device)
    return torch.where(total[:, None] > 0, vectors[:, :, 0], up).float(), curvature.float()


def face_viewpoint(normal: Tensor, xyz: Tensor, viewpoint: Tensor) -> Tensor:
    """(N, 3) normals turned to look at a point (3,), metres: the middle of a room sees its walls from inside."""
    away = (normal * (viewpoint - xyz)).sum(1, keepdim=True) < 0
    return torch.where(away, -normal, normal)


def check_cloud_and_rows(xyz: Tensor, rows: Tensor, name: str, columns: int) -> None:
    """Raise unless `rows` is (N, columns) for a cloud (N, 3)."""
    if xyz.dim() != 2 or xyz.shape[1] != 3 or rows.shape != (len(xyz), columns):
        raise SceneglotError(
            f"points and {name} have shapes {tuple(xyz.shape)} and {tuple(rows.shape)}, expected (N, 3) and "
            f"(N, {columns})"
        )


@njit(cache=True, nogil=True)
def _lists_back(index):
    """(N K,) whether the neighbour lists the point too."""
    mutual = np.zeros(index.size, np.bool_)
    for i in range(index.shape[0]):
        for k in range(index.shape[1]):
            for back in index[index[i, k]]:
                if back == i:
                    mutual[i * index.shape[1] + k] = True
                    break
    return mutual


@njit(cache=True, nogil=True)
def _principal(xyz, own, index, normal, curvature):
    covariance = np.empty((3, 3))
    for i in range(len(own)):
        _covariance(xyz, own[i], index[i], covariance)
        total = covariance[0, 0] + covariance[1, 1] + covariance[2, 2]
        smallest = _smallest_eigenvalue(covariance)
        curvature[i] = max(smallest, 0.0) / total if total > 0 else 0.0
        _direction(covariance, smallest, normal[i])


@njit(cache=True, nogil=True)
def _covariance(xyz, i, neighbours, out):
    """Sum of outer products about the mean; coordinates are taken relative to the point, which keeps digits."""
    mean = np.zeros(3)
    out[:] = 0.0
    for j in neighbours:
        d0 = np.float64(xyz[j, 0]) - np.float64(xyz[i, 0])
        d1 = np.float64(xyz[j, 1]) - np.float64(xyz[i, 1])
        d2 = np.float64(xyz[j, 2]) - np.float64(xyz[i, 2])
        mean[0] += d0
        mean[1] += d1
        mean[2] += d2
        out[0, 0] += d0 * d0
        out[0, 1] += d0 * d1
        out[0, 2] += d0 * d2
        out[1, 1] += d1 * d1
        out[1, 2] += d1 * d2
        out[2, 2] += d2 * d2
    count = len(neighbours) + 1
    for a in range(3):
        for b in range(a, 3):
            out[a, b] -= mean[a] * mean[b] / count
            out[b, a] = out[a, b]


@njit(cache=True, nogil=True)
def _smallest_eigenvalue(m):
    """Of a symmetric 3x3 matrix, by the trigonometric solution of its cubic (Smith, 1961)."""
    off = m[0, 1] ** 2 + m[0, 2] ** 2 + m[1, 2] ** 2
    q = (m[0, 0] + m[1, 1] + m[2, 2]) / 3
    d0, d1, d2 = m[0, 0] - q, m[1, 1] - q, m[2, 2] - q
    p = np.sqrt((d0 * d0 + d1 * d1 + d2 * d2 + 2 * off) / 6)
    if p <= 0:
        return q
    determinant = (
        d0 * (d1 * d2 - m[1, 2] ** 2)
        - m[0, 1] * (m[0, 1] * d2 - m[1, 2] * m[0, 2])
        + m[0, 2] * (m[0, 1] * m[1, 2] - d1 * m[0, 2])
    )
    r = min(max(determinant / (2 * p**3), -1.0), 1.0)
    return q + 2 * p * np.cos(np.arccos(r) / 3 + 2 * np.pi / 3)


@njit(cache=True, nogil=True)
def _direction(m, value, out):
    """Unit eigenvector: the longest cross product of two rows of m - value, or across the only row there is."""
    a, b, c = m[0].copy(), m[1].copy(), m[2].copy()
    a[0] -= value
    b[1] -= value
    c[2] -= value
    best = 0.0
    x, y, z = 0.0, 0.0, 1.0
    for u, v in ((a, b), (a, c), (b, c)):
        p, q, r = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        length = p * p + q * q + r * r
        if length > best:
            best, x, y, z = length, p, q, r
    largest = max(np.abs(m[0, 0]), np.abs(m[1, 1]), np.abs(m[2, 2]))
    if best <= (1e-12 * largest * largest) ** 2 or best == 0.0:
        x, y, z = _across(m)
    length = np.sqrt(x * x + y * y + z * z)
    out[0], out[1], out[2] = x / length, y / length, z / length


@njit(cache=True, nogil=True)
def _across(m):
    """A direction perpendicular to the longest row of a matrix of rank one; +z for a matrix of zeros."""
    row = 0
    for a in range(1, 3):
        if m[a, a] > m[row, row]:
            row = a
    x, y, z = m[row, 0], m[row, 1], m[row, 2]
    if x * x + y * y + z * z == 0.0:
        return 0.0, 0.0, 1.0
    if np.abs(z) <= np.abs(x) and np.abs(z) <= np.abs(y):
        return y, -x, 0.0
    if np.abs(y) <= np.abs(x):
        return -z, 0.0, x
    return 0.0, z, -y
