"""Detected boxes as a picture, and the points they hold as a coloured cloud."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sceneglot.rendering import Cloud, draw_boxes, render, top_down
from sceneglot.scenes import Scene
from sceneglot.view.parsed import write_labelled_ply

NOTHING = "nothing"
"""Label of points in no box."""


def draw_detections(
    scene: Scene, centers: np.ndarray, sizes: np.ndarray, labels: Sequence[str], side: int = 480
) -> np.ndarray:
    """(side, 2 side, 3) uint8: the scene from above and from a corner, with the boxes and their labels drawn in."""
    cloud = Cloud.of(scene)
    views = [top_down(cloud, (side, side)), *render(cloud, 1, (side, side))]
    return np.concatenate([draw_boxes(view, centers, sizes, labels) for view in views], 1)


def write_detections_ply(path: Path, scene: Scene, row: np.ndarray, labels: Sequence[str], score: np.ndarray) -> Path:
    """Write a PLY in which every point has the colour and label of its box, and the box's score as confidence.

    Args:
        row: (N,) box of each point, -1 for none. labels: K names. score: (K,) in 0..1.
    """
    names = (NOTHING, *dict.fromkeys(labels))
    class_of_box = np.array([names.index(label) for label in (*labels, NOTHING)], np.int32)  # row -1 is the last one
    confidence = np.append(np.asarray(score, np.float32), np.float32(0))
    return write_labelled_ply(path, scene, class_of_box[row], confidence[row], names)
