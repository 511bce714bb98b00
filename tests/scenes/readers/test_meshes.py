"""OBJ, GLB, glTF, STL and OFF: faces are sampled, textures looked up, nodes put in place."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import trimesh
from PIL import Image

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import read_scene


def unit_box() -> trimesh.Trimesh:
    box = trimesh.creation.box((2.0, 1.0, 0.5))
    box.visual = trimesh.visual.ColorVisuals(box, vertex_colors=np.tile([10, 200, 30, 255], (len(box.vertices), 1)))
    return box


@pytest.mark.parametrize("ending", ["obj", "glb", "gltf", "stl", "ply", "off"])
def test_coarse_meshes_are_sampled_on_their_faces(tmp_path, ending):
    box = unit_box()
    if ending in ("glb", "gltf"):  # as a modeller would export it: y up
        box.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, (1, 0, 0)))
    path = tmp_path / f"box.{ending}"
    if ending == "gltf":
        for name, data in trimesh.exchange.gltf.export_gltf(box).items():
            (tmp_path / name).write_bytes(data)
        (tmp_path / "model.gltf").rename(path)
    else:
        box.export(path)
    scene = read_scene(path)
    assert len(scene) == pytest.approx(7 * 2500, abs=10)  # 7 square metres
    np.testing.assert_allclose(scene.bounds, [[-1, -0.5, -0.25], [1, 0.5, 0.25]], atol=1e-5)
    # Every point lies on the face that its normal belongs to.
    side = (scene.normal * scene.xyz / (1, 0.5, 0.25)).sum(1)
    np.testing.assert_allclose(side, 1, atol=1e-4)
    top = scene.normal[:, 2] > 0.9
    assert top.mean() == pytest.approx(2 / 7, abs=0.01)  # by area
    assert any("sampled" in note for note in scene.source.notes)
    if ending not in ("stl", "off"):
        assert scene.has_color
        np.testing.assert_allclose(scene.rgb, np.tile([10, 200, 30], (len(scene), 1)), atol=1)
    np.testing.assert_array_equal(read_scene(path).xyz, scene.xyz)


def test_dense_meshes_keep_their_vertices(tmp_path):
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.3)
    ball.export(tmp_path / "ball.obj")
    scene = read_scene(tmp_path / "ball.obj")
    assert len(scene) == len(ball.vertices)
    np.testing.assert_allclose(scene.normal, scene.xyz / 0.3, atol=0.01)


def test_the_colours_of_a_texture_are_looked_up(tmp_path):
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, :32], picture[:, 32:] = (200, 0, 0), (0, 0, 200)
    vertices = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.fromarray(picture))
    visual = trimesh.visual.TextureVisuals(uv=np.array(vertices)[:, :2], material=material)
    quad = trimesh.Trimesh(vertices, [[0, 1, 2], [0, 2, 3]], visual=visual, process=False)
    quad.export(tmp_path / "quad.glb")
    scene = read_scene(tmp_path / "quad.glb")
    left, right = scene.xyz[:, 0] < 0.48, scene.xyz[:, 0] > 0.52
    assert (scene.rgb[left] == (200, 0, 0)).all()
    assert (scene.rgb[right] == (0, 0, 200)).all()


def test_the_nodes_of_a_glb_are_put_in_place(tmp_path):
    tree = trimesh.Scene()
    for x in (0.0, 5.0):
        tree.add_geometry(unit_box(), transform=trimesh.transformations.translation_matrix((x, 0, 0)))
    tree.export(tmp_path / "two.glb")
    scene = read_scene(tmp_path / "two.glb")
    np.testing.assert_allclose(scene.bounds, [[-1, -0.25, -0.5], [6, 0.25, 0.5]], atol=1e-5)  # y-up file: turned


def test_a_glb_that_promises_a_billion_elements_fails_at_once(tmp_path):
    unit_box().export(tmp_path / "box.glb")
    data = (tmp_path / "box.glb").read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    tree = data[20 : 20 + length].replace(b'"count":36', b'"count":1000000000').rstrip()
    tree += b" " * (-len(tree) % 4)
    (tmp_path / "box.glb").write_bytes(
        data[:12] + struct.pack("<I", len(tree)) + data[16:20] + tree + data[20 + length :]
    )
    with pytest.raises(BadFileError, match="promises 4,000,000,128 bytes"):
        read_scene(tmp_path / "box.glb")


def test_a_gltf_may_not_reach_outside_its_folder(tmp_path):
    (tmp_path / "a.gltf").write_text('{"asset": {"version": "2.0"}, "buffers": [{"uri": "../../etc/passwd"}]}')
    with pytest.raises(BadFileError, match="outside the file's folder"):
        read_scene(tmp_path / "a.gltf")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.obj", b"v 1 2\nf 1 2 3\n"),
        ("a.obj", b"# nothing\n"),
        ("a.glb", b"glTF\2\0\0\0"),
        ("a.gltf", b"{}"),
        ("a.gltf", b"[1, 2]"),
        ("a.stl", b"solid x\nendsolid x\n"),
        ("a.stl", b"\0" * 80 + struct.pack("<I", 10**9)),
        ("a.off", b"OFF\n1000000000 1 1\n0 0 0\n"),
        ("a.npz", b"PK\x03\x04 no"),
        ("a.npy", b"\x93NUMPY"),
    ],
)
def test_damaged_files_of_other_kinds(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadFileError, match=name):
        read_scene(tmp_path / name)


@pytest.mark.parametrize("line", ["v 0 0", "v 0", "v 0 0 0 0 0 0 0 0 0"])
def test_meshes_whose_vertices_are_not_in_space_are_refused(tmp_path, line):
    """trimesh takes the width of the first vertex for all."""
    path = tmp_path / "a.obj"
    path.write_text("\n".join([line] * 3 + ["f 1 2 3"]) + "\n")
    try:
        scene = read_scene(path)
    except BadFileError as error:
        assert "a.obj" in str(error)
    else:
        assert scene.xyz.shape[1] == 3
