"""The pre-training loss: detection, and alignment by cosine (the paper) or contrast (our default).

The paper aligns the scene embedding with sentences that describe single objects. Our default also aligns what such a
sentence is about, the tokens of the object's proposals, so that colours and names reach the tokens questions read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from sceneglot.losses.alignment import cosine_alignment, info_nce
from sceneglot.losses.detection import DetectionWeights, assign, detection_loss
from sceneglot.tasks.alignment.data import AlignBatch
from sceneglot.tasks.alignment.net import AlignNet, AlignOutput
from sceneglot.tasks.vqa.objective import loss_terms


@dataclass(frozen=True)
class AlignObjective:
    """L = scale * (detection * L_det + image * L_image + text * L_text + object * L_object).

    Attributes:
        kind: "contrast" is InfoNCE in which everything of the same scene is positive; "cosine" is the published
            loss, 1 - cos with 0.05 for the picture and 0.05 for the sentence (released code), which has no negatives.
        image, text: weights of the alignment terms.
        object: weight of the contrast between objects and the sentences that single them out; 0 in the paper.
        detection: weight of VoteNet's loss.
        scale: common factor; 10 in the released code.
    """

    kind: Literal["contrast", "cosine"] = "contrast"
    image: float = 0.05
    text: float = 0.05
    object: float = 0.1
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
    if weights.object:
        named = object_contrast(net, output, batch, weights.detector)
        total = total + weights.object * named
        terms["object"] = named.detach()
    return weights.scale * total, terms


def object_contrast(net: AlignNet, output: AlignOutput, batch: AlignBatch, weights: DetectionWeights) -> Tensor:
    """InfoNCE between objects and the sentences that single them out, among all of the batch.

    An object is where the detector's positive proposals for it are; objects without one do not count.
    """
    found = assign(output.detected.anchor, batch.scenes.targets, weights)
    scene, row = batch.text_scene, batch.text_object
    member = found.positive[scene] & (found.slot[scene] == row[:, None])
    seen = member.any(1)
    scene, row, member = scene[seen], row[seen], member[seen]
    if not len(scene):
        return output.encoding.tokens.sum() * 0.0
    same = (scene[:, None] == scene) & (row[:, None] == row)
    embedding = net.embed_objects(output, scene, member)
    return info_nce(embedding, batch.texts[seen].detach(), net.object_temperature(), same)


def _term(net: AlignNet, scene: Tensor, targets: Tensor, owner: Tensor, kind: str) -> Tensor:
    if not len(targets):
        return scene.sum() * 0.0
    if kind == "cosine":
        return cosine_alignment(scene[owner], targets, targets).image
    positives = owner[None, :] == torch.arange(len(scene), device=scene.device)[:, None]
    return info_nce(scene, targets.detach(), net.scale(), positives)
