"""Pictures: right pixels, exact correspondence, walls cut, same bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from boxroom import CEILING, COLORS, FLOOR, SIZE, TABLE, WALL, boxroom, empty, object_map

from sceneglot.errors import SceneglotError
from sceneglot.rendering import (
    Cloud,
    Style,
    look_at,
    render,
    render_object,
    render_view,
    render_views,
    top_down,
    with_box_points,
)
from sceneglot.scenes import Camera, Scene, Source

PLAIN = Style(smooth=False, fill_rounds=0)


def points(xyz: list, rgb: list | None = None) -> Scene:
    colors = np.full((len(xyz), 3), 200) if rgb is None else np.array(rgb)
    return Scene(id="points", xyz=np.array(xyz, np.float32), rgb=colors.astype(np.uint8), source=Source("test"))


def test_point_lands_on_the_expected_pixel_with_its_colour_and_depth():
    camera = Camera(100, 100, 32, 24, 64, 48, np.eye(4))
    scene = points([[0.1, -0.05, 2.0], [0, 0, -1]], [(9, 8, 7), (1, 1, 1)])
    view = render_view(scene, camera, style=replace(PLAIN, splat_scale=0.0))
    assert list(zip(*np.nonzero(view.point >= 0))) == [(21, 37)]
    assert view.point[21, 37] == 0 and view.depth[21, 37] == 2 and tuple(view.rgb[21, 37]) == (9, 8, 7)
    assert (view.rgb[view.point < 0] == 255).all() and (view.depth[view.point < 0] == 0).all()


def test_background(room):
    view = top_down(room, (64, 64), style=Style(background=(0, 0, 0)))
    assert (view.point < 0).any() and (view.rgb[view.point < 0] == 0).all()


@pytest.mark.parametrize("rig", ["orbit", "inside"])
@pytest.mark.parametrize("splat", ["round", "square"])
def test_every_pixel_shows_a_point_that_covers_it(room, rig, splat):
    style = Style(splat=splat, fill_rounds=0)
    cloud = Cloud.of(room)
    spacing = np.empty(len(room), np.float32)
    spacing[cloud.drawn.order] = cloud.drawn.spacing
    for view in render(cloud, 3, (96, 128), rig=rig, style=style):
        v, u = np.nonzero(view.point >= 0)
        winner = view.point[v, u]
        uv, depth = view.camera.project(room.xyz[winner])
        np.testing.assert_allclose(view.depth[v, u], depth, rtol=1e-5)
        radius = np.clip(view.camera.fx * spacing[winner] / depth, 0.5, style.max_radius * 128)
        gap = np.abs(np.stack([u, v], 1) + 0.5 - uv)
        reach = gap.max(1) if splat == "square" else np.hypot(*gap.T)
        own = (np.floor(uv) == np.stack([u, v], 1)).all(1)
        assert ((reach <= radius + 1e-3) | own).all()
        # and nobody nearer owns the pixel
        keep = cloud.visible_parts(view.camera, style)
        uv, depth = view.camera.project(room.xyz)
        pixel = np.floor(uv).astype(int)
        seen = keep & (depth > 0) & (pixel >= 0).all(1) & (pixel < (128, 96)).all(1)
        assert (view.depth[pixel[seen, 1], pixel[seen, 0]] <= depth[seen] + 1e-4).all()


def test_filled_pixels_repeat_a_neighbour(room):
    camera = look_at(np.array([2.5, 0.5, 1.7]), np.array([2.5, 4.0, 0.5]), size=(120, 120), fov=80)
    style = Style(splat_scale=0.45, fill_rounds=2, smooth=False)
    open_ = render_view(room, camera, style=replace(style, fill_rounds=0))
    filled = render_view(room, camera, style=style)
    new = (open_.point < 0) & (filled.point >= 0)
    assert new.sum() > 20
    np.testing.assert_array_equal(filled.point[open_.point >= 0], open_.point[open_.point >= 0])
    for v, u in zip(*np.nonzero(new)):
        near = open_.point[max(v - 2, 0) : v + 3, max(u - 2, 0) : u + 3]
        assert filled.point[v, u] in near
    np.testing.assert_array_equal(filled.rgb[filled.point >= 0], room.rgb[filled.point[filled.point >= 0]])


def test_smooth_colours_stay_near_the_points_colours(room):
    sharp, smooth = (top_down(room, (128, 128), style=Style(smooth=s)) for s in (False, True))
    np.testing.assert_array_equal(sharp.point, smooth.point)
    assert np.abs(sharp.rgb.astype(int) - smooth.rgb)[sharp.point >= 0].mean() < 4


@pytest.mark.parametrize("labels", [True, False])
def test_top_down_is_a_plan_without_ceiling(labels):
    scene, labelled = boxroom(labels=labels), boxroom()
    view = top_down(scene, (200, 200))
    shown = labelled.semantic[view.point[view.point >= 0]]
    assert not (shown == CEILING).any() and (shown == FLOOR).mean() > 0.6 and (shown == TABLE).any()
    uv, _ = view.camera.project(np.array([[2.5, 2.0, 0.8]]))
    column, row = uv[0].astype(int)
    assert tuple(view.rgb[row, column]) == COLORS[TABLE]
    kept = top_down(scene, (200, 200), style=Style(ceiling="keep"))
    assert (labelled.semantic[kept.point[kept.point >= 0]] == CEILING).mean() > 0.9
    low = top_down(scene, (200, 200), ceiling_cut=0.5)
    assert scene.xyz[low.point[low.point >= 0], 2].max() <= 0.5


@pytest.mark.parametrize(("labels", "normals"), [(True, True), (True, False), (False, True), (False, False)])
def test_outside_cameras_look_over_the_near_walls(labels, normals):
    scene, full = boxroom(labels=labels, normals=normals), boxroom()
    for view in render(scene, 4, (128, 128)):
        hit = view.point[view.point >= 0]
        shown = full.semantic[hit]
        assert not (shown == CEILING).any()
        assert (shown == FLOOR).mean() > 0.25 and (shown == TABLE).any() and (shown == WALL).any()
        eye = view.camera.center
        inward = ((eye - scene.xyz[hit]) * full.normal[hit]).sum(1) > 0
        assert inward[scene.xyz[hit, 2] > 0.15].mean() > 0.99  # above the skirting, what is shown faces the camera
    kept = render(scene, 4, (128, 128), style=Style(cut_walls=False))[0]
    hit = kept.point[kept.point >= 0]
    assert (((kept.camera.center - scene.xyz[hit]) * full.normal[hit]).sum(1) < 0).mean() > 0.3


def test_inside_cameras_cut_nothing(room):
    view = render(room, 1, (96, 96), rig="inside")[0]
    assert Cloud.of(room).visible_parts(view.camera, Style()).all()
    assert (view.point >= 0).mean() > 0.99  # a closed room has no way out


def test_same_bytes_for_any_thread_count_and_any_batch(room):
    alone = [render_view(room, v.camera, name=v.name, threads=1) for v in render(room, 5, (64, 80), threads=1)]
    for threads in (1, 2, 8):
        for a, b in zip(alone, render(room, 5, (64, 80), threads=threads)):
            assert a.name == b.name and a.rgb.tobytes() == b.rgb.tobytes()
            assert a.depth.tobytes() == b.depth.tobytes() and a.point.tobytes() == b.point.tobytes()


def test_names_are_unique_and_sizes_as_asked(room):
    views = render(room, 12, (20, 30), rig="mixed")
    assert len({v.name for v in views}) == 12 and all(v.rgb.shape == (20, 30, 3) for v in views)
    assert render(room, 0) == []


def test_empty_scene_and_lone_points_are_fine():
    for scene in (empty(), points([[0, 0, 0]]), points([[1, 2, 3]] * 7)):
        for view in (top_down(scene, (16, 16)), *render(scene, 3, (16, 16), rig="mixed")):
            assert np.isfinite(view.depth).all() and np.isfinite(view.camera.pose).all()
            assert (view.point < len(scene)).all()
    assert (top_down(empty(), (16, 16)).rgb == 255).all()
    assert (top_down(points([[0, 0, 0]]), (16, 16)).point >= 0).any()


def test_points_that_are_no_numbers_are_left_out(room):
    bad = room.xyz.copy()
    bad[::50] = np.nan
    view = top_down(replace(room, xyz=bad), (64, 64))
    hit = view.point[view.point >= 0]
    assert len(hit) > 1000 and (hit % 50 != 0).all() and np.isfinite(view.depth).all()


def test_points_that_are_no_numbers_change_no_other(room):
    """They neither have a place among their neighbours nor cost time, however many there are."""
    bad = replace(
        room,
        **{
            name: np.repeat(getattr(room, name), 2, axis=0) for name in ("xyz", "rgb", "normal", "semantic", "instance")
        },
    )
    bad.xyz[1::2] = np.nan
    whole, sparse = Cloud.of(room).drawn, Cloud.of(bad).drawn
    np.testing.assert_array_equal(sparse.order, 2 * whole.order)
    np.testing.assert_array_equal(sparse.spacing, whole.spacing)
    first, second = top_down(room, (64, 64)), top_down(bad, (64, 64))
    np.testing.assert_array_equal(np.where(first.point < 0, -1, 2 * first.point), second.point)
    np.testing.assert_array_equal(first.rgb, second.rgb)


def test_keep_draws_one_object_only(room):
    camera = look_at(np.array([2.5, -1.0, 3.0]), np.array([2.5, 2.0, 0.8]))
    view = render_view(room, camera, keep=room.instance == 5)
    assert (room.instance[view.point[view.point >= 0]] == 5).all() and (view.point >= 0).any()


def test_object_closeups_show_the_object_and_what_is_near(room):
    alone = render_object(room, 0, 4, (64, 64), context=0)
    assert [v.name for v in alone] == [f"object-5-{k:02d}" for k in range(4)]
    for view in alone:
        hit = view.point[view.point >= 0]
        assert len(hit) > 300 and (room.instance[hit] == 5).all()
    for view in render_object(room, 0, 4, (64, 64), context=0.9):
        hit = view.point[view.point >= 0]
        assert {-1, 5} == set(room.instance[hit])
        assert (np.abs(room.xyz[hit] - room.objects.center[0]) <= room.objects.size[0] / 2 + 0.91).all()


def test_scene_without_colour_is_shaded():
    view = render(boxroom(color=False), 1, (96, 96))[0]
    shown = view.rgb[view.point >= 0]
    assert len(np.unique(shown, axis=0)) > 20 and np.ptp(shown.astype(int), axis=1).max() > 20
    plain = render(boxroom(color=False), 1, (96, 96), style=Style(shade="none", paint="rgb"))[0]
    assert (plain.rgb[plain.point >= 0] == 128).all()


def test_what_points_are_painted_by():
    scene = boxroom(color=False)
    rng = np.random.default_rng(0)
    laser = replace(scene, intensity=rng.random(len(scene)).astype(np.float32) ** 2)
    grey = Cloud.of(laser, Style(paint="intensity")).color
    assert (grey[:, 0] == grey[:, 1]).all() and (np.diff(grey[np.argsort(laser.intensity), 0]) >= 0).all()
    assert np.ptp(grey) > 180
    height = Cloud.of(laser, Style(paint="height")).color
    dimmed = Cloud.of(laser).color  # hue by height, brightness by the laser
    np.testing.assert_allclose(dimmed.max(1) / height.max(1), 0.45 + 0.55 * (grey[:, 0] - 30) / 200, atol=1e-5)
    normals = Cloud.of(scene, Style(paint="normals")).color
    assert normals[scene.normal[:, 2] > 0.9].mean(0).tolist() == [127.5, 127.5, 255.0]
    for paint in ("intensity", "normals"):
        with pytest.raises(SceneglotError, match="paint it by"):
            Cloud.of(boxroom(color=False, normals=False), Style(paint=paint))


def test_object_map_gets_a_picture_whose_ids_index_its_box_points():
    scene = object_map()
    solid = with_box_points(scene)
    view = top_down(scene, (128, 128))
    shown = solid.instance[view.point[view.point >= 0]]
    assert set(shown) == {-1, 3, 8}
    uv, _ = view.camera.project(np.array([[0.0, 0.0, 0.6]]))
    column, row = uv[0].astype(int)
    assert solid.instance[view.point[row, column]] == 3
    for view in render(scene, 4, (96, 96)):
        assert {3, 8} <= set(solid.instance[view.point[view.point >= 0]])


def test_wrong_style_says_so():
    with pytest.raises(SceneglotError, match="splat"):
        Style(splat="hexagon")  # type: ignore[arg-type]
    with pytest.raises(SceneglotError, match="negative"):
        Style(max_radius=-1)


def test_real_scans_look_like_rooms(real_data):
    files = sorted((real_data / "scans" / "scannet_points").glob("*.npz"))
    assert files
    for path in files:
        data = np.load(path)
        semantic = data["nyu40"].astype(np.int16)
        scene = Scene(id=path.stem, xyz=data["xyz"], rgb=data["rgb"], source=Source("test"), semantic=semantic)
        top = top_down(scene, (128, 128))
        hit = top.point[top.point >= 0]
        # the plan mostly shows labelled things below the ceiling, the floor among them
        assert (semantic[hit] == 22).sum() == 0 and (semantic[hit] == 2).mean() > 0.05
        for view in render_views(scene, [v.camera for v in render(scene, 2, (96, 96))]):
            assert 0.15 < (view.point >= 0).mean() < 0.9


def test_floor_height_is_seen_from_above(room):
    view = top_down(room, (100, 100))
    height = view.camera.center[2] - view.depth
    assert np.abs(height[(view.point >= 0) & (view.depth == view.depth.max())]).max() < 1e-5
    assert SIZE[2] > height[view.point >= 0].max() > 0.7
