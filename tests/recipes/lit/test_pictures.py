"""Pictures show what their facts say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial import KDTree
from tests.teachers.boxstore import box_room

from sceneglot.recipes.lit.pictures import (
    PictureConfig,
    cache_room,
    load_rooms,
    photo_instances,
    point_instances,
    take_pictures,
    visible_boxes,
)
from sceneglot.rendering import render
from sceneglot.scenes import View

CONFIG = PictureConfig(side=48, photos=2, renders=2, render_size=(96, 128), crops_per_object=2)


def test_records_and_counts() -> None:
    scene = box_room(1)
    taken = list(take_pictures(scene, CONFIG, seed=0))
    rooms = [r for _, r in taken if r.kind == "room"]
    crops = [r for _, r in taken if r.kind == "object"]
    assert [r.source for r in rooms] == ["render", "render", "top"]
    assert {r.label for r in crops} == {"bed", "office chair", "desk", "lamp"}
    assert max(sum(r.label == name for r in crops) for name in ("bed", "lamp")) <= 2
    chair = next(r for r in crops if r.label == "office chair")
    assert (chair.alias, chair.color, chair.material, chair.room_type) == ("chair", "blue", "fabric", "office")
    assert set(rooms[-1].shows) == set(scene.objects.label)
    assert all(p.shape == (48, 48, 3) and p.dtype == np.uint8 for p, _ in taken)


def test_same_seed_same_pictures_and_cache_round_trip(tmp_path: Path) -> None:
    scene = box_room(2)
    first, second = (cache_room(tmp_path / n, scene, CONFIG, seed=3) for n in "ab")
    assert first.read_bytes() == second.read_bytes()
    loaded = load_rooms(tmp_path / "a", ["room-2"])
    taken = list(take_pictures(scene, CONFIG, seed=3))
    assert loaded.records == tuple(record for _, record in taken)
    rows = np.array([4, 0, 4])
    np.testing.assert_array_equal(loaded.pixels(rows), np.stack([taken[i][0] for i in rows]))


def test_a_crop_is_filled_by_its_object() -> None:
    """From above, the middle of a crop has the colour of the upper face of its box."""
    scene = box_room(0)
    seen = 0
    for picture, record in take_pictures(scene, CONFIG, seed=1):
        if record.kind == "object" and record.source == "top":
            row = scene.objects.label.index(record.label)
            lid = (scene.instance == scene.objects.id[row]) & (scene.xyz[:, 2] > scene.objects.high[row, 2] - 0.02)
            expected = scene.rgb[lid].astype(float).mean(0)
            np.testing.assert_allclose(picture[20:28, 20:28].reshape(-1, 3).mean(0), expected, atol=12)
            seen += 1
    assert seen > 0


def test_photograph_names_the_same_objects_as_the_render() -> None:
    """A render stripped of its point ids is a photograph with perfect depth."""
    scene = box_room(0)
    view = render(scene, 1, (96, 128))[0]
    photo = View("photo", view.camera, view.rgb, view.depth)
    by_points = point_instances(view, scene)
    by_depth = photo_instances(photo, scene, KDTree(scene.xyz))
    both = (by_points >= 0) & (by_depth >= 0)
    assert both.sum() > 0.5 * (by_points >= 0).sum()
    assert (by_points == by_depth)[both].mean() > 0.9


def test_outline_is_tight() -> None:
    scene = box_room(0)
    instance = np.full((100, 120), -1)
    instance[20:60, 30:80] = 2
    instance[0, 0] = 3  # a stray pixel is no object
    (crop,) = visible_boxes(scene, instance, CONFIG)
    assert (crop.row, crop.box) == (2, (30, 20, 80, 60))
