"""Wireframes on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.rendering import draw_boxes, label_color
from sceneglot.scenes import Camera, View


def blank(depth: float = 0.0) -> View:
    camera = Camera(100, 100, 50, 50, 100, 100, np.eye(4))
    return View("v", camera, np.zeros((100, 100, 3), np.uint8), np.full((100, 100), depth, np.float32))


def test_edges_run_where_the_corners_project():
    view = blank()
    image = draw_boxes(view, [[0, 0, 3]], [[1, 1, 2]], colors=[(255, 0, 0)], width=1)
    red = (image == (255, 0, 0)).all(-1)
    # near face at depth 2: half a metre is 25 pixels; far face at depth 4: 12.5 pixels
    assert red[25, 30:70].all() and red[30:70, 75].all() and red[37:38, 40:60].any()
    assert not red[45:55, 45:55].any() and not red[:24].any()
    assert (view.rgb == 0).all()


def test_hidden_edges_are_dotted():
    seen = (draw_boxes(blank(), [[0, 0, 3]], [[1, 1, 1]], colors=[(255, 0, 0)]) > 0).sum()
    hidden = (draw_boxes(blank(1.0), [[0, 0, 3]], [[1, 1, 1]], colors=[(255, 0, 0)]) > 0).sum()
    assert 0 < hidden < 0.7 * seen


def test_boxes_behind_and_around_the_camera():
    assert (draw_boxes(blank(), [[0, 0, -3]], [[1, 1, 1]], ["behind"]) == 0).all()
    around = draw_boxes(blank(), [[0, 0, 0]], [[2, 2, 4]], colors=[(9, 9, 9)])
    assert (around > 0).any()


def test_labels_stay_in_the_picture():
    image = draw_boxes(blank(), [[0.9, -0.9, 2.0]], [[0.3, 0.3, 0.3]], ["a very long label indeed"])
    assert (image[:20] == label_color("a very long label indeed")).all(-1).sum() > 100


def test_no_boxes_and_wrong_counts():
    assert (draw_boxes(blank(), np.zeros((0, 3)), np.zeros((0, 3))) == 0).all()
    with pytest.raises(SceneglotError, match="labels"):
        draw_boxes(blank(), np.zeros((2, 3)), np.ones((2, 3)), ["one"])
    with pytest.raises(SceneglotError, match="sizes"):
        draw_boxes(blank(), np.zeros((2, 3)), np.ones((1, 3)))


def test_label_colours_are_fixed():
    assert label_color("chair") == label_color("chair") != label_color("table")
