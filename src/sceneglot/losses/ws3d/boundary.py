"""Losses of the boundary network, after JSENet (Hu et al., 2020): edges, side outputs, and the dual constraint.

V voxels, K classes. Boundaries exist where labels are dense: a voxel is judged only if it and all its neighbours are
labelled, or it is certain anyway because two labels differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.losses.ws3d.supervised import cross_entropy
from sceneglot.nets.parsing_heads import BoundaryOutput
from sceneglot.ops.sparse import VoxelGrid
from sceneglot.ops.sparse.neighbourhood import boundary_classes, boundary_mask, edge_map, neighbour_pairs


@dataclass(frozen=True, eq=False)
class BoundaryTargets:
    """Where classes meet, from labels.

    Attributes:
        boundary: (V,) bool, a neighbour has another class.
        classes: (V, K) bool, the classes that meet there.
        known: (V,) bool, voxels that can be judged.
        complete: (V,) bool, labelled ones all of whose neighbours are labelled.
        label: (V,) int64, as given.
    """

    boundary: Tensor
    classes: Tensor
    known: Tensor
    complete: Tensor
    label: Tensor

    @classmethod
    def of_labels(cls, label: Tensor, grid: VoxelGrid, classes: int) -> BoundaryTargets:
        """Targets of labels (V,) int64, -1 unknown."""
        boundary = boundary_mask(label, grid)
        voxel, neighbour = neighbour_pairs(grid)
        doubtful = torch.bincount(voxel[label[neighbour] < 0], minlength=len(grid)) > 0
        complete = (label >= 0) & ~doubtful
        return cls(boundary, boundary_classes(label, grid, classes), boundary | complete, complete, label)


@dataclass(frozen=True, eq=False)
class BoundaryLoss:
    """Scalar terms.

    Attributes:
        binary: is there a boundary. classes: which classes meet.
        side: mean over the side outputs of the encoder, binary ones and semantic ones.
    """

    binary: Tensor
    classes: Tensor
    side: Tensor


def boundary_loss(output: BoundaryOutput, targets: BoundaryTargets) -> BoundaryLoss:
    """The terms of the boundary head, whose output has one row per voxel; see also `dual_constraint`."""
    known = targets.known
    sides = [binary_edge_loss(side, targets.boundary, known) for side in output.side_boundary]
    sides += [cross_entropy(side, targets.label) for side in output.side_semantic]
    return BoundaryLoss(
        binary_edge_loss(output.boundary, targets.boundary, known),
        class_edge_loss(output.classes, targets.classes, known),
        torch.stack(sides).mean() if sides else output.boundary.sum() * 0.0,
    )


def binary_edge_loss(logit: Tensor, boundary: Tensor, known: Tensor) -> Tensor:
    """Balanced binary cross-entropy: boundary voxels weigh (1 - p) / p, p their share (JSENet, side losses).

    Args:
        logit: (V,). boundary, known: (V,) bool.
    """
    return class_edge_loss(logit[:, None], boundary[:, None], known)


def class_edge_loss(logits: Tensor, meeting: Tensor, known: Tensor) -> Tensor:
    """Multi-label edge loss: the balanced binary cross-entropy of each class, mean over classes.

    JSENet sums over classes and multiplies its semantic loss by their number instead: the same ratio.

    Args:
        logits: (V, C). meeting: (V, C) bool. known: (V,) bool, rows that count.
    """
    if not known.any():
        return logits.sum() * 0.0
    logits, target = logits[known], meeting[known].to(logits.dtype)
    share = target.mean(0)
    weight = (1 - share) / (share + 1e-6)
    return F.binary_cross_entropy_with_logits(logits, target, pos_weight=weight, reduction="none").mean()


def dual_constraint(probability: Tensor, targets: BoundaryTargets, grid: VoxelGrid) -> Tensor:
    """JSENet's dual constraint: mean of w sum_c |e_c - e_c*|, e the edge map of the prediction, e* that of the labels.

    w is (1 - p) / p at boundaries, p their share, and 1 elsewhere; JSENet's text leaves open whether the weight is
    for boundary points alone, which is how it is read here. Only voxels with complete neighbourhoods count: that a
    voxel is a boundary is certain from one other label, its edge map is not.

    Args:
        probability: (V, K) softmax of the segmentation.
    """
    counted = targets.complete
    if not counted.any():
        return probability.sum() * 0.0
    one_hot = F.one_hot(targets.label.clamp_min(0), probability.shape[1]).to(probability.dtype)
    apart = (edge_map(probability, grid) - edge_map(one_hot, grid)).abs().sum(1)
    edge = targets.boundary[counted]
    share = edge.to(probability.dtype).mean()
    weight = torch.where(edge, (1 - share) / share.clamp_min(1e-6), 1.0)
    return (apart[counted] * weight).mean()
