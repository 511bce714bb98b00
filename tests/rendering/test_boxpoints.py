"""Object maps as points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from boxroom import empty, object_map

from sceneglot.rendering import with_box_points
from sceneglot.scenes import Objects


def test_points_lie_on_their_boxes():
    scene = with_box_points(object_map())
    for row, name in enumerate((3, 8)):
        xyz = scene.xyz[scene.instance == name]
        low, high = scene.objects.low[row], scene.objects.high[row]
        np.testing.assert_allclose(xyz.min(0), low, atol=1e-5)
        np.testing.assert_allclose(xyz.max(0), high, atol=1e-5)
        on_face = (np.isclose(xyz, low, atol=1e-5) | np.isclose(xyz, high, atol=1e-5)).any(1)
        assert on_face.all()
        outward = ((xyz - scene.objects.center[row]) * scene.normal[scene.instance == name]).sum(1)
        assert (outward > 0).all()
    assert (scene.instance == -1).any() and scene.xyz.dtype == np.float32 and scene.rgb.dtype == np.uint8


def test_scene_with_points_and_empty_scene_stay(room):
    assert with_box_points(room) is room
    blank = empty()
    assert with_box_points(blank) is blank


def test_colours_come_from_the_map_or_from_the_labels():
    scene = object_map()
    by_label = with_box_points(scene)
    assert len(np.unique(by_label.rgb[by_label.instance == 3], axis=0)) > 1  # faces are lit differently
    objects = replace(scene.objects, color=np.array([[200, 0, 0], [0, 200, 0]], np.uint8))
    own = with_box_points(replace(scene, objects=objects))
    assert (own.rgb[own.instance == 3][:, 1:] == 0).all() and own.rgb[own.instance == 3][:, 0].max() == 200


def test_huge_maps_stay_bounded():
    size = np.full((50, 3), 30.0)
    objects = Objects(np.arange(50), ("hall",) * 50, np.random.default_rng(0).uniform(0, 300, (50, 3)), size)
    assert 50_000 < len(with_box_points(replace(object_map(), objects=objects))) < 600_000


def test_walls_and_ceilings_are_left_out_and_labels_become_classes():
    center, size = np.array([[0, 0, 1.3], [0, 0, 2.6], [0, 0, 0.4]]), np.array([[6, 6, 2.6], [6, 6, 0.1], [1, 1, 0.8]])
    objects = Objects(np.array([1, 2, 3]), ("wall", "ceiling", "table"), center, size)
    scene = with_box_points(replace(object_map(), objects=objects))
    assert set(scene.instance) == {-1, 3} and set(scene.semantic) == {2, 7}


def test_flat_boxes_and_points_without_size():
    objects = Objects(np.array([1, 2]), ("rug", "dot"), np.zeros((2, 3)), np.array([[1, 1, 0], [0, 0, 0]]))
    scene = with_box_points(replace(object_map(), objects=objects))
    assert np.isfinite(scene.xyz).all() and (scene.instance == 2).sum() == 6
