"""PCD and its LZF packing: every form, wide fields, holes, and what damage does."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.readers.lzf import decompress

RNG = np.random.default_rng(3)
XYZ = (RNG.random((500, 3)) * (4, 3, 2)).astype(np.float32)
RGB = RNG.integers(0, 256, (500, 3), dtype=np.uint8)


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


@pytest.mark.realdata
def test_real_pcd_loads(real_data):
    scene = read_scene(real_data / "scans" / "files" / "fragment.pcd")
    assert len(scene) == 113_662
    assert scene.has_color
    assert scene.rgb.std() > 10
    np.testing.assert_allclose(np.linalg.norm(scene.normal, axis=1), 1, atol=1e-5)
