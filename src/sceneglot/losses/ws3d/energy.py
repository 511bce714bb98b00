"""The boundary-aware energy on unlabelled voxels: smooth inside regions, sure of itself at boundaries (WS3D-style).

V voxels, P pairs of neighbours, R regions, K classes. The paper's formula is not public. This one has what is known of
it: predicted boundaries switch the smoothing off, and predictions at boundaries are pushed to be confident.
No gradient flows into the boundary prediction: it would learn to declare every hard place a boundary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.sparse import VoxelGrid, segment_mean
from sceneglot.ops.sparse.neighbourhood import neighbour_pairs


@dataclass(frozen=True)
class EnergyConfig:
    """How alike neighbours have to be to be smoothed."""

    position_scale: float = 0.1
    """s_x in exp(-|x_i - x_j|^2 / 2 s_x^2), metres."""
    color_scale: float = 0.3
    """s_c of colours in -1..1; without effect on scans without colour."""
    use_regions: bool = True
    """A border between two over-segmentation regions counts as a boundary."""

    def __post_init__(self) -> None:
        if not (self.position_scale > 0 and self.color_scale > 0):
            found = f"{self.position_scale} m and {self.color_scale}"
            raise SceneglotError(f"energy: scales of position and colour are {found}, expected numbers above 0")


@dataclass(frozen=True, eq=False)
class EnergyLoss:
    """Scalar terms: `smooth` inside regions, `confidence` at boundaries (both in 0..1), `region` agreement."""

    smooth: Tensor
    confidence: Tensor
    region: Tensor


def boundary_energy(
    probability: Tensor,
    boundary: Tensor,
    region: Tensor,
    xyz: Tensor,
    color: Tensor | None,
    grid: VoxelGrid,
    counted: Tensor,
    config: EnergyConfig = EnergyConfig(),
) -> EnergyLoss:
    """E = mean over i of [mean over neighbours j of (1 - b_ij) k_ij (1 - p_i.p_j)] and of b_i H(p_i) / log K.

    b_ij is max(b_i, b_j), or 1 across regions; k_ij a Gaussian of distance and colour.

    Args:
        probability: (V, K) class probabilities.
        boundary: (V,) predicted probability of a boundary; detached here.
        region: (V,) int64, 0..R-1.
        xyz: (V, 3) metres. color: (V, C) in -1..1, or None.
        counted: (V,) bool, the voxels the loss is about: those without a label.

    Returns:
        Zeros where nothing is counted.
    """
    if not counted.any():
        zero = probability.sum() * 0.0
        return EnergyLoss(zero, zero, zero)
    boundary = boundary.detach()
    smooth = _smoothing(probability, boundary, region, xyz, color, grid, config)[counted].mean()
    confidence = (boundary * normalised_entropy(probability))[counted].mean()
    return EnergyLoss(smooth, confidence, region_agreement(probability, boundary, region, counted))


def region_agreement(probability: Tensor, boundary: Tensor, region: Tensor, counted: Tensor) -> Tensor:
    """The region-level form: mean of (1 - b_i) (1 - p_i . p_r), p_r the mean prediction of the region of i.

    Args:
        as in `boundary_energy`.
    """
    count = int(region.max()) + 1
    mean = segment_mean(probability, region, count).index_select(0, region)
    apart = (1 - boundary.detach()) * (1 - (probability * mean).sum(1))
    return apart[counted].mean() if bool(counted.any()) else probability.sum() * 0.0


def normalised_entropy(probability: Tensor) -> Tensor:
    """(V,) entropy of rows (V, K) in units of log K: 0 certain, 1 uniform."""
    return -(probability * probability.clamp_min(1e-12).log()).sum(1) / math.log(max(probability.shape[1], 2))


def _smoothing(
    probability: Tensor,
    boundary: Tensor,
    region: Tensor,
    xyz: Tensor,
    color: Tensor | None,
    grid: VoxelGrid,
    config: EnergyConfig,
) -> Tensor:
    """(V,) mean over the neighbours of the gated disagreement; zero for voxels without neighbours."""
    voxel, neighbour = neighbour_pairs(grid)
    upper = voxel < neighbour  # the pair is symmetric: computed once, added to both ends
    i, j = voxel[upper], neighbour[upper]
    gate = 1 - torch.maximum(boundary[i], boundary[j])
    if config.use_regions:
        gate = gate * (region[i] == region[j])
    exponent = (xyz[i] - xyz[j]).square().sum(1) / (2 * config.position_scale**2)
    if color is not None:
        exponent = exponent + (color[i] - color[j]).square().sum(1) / (2 * config.color_scale**2)
    weight = gate * torch.exp(-exponent)
    kept = weight > 1e-4  # most pairs at boundaries and across regions drop out here
    i, j, weight = i[kept], j[kept], weight[kept]
    disagreement = weight * (1 - (probability.index_select(0, i) * probability.index_select(0, j)).sum(1))
    total = disagreement.new_zeros(len(probability)).index_add(0, i, disagreement).index_add(0, j, disagreement)
    return total / torch.bincount(voxel, minlength=len(grid)).clamp_min(1)
