"""Small files that promise much: sizes read from a file are compared with the file before memory or time is spent.

Random damage seldom writes a large number into the one field that a library believes. Here every such field that we
know of gets one, and each reader must refuse with its own error, having taken little memory.
"""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat
from tests.scenes.readers.test_formats import with_checksums, write_e57

from sceneglot.errors import BadFileError
from sceneglot.scenes.capture.exr import read_exr
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.importers.objects import object_jobs
from sceneglot.scenes.readers.arrays import read_npy_array
from sceneglot.scenes.readers.matfile import read_mat_table
from sceneglot.scenes.readers.pictures import read_picture
from sceneglot.scenes.readers.torchfile import read_torch
from sceneglot.scenes.tensorfile import open_tensors

LIMIT = 40 << 20  # bytes


def refuses(read: Callable[[Path], object], path: Path, match: str) -> None:
    """`read` fails with BadFileError that says `match`, within `LIMIT`."""
    tracemalloc.start()
    try:
        with pytest.raises(BadFileError, match=match):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < LIMIT
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_length_of_an_npy_header(tmp_path, version):
    width = "<H" if version == (1, 0) else "<I"
    promised = 2 ** (8 * struct.calcsize(width)) - 1
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY" + bytes(version) + struct.pack(width, promised) + b"{'descr': '<f4'}")
    refuses(read_npy_array, path, "header")


def test_shape_of_an_npy_array(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((4, 3)))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data.replace(b"(4, 3)", b"(4000000000, 3)".ljust(6)))
    refuses(read_npy_array, tmp_path / "a.npy", "header")


