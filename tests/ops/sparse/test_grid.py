import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.sparse import VoxelGrid
from sceneglot.ops.sparse.kernel_map import KernelMap, neighbour_map
from sceneglot.ops.sparse.keys import MAX_COORDINATE, key_offset, pack, parent_keys, unpack

coordinate = st.integers(-6, 6)
voxels = st.sets(st.tuples(st.integers(0, 2), coordinate, coordinate, coordinate), max_size=60)


def grid_of(cells: set[tuple[int, ...]]) -> VoxelGrid:
    return VoxelGrid.from_coords(torch.tensor(sorted(cells), dtype=torch.int64).reshape(-1, 4), 3)[0]


def pairs(kernel_map: KernelMap) -> list[tuple[list[int], list[int]]]:
    cuts = list(zip(kernel_map.starts[:-1], kernel_map.starts[1:]))
    return [(kernel_map.source[a:b].tolist(), kernel_map.target[a:b].tolist()) for a, b in cuts]


@settings(max_examples=30, deadline=None)
@given(cells=st.sets(st.tuples(st.integers(0, 4095), *[st.integers(-MAX_COORDINATE, MAX_COORDINATE)] * 3), max_size=20))
def test_keys_keep_and_order_coordinates(cells: set[tuple[int, ...]]) -> None:
    coords = torch.tensor(sorted(cells), dtype=torch.int64).reshape(-1, 4)
    keys = pack(coords)
    assert torch.equal(unpack(keys), coords)
    assert (keys >= 0).all() and (keys[1:] > keys[:-1]).all()


def test_a_step_in_space_is_a_step_in_keys() -> None:
    here, step = torch.tensor([[3, -1, 0, 500]]), torch.tensor([[0, 2, -16, 16]])
    assert pack(here) + key_offset(2, -16, 16) == pack(here + step)


@settings(max_examples=30, deadline=None)
@given(cells=voxels, size=st.sampled_from([1, 3, 5]))
def test_neighbours_are_those_of_a_plain_search(cells: set[tuple[int, ...]], size: int) -> None:
    grid = grid_of(cells)
    row_of = {tuple(c): i for i, c in enumerate(grid.coords.tolist())}
    reach = size // 2
    found = pairs(grid.neighbours(size))
    for k, offset in enumerate(np.ndindex(size, size, size)):
        expected = [
            (row_of[moved], i)
            for (b, *c), i in row_of.items()
            if (moved := (b, *(int(a + d - reach) for a, d in zip(c, offset)))) in row_of
        ]
        assert list(zip(*found[k])) == expected


@settings(max_examples=30, deadline=None)
@given(cells=voxels, size=st.sampled_from([1, 3, 5]))
def test_the_twins_are_equal(cells: set[tuple[int, ...]], size: int) -> None:
    keys = grid_of(cells).keys
    with reference_ops():
        expected = neighbour_map(keys, size)
    found = neighbour_map(keys, size)
    assert torch.equal(found.source, expected.source) and torch.equal(found.target, expected.target)
    assert found.starts == expected.starts


@settings(max_examples=30, deadline=None)
@given(cells=voxels)
def test_parents_hold_their_children(cells: set[tuple[int, ...]]) -> None:
    grid = grid_of(cells)
    step = grid.coarser()
    halved = torch.cat([grid.coords[:, :1], torch.div(grid.coords[:, 1:], 2, rounding_mode="floor")], 1)
    assert torch.equal(step.grid.coords[step.parent], halved)
    assert len(step.grid) == len({tuple(c) for c in halved.tolist()})
    assert step.grid.stride == 2
    octants = parent_keys(grid.keys)[1]
    for k, (children, parents) in enumerate(pairs(step.down)):
        assert children == (octants == k).nonzero()[:, 0].tolist()
        assert parents == step.parent[children].tolist()
        assert parents == sorted(set(parents))


@settings(max_examples=20, deadline=None)
@given(cells=voxels, rows=st.integers(1, 20))
def test_runs_cover_every_pair_once(cells: set[tuple[int, ...]], rows: int) -> None:
    for kernel_map in (grid_of(cells).neighbours(3), grid_of(cells).coarser().down.transposed()):
        covered = np.zeros(len(kernel_map.source), int)
        for k, start, end in kernel_map.runs(rows):
            assert kernel_map.starts[k] <= start < end <= kernel_map.starts[k + 1] and end - start <= rows
            covered[start:end] += 1
        if kernel_map.identity is not None:
            covered[kernel_map.starts[kernel_map.identity] : kernel_map.starts[kernel_map.identity + 1]] += 1
        assert (covered == 1).all()


def test_maps_are_computed_once() -> None:
    grid = grid_of({(0, 0, 0, 0), (0, 0, 0, 1)})
    assert grid.neighbours(3) is grid.neighbours(3)
    assert grid.coarser() is grid.coarser()


def test_bad_coordinates_are_named() -> None:
    with pytest.raises(SceneglotError, match="more than once"):
        VoxelGrid.from_coords(torch.tensor([[0, 1, 1, 1], [0, 1, 1, 1]]))
    with pytest.raises(SceneglotError, match="enlarge the voxels"):
        VoxelGrid.from_coords(torch.tensor([[0, MAX_COORDINATE + 1, 0, 0]]))
    with pytest.raises(SceneglotError, match="batch item 2 occurs in a batch of 2"):
        VoxelGrid.from_coords(torch.tensor([[2, 0, 0, 0]]), 2)
    with pytest.raises(SceneglotError, match=r"expected \(V, 4\) integers"):
        VoxelGrid.from_coords(torch.zeros(2, 4))
    with pytest.raises(SceneglotError, match="expected an odd number"):
        neighbour_map(torch.zeros(0, dtype=torch.int64), 2)
