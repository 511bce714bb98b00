"""Which voxel meets which weight: the pairs of rows a sparse convolution multiplies.

V voxels, K weights of the kernel, P pairs. Kernel offsets are numbered like a dense (x, y, z) kernel, z fastest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import torch
from numba import njit
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import use_numba
from sceneglot.ops.sparse.keys import REACH, key_offset
from sceneglot.ops.sparse.row_blocks import RowBlocks, row_blocks


@dataclass(frozen=True, eq=False)
class KernelMap:
    """Pairs of rows, grouped by kernel offset: `out[target] += rows[source] @ weight[k]` for the pairs of offset k.

    Within an offset both columns ascend strictly, so no row occurs twice.

    Attributes:
        source: (P,) int32 rows of the input grid.
        target: (P,) int32 rows of the output grid.
        starts: K + 1 positions; the pairs of offset k are `starts[k]:starts[k + 1]`.
        num_source, num_target: voxels of the two grids.
        identity: the offset that pairs every row with itself, if there is one.
        mirrored: the pairs of offset k, the other way round, are those of offset K - 1 - k.
    """

    source: Tensor
    target: Tensor
    starts: tuple[int, ...]
    num_source: int
    num_target: int
    identity: int | None = None
    mirrored: bool = False
    _blocks: tuple[list[RowBlocks], list[RowBlocks]] = field(default_factory=lambda: ([], []), repr=False)

    @property
    def size(self) -> int:
        """K, number of kernel offsets."""
        return len(self.starts) - 1

    def transposed(self) -> KernelMap:
        """The map of the adjoint convolution: sources and targets change places."""
        return replace(
            self,
            source=self.target,
            target=self.source,
            num_source=self.num_target,
            num_target=self.num_source,
            _blocks=self._blocks[::-1],
        )

    def blocks(self) -> RowBlocks:
        """The map arranged by output rows for the kernels of a GPU; computed once, also for its transpose."""
        if not self._blocks[0]:
            self._blocks[0].append(row_blocks(self.source, self.target, self.starts, self.num_target))
        return self._blocks[0][0]

    def runs(self, rows: int) -> list[tuple[int, int, int]]:
        """The pairs cut into runs (offset, first, last + 1) of at most `rows`, without those of the identity.

        On the CPU all offsets of a block of target rows come before the next block, so that the block and its
        surroundings stay in the cache; within a run targets ascend. Elsewhere runs are as long as they may be.
        """
        offsets = [k for k in range(self.size) if k != self.identity]
        if self.target.device.type != "cpu":
            ends = self.starts[1:]
            return [(k, i, min(i + rows, ends[k])) for k in offsets for i in range(self.starts[k], ends[k], rows)]
        target = self.target.numpy()
        edges = np.arange(0, self.num_target + rows, rows)
        cuts = [start + np.searchsorted(target[start:end], edges) for start, end in pairwise(self.starts)]
        return [
            (k, int(cuts[k][block]), int(cuts[k][block + 1]))
            for block in range(len(edges) - 1)
            for k in offsets
            if cuts[k][block] < cuts[k][block + 1]
        ]


def neighbour_map(keys: Tensor, size: int) -> KernelMap:
    """Pairs of a submanifold convolution: every occupied voxel and its occupied neighbours in a size^3 cube.

    Keys plus a constant stay sorted, so each row of the cube is found by one merge of the keys with themselves. Only
    half of the cube is searched; the other half are the same pairs the other way round.

    Args:
        keys: (V,) int64, strictly ascending.
        size: odd edge of the cube.

    Raises:
        SceneglotError: an even size, or one beyond the guard bits of a key.
    """
    if size % 2 == 0 or not 1 <= size <= 2 * REACH + 1:
        raise SceneglotError(
            f"a neighbourhood of {size} voxels was asked for, expected an odd number up to {2 * REACH + 1}"
        )
    find = _half_pairs if use_numba(keys) else half_pairs_reference
    counts, source, target = find(keys, size)
    own = torch.arange(len(keys), dtype=torch.int32, device=keys.device)
    upper_source, upper_target = source.split(counts), target.split(counts)
    sizes = [*reversed(counts), len(keys), *counts]
    return KernelMap(
        source=torch.cat([*reversed(upper_target), own, source]),
        target=torch.cat([*reversed(upper_source), own, target]),
        starts=tuple(int(start) for start in np.cumsum([0, *sizes])),
        num_source=len(keys),
        num_target=len(keys),
        identity=size**3 // 2,
        mirrored=True,
    )


def half_pairs_reference(keys: Tensor, size: int) -> tuple[list[int], Tensor, Tensor]:
    """Pairs of the offsets after the centre by binary search: the plain torch twin of the compiled merge.

    Returns:
        Number of pairs of each offset; neighbours (P,) int32 and voxels (P,) int32.
    """
    reach = size // 2
    counts, sources, targets = [], [], []
    for flat in range(size**3 // 2 + 1, size**3):
        dx, dy, dz = (int(c) - reach for c in np.unravel_index(flat, (size, size, size)))
        wanted = keys + key_offset(dx, dy, dz)
        place = torch.searchsorted(keys, wanted).clamp_max(max(len(keys) - 1, 0))
        target = (keys[place] == wanted).nonzero()[:, 0]
        counts.append(len(target))
        sources.append(place[target].int())
        targets.append(target.int())
    empty = torch.zeros(0, dtype=torch.int32, device=keys.device)
    return counts, torch.cat([empty, *sources]), torch.cat([empty, *targets])


def _half_pairs(keys: Tensor, size: int) -> tuple[list[int], Tensor, Tensor]:
    """Compiled twin of `half_pairs_reference`."""
    reach = size // 2
    lines = [(dx, dy) for dx in range(reach + 1) for dy in range(-reach, reach + 1) if dx > 0 or dy >= 0]
    deltas = np.array([key_offset(dx, dy, 0) for dx, dy in lines], np.int64)
    counts = np.zeros(size * len(lines), np.int64)
    values, nothing = keys.numpy(), np.empty(0, np.int32)
    _merge(values, deltas, reach, counts, nothing, nothing, False)
    source = np.empty(counts.sum(), np.int32)
    target = np.empty_like(source)
    _merge(values, deltas, reach, np.cumsum(counts) - counts, source, target, True)
    # The first line passes through the centre: only what comes after it belongs to the upper half.
    return counts[reach + 1 :].tolist(), torch.from_numpy(source), torch.from_numpy(target)


@njit(cache=True, nogil=True)
def _merge(keys, deltas, reach, position, source, target, write):
    """Walk a window along the sorted keys, one line of the kernel at a time; counts pairs, or writes them."""
    width = 2 * reach + 1
    for line in range(len(deltas)):
        begin = 0
        first = reach + 1 if deltas[line] == 0 else 0
        for i in range(len(keys)):
            low = keys[i] + deltas[line] - reach
            while begin < len(keys) and keys[begin] < low:
                begin += 1
            j = begin
            while j < len(keys) and keys[j] - low < width:
                step = keys[j] - low
                if step >= first:
                    k = line * width + step
                    if write:
                        source[position[k]] = j
                        target[position[k]] = i
                    position[k] += 1
                j += 1


def child_map(parent: Tensor, octant: Tensor, num_parents: int) -> KernelMap:
    """Pairs of a convolution with kernel 2 and stride 2: every voxel and its parent, grouped by octant.

    Args:
        parent: (V,) int64 row of each voxel's parent. octant: (V,) int64 in 0..7.
        num_parents: voxels of the coarse grid.
    """
    order = torch.sort(octant, stable=True).indices
    counts = torch.bincount(octant, minlength=8).tolist()
    starts = tuple(int(start) for start in np.cumsum([0, *counts]))
    return KernelMap(order.int(), parent[order].int(), starts, len(parent), num_parents)
