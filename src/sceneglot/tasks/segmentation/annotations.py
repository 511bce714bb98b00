"""Few labels: a share of the scenes, or a few labelled points in each (as in ScanNet's data-efficient track).

Limited reconstructions: 1, 5, 10 or 20 % of the training scenes are labelled. Limited annotations: 20, 50, 100 or 200
points of every scene. All other scenes and points stay in the training without labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.readers.torchfile import read_torch

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
    """These scenes instead of a percentage."""
    scene_list: str = ""
    """A text file with the ids of the labelled scenes, one a line (tasks/scenes/5.txt of the benchmark)."""
    point_lists: str = ""
    """A torch file with the labelled points of every scene (tasks/points/points20 of the benchmark)."""

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= 100:
            raise SceneglotError(f"labelled scenes: {self.percent} %, expected 0 to 100")
        if self.points < 0:
            raise SceneglotError(f"labelled points: {self.points} per scene, expected a number from 1, or 0 for all")
        if self.points and self.point_lists:
            raise SceneglotError("labelled points: a number per scene and a list of them exclude each other")
        if self.scenes and self.scene_list:
            raise SceneglotError("labelled scenes: names and a file of them exclude each other")

    @property
    def any(self) -> bool:
        """Whether there are labels."""
        return bool(self.scenes or self.scene_list) or self.percent > 0

    @property
    def sparse(self) -> bool:
        """Whether only some points of a labelled scene have labels."""
        return bool(self.points or self.point_lists)


def labelled_scenes(scene_ids: Sequence[str], annotation: Annotation) -> tuple[str, ...]:
    """Ids of the scenes whose labels may be used, each once.

    Raises:
        SceneglotError: a listed scene that is not there.
    """
    listed = annotation.scenes or (read_scene_list(Path(annotation.scene_list)) if annotation.scene_list else ())
    if listed:
        known = set(scene_ids)
        if missing := [name for name in listed if name not in known]:
            where, share = annotation.scene_list or "labelled scenes", f"{len(missing)} of {len(listed)}"
            raise SceneglotError(f"{where}: {share} are not in the training split, first {missing[0]!r}")
        return tuple(dict.fromkeys(listed))
    if not annotation.any:
        return ()
    order = np.random.default_rng(annotation.seed).permutation(len(scene_ids))
    count = max(1, int(len(scene_ids) * annotation.percent / 100 + 1e-9))
    return tuple(sorted(str(scene_ids[int(i)]) for i in order[:count]))


def read_scene_list(path: Path) -> tuple[str, ...]:
    """Scene ids of a text file, one a line; empty lines do not count.

    Raises:
        BadFileError: unreadable, without ids, or an id named twice.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError(path, f"cannot be read as a list of scenes ({error})") from error
    names = tuple(line for line in lines if line)
    if not names or len(set(names)) != len(names):
        raise BadFileError(path, "expected the ids of different scenes, one a line")
    return names


def read_point_lists(path: Path) -> Mapping[str, np.ndarray]:
    """Scene id -> (K,) int64 indices of its labelled points: vertices of `<id>_vh_clean_2.ply` in the benchmark.

    The benchmark's files are torch-saved dictionaries (`tasks/points/points20`, read by Contrastive Scene Contexts and
    Pointcept). Nothing in them is ever unpickled but arrays and text.

    Raises:
        BadFileError: damaged, or something else than such a dictionary.
    """
    found = read_torch(path)
    if not isinstance(found, dict) or not found:
        raise BadFileError(path, "expected a dictionary from scene ids to indices of points")
    lists = {}
    for name, value in found.items():
        rows = _indices(value)
        if not isinstance(name, str) or rows is None:
            raise BadFileError(path, f"{str(name)[:40]!r}: expected a list of indices of points, from 0")
        lists[name] = rows
    return lists


def _indices(value: object) -> np.ndarray | None:
    """(K,) int64 of a list of whole numbers from 0; None for anything else."""
    try:
        rows = np.asarray(value)
    except (ValueError, TypeError, OverflowError):  # lists of lists of different lengths
        return None
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        return None
    rows = rows.astype(np.int64)  # before the comparison: large unsigned numbers become negative
    return None if (rows < 0).any() else rows


def listed_points(lists: Mapping[str, np.ndarray], scene_id: str, count: int) -> np.ndarray:
    """(K,) int64 ascending labelled points of a scene of `count` points.

    Raises:
        SceneglotError: the lists lack the scene, or name points that it does not have.
    """
    if scene_id not in lists:
        raise SceneglotError(f"labelled points: the lists have no scene {scene_id}")
    rows = np.unique(lists[scene_id])
    if len(rows) and rows[-1] >= count:
        raise SceneglotError(
            f"labelled points: scene {scene_id} has {count:,} points, the lists name number {rows[-1]:,}; "
            "import the scan whole"
        )
    return rows


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
