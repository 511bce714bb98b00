"""Splatting on a GPU with a Triton kernel. Import it only where Triton is installed.

Points walk over their footprints and lower the z-buffer by 64-bit atomic minima of (depth bits, index): no list of
covered pixels, and the same result whatever the order. Definitions as in `sceneglot.ops.raster`; same pixels as both
twins. Triton's interpreter runs it on CPU tensors, slowly.
"""

# pyright: reportMissingImports=false, reportIndexIssue=false, reportArgumentType=false
# pyright: reportCallIssue=false, reportGeneralTypeIssues=false
# Triton may be missing, and its decorator hides from type checkers what kernels take.

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from sceneglot.ops import raster_torch
from sceneglot.ops.raster import Splat

_POINTS = 128
"""Points of a program. They are neighbours in space and of similar size, so none waits long for the largest."""


def splat(
    uv: Tensor,
    depth: Tensor,
    radius: Tensor,
    size: tuple[int, int],
    *,
    shape: Splat = "round",
    index: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Triton twin of `sceneglot.ops.raster_torch.splat`; see there. All inputs float32 on one device, radius (N,)."""
    best = raster_torch.empty_buffer(size, depth.device)
    keys = raster_torch.keys(depth, index)
    if len(keys) and best.numel():
        with torch.cuda.device_of(depth):
            _splat_kernel[(triton.cdiv(len(keys), _POINTS),)](
                uv.contiguous(), depth.contiguous(), radius.contiguous(), keys, best, len(keys), *size,
                ROUND=shape == "round", POINTS=_POINTS,
                enable_fp_fusion=False,  # a fused multiply-add would move the rim of some splats by a pixel
            )  # fmt: skip
    return raster_torch.resolve(best, size)


@triton.jit
def _splat_kernel(
    uv_ptr, depth_ptr, radius_ptr, keys_ptr, best_ptr, num_points, height, width,
    ROUND: tl.constexpr, POINTS: tl.constexpr,
):  # fmt: skip
    point = tl.program_id(0) * POINTS + tl.arange(0, POINTS)
    inside = point < num_points
    u = tl.load(uv_ptr + 2 * point, mask=inside, other=0.0).to(tl.float64)
    v = tl.load(uv_ptr + 2 * point + 1, mask=inside, other=0.0).to(tl.float64)
    depth = tl.load(depth_ptr + point, mask=inside, other=0.0)
    radius = tl.load(radius_ptr + point, mask=inside, other=0.0).to(tl.float64)
    radius = tl.where(radius > 0, radius, 0.0)  # 0 for what is no number, too
    key = tl.load(keys_ptr + point, mask=inside, other=0)
    # Comparisons are false for what is no number; beyond these limits nothing can reach the image.
    reaches = (u + radius >= 0) & (u - radius <= width) & (v + radius >= 0) & (v - radius <= height)
    drawn = inside & (depth > 0) & (depth < float("inf")) & reaches
    u, v = tl.where(drawn, u, 0.0), tl.where(drawn, v, 0.0)
    top, bottom = _covered(v, radius, height)
    left, right = _covered(u, radius, width)
    columns = right - left + 1
    count = tl.where(drawn & (columns > 0) & (bottom >= top), columns * (bottom - top + 1), 0)
    columns = tl.maximum(columns, 1)
    own_row, own_column = tl.floor(v), tl.floor(u)
    for step in range(tl.max(count)):
        row, column = top + step // columns, left + step % columns
        hit = step < count
        if ROUND:
            dx, dy = column + 0.5 - u, row + 0.5 - v
            within = dx * dx + dy * dy <= radius * radius
            hit = hit & (within | ((row == own_row) & (column == own_column)))
        pixel = best_ptr + row * width + column
        hit = hit & (key < tl.load(pixel, mask=hit, other=0))  # numbers only fall, so an old one at worst costs time
        tl.atomic_min(pixel, key, mask=hit, sem="relaxed")


@triton.jit
def _covered(center, radius, length):
    """First and last covered pixel along one axis; clipped as floats: huge values have no integer."""
    own = tl.floor(center)
    first = tl.minimum(tl.floor(center - radius + 0.5), own)
    last = tl.maximum(tl.floor(center + radius + 0.5) - 1, own)
    return tl.maximum(first, 0).to(tl.int32), tl.minimum(last, length - 1).to(tl.int32)
