"""Fast point feature histograms (Rusu et al., 2009): how the normals around a point stand to each other, 33 numbers.

N points, K neighbours. For a pair with unit offset d from source to target, u = the source's normal, v = d x u (unit),
w = u x v: alpha = v.n_t, phi = u.d, theta = atan2(w.n_t, u.n_t). The source is the point whose normal is closer to the
line between both. Each angle has 11 bins.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from sceneglot.ops.dispatch import use_numba
from sceneglot.regions.geometry import check_cloud_and_rows

BINS = 11
WIDTH = 3 * BINS


def fpfh(xyz: Tensor, normal: Tensor, index: Tensor) -> Tensor:
    """Histogram of every point: its own pairs, plus the mean of its neighbours' histograms weighted by 1 / distance.

    Args:
        xyz: (N, 3) float, metres. normal: (N, 3) unit length; a consistent orientation is up to the caller.
        index: (N, K) int64 neighbours. Coinciding points form no pair.

    Returns:
        (N, 33) float32: alpha, phi, theta; each third sums to one, or is zero for points without a pair.

    Raises:
        SceneglotError: shapes that disagree.
    """
    check_cloud_and_rows(xyz, normal, "normals", 3)
    check_cloud_and_rows(xyz, index, "neighbours", index.shape[-1])
    if not use_numba(xyz, normal, index):
        return fpfh_reference(xyz, normal, index)
    points, normals = (t.detach().double().contiguous().numpy() for t in (xyz, normal))
    neighbours = index.contiguous().numpy()
    simple = np.zeros((len(points), WIDTH), np.float32)
    _simple(points, normals, neighbours, simple)
    out = simple.copy()
    _blend(points, neighbours, simple, out)
    return torch.from_numpy(out)


def fpfh_reference(xyz: Tensor, normal: Tensor, index: Tensor) -> Tensor:
    """Plain torch twin of `fpfh`, in double precision."""
    xyz, normal = xyz.double(), normal.double()
    offset = xyz[index] - xyz[:, None]
    distance = offset.norm(dim=-1)
    apart = distance > 0
    d = offset / distance.clamp_min(1e-300)[..., None]
    here, there = normal[:, None].expand_as(d), normal[index]
    swap = ((here * d).sum(-1).abs() < (there * d).sum(-1).abs())[..., None]
    u, other, d = torch.where(swap, there, here), torch.where(swap, here, there), torch.where(swap, -d, d)
    v = torch.linalg.cross(d, u)
    length = v.norm(dim=-1, keepdim=True)
    v = torch.where(length > 0, v / length.clamp_min(1e-300), 0.0)
    w = torch.linalg.cross(u, v)
    alpha, phi = (v * other).sum(-1), (u * d).sum(-1)
    theta = torch.atan2((w * other).sum(-1), (u * other).sum(-1)) / torch.pi
    simple = torch.cat([_histogram(values, apart) for values in (alpha, phi, theta)], dim=1)
    weight = torch.where(apart, 1 / distance.clamp_min(1e-300), 0.0)
    total = simple + (weight[..., None] * simple[index]).sum(1) / apart.sum(1, keepdim=True).clamp_min(1)
    thirds = total.view(-1, 3, BINS)
    return (thirds / thirds.sum(-1, keepdim=True).clamp_min(1e-300)).flatten(1).float()


def _histogram(values: Tensor, counted: Tensor) -> Tensor:
    """(N, 11) shares of values (N, K) in -1..1 per bin, over the counted ones."""
    place = ((values + 1) / 2 * BINS).floor().long().clamp(0, BINS - 1)
    total = values.new_zeros(len(values), BINS).scatter_add(1, place, counted.to(values.dtype))
    return total / counted.sum(1, keepdim=True).clamp_min(1)


@njit(cache=True, nogil=True)
def _simple(xyz, normal, index, out):
    """Each point's pairs with its neighbours."""
    for i in range(len(xyz)):
        pairs = 0
        for j in index[i]:
            dx, dy, dz = xyz[j, 0] - xyz[i, 0], xyz[j, 1] - xyz[i, 1], xyz[j, 2] - xyz[i, 2]
            distance = np.sqrt(dx * dx + dy * dy + dz * dz)
            if distance > 0:
                alpha, phi, theta = _angles(normal[i], normal[j], dx / distance, dy / distance, dz / distance)
                out[i, _bin(alpha)] += 1
                out[i, BINS + _bin(phi)] += 1
                out[i, 2 * BINS + _bin(theta)] += 1
                pairs += 1
        if pairs > 0:
            for c in range(WIDTH):
                out[i, c] /= pairs


@njit(cache=True, nogil=True)
def _angles(here, there, dx, dy, dz):
    """alpha, phi in -1..1 and theta / pi of a pair with unit offset (dx, dy, dz)."""
    u, other = here, there
    own = here[0] * dx + here[1] * dy + here[2] * dz
    others = there[0] * dx + there[1] * dy + there[2] * dz
    if np.abs(own) < np.abs(others):
        u, other = there, here
        dx, dy, dz = -dx, -dy, -dz
    v0, v1, v2 = dy * u[2] - dz * u[1], dz * u[0] - dx * u[2], dx * u[1] - dy * u[0]
    length = np.sqrt(v0 * v0 + v1 * v1 + v2 * v2)
    if length > 0:
        v0, v1, v2 = v0 / length, v1 / length, v2 / length
    w0, w1, w2 = u[1] * v2 - u[2] * v1, u[2] * v0 - u[0] * v2, u[0] * v1 - u[1] * v0
    alpha = v0 * other[0] + v1 * other[1] + v2 * other[2]
    phi = u[0] * dx + u[1] * dy + u[2] * dz
    up = w0 * other[0] + w1 * other[1] + w2 * other[2]
    theta = np.arctan2(up, u[0] * other[0] + u[1] * other[1] + u[2] * other[2])
    return alpha, phi, theta / np.pi


@njit(cache=True, nogil=True)
def _bin(value):
    return min(max(int(np.floor((value + 1) / 2 * BINS)), 0), BINS - 1)


@njit(cache=True, nogil=True)
def _blend(xyz, index, simple, out):
    """Add the weighted mean of the neighbours' histograms, then bring every third to a sum of one."""
    for i in range(len(xyz)):
        pairs = 0
        for j in index[i]:
            pairs += (xyz[j, 0] != xyz[i, 0]) or (xyz[j, 1] != xyz[i, 1]) or (xyz[j, 2] != xyz[i, 2])
        for j in index[i]:
            dx, dy, dz = xyz[j, 0] - xyz[i, 0], xyz[j, 1] - xyz[i, 1], xyz[j, 2] - xyz[i, 2]
            distance = np.sqrt(dx * dx + dy * dy + dz * dz)
            if distance > 0:
                weight = np.float32(1 / (distance * pairs))
                for c in range(WIDTH):
                    out[i, c] += weight * simple[j, c]
        for third in range(3):
            total = np.float32(0)
            for c in range(third * BINS, (third + 1) * BINS):
                total += out[i, c]
            if total > 0:
                for c in range(third * BINS, (third + 1) * BINS):
                    out[i, c] /= total
