"""Crops of objects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from boxroom import COLORS, TABLE, boxroom, object_map

from sceneglot.errors import SceneglotError
from sceneglot.rendering import Style, cut, object_crops, render, with_box_points
from sceneglot.rendering.crops import grown


def test_crop_is_tight_and_counts_points(room):
    views = render(room, 6, (128, 128), style=Style(smooth=False))
    crops = object_crops(room, views, per_object=4, min_pixels=1)
    assert 1 <= len(crops) <= 4 and {c.object_id for c in crops} == {5}
    assert [c.points for c in crops] == sorted((c.points for c in crops), reverse=True)
    for crop in crops:
        view = views[crop.view]
        mine = (view.point >= 0) & (room.instance[view.point] == 5)
        rows, columns = np.nonzero(mine)
        assert crop.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert crop.pixels == mine.sum() and crop.points == len(np.unique(view.point[mine]))
        assert crop.share == pytest.approx(crop.points / (room.instance == 5).sum())
        patch = cut(view, crop, square=False)
        assert patch.shape[:2] == (crop.box[3] - crop.box[1], crop.box[2] - crop.box[0])
        assert (patch.reshape(-1, 3) == COLORS[TABLE]).all(1).mean() > 0.3


def test_every_object_of_a_map_is_found():
    scene = with_box_points(object_map())
    crops = object_crops(scene, render(scene, 4, (96, 96)), per_object=2)
    assert [c.row for c in crops] == [0, 0, 1, 1] and {c.object_id for c in crops} == {3, 8}


def test_hidden_or_small_objects_have_no_crop(room):
    views = render(room, 2, (64, 64))
    assert object_crops(room, views, min_pixels=10_000) == []
    assert object_crops(room, views, min_share=1.1) == []
    assert object_crops(room, []) == []
    assert object_crops(room, [replace(v, point=None) for v in views]) == []
    with pytest.raises(SceneglotError, match="instance"):
        object_crops(replace(boxroom(), instance=None), views)


def test_grown_rectangles():
    assert grown((10, 20, 30, 60), 1.0, False) == (10, 20, 30, 60)
    assert grown((10, 20, 30, 60), 1.0, True) == (0, 20, 40, 60)
    assert grown((10, 20, 30, 60), 1.5, False) == (5, 10, 35, 70)


def test_cut_beyond_the_edge_is_background_and_resized(room):
    view = render(room, 1, (64, 64))[0]
    crop = replace(object_crops(room, [view], min_pixels=1)[0], box=(-10, 0, 20, 30))
    patch = cut(view, crop, background=(1, 2, 3))
    assert patch.shape == (30, 30, 3) and (patch[:, :10] == (1, 2, 3)).all()
    np.testing.assert_array_equal(patch[:, 10:], view.rgb[:30, :20])
    assert cut(view, crop, size=50).shape == (50, 50, 3)
