"""VoteNet's training loss (Qi et al., 2019, section 4.4 and the released code), vectorised over the batch.

Shapes: B clouds, N points, S seeds, P proposals, G box slots, NH heading bins, NS size clusters. Metres, radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.votenet import VoteNetOutput
from sceneglot.ops.dispatch import squared_distance
from sceneglot.ops.grouping import gather


@dataclass(frozen=True, eq=False)
class DetectionTargets:
    """The true boxes of a batch, padded to G slots (G may be 0).

    Attributes:
        center: (B, G, 3) float32, metres.
        size: (B, G, 3) float32, full extents, metres.
        label: (B, G) int64, class, which is also the size cluster.
        valid: (B, G) bool, False for padding (whose other values are ignored).
        point_object: (B, N) int64, the slot each input point belongs to, -1 for none.
        heading: (B, G) float32 radians about z; None means 0.
    """

    center: Tensor
    size: Tensor
    label: Tensor
    valid: Tensor
    point_object: Tensor
    heading: Tensor | None = None

    def to(self, device: torch.device | str) -> DetectionTargets:
        """The same targets on another device."""
        columns = (self.center, self.size, self.label, self.valid, self.point_object, self.heading)
        return DetectionTargets(*(None if c is None else c.to(device) for c in columns))  # type: ignore[arg-type]


@dataclass(frozen=True)
class DetectionWeights:
    """Weights of the terms and thresholds of the assignment; defaults are VoteNet's."""

    vote: float = 1.0
    objectness: float = 0.5
    box: float = 1.0
    semantic: float = 0.1
    heading_class: float = 0.1
    heading_residual: float = 1.0
    size_class: float = 0.1
    size_residual: float = 1.0
    near: float = 0.3
    """Metres: a proposal whose anchor is nearer than this to a true centre is positive."""
    far: float = 0.6
    """Metres: beyond this it is negative; in between it is ignored."""
    negative_weight: float = 0.2
    positive_weight: float = 0.8
    padding: Literal["far", "origin"] = "far"
    """Where padded box slots are: out of the way, or at (0, 0, 0) as in the released code, which makes proposals
    near the origin positives of a box that does not exist."""


@dataclass(frozen=True, eq=False)
class DetectionLoss:
    """Scalar terms before weighting, their weighted sum `total`, and the share of positive proposals."""

    vote: Tensor
    objectness: Tensor
    center: Tensor
    heading_class: Tensor
    heading_residual: Tensor
    size_class: Tensor
    size_residual: Tensor
    semantic: Tensor
    total: Tensor
    positive_share: Tensor


@dataclass(frozen=True, eq=False)
class Assignment:
    """Which true box each proposal stands for.

    Attributes:
        slot: (B, P) int64, nearest box slot.
        positive: (B, P) bool, near enough to be that object.
        counted: (B, P) bool, positive or clearly negative.
    """

    slot: Tensor
    positive: Tensor
    counted: Tensor


def detection_loss(
    output: VoteNetOutput, targets: DetectionTargets, mean_sizes: Tensor, weights: DetectionWeights | None = None
) -> DetectionLoss:
    """All terms of VoteNet's loss; `total` = vote + 0.5 objectness + box + 0.1 semantic with the default weights.

    Papers of this line multiply the total by 10; that factor belongs to the recipe.

    Args:
        output: of `nets.votenet.VoteNet`.
        targets: true boxes.
        mean_sizes: (NS, 3), metres, of the net (`net.proposal.mean_sizes`).
        weights: None for the defaults.

    Raises:
        SceneglotError: size clusters and classes differ in number, or the batch sizes differ.
    """
    weights = weights or DetectionWeights()
    if output.size_logits.shape[-1] != output.semantic.shape[-1]:
        raise SceneglotError(
            f"detection loss: {output.size_logits.shape[-1]} size clusters and {output.semantic.shape[-1]} classes, "
            "expected one cluster per class"
        )
    if len(targets.center) != len(output.center):
        raise SceneglotError(f"detection loss: targets of {len(targets.center)} clouds for {len(output.center)}")
    targets = _neutral_padding(targets)
    assignment = assign(output.anchor, targets, weights)
    box = _box_terms(output, targets, assignment, mean_sizes)
    vote = vote_loss(output, targets)
    objectness = _objectness_loss(output.objectness, assignment, weights)
    center = _center_loss(output.center, targets, assignment.positive, weights.padding)
    semantic = box.pop("semantic")
    box_total = (
        center
        + weights.heading_class * box["heading_class"]
        + weights.heading_residual * box["heading_residual"]
        + weights.size_class * box["size_class"]
        + weights.size_residual * box["size_residual"]
    )
    total = (
        weights.vote * vote + weights.objectness * objectness + weights.box * box_total + weights.semantic * semantic
    )
    share = assignment.positive.float().mean()
    return DetectionLoss(
        vote=vote, objectness=objectness, center=center, semantic=semantic, total=total, positive_share=share, **box
    )


