"""The plain torch twins of `sceneglot.ops.raster` and `raster_finish`, on any device; ids and depth agree bit for bit.

Depth and index of a candidate are packed into one int64 (the bits of a positive float32 sort like the number), and one
`scatter_reduce` with `amin` over all covered pixels keeps the nearest point and, among equals, the lower index.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor

from sceneglot.ops.raster import Splat

_EMPTY = torch.iinfo(torch.int64).max
_CANDIDATES_AT_ONCE = 1 << 24
"""Bound on covered pixels expanded at a time: 16 M candidates need about 1 GB."""


def project(
    xyz: Tensor,
    pose: Tensor,
    intrinsics: tuple[float, float, float, float],
    *,
    orthographic: bool = False,
    spacing: Tensor | float = 0.0,
    radius_range: tuple[float, float] = (0.0, 8.0),
    keep: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Torch twin of `sceneglot.ops.raster.project`; see there. Returns uv (N, 2), depth (N,), radius (N,) float32."""
    fx, fy, cx, cy = intrinsics
    rotation = pose[:3, :3].double().tolist()
    ex, ey, ez = pose[:3, 3].double().tolist()
    dx, dy, dz = xyz[:, 0].double() - ex, xyz[:, 1].double() - ey, xyz[:, 2].double() - ez
    x, y, z = (dx * rotation[0][k] + dy * rotation[1][k] + dz * rotation[2][k] for k in range(3))
    ahead = z > 1e-9
    scale = torch.ones_like(z) if orthographic else torch.where(ahead, 1.0 / torch.where(ahead, z, 1.0), 0.0)
    spacing = torch.as_tensor(spacing, dtype=torch.float32, device=xyz.device).double()
    uv = torch.stack([fx * x * scale + cx, fy * y * scale + cy], 1).float()
    radius = (max(fx, fy) * spacing * scale).clamp(*radius_range).float()
    depth = z.float()
    if keep is not None:
        uv, depth, radius = uv * keep[:, None], depth * keep, radius * keep
    return uv, depth, radius


