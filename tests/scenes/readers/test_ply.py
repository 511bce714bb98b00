"""PLY: every form, faces, labels, colours of any type, and what damage does."""

from __future__ import annotations

import numpy as np
import pytest
from plyfile import PlyData, PlyElement
from tests.scenes.samples import SCAN_FACES, SCAN_RGB, SCAN_XYZ, write_ply

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import read_scene

RNG = np.random.default_rng(3)
XYZ = (RNG.random((500, 3)) * (4, 3, 2)).astype(np.float32)
RGB = RNG.integers(0, 256, (500, 3), dtype=np.uint8)


def ply(path, columns: dict[str, tuple[str, np.ndarray]], **options):
    rows = np.zeros(len(next(iter(columns.values()))[1]), [(name, kind) for name, (kind, _) in columns.items()])
    for name, (_, values) in columns.items():
        rows[name] = values
    PlyData([PlyElement.describe(rows, "vertex")], **options).write(path)
    return path


@pytest.mark.parametrize("options", [{"text": True}, {"order": "<"}, {"order": ">"}])
@pytest.mark.parametrize("coloured", [True, False])
def test_ply_in_every_form(tmp_path, options, coloured):
    write_ply(tmp_path / "Raum 7 (neu).ply", XYZ, RGB if coloured else None, **options)
    scene = read_scene(tmp_path / "Raum 7 (neu).ply")
    assert scene.id == "Raum-7-neu"
    np.testing.assert_allclose(scene.xyz, XYZ, rtol=1e-6)
    np.testing.assert_array_equal(scene.rgb, RGB if coloured else np.full_like(RGB, 128))
    assert scene.has_color == coloured
    assert scene.normal is None
    assert scene.source.origin == "file"
    assert scene.source.path == "Raum 7 (neu).ply"
    assert len(scene.objects) == 0


@pytest.mark.parametrize("options", [{"text": True}, {"order": "<"}, {"order": ">"}])
@pytest.mark.parametrize("faces", [SCAN_FACES, [[0, 1, 2, 3], [4, 5, 6, 7]], [[0, 1, 2, 3], [4, 5, 6], [4, 6, 7]]])
def test_ply_faces_of_any_size_give_normals(tmp_path, options, faces):
    # Small in metres, so that the vertices are dense enough to be kept as they are.
    write_ply(tmp_path / "m.ply", SCAN_XYZ * 0.01, SCAN_RGB, faces, **options)
    scene = read_scene(tmp_path / "m.ply")
    np.testing.assert_allclose(scene.xyz, SCAN_XYZ * 0.01, rtol=1e-5)
    np.testing.assert_allclose(scene.normal[:4], [[0, 0, 1]] * 4, atol=1e-6)
    np.testing.assert_allclose(scene.normal[4:8], [[1, 0, 0]] * 4, atol=1e-6)
    np.testing.assert_allclose(scene.normal[8], [0, 0, 1])  # belongs to no face


@pytest.mark.parametrize("options", [{"text": True}, {"byte_order": ">"}])
def test_ply_with_extra_properties_elements_and_labels(tmp_path, options):
    columns = {
        "confidence": ("f8", RNG.random(500)),
        **{axis: ("f8", XYZ[:, i]) for i, axis in enumerate("xyz")},
        **{name: ("u1", RGB[:, i]) for i, name in enumerate(("red", "green", "blue"))},
        **{name: ("f4", [0, 0, 2][i]) for i, name in enumerate(("nx", "ny", "nz"))},
        "instance": ("i4", np.arange(500) % 4 - 1),
        "nyu40": ("u2", np.arange(500) % 3),
    }
    rows = np.zeros(500, [(name, kind) for name, (kind, _) in columns.items()])
    for name, (_, values) in columns.items():
        rows[name] = values
    camera = np.array([(1.0, 2)], [("view_px", "f4"), ("n", "i4")])
    PlyData(
        [PlyElement.describe(camera, "camera"), PlyElement.describe(rows, "vertex")],
        comments=["end_headerish"],
        **options,
    ).write(tmp_path / "e.ply")
    scene = read_scene(tmp_path / "e.ply")
    np.testing.assert_allclose(scene.xyz, XYZ, rtol=1e-6)
    np.testing.assert_array_equal(scene.rgb, RGB)
    np.testing.assert_array_equal(scene.normal, np.tile([0, 0, 1], (500, 1)))  # made unit length
    np.testing.assert_array_equal(scene.instance, np.arange(500) % 4 - 1)
    np.testing.assert_array_equal(scene.semantic, np.arange(500) % 3)
    assert "ignored point properties: confidence" in scene.source.notes


