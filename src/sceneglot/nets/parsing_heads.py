"""Heads for parsing a scene, on the features of any `PointBackbone`: classes, offsets, base or novel, boundaries.

N points, C backbone channels, K classes. The text-bank head is in `open_vocabulary`, the decoding of instances in
`instance_proposals`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointFeatures, Stage
from sceneglot.nets.sparse_layers import VoxelNorm


def semantic_head(width: int, classes: int) -> nn.Linear:
    """One linear layer with bias, (N, C) -> (N, K), as in all three published networks."""
    return nn.Linear(width, classes)


class OffsetHead(nn.Module):
    """From every point to the centre of its instance (PointGroup, Jiang et al., 2020): linear, norm, ReLU, linear."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, width), VoxelNorm(width), nn.ReLU(), nn.Linear(width, 3))

    def forward(self, points: Tensor) -> Tensor:
        """(N, C) -> (N, 3) metres; `xyz + offset` is the guessed centre."""
        return self.layers(points)


class StageFusion(nn.Module):
    """Features of several stages, each made narrow at its own resolution, summed at the points, norm, ReLU."""

    def __init__(self, widths: tuple[int, ...], width: int) -> None:
        super().__init__()
        if not widths:
            raise SceneglotError("stage fusion: the backbone shows no stages to fuse")
        self.narrow = nn.ModuleList(nn.Linear(stage, width, bias=False) for stage in widths)
        self.norm = VoxelNorm(width)

    def forward(self, stages: tuple[Stage, ...]) -> Tensor:
        """Stages with the configured widths -> (N, width)."""
        parts = [layer(stage.features).index_select(0, stage.row) for layer, stage in zip(self.narrow, stages)]
        return F.relu(self.norm(torch.stack(parts).sum(0)))


class BaseNovelHead(nn.Module):
    """Is a point of a class with training labels ("base", 1) or of another ("novel", 0)? One logit per point.

    Works on *detached* features of all encoder stages and the final ones, as in PLA (Ding et al., 2023), so that it
    does not teach the backbone what is novel. PLA gives it a sparse decoder of its own; here it is a sum over stages
    and two linear layers, which every backbone can feed.
    """

    def __init__(self, width: int, encoder_widths: tuple[int, ...], *, hidden: int = 64) -> None:
        super().__init__()
        self.fuse = StageFusion((*encoder_widths, width), hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, features: PointFeatures) -> Tensor:
        """(N,) logits."""
        last = Stage(features.points, torch.arange(len(features.points), device=features.points.device))
        stages = tuple(Stage(stage.features.detach(), stage.row) for stage in (*features.encoder, last))
        return self.out(self.fuse(stages))[:, 0]


def calibrate_novel(logits: Tensor, base_logit: Tensor, is_base: Tensor) -> Tensor:
    """(N, K) probabilities with the base / novel decision: softmax within each group, times the group's probability.

    Rows sum to one. With only one group the decision is ignored.

    Args:
        logits: (N, K) over all classes.
        base_logit: (N,) from `BaseNovelHead`.
        is_base: (K,) bool.
    """
    if bool(is_base.all()) or not bool(is_base.any()):
        return logits.softmax(-1)
    lowest = torch.finfo(logits.dtype).min
    base = logits.masked_fill(~is_base, lowest).softmax(-1)
    novel = logits.masked_fill(is_base, lowest).softmax(-1)
    share = base_logit.sigmoid()[:, None]
    return torch.where(is_base, base * share, novel * (1 - share))


@dataclass(frozen=True, eq=False)
class BoundaryOutput:
    """Where regions end.

    Attributes:
        boundary: (N,) logit that the point lies on a boundary between classes.
        classes: (N, K) logits, one per class that meets there.
        side_boundary: (N,) logits of the fine encoder stages, supervised as `boundary`.
        side_semantic: (N, K) logits of the coarser encoder stages, supervised by the classes of the points.
    """

    boundary: Tensor
    classes: Tensor
    side_boundary: tuple[Tensor, ...]
    side_semantic: tuple[Tensor, ...]


class BoundaryHead(nn.Module):
    """The edge branch of JSENet (Hu et al., 2020) on any encoder with stages.

    Every stage of the encoder has a side output, the fine ones binary and the others semantic; all are fused with the
    final features. JSENet's joint refinement uses `ops.sparse.neighbourhood.edge_map`, which has no parameters.
    """

    def __init__(
        self, width: int, encoder_widths: tuple[int, ...], classes: int, *, fine_stages: int = 3, hidden: int = 64
    ) -> None:
        super().__init__()
        self.sides = nn.ModuleList(
            nn.Linear(stage, 1 if level < fine_stages else classes) for level, stage in enumerate(encoder_widths)
        )
        self.fine_stages = fine_stages
        self.fuse = StageFusion((*encoder_widths, width), hidden)
        self.out = nn.Linear(hidden, 1 + classes)

    def forward(self, features: PointFeatures) -> BoundaryOutput:
        """Boundary logits of every point."""
        last = Stage(features.points, torch.arange(len(features.points), device=features.points.device))
        edges = self.out(self.fuse((*features.encoder, last)))
        sides = [layer(stage.features).index_select(0, stage.row) for layer, stage in zip(self.sides, features.encoder)]
        return BoundaryOutput(
            boundary=edges[:, 0],
            classes=edges[:, 1:],
            side_boundary=tuple(side[:, 0] for side in sides[: self.fine_stages]),
            side_semantic=tuple(sides[self.fine_stages :]),
        )
