"""PointNet++ (Qi et al., 2017) as VoteNet's backbone, channels last.

Shapes: B clouds, N points, M sampled points, K neighbours, C channels. Coordinates are metres.

Shared MLPs are plain `Linear` layers on (rows, channels): on a CPU about twice as fast as 1x1 convolutions, the same
parameters. Two identities save more without changing the result beyond rounding:

- the first layer of a set abstraction is linear, so it runs once per point *before* grouping instead of once per
  neighbour: W [(x_j - c) / r ; f_j] = (Wx x_j / r + Wf f_j) - Wx c / r;
- farthest points of a cloud already in farthest-first order are its first entries, so only the first layer samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.sparse_layers import VoxelNorm
from sceneglot.ops.grouping import gather
from sceneglot.ops.interpolate import interpolate
from sceneglot.ops.neighbors import ball_query
from sceneglot.ops.sampling import farthest_points


@dataclass(frozen=True)
class AbstractionConfig:
    """One set-abstraction layer."""

    points: int
    """M, points kept by farthest point sampling."""
    radius: float
    """Metres, of the ball whose points are pooled."""
    neighbors: int
    """K, points taken per ball."""
    widths: tuple[int, ...]
    """Output channels of the layers of the shared MLP."""


@dataclass(frozen=True)
class BackboneConfig:
    """PointNet++ with four abstractions and two feature propagations. Defaults: the paper's layers."""

    extra_channels: int = 0
    """C, input channels besides xyz (colour, normal, height, lifted features)."""
    abstractions: tuple[AbstractionConfig, ...] = (
        AbstractionConfig(2048, 0.2, 64, (64, 64, 128)),
        AbstractionConfig(1024, 0.4, 32, (128, 128, 256)),
        AbstractionConfig(512, 0.8, 16, (128, 128, 256)),
        AbstractionConfig(256, 1.2, 16, (128, 128, 256)),
    )
    seed_width: int = 256
    """Channels of the seed features; VoteNet and ScanQA use 256, CLIP-guided 3D VQA 512."""

    def __post_init__(self) -> None:
        counts = [layer.points for layer in self.abstractions]
        if len(counts) != 4 or counts != sorted(counts, reverse=True):
            raise SceneglotError(f"backbone: four abstractions with shrinking point counts expected, found {counts}")


@dataclass(frozen=True, eq=False)
class Abstracted:
    """What the abstractions make of a cloud.

    Attributes:
        clouds: (B, M, 3) metres, the input and the points kept by each abstraction; those of the second and later ones
            come first in the cloud before.
        levels: (B, M, C) their features; None for an input without.
        sample: (B, M) int64 rows of the input that the first abstraction kept.
    """

    clouds: tuple[Tensor, ...]
    levels: tuple[Tensor | None, ...]
    sample: Tensor


@dataclass(frozen=True, eq=False)
class SeedOutput:
    """The points that vote: S seeds with features.

    Attributes:
        xyz: (B, S, 3) float32, metres.
        features: (B, S, C).
        index: (B, S) int64, the seeds' rows in the input cloud.
    """

    xyz: Tensor
    features: Tensor
    index: Tensor


