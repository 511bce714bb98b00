"""What the prepared forms of ScanNet share: class indices back to NYU40, objects named by their class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.labels import NYU40_NAMES, SCANNET20_NYU40

SPLITS = ("train", "val", "test")

OFFICIAL_SCENES = {"train": 1201, "val": 312, "test": 100}

REQUEST = "http://www.scan-net.org/"

NAMES_NOTE = "objects are named by their class: this form has no raw labels"


def class_names(instance: np.ndarray | None, semantic: np.ndarray | None) -> dict[int, str]:
    """Object id -> name of the commonest NYU40 class of its points."""
    if instance is None or semantic is None:
        return {}
    labelled = (instance >= 0) & (semantic > 0)
    return {i: NYU40_NAMES[kind] for i, kind in majority(instance[labelled], semantic[labelled]).items()}


def majority(instance: np.ndarray, kind: np.ndarray) -> dict[int, int]:
    """Object id -> its commonest kind (the smaller one of equals). Both (N,), not negative."""
    pairs, counts = np.unique(instance.astype(np.int64) << 16 | kind.astype(np.int64), return_counts=True)
    ids, kinds = pairs >> 16, pairs & 0xFFFF
    order = np.lexsort((kinds, -counts, ids))
    ids, first = np.unique(ids[order], return_index=True)
    return dict(zip(ids.tolist(), kinds[order][first].tolist()))


def classes_from_20(path: Path, values: np.ndarray, count: int) -> np.ndarray:
    """(N,) indices into the 20 classes -> NYU40 ids; -100, -1 and 255 become 0.

    Raises:
        BadFileError: another length, or an index that is none of these.
    """
    index = whole_numbers(path, values, count, "class")
    ignored = (index < 0) | (index == 255)
    if (index[~ignored] >= len(SCANNET20_NYU40)).any():
        raise BadFileError(path, f"holds class {index[~ignored].max()}, expected 0 to 19, -1, -100 or 255")
    return np.where(ignored, 0, np.array(SCANNET20_NYU40)[np.where(ignored, 0, index)])


def whole_numbers(path: Path, values: np.ndarray, count: int, name: str) -> np.ndarray:
    """(N,) int64 of an array that must hold one whole number per point. Raises BadFileError."""
    fits = values.shape in ((count,), (count, 1)) and values.dtype.kind in "iuf"
    if not fits or not np.isfinite(values).all():
        raise BadFileError(path, f"{name} has shape {values.shape} and type {values.dtype}, expected ({count:,},)")
    if (values != np.rint(values)).any():
        raise BadFileError(path, f"{name} holds no whole numbers")
    return np.clip(values.reshape(-1), -(2**31), 2**31 - 1).astype(np.int64)
