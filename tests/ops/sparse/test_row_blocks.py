"""The arrangement by output rows holds the pairs of its map, and skips what a block does not meet."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sceneglot.ops.sparse import KernelMap, VoxelGrid
from sceneglot.ops.sparse.row_blocks import ROWS, RowBlocks


def grid(seed: int, share: float, edge: int = 8) -> VoxelGrid:
    occupied = torch.rand(1, edge, edge, edge, generator=torch.Generator().manual_seed(seed)) < share
    return VoxelGrid.from_coords(occupied.nonzero(), 1)[0]


def pairs_of(kernel_map: KernelMap) -> set[tuple[int, int, int]]:
    offset = torch.repeat_interleave(torch.arange(kernel_map.size), torch.tensor(kernel_map.starts).diff())
    return set(zip(offset.tolist(), kernel_map.source.tolist(), kernel_map.target.tolist()))


def pairs_in(blocks: RowBlocks) -> set[tuple[int, int, int]]:
    """The pairs a kernel finds that looks only at the listed offsets of each block."""
    found = set()
    for block, (first, last) in enumerate(zip(blocks.starts[:-1].tolist(), blocks.starts[1:].tolist())):
        rows = slice(block * ROWS, (block + 1) * ROWS)
        for offset in blocks.offsets[first:last].tolist():
            entries = zip(blocks.table[offset, rows].tolist(), blocks.order[rows].tolist())
            met = {(offset, source, target) for source, target in entries if source >= 0}
            assert met, "an offset without a pair is listed"
            found |= met
    return found


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 999), st.sampled_from([0.0, 0.01, 0.2, 0.9]), st.integers(0, 3))
def test_blocks_hold_the_pairs_of_the_map(seed: int, share: float, which: int) -> None:
    fine = grid(seed, share)
    down = fine.coarser().down
    kernel_map = (fine.neighbours(3), fine.neighbours(5), down, down.transposed())[which]
    blocks = kernel_map.blocks()
    assert blocks.order.sort().values.tolist() == list(range(kernel_map.num_target))
    assert pairs_in(blocks) == pairs_of(kernel_map)


def test_mirrored_maps_are_their_own_transpose_with_the_offsets_turned_round() -> None:
    kernel_map = grid(1, 0.3).neighbours(3)
    assert kernel_map.mirrored and not grid(1, 0.3).coarser().down.mirrored
    turned = {(26 - offset, source, target) for offset, source, target in pairs_of(kernel_map)}
    assert turned == pairs_of(kernel_map.transposed())


def test_rows_that_meet_the_same_offsets_share_blocks() -> None:
    """Upwards every voxel has one parent and one of eight offsets: eight runs, so hardly a block meets two."""
    up = grid(2, 0.5, 16).coarser().down.transposed()
    blocks = up.blocks()
    assert len(blocks.offsets) <= len(blocks.starts) - 1 + 7


def test_a_map_and_its_transposes_share_what_was_computed() -> None:
    down = grid(3, 0.3).coarser().down
    assert down.transposed().blocks() is down.transposed().blocks()
    assert down.transposed().transposed().blocks() is down.blocks() is not down.transposed().blocks()


def gray(number: Tensor) -> Tensor:
    return number ^ (number >> 1)


def test_places_follow_the_gray_code() -> None:
    from sceneglot.ops.sparse.row_blocks import _places

    numbers = torch.cat([torch.arange(32), torch.tensor([2**62 + 12345, 2**63 - 1])])
    bits = (gray(numbers)[None] >> torch.arange(63)[:, None]) & 1
    assert torch.equal(_places(torch.where(bits > 0, 0, -1)), numbers)
    beyond = torch.full((125, 1), -1)
    beyond[0] = 0  # not among the 63 middle offsets
    assert _places(beyond).item() == 0
