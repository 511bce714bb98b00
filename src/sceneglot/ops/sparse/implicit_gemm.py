"""Sparse convolution on a GPU as an implicit matrix product, in Triton. Import it only where Triton is installed.

V output and U input voxels, I and O channels, K kernel offsets. A program owns a block of output rows and of output
channels, walks over the offsets its rows meet and over tiles of input channels, gathers rows as it goes and stores its
sum once: no gathered copy, no atomics, the same bits in every run. The gradient of the input is the same kernel over
the opposite map. The gradient of the weight is one sum per offset over its pairs, in pieces whose partial sums are
added in their order.

Sums are float32 for every input type. Products of float32 follow `torch.get_float32_matmul_precision`: exact for
"highest" (torch's default), TF32 otherwise. Block sizes are fixed, so nothing is tuned on the first call.

Triton's interpreter (TRITON_INTERPRET=1 before the import) runs all this on CPU tensors, slowly, so the tests compare
it with the plain twin where there is no GPU.
"""

# pyright: reportMissingImports=false, reportIndexIssue=false, reportArgumentType=false
# Triton may be missing, and its decorator hides from type checkers what kernels take.

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from sceneglot.ops.sparse.kernel_map import KernelMap
from sceneglot.ops.sparse.row_blocks import ROWS, RowBlocks

_CHANNELS_OUT, _CHANNELS_IN = 64, 32
"""Largest tiles; `tl.dot` wants at least 16."""
_PAIRS = 32
"""Pairs multiplied at a time for the gradient of the weight."""
_PIECES, _SHORTEST_PIECE = 256, 512
"""About how many pieces the pairs are cut into for the gradient of the weight, and the fewest pairs worth a piece."""


