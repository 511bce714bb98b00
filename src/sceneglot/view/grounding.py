"""Pictures of a grounded sentence: what is meant and what it was told by, in the scan and on the floor plan."""

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
    """The objects meant in red and what the sentence mentions in blue.

    Grounders on points do not say what was mentioned: they show the objects meant alone. Where nothing is meant, there
    is nothing red.

    Returns:
        (H, W, 3) uint8: from a corner, of four the one that shows most of the first object meant, beside the floor
        plan; the floor plan alone where the scene has no points.
    """
    objects, meant = scene.objects, found.meant
    anchors = [int(i) for i, share in zip(found.ids, found.anchors) if share >= MENTIONED and i not in meant]
    plan = draw_floor_plan(objects, meant, anchors, side=side)
    if not len(scene):
        return plan
    # the likeliest one is drawn last, over the others
    rows = [objects.row_of[i] for i in (*anchors, *reversed(meant))]
    colors = [ANCHOR] * len(anchors) + [TARGET] * len(meant)
    views = render(scene, views=4, size=(side, side))
    best = views[0]
    if meant:
        first = objects.row_of[meant[0]]
        best = max(views, key=lambda view: points_shown(scene, view, objects.center[first], objects.size[first]))
    labels = [f"{objects.label[row]} #{objects.id[row]}" for row in rows]
    corner = draw_boxes(best, objects.center[rows], objects.size[rows], labels, colors)
    height = max(len(corner), len(plan))
    return np.concatenate([_centred(corner, height), _centred(plan, height)], 1)


def _centred(picture: np.ndarray, height: int) -> np.ndarray:
    """The picture between white bands, `height` pixels high."""
    above = (height - len(picture)) // 2
    bands = ((above, height - len(picture) - above), (0, 0), (0, 0))
    return np.pad(picture, bands, constant_values=255)
