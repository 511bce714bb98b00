"""Few labels: a share of the scenes, or a few labelled points in each (as in ScanNet's data-efficient track).

Limited reconstructions: 1, 5, 10 or 20 % of the training scenes are labelled. Limited annotations: 20, 50, 100 or 200
points of every scene. All other scenes and points stay in the training without labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sceneglot.errors import SceneglotError

CANDIDATES = 20_000
"""Points the picker clusters; larger scenes are thinned at random."""
COLOR_SCALE = 1.0
"""Metres that the whole range of a colour channel is worth to the picker."""


@dataclass(frozen=True)
class Annotation:
    """Which labels a training may see."""

    percent: float = 100.0
    """Of the training scenes, rounded down, at least one; 0: no labels at all."""
    points: int = 0
    """Labelled points per scene, 0 for all."""
    seed: int = 0
    """Of the drawn scenes and points. The scenes of a smaller percentage are among those of a larger one."""
    scenes: tuple[str, ...] = ()
    """These scenes instead of a percentage (the benchmark publishes lists)."""

    @property
    def any(self) -> bool:
        """Whether there are labels."""
        return bool(self.scenes) or self.percent > 0


def labelled_scenes(scene_ids: Sequence[str], annotation: Annotation) -> tuple[str, ...]:
    """Ids of the scenes whose labels may be used.

    Raises:
        SceneglotError: a percentage outside 0..100, or a listed scene that is not there.
    """
    if annotation.scenes:
        missing = [name for name in annotation.scenes if name not in set(scene_ids)]
        if missing:
            raise SceneglotError(f"labelled scenes: {missing[0]} is not in the training split")
        return annotation.scenes
    if not 0 <= annotation.percent <= 100:
        raise SceneglotError(f"labelled scenes: {annotation.percent} %, expected 0 to 100")
    if not annotation.any:
        return ()
    order = np.random.default_rng(annotation.seed).permutation(len(scene_ids))
    count = max(1, int(len(scene_ids) * annotation.percent / 100 + 1e-9))
    return tuple(sorted(str(scene_ids[int(i)]) for i in order[:count]))


def pick_points(
    xyz: np.ndarray, rgb: np.ndarray, label: np.ndarray, count: int, seed: int, features: np.ndarray | None = None
) -> np.ndarray:
    """(<= count,) int64 points to label: the nearest labelled point to each centre of k-means (50 iterations).

    As the benchmark's points were chosen (Hou et al., 2021) on position, colour and pre-trained features.

    Args:
        xyz: (N, 3) metres. rgb: (N, 3) uint8.
        label: (N,) int64, negative for points that nobody could label.
        features: (N, F) of a pre-trained network, unit rows, or None.
    """
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(seed)
    chosen = np.flatnonzero(label >= 0)
    if len(chosen) > CANDIDATES:
        chosen = np.sort(rng.choice(chosen, CANDIDATES, replace=False))
    if len(chosen) <= count:
        return chosen
    columns = [xyz[chosen], rgb[chosen].astype(np.float32) / 255 * COLOR_SCALE]
    if features is not None:
        columns.append(features[chosen])
    table = np.concatenate(columns, 1).astype(np.float32)
    found = KMeans(count, init="random", n_init=1, max_iter=50, random_state=seed).fit(table)  # type: ignore[arg-type]
    distance = found.transform(table)
    return np.unique(chosen[distance.argmin(0)])


def only(label: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(N,) labels with everything but the chosen points unknown."""
    sparse = np.full_like(label, -1)
    sparse[chosen] = label[chosen]
    return sparse
