"""Sparse convolutions, and what parsing stands on, do not depend on the number of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

from sceneglot.ops.components import radius_components
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.sparse import KernelMap, sparse_conv, sparse_conv_reference, voxelise
from sceneglot.regions.geometry import neighbour_lists, normals_and_curvature

THREADS = (1, 2, 4)


@pytest.fixture(autouse=True)
def threads_restored() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def with_threads(work: Callable[[], tuple[Tensor, ...]]) -> list[tuple[Tensor, ...]]:
    """Results of the same work for every number of threads, the first once more at the end."""
    found = []
    for threads in (*THREADS, THREADS[0]):
        torch.set_num_threads(threads)
        assert torch.get_num_threads() == threads
        found.append(work())
    return found


def cloud(points: int) -> Tensor:
    """(points, 3) in a room of 6 x 4 x 1 m."""
    return torch.rand(points, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([6.0, 4.0, 1.0])


def kernel_map(kind: str, points: int) -> KernelMap:
    grid = voxelise(cloud(points), 0.1).grid
    if kind == "submanifold":
        return grid.neighbours(3)
    down = grid.coarser().down
    return down if kind == "strided" else down.transposed()


def convolution(
    pairs: KernelMap, draw: Callable[..., Tensor], inputs: int = 16, outputs: int = 32, reference: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """Output, gradient to the rows, gradient to the weight."""
    generator = torch.Generator().manual_seed(1)
    rows = draw((pairs.num_source, inputs), generator).requires_grad_()
    weight = draw((pairs.size, inputs, outputs), generator).requires_grad_()
    out = (sparse_conv_reference if reference else sparse_conv)(rows, weight, pairs)
    return (out.detach(), *torch.autograd.grad(out, (rows, weight), draw(out.shape, generator)))  # type: ignore[return-value]


def whole(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Small whole numbers, whose sums float32 holds exactly in any order."""
    return torch.randint(-2, 3, shape, generator=generator).float()


def real(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator)


KINDS = pytest.mark.parametrize("kind", ["submanifold", "strided", "inverse"])


@KINDS
@pytest.mark.parametrize("compiled", [True, False])
def test_no_pair_is_lost_or_added_twice(kind: str, compiled: bool) -> None:
    pairs = kernel_map(kind, 3_000)

    def work() -> tuple[Tensor, ...]:
        if compiled:
            return convolution(pairs, whole)
        with reference_ops():
            return convolution(pairs, whole)

    expected = convolution(pairs, whole, reference=True)
    for found in with_threads(work):
        assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, expected))


@KINDS
@pytest.mark.parametrize("widths", [(5, 16), (16, 32)])
def test_same_input_same_bytes(kind: str, widths: tuple[int, int]) -> None:
    pairs = kernel_map(kind, 10_000)
    first, *others = with_threads(lambda: convolution(pairs, real, *widths))
    for found in others:
        assert torch.equal(found[0], first[0]) and torch.equal(found[1], first[1])
        # One product over all voxels, which the matrix library may cut into a part per thread: equal up to rounding.
        torch.testing.assert_close(found[2], first[2], rtol=0, atol=1e-5 * float(first[2].abs().max()))
    assert torch.equal(others[-1][2], first[2])  # the same number of threads again


def test_voxels_maps_and_means() -> None:
    xyz, values = cloud(20_000), torch.randn(20_000, 8, generator=torch.Generator().manual_seed(2))

    def work() -> tuple[Tensor, ...]:
        voxels = voxelise(xyz, 0.1)
        step, near = voxels.grid.coarser(), voxels.grid.neighbours(3)
        maps = [t for m in (near, step.down) for t in (m.source, m.target)]
        return voxels.grid.keys, voxels.row, step.grid.keys, *maps, voxels.mean(values)

    first, *others = with_threads(work)
    for found in others:
        assert all(torch.equal(a, b) for a, b in zip(found, first))


def test_neighbours_normals_and_components() -> None:
    xyz = cloud(6_000)

    def work() -> tuple[Tensor, ...]:
        index = neighbour_lists(xyz, 16)[1]
        joined = radius_components(xyz, torch.arange(len(xyz)) % 3, 0.15)
        return index, *normals_and_curvature(xyz, index), joined

    first, *others = with_threads(work)
    for found in others:
        assert all(torch.equal(a, b) for a, b in zip(found, first))
