"""A small point transformer: attention over nearest neighbours, pooled by grid cells, in the shape of a U.

N points of B scenes, M rows of a level, K neighbours, C channels, G groups of them, H hidden channels of a position.

The attention is Point Transformer's (Zhao et al., 2021, arXiv 2012.09164, equation 3) with one weight per group of
channels, and the steps down and up are grid pooling and its inverse, both as in Point Transformer V2 (Wu et al., 2022,
arXiv 2210.05666, sections 3.2 and 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointBackbone, PointBatch, PointFeatures, Stage
from sceneglot.nets.sparse_layers import VoxelNorm
from sceneglot.ops.neighbors import nearest
from sceneglot.ops.sparse import segment_mean, voxelise

POSITION_WIDTH = 16
"""H."""


@dataclass(frozen=True)
class PointTransformerConfig:
    """Shape of a point transformer. Defaults: a tiny one, 0.46 million parameters with five channels in."""

    in_channels: int
    cell: float = 0.2
    """Edge of the cells of the first pooling, metres; every further pooling doubles it."""
    widths: tuple[int, ...] = (32, 64, 96, 128)
    """Channels of the levels, the points' own first."""
    encoder_blocks: tuple[int, ...] = (1, 2, 2, 2)
    """Blocks of every level on the way down."""
    decoder_blocks: tuple[int, ...] = (1, 1, 1)
    """Blocks of every level on the way up, coarse to fine; the coarsest has none."""
    neighbors: int = 16
    """K, the point itself among them; a scene with fewer points takes all."""
    group_width: int = 8
    """Channels that share a weight of the attention."""

    def __post_init__(self) -> None:
        levels = len(self.widths)
        if levels < 2 or (len(self.encoder_blocks), len(self.decoder_blocks)) != (levels, levels - 1):
            down, up = len(self.encoder_blocks), len(self.decoder_blocks)
            raise SceneglotError(
                f"point transformer: {levels} widths, {down} levels down and {up} up, expected L >= 2, L and L - 1"
            )
        if self.neighbors < 1 or not self.cell > 0 or any(width % self.group_width for width in self.widths):
            raise SceneglotError(
                f"point transformer: {self.neighbors} neighbours, cells of {self.cell} m, widths {self.widths} in "
                f"groups of {self.group_width}; expected at least one neighbour, a positive edge and whole groups"
            )


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Who attends to whom.

    Attributes:
        index: (M, K) int64 rows of the neighbours, nearest first.
        real: (M, K) bool; False where a scene has fewer than K points, the index is then the point's own.
        offset: (M, K, 3) position of the point minus that of its neighbour, in edges of the level's cells.
    """

    index: Tensor
    real: Tensor
    offset: Tensor


def neighbourhood(xyz: Tensor, item: Tensor, batch_size: int, count: int, unit: float) -> Neighbourhood:
    """The `count` nearest points of every point within its own scene; of equally near ones the lower row.

    Args:
        xyz: (M, 3) metres; item: (M,) int64 scene of each, any order.
        unit: metres that count as one in `offset`.
    """
    order = torch.sort(item, stable=True).indices
    counts = torch.bincount(item, minlength=batch_size).tolist()
    width = max(min(count, max(counts, default=0)), 1)
    index = torch.arange(len(xyz), device=xyz.device)[:, None].repeat(1, width)
    real = torch.zeros_like(index, dtype=torch.bool)
    for rows in order.split(counts):
        found = min(width, len(rows))
        if found:
            cloud = xyz[rows][None]
            index[rows, :found] = rows[nearest(cloud, cloud, found)[1][0]]
            real[rows, :found] = True
    return Neighbourhood(index, real, (xyz[:, None] - xyz[index]) / unit)


class VectorAttention(nn.Module):
    """y_i = sum_j softmax_j gamma(q_i - k_j + d_ij) * (v_j + d_ij), d_ij = theta(p_i - p_j), one weight per group.

    theta and gamma are two layers with a ReLU between. As gamma's first layer and theta's second are linear, both run
    on rows instead of pairs where they can, which leaves a single tensor of (M, K, C), the gathered values:
    W (q_i - k_j + B h_ij) = W q_i - W k_j + (W B) h_ij, and sum_j w_ij B h_ij = B sum_j w_ij h_ij.
    """

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.query, self.query_norm = nn.Linear(width, width, bias=False), VoxelNorm(width)
        self.key, self.key_norm = nn.Linear(width, width, bias=False), VoxelNorm(width)
        # No bias where a softmax or the next norm takes it away again.
        self.value = nn.Linear(width, width, bias=False)
        self.place = nn.Linear(3, POSITION_WIDTH)
        self.place_out = nn.Linear(POSITION_WIDTH, width, bias=False)
        self.weigh = nn.Linear(width, groups)
        self.weigh_out = nn.Linear(groups, groups, bias=False)

    def forward(self, rows: Tensor, near: Neighbourhood) -> Tensor:
        """(M, C) -> (M, C)."""
        query, key = F.relu(self.query_norm(self.query(rows))), F.relu(self.key_norm(self.key(rows)))
        place = F.relu(self.place(near.offset))  # (M, K, H)
        relation = F.linear(place, self.weigh.weight @ self.place_out.weight)
        relation = relation + self.weigh(query)[:, None] - _rows_of(F.linear(key, self.weigh.weight), near.index)
        score = self.weigh_out(F.relu(relation)).masked_fill(~near.real[..., None], float("-inf"))
        weight = score.softmax(1)  # (M, K, G)
        values = _rows_of(self.value(rows), near.index).unflatten(2, (self.groups, -1))
        seen = (weight[..., None] * values).sum(1)  # (M, G, C / G)
        where = weight.transpose(1, 2) @ place  # (M, G, H)
        placed = torch.einsum("mgh,gch->mgc", where, self.place_out.weight.unflatten(0, (self.groups, -1)))
        return (seen + placed).flatten(1)


class TransformerBlock(nn.Module):
    """Linear, attention, linear, each with a norm, around a shortcut (Zhao et al., 2021, figure 4a)."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.first = _Dense(width, width)
        self.attention, self.norm = VectorAttention(width, groups), VoxelNorm(width)
        self.last, self.last_norm = nn.Linear(width, width, bias=False), VoxelNorm(width)

    def forward(self, rows: Tensor, near: Neighbourhood) -> Tensor:
        """(M, C) -> (M, C)."""
        inner = F.relu(self.norm(self.attention(self.first(rows), near)))
        return F.relu(rows + self.last_norm(self.last(inner)))


