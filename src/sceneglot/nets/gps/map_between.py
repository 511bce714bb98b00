"""Between two things: the one relation of three objects.

Sr3D (Achlioptas et al., ECCV 2020) calls a target between two anchors when half of its footprint is inside the hull of
theirs. The hull of two axis-aligned boxes is the union of the boxes between them, (1 - s) A + s B, so the share is
read off a few of those.

Shapes: Q sentences, N objects, M pairs of anchors.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sceneglot.nets.gps.map_geometry import FAR, MapObjects

NUM_BETWEEN = 6
STEPS = (0.15, 0.3, 0.5, 0.7, 0.85)


def between_features(objects: MapObjects, rival: Tensor, scene_of: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """How far each object lies between two anchors.

    Args:
        objects: the scenes.
        rival: (S, N, N) bool, another object of i's kind.
        scene_of: (Q,) scene of each sentence.
        first, second: (Q, M) rows of the anchors.

    Returns:
        (Q, M, N, 6): share of the footprint inside the hull, its lead over the best rival, how far off the line
        (metres / 2), where along it (0.5 is the middle, clipped), overlap in height (metres), one or both anchors are
        the object itself.
    """
    center, size = objects.center[scene_of], objects.size[scene_of]
    rows = torch.arange(len(scene_of), device=scene_of.device)[:, None]
    a, b = center[rows, first], center[rows, second]  # (Q, M, 3)
    size_a, size_b = size[rows, first], size[rows, second]
    share = _hull_share(center[..., :2], size[..., :2], a[..., :2], b[..., :2], size_a[..., :2], size_b[..., :2])
    best = _best_rival(share, rival[scene_of])
    axis = (b - a)[..., :2]
    length = axis.norm(dim=-1).clamp_min(0.1)
    offset = center[:, None, :, :2] - a[:, :, None, :2]
    along = (offset * axis[:, :, None]).sum(-1) / length[..., None].square()
    off = (offset[..., 0] * axis[:, :, None, 1] - offset[..., 1] * axis[:, :, None, 0]).abs() / length[..., None]
    low = torch.maximum((center - size / 2)[:, None, :, 2], torch.maximum(a - size_a / 2, b - size_b / 2)[..., None, 2])
    high = torch.minimum(
        (center + size / 2)[:, None, :, 2], torch.minimum(a + size_a / 2, b + size_b / 2)[..., None, 2]
    )
    number = torch.arange(center.shape[1], device=center.device)
    itself = (number == first[..., None]) | (number == second[..., None]) | (first == second)[..., None]
    place = (along - 0.5).abs().clamp_max(2.0)
    level = (high - low).clamp(-1.0, 1.0)
    return torch.stack([share, share - best, off / 2, place, level, itself.float()], -1)


def _hull_share(center: Tensor, size: Tensor, a: Tensor, b: Tensor, size_a: Tensor, size_b: Tensor) -> Tensor:
    """(Q, M, N) largest share of each footprint inside one of the boxes between the two anchors."""
    low, high = (center - size / 2)[:, None], (center + size / 2)[:, None]
    area = (size + 0.02).prod(-1)[:, None]
    share = torch.zeros(*a.shape[:2], center.shape[1], device=center.device)
    for step in STEPS:
        middle = ((1 - step) * a + step * b)[:, :, None]
        half = ((1 - step) * size_a + step * size_b)[:, :, None] / 2
        inside = (torch.minimum(high, middle + half) - torch.maximum(low, middle - half)).clamp_min(0.0).prod(-1)
        share = torch.maximum(share, inside / area)
    return share


def _best_rival(share: Tensor, rival: Tensor) -> Tensor:
    """(Q, M, N) the largest share of another object of i's kind; 0 where there is none."""
    best = share[:, :, None].masked_fill(~rival[:, None], -FAR).amax(-1)
    return best.clamp_min(0.0)
