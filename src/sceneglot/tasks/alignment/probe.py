"""Collapse alarms of pre-training: does the embedding still tell scenes apart?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from sceneglot.metrics.retrieval import recall_at
from sceneglot.tasks.alignment.data import SceneTargets
from sceneglot.tasks.alignment.net import AlignNet
from sceneglot.tasks.sample import PointConfig, SceneSample, collate_scenes


@torch.no_grad()
def embed_scenes(net: AlignNet, samples: Sequence[SceneSample], points: PointConfig, batch_size: int = 8) -> np.ndarray:
    """(S, E) float32 unit embeddings of drawn samples; leaves the net in evaluation mode."""
    net.eval()
    device = next(net.parameters()).device
    rows = []
    for start in range(0, len(samples), batch_size):
        scenes = collate_scenes(list(samples[start : start + batch_size]), points).to(device)
        rows.append(F.normalize(net(scenes).encoding.embedding, dim=-1).cpu())
    return torch.cat(rows).numpy()


def collapse_alarms(embeddings: np.ndarray, targets: Sequence[SceneTargets]) -> dict[str, float]:
    """Retrieval of scenes by their mean sentence and mean picture, and how far apart scene embeddings are.

    Args:
        embeddings: (S, E) unit rows; targets: the S scenes' frozen features.

    Returns:
        `text_r1`, `text_r5`, `image_r1`, `image_r5` in 0..1; `chance_r1` = 1/S; `spread`, the mean squared distance of
        unit embeddings to their mean (0: collapsed to one direction, near 1: all directions used).
    """
    found = {"chance_r1": 1 / max(1, len(embeddings))}
    for name in ("texts", "images"):
        if all(len(getattr(t, name)) for t in targets):
            means = np.stack([_unit(getattr(t, name).mean(0)) for t in targets])
            similarity = means @ embeddings.T
            r1, r5 = recall_at(similarity, (1, 5))
            found |= {f"{name[:-1]}_r1": r1, f"{name[:-1]}_r5": r5}
    return found | {"spread": float(np.square(embeddings - embeddings.mean(0)).sum(1).mean())}


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(1e-9, float(np.linalg.norm(vector)))