class ImplicitConv(torch.autograd.Function):
    """Twin of the convolution in `convolution` for float32, float16 and bfloat16; rows and weight share the type."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, kernel_map: KernelMap) -> Tensor:  # type: ignore[override]
        rows = rows.contiguous()
        ctx.save_for_backward(rows, weight)
        ctx.kernel_map = kernel_map
        with torch.cuda.device_of(rows):
            return convolve(rows, weight, kernel_map.blocks())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # type: ignore[override]
        rows, weight = ctx.saved_tensors
        kernel_map: KernelMap = ctx.kernel_map
        gradient = gradient.contiguous()
        to_rows = to_weight = None
        with torch.cuda.device_of(gradient):
            if ctx.needs_input_grad[0]:
                turned = weight.transpose(1, 2)
                if kernel_map.mirrored:  # the same neighbours, only the offsets change places
                    to_rows = convolve(gradient, turned.flip(0), kernel_map.blocks())
                else:
                    to_rows = convolve(gradient, turned, kernel_map.transposed().blocks())
            if ctx.needs_input_grad[1]:
                to_weight = weight_gradient(rows, gradient, kernel_map)
        return to_rows, to_weight, None


def convolve(rows: Tensor, weight: Tensor, blocks: RowBlocks) -> Tensor:
    """(V, O) convolution of contiguous rows (U, I) with a weight (K, I, O) of any strides."""
    channels_in, channels_out = weight.shape[1:]
    num_rows = blocks.table.shape[1]
    out = rows.new_empty(num_rows, channels_out)
    if out.numel() == 0:
        return out
    tile = _tile(channels_out, _CHANNELS_OUT)
    _convolve_kernel[(triton.cdiv(num_rows, ROWS), triton.cdiv(channels_out, tile))](
        rows, weight, out, blocks.order, blocks.table, blocks.offsets, blocks.starts,
        num_rows, channels_in, channels_out, *weight.stride(),
        ROWS=ROWS, OUT=tile, IN=_tile(channels_in, _CHANNELS_IN), PRECISION=_precision(),
    )  # fmt: skip
    return out


def weight_gradient(rows: Tensor, gradient: Tensor, kernel_map: KernelMap) -> Tensor:
    """(K, I, O) sum of the outer products of rows (U, I) and output gradients (V, O) over the pairs of each offset."""
    channels_in, channels_out = rows.shape[1], gradient.shape[1]
    total = rows.new_zeros(kernel_map.size, channels_in, channels_out)
    if total.numel() == 0 or len(kernel_map.source) == 0:
        return total
    edges, first = (torch.from_numpy(a).to(rows.device) for a in _pieces(kernel_map.starts))
    partial = torch.empty(len(edges) - 1, channels_in, channels_out, dtype=torch.float32, device=rows.device)
    tile_in, tile_out = _tile(channels_in, _CHANNELS_OUT), _tile(channels_out, _CHANNELS_OUT)
    _weight_kernel[(len(partial), triton.cdiv(channels_in, tile_in), triton.cdiv(channels_out, tile_out))](
        rows, gradient, partial, kernel_map.source, kernel_map.target, edges, channels_in, channels_out,
        IN=tile_in, OUT=tile_out, PAIRS=_PAIRS, PRECISION=_precision(),
    )  # fmt: skip
    numbers = channels_in * channels_out
    block = min(1024, _power_of_two(numbers))
    _sum_kernel[(len(total), triton.cdiv(numbers, block))](partial, total, first, numbers, BLOCK=block)
    return total


def _pieces(starts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs cut so that no piece holds two offsets: positions of the cuts, first piece of every offset; int64."""
    length = max(_SHORTEST_PIECE, -(-starts[-1] // _PIECES))
    cuts = [np.arange(a, b, length) for a, b in pairwise(starts)]
    return np.concatenate([*cuts, starts[-1:]]).astype(np.int64), np.cumsum([0, *map(len, cuts)], dtype=np.int64)


def _tile(channels: int, largest: int) -> int:
    return max(16, min(largest, _power_of_two(channels)))


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()


def _precision() -> str:
    return "ieee" if torch.get_float32_matmul_precision() == "highest" else "tf32"


@triton.jit
def _convolve_kernel(
    rows_ptr, weight_ptr, out_ptr, order_ptr, table_ptr, offsets_ptr, starts_ptr,
    num_rows, channels_in, channels_out, stride_offset, stride_in, stride_out,
    ROWS: tl.constexpr, OUT: tl.constexpr, IN: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    block = tl.program_id(0)
    place = block * ROWS + tl.arange(0, ROWS)
    inside = place < num_rows
    column = tl.program_id(1) * OUT + tl.arange(0, OUT)
    known = column < channels_out
    first, last = tl.load(starts_ptr + block), tl.load(starts_ptr + block + 1)
    tiles = tl.cdiv(channels_in, IN)
    total = tl.zeros((ROWS, OUT), dtype=tl.float32)
    for step in range((last - first) * tiles):  # one flat loop over offsets and tiles, which Triton can pipeline
        offset = tl.load(offsets_ptr + first + step // tiles).to(tl.int64)
        source = tl.load(table_ptr + offset * num_rows + place, mask=inside, other=-1).to(tl.int64)
        channel = (step % tiles) * IN + tl.arange(0, IN)
        read = channel < channels_in
        left = tl.load(
            rows_ptr + source[:, None] * channels_in + channel[None, :],
            mask=(source >= 0)[:, None] & read[None, :],
            other=0.0,
        )
        right = tl.load(
            weight_ptr + offset * stride_offset + channel[:, None] * stride_in + column[None, :] * stride_out,
            mask=read[:, None] & known[None, :],
            other=0.0,
        )
        total = tl.dot(left, right, total, input_precision=PRECISION)
    target = tl.load(order_ptr + place, mask=inside, other=0).to(tl.int64)
    tl.store(
        out_ptr + target[:, None] * channels_out + column[None, :],
        total.to(out_ptr.dtype.element_ty),
        mask=inside[:, None] & known[None, :],
    )


@triton.jit
def _weight_kernel(
    rows_ptr, gradient_ptr, partial_ptr, source_ptr, target_ptr, edges_ptr, channels_in, channels_out,
    IN: tl.constexpr, OUT: tl.constexpr, PAIRS: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    piece = tl.program_id(0)
    channel = tl.program_id(1) * IN + tl.arange(0, IN)
    column = tl.program_id(2) * OUT + tl.arange(0, OUT)
    read, known = channel < channels_in, column < channels_out
    first, last = tl.load(edges_ptr + piece), tl.load(edges_ptr + piece + 1)
    total = tl.zeros((IN, OUT), dtype=tl.float32)
    for begin in range(first, last, PAIRS):
        pair = begin + tl.arange(0, PAIRS)
        inside = pair < last
        source = tl.load(source_ptr + pair, mask=inside, other=0).to(tl.int64)
        target = tl.load(target_ptr + pair, mask=inside, other=0).to(tl.int64)
        left = tl.load(
            rows_ptr + source[:, None] * channels_in + channel[None, :],
            mask=inside[:, None] & read[None, :],
            other=0.0,
        )
        right = tl.load(
            gradient_ptr + target[:, None] * channels_out + column[None, :],
            mask=inside[:, None] & known[None, :],
            other=0.0,
        )
        total = tl.dot(tl.trans(left), right, total, input_precision=PRECISION)
    at = piece.to(tl.int64) * channels_in * channels_out + channel[:, None] * channels_out + column[None, :]
    tl.store(partial_ptr + at, total, mask=read[:, None] & known[None, :])


@triton.jit
def _sum_kernel(partial_ptr, total_ptr, first_ptr, numbers, BLOCK: tl.constexpr):
    offset = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < numbers
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for piece in range(tl.load(first_ptr + offset), tl.load(first_ptr + offset + 1)):
        total += tl.load(partial_ptr + piece * numbers + at, mask=inside, other=0.0)
    tl.store(total_ptr + offset * numbers + at, total.to(total_ptr.dtype.element_ty), mask=inside)
