"""From per-point classes and offsets to instances of a whole scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from sceneglot.errors import SceneglotError
from sceneglot.nets.instance_proposals import ProposalConfig, propose_instances
from sceneglot.tasks.segmentation.inference import Prediction


@dataclass(frozen=True, eq=False)
class SceneInstances:
    """Instances of one scene; no point belongs to two.

    Attributes:
        instance: (N,) int64 row of the point's instance, -1 for none.
        label: (I,) int64 class. score: (I,) float32 in 0..1.
    """

    instance: np.ndarray
    label: np.ndarray
    score: np.ndarray


def find_instances(
    xyz: np.ndarray, found: Prediction, stuff: tuple[int, ...], voxel: float, min_points: int = 50
) -> SceneInstances:
    """Shift every point to the centre it points to and join what meets there.

    Args:
        xyz: (N, 3) metres. stuff: rows of the classes without instances (wall, floor, ...).
        voxel: of the network, metres; shifted points closer than one and a half voxels are joined (as in
            Contrastive Scene Contexts). min_points: smaller groups are no instance.

    Raises:
        SceneglotError: the network has no offsets.
    """
    if found.offset is None:
        raise SceneglotError("this run finds no instances: train it with --instances")
    config = ProposalConfig(radius=1.5 * voxel, min_points=min_points, background=stuff)
    made = propose_instances(
        torch.from_numpy(np.array(xyz, np.float32)),
        torch.zeros(len(xyz), dtype=torch.int64),
        torch.from_numpy(found.probability),
        torch.from_numpy(found.offset),
        config,
    )
    return SceneInstances(made.instance.numpy(), made.label.numpy(), made.score.numpy())