class SharedMLP(nn.Module):
    """Linear (no bias), batch norm, ReLU, repeated: the same for every row of (..., C)."""

    def __init__(self, in_width: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        sizes = (in_width, *widths)
        linears = [nn.Linear(a, b, bias=False) for a, b in pairwise(sizes)]
        for linear in linears:
            nn.init.kaiming_normal_(linear.weight)
        self.linears = nn.ModuleList(linears)
        self.norms = nn.ModuleList(VoxelNorm(width) for width in widths)

    @property
    def first_weight(self) -> Tensor:
        """(widths[0], C), the matrix of the first layer."""
        return self.get_parameter("linears.0.weight")

    def forward(self, rows: Tensor) -> Tensor:
        """(..., C) -> (..., widths[-1])."""
        flat = self.after_first_linear(self.linears[0](rows.reshape(-1, rows.shape[-1])))
        return flat.view(*rows.shape[:-1], flat.shape[1])

    def after_first_linear(self, flat: Tensor) -> Tensor:
        """The rest of the stack for rows (R, widths[0]) that went through the first linear layer already."""
        flat = F.relu(self.norms[0](flat), inplace=True)
        for linear, norm in zip(self.linears[1:], self.norms[1:]):
            flat = F.relu(norm(linear(flat)), inplace=True)
        return flat


class SetAbstraction(nn.Module):
    """Sample, group, encode, pool: a cloud of N points becomes M points with wider features."""

    def __init__(self, config: AbstractionConfig, in_channels: int) -> None:
        super().__init__()
        self.config = config
        self.mlp = SharedMLP(3 + in_channels, config.widths)

    def forward(self, xyz: Tensor, features: Tensor | None, *, sample: Tensor | None = None) -> tuple[Tensor, ...]:
        """One abstraction.

        Args:
            xyz: (B, N, 3), metres.
            features: (B, N, C) or None when there are no channels besides xyz.
            sample: (B, M) int64, rows to keep; None runs farthest point sampling.

        Returns:
            xyz (B, M, 3), features (B, M, widths[-1]), sample (B, M).
        """
        if sample is None:
            sample = farthest_points(xyz, self.config.points)
        centers = gather(xyz, sample)
        index = ball_query(xyz, centers, self.config.radius, self.config.neighbors)
        grouped = self._first_linear(xyz, centers, features, index)
        encoded = self.mlp.after_first_linear(grouped.flatten(0, 2))
        return centers, encoded.view(*grouped.shape[:3], -1).max(2).values, sample

    def _first_linear(self, xyz: Tensor, centers: Tensor, features: Tensor | None, index: Tensor) -> Tensor:
        """(B, M, K, widths[0]): the first linear layer applied per point, then grouped (see the module's head)."""
        device = xyz.device.type
        if not torch.is_autocast_enabled(device):
            return self._differences(xyz, centers, features, index)
        # The two products are as large as the scene, their difference is as small as a ball: bfloat16 would lose it.
        with torch.autocast(device, enabled=False):
            grouped = self._differences(xyz, centers, None if features is None else features.float(), index)
        return grouped.to(torch.get_autocast_dtype(device))

    def _differences(self, xyz: Tensor, centers: Tensor, features: Tensor | None, index: Tensor) -> Tensor:
        weight = self.mlp.first_weight
        origin = xyz.mean(1, keepdim=True)  # differences are all that counts; small numbers keep them exact
        to_points = (xyz - origin) / self.config.radius
        to_centers = F.linear((centers - origin) / self.config.radius, weight[:, :3])
        rows = to_points if features is None else torch.cat([to_points, features], dim=-1)
        return gather(F.linear(rows, weight), index) - to_centers[:, :, None]


class FeaturePropagation(nn.Module):
    """Carry features from a coarse cloud back to a fine one and merge them with the features kept there."""

    def __init__(self, in_channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.mlp = SharedMLP(in_channels, widths)

    def forward(self, coarse_xyz: Tensor, coarse: Tensor, fine_xyz: Tensor, fine: Tensor) -> Tensor:
        """(B, M, 3), (B, M, C1), (B, N, 3), (B, N, C2) -> (B, N, widths[-1]); coarse channels come first."""
        return self.mlp(torch.cat([interpolate(coarse_xyz, fine_xyz, coarse), fine], dim=-1))


class Backbone(nn.Module):
    """Points to seeds: four abstractions down, two propagations up to the points of the second."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.extra_channels] + [layer.widths[-1] for layer in config.abstractions]
        self.abstractions = nn.ModuleList(
            SetAbstraction(layer, width) for layer, width in zip(config.abstractions, widths)
        )
        seed = (config.seed_width, config.seed_width)
        self.propagations = nn.ModuleList(
            [FeaturePropagation(widths[4] + widths[3], seed), FeaturePropagation(seed[-1] + widths[2], seed)]
        )

    def forward(self, xyz: Tensor, features: Tensor | None = None) -> SeedOutput:
        """Encode a batch of clouds.

        Args:
            xyz: (B, N, 3) float32, metres.
            features: (B, N, C) float32 with C = `extra_channels`; None when that is 0.

        Raises:
            SceneglotError: the number of channels is not the configured one.
        """
        return self.propagate(self.abstract(xyz, features))

    def abstract(self, xyz: Tensor, features: Tensor | None = None) -> Abstracted:
        """The way down; arguments and errors as for the whole."""
        found = 0 if features is None else features.shape[-1]
        if found != self.config.extra_channels:
            raise SceneglotError(f"backbone: {self.config.extra_channels} extra channels configured, {found} given")
        clouds, levels, sample = [xyz], [features], None
        for i, (layer, sizes) in enumerate(zip(self.abstractions, self.config.abstractions)):
            prefix = None
            if i > 0:  # farthest-first already: the sample is a prefix
                count = min(sizes.points, clouds[-1].shape[1])
                prefix = torch.arange(count, device=xyz.device).expand(len(xyz), count)
            cloud, level, picked = layer(clouds[-1], levels[-1], sample=prefix)
            sample = picked if i == 0 else sample
            clouds.append(cloud)
            levels.append(level)
        assert sample is not None
        return Abstracted(tuple(clouds), tuple(levels), sample)

    def propagate(self, down: Abstracted) -> SeedOutput:
        """The way up."""
        clouds, levels = down.clouds, down.levels
        up = self.propagations[0](clouds[4], levels[4], clouds[3], levels[3])
        seeds = self.propagations[1](clouds[3], up, clouds[2], levels[2])
        return SeedOutput(clouds[2], seeds, down.sample[:, : seeds.shape[1]])
