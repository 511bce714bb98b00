"""The loss of hierarchical distillation: every level a term, every term logged apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.losses.distillation import (
    HierarchyWeights,
    object_contrast,
    pooled_log_softmax,
    pooled_rows,
    scene_contrast,
)
from sceneglot.losses.ws3d.language import region_distillation, region_feature_contrast
from sceneglot.tasks.distillation.data import DistillBatch
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.teachers.hierarchy import HierarchyTargets

MOMENT_SCENES = 64
"""Scenes that are enough to know a teacher's mean."""


@torch.no_grad()
def start_like(net: SegmentationNet, targets: Sequence[HierarchyTargets]) -> None:
    """Give the untrained adapter the mean and the spread of the teacher's features in every channel.

    Features of one teacher lie in a narrow cone. The adapter ends with a norm, whose outputs have mean zero at first,
    and the mean would have to be learned as its bias, a learning rate at a time.

    Args:
        targets: of some training scenes; with none the adapter stays as it is.
    """
    known = [t.patches.astype(np.float32) for t in targets if len(t.patches)]
    if not known or net.adapter is None:
        return
    features = torch.from_numpy(np.concatenate(known))
    last = net.adapter.layers[-1]
    assert isinstance(last, nn.BatchNorm1d)
    scale = features.shape[1] ** 0.5  # lengths do not matter; weights of about one learn best
    last.weight.copy_(scale * features.std(0))
    last.bias.copy_(scale * features.mean(0))


def distillation_objective(
    net: SegmentationNet, batch: DistillBatch, weights: HierarchyWeights, progress: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """Forward pass and loss: the total that is minimised, and its unweighted terms.

    Args:
        net: with an adapter into the teacher's space and its words as `bank`.
        progress: of the training, 0..1; schedules read it.
    """
    output = net(batch.cloud)
    rows = output.embedding
    assert rows is not None  # networks of this recipe have an adapter
    first = output.voxels.representatives()
    scene, _ = pooled_rows(rows, batch.cloud.item[first], batch.cloud.batch_size)
    group, count = batch.object[first], len(batch.object_feature)
    objects, seen = pooled_rows(rows, group, count)
    at_points = rows[output.voxels.row[batch.point]]
    everywhere = torch.ones(len(at_points), dtype=torch.bool, device=rows.device)
    dense = region_distillation(at_points, batch.dense, everywhere, net.bank, weights.kl_temperature)
    own = torch.arange(count, device=rows.device)
    pooled, present = pooled_rows(F.normalize(rows, dim=1), batch.region[first], len(batch.region_feature))
    present = present & (batch.region_feature.norm(dim=1) > 0)
    regions = region_distillation(pooled, batch.region_feature, present, net.bank, weights.kl_temperature)
    terms = {
        "scene": scene_contrast(scene, batch.scene, weights.scene_temperature),
        "object": object_contrast(objects, batch.object_feature, seen, weights.object_temperature, weights.alike),
        "cosine": dense.cosine,
        "kl": dense.kl,
        "region_cosine": regions.cosine,
        "region_kl": regions.kl,
        "region_contrast": region_feature_contrast(pooled, batch.region_feature, present, weights.region_temperature),
        "pooled": rows.sum() * 0.0,
    }
    if weights.pooled.weight:
        terms["pooled"] = pooled_log_softmax(rows, group, batch.object_feature, own, weights.pooled_temperature)
    total = torch.stack([getattr(weights, name).at(progress) * term for name, term in terms.items()]).sum()
    return total, {name: term.detach() for name, term in terms.items()}
