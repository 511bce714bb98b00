"""A kernel map arranged for kernels that own a block of output rows: who the neighbours are, and which offsets occur.

V output voxels, K kernel offsets. On a surface most of the K neighbours are missing. Rows with the same neighbours are
brought together, so that a block meets few offsets and skips all others; the idea of sorting by the mask read as a Gray
code, so that even rows that follow one another differ little, is FlexGEMM's. Plain torch, any device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

ROWS = 64
"""Output rows of a block."""
_MASK_BITS = 63
"""Offsets that fit the sign-free part of an int64."""


@dataclass(frozen=True, eq=False)
class RowBlocks:
    """Neighbour table of the output rows, in blocks of `ROWS`.

    Attributes:
        order: (V,) int32, place i of the table is output row `order[i]`.
        table: (K, V) int32 input row that offset k pairs with the output row at place i; -1 where there is none.
        offsets: (A,) int32, the offsets that occur in a block, ascending, one block after the other.
        starts: (blocks + 1,) int32; the offsets of block b are `offsets[starts[b]:starts[b + 1]]`.
    """

    order: Tensor
    table: Tensor
    offsets: Tensor
    starts: Tensor


def row_blocks(source: Tensor, target: Tensor, starts: tuple[int, ...], num_target: int) -> RowBlocks:
    """Arrange pairs for output-stationary kernels.

    Args:
        source: (P,) int32 input rows. target: (P,) int32 output rows, each at most once within an offset.
        starts: K + 1 positions; the pairs of offset k are `starts[k]:starts[k + 1]`.
        num_target: V.
    """
    size, device = len(starts) - 1, source.device
    counts = torch.tensor(starts).diff().to(device)
    offset = torch.repeat_interleave(torch.arange(size, device=device), counts, output_size=len(source))
    table = torch.full((size, num_target), -1, dtype=torch.int32, device=device)
    table[offset, target.long()] = source
    order = torch.sort(_places(table), stable=True).indices
    table = table[:, order]
    met = torch.nn.functional.pad(table >= 0, (0, -num_target % ROWS)).view(size, -1, ROWS).any(2).T
    first = torch.nn.functional.pad(met.sum(1).cumsum(0), (1, 0))
    return RowBlocks(order.int(), table, met.nonzero()[:, 1].int(), first.int())


def _places(table: Tensor) -> Tensor:
    """(V,) int64 sort keys: the offsets that are met, read as a Gray code; of a larger kernel the 63 middle ones."""
    middle = table[max(0, (len(table) - _MASK_BITS) // 2) :][:_MASK_BITS]
    key = torch.zeros(table.shape[1], dtype=torch.int64, device=table.device)
    for bit, row in enumerate(middle):
        key |= (row >= 0).long() << bit
    for shift in (1, 2, 4, 8, 16, 32):  # the number whose Gray code is the mask: all its prefix parities
        key ^= key >> shift
    return key
