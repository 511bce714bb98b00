"""Pictures of a grounded sentence: the object chosen and the ones it was told by, in the scan and on the floor plan."""

from __future__ import annotations

import numpy as np

from sceneglot.rendering import render
from sceneglot.rendering.boxes import draw_boxes
from sceneglot.scenes import Scene
from sceneglot.tasks.grounding.predict import Grounded
from sceneglot.view.answers import points_shown
from sceneglot.view.floor_plan import ANCHOR, TARGET, draw_floor_plan

MENTIONED = 0.2
"""Share of the anchors' probability from which an object is shown as mentioned."""


def draw_grounding(scene: Scene, found: Grounded, side: int = 480) -> np.ndarray:
    """The chosen object in red and what the sentence mentions in blue.

    Grounders on points do not say what was mentioned: they show the chosen object alone.

    Returns:
        (H, W, 3) uint8: from a corner, of four the one that shows most of the object, beside the floor plan; the floor
        plan alone where the scene has no points.
    """
    objects = scene.objects
    target = objects.row_of[found.chosen]
    anchors = [int(i) for i, share in zip(found.ids, found.anchors) if share >= MENTIONED and i != found.chosen]
    plan = draw_floor_plan(objects, (found.chosen,), anchors, side=side)
    if not len(scene):
        return plan
    rows = [*(objects.row_of[i] for i in anchors), target]  # the chosen one is drawn last, over the others
    colors = [ANCHOR] * len(anchors) + [TARGET]
    views = render(scene, views=4, size=(side, side))
    best = max(views, key=lambda view: points_shown(scene, view, objects.center[target], objects.size[target]))
    labels = [f"{objects.label[row]} #{objects.id[row]}" for row in rows]
    corner = draw_boxes(best, objects.center[rows], objects.size[rows], labels, colors)
    height = max(len(corner), len(plan))
    return np.concatenate([_centred(corner, height), _centred(plan, height)], 1)


def _centred(picture: np.ndarray, height: int) -> np.ndarray:
    """The picture between white bands, `height` pixels high."""
    above = (height - len(picture)) // 2
    bands = ((above, height - len(picture) - above), (0, 0), (0, 0))
    return np.pad(picture, bands, constant_values=255)
