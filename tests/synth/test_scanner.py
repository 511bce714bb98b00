"""The whole scan on rooms whose surfaces are known in closed form."""

from __future__ import annotations

import boxrooms
import numpy as np
import pytest
from scipy.spatial import cKDTree

from sceneglot.scenes.scene import Scene
from sceneglot.synth.annotate import list_objects
from sceneglot.synth.materials import COLORS
from sceneglot.synth.raycast import RoomMesh
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.synth.scanner import scan

SIZE = np.array([0.6, 0.5, 0.5])


@pytest.fixture(scope="module")
def block_scene() -> Scene:
    """A red block in the middle of an empty room."""
    return scan(boxrooms.room(boxrooms.block(size=tuple(SIZE))))


@pytest.fixture(scope="module")
def dining_scene() -> Scene:
    return scan(boxrooms.dining_room())


def surface_distance(points: np.ndarray) -> np.ndarray:
    """Distance to the surface of the block that stands at the origin."""
    q = np.abs(points - (0, 0, SIZE[2] / 2)) - SIZE / 2
    outside = np.linalg.norm(np.maximum(q, 0), axis=1)
    return np.abs(outside + np.minimum(q.max(1), 0))


def test_points_lie_on_the_surface_within_the_noise(block_scene: Scene) -> None:
    points = block_scene.xyz[block_scene.instance == 0]
    distance = surface_distance(points)
    assert len(points) > 400
    assert np.sqrt((distance**2).mean()) < 0.008
    assert distance.max() < 0.06


def test_the_underside_is_never_seen_and_the_five_other_sides_are(block_scene: Scene) -> None:
    points = block_scene.xyz[block_scene.instance == 0]
    inner = np.abs(points[:, :2]) < SIZE[:2] / 2 - 0.05
    assert not (inner.all(1) & (points[:, 2] < 0.1)).any()
    assert (inner.all(1) & (points[:, 2] > 0.45)).sum() > 50
    for axis in (0, 1):
        for sign in (-1, 1):
            assert (np.abs(points[:, axis] - sign * SIZE[axis] / 2) < 0.03).sum() > 30


def test_a_back_against_the_wall_stays_unseen() -> None:
    block = boxrooms.block(1.7, 0.0, tuple(SIZE))  # its back at x = 2 touches the wall
    scene = scan(boxrooms.room(block))
    points = scene.xyz[scene.instance == 0]
    behind = (points[:, 0] > 1.93) & (np.abs(points[:, 1]) < 0.2) & (points[:, 2] < 0.42)
    assert len(points) > 300 and not behind.any()


def test_normals_are_unit_and_face_the_camera_side(block_scene: Scene) -> None:
    np.testing.assert_allclose(np.linalg.norm(block_scene.normal, axis=1), 1, atol=1e-5)
    floor = block_scene.semantic == 2
    assert (block_scene.normal[floor, 2] > 0.9).mean() > 0.99
    mine = block_scene.instance == 0
    points, normals = block_scene.xyz[mine], block_scene.normal[mine]
    top = (np.abs(points[:, :2]) < 0.2).all(1)
    assert (normals[top, 2] > 0.9).mean() > 0.98
    side = (points[:, 0] > 0.28) & (points[:, 2] < 0.45) & (np.abs(points[:, 1]) < 0.2)
    assert (normals[side, 0] > 0.9).mean() > 0.95


def test_walls_and_floor_carry_their_classes(block_scene: Scene) -> None:
    floor = block_scene.xyz[block_scene.semantic == 2]
    assert np.abs(np.median(floor[:, 2])) < 0.005
    wall = block_scene.xyz[block_scene.semantic == 1]
    gap = np.minimum(np.abs(np.abs(wall[:, 0]) - 2.0), np.abs(np.abs(wall[:, 1]) - 2.5))
    assert np.median(gap) < 0.01
    assert (block_scene.instance[np.isin(block_scene.semantic, (1, 2, 22))] == -1).all()


def test_depth_noise_of_a_wall_grows_with_distance(block_scene: Scene) -> None:
    near, far = [], []
    for view in block_scene.views:
        points = view.camera.unproject(view.depth)
        on_floor = (view.depth > 0) & (np.abs(points[..., 2]) < 0.1) & (np.abs(points[..., :2]) > 0.5).any(-1)
        on_floor &= (np.abs(points[..., 0]) < 1.8) & (np.abs(points[..., 1]) < 2.3)
        slope = np.abs(view.camera.forward[2])  # depth error shows in z by the ray's slope; use steep rays only
        rows = on_floor & (slope > 0.3)
        # Neighbouring pixels of a plane differ by a constant step, so second differences hold only noise.
        noise = np.abs(np.diff(view.depth, 2, axis=1))[rows[:, 1:-1] & on_floor[:, 2:] & on_floor[:, :-2]]
        z = view.depth[:, 1:-1][rows[:, 1:-1] & on_floor[:, 2:] & on_floor[:, :-2]]
        near.append(noise[z < 1.6])
        far.append(noise[z > 2.6])
    assert len(np.concatenate(near)) > 100 and len(np.concatenate(far)) > 100
    assert np.median(np.concatenate(far)) > 1.5 * np.median(np.concatenate(near))


