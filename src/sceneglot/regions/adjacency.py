"""Regions as a graph: which ones touch, how alike they are, and merging those that are.

N points, V cells, R regions, A adjacent pairs of regions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.ops.components import connected_components
from sceneglot.ops.sparse import segment_mean


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """Regions with mean properties and the pairs that touch.

    Attributes:
        pairs: (A, 2) int64 regions, first < second, sorted.
        contact: (A,) int64, neighbouring cells between the two.
        size: (R,) int64 cells.
        normal: (R, 3) mean normal, not normalised: shorter where the region bends.
        histogram: (R, H) mean non-negative histogram (FPFH), or None.
        probability: (R, K) mean class probabilities of a network, or None.
    """

    pairs: Tensor
    contact: Tensor
    size: Tensor
    normal: Tensor
    histogram: Tensor | None = None
    probability: Tensor | None = None

    def __len__(self) -> int:
        return len(self.size)


@dataclass(frozen=True)
class AffinityConfig:
    """How alike adjacent regions are. A reconstruction ("WS3D-style"): the paper's formula is not public."""

    histogram_scale: float = 1.0
    """s1 in exp(-chi2 / s1)."""
    normal_scale: float = 0.1
    """s2 in exp(-(1 - |n.n'|) / s2)."""
    threshold: float = 0.6
    """Regions merge above this affinity, 0..1."""
    rounds: int = 5
    """Means are measured anew after each round."""


def build_region_graph(
    region: Tensor,
    cell_pairs: Tensor,
    normal: Tensor,
    *,
    histogram: Tensor | None = None,
    probability: Tensor | None = None,
) -> RegionGraph:
    """Graph of regions of cells (or of points, with the pairs of a neighbour graph).

    Args:
        region: (V,) int64, 0..R-1. cell_pairs: (P, 2) int64 neighbouring cells, each pair once.
        normal: (V, 3). Regions whose normals have no common orientation should bring them into one before.
        histogram: (V, H) or None. probability: (V, K) or None.
    """
    count = int(region.max()) + 1 if len(region) else 0
    ends = region[cell_pairs].sort(1).values
    ends = ends[ends[:, 0] != ends[:, 1]]
    keys, contact = torch.unique(ends[:, 0] * max(count, 1) + ends[:, 1], return_counts=True)
    pairs = torch.stack([keys // max(count, 1), keys % max(count, 1)], 1)
    return RegionGraph(
        pairs,
        contact,
        torch.bincount(region, minlength=count),
        segment_mean(normal, region, count),
        None if histogram is None else segment_mean(histogram, region, count),
        None if probability is None else segment_mean(probability, region, count),
    )


def affinity(graph: RegionGraph, config: AffinityConfig = AffinityConfig()) -> Tensor:
    """(A,) in 0..1: product of the agreement of normals and, where known, of histograms and class probabilities.

    a = exp(-(1 - |n.n'|) / s2) * exp(-chi2(h, h') / s1) * cos(p, p').
    """
    first, second = graph.pairs.unbind(1)
    unit = F.normalize(graph.normal, dim=1)
    turned = 1 - (unit[first] * unit[second]).sum(1).abs()
    value = torch.exp(-turned.clamp_min(0) / config.normal_scale)
    if graph.histogram is not None:
        a, b = graph.histogram[first], graph.histogram[second]
        chi2 = ((a - b).square() / (a + b).clamp_min(1e-12)).sum(1)
        value = value * torch.exp(-chi2 / config.histogram_scale)
    if graph.probability is not None:
        value = value * F.cosine_similarity(graph.probability[first], graph.probability[second], dim=1)
    return value


def merge_regions(graph: RegionGraph, config: AffinityConfig = AffinityConfig()) -> Tensor:
    """(R,) int64 merged region of every region, numbered from 0 without gaps.

    In each round a pair merges if its affinity is above the threshold and neither side has a better one: chains cannot
    run away across a whole room in one round. Then all means are measured anew.

    Raises:
        SceneglotError: a negative number of rounds.
    """
    if config.rounds < 0:
        raise SceneglotError(f"merging: {config.rounds} rounds, expected none or more")
    merged = torch.arange(len(graph), device=graph.size.device)
    for _ in range(config.rounds):
        value = affinity(graph, config)
        best = value.new_full((len(graph),), -1.0)
        for side in (0, 1):
            best = best.scatter_reduce(0, graph.pairs[:, side], value, "amax")
        chosen = (value > config.threshold) & (value[:, None] >= best[graph.pairs]).all(1)
        if not chosen.any():
            break
        step = connected_components(graph.pairs[chosen], len(graph))
        merged, graph = step[merged], _contract(graph, step)
    return merged


def _contract(graph: RegionGraph, step: Tensor) -> RegionGraph:
    """The graph after regions became regions step (R,), with means weighted by size and contacts summed."""
    count = int(step.max()) + 1
    size = torch.zeros(count, dtype=torch.int64, device=step.device).index_add(0, step, graph.size)
    share = graph.size / size[step]

    def mean(values: Tensor) -> Tensor:
        return values.new_zeros(count, values.shape[1]).index_add(0, step, values * share[:, None].to(values.dtype))

    ends = step[graph.pairs].sort(1).values
    apart = ends[:, 0] != ends[:, 1]
    keys, inverse = torch.unique(ends[apart, 0] * count + ends[apart, 1], return_inverse=True)
    contact = torch.zeros(len(keys), dtype=torch.int64, device=step.device)
    return replace(
        graph,
        pairs=torch.stack([keys // count, keys % count], 1),
        contact=contact.index_add(0, inverse, graph.contact[apart]),
        size=size,
        normal=mean(graph.normal),
        histogram=None if graph.histogram is None else mean(graph.histogram),
        probability=None if graph.probability is None else mean(graph.probability),
    )
