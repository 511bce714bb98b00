"""What a GLB or glTF file promises, compared with what it holds before trimesh takes memory for it.

glTF is a tree of JSON whose meshes, nodes, accessors and pictures refer to each other by number (glTF 2.0, sections 3.6
and 3.7): a few bytes of it can ask for the same data a thousand times. Where data lie can be said in several ways, and
two readers may understand a strange file differently: so trimesh gets the very bytes that were looked at here.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.beside import read_beside
from sceneglot.scenes.readers.pictures import check_embedded

MAX_INSTANCED = 10_000_000
"""Vertices and corners that a file may have once its meshes stand wherever its nodes say, unless it holds as many."""

_SHARING = 4  # accessors may share bytes: times the size of the file
_SLACK = 1 << 20
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_DAMAGE = (
    OSError, ValueError, struct.error, AttributeError, TypeError, ArithmeticError, RecursionError, LookupError,
)  # fmt: skip
_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}


def checked_gltf(path: Path) -> tuple[bytes, dict[str, bytes]]:
    """A GLB or glTF file as the text of a glTF file, and the buffers and pictures that this text names.

    Raises:
        BadFileError: damaged, promising more numbers than it holds, repeating its meshes beyond `MAX_INSTANCED`,
            naming files outside its folder, or with textures that are not read.
    """
    try:
        size, tree, binary = _open(path)
        buffers = [_buffer(path, buffer, b"" if n else binary) for n, buffer in enumerate(tree.get("buffers", ()))]
        size += sum(len(buffer) for buffer in buffers)
        _check_accessors(path, tree.get("accessors", ()), size)
        _check_instances(path, tree)
        images = [_picture(path, tree, image, buffers) for image in tree.get("images", ())]
        for number, (image, data) in enumerate(zip(tree.get("images", ()), images)):
            check_embedded(path, str(image.get("name", number)), data)
        named = {f"buffer-{n}": data for n, data in enumerate(buffers)}
        tree["buffers"] = [{"uri": name, "byteLength": len(data)} for name, data in named.items()]
        tree["images"] = [{"uri": f"picture-{n}"} for n in range(len(images))]
        named |= {f"picture-{n}": data for n, data in enumerate(images)}
        return json.dumps(tree).encode(), named
    except BadFileError:
        raise
    except _DAMAGE as error:
        raise BadFileError(path, f"cannot be read as glTF ({str(error)[:100]})") from error


def _open(path: Path) -> tuple[int, dict[str, Any], bytes]:
    """(bytes of the file, its JSON, its binary chunk)."""
    data = path.read_bytes()
    if path.suffix.lower() != ".glb":
        return len(data), json.loads(data), b""
    magic, version, _, length, kind = struct.unpack("<4sIIII", data[:20])
    if magic != b"glTF" or kind != _JSON_CHUNK or length > len(data) - 20:
        raise ValueError("no glTF header, or its JSON part is cut short")
    if version != 2:
        raise ValueError(f"version {version} of GLB, expected 2")
    binary = b""
    if len(data) >= 28 + length:
        promised, kind = struct.unpack("<II", data[20 + length : 28 + length])
        binary = data[28 + length : 28 + length + promised] if kind == _BINARY_CHUNK else b""
        if kind == _BINARY_CHUNK and len(binary) < promised:
            raise ValueError(f"its binary part has {len(binary):,} bytes, the header promises {promised:,}")
    return len(data), json.loads(data[20 : 20 + length]), binary


def _buffer(path: Path, buffer: dict[str, Any], binary: bytes) -> bytes:
    return _at_uri(path, str(buffer["uri"])) if buffer.get("uri") else binary


def _at_uri(path: Path, uri: str) -> bytes:
    if uri.startswith("data:"):
        try:
            return base64.b64decode(uri.partition(",")[2])
        except binascii.Error as error:
            raise ValueError(f"data inside the text is damaged ({error})") from error
    return read_beside(path, unquote(uri))


def _check_accessors(path: Path, accessors: list[dict[str, Any]], size: int) -> None:
    promised = 0
    for accessor in accessors:
        count = int(accessor.get("count", 0))
        if count < 0:
            raise ValueError(f"an accessor of {count} elements")
        width = _BYTES.get(int(accessor.get("componentType", 0)), 4)
        promised += count * width * _COMPONENTS.get(str(accessor.get("type")), 1)
    if promised > _SHARING * size + _SLACK:
        raise BadFileError(path, f"header promises {promised:,} bytes of numbers, the file holds {size:,}")


def _check_instances(path: Path, tree: dict[str, Any]) -> None:
    counts = [int(accessor.get("count", 0)) for accessor in tree.get("accessors", ())]
    weights = []
    for mesh in tree.get("meshes", ()):
        used = [(part.get("attributes", {}).get("POSITION"), part.get("indices")) for part in mesh["primitives"]]
        weights.append(sum(counts[int(number)] for pair in used for number in pair if number is not None))
    placed = sum(weights[int(node["mesh"])] for node in tree.get("nodes", ()) if node.get("mesh") is not None)
    total, stored = placed + sum(weights), sum(counts)
    if total > max(MAX_INSTANCED, 2 * stored):
        raise BadFileError(path, f"repeats its meshes until they have {total:,} vertices, it holds {stored:,}")


def _picture(path: Path, tree: dict[str, Any], image: dict[str, Any], buffers: list[bytes]) -> bytes:
    if image.get("uri"):
        try:
            return _at_uri(path, str(image["uri"]))
        except FileNotFoundError:
            return b""  # the mesh can be read without it
    view = tree["bufferViews"][int(image["bufferView"])]
    start = int(view.get("byteOffset", 0))
    return buffers[int(view["buffer"])][start : start + int(view["byteLength"])]