def test_expansion_of_an_npz_archive(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", xyz=np.zeros((5_000_000, 3), np.float32))
    refuses(read_scene, tmp_path / "a.npz", "unpacks to 60,000,128 bytes")


def archive(path: Path, pickled: bytes) -> Path:
    """A torch file in the zip form with this pickle."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/version", b"3\n")
        file.writestr("archive/byteorder", b"little")
    return path


@pytest.mark.parametrize("name", ["builtins\nbytearray", "torch\nTensor"])
@pytest.mark.parametrize("zipped", [True, False])
def test_memory_taken_by_a_number_in_a_torch_file(tmp_path, name, zipped):
    """Both are on torch's own list of what a file may call."""
    call = b"\x80\x02c" + name.encode() + b"\nJ" + struct.pack("<i", 2_000_000_000) + b"\x85R."
    path = archive(tmp_path / "a.pth", call)
    if not zipped:
        path.write_bytes(b"".join(pickle.dumps(head, 2) for head in (0x1950A86A20F9469CFC6C, 1001, {})) + call)
    refuses(read_torch, path, name.replace("\n", "."))


def test_names_of_newer_pickles_in_a_torch_file(tmp_path):
    call = pickle.dumps(bytearray, 4)
    assert b"\x93" in call  # STACK_GLOBAL, by which protocol 4 names what it calls
    refuses(read_torch, archive(tmp_path / "a.pth", call), "in a form that is not read")


def test_length_of_a_torch_storage(tmp_path):
    torch.save(torch.zeros(10, 3), tmp_path / "a.pth")
    with zipfile.ZipFile(tmp_path / "a.pth") as file:
        members = {member.filename: file.read(member) for member in file.infolist()}
    many, few = b"J" + struct.pack("<i", 300_000_000), b"K" + bytes([30])
    shape, small = b"J" + struct.pack("<i", 100_000_000) + b"K\x03\x86", b"K\nK\x03\x86"
    with zipfile.ZipFile(tmp_path / "b.pth", "w") as file:
        for name, data in members.items():
            file.writestr(name, data.replace(few, many).replace(small, shape))
    refuses(read_torch, tmp_path / "b.pth", r"b\.pth")


def test_lists_that_hold_each_other_twice_in_a_torch_file(tmp_path):
    """Thirty levels: 2^30 visits to a reader that walks them as a tree."""
    levels = b"".join(b"](h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1]) for i in range(30))
    value = read_torch(archive(tmp_path / "a.pth", b"\x80\x02]q\x00" + levels + b"."))
    assert value[0] is value[1]


def write_png(path: Path, side: int) -> Path:
    """A black square; its pixels are packed a thousandfold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    return path


def test_pixels_of_a_picture(tmp_path):
    refuses(lambda path: read_picture(path, rgb=True), write_png(tmp_path / "a.png", 9_000), "81,000,000|9,000 x 9,000")
    refuses(read_picture, write_png(tmp_path / "b.png", 5_000), "5,000 x 5,000")


def test_pictures_that_other_programs_would_execute(tmp_path):
    (tmp_path / "a.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"
    )
    refuses(read_picture, tmp_path / "a.png", "cannot identify")


def test_sides_of_an_exr(tmp_path):
    def entry(name: bytes, kind: bytes, data: bytes) -> bytes:
        return name + b"\0" + kind + b"\0" + struct.pack("<i", len(data)) + data

    channels = entry(b"channels", b"chlist", b"Z\0" + struct.pack("<iB3xii", 2, 0, 1, 1) + b"\0")
    window = entry(b"dataWindow", b"box2i", struct.pack("<4i", 0, 0, 16_000, 16_000))
    head = struct.pack("<iI", 20000630, 2) + channels + entry(b"compression", b"compression", b"\3") + window + b"\0"
    (tmp_path / "a.exr").write_bytes(head)
    refuses(read_exr, tmp_path / "a.exr", "16001 x 16001")


def test_small_numbers_of_a_matlab_file(tmp_path):
    """One byte a number in the file, eight in memory."""
    savemat(tmp_path / "a.mat", {"instance": np.zeros((1_500_000, 6), np.uint8)}, do_compression=True)
    path = tmp_path / "a.mat"
    path.write_bytes(
        path.read_bytes() + struct.pack("<II", 5, 400_000) + bytes(400_000)
    )  # a larger file may unpack more
    refuses(lambda path: read_mat_table(path, "instance"), path, "50 times")


def write_glb(path: Path, tree: dict, binary: bytes) -> Path:
    """GLB around a tree whose one buffer is `binary`."""
    text = json.dumps({"asset": {"version": "2.0"}, "buffers": [{"byteLength": len(binary)}], **tree}).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    head = struct.pack("<4sII", b"glTF", 2, total) + struct.pack("<I4s", len(text), b"JSON")
    path.write_bytes(head + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary)
    return path


def triangles(count: int, **more) -> tuple[dict, bytes]:
    """(tree, binary) of a mesh of `count` triangles."""
    xyz = np.random.default_rng(0).random((3 * count, 3)).astype("<f4")
    view = {"buffer": 0, "byteLength": xyz.nbytes}
    position = {"bufferView": 0, "componentType": 5126, "count": len(xyz), "type": "VEC3"}
    mesh = {"primitives": [{"attributes": {"POSITION": 0}}]}
    tree = {"bufferViews": [view], "accessors": [position], "meshes": [mesh], "nodes": [{"mesh": 0}]}
    return {**tree, "scenes": [{"nodes": [0]}], "scene": 0, **more}, xyz.tobytes()


def test_meshes_that_stand_in_many_places(tmp_path):
    places = 200_000
    tree, binary = triangles(40, nodes=[{"mesh": 0}] * places, scenes=[{"nodes": list(range(places))}])
    path = write_glb(tmp_path / "a.glb", tree, binary)
    with pytest.raises(BadFileError, match="repeats its meshes until they have 24,000,120 vertices"):
        read_scene(path)


def test_accessors_that_share_no_data(tmp_path):
    """Accessors without a view are zeros: a few bytes each in the file."""
    zeros = {"componentType": 5126, "count": 20_000, "type": "MAT4"}
    tree, binary = triangles(2_000)
    path = write_glb(tmp_path / "a.glb", {**tree, "accessors": [*tree["accessors"], *[zeros] * 500]}, binary)
    refuses(read_scene, path, "promises 640,072,000 bytes of numbers")


@pytest.mark.parametrize("uri", ["../secret.png", "%2e%2e/secret.png", "/etc/passwd", "link/secret.png"])
@pytest.mark.parametrize("where", ["images", "buffers"])
def test_a_gltf_reads_nothing_outside_its_folder(tmp_path, uri, where):
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(bytes(1000))
    (folder / "link").symlink_to(tmp_path)
    tree, binary = triangles(2)
    inline = {"byteLength": len(binary), "uri": "data:;base64," + base64.b64encode(binary).decode()}
    named = {"byteLength": 1000, "uri": uri}
    tree |= {"asset": {"version": "2.0"}, "buffers": [inline, named] if where == "buffers" else [inline]}
    tree |= {"images": [named]} if where == "images" else {}
    (folder / "a.gltf").write_text(json.dumps(tree))
    refuses(read_scene, folder / "a.gltf", "outside")


@pytest.mark.parametrize("side", [9_000, 30_000])
def test_textures_are_not_decoded_beyond_their_bound(tmp_path, side):
    picture = write_png(tmp_path / "a.png", side).read_bytes()
    tree, binary = triangles(2)
    view = {"buffer": 0, "byteOffset": len(binary), "byteLength": len(picture)}
    tree |= {"bufferViews": [*tree["bufferViews"], view], "images": [{"bufferView": 1, "mimeType": "image/png"}]}
    refuses(read_scene, write_glb(tmp_path / "a.glb", tree, binary + picture), "texture '0' is not read")
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd a.png\n")
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    refuses(read_scene, tmp_path / "a.obj", "texture 'a.png' is not read")


def test_properties_of_a_ply(tmp_path):
    names = b"".join(b"property char a%d\n" % i for i in range(10_000))
    (tmp_path / "a.ply").write_bytes(b"ply\nformat ascii 1.0\nelement vertex 1\n" + names + b"end_header\n")
    refuses(read_scene, tmp_path / "a.ply", "cannot be understood")


def with_xml(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """An E57 file whose XML part is changed, with checksums that agree."""
    write_e57(path)
    raw = path.read_bytes()
    data = bytearray(np.frombuffer(raw, np.uint8).reshape(-1, 1024)[:, :-4].tobytes())
    at, length = struct.unpack_from("<QQ", data, 24)
    start = at // 1024 * 1020 + at % 1024
    text = change(bytes(data[start : start + length]))
    data[start:] = text + bytes(-(start + len(text)) % 1020)
    pages = len(data) // 1020
    struct.pack_into("<QQQ", data, 16, 1024 * pages, at, len(text))
    with_checksums(path, bytes(data))
    return path


def test_scans_of_an_e57_that_share_their_points(tmp_path):
    def repeat(text: bytes) -> bytes:
        first, last = text.index(b"<vectorChild"), text.index(b"</data3D>")
        return text[:first] + text[first:last] * 500 + text[last:]

    refuses(read_scene, with_xml(tmp_path / "a.e57", repeat), "scans that share their points")


def test_entities_of_an_e57_in_another_encoding(tmp_path):
    hidden = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>'.encode("utf-16")
    refuses(read_scene, with_xml(tmp_path / "a.e57", lambda _: hidden), "cannot be read as E57")


@pytest.mark.parametrize("shape", [[0, 2**62, 8], [0, 2**70], [0] * 40])
def test_empty_tensors_of_impossible_shape(tmp_path, shape):
    header = json.dumps({"a": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    refuses(open_tensors, tmp_path / "a.safetensors", "do not hold shape")


@pytest.mark.parametrize("name", ["a.gltf", "o.json"])
def test_depth_of_json(tmp_path, name):
    (tmp_path / name).write_bytes(b"[" * 200_000)
    refuses(object_jobs if name == "o.json" else read_scene, tmp_path / name, "cannot be read|is no")


def drawing(side: int = 8) -> bytes:
    """An EPS file, which Pillow would give to Ghostscript."""
    head = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 {side} {side}\n%%EndComments\n"
    return head.encode() + b"showpage\n%%EOF\n"


@pytest.mark.parametrize(
    "text",
    ["mtllib a.mtl", "  mtllib a.mtl", "mtllib\ta.mtl", "mtl\\\nlib a.mtl", "# see mtllib a.mtl"],
    ids=["plain", "indented", "tab", "continued", "comment"],
)
@pytest.mark.parametrize("line", ["\n", "\x0b", "\u2028"], ids=["newline", "tab", "separator"])
@pytest.mark.parametrize("texture", ["a.eps", "../a.eps"])
def test_textures_of_an_obj_however_they_are_named(tmp_path, text, line, texture):
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "a.eps").write_bytes(drawing())
    (folder / "a.eps").write_bytes(drawing())
    (folder / "a.mtl").write_text(f"newmtl m{line}map_Kd {texture}\n")
    body = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl m\nf 1/1 2/2 3/3\n"
    (folder / "a.obj").write_text(f"{text}\n{body}")
    refuses(read_scene, folder / "a.obj", "outside" if ".." in texture else "of kind EPS")


def test_a_texture_that_is_not_there_is_done_without(tmp_path):
    (tmp_path / "a.mtl").write_text("newmtl m\nKd 1 0 0\nmap_Kd a.png\n")
    body = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl m\nf 1/1 2/2 3/3\n"
    (tmp_path / "a.obj").write_text(f"mtllib a.mtl\n{body}")
    scene = read_scene(tmp_path / "a.obj")
    assert (scene.rgb == (255, 0, 0)).all()


@pytest.mark.parametrize("where", ["view and uri", "no media type", "second chunk", "second buffer"])
def test_pictures_of_a_glb_wherever_they_lie(tmp_path, where):
    """What two readers could understand differently: whichever is meant, nothing but a known picture is decoded."""
    tree, binary = triangles(2)
    picture, uri = drawing(), "data:;base64," + base64.b64encode(drawing()).decode()
    view = {"buffer": 0, "byteOffset": len(binary), "byteLength": len(picture)}
    image: dict = {"bufferView": len(tree["bufferViews"]), "mimeType": "image/png"}
    extra = b""
    if where == "view and uri":
        image["uri"] = "data:;base64," + base64.b64encode(write_png(tmp_path / "a.png", 8).read_bytes()).decode()
        binary += picture
    elif where == "no media type":
        image = {"uri": uri.removeprefix("data:")}
    elif where == "second chunk":
        view |= {"buffer": 1, "byteOffset": 0}
        tree["buffers"] = [{"byteLength": len(binary)}, {"byteLength": len(picture)}]
        padded = picture + bytes(-len(picture) % 4)
        extra = struct.pack("<II", len(padded), 0x004E4942) + padded
    else:
        view |= {"buffer": 1, "byteOffset": 0}
        tree["buffers"] = [{"byteLength": len(binary)}, {"byteLength": len(picture), "uri": uri}]
    tree |= {"bufferViews": [*tree["bufferViews"], view], "images": [image]}
    tree |= {"textures": [{"source": 0}], "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]}
    tree["meshes"][0]["primitives"][0]["material"] = 0
    path = write_glb(tmp_path / "a.glb", tree, binary)
    path.write_bytes(path.read_bytes() + extra)
    decoded = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: decoded.append("Ghostscript"))
        with contextlib.suppress(BadFileError):
            read_scene(path)
    assert not decoded


def test_texture_coordinates_of_another_shape(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd a.png\n")
    body = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0\nvt 1\nvt 0\nusemtl m\nf 1/1 2/2 3/3\n"
    (tmp_path / "a.obj").write_text(f"mtllib a.mtl\n{body}")
    refuses(read_scene, tmp_path / "a.obj", "texture coordinates")
