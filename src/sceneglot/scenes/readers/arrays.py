"""NPZ and NPY arrays of points. Pickled content is never loaded."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.boxes import boxes_of_instances, match_boxes, mean_colors
from sceneglot.scenes.labels import NYU40_NAMES
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.cloud import Cloud, to_int, to_rgb8

XYZ_KEYS = ("xyz", "points", "coord", "coords", "pos", "pc")
RGB_KEYS = ("rgb", "color", "colors")
NORMAL_KEYS = ("normal", "normals")
SEGMENT_KEYS = ("segment", "superpoint")
SEMANTIC_KEYS = ("nyu40", "semantic")
MAX_HEADER = 10_000
"""Bytes of an NPY header, numpy's own limit for headers that are safe to evaluate."""
MAX_EXPANSION = 100
"""Archives of points shrink 1 to 5 times; what grows more than this when unpacked holds none."""
_SLACK = 1 << 20  # small archives may be anything


def read_npz(path: Path) -> Cloud:
    """Read an NPZ archive of per-point arrays.

    Keys: `xyz` (or points, coord, pos, pc) (N, 3), or (N, 6) with colours; `rgb` (color); `normal`; `segment`;
    `nyu40` (or semantic) (N,) NYU40 ids with 0 for none; `instance` (N,) object id + 1 with 0 for none; `boxes` (K, 7)
    centre, size and NYU40 id, which refine the boxes of the instances they match.

    Raises:
        BadFileError: no archive, pickled content, no points, or arrays of different lengths.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            wanted = {*XYZ_KEYS, *RGB_KEYS, *NORMAL_KEYS, *SEGMENT_KEYS, *SEMANTIC_KEYS, "instance", "boxes"}
            unpacked = sum(info.file_size for name, info in names.items() if name in wanted)
            if unpacked > MAX_EXPANSION * path.stat().st_size + _SLACK:
                raise BadFileError(path, f"unpacks to {unpacked:,} bytes, more than {MAX_EXPANSION} times its size")
            arrays = {name: _read_member(path, archive, info) for name, info in names.items() if name in wanted}
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadFileError(path, f"cannot be read as NPZ ({str(error)[:100]})") from error
    except zipfile.zlib.error as error:  # pyright: ignore[reportAttributeAccessIssue]
        raise BadFileError(path, f"holds damaged compressed data ({error})") from error
    pick = lambda keys: next((arrays[key] for key in keys if key in arrays), None)  # noqa: E731
    xyz = pick(XYZ_KEYS)
    if xyz is None:
        raise BadFileError(path, f"has no points: expected a key {XYZ_KEYS}, found {', '.join(names)[:100]}")
    cloud = _table(path, xyz)
    rgb, normal, segment, semantic = (pick(keys) for keys in (RGB_KEYS, NORMAL_KEYS, SEGMENT_KEYS, SEMANTIC_KEYS))
    n = len(cloud.xyz)
    notes = ()
    if semantic is not None and "nyu40" not in arrays:
        notes = ("array 'semantic' is taken as NYU40 ids",)
    instance = _column(path, arrays.get("instance"), (n,), "instance")
    semantic = _column(path, semantic, (n,), "semantic")
    colors = _column(path, rgb, (n, 3), "rgb")
    rgb8 = cloud.rgb if colors is None else to_rgb8(colors)
    ids = None if instance is None else to_int(instance) - 1  # stored as object id + 1
    kinds = None if semantic is None else to_int(semantic)
    segment = _column(path, segment, (n,), "segment")
    return Cloud(
        cloud.xyz,
        rgb8,
        _column(path, normal, (n, 3), "normal"),
        segment=None if segment is None else to_int(segment),
        instance=ids,
        semantic=kinds,
        objects=_objects(path, cloud.xyz, rgb8, ids, kinds, arrays.get("boxes")),
        notes=notes,
    )


def read_npy(path: Path) -> Cloud:
    """Read an NPY array of shape (N, 3), or (N, 6) with colours, or wider (the rest is ignored)."""
    return _table(path, read_npy_array(path))


def read_npy_array(path: Path) -> np.ndarray:
    """The array of numbers in an NPY file, of any shape.

    Raises:
        BadFileError: missing, damaged, shorter than its header promises, or not an array of numbers.
    """
    try:
        with open(path, "rb") as file:
            return _read_array(path, file, path.stat().st_size)
    except (OSError, ValueError, EOFError) as error:
        raise BadFileError(path, f"cannot be read as NPY ({str(error)[:100]})") from error


def _read_member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as file:
        return _read_array(path, file, info.file_size)


def _read_array(path: Path, file: IO[bytes], size: int) -> np.ndarray:
    """One array in NPY form; its promised size is compared with the `size` of the file before memory is taken."""
    try:
        shape, fortran, dtype = _read_header(file)
    except Exception as error:  # numpy evaluates the header as Python text, whose damage has many names
        raise BadFileError(path, f"array header cannot be read ({str(error)[:60]!r})") from error
    if dtype.hasobject:
        raise BadFileError(path, "holds pickled objects, which are never loaded", "save plain number arrays")
    if dtype.kind not in "biuf":
        raise BadFileError(path, f"holds an array of type {dtype}, expected numbers")
    count = 1
    for extent in shape:
        count *= int(extent)
    if count < 0 or count * dtype.itemsize > size:
        raise BadFileError(path, f"header promises an array {shape} of {dtype}, file holds {size:,} bytes")
    data = file.read(count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise BadFileError(path, f"ends inside an array {shape} of {dtype}")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, Fortran order and type; the header's own promised length is bounded before numpy takes memory for it."""
    version = np.lib.format.read_magic(file)
    width, read = (
        (2, np.lib.format.read_array_header_1_0) if version == (1, 0) else (4, np.lib.format.read_array_header_2_0)
    )
    prefix = file.read(width)
    length = int.from_bytes(prefix, "little")
    if length > MAX_HEADER:
        raise ValueError(f"header of {length:,} bytes")
    return read(io.BytesIO(prefix + file.read(length)))