@pytest.mark.parametrize("kind", ["f4", "u2"])
def test_ply_colours_of_other_number_types(tmp_path, kind):
    scale = 1 / 255 if kind == "f4" else 257
    colours = {name: (kind, RGB[:, i].astype(float) * scale) for i, name in enumerate(("red", "green", "blue"))}
    path = ply(tmp_path / "c.ply", {**{a: ("f4", XYZ[:, i]) for i, a in enumerate("xyz")}, **colours})
    np.testing.assert_array_equal(read_scene(path).rgb, RGB)


HEADER = "ply\nformat {form} 1.0\nelement vertex {rows}\nproperty float x\nproperty float y\nproperty float z\n"


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("rows", [1_000_000_000, 10**30])
def test_a_header_that_promises_a_billion_vertices_fails_at_once(tmp_path, form, rows):
    path = tmp_path / "huge.ply"
    path.write_bytes((HEADER.format(form=form, rows=rows) + "end_header\n").encode() + b"1 2 3\n" * 5)
    with pytest.raises(
        BadFileError, match=r"header promises 1,000,.* vertex rows \(at least .* bytes\), file holds 30"
    ):
        read_scene(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"plx\n", "begins with b'plx"),
        (b"ply\nformat ascii 1.0\n", "no end_header"),
        (b"ply\nformat ebcdic 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n", "format is 'ebcdic'"),
        (b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nend_header\n", "holds no vertices"),
        (b"ply\nformat ascii 1.0\nelement vertex -3\nproperty float x\nend_header\n", "negative"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n", "no property y, z; found x"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty complex x\nend_header\n1\n", "'property complex x'"),
        (b"ply\nformat ascii 1.0\nproperty float x\nend_header\n1\n", "'property float x'"),
        (HEADER.format(form="ascii", rows=2).encode() + b"end_header\n1 2 3\n4 five 6\n", "vertex rows cannot be read"),
        (HEADER.format(form="ascii", rows=2).encode() + b"end_header\n1 2 3\n4 5        \n", "vertex rows cannot"),
        (HEADER.format(form="ascii", rows=2).encode() + b"end_header\n1 2 3 4 5 6 7 8\n", "expected 2 rows of 3"),
        (HEADER.format(form="ascii", rows=1).encode() + b"property float x\nend_header\n1 2 3 4\n", "twice"),
    ],
)
def test_damaged_ply(tmp_path, content, message):
    (tmp_path / "bad.ply").write_bytes(content)
    with pytest.raises(BadFileError, match=message) as caught:
        read_scene(tmp_path / "bad.ply")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", [True, False])
def test_ply_faces_outside_the_vertices(tmp_path, text):
    write_ply(tmp_path / "m.ply", SCAN_XYZ, None, [[0, 1, 2], [0, 2, 9]], text=text)
    with pytest.raises(BadFileError, match=r"faces point outside the 9 vertices \(largest index 9\)"):
        read_scene(tmp_path / "m.ply")


def test_ply_cut_inside_its_faces(tmp_path):
    write_ply(tmp_path / "m.ply", SCAN_XYZ, SCAN_RGB, [[0, 1, 2, 3], [4, 5, 6], [4, 6, 7]])
    data = (tmp_path / "m.ply").read_bytes()
    (tmp_path / "m.ply").write_bytes(data[:-5])
    with pytest.raises(BadFileError, match="ends inside"):
        read_scene(tmp_path / "m.ply")
