from __future__ import annotations

import struct

import numpy as np
import pytest
import trimesh
from PIL import Image
from plyfile import PlyData, PlyElement
from tests.scenes.samples import SCAN_FACES, SCAN_RGB, SCAN_XYZ, write_ply

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes import files
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.readers.lzf import decompress
from sceneglot.scenes.store import Store

RNG = np.random.default_rng(3)
XYZ = (RNG.random((500, 3)) * (4, 3, 2)).astype(np.float32)
RGB = RNG.integers(0, 256, (500, 3), dtype=np.uint8)


def ply(path, columns: dict[str, tuple[str, np.ndarray]], **options):
    rows = np.zeros(len(next(iter(columns.values()))[1]), [(name, kind) for name, (kind, _) in columns.items()])
    for name, (_, values) in columns.items():
        rows[name] = values
    PlyData([PlyElement.describe(rows, "vertex")], **options).write(path)
    return path


# ---------------------------------------------------------------- PLY


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


# ---------------------------------------------------------------- numbers that are none


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


# ---------------------------------------------------------------- PCD


def pcd(
    form: str, fields: str, kinds: str, sizes: str, rows: int, body: bytes, counts: str = "", height: int = 1
) -> bytes:
    counts = counts or " ".join("1" for _ in fields.split())
    return (
        f"VERSION 0.7\nFIELDS {fields}\nSIZE {sizes}\nTYPE {kinds}\nCOUNT {counts}\nWIDTH {rows // height}\n"
        f"HEIGHT {height}\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {rows}\nDATA {form}\n"
    ).encode() + body


def packed_rgb() -> np.ndarray:
    r, g, b = RGB.astype(np.uint32).T
    return (r << 16 | g << 8 | b).astype("<u4")


def lzf_compress(data: bytes) -> bytes:
    """Greedy LZF: literals, and back references found through the last place of each three bytes."""
    out, literal, last, i = bytearray(), bytearray(), {}, 0

    def flush():
        for start in range(0, len(literal), 32):
            part = literal[start : start + 32]
            out.append(len(part) - 1)
            out.extend(part)
        literal.clear()

    while i < len(data):
        key = data[i : i + 3]
        source = last.get(key, -1)
        last[key] = i
        if len(key) == 3 and source >= 0 and i - source <= 8192:
            length = 3
            while length < 264 and i + length < len(data) and data[source + length] == data[i + length]:
                length += 1
            flush()
            distance = i - source - 1
            if length - 2 < 7:
                out += bytes([(length - 2) << 5 | distance >> 8, distance & 255])
            else:
                out += bytes([7 << 5 | distance >> 8, length - 9, distance & 255])
            i += length
        else:
            literal.append(data[i])
            i += 1
    flush()
    return bytes(out)


@pytest.mark.parametrize("form", ["ascii", "binary", "binary_compressed"])
@pytest.mark.parametrize("colour", ["F", "U"])
def test_pcd_in_every_form(tmp_path, form, colour):
    if form == "ascii":
        if colour == "F":
            pytest.skip("float-packed colours have no exact decimal form")
        rows = [f"{x:.9g} {y:.9g} {z:.9g} {c} 0 0 1" for (x, y, z), c in zip(XYZ.astype(float), packed_rgb())]
        body = "\n".join(rows).encode()
    else:
        rows = np.zeros(500, [("xyz", "<f4", 3), ("rgb", "<u4"), ("n", "<f4", 3)])
        rows["xyz"], rows["rgb"], rows["n"] = XYZ, packed_rgb(), (0, 0, 1)
        body = rows.tobytes()
    if form == "binary_compressed":
        columns = b"".join(np.ascontiguousarray(XYZ[:, i]).tobytes() for i in range(3)) + packed_rgb().tobytes()
        columns += b"".join(np.full(500, v, "<f4").tobytes() for v in (0, 0, 1))
        packed = lzf_compress(columns)
        assert len(packed) < len(columns)
        body = struct.pack("<II", len(packed), len(columns)) + packed
    fields = "x y z rgb normal_x normal_y normal_z"
    (tmp_path / "a.pcd").write_bytes(pcd(form, fields, f"F F F {colour} F F F", "4 4 4 4 4 4 4", 500, body))
    scene = read_scene(tmp_path / "a.pcd")
    np.testing.assert_array_equal(scene.xyz, XYZ)
    np.testing.assert_array_equal(scene.rgb, RGB)
    np.testing.assert_array_equal(scene.normal[0], [0, 0, 1])


