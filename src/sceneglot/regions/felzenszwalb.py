"""Graph-based over-segmentation (Felzenszwalb and Huttenlocher, 2004) of meshes, as in ScanNet, and of clouds.

N vertices or points, E edges, F faces. Two parts are joined across their cheapest edge if it is no dearer than what
either has inside plus k / size; parts below a minimum size join a neighbour afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit

from sceneglot.errors import SceneglotError
from sceneglot.ops.components import find_root, flatten
from sceneglot.ops.dispatch import use_numba
from sceneglot.regions.geometry import neighbour_lists, normals_and_curvature, undirected_edges


@dataclass(frozen=True)
class FelzenszwalbConfig:
    """Settings of the segmentation; the defaults are those of ScanNet's published segments."""

    scale: float = 0.01
    """k: larger values tolerate more variation in large parts."""
    min_size: int = 20
    """Points; smaller parts join a neighbour."""
    neighbors: int = 10
    """Of each point, where a cloud has no mesh."""


def segment_mesh(xyz: np.ndarray, faces: np.ndarray, config: FelzenszwalbConfig = FelzenszwalbConfig()) -> np.ndarray:
    """(N,) int64 region of every vertex, as ScanNet's segmentator computes it.

    An edge costs 1 - n1.n2, squared where the surface is convex (the second vertex's normal looks away from the
    first): convex corners separate less than concave ones. Vertex normals are plain means of unit face normals, not
    normalised again. Each face contributes its edges (0, 1), (0, 2) and (2, 1), since the cost depends on direction.

    Args:
        xyz: (N, 3) metres. faces: (F, 3) integers.

    Raises:
        SceneglotError: faces that name vertices which do not exist.
    """
    faces = np.asarray(faces, np.int64).reshape(-1, 3)
    if len(faces) and not 0 <= faces.min() <= faces.max() < len(xyz):
        raise SceneglotError(f"faces name vertices {faces.min()} to {faces.max()}, expected 0 to {len(xyz) - 1}")
    edges = faces[:, [0, 1, 0, 2, 2, 1]].reshape(-1, 2)
    return segment_graph(edges, edge_costs(xyz, mean_face_normals(xyz, faces), edges), len(xyz), config)


def segment_cloud(
    xyz: np.ndarray, normal: np.ndarray | None = None, config: FelzenszwalbConfig = FelzenszwalbConfig()
) -> np.ndarray:
    """(N,) int64 region of every point of a cloud without faces, on its nearest-neighbour graph.

    Args:
        xyz: (N, 3) metres; float64 may be far from the origin (map coordinates).
        normal: (N, 3) oriented unit normals; None: principal components, whose sign is unknown, so that an edge costs
            1 - |n1.n2| and convexity plays no part.

    Raises:
        SceneglotError: an empty cloud, points that are not finite, or normals of another shape.
    """
    xyz = np.asarray(xyz)
    if not len(xyz):
        raise SceneglotError("regions: the cloud has no points")
    if normal is not None and normal.shape != xyz.shape:
        raise SceneglotError(f"regions: normals have shape {normal.shape}, expected {xyz.shape}")
    if xyz.dtype == np.float64:
        xyz = xyz - xyz.mean(0)  # small numbers keep their digits in float32
    cloud = torch.from_numpy(np.ascontiguousarray(xyz, np.float32))
    _, index = neighbour_lists(cloud, config.neighbors)
    edges = undirected_edges(index.numpy())
    if normal is None:
        guessed = normals_and_curvature(cloud, index)[0].numpy()
        cost = 1 - np.abs((guessed[edges[:, 0]] * guessed[edges[:, 1]]).sum(1))
    else:
        cost = edge_costs(xyz, normal, edges)
    return segment_graph(edges, cost, len(xyz), config)


def mean_face_normals(xyz: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(N, 3) float32 mean of the unit normals of the faces at each vertex; shorter than one where they differ."""
    a, b, c = (xyz[faces[:, corner]].astype(np.float32) for corner in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    corners = faces.reshape(-1)
    total = np.stack([np.bincount(corners, np.repeat(normal[:, a], 3), len(xyz)) for a in range(3)], 1)
    count = np.bincount(corners, minlength=len(xyz))
    return (total / np.maximum(count, 1)[:, None]).astype(np.float32)


def edge_costs(xyz: np.ndarray, normal: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(E,) float32 cost of directed edges (E, 2): 1 - n1.n2, squared where n2 looks along the edge (convex)."""
    first, second = edges[:, 0], edges[:, 1]
    cost = 1 - (normal[first] * normal[second]).sum(1)
    along = ((xyz[second] - xyz[first]) * normal[second]).sum(1)
    return np.where(along > 0, cost * cost, cost).astype(np.float32)


def segment_graph(edges: np.ndarray, cost: np.ndarray, count: int, config: FelzenszwalbConfig) -> np.ndarray:
    """(count,) int64 part of every node, numbered in the order of first members.

    Args:
        edges: (E, 2) int64. cost: (E,) float. count: number of nodes.
    """
    edges, cost = _cheapest_first(edges, cost)
    if not use_numba():
        return segment_graph_reference(edges, cost, count, config)
    return _segment(edges, cost, count, config.scale, config.min_size)


def segment_graph_reference(edges: np.ndarray, cost: np.ndarray, count: int, config: FelzenszwalbConfig) -> np.ndarray:
    """Plain numpy twin of `segment_graph`: parts are labels that are rewritten whole at each join."""
    edges, cost = _cheapest_first(edges, cost)
    part, limit = np.arange(count), np.full(count, config.scale)
    for (i, j), c in zip(edges, cost):
        a, b = part[i], part[j]
        if a != b and c <= min(limit[a], limit[b]):
            part[part == b] = a
            limit[a] = c + config.scale / (part == a).sum()
    for i, j in edges:
        a, b = part[i], part[j]
        if a != b and min((part == a).sum(), (part == b).sum()) < config.min_size:
            part[part == b] = a
    _, first, label = np.unique(part, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[label.reshape(-1)]


def _cheapest_first(edges: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(cost, kind="stable")
    return np.ascontiguousarray(edges[order], np.int64), cost[order].astype(np.float64)


@njit(cache=True, nogil=True)
def _segment(edges, cost, count, scale, min_size):
    parent = np.arange(count)
    size = np.ones(count, np.int64)
    limit = np.full(count, scale)
    for e in range(len(edges)):
        a, b = find_root(parent, edges[e, 0]), find_root(parent, edges[e, 1])
        if a != b and cost[e] <= limit[a] and cost[e] <= limit[b]:
            parent[max(a, b)] = min(a, b)
            size[min(a, b)] = size[a] + size[b]
            limit[min(a, b)] = cost[e] + scale / size[min(a, b)]
    for e in range(len(edges)):
        a, b = find_root(parent, edges[e, 0]), find_root(parent, edges[e, 1])
        if a != b and (size[a] < min_size or size[b] < min_size):
            parent[max(a, b)] = min(a, b)
            size[min(a, b)] = size[a] + size[b]
    return flatten(parent)
