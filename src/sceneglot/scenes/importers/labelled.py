"""Objects out of labelled points: what importers of data sets without boxes share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sceneglot.scenes.boxes import boxes_of_instances, mean_colors
from sceneglot.scenes.objects import Objects


def objects_of_points(
    xyz: np.ndarray, instance: np.ndarray, label_of: Mapping[int, str], rgb: np.ndarray | None = None
) -> Objects:
    """One object per instance: the box around all of its points, its label, its mean colour.

    Args:
        xyz: (N, 3) metres. instance: (N,) object ids, negative for none.
        label_of: label of every id that occurs.
        rgb: (N, 3) uint8, or None where there is no colour.
    """
    ids, low, high = boxes_of_instances(xyz, instance)
    low, high = low.astype(np.float64), high.astype(np.float64)
    return Objects(
        id=ids,
        label=tuple(label_of[int(i)] for i in ids),
        center=(low + high) / 2,
        size=high - low,
        color=mean_colors(rgb, instance, ids) if rgb is not None else np.zeros((0, 3), np.uint8),
    )
