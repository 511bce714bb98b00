"""Distilling a frozen image-text teacher into points at the levels of scene, object and point.

WS3D++ (arXiv 2312.00663) names a scene level, an object level and a KL divergence; its exact losses are not public.
These are reconstructions, every one switchable: contrast of scenes, contrast of objects, cosine and KL over a bank of
words (`ws3d.language`, for points and for regions) with a contrast of regions, and the region-pooled log-softmax of
RegionPLC.

S scenes, O objects, R rows (voxels), E width of the teacher's space.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.losses.alignment import info_nce
from sceneglot.losses.ws3d.schedule import Ramp
from sceneglot.ops.sparse import segment_mean

FROM_START = Ramp(1.0, wait=0.0, length=0.0)
NEVER = Ramp(0.0, wait=0.0, length=0.0)


@dataclass(frozen=True)
class HierarchyWeights:
    """Weights over the course of a training, and temperatures.

    Which levels are on was decided by `sceneglot study ws3d-levels` (docs/ws3d.md, levels of pre-training).
    """

    scene: Ramp = NEVER
    """Of the contrast between scenes; says nothing about a batch of one scene."""
    object: Ramp = NEVER
    """Of the contrast between objects."""
    region_cosine: Ramp = FROM_START
    """Of 1 - cos at regions, whose target is the mean over all pixels that show them."""
    region_kl: Ramp = FROM_START
    """Of the divergence over the words at regions."""
    region_contrast: Ramp = FROM_START
    """Of the contrast between regions."""
    cosine: Ramp = NEVER
    """Of 1 - cos at points."""
    kl: Ramp = NEVER
    """Of the divergence over the words at points."""
    pooled: Ramp = NEVER
    """Of the region-pooled log-softmax against the objects' features: `object` from the side of the points."""
    scene_temperature: float = 0.07
    object_temperature: float = 0.07
    region_temperature: float = 0.07
    kl_temperature: float = 0.05
    """Of points and of regions."""
    pooled_temperature: float = 0.07
    alike: float = 0.95
    """Objects whose teacher features have at least this cosine are not contrasted: two chairs of a kind."""

    def __post_init__(self) -> None:
        least = min(value for name, value in vars(self).items() if name.endswith("_temperature"))
        if least <= 0:
            raise SceneglotError(f"distillation: temperatures must be positive, found {least}")


def scene_contrast(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Symmetric InfoNCE between scenes and the teacher's mean over their views; zero for one scene.

    Args:
        student: (S, E) any length. teacher: (S, E), no gradient; rows of zeros (no view) do not count.
    """
    seen = teacher.norm(dim=1) > 0
    if int(seen.sum()) < 2:
        return student.sum() * 0.0
    return info_nce(student[seen], teacher[seen].detach(), student.new_tensor(1 / temperature))


def object_contrast(student: Tensor, teacher: Tensor, seen: Tensor, temperature: float, alike: float = 1.0) -> Tensor:
    """Symmetric InfoNCE between objects and their teacher features, over all objects of the batch.

    Args:
        student: (O, E) any length. teacher: (O, E), no gradient.
        seen: (O,) bool, objects that have points.
        alike: pairs of different objects whose teacher features have at least this cosine are no negatives of each
            other; above 1 all are.

    Returns:
        Scalar; zero where fewer than two objects are seen.
    """
    if int(seen.sum()) < 2:
        return student.sum() * 0.0
    h, g = F.normalize(student[seen], dim=1), F.normalize(teacher[seen].detach().to(student.dtype), dim=1)
    other = ~torch.eye(len(h), dtype=torch.bool, device=h.device)
    logits = (h @ g.T / temperature).masked_fill(other & (g @ g.T >= alike), torch.finfo(h.dtype).min)
    target = torch.arange(len(h), device=h.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def pooled_log_softmax(
    rows: Tensor, group: Tensor, bank: Tensor, target: Tensor, temperature: float, *, by_size: bool = False
) -> Tensor:
    """Region-pooled log-softmax (RegionPLC, Yang et al. 2024; Mosaic3D): every point says which entry it belongs to.

    score_i = log softmax(cos(f_i, bank) / T); the mean of the scores over a region, at the region's own entry, is
    maximised. Other than the softmax of a mean, no point can hide behind the others of its region.

    Args:
        rows: (R, E) point or voxel embeddings, any length.
        group: (R,) int64, region of each row, -1 for rows that are left out: they get no gradient.
        bank: (C, E) what regions are told apart by: captions or features of crops; no gradient.
        target: (G,) int64 entry of the bank that belongs to each region.
        by_size: weigh regions by their rows (Mosaic3D's option) instead of equally.

    Returns:
        Scalar; zero where no row has a region.
    """
    inside = group >= 0
    if not bool(inside.any()):
        return rows.sum() * 0.0
    owner = group[inside]
    logits = F.normalize(rows[inside], dim=1) @ F.normalize(bank.detach().to(rows.dtype), dim=1).T / temperature
    own = logits.log_softmax(1).gather(1, target[owner][:, None])[:, 0]
    if by_size:
        return -own.mean()
    pooled = segment_mean(own[:, None], owner, len(target))
    return -pooled.sum() / torch.unique(owner).numel()


def pooled_rows(rows: Tensor, group: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Mean of the rows of each group.

    Args:
        rows: (R, E). group: (R,) int64, 0..count-1 or -1 for none.

    Returns:
        (count, E), zero for groups without rows, and (count,) bool, those with some.
    """
    inside = group >= 0
    owner = group[inside]
    return segment_mean(rows[inside], owner, count), torch.bincount(owner, minlength=count) > 0
