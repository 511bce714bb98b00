import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.sparse import KernelMap, VoxelGrid, convolution, sparse_conv, sparse_conv_reference

BATCH, EDGE = 3, 8


def random_grid(seed: int, share: float = 0.3) -> VoxelGrid:
    """Random voxels of three 8^3 cubes around the origin; the middle item is empty."""
    generator = torch.Generator().manual_seed(seed)
    occupied = torch.rand(BATCH, EDGE, EDGE, EDGE, generator=generator) < share
    occupied[1] = False
    return VoxelGrid.from_coords(occupied.nonzero() - torch.tensor([0, 4, 4, 4]), BATCH)[0]


def dense(grid: VoxelGrid, rows: Tensor, edge: int) -> Tensor:
    """(B, C, edge, edge, edge) with zeros where no voxel is."""
    item, x, y, z = (grid.coords + torch.tensor([0, *[edge // 2] * 3])).unbind(1)
    volume = rows.new_zeros(BATCH, edge, edge, edge, rows.shape[1])
    volume[item, x, y, z] = rows
    return volume.permute(0, 4, 1, 2, 3)


def at(grid: VoxelGrid, volume: Tensor) -> Tensor:
    """(V, C) the values of a dense volume at the voxels."""
    item, x, y, z = (grid.coords + torch.tensor([0, *[volume.shape[2] // 2] * 3])).unbind(1)
    return volume.permute(0, 2, 3, 4, 1)[item, x, y, z]


def as_dense_kernel(weight: Tensor, size: int) -> Tensor:
    """(K, I, O) -> (O, I, k, k, k)."""
    return weight.view(size, size, size, *weight.shape[1:]).permute(4, 3, 0, 1, 2)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_submanifold_is_dense_convolution_at_the_voxels(size: int) -> None:
    grid = random_grid(size)
    rows, weight = torch.randn(len(grid), 5).double(), torch.randn(size**3, 5, 4).double()
    expected = at(grid, F.conv3d(dense(grid, rows, EDGE), as_dense_kernel(weight, size), padding=size // 2))
    torch.testing.assert_close(sparse_conv(rows, weight, grid.neighbours(size)), expected)


def test_strided_and_inverse_are_dense_convolutions() -> None:
    grid = random_grid(0)
    step = grid.coarser()
    weight = torch.randn(8, 5, 4).double()
    rows = torch.randn(len(grid), 5).double()
    expected = F.conv3d(dense(grid, rows, EDGE), as_dense_kernel(weight, 2), stride=2)
    torch.testing.assert_close(sparse_conv(rows, weight, step.down), at(step.grid, expected))

    coarse, back = torch.randn(len(step.grid), 4).double(), torch.randn(8, 4, 5).double()
    kernel = as_dense_kernel(back, 2).transpose(0, 1)  # conv_transpose3d wants (I, O, k, k, k)
    expected = F.conv_transpose3d(dense(step.grid, coarse, EDGE // 2), kernel, stride=2)
    torch.testing.assert_close(sparse_conv(coarse, back, step.down.transposed()), at(grid, expected))


def maps(grid: VoxelGrid) -> list[KernelMap]:
    down = grid.coarser().down
    return [grid.neighbours(3), down, down.transposed()]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 999),
    share=st.sampled_from([0.0, 0.002, 0.2, 0.9]),
    block=st.sampled_from([1, 64, 100_000]),
    which=st.integers(0, 2),
    compiled=st.booleans(),
)
def test_blocks_equal_the_reference_twin(seed: int, share: float, block: int, which: int, compiled: bool) -> None:
    kernel_map = maps(random_grid(seed, share))[which]
    rows = torch.randn(kernel_map.num_source, 6).double().requires_grad_()
    weight = torch.randn(kernel_map.size, 6, 3).double().requires_grad_()
    expected = sparse_conv_reference(rows, weight, kernel_map)
    direction = torch.randn_like(expected)
    expected_gradients = torch.autograd.grad(expected, (rows, weight), direction, allow_unused=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "_RUN_NUMBERS", block)
        if compiled:
            found = sparse_conv(rows, weight, kernel_map)
            gradients = torch.autograd.grad(found, (rows, weight), direction)
        else:
            with reference_ops():
                found = sparse_conv(rows, weight, kernel_map)
                gradients = torch.autograd.grad(found, (rows, weight), direction)
    torch.testing.assert_close(found, expected)
    for ours, theirs in zip(gradients, expected_gradients):
        torch.testing.assert_close(ours, torch.zeros_like(ours) if theirs is None else theirs)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_gradcheck(which: int) -> None:
    kernel_map = maps(random_grid(7, 0.02))[which]
    rows = torch.randn(kernel_map.num_source, 2).double().requires_grad_()
    weight = torch.randn(kernel_map.size, 2, 3).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda r, w: sparse_conv(r, w, kernel_map), (rows, weight), atol=1e-6)


def test_the_order_of_the_input_does_not_matter() -> None:
    grid = random_grid(1)
    shuffle = torch.randperm(len(grid))
    other, order = VoxelGrid.from_coords(grid.coords[shuffle], BATCH)
    rows, weight = torch.randn(len(grid), 4), torch.randn(27, 4, 4)
    assert torch.equal(other.keys, grid.keys)
    expected = sparse_conv(rows, weight, grid.neighbours(3))
    assert torch.equal(sparse_conv(rows[shuffle][order], weight, other.neighbours(3)), expected)


def test_a_batch_is_its_items_side_by_side() -> None:
    grid = random_grid(2)
    rows, weight = torch.randn(len(grid), 4).double(), torch.randn(27, 4, 4).double()
    whole = sparse_conv(rows, weight, grid.neighbours(3))
    for item in range(BATCH):
        mine = grid.item == item
        alone, _ = VoxelGrid.from_coords(grid.coords[mine], BATCH)
        torch.testing.assert_close(sparse_conv(rows[mine], weight, alone.neighbours(3)), whole[mine])


def test_moving_a_scene_by_an_even_step_changes_nothing() -> None:
    grid = random_grid(3)
    moved, _ = VoxelGrid.from_coords(grid.coords + torch.tensor([0, -4000, 6, 222]), BATCH)
    rows, weight = torch.randn(len(grid), 4), torch.randn(27, 4, 4)
    for ours, theirs in zip(maps(moved), maps(grid)):
        assert torch.equal(ours.source, theirs.source) and torch.equal(ours.target, theirs.target)
    assert torch.equal(sparse_conv(rows, weight, moved.neighbours(3)), sparse_conv(rows, weight, grid.neighbours(3)))


def test_one_voxel_sees_only_the_centre_weight() -> None:
    grid, _ = VoxelGrid.from_coords(torch.tensor([[0, -3, 5, 0]]))
    rows, weight = torch.randn(1, 4), torch.randn(27, 4, 2)
    torch.testing.assert_close(sparse_conv(rows, weight, grid.neighbours(3)), rows @ weight[13])
    octant = 0b110  # -3 and 5 are odd, 0 is even
    torch.testing.assert_close(sparse_conv(rows, weight[:8], grid.coarser().down), rows @ weight[octant])


def test_autocast_computes_in_bfloat16() -> None:
    grid = random_grid(4)
    rows, weight = torch.randn(len(grid), 8), torch.randn(27, 8, 8, requires_grad=True)
    exact = sparse_conv(rows, weight, grid.neighbours(3))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = sparse_conv(rows, weight, grid.neighbours(3))
    assert half.dtype == torch.bfloat16
    assert (half.float() - exact).abs().max() < 0.05 * exact.abs().max()
    half.sum().backward()
    assert weight.grad is not None and weight.grad.dtype == torch.float32


def test_wrong_shapes_are_named() -> None:
    grid = random_grid(5)
    with pytest.raises(SceneglotError, match=r"\(27, I, O\)"):
        sparse_conv(torch.zeros(len(grid), 4), torch.zeros(8, 4, 4), grid.neighbours(3))
    with pytest.raises(SceneglotError, match="do not fit"):
        sparse_conv(torch.zeros(len(grid) + 1, 4), torch.zeros(27, 4, 4), grid.neighbours(3))
