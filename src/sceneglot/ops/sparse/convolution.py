"""Sparse convolution as gather, matrix product, scatter, in blocks that stay in the cache.

V voxels, I input and O output channels, K kernel offsets, P pairs. A `KernelMap` says which rows meet; the same three
functions serve submanifold, strided and inverse convolutions, whose maps differ.

On the CPU the running time is that of the matrix products plus two copies: a block of target rows meets all offsets
before the next one, so that gathered rows, products and sums stay in the second-level cache, and the scattered sum is
compiled, since `index_add_` is several times slower. All sums run in a fixed order: same input, same bytes (weight
gradients: with the same number of threads). On a GPU with Triton the kernels of `implicit_gemm` gather as they
multiply, in a fixed order, too. Elsewhere plain torch does the same as on the CPU with longer runs, and `index_add_`
may add in any order.
"""

from __future__ import annotations

from typing import Any

import torch
from numba import njit
from torch import Tensor
from torch.autograd.function import once_differentiable

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import use_numba, use_triton
from sceneglot.ops.sparse.kernel_map import KernelMap

_RUN_NUMBERS = 100_000
"""Numbers in one gathered run, on average: 0.4 MB of float32. Measured on scans of 5 to 18 pairs per voxel."""
_LONGEST = 1 << 22
"""The same where memory is the only limit."""
_TRITON_TYPES = (torch.float32, torch.float16, torch.bfloat16)


def sparse_conv(rows: Tensor, weight: Tensor, kernel_map: KernelMap) -> Tensor:
    """out[t] = sum of rows[s] @ weight[k] over the pairs (s, t) of every offset k; differentiable once.

    Under autocast both operands are cast like those of a matrix product.

    Args:
        rows: (num_source, I) features of the input grid.
        weight: (K, I, O); offsets in the order of the map.
        kernel_map: from `VoxelGrid.neighbours`, or `down` of `VoxelGrid.coarser` and its transpose.

    Returns:
        (num_target, O); rows without a pair are zero.

    Raises:
        SceneglotError: shapes that do not fit the map.
    """
    _check(rows, weight, kernel_map)
    if torch.is_autocast_enabled(rows.device.type):
        dtype = torch.get_autocast_dtype(rows.device.type)
        rows, weight = rows.to(dtype), weight.to(dtype)
    if use_triton(rows, weight) and rows.dtype == weight.dtype and rows.dtype in _TRITON_TYPES:
        from sceneglot.ops.sparse.implicit_gemm import ImplicitConv  # Triton is no dependency

        return ImplicitConv.apply(rows, weight, kernel_map)
    return _SparseConv.apply(rows, weight, kernel_map)


def sparse_conv_reference(rows: Tensor, weight: Tensor, kernel_map: KernelMap) -> Tensor:
    """Plain torch twin of `sparse_conv`, with torch's own gradients."""
    _check(rows, weight, kernel_map)
    out = rows.new_zeros(kernel_map.num_target, weight.shape[2])
    for k in range(kernel_map.size):
        pairs = slice(kernel_map.starts[k], kernel_map.starts[k + 1])
        product = rows.index_select(0, kernel_map.source[pairs]) @ weight[k]
        out = out.index_add(0, kernel_map.target[pairs], product)
    return out


class _SparseConv(torch.autograd.Function):
    """The convolution, its adjoint and its weight gradient as one differentiable operation."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, kernel_map: KernelMap) -> Tensor:  # type: ignore[override]
        ctx.save_for_backward(rows, weight)
        ctx.kernel_map = kernel_map
        return _convolve(rows, weight, kernel_map)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # type: ignore[override]
        rows, weight = ctx.saved_tensors
        kernel_map: KernelMap = ctx.kernel_map
        gradient = gradient.contiguous()
        to_rows = to_weight = None
        if ctx.needs_input_grad[0]:
            to_rows = _convolve(gradient, weight.transpose(1, 2), kernel_map.transposed())
        if ctx.needs_input_grad[1]:
            to_weight = _weight_gradient(rows, gradient, kernel_map)
        return to_rows, to_weight, None


def _convolve(rows: Tensor, weight: Tensor, kernel_map: KernelMap) -> Tensor:
    """(num_target, O) from rows (num_source, I) and weight (K, I, O)."""
    if kernel_map.identity is None:
        out = rows.new_zeros(kernel_map.num_target, weight.shape[2])
    else:
        out = rows @ weight[kernel_map.identity]
    runs, length = _schedule(kernel_map, max(weight.shape[1:]))
    gathered, product = rows.new_empty(length, weight.shape[1]), rows.new_empty(length, weight.shape[2])
    compiled = use_numba(rows) and rows.dtype in (torch.float32, torch.float64)
    for k, start, end in runs:
        part, result = gathered[: end - start], product[: end - start]
        torch.index_select(rows, 0, kernel_map.source[start:end], out=part)
        torch.mm(part, weight[k], out=result)
        if compiled:
            _scatter_add(out.numpy(), kernel_map.target[start:end].numpy(), result.numpy())
        else:
            out.index_add_(0, kernel_map.target[start:end], result)
    return out


def _weight_gradient(rows: Tensor, gradient: Tensor, kernel_map: KernelMap) -> Tensor:
    """(K, I, O): the sum of outer products of the rows and the output gradients that each offset paired."""
    total = rows.new_zeros(kernel_map.size, rows.shape[1], gradient.shape[1])
    if kernel_map.identity is not None:
        torch.mm(rows.T, gradient, out=total[kernel_map.identity])
    runs, length = _schedule(kernel_map, max(total.shape[1:]))
    sources, targets = rows.new_empty(length, rows.shape[1]), rows.new_empty(length, gradient.shape[1])
    for k, start, end in runs:
        left, right = sources[: end - start], targets[: end - start]
        torch.index_select(rows, 0, kernel_map.source[start:end], out=left)
        torch.index_select(gradient, 0, kernel_map.target[start:end], out=right)
        total[k].addmm_(left.T, right)
    return total


def _schedule(kernel_map: KernelMap, channels: int) -> tuple[list[tuple[int, int, int]], int]:
    """Runs of pairs and the length of the longest: the fewer voxels have a neighbour, the longer a block of targets."""
    length = _LONGEST // channels
    if kernel_map.source.device.type == "cpu":
        met = len(kernel_map.source) / max(kernel_map.size * kernel_map.num_target, 1)
        length = int(_RUN_NUMBERS / channels / max(met, 1 / kernel_map.size))
    runs = kernel_map.runs(max(1, length))
    return runs, max((end - start for _, start, end in runs), default=0)


@njit(cache=True, nogil=True)
def _scatter_add(out, target, rows):
    for p in range(len(target)):
        row = target[p]
        for c in range(rows.shape[1]):
            out[row, c] += rows[p, c]


def _check(rows: Tensor, weight: Tensor, kernel_map: KernelMap) -> None:
    expected = (kernel_map.num_source, weight.shape[1] if weight.dim() == 3 else "I")
    if weight.dim() != 3 or len(weight) != kernel_map.size or tuple(rows.shape) != expected:
        raise SceneglotError(
            f"rows {tuple(rows.shape)} and weight {tuple(weight.shape)} do not fit: expected {expected} and "
            f"({kernel_map.size}, I, O)"
        )
