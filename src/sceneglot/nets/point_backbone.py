"""What every per-point network looks like from outside: a ragged cloud in, features of every point and stage out.

N points of B scenes, one after the other or mixed; M rows of a stage; C channels. Sparse U-Nets, PointNet++ and a
point transformer stand behind this interface, and the heads in `parsing_heads` know nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.ops.sparse import Voxels


@dataclass(frozen=True, eq=False)
class PointBatch:
    """The points of several scenes of any size, as one list.

    Attributes:
        xyz: (N, 3) float32, metres.
        features: (N, C) float32, what the network sees besides the position; C may be 0.
        item: (N,) int64, the scene of each point, 0..B-1.
        batch_size: B; scenes without a point are allowed.
    """

    xyz: Tensor
    features: Tensor
    item: Tensor
    batch_size: int

    def __post_init__(self) -> None:
        n = len(self.xyz)
        if self.xyz.shape != (n, 3) or self.features.shape[:1] != (n,) or self.item.shape != (n,):
            shapes = ", ".join(str(tuple(t.shape)) for t in (self.xyz, self.features, self.item))
            raise SceneglotError(f"point batch: xyz, features and item are {shapes}, expected (N, 3), (N, C), (N,)")

    @classmethod
    def of_scenes(cls, clouds: list[tuple[Tensor, Tensor]]) -> PointBatch:
        """Join the clouds (n, 3) and features (n, C) of single scenes."""
        sizes = torch.tensor([len(xyz) for xyz, _ in clouds], device=clouds[0][0].device)
        item = torch.repeat_interleave(torch.arange(len(clouds), device=sizes.device), sizes)
        return cls(torch.cat([xyz for xyz, _ in clouds]), torch.cat([f for _, f in clouds]), item, len(clouds))

    def to(self, device: torch.device | str, non_blocking: bool = False) -> PointBatch:
        """Copy on another device."""
        xyz, features, item = (t.to(device, non_blocking=non_blocking) for t in (self.xyz, self.features, self.item))
        return PointBatch(xyz, features, item, self.batch_size)


@dataclass(frozen=True, eq=False)
class Stage:
    """Features at one resolution inside a network.

    Attributes:
        features: (M, C).
        row: (N,) int64, which of the M rows stands for each input point.
    """

    features: Tensor
    row: Tensor

    def at_points(self) -> Tensor:
        """(N, C), the features of the row of every point."""
        return self.features.index_select(0, self.row)


@dataclass(frozen=True, eq=False)
class PointFeatures:
    """What a backbone makes of a `PointBatch`.

    Attributes:
        points: (N, C), final features of every input point.
        encoder: stages on the way down, fine to coarse; may be empty.
        decoder: stages on the way up, coarse to fine; the last one is the finest the network has.
        voxels: the voxels of the points, where the network works on voxels.
    """

    points: Tensor
    encoder: tuple[Stage, ...]
    decoder: tuple[Stage, ...]
    voxels: Voxels | None = None


class PointBackbone(nn.Module):
    """Base of the networks that give features to every point.

    Attributes:
        width: channels of `PointFeatures.points`.
        encoder_widths, decoder_widths: channels of the stages.
    """

    width: int
    encoder_widths: tuple[int, ...]
    decoder_widths: tuple[int, ...]

    def forward(self, cloud: PointBatch) -> PointFeatures:
        """Features of every point of a batch of scenes."""
        raise NotImplementedError
