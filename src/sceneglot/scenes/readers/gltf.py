"""What a GLB or glTF file promises, compared with what it holds before trimesh takes memory for it.

glTF is a tree of JSON whose meshes, nodes, accessors and pictures refer to each other by number (glTF 2.0, sections 3.6
and 3.7): a few bytes of it can ask for the same data a thousand times.
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
from sceneglot.scenes.readers.beside import beside
from sceneglot.scenes.readers.pictures import check_embedded

MAX_INSTANCED = 10_000_000
"""Vertices and corners that a file may have once its meshes stand wherever its nodes say, unless it holds as many."""

_SHARING = 4  # accessors may share bytes: times the size of the file
_SLACK = 1 << 20
_COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_DAMAGE = (
    OSError, ValueError, struct.error, AttributeError, TypeError, ArithmeticError, RecursionError, LookupError,
)  # fmt: skip
_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}


def check_gltf(path: Path) -> None:
    """Look at a file before it is loaded.

    Raises:
        BadFileError: damaged, promising more numbers than it holds, repeating its meshes beyond `MAX_INSTANCED`,
            naming files outside its folder, or with textures that are not read.
    """
    try:
        size, tree, binary = _open(path)
        buffers = [_buffer(path, buffer, binary) for buffer in tree.get("buffers", ())]
        size += sum(len(buffer) for buffer in buffers)
        _check_accessors(path, tree.get("accessors", ()), size)
        _check_instances(path, tree)
        for number, image in enumerate(tree.get("images", ())):
            check_embedded(path, str(image.get("name", number)), _picture(path, tree, image, buffers))
    except BadFileError:
        raise
    except _DAMAGE as error:
        raise BadFileError(path, f"cannot be read as glTF ({str(error)[:100]})") from error


def _open(path: Path) -> tuple[int, dict[str, Any], bytes]:
    """(bytes of the file, its JSON, its binary chunk)."""
    data = path.read_bytes()
    if path.suffix.lower() != ".glb":
        return len(data), json.loads(data), b""
    magic, _, _, length, kind = struct.unpack("<4sIIII", data[:20])
    if magic != b"glTF" or kind != 0x4E4F534A or length > len(data) - 20:
        raise ValueError("no glTF header, or its JSON part is cut short")
    return len(data), json.loads(data[20 : 20 + length]), data[28 + length :]


def _buffer(path: Path, buffer: dict[str, Any], binary: bytes) -> bytes:
    return _at_uri(path, str(buffer["uri"])) if buffer.get("uri") else binary


def _at_uri(path: Path, uri: str) -> bytes:
    if uri.startswith("data:"):
        try:
            return base64.b64decode(uri.partition(",")[2])
        except binascii.Error as error:
            raise ValueError(f"data inside the text is damaged ({error})") from error
    beside(path, uri)  # trimesh may take the name as it stands
    return beside(path, unquote(uri)).read_bytes()


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