def test_pcd_with_wide_fields_padding_and_holes(tmp_path):
    rows = np.zeros(6, [("h", "<f4", 33), ("x", "<f8"), ("y", "<f8"), ("_", "u1", 3), ("z", "<f8")])
    rows["x"], rows["y"], rows["z"] = np.arange(6), 1, 2
    rows["x"][4] = np.nan
    body = rows.tobytes()
    path = tmp_path / "a.pcd"
    path.write_bytes(pcd("binary", "h x y _ z", "F F F U F", "4 8 8 1 8", 6, body, "33 1 1 3 1", height=2))
    scene = read_scene(path)
    np.testing.assert_array_equal(scene.xyz[:, 0], [0, 1, 2, 3, 5])
    assert "organised cloud: 1 of 6 pixels have no return" in scene.source.notes
    path.write_bytes(pcd("binary", "h x y _ z", "F F F U F", "4 8 8 1 8", 6, body, "33 1 1 3 1"))
    with pytest.raises(BadFileError, match="1 of 6 points are not finite"):
        read_scene(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ply", "no DATA line"),
        (pcd("binary", "x y z", "F F F", "4 4 4", 10**9, b"1234"), "promises 1,000,000,000 points"),
        (pcd("ascii", "x y z", "F F F", "4 4 4", 10**9, b"1 2 3"), "promises 1,000,000,000 points"),
        (pcd("binary_compressed", "x y z", "F F F", "4 4 4", 10**9, b"12341234"), "compressed part promises"),
        (pcd("binary_compressed", "x y z", "F F F", "4 4 4", 1, b"12"), "ends before"),
        (pcd("binary_compressed", "x y z", "F F F", "4 4 4", 1, struct.pack("<II", 2, 12) + b"\xff\xff"), "damaged"),
        (pcd("zip", "x y z", "F F F", "4 4 4", 1, b""), "DATA is 'zip'"),
        (pcd("binary", "x y", "F F", "4 4", 1, b"12345678"), "no fields x, y and z"),
        (pcd("binary", "x y z", "F F", "4 4 4", 1, b"0" * 12), "disagree"),
        (pcd("binary", "x y z", "I I I", "4 4 4", 1, b"0" * 12), "floating point"),
        (pcd("binary", "x y z", "F F F", "4 4 5", 1, b"0" * 13), "cannot be understood"),
        (pcd("ascii", "x y z", "F F F", "4 4 4", 2, b"1 2 3\n4 5 x\n"), "points cannot be read"),
        (pcd("ascii", "x y z", "F F F", "4 4 4", 2, b"1 2 3       \n"), "expected 2 rows of 3"),
        (pcd("binary", "x y z", "F F F", "4 4 4", 7, b"0" * 84, height=2), "contradicts itself"),
    ],
)
def test_damaged_pcd(tmp_path, content, message):
    (tmp_path / "bad.pcd").write_bytes(content)
    with pytest.raises(BadFileError, match=message):
        read_scene(tmp_path / "bad.pcd")


def test_lzf_compiled_and_plain_agree_also_on_damaged_data():
    rng = np.random.default_rng(0)
    for trial in range(60):
        plain = rng.integers(0, 1 + trial % 7, rng.integers(1, 900), dtype=np.uint8)
        packed = np.frombuffer(lzf_compress(plain.tobytes()), np.uint8).copy()
        if trial % 3 == 2:
            packed[rng.integers(len(packed))] ^= 1 << rng.integers(8)
        one, two = np.zeros(len(plain), np.uint8), np.zeros(len(plain), np.uint8)
        assert decompress(packed, one) == decompress.py_func(packed, two)
        np.testing.assert_array_equal(one, two)
        if trial % 3 != 2:
            np.testing.assert_array_equal(one, plain)


# ---------------------------------------------------------------- arrays and text


