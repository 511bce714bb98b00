"""Localisation scores: share of predicted boxes that overlap the right one enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from sceneglot.ops.boxes import iou

THRESHOLDS = (0.25, 0.5)


def box_iou(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N,) float64 IoU of boxes with boxes, row by row; both (N, 6) centre and full size, metres.

    Rows of NaN (no box predicted) overlap nothing.
    """
    a, b = (torch.as_tensor(np.asarray(x, np.float64).reshape(-1, 6)) for x in (boxes, others))
    value = iou(a[:, :3], a[:, 3:], b[:, :3], b[:, 3:])
    return torch.nan_to_num(value, nan=0.0).numpy()


def box_of_corners(corners: np.ndarray) -> np.ndarray:
    """(..., 6) centre and full size of the axis-aligned boxes that enclose corners (..., 8, 3)."""
    corners = np.asarray(corners, np.float64)
    low, high = corners.min(-2), corners.max(-2)
    return np.concatenate([(low + high) / 2, high - low], -1)


def localization(overlap: np.ndarray, thresholds: Sequence[float] = THRESHOLDS) -> dict[str, float]:
    """ScanRefer's accuracy: share of `overlap` (N,) at or above each threshold, as {"acc@0.25": ..., "acc@0.5": ...}.

    Give one value per question or description, 0 where nothing was predicted.
    """
    overlap = np.asarray(overlap, np.float64)
    return {f"acc@{t:g}": float((overlap >= t).mean()) if len(overlap) else 0.0 for t in thresholds}


def unique_mask(scene_ids: Sequence[str], object_ids: Sequence[int], classes: Sequence[int]) -> np.ndarray:
    """(N,) bool: descriptions whose object is the only *described* one of its class in the scene.

    ScanRefer's "unique" stratum, which looks at the loaded descriptions only: objects nobody described do not count.
    Strata of different code bases differ (19 % here, other papers 15 to 19 %); only "overall" compares.

    Args:
        scene_ids, object_ids: what each of the N descriptions is about.
        classes: label in the 18-class space of its object.
    """
    members: dict[tuple[str, int], set[int]] = {}
    for scene, thing, label in zip(scene_ids, object_ids, classes):
        members.setdefault((scene, label), set()).add(thing)
    return np.array([len(members[scene, label]) == 1 for scene, label in zip(scene_ids, classes)], bool)


def unique_among_all(
    scene_ids: Sequence[str], classes: Sequence[int], scene_classes: Mapping[str, Sequence[int]]
) -> np.ndarray:
    """(N,) bool: descriptions whose object is the only *instance* of its class in the scene, described or not.

    The variant of GPS's released evaluator; it finds fewer unique ones than ScanRefer's own rule (`unique_mask`).

    Args:
        scene_ids, classes: scene and 18-class label of what each description is about.
        scene_classes: scene -> 18-class labels of all its instances.
    """
    return np.array([list(scene_classes[s]).count(c) == 1 for s, c in zip(scene_ids, classes)], bool)


def by_stratum(overlap: np.ndarray, unique: np.ndarray) -> dict[str, dict[str, float]]:
    """`localization` over all, the unique and the multiple descriptions, with their numbers as "n"."""
    overlap, unique = np.asarray(overlap, np.float64), np.asarray(unique, bool)
    parts = {"overall": np.ones_like(unique), "unique": unique, "multiple": ~unique}
    return {name: {"n": int(mask.sum()), **localization(overlap[mask])} for name, mask in parts.items()}