def vote_loss(output: VoteNetOutput, targets: DetectionTargets) -> Tensor:
    """Mean L1 distance (summed over xyz) from the votes of seeds on objects to the centres of their objects.

    The released code keeps three candidate votes per point and takes the best; in ScanNet the three are equal.
    """
    slot = targets.point_object.gather(1, output.seeds.index)
    on_object = slot >= 0
    slot = slot.clamp_min(0)
    on_object = on_object & targets.valid.gather(1, slot)
    distance = (output.vote_xyz - gather(targets.center, slot)).abs().sum(-1)
    return _masked_mean(distance, on_object)


def assign(anchor: Tensor, targets: DetectionTargets, weights: DetectionWeights) -> Assignment:
    """Nearest true centre of every anchor (B, P, 3), and whether it is near, far, or in between."""
    distance2 = squared_distance(anchor.detach(), targets.center)
    if weights.padding == "far":
        distance2 = distance2.masked_fill(~targets.valid[:, None], torch.inf)
    nearest, slot = distance2.min(-1)
    distance = (nearest + 1e-6).sqrt()
    positive = distance < weights.near
    return Assignment(slot, positive, positive | (distance > weights.far))


def _objectness_loss(logits: Tensor, assignment: Assignment, weights: DetectionWeights) -> Tensor:
    class_weight = logits.new_tensor([weights.negative_weight, weights.positive_weight])
    entropy = F.cross_entropy(logits.transpose(1, 2), assignment.positive.long(), weight=class_weight, reduction="none")
    return _masked_mean(entropy, assignment.counted)


def _center_loss(center: Tensor, targets: DetectionTargets, positive: Tensor, padding: str) -> Tensor:
    """Two-way chamfer with squared distances: positives to boxes, and every real box to its nearest prediction."""
    distance2 = squared_distance(center, targets.center)
    reachable = distance2 if padding == "origin" else distance2.masked_fill(~targets.valid[:, None], torch.inf)
    to_box = torch.where(positive, reachable.amin(2), 0.0)  # where: an empty scene is at infinity
    return _masked_mean(to_box, positive) + _masked_mean(distance2.amin(1), targets.valid)


def _box_terms(
    output: VoteNetOutput, targets: DetectionTargets, assignment: Assignment, mean_sizes: Tensor
) -> dict[str, Tensor]:
    """Heading, size and class terms, each averaged over the positive proposals."""
    slot, positive = assignment.slot, assignment.positive
    label = targets.label.gather(1, slot)
    real = targets.valid.gather(1, slot)[..., None]
    # a padded slot (reachable only with padding="origin") has class 0 and residual 0
    size_label = torch.where(real, gather(targets.size, slot) / mean_sizes[label] - 1, 0.0)
    size = output.size_residual.gather(2, label[..., None, None].expand(-1, -1, 1, 3)).squeeze(2)
    bins = output.heading_logits.shape[-1]
    heading = output.center.new_zeros(slot.shape) if targets.heading is None else targets.heading.gather(1, slot)
    heading_bin, heading_label = encode_heading(heading, bins)
    heading_residual = output.heading_residual.gather(2, heading_bin[..., None]).squeeze(2)
    return {
        "heading_class": _masked_mean(_cross_entropy(output.heading_logits, heading_bin), positive),
        "heading_residual": _masked_mean(F.huber_loss(heading_residual, heading_label, reduction="none"), positive),
        "size_class": _masked_mean(_cross_entropy(output.size_logits, label), positive),
        "size_residual": _masked_mean(F.huber_loss(size, size_label, reduction="none").mean(-1), positive),
        "semantic": _masked_mean(_cross_entropy(output.semantic, label), positive),
    }


def encode_heading(heading: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    """Radians (...) -> bin (...) int64, centred at 2 pi k / bins, and residual (...) normalised by pi / bins."""
    width = 2 * math.pi / bins
    shifted = (heading + width / 2) % (2 * math.pi)
    index = (shifted / width).floor().long().clamp(0, bins - 1)
    return index, (shifted - width / 2 - index * width) / (width / 2)


def _cross_entropy(logits: Tensor, label: Tensor) -> Tensor:
    """(..., C) and (...) -> (...)."""
    return F.cross_entropy(logits.flatten(0, -2), label.flatten(), reduction="none").view(label.shape)


def _masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Sum over the mask by its count + 1e-6: zero, with zero gradient, for an empty mask."""
    mask = mask.to(values.dtype)
    return (values * mask).sum() / (mask.sum() + 1e-6)


def _neutral_padding(targets: DetectionTargets) -> DetectionTargets:
    """At least one slot, and zeros wherever a slot is padding."""
    missing = max(0, 1 - targets.center.shape[1])
    valid = F.pad(targets.valid, (0, missing))
    keep = valid[..., None]
    heading = None if targets.heading is None else F.pad(targets.heading, (0, missing)).masked_fill(~valid, 0.0)
    return DetectionTargets(
        center=F.pad(targets.center, (0, 0, 0, missing)).masked_fill(~keep, 0.0),
        size=F.pad(targets.size, (0, 0, 0, missing)).masked_fill(~keep, 0.0),
        label=F.pad(targets.label, (0, missing)).masked_fill(~valid, 0),
        valid=valid,
        point_object=targets.point_object,
        heading=heading,
    )