def test_glass_is_mostly_missing() -> None:
    pane = {"size": (1.0, 0.05, 1.0), "label": "pane", "nyu40": 40}
    solid = scan(boxrooms.room(boxrooms.block(**pane)))
    glass = scan(boxrooms.room(boxrooms.block(**pane, material=boxrooms.GLASS)))
    count = [(scene.semantic == 40).sum() for scene in (solid, glass)]
    assert count[0] > 1_000 and count[1] < 0.35 * count[0]


def test_objects_match_points(dining_scene: Scene) -> None:
    objects = dining_scene.objects
    assert objects.label == ("table", "chair", "chair", "cup")
    assert set(np.unique(dining_scene.instance)) == {-1, *objects.id.tolist()}
    assert objects.parent.tolist() == [-1, -1, -1, 0]
    assert objects.shape[0] == "rectangular" and objects.material == ("wood", "fabric", "fabric", "plastic")
    np.testing.assert_allclose(objects.front[1], (0, 1, 0), atol=1e-6)
    assert np.isnan(objects.front[0]).all()
    true = [item.world_vertices() for item in boxrooms.dining_room().items]
    for row, vertices in enumerate(true):
        assert (objects.low[row] >= vertices.min(0) - 1e-5).all() and (
            objects.high[row] <= vertices.max(0) + 1e-5
        ).all()
        np.testing.assert_allclose(objects.size[row], np.ptp(vertices, axis=0), atol=0.04)
        mine = dining_scene.xyz[dining_scene.instance == objects.id[row]]
        inside = (mine > objects.low[row] - 0.03).all(1) & (mine < objects.high[row] + 0.03).all(1)
        assert inside.mean() > 0.99


def test_mean_colours_can_still_be_named(dining_scene: Scene) -> None:
    shades = [(word, np.array(shade)) for word, some in COLORS.items() for shade in some]
    for word, color in zip(dining_scene.objects.color_name, dining_scene.objects.color.astype(int)):
        nearest = min(shades, key=lambda shade: np.linalg.norm(shade[1] - color))[0]
        assert nearest == word


def test_views_agree_with_the_points(dining_scene: Scene) -> None:
    tree = cKDTree(scan(boxrooms.dining_room(), ScanConfig(points=10**6)).xyz)
    assert len(dining_scene.views) == ScanConfig().views
    assert len({view.name for view in dining_scene.views}) == len(dining_scene.views)
    for view in dining_scene.views:
        assert view.rgb.shape == (240, 320, 3) and view.rgb.dtype == np.uint8 and view.depth.dtype == np.float32
        assert view.point is None
        points = view.camera.unproject(view.depth)[view.depth > 0]
        assert len(points) > 0.5 * view.depth.size
        distance, _ = tree.query(points)
        assert np.median(distance) < 0.012 and np.quantile(distance, 0.99) < 0.04


def test_same_seed_same_bytes_other_seed_other_bytes(dining_scene: Scene) -> None:
    again, other = scan(boxrooms.dining_room()), scan(boxrooms.dining_room(seed=4))
    for name in ("xyz", "rgb", "normal", "instance", "semantic"):
        assert getattr(again, name).tobytes() == getattr(dining_scene, name).tobytes()
        assert getattr(other, name).tobytes() != getattr(dining_scene, name).tobytes()
    for one, two in zip(again.views, dining_scene.views):
        assert one.rgb.tobytes() == two.rgb.tobytes() and one.depth.tobytes() == two.depth.tobytes()
        np.testing.assert_array_equal(one.camera.pose, two.camera.pose)


def test_fewer_points_keep_small_things() -> None:
    scene = scan(boxrooms.dining_room(), ScanConfig(points=3_000))
    assert len(scene) == 3_000
    assert (scene.instance == 3).sum() >= 60, "the cup should keep its points"


def test_what_was_hardly_seen_is_no_object() -> None:
    hidden = boxrooms.block(0, 0, (0.2, 0.2, 0.2), label="hidden", z=0.1)
    cover = boxrooms.block(0, 0, (0.6, 0.6, 0.6), label="cover")
    on_hidden = boxrooms.block(1.2, 0, (0.3, 0.3, 0.3), label="orphan", parent=0)
    scene = scan(boxrooms.room(hidden, cover, on_hidden))
    assert scene.objects.label == ("cover", "orphan")
    assert scene.objects.id.tolist() == [1, 2] and scene.objects.parent.tolist() == [-1, -1]


def test_thresholds_decide_what_is_listed() -> None:
    from sceneglot.synth.voxel_fusion import Fused

    room = boxrooms.room(boxrooms.block(), boxrooms.block(1, 1, (0.1, 0.1, 0.1), label="cup"))
    owner = np.repeat([0, 1], [40, 25]).astype(np.int32)  # too few for a large thing, enough for a small one
    xyz = np.where(owner[:, None] == 0, (0, 0, 0.2), (1, 1, 0.05)).astype(np.float32)
    fused = Fused(xyz, np.full((65, 3), 9, np.uint8), np.zeros((65, 3), np.float32), owner)
    objects = list_objects(room, RoomMesh.of(room), fused, ScanConfig())
    assert objects.label == ("cup",) and objects.id.tolist() == [1]
    np.testing.assert_array_equal(objects.color, [[9, 9, 9]])


def test_source_tells_where_it_came_from(dining_scene: Scene) -> None:
    source = dining_scene.source
    assert (source.origin, source.licence, source.seed) == ("rooms", "CC0-1.0", 3)
    assert source.generator.startswith("sceneglot-rooms ")
