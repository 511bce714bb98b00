"""The losses of GPS on points: stage 1 aligns objects with names, stage 2 everything else."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from sceneglot.losses.gps.contrast import NamedClasses, object_names, scene_contrast
from sceneglot.losses.gps.referral import multi_positive_cross_entropy
from sceneglot.losses.gps.words import word_loss
from sceneglot.tasks.gps.data import PointBatch
from sceneglot.tasks.gps.net import PointGPS


@dataclass(frozen=True)
class GPSObjective:
    """Weights of the terms; a term of weight 0 is still logged. The paper's sum has weight 1 throughout.

    Attributes:
        referral: the target among the objects of its scene, by similarity with the sentence.
        scene: scene embedding and caption, over all processes.
        words: masked words of the referral.
        objects: names of objects, in stage 2 too (0: the paper freezes the object encoder after stage 1).
        mlp: the target by the MLP head (fine-tuning and zero-shot-text use this one alone).
        names: how objects are compared with names.
    """

    referral: float = 1.0
    scene: float = 1.0
    words: float = 1.0
    objects: float = 0.0
    mlp: float = 0.0
    names: NamedClasses = field(default_factory=NamedClasses)


def object_stage(net: PointGPS, batch: PointBatch, weights: GPSObjective) -> tuple[Tensor, dict[str, Tensor]]:
    """Stage 1: every object against the names of all labels."""
    loss = _names(net, net.encode(batch).features, batch, weights)
    return loss, {"objects": loss.detach()}


def full_stage(net: PointGPS, batch: PointBatch, weights: GPSObjective) -> tuple[Tensor, dict[str, Tensor]]:
    """Stage 2: referral, scene and words."""
    output = net(batch)
    scale = net.gps.scene_temperature()
    terms = {
        "referral": multi_positive_cross_entropy(output.gps.similarity, batch.target),
        "mlp": multi_positive_cross_entropy(output.gps.mlp, batch.target),
        "scene": scene_contrast(output.gps.scene, output.caption, scale, batch.scene, batch.has_caption),
        "objects": _names(net, output.encoded.features, batch, weights),
    }
    if output.gps.vocabulary is not None:
        terms["words"] = word_loss(output.gps.vocabulary, batch.words)
    total = sum((getattr(weights, name) * term for name, term in terms.items()), batch.location.new_zeros(()))
    return total, {name: term.detach() for name, term in terms.items()}


def _names(net: PointGPS, features: Tensor, batch: PointBatch, weights: GPSObjective) -> Tensor:
    table = net.get_buffer("label_vectors")
    return object_names(net.to_label(features), table, net.gps.object_temperature(), batch.label, weights.names)
