"""Regions of a cloud that are alike become one: the region graph of its points, measured and merged."""

from __future__ import annotations

import torch
from torch import Tensor

from sceneglot.regions.adjacency import AffinityConfig, build_region_graph, merge_regions
from sceneglot.regions.fpfh import fpfh
from sceneglot.regions.geometry import face_viewpoint, neighbour_lists, normals_and_curvature, undirected_edges

NEIGHBOURS = 10
"""Points that a normal and a histogram are measured on, and that make two regions touch."""


def merge_alike(xyz: Tensor, region: Tensor, config: AffinityConfig) -> Tensor:
    """(N,) int64 merged region of every point, numbered from 0 without gaps.

    Args:
        xyz: (N, 3) float, metres. region: (N,) int64, 0..R-1.
        config: scales and threshold of the affinity; normals and FPFH of the points are its properties.

    Raises:
        SceneglotError: an empty cloud.
    """
    centred = (xyz.double() - xyz.double().mean(0)).float()
    _, index = neighbour_lists(centred, NEIGHBOURS)
    normal, _ = normals_and_curvature(centred, index)
    normal = face_viewpoint(normal, centred, torch.zeros(3, device=xyz.device))
    pairs = torch.from_numpy(undirected_edges(index.cpu().numpy())).to(xyz.device)
    graph = build_region_graph(region, pairs, normal, histogram=fpfh(centred, normal, index))
    return merge_regions(graph, config)[region]
