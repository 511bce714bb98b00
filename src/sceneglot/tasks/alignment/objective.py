"""The pre-training loss: detection, and alignment by cosine (the paper) or contrast (our default)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from sceneglot.losses.alignment import cosine_alignment, info_nce
from sceneglot.losses.detection import DetectionWeights, detection_loss
from sceneglot.tasks.alignment.data import AlignBatch
from sceneglot.tasks.alignment.net import AlignNet
from sceneglot.tasks.vqa.objective import loss_terms


@dataclass(frozen=True)
class AlignObjective:
    """L = scale * (detection * L_det + image * L_image + text * L_text).

    Attributes:
        kind: "contrast" is InfoNCE in which everything of the same scene is positive; "cosine" is the published
            loss, 1 - cos with 0.05 for the picture and 0.05 for the sentence (released code), which has no negatives.
        image, text: weights of the alignment terms.
        detection: weight of VoteNet's loss.
        scale: common factor; 10 in the released code.
    """

    kind: Literal["contrast", "cosine"] = "contrast"
    image: float = 0.05
    text: float = 0.05
    detection: float = 1.0
    scale: float = 10.0
    detector: DetectionWeights = field(default_factory=DetectionWeights)


def align_objective(net: AlignNet, batch: AlignBatch, weights: AlignObjective) -> tuple[Tensor, dict[str, Tensor]]:
    """Forward pass and loss: the total that is minimised, and its unweighted terms."""
    output = net(batch.scenes)
    scene = output.encoding.embedding
    image = _term(net, scene, batch.images, batch.image_scene, weights.kind)
    text = _term(net, scene, batch.texts, batch.text_scene, weights.kind)
    mean_sizes = output.detected.center.new_tensor(net.spec.mean_sizes)
    found = detection_loss(output.detected, batch.scenes.targets, mean_sizes, weights.detector)
    total = weights.detection * found.total + weights.image * image + weights.text * text
    terms = loss_terms(found) | {"image": image.detach(), "text": text.detach(), "scale": net.scale().detach()}
    return weights.scale * total, terms


def _term(net: AlignNet, scene: Tensor, targets: Tensor, owner: Tensor, kind: str) -> Tensor:
    if not len(targets):
        return scene.sum() * 0.0
    if kind == "cosine":
        return cosine_alignment(scene[owner], targets, targets).image
    positives = owner[None, :] == torch.arange(len(scene), device=scene.device)[:, None]
    return info_nce(scene, targets.detach(), net.scale(), positives)
