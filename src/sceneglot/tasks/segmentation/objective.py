"""The loss of a segmentation: supervised terms, the WS3D-style terms, distillation, instances; each logged apart.

V voxels, R regions, K classes. A voxel has the commonest label of its points: a single labelled point decides for its
voxel, so no annotation is lost to voxelisation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.losses.instances import offset_loss
from sceneglot.losses.ws3d.boundary import BoundaryTargets, boundary_loss, dual_constraint
from sceneglot.losses.ws3d.config import OFF, RegionAware
from sceneglot.losses.ws3d.contrast import region_contrast
from sceneglot.losses.ws3d.energy import EnergyLoss, boundary_energy
from sceneglot.losses.ws3d.language import LanguageWeights, region_distillation, region_feature_contrast
from sceneglot.losses.ws3d.pseudo import RegionVotes, pseudo_labels, region_labels, region_votes
from sceneglot.losses.ws3d.supervised import balanced_weights, cross_entropy, lovasz_softmax
from sceneglot.ops.sparse import segment_mean
from sceneglot.tasks.segmentation.data import SegmentationBatch
from sceneglot.tasks.segmentation.net import SegmentationNet, SegmentationOutput


@dataclass(frozen=True)
class SegmentationObjective:
    """Weights of all terms; 0 switches a term off."""

    cross_entropy: float = 1.0
    balance: float = 0.0
    """Of the cross-entropy: classes weigh (their share of the batch)^-balance."""
    lovasz: float = 1.0
    region_aware: RegionAware = field(default_factory=lambda: OFF)
    language: LanguageWeights = field(default_factory=lambda: LanguageWeights(cosine=0.0, kl=0.0))
    base_novel: float = 1.0
    """Of the decision whether a voxel has a class with training labels; only where there are novel classes."""
    offset: float = 1.0
    """Of the distance and the direction to instance centres; only for networks with that head."""


@dataclass(frozen=True, eq=False)
class VoxelView:
    """A batch as the losses see it: one row per voxel.

    Attributes:
        label: (V,) int64. free: (V,) bool, unlabelled though possibly of a class.
        spoken: (V,) bool, free ones that the labelled voxels of their region speak for.
        region: (V,) int64. annotated: (R,) int64 commonest label of each region, -1 without labels, and where most of a
            completely labelled scene's region is of hidden classes.
    """

    output: SegmentationOutput
    batch: SegmentationBatch
    label: Tensor
    free: Tensor
    spoken: Tensor
    region: Tensor
    annotated: Tensor

    @classmethod
    def of(cls, output: SegmentationOutput, batch: SegmentationBatch) -> VoxelView:
        """Bring labels and regions of the points to their voxels."""
        voxels, classes = output.voxels, output.logits.shape[1]
        label = region_labels(batch.label, voxels.row, len(voxels.grid), classes)
        first = voxels.representatives()
        region = batch.region[first]
        free, sparse = batch.free[first] & (label < 0), batch.sparse[first]
        annotated = region_labels(label, region, len(batch.teacher), classes)
        hidden = segment_mean((free & ~sparse)[:, None].float(), region, len(annotated))[:, 0] > 0.5
        return cls(output, batch, label, free, free & sparse, region, torch.where(hidden, -1, annotated))

    @cached_property
    def probability(self) -> Tensor:
        """(V, K), float32 under mixed precision too: sums over all voxels follow."""
        logits = self.output.logits
        return logits.softmax(1, dtype=torch.promote_types(logits.dtype, torch.float32))

    @cached_property
    def votes(self) -> RegionVotes:
        """What the regions predict."""
        return region_votes(self.probability.detach(), self.region, len(self.annotated))

    @cached_property
    def boundary_targets(self) -> BoundaryTargets:
        """From labels, those of sparsely annotated scenes grown to whole regions."""
        grown = torch.where(self.spoken, self.annotated[self.region], self.label)
        return BoundaryTargets.of_labels(grown, self.output.voxels.grid, self.output.logits.shape[1])


class _Sum:
    """Adds weighted terms; those without weight are neither computed nor logged."""

    def __init__(self, start: Tensor) -> None:
        self.total = start
        self.terms: dict[str, Tensor] = {}

    def add(self, name: str, weight: float, term: Callable[[], Tensor]) -> None:
        if weight:
            value = term()
            self.total = self.total + weight * value
            self.terms[name] = value.detach()


def segmentation_objective(
    net: SegmentationNet, batch: SegmentationBatch, config: SegmentationObjective, progress: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """Forward pass and loss: the total that is minimised, and its unweighted terms by name.

    Args:
        progress: share of the training that is done, 0..1; schedules follow it.
    """
    output = net(batch.cloud)
    view = VoxelView.of(output, batch)
    total = _Sum(output.logits.sum() * 0.0)
    total.add("ce", config.cross_entropy, lambda: _supervised(view, config.balance))
    total.add("lovasz", config.lovasz, lambda: lovasz_softmax(view.probability, view.label))
    _add_region_aware(total, net, view, config.region_aware, progress)
    _add_language(total, net, view, config.language)
    if output.base is not None:
        base = output.base
        total.add("base_novel", config.base_novel, lambda: _base_novel(base, view))
    if output.offset is not None and config.offset:
        found = offset_loss(output.offset, *_offset_targets(view))
        total.add("offset", config.offset, lambda: found.distance)
        total.add("direction", config.offset, lambda: found.direction)
    return total.total, total.terms


def _supervised(view: VoxelView, balance: float) -> Tensor:
    logits = view.output.logits
    weight = balanced_weights(view.label, logits.shape[1], balance).to(logits.dtype) if balance else None
    return cross_entropy(logits, view.label, weight)


def _offset_targets(view: VoxelView) -> tuple[Tensor, Tensor]:
    """(V, 3) mean offset of a voxel's points inside an instance; (V,) bool, most points of known label are inside one.

    The others have no offset, so their zeros stay out of the mean; free ones say nothing either way.
    """
    batch, mean = view.batch, view.output.voxels.mean
    inside = batch.inside[:, None].to(batch.offset.dtype)
    share = mean(inside)
    known = mean((~batch.free)[:, None].to(batch.offset.dtype))
    return mean(batch.offset * inside) / share.clamp_min(1e-9), (share > 0.5 * known)[:, 0]


def _add_region_aware(total: _Sum, net: SegmentationNet, view: VoxelView, config: RegionAware, progress: float) -> None:
    boundary = view.output.boundary
    grid = view.output.voxels.grid
    if boundary is not None and config.boundary:
        found = boundary_loss(boundary, view.boundary_targets)
        for name in ("binary", "classes", "side"):
            total.add(f"boundary_{name}", config.boundary, lambda name=name: getattr(found, name))
    total.add("dual", config.dual, lambda: dual_constraint(view.probability, view.boundary_targets, grid))
    smooth, confidence, region = (r.at(progress) for r in (config.smooth, config.confidence, config.region))
    if boundary is not None and (smooth or confidence or region):
        energy = _energy(view, boundary.boundary.sigmoid(), config, colored=net.spec.inputs.color)
        total.add("smooth", smooth, lambda: energy.smooth)
        total.add("confidence", confidence, lambda: energy.confidence)
        total.add("region", region, lambda: energy.region)
    pseudo, contrast = config.pseudo.at(progress), config.contrast.at(progress)
    if pseudo or contrast:
        sure = view.votes.confident(config.gamma.at(progress), config.purity, config.min_points)
        total.terms["confident_regions"] = sure.float().mean()
        total.add("pseudo", pseudo, lambda: _pseudo(view, sure))
        total.add("contrast", contrast, lambda: _contrast(net, view, sure, config))


def _energy(view: VoxelView, boundary: Tensor, config: RegionAware, *, colored: bool) -> EnergyLoss:
    batch, voxels = view.batch, view.output.voxels
    xyz = voxels.mean(batch.cloud.xyz)
    color = voxels.mean(batch.cloud.features[:, :3]) if colored else None
    return boundary_energy(view.probability, boundary, view.region, xyz, color, voxels.grid, view.free, config.energy)


def _pseudo(view: VoxelView, sure: Tensor) -> Tensor:
    """Cross-entropy on free voxels of regions in which a few voxels are labelled, or which are sure of themselves."""
    guessed = pseudo_labels(view.label, view.region, view.votes, sure)
    annotated = torch.where(view.spoken, view.annotated[view.region], -1)
    return cross_entropy(
        view.output.logits, torch.where(view.free, torch.where(annotated >= 0, annotated, guessed), -1)
    )


def _contrast(net: SegmentationNet, view: VoxelView, sure: Tensor, config: RegionAware) -> Tensor:
    """Mean over stages; regions take their annotation, or their own vote where they are sure of it and free."""
    free = segment_mean(view.free[:, None].float(), view.region, len(view.annotated))[:, 0] > 0.5
    label = torch.where(view.annotated >= 0, view.annotated, torch.where(sure & free, view.votes.label, -1))
    label = torch.where(view.votes.size >= config.min_points, label, -1)
    losses = []
    for stage, head, memory in zip(net.spec.stages, net.region_heads, net.memories):
        rows = view.output.features.decoder[stage].at_points()
        z = F.normalize(head(segment_mean(rows, view.region, len(label))), dim=1)
        losses.append(region_contrast(z, label, memory.feature, memory.label, config.temperature))  # type: ignore[arg-type]
        memory.push(z.detach(), label)  # type: ignore[operator]
    return torch.stack(losses).mean() if losses else view.probability.sum() * 0.0


def _add_language(total: _Sum, net: SegmentationNet, view: VoxelView, config: LanguageWeights) -> None:
    embedding, teacher = view.output.embedding, view.batch.teacher
    if embedding is None or not teacher.shape[1] or not config.active:
        return
    count = len(teacher)
    student = segment_mean(F.normalize(embedding, dim=1), view.region, count)
    seen = (torch.bincount(view.region, minlength=count) > 0) & teacher.any(1)
    found = region_distillation(student, teacher, seen, net.bank, config.temperature)
    total.add("language_cosine", config.cosine, lambda: found.cosine)
    total.add("language_kl", config.kl, lambda: found.kl)
    total.add(
        "language_contrast",
        config.contrast,
        lambda: region_feature_contrast(student, teacher, seen, config.contrast_temperature),
    )


def _base_novel(logit: Tensor, view: VoxelView) -> Tensor:
    """Binary cross-entropy in scenes with labels: labelled voxels are base, all others novel (as in PLA)."""
    grid = view.output.voxels.grid
    annotated = torch.bincount(grid.item[view.label >= 0], minlength=grid.batch_size) > 0
    counted = annotated[grid.item]
    if not counted.any():
        return logit.sum() * 0.0
    return F.binary_cross_entropy_with_logits(logit[counted], (view.label >= 0).to(logit.dtype)[counted])
