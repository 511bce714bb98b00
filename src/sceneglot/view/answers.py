"""Pictures of answers: the scene from a corner with the box of what the answer is about."""

from __future__ import annotations

import numpy as np

from sceneglot.rendering import render
from sceneglot.rendering.boxes import draw_boxes
from sceneglot.scenes import Scene, View


def draw_answer(scene: Scene, text: str, center: np.ndarray, size: np.ndarray, side: int = 480) -> np.ndarray:
    """(side, side, 3) uint8: of four views around the scene, the one that shows most of the box, with the box drawn."""
    views = render(scene, views=4, size=(side, side))
    best = max(views, key=lambda view: points_shown(scene, view, center, size))
    return draw_boxes(best, center[None], size[None], [text])


def points_shown(scene: Scene, view: View, center: np.ndarray, size: np.ndarray) -> int:
    """Number of pixels of a picture of the scene whose point lies in a box: centre and full size, metres."""
    assert view.point is not None  # renders always know their points
    inside = np.all(np.abs(scene.xyz - center) <= size / 2 + 0.02, axis=1)
    return int(np.count_nonzero(inside[view.point[view.point >= 0]]))