@pytest.mark.parametrize(("xyz", "rgb"), [("xyz", "rgb"), ("points", "color"), ("coord", "colors")])
def test_npz_with_its_usual_keys(tmp_path, xyz, rgb):
    np.savez_compressed(tmp_path / "a.npz", **{xyz: XYZ, rgb: RGB, "superpoint": np.arange(500) // 9})
    scene = read_scene(tmp_path / "a.npz")
    np.testing.assert_array_equal(scene.xyz, XYZ)
    np.testing.assert_array_equal(scene.rgb, RGB)
    assert scene.segment[499] == 55
    assert scene.instance is None


def test_npz_with_labels_gives_objects_and_given_boxes_refine_them(tmp_path):
    xyz = np.array([[0, 0, 0], [1, 1, 1], [3, 0, 0], [4, 1, 1], [9, 9, 9]], np.float32)
    exact = [0.5, 0.5, 0.5, 1.2, 1.2, 1.2, 5]
    np.savez(
        tmp_path / "a.npz",
        xyz=xyz,
        rgb=np.array([[0, 0, 0], [100, 50, 9], [7, 7, 7], [7, 7, 7], [1, 1, 1]], np.uint8),
        instance=np.array([3, 3, 1, 1, 0], np.int16),
        nyu40=np.array([5, 5, 7, 7, 0], np.uint8),
        boxes=np.array([exact, [9, 9, 9, 1, 1, 1, 7]], np.float32),
    )
    scene = read_scene(tmp_path / "a.npz")
    assert scene.instance.tolist() == [2, 2, 0, 0, -1]
    assert scene.objects.id.tolist() == [0, 2]
    assert scene.objects.label == ("table", "chair")
    np.testing.assert_allclose(scene.objects.size, [[1, 1, 1], [1.2, 1.2, 1.2]], rtol=1e-6)  # only the chair's fits
    np.testing.assert_allclose(scene.objects.center, [[3.5, 0.5, 0.5], [0.5, 0.5, 0.5]], rtol=1e-6)
    assert scene.objects.color.tolist() == [[7, 7, 7], [50, 25, 4]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"xyz": XYZ, "rgb": RGB[:-1]}, r"rgb has shape \(499, 3\), expected \(500, 3\)"),
        ({"xyz": XYZ, "instance": np.zeros(499, int)}, "instance has shape"),
        ({"xyz": XYZ, "instance": np.zeros(500, int), "nyu40": np.zeros(3, int)}, "semantic has shape"),
        ({"xyz": XYZ, "instance": np.ones(500, int), "nyu40": np.full(500, 41)}, "from 41 to 41, expected 0 to 40"),
        ({"xyz": XYZ, "instance": np.ones(500, int), "boxes": np.zeros((2, 6))}, "boxes have shape"),
        ({"xyz": XYZ[:, :2]}, r"shape \(500, 2\), expected \(N, 3\)"),
        ({"xyz": XYZ[:0]}, "N > 0"),
        ({"xyz": XYZ.astype(complex)}, "complex"),
        ({"xyz": np.array([{"evil": 1}], dtype=object)}, "never loaded"),
        ({"stuff": XYZ}, "has no points"),
    ],
)
def test_damaged_npz(tmp_path, arrays, message):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(BadFileError, match=message):
        read_scene(tmp_path / "bad.npz")


def npy_header(shape: str, descr: str = "<f4") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize("shape", ["(1000000000, 3)", "(-1, 3)", "(10, 3)"])
def test_npy_that_promises_more_than_it_has(tmp_path, shape):
    (tmp_path / "bad.npy").write_bytes(npy_header(shape) + b"1234")
    with pytest.raises(BadFileError, match=r"promises|cut short|ends inside|shape"):
        read_scene(tmp_path / "bad.npy")


def test_npy_and_text_tables_with_and_without_colour(tmp_path):
    table = np.concatenate([XYZ, RGB], axis=1)
    np.save(tmp_path / "a.npy", np.asfortranarray(table))
    np.savetxt(tmp_path / "b.xyz", XYZ, fmt="%.9g", header="x y z")
    np.savetxt(tmp_path / "c.txt", table, fmt="%.9g", delimiter=", ")
    for name, coloured in (("a.npy", True), ("b.xyz", False), ("c.txt", True)):
        scene = read_scene(tmp_path / name)
        np.testing.assert_array_equal(scene.xyz, XYZ)
        assert scene.has_color == coloured
        if coloured:
            np.testing.assert_array_equal(scene.rgb, RGB)


@pytest.mark.parametrize("text", ["# nothing\n", "1 2\n", "a b c\n"])
def test_damaged_text_tables(tmp_path, text):
    (tmp_path / "bad.xyz").write_text(text)
    with pytest.raises(BadFileError, match="no table"):
        read_scene(tmp_path / "bad.xyz")


# ---------------------------------------------------------------- meshes


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


# ---------------------------------------------------------------- what is no scene file


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


# ---------------------------------------------------------------- real files


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


@pytest.mark.realdata
def test_real_pcd_loads(real_data):
    scene = read_scene(real_data / "scans" / "files" / "fragment.pcd")
    assert len(scene) == 113_662
    assert scene.has_color
    assert scene.rgb.std() > 10
    np.testing.assert_allclose(np.linalg.norm(scene.normal, axis=1), 1, atol=1e-5)


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