class PointTransformer(PointBackbone):
    """Points, grid cells, cells twice as large, ... and back; the stages are the levels, the points being the finest.

    A point enters with its features and its place in its first cell, so moving a scene by whole coarsest cells changes
    nothing. Scenes do not see each other; neither the order of points nor their number matters.
    """

    def __init__(self, config: PointTransformerConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        blocks = lambda width, count: nn.ModuleList(  # noqa: E731
            TransformerBlock(width, width // config.group_width) for _ in range(count)
        )
        self.stem = _Dense(3 + config.in_channels, widths[0])
        self.downs = nn.ModuleList(_Dense(a, b) for a, b in pairwise(widths))
        self.encoders = nn.ModuleList(map(blocks, widths, config.encoder_blocks))
        finer = widths[-2::-1]
        self.ups = nn.ModuleList(_Dense(a, b) for a, b in zip(widths[::-1], finer))
        self.skips = nn.ModuleList(_Dense(width, width) for width in finer)
        self.decoders = nn.ModuleList(map(blocks, finer, config.decoder_blocks))
        self.width, self.encoder_widths, self.decoder_widths = widths[0], widths, finer

    def forward(self, cloud: PointBatch) -> PointFeatures:
        """Features of every point.

        Raises:
            SceneglotError: another number of channels than configured, or points that fit no grid of cells.
        """
        if cloud.features.shape[1] != self.config.in_channels:
            expected, found = self.config.in_channels, cloud.features.shape[1]
            raise SceneglotError(f"point transformer: {found} channels per point, expected {expected}")
        levels = self._levels(cloud)
        inside = cloud.xyz / self.config.cell
        rows = self.stem(torch.cat([inside - inside.floor() - 0.5, cloud.features], dim=1))
        encoded: list[Tensor] = []
        for number, (level, blocks) in enumerate(zip(levels, self.encoders)):
            if number:
                rows = _cell_maximum(self.downs[number - 1](rows), level.parent, level.size)
            rows = _through(blocks, rows, level.near)
            encoded.append(rows)
        decoded: list[Tensor] = []
        coarse_to_fine = zip(self.ups, self.skips, self.decoders, levels[:0:-1], levels[-2::-1], encoded[-2::-1])
        for up, skip, blocks, coarse, fine, kept in coarse_to_fine:
            rows = _through(blocks, up(rows).index_select(0, coarse.parent) + skip(kept), fine.near)
            decoded.append(rows)
        encoder = tuple(Stage(rows, level.row) for rows, level in zip(encoded, levels))
        decoder = tuple(Stage(rows, level.row) for rows, level in zip(decoded, levels[-2::-1]))
        return PointFeatures(rows, encoder, decoder)

    def _levels(self, cloud: PointBatch) -> list[_Level]:
        config, batch_size = self.config, cloud.batch_size
        row = torch.arange(len(cloud.xyz), device=cloud.xyz.device)
        near = neighbourhood(cloud.xyz, cloud.item, batch_size, config.neighbors, config.cell / 2)
        levels = [_Level(near, row, row, len(row))]
        cells = voxelise(cloud.xyz, config.cell, cloud.item, batch_size)
        grid, parent, xyz = cells.grid, cells.row, cloud.xyz
        for number in range(1, len(config.widths)):
            if number > 1:
                step = grid.coarser()
                grid, parent = step.grid, step.parent
            xyz, row = segment_mean(xyz, parent, len(grid)), parent[row]
            near = neighbourhood(xyz, grid.item, batch_size, config.neighbors, config.cell * grid.stride)
            levels.append(_Level(near, parent, row, len(grid)))
        return levels


@dataclass(frozen=True, eq=False)
class _Level:
    """Rows of one resolution: their neighbours, the row of every row of the next finer level and of every point."""

    near: Neighbourhood
    parent: Tensor
    row: Tensor
    size: int


class _Dense(nn.Module):
    """Linear, norm, ReLU on rows."""

    def __init__(self, in_width: int, out_width: int) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(in_width, out_width, bias=False), VoxelNorm(out_width)

    def forward(self, rows: Tensor) -> Tensor:
        return F.relu(self.norm(self.linear(rows)))


def _through(blocks: nn.Module, rows: Tensor, near: Neighbourhood) -> Tensor:
    for block in blocks.children():
        rows = block(rows, near)
    return rows


def _rows_of(rows: Tensor, index: Tensor) -> Tensor:
    """(M, C), (M, K) -> (M, K, C); index_select has by far the fastest backward of torch's gathers on the CPU."""
    return rows.index_select(0, index.flatten()).view(*index.shape, rows.shape[1])


def _cell_maximum(rows: Tensor, cell: Tensor, count: int) -> Tensor:
    """(count, C) maximum over the rows (M, C) of each cell; every cell has at least one."""
    start = rows.new_zeros(count, rows.shape[1])
    return start.scatter_reduce(0, cell[:, None].expand_as(rows), rows, "amax", include_self=False)
