"""Gathering rows of a cloud by index, and neighbourhoods relative to their centres.

B clouds, N points, M centres, K neighbours, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gather(rows: Tensor, index: Tensor) -> Tensor:
    """Rows picked per cloud, differentiable in `rows`.

    Args:
        rows: (B, N, C) any dtype.
        index: (B, ...) int64, values in 0..N-1.

    Returns:
        (B, ..., C).
    """
    batch, n, channels = rows.shape
    offset = torch.arange(batch, device=index.device).view(-1, *[1] * (index.dim() - 1)) * n
    # index_select has by far the fastest backward of torch's gathers on the CPU
    return rows.reshape(batch * n, channels).index_select(0, (index + offset).reshape(-1)).view(*index.shape, channels)


def group(xyz: Tensor, centers: Tensor, index: Tensor, features: Tensor | None, *, radius: float = 1.0) -> Tensor:
    """Neighbourhoods as PointNet++ sees them: relative coordinates divided by the radius, then the features.

    Args:
        xyz: (B, N, 3), metres.
        centers: (B, M, 3), metres.
        index: (B, M, K) int64 from `neighbors.ball_query`.
        features: (B, N, C) or None.
        radius: metres; 1.0 leaves the coordinates in metres.

    Returns:
        (B, M, K, 3 + C).
    """
    relative = (gather(xyz, index) - centers[:, :, None]) / radius
    return relative if features is None else torch.cat([relative, gather(features, index)], dim=-1)
