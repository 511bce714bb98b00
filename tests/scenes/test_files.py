"""What `read_scene` does with any file: which reader, which points are kept, what is noted."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from tests.scenes.samples import write_ply

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes import files
from sceneglot.scenes.files import FileFrame, read_scene
from sceneglot.scenes.store import Store

RNG = np.random.default_rng(3)
XYZ = (RNG.random((500, 3)) * (4, 3, 2)).astype(np.float32)
RGB = RNG.integers(0, 256, (500, 3), dtype=np.uint8)


def test_few_points_that_are_no_numbers_are_dropped_and_noted(tmp_path):
    xyz = XYZ.copy()
    xyz[[7, 300]] = np.nan
    xyz[11, 1] = np.inf
    faces = np.arange(498).reshape(-1, 3)
    write_ply(tmp_path / "n.ply", xyz * 0.01, RGB, faces)
    scene = read_scene(tmp_path / "n.ply")
    assert len(scene) == 497
    keep = np.isfinite(xyz).all(1)
    np.testing.assert_array_equal(scene.rgb, RGB[keep])
    assert "dropped 3 points that are not finite" in scene.source.notes
    assert np.isfinite(scene.normal).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_many_points_that_are_no_numbers_are_an_error(tmp_path, value):
    xyz = XYZ.copy()
    xyz[:6] = value
    write_ply(tmp_path / "n.ply", xyz)
    with pytest.raises(BadFileError, match="6 of 500 points are not finite numbers, at most 1 % may be"):
        read_scene(tmp_path / "n.ply")


def test_doubles_too_large_for_float32_are_no_numbers(tmp_path):
    np.save(tmp_path / "n.npy", np.full((3, 3), 1e300))
    with pytest.raises(BadFileError, match="3 of 3 points"):
        read_scene(tmp_path / "n.npy")


def test_paths_that_are_no_scene_say_what_they_are(tmp_path):
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    with pytest.raises(SceneglotError, match=r"is a store of many scenes.*Store\.open"):
        read_scene(store.path)
    with pytest.raises(BadFileError, match="is a folder"):
        read_scene(tmp_path)
    with pytest.raises(BadFileError, match="no such file"):
        read_scene(tmp_path / "none.ply")
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(BadFileError, match=r"'\.docx' is not supported; expected one of \.ply, "):
        read_scene(tmp_path / "a.docx")


def test_every_reader_is_reached_whatever_the_case_of_the_ending(tmp_path):
    write_ply(tmp_path / "A.PLY", XYZ)
    assert len(read_scene(tmp_path / "A.PLY")) == 500
    assert set(files.READERS) >= {".ply", ".pcd", ".npz", ".npy", ".obj", ".glb", ".gltf", ".stl"}


def test_odd_units_and_axes_are_reported_but_not_changed(tmp_path):
    floor = np.stack([*np.meshgrid(np.linspace(0, 5, 50), [0.0], np.linspace(0, 4, 50))], -1).reshape(-1, 3)
    wall = np.stack([*np.meshgrid(np.linspace(0, 5, 20), np.linspace(0, 2.5, 20), [0.0])], -1).reshape(-1, 3)
    room = np.concatenate([floor, wall]) * 1000
    write_ply(tmp_path / "mm.ply", room)
    scene = read_scene(tmp_path / "mm.ply")
    np.testing.assert_allclose(scene.xyz, room, rtol=1e-6)
    assert any("perhaps in millimetres" in note for note in scene.source.notes)
    assert any("perhaps y is up" in note for note in scene.source.notes)


def test_a_stated_frame_gives_metres_with_z_up(tmp_path):
    rng = np.random.default_rng(0)
    room = rng.random((500, 3)) * (5, 4, 2.5)
    np.savez(tmp_path / "z.npz", xyz=room.astype(np.float32))
    expected = read_scene(tmp_path / "z.npz").xyz
    for up, axes, sign in (("y", (0, 2, 1), (1, 1, -1)), ("x", (2, 0, 1), (1, 1, 1)), ("z", (0, 1, 2), (1, 1, 1))):
        np.savez(tmp_path / "mm.npz", xyz=(1000 * room[:, axes] * sign).astype(np.float32))
        scene = read_scene(tmp_path / "mm.npz", FileFrame(0.001, up))
        np.testing.assert_allclose(scene.xyz, expected, atol=1e-5)
        assert any(f"{up} up, as stated" in note for note in scene.source.notes)


def test_gltf_is_turned_once_even_if_its_up_axis_is_stated(tmp_path):
    trimesh.creation.box((4, 1, 2)).export(tmp_path / "box.glb")  # 1 m high, y up
    plain, stated = (read_scene(tmp_path / "box.glb", frame) for frame in (None, FileFrame(up="y")))
    np.testing.assert_allclose(np.ptp(plain.xyz, axis=0), (4, 2, 1), atol=0.05)
    np.testing.assert_array_equal(stated.xyz, plain.xyz)


@pytest.mark.parametrize("kind", [np.float64, np.int32, np.uint16])
def test_16_bit_colours_of_any_type(tmp_path, kind):
    rgb = np.random.default_rng(0).integers(0, 65536, (400, 3))
    np.savez(tmp_path / "a.npz", xyz=np.random.default_rng(1).random((400, 3)), rgb=rgb.astype(kind))
    np.testing.assert_array_equal(read_scene(tmp_path / "a.npz").rgb, np.rint(rgb / 257))


def test_one_damaged_number_does_not_make_colours_dark(tmp_path):
    rgb = np.full((400, 3), 200.0)
    rgb[7, 1] = 40_000
    np.savez(tmp_path / "a.npz", xyz=np.random.default_rng(1).random((400, 3)), rgb=rgb)
    found = read_scene(tmp_path / "a.npz").rgb
    assert found[7].tolist() == [200, 255, 200] and (np.delete(found, 7, 0) == 200).all()


def test_boxes_and_normals_turn_with_the_points(tmp_path):
    normal = np.tile([[0.0, 1.0, 0.0]], (500, 1))
    np.savez(tmp_path / "a.npz", xyz=XYZ, normal=normal, instance=np.ones(500, int), nyu40=np.full(500, 5))
    scene, before = read_scene(tmp_path / "a.npz", FileFrame(2.0, "y")), read_scene(tmp_path / "a.npz")
    x, y, z = before.objects.center[0]
    np.testing.assert_allclose(scene.objects.center[0], (2 * x, -2 * z, 2 * y), rtol=1e-6)
    np.testing.assert_allclose(scene.objects.size[0], 2 * before.objects.size[0][[0, 2, 1]], rtol=1e-6)
    np.testing.assert_allclose(scene.objects.low[0], scene.xyz.min(0), atol=1e-5)
    assert scene.normal is not None
    np.testing.assert_allclose(scene.normal, np.tile([[0.0, 0.0, 1.0]], (500, 1)))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_scales_are_refused(scale):
    with pytest.raises(SceneglotError, match="--scale must be"):
        FileFrame(scale)


def test_map_coordinates_in_double_precision_keep_their_millimetres(tmp_path):
    room = np.random.default_rng(1).random((500, 3)) * (5, 4, 2.5)
    np.save(tmp_path / "utm.npy", room + (500_000.0, 5_200_000.0, 300.0))
    scene = read_scene(tmp_path / "utm.npy")
    assert any("moved to the origin from (500002, 5200002, " in note for note in scene.source.notes)
    np.testing.assert_allclose(scene.xyz - scene.xyz[0], room - room[0], atol=1e-5)


@pytest.mark.parametrize("scale", [1e-6, 1e12, 0.0])
def test_a_size_that_no_scene_has_is_noted(tmp_path, scale):
    write_ply(tmp_path / "odd.ply", XYZ * scale)
    assert any("no scene in metres" in note for note in read_scene(tmp_path / "odd.ply").source.notes)


@pytest.mark.realdata
def test_real_scans_load(real_data):
    counts = {}
    for path in sorted((real_data / "scans" / "scannet_points").glob("*.npz")):
        scene = read_scene(path)
        counts[scene.id] = len(scene.objects)
        assert len(scene) == 50_000
        assert scene.has_color
        assert scene.source.notes == ()
        assert set(np.unique(scene.instance)) <= {-1, *scene.objects.id.tolist()}
        given = np.load(path)["boxes"]
        ours = np.concatenate([scene.objects.center, scene.objects.size], axis=1)
        gap = np.abs(given[:, None, :6] - ours[None]).max(-1).min(1)
        assert gap.max() < 1e-5  # every given box is taken over exactly
    assert len(counts) == 11
    assert counts["scene0000_00"] == 67