def splat(
    uv: Tensor,
    depth: Tensor,
    radius: Tensor | float,
    size: tuple[int, int],
    *,
    shape: Splat = "round",
    index: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Torch twin of `sceneglot.ops.raster.splat`; see there. Returns ids (H, W) int32 and depth (H, W) float32."""
    best, packed = empty_buffer(size, depth.device), keys(depth, index)
    for point, pixel, _ in _candidates(uv, depth, radius, size, shape):
        best.scatter_reduce_(0, pixel, packed[point], "amin")
    return resolve(best, size)


def empty_buffer(size: tuple[int, int], device: torch.device) -> Tensor:
    """(H * W,) int64 z-buffer that nothing was drawn into."""
    return torch.full((size[0] * size[1],), _EMPTY, dtype=torch.int64, device=device)


def keys(depth: Tensor, index: Tensor | None) -> Tensor:
    """(N,) int64 what a point writes into the z-buffer: the bits of its depth (N,), then its number (N,) or place."""
    number = torch.arange(len(depth), device=depth.device) if index is None else index.long()
    return depth.contiguous().view(torch.int32).long() << 32 | number


def resolve(best: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Take a z-buffer apart: ids (H, W) int32, -1 where empty, and depth (H, W) float32, 0 where empty."""
    hit = best != _EMPTY
    ids = torch.where(hit, best & 0xFFFFFFFF, -1).int().view(size)
    return ids, torch.where(hit, best >> 32, 0).int().view(torch.float32).view(size)


def blend(
    uv: Tensor, depth: Tensor, radius: Tensor, color: Tensor, nearest: Tensor, tolerance: Tensor | float
) -> Tensor:
    """Torch twin of `sceneglot.ops.raster_finish.blend`; see there. (H, W, C) float32, equal up to rounding."""
    size = (nearest.shape[0], nearest.shape[1])
    limit = torch.as_tensor(tolerance, dtype=torch.float32, device=depth.device).expand(len(depth))
    total = torch.zeros(size[0] * size[1], dtype=torch.float32, device=depth.device)
    image = torch.zeros(size[0] * size[1], color.shape[1], dtype=torch.float32, device=depth.device)
    for point, pixel, distance2 in _candidates(uv, depth, radius, size, "round"):
        seen = depth[point] <= nearest.reshape(-1)[pixel] + limit[point]
        point, pixel, distance2 = point[seen], pixel[seen], distance2[seen]
        radius2 = radius[point].double() ** 2
        rest = torch.where(radius2 > 0, 1 - distance2 / torch.where(radius2 > 0, radius2, 1.0), 1.0).clamp(min=0)
        weight = (rest * rest + 1e-3).float()
        total.index_add_(0, pixel, weight)
        image.index_add_(0, pixel, weight[:, None] * color[point])
    return (image / torch.where(total > 0, total, 1.0)[:, None]).view(*size, -1)


def fill_holes(ids: Tensor, depth: Tensor, *, rounds: int = 2, min_neighbors: int = 5) -> tuple[Tensor, Tensor]:
    """Torch twin of `sceneglot.ops.raster_finish.fill_holes`; see there. Flat holes and sources, (P,) int64."""
    height, width = ids.shape
    own = torch.arange(ids.numel(), device=ids.device).view(height, width)
    source, filled = own.clone(), ids >= 0
    around = [(1 + dy, 1 + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    for _ in range(rounds):
        far = torch.where(filled, depth.reshape(-1)[source], torch.inf)
        depths = torch.nn.functional.pad(far, (1, 1, 1, 1), value=torch.inf)
        sources = torch.nn.functional.pad(source, (1, 1, 1, 1))
        depths = torch.stack([depths[y : y + height, x : x + width] for y, x in around])
        sources = torch.stack([sources[y : y + height, x : x + width] for y, x in around])
        count = torch.isfinite(depths).sum(0)
        order = torch.sort(depths, dim=0, stable=True).indices
        median = order.gather(0, ((count - 1).clamp(min=0) // 2)[None])
        close = ~filled & (count >= min_neighbors)
        source = torch.where(close, sources.gather(0, median)[0], source)
        filled = filled | close
    holes = (source != own).reshape(-1).nonzero().squeeze(1)
    return holes, source.reshape(-1)[holes]


def _candidates(
    uv: Tensor, depth: Tensor, radius: Tensor | float, size: tuple[int, int], shape: Splat
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """All pairs of a point and a pixel it covers, and their squared distances, some millions at a time."""
    height, width = size
    u, v = uv[:, 0].double(), uv[:, 1].double()
    r = torch.as_tensor(radius, dtype=torch.float32, device=depth.device).double().expand(len(depth))
    r = torch.where(r > 0, r, 0.0)
    top, bottom = _covered(v, r, height)
    left, right = _covered(u, r, width)
    drawn = (depth > 0) & torch.isfinite(depth) & torch.isfinite(u) & torch.isfinite(v)
    index = (drawn & (bottom >= top) & (right >= left)).nonzero().squeeze(1)
    top, left, columns = top[index], left[index], (right - left + 1)[index]
    count = (bottom[index] - top + 1) * columns
    for part in _parts(count):
        each = count[part]
        owner = torch.repeat_interleave(torch.arange(len(each), device=depth.device), each)
        offset = torch.arange(len(owner), device=depth.device) - (each.cumsum(0) - each)[owner]
        row = top[part][owner] + offset // columns[part][owner]
        column = left[part][owner] + offset % columns[part][owner]
        point, pixel = index[part][owner], row * width + column
        dx, dy = column + 0.5 - u[point], row + 0.5 - v[point]
        distance2 = dx * dx + dy * dy
        if shape == "round":
            inside = distance2 <= r[point] * r[point]
            inside |= (row == v[point].floor()) & (column == u[point].floor())
            point, pixel, distance2 = point[inside], pixel[inside], distance2[inside]
        yield point, pixel, distance2


def _covered(center: Tensor, radius: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """First and last covered pixel along one axis, clipped to the image (last < first where none is)."""
    own = center.floor()
    first = torch.minimum((center - radius + 0.5).floor(), own).clamp(0, length)
    last = torch.maximum((center + radius + 0.5).floor() - 1, own).clamp(-1, length - 1)
    return first.nan_to_num().long(), last.nan_to_num().long()


def _parts(count: Tensor) -> list[slice]:
    """Neighbouring slices of points whose footprints sum up to about `_CANDIDATES_AT_ONCE` pixels each."""
    total = int(count.sum())
    if total <= _CANDIDATES_AT_ONCE:
        return [slice(0, len(count))]
    group = torch.div(count.cumsum(0) - 1, _CANDIDATES_AT_ONCE, rounding_mode="floor")
    edges = [0, *(torch.unique_consecutive(group, return_counts=True)[1].cumsum(0).tolist())]
    return [slice(a, b) for a, b in pairwise(edges)]
