"""Connected components: of a graph given by its edges, and of points closer than a radius.

N nodes or points, E edges. Components are numbered 0, 1, ... in the order of their first member.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numba import njit
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import squared_distance, use_numba
from sceneglot.ops.sparse.voxelise import voxelise


def connected_components(edges: Tensor, count: int) -> Tensor:
    """(N,) int64 component of every node of an undirected graph.

    Args:
        edges: (E, 2) integers in 0..N-1, any order, repeats allowed.
        count: N.

    Raises:
        SceneglotError: a wrong shape or an edge to a node that does not exist.
    """
    if edges.dim() != 2 or edges.shape[1] != 2:
        raise SceneglotError(f"edges have shape {tuple(edges.shape)}, expected (E, 2)")
    if len(edges) and not 0 <= int(edges.min()) <= int(edges.max()) < count:
        raise SceneglotError(f"edges name nodes {int(edges.min())} to {int(edges.max())}, expected 0 to {count - 1}")
    if not use_numba(edges):
        return components_reference(edges.long(), count)
    parent = np.arange(count)
    _join(edges.long().contiguous().numpy(), parent)
    return torch.from_numpy(flatten(parent))


def components_reference(edges: Tensor, count: int) -> Tensor:
    """Plain torch twin of `connected_components`: the smallest label spreads along edges until nothing changes."""
    label = torch.arange(count, device=edges.device)
    while True:
        ends = label[edges]
        lowest = ends.amin(1) if len(edges) else ends.new_zeros(0)
        spread = label.scatter_reduce(0, edges[:, 0], lowest, "amin").scatter_reduce(0, edges[:, 1], lowest, "amin")
        spread = spread[spread]  # pointer jumping: labels name nodes, which have labels themselves
        if torch.equal(spread, label):
            return torch.unique(label, return_inverse=True)[1]
        label = spread


def radius_components(xyz: Tensor, group: Tensor, radius: float) -> Tensor:
    """(N,) int64 component of every point, where points of one group closer than the radius are joined.

    Cells small enough that all their points are neighbours are joined whole; only pairs of nearby cells that are still
    apart are searched, until the first hit. So points that have collapsed to their centre cost no more than others.

    Args:
        xyz: (N, 3) float, metres.
        group: (N,) integers >= 0, at most 4096 of them; points of different groups are never joined.
        radius: metres; the comparison is strict, in float64.

    Raises:
        SceneglotError: wrong shapes or radius, or points that are not finite.
    """
    if not radius > 0:
        raise SceneglotError(f"the radius is {radius}, expected metres > 0")
    if not use_numba():
        return radius_components_reference(xyz, group, radius)
    # From a GPU, too: the plain twin compares all pairs, too many for its memory from some ten thousand points on.
    device, xyz, group = xyz.device, xyz.detach().cpu(), group.cpu()
    # Five cells reach beyond the radius: 2 / sqrt(3) > 1. A hair smaller, so that rounding joins no cell wrongly.
    points = xyz.double()
    # Cells are numbered from the middle of the cloud, so that map coordinates have small numbers, too.
    cells = voxelise(points - points.mean(0), radius / math.sqrt(3) * 0.999999, group)
    order = torch.sort(cells.row, stable=True).indices.numpy()
    start = np.concatenate([[0], np.cumsum(np.bincount(cells.row.numpy(), minlength=len(cells.grid)))])
    near = cells.grid.neighbours(5)
    upper = near.starts[(near.identity or 0) + 1]  # each pair of cells once: the offsets after the centre
    cell_parent = np.arange(len(cells.grid))
    source, target = near.source[upper:].numpy(), near.target[upper:].numpy()
    _join_cells(points.contiguous().numpy(), order, start, source, target, radius * radius, cell_parent)
    return _renumber(torch.from_numpy(flatten(cell_parent))[cells.row]).to(device)


def radius_components_reference(xyz: Tensor, group: Tensor, radius: float) -> Tensor:
    """Plain torch twin of `radius_components`: all distances."""
    near = squared_distance(xyz.double(), xyz.double()) < radius * radius
    return components_reference((near & (group[:, None] == group)).nonzero(), len(xyz))


def _renumber(label: Tensor) -> Tensor:
    """Labels 0, 1, ... in the order of first occurrence."""
    values, inverse = torch.unique(label, return_inverse=True)
    first = torch.full((len(values),), len(label), dtype=torch.int64).scatter_reduce(
        0, inverse, torch.arange(len(label)), "amin"
    )
    rank = torch.empty_like(first)
    rank[torch.argsort(first)] = torch.arange(len(values))
    return rank[inverse]


@njit(cache=True, nogil=True)
def find_root(parent, node):
    """The representative of a node's set; halves the path on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True, nogil=True)
def _join(edges, parent):
    for e in range(len(edges)):
        a, b = find_root(parent, edges[e, 0]), find_root(parent, edges[e, 1])
        if a < b:  # the smallest member represents its set
            parent[b] = a
        else:
            parent[a] = b


@njit(cache=True, nogil=True)
def flatten(parent):
    """Consecutive labels in the order of first members."""
    label = np.empty(len(parent), np.int64)
    count = 0
    for node in range(len(parent)):
        root = find_root(parent, node)
        if root == node:
            label[node] = count
            count += 1
        else:
            label[node] = label[root]
    return label


@njit(cache=True, nogil=True)
def _join_cells(xyz, order, start, source, target, radius2, parent):
    for pair in range(len(source)):
        a, b = find_root(parent, source[pair]), find_root(parent, target[pair])
        if a != b and _touch(xyz, order, start, source[pair], target[pair], radius2):
            parent[max(a, b)] = min(a, b)


@njit(cache=True, nogil=True)
def _touch(xyz, order, start, a, b, radius2):
    for i in range(start[a], start[a + 1]):
        for j in range(start[b], start[b + 1]):
            p, q = order[i], order[j]
            dx, dy, dz = xyz[p, 0] - xyz[q, 0], xyz[p, 1] - xyz[q, 1], xyz[p, 2] - xyz[q, 2]
            if dx * dx + dy * dy + dz * dz < radius2:
                return True
    return False