def _table(path: Path, array: np.ndarray) -> Cloud:
    if array.ndim != 2 or array.shape[1] < 3 or not len(array):
        raise BadFileError(path, f"points have shape {array.shape}, expected (N, 3) or (N, 6) with N > 0")
    rgb = to_rgb8(array[:, 3:6]) if array.shape[1] >= 6 else None
    note = (f"columns after the first {6 if rgb is not None else 3} are ignored",)
    return Cloud(array[:, :3].astype(np.float64), rgb, notes=note if array.shape[1] not in (3, 6) else ())


def _column(path: Path, array: np.ndarray | None, shape: tuple[int, ...], name: str) -> np.ndarray | None:
    if array is not None and array.shape != shape:
        raise BadFileError(path, f"{name} has shape {array.shape}, expected {shape} to match the points")
    return array


def _objects(
    path: Path,
    xyz: np.ndarray,
    rgb: np.ndarray | None,
    instance: np.ndarray | None,
    semantic: np.ndarray | None,
    boxes: np.ndarray | None,
) -> Objects | None:
    if instance is None:
        return None
    ids, low, high = boxes_of_instances(xyz, instance)
    nyu40 = np.zeros(len(ids), np.int64)
    if semantic is not None:
        if semantic.size and not 0 <= semantic.min() <= semantic.max() < len(NYU40_NAMES):
            raise BadFileError(path, f"semantic labels run from {semantic.min()} to {semantic.max()}, expected 0 to 40")
        votes = np.zeros((len(ids), len(NYU40_NAMES)), np.int64)
        member = instance >= 0
        np.add.at(votes, (np.searchsorted(ids, instance[member]), semantic[member]), 1)
        nyu40 = votes.argmax(1)
    if boxes is not None:
        if boxes.ndim != 2 or boxes.shape[1] != 7 or not np.isfinite(boxes).all():
            raise BadFileError(path, f"boxes have shape {boxes.shape}, expected (K, 7) finite numbers")
        low, high = match_boxes(low, high, nyu40, boxes)
    return Objects(
        id=ids,
        label=tuple(NYU40_NAMES[kind] if kind else "object" for kind in nyu40),
        center=(low + high) / 2,
        size=high - low,
        color=mean_colors(rgb, instance, ids) if rgb is not None else np.zeros((0, 3), np.uint8),
    )
