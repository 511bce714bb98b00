"""The losses of GPS on points: stage 1 aligns objects with names, stage 2 everything else."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from sceneglot.losses.gps.contrast import NamedClasses, object_contrast, object_names, scene_contrast
from sceneglot.losses.gps.questions import answer_loss, object_loss
from sceneglot.losses.gps.referral import member_cross_entropy, multi_positive_cross_entropy
from sceneglot.losses.gps.words import IGNORE, word_loss
from sceneglot.tasks.gps.data import PointBatch
from sceneglot.tasks.gps.net import NamedObjects, PointGPSOutput


@dataclass(frozen=True)
class GPSObjective:
    """Weights of the terms; a term of weight 0 is still logged. The paper's sum has weight 1 throughout.

    Attributes:
        referral: the target among the objects of its scene, by similarity with the sentence.
        scene: scene embedding and caption, over all processes.
        words: masked words of the referral; 0 leaves the word head out.
        objects: names of objects, in stage 2 too (0: the paper freezes the object encoder after stage 1).
        mlp: the target by the MLP head (fine-tuning and zero-shot-text use this one alone).
        members: no, one or several targets by the MLP head, each object by itself (Multi3DRefer); not logged at 0.
        names: how objects are compared with names.
    """

    referral: float = 1.0
    scene: float = 1.0
    words: float = 1.0
    objects: float = 0.0
    mlp: float = 0.0
    members: float = 0.0
    names: NamedClasses = field(default_factory=NamedClasses)


@dataclass(frozen=True)
class ObjectObjective:
    """Weights of stage 1.

    Attributes:
        objects: classification of every object against the names of all labels (the released code).
        captions: contrast of objects with captions of them over the batch (the paper).
        names: how objects are compared with names.
    """

    objects: float = 1.0
    captions: float = 0.0
    names: NamedClasses = field(default_factory=NamedClasses)


def object_stage(net: nn.Module, batch: PointBatch, weights: ObjectObjective) -> tuple[Tensor, dict[str, Tensor]]:
    """Stage 1 (`ObjectNamer`); captions are looked at where the batch has vectors of them."""
    found: NamedObjects = net(batch)
    terms = {"objects": _names(found, batch, weights.names)}
    if batch.vectors.shape[1]:
        told = batch.target.any(1)
        objects = found.named[batch.scene_of, batch.target.to(torch.uint8).argmax(1)][told]
        captions, about = batch.vectors[told], batch.about[told]
        same = alike(captions) | (about[:, None] == about)
        terms["captions"] = object_contrast(objects, captions, found.scale, same)
    total = sum((getattr(weights, name) * term for name, term in terms.items()), batch.location.new_zeros(()))
    return total, {name: term.detach() for name, term in terms.items()}


ALIKE = 1 - 1e-5
"""Cosine from which two captions are one and the same text."""


def alike(captions: Tensor) -> Tensor:
    """(R, R) bool, which of (R, T) unit vectors are of one text; in full precision, autocast would round it away."""
    with torch.autocast(captions.device.type, enabled=False):
        vectors = captions.float()
        return vectors @ vectors.T > ALIKE


def full_stage(net: nn.Module, batch: PointBatch, weights: GPSObjective) -> tuple[Tensor, dict[str, Tensor]]:
    """Stage 2 (`PointGPS`): referral, scene and words."""
    output: PointGPSOutput = net(batch)
    gps = output.gps
    terms = {
        "referral": multi_positive_cross_entropy(gps.similarity, batch.target),
        "mlp": multi_positive_cross_entropy(gps.mlp, batch.target),
        "scene": scene_contrast(gps.scene, output.caption, output.scene_scale, batch.scene, batch.has_caption),
        "objects": _names(output.objects, batch, weights.names),
    }
    if output.vocabulary is not None:
        terms["words"] = word_loss(output.vocabulary, batch.words[batch.words != IGNORE])
    if weights.members:
        real = batch.mask[batch.scene_of]
        terms["members"] = member_cross_entropy(gps.mlp, batch.target, real, batch.complete)
    total = sum((getattr(weights, name) * term for name, term in terms.items()), batch.location.new_zeros(()))
    return total, {name: term.detach() for name, term in terms.items()}


@dataclass(frozen=True)
class QuestionObjective:
    """Attributes: answers: binary cross-entropy over the vocabulary; objects: over which objects a question is about
    (GPS's fine-tuning on ScanQA has both, on SQA3D, whose questions name no objects, only the answers count)."""

    answers: float = 1.0
    objects: float = 1.0


def question_stage(net: nn.Module, batch: PointBatch, weights: QuestionObjective) -> tuple[Tensor, dict[str, Tensor]]:
    """Fine-tuning on questions (`PointGPS` with an answer head)."""
    output: PointGPSOutput = net(batch)
    gps, mask = output.gps, batch.mask[batch.scene_of]
    assert gps.answers is not None
    terms = {
        "answers": answer_loss(gps.answers, batch.answers),
        "objects": object_loss(gps.similarity, batch.target, mask),
    }
    # Every head takes part, with weight 0 where it is not trained: data-parallel wrappers want all parameters used.
    idle = 0.0 * (gps.scene.sum() + output.scene_scale + output.objects.named.sum() + output.objects.scale)
    idle = idle + 0.0 * (gps.mlp[mask].sum() + output.caption.sum())
    total = weights.answers * terms["answers"] + weights.objects * terms["objects"] + idle
    return total, {name: term.detach() for name, term in terms.items()}


def _names(objects: NamedObjects, batch: PointBatch, config: NamedClasses) -> Tensor:
    return object_names(objects.named, objects.names, objects.scale, batch.label, config)
