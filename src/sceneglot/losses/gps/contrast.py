"""Object- and scene-level contrast of GPS.

Shapes: B rows per process, R = rows over all processes, N objects, C classes, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from sceneglot.losses.alignment import info_nce
from sceneglot.losses.gps.gather import gather_rows


def scene_contrast(scene: Tensor, caption: Tensor, scale: Tensor, scene_id: Tensor, has_caption: Tensor) -> Tensor:
    """Symmetric InfoNCE between scene and caption embeddings over all processes.

    Rows of one scene are positives of each other: the same room often occurs several times in a batch, and pushing its
    captions away from itself would contradict the pull. Rows without a caption count neither as row nor as negative,
    instead of sharing a placeholder sentence.

    Args:
        scene, caption: (B, D), any length.
        scale: scalar inverse temperature; a parameter of the network, so that it is optimised.
        scene_id: (B,) int64, equal numbers for equal scenes, across processes too.
        has_caption: (B,) bool.

    Returns:
        Scalar; zero when there is no caption anywhere.
    """
    scene, caption, scene_id, has_caption = (gather_rows(t) for t in (scene, caption, scene_id, has_caption))
    scene, caption, scene_id = (t[has_caption] for t in (scene, caption, scene_id))
    return info_nce(scene, caption, scale, scene_id[:, None] == scene_id[None])


def object_contrast(objects: Tensor, captions: Tensor, scale: Tensor, same: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE between objects and their captions over the batch of one process (stage 1 of the paper).

    Args:
        objects: (R, D) features of the real objects that have a caption; captions: (R, D) frozen text features.
        scale: scalar inverse temperature.
        same: (R, R) bool, captions that are as true of another row's object: one text ("a chair"), or another caption
            of the same object; None: none.
    """
    positives = torch.eye(len(objects), dtype=torch.bool, device=objects.device)
    return info_nce(objects, captions.detach(), scale, positives if same is None else positives | same)


@dataclass(frozen=True)
class NamedClasses:
    """How `object_names` compares objects with class names.

    Attributes:
        smoothing: label smoothing; the released code has 0.3.
        raw: plain dot products without temperature, as the released code has it; else scale times the cosine.
    """

    smoothing: float = 0.0
    raw: bool = False


def object_names(
    objects: Tensor, names: Tensor, scale: Tensor, label: Tensor, config: NamedClasses | None = None
) -> Tensor:
    """Classification against frozen text features of class names (stage 1 of the released code).

    Args:
        objects: (B, N, D); names: (C, D) frozen.
        scale: scalar inverse temperature.
        label: (B, N) int64 class, -100 for padding and unknown labels, which do not count.

    Returns:
        Scalar; zero when no object has a label.
    """
    config, names = config or NamedClasses(), names.detach()
    if config.raw:
        logits = objects @ names.T
    else:
        logits = scale * F.normalize(objects, dim=-1) @ F.normalize(names, dim=-1).T
    if not (label >= 0).any():
        return logits.sum() * 0.0
    return F.cross_entropy(logits.flatten(0, 1), label.flatten(), label_smoothing=config.smoothing)
