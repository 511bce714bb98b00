"""NPZ, NPY and text tables: points, labels and boxes by their usual names, and what damage does."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import read_scene

RNG = np.random.default_rng(3)
XYZ = (RNG.random((500, 3)) * (4, 3, 2)).astype(np.float32)
RGB = RNG.integers(0, 256, (500, 3), dtype=np.uint8)


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
