"""The losses of grounding on object maps: which object, which anchors, which kind; which objects, each by itself."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from sceneglot.losses.gps.referral import (
    all_positives_cross_entropy,
    member_cross_entropy,
    multi_positive_cross_entropy,
)
from sceneglot.tasks.grounding.data import GroundingBatch


@dataclass(frozen=True)
class GroundingObjective:
    """Weights of the terms.

    Attributes:
        target: the referral loss, what is evaluated.
        anchor: which objects the sentence mentions to locate the target; known, because the sentences are ours.
        kind: which objects share the target's label, from the sentence and the labels alone.
        member: which objects are meant, each judged by itself; only for networks that allow for none or several.
    """

    target: float = 1.0
    anchor: float = 0.3
    kind: float = 0.5
    member: float = 1.0


def grounding_objective(
    net: nn.Module, batch: GroundingBatch, weights: GroundingObjective
) -> tuple[Tensor, dict[str, Tensor]]:
    """Forward pass and loss: the total that is minimised, and its unweighted terms."""
    output = net(batch.objects, batch.label, batch.scene_of, batch.words)
    target = multi_positive_cross_entropy(output.target, batch.target)
    anchor = all_positives_cross_entropy(output.anchor, batch.anchor)
    kind = multi_positive_cross_entropy(output.kind, batch.kind)
    total = weights.target * target + weights.anchor * anchor + weights.kind * kind
    terms = {"target": target.detach(), "anchor": anchor.detach(), "kind": kind.detach()}
    if output.member is not None:
        real = batch.objects.mask[batch.scene_of]
        member = member_cross_entropy(output.member, batch.target, real, batch.complete)
        total, terms["member"] = total + weights.member * member, member.detach()
    return total, terms
