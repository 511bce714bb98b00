"""The loss of one batch of questions, with the weights of the CLIP-guided 3D VQA paper."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from torch import Tensor

from sceneglot.losses.detection import DetectionWeights, detection_loss
from sceneglot.losses.vqa import VQATargets, VQAWeights, blind_loss, vqa_loss
from sceneglot.tasks.vqa.data import VQABatch
from sceneglot.tasks.vqa.net import VQASystem


@dataclass(frozen=True)
class VQAObjective:
    """L = scale * (detection * L_det + 0.1 L_ref + 0.1 L_lang + 0.1 L_ans); the published scale is 10.

    Attributes:
        detection: weight of VoteNet's loss; 1 in the paper.
        scale: common factor; with AdamW it only matters beside gradient clipping.
    """

    detection: float = 1.0
    scale: float = 10.0
    parts: VQAWeights = field(default_factory=VQAWeights)
    detector: DetectionWeights = field(default_factory=DetectionWeights)


def question_targets(batch: VQABatch) -> VQATargets:
    """Targets of every question in terms of its own scene's boxes."""
    boxes = batch.scenes.targets
    center, size = boxes.center[batch.scene_of], boxes.size[batch.scene_of]
    return VQATargets(batch.answers, batch.object_class, center, size, batch.target, batch.first)


def vqa_objective(net: VQASystem, batch: VQABatch, weights: VQAObjective) -> tuple[Tensor, dict[str, Tensor]]:
    """Forward pass and loss: the total that is minimised, and its unweighted terms."""
    output = net(batch.scenes, batch.scene_of, batch.tokens, batch.token_mask)
    targets = question_targets(batch)
    if output.detected is None:
        extent = (batch.scenes.xyz.amax(1) - batch.scenes.xyz.amin(1))[batch.scene_of]
        loss = blind_loss(output.answers, targets, extent, weights.parts)
        total, detector_terms = loss.total, {}
    else:
        loss = vqa_loss(output.answers, targets, weights.parts)
        mean_sizes = output.detected.center.new_tensor(net.spec.scene.mean_sizes)
        found = detection_loss(output.detected, batch.scenes.targets, mean_sizes, weights.detector)
        total = loss.total + weights.detection * found.total
        detector_terms = loss_terms(found)
    return weights.scale * total, detector_terms | loss_terms(loss)


def loss_terms(loss: object) -> dict[str, Tensor]:
    """Named terms of a loss record without its total, detached."""
    values = {f.name: getattr(loss, f.name) for f in fields(loss) if f.name != "total"}  # type: ignore[arg-type]
    return {name: value.detach() for name, value in values.items() if isinstance(value, Tensor)}
