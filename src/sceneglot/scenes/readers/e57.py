"""E57 (ASTM E2807): clouds of terrestrial laser scanners. Our own reader of the part that holds points.

The file is cut into pages that end with a CRC-32C; an XML part describes the scans; the points of a scan are a
"compressed vector": packets with one byte stream per field, whole numbers packed into as few bits as their range needs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.readers.cloud import Cloud, brought_near, to_rgb8, to_unit
from sceneglot.scenes.rigid import quaternion_matrix, rigid

_HEADER = struct.Struct("<8sIIQQQQ")
_MAX_XML = 64 << 20
_CHUNK = 1 << 20  # numbers unpacked at once
_CARTESIAN = ("cartesianX", "cartesianY", "cartesianZ")
_SPHERICAL = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
_COLORS = ("colorRed", "colorGreen", "colorBlue")
_NORMALS = ("normalX", "normalY", "normalZ")
_Scan = dict[str, np.ndarray]


@dataclass(frozen=True)
class _Field:
    """One field of the records: a float of so many bits, or whole numbers from `low` that are scaled and shifted."""

    name: str
    bits: int
    is_float: bool
    low: int = 0
    scale: float = 1.0
    offset: float = 0.0


def read_e57(path: Path) -> Cloud:
    """Read all scans of an E57 file into one cloud, each moved by its pose.

    Raises:
        BadFileError: no E57, damaged pages, or packets that do not hold what the XML part promises.
    """
    try:
        data, xml = _pages(path, path.read_bytes())
        elements = _scan_elements(xml)
        _check_promises(path, data, elements)
        scans = [_scan(path, data, element) for element in elements]
    except BadFileError:
        raise
    except (ValueError, OverflowError, struct.error, KeyError, ElementTree.ParseError, SceneglotError) as error:
        raise BadFileError(path, f"cannot be read as E57 ({str(error)[:100]})") from error
    if not scans:
        raise BadFileError(path, "holds no scan with points")
    xyz, notes = brought_near(np.concatenate([scan["xyz"] for scan in scans]))
    rgb, normal, intensity = (_everywhere(scans, name) for name in ("rgb", "normal", "intensity"))
    if len(scans) > 1:
        notes += (f"{len(scans)} scans joined",)
    return Cloud(
        xyz,
        None if rgb is None else to_rgb8(rgb),
        normal,
        notes=notes,
        intensity=None if intensity is None else to_unit(intensity),
    )


def _everywhere(scans: list[_Scan], name: str) -> np.ndarray | None:
    """A column, if every scan has it."""
    return np.concatenate([scan[name] for scan in scans]) if all(name in scan for scan in scans) else None


def _pages(path: Path, raw: bytes) -> tuple[bytes, ElementTree.Element]:
    """The content without checksums, and the XML part."""
    if len(raw) < _HEADER.size or raw[:8] != b"ASTM-E57":
        raise BadFileError(path, f"is no E57 file: begins with {raw[:8]!r} instead of b'ASTM-E57'")
    _, _, _, length, xml_at, xml_length, page = _HEADER.unpack_from(raw)
    if not 64 <= page <= 1 << 20 or len(raw) % page or length != len(raw):
        raise BadFileError(path, f"header promises {length:,} bytes in pages of {page:,}, file holds {len(raw):,}")
    pages = np.frombuffer(raw, np.uint8).reshape(-1, page)
    stored = np.ascontiguousarray(pages[:, -4:]).view(">u4")[:, 0]
    wrong = np.flatnonzero(crc32c(pages[:, :-4]) != stored)
    if len(wrong):
        raise BadFileError(
            path, f"{len(wrong)} of {len(pages):,} pages are damaged (checksum), the first is {wrong[0]}"
        )
    data = pages[:, :-4].tobytes()
    start = _logical(xml_at, page)
    if xml_length > _MAX_XML or start + xml_length > len(data):
        raise BadFileError(path, f"promises {xml_length:,} bytes of XML that it does not hold")
    text = data[start : start + xml_length].decode("utf-8")  # no other encoding may hide what is looked for here
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadFileError(path, "its XML part defines entities, which E57 does not use")
    return data, ElementTree.fromstring(text)


def _logical(physical: int, page: int) -> int:
    return physical // page * (page - 4) + physical % page


def _scan_elements(root: ElementTree.Element) -> list[ElementTree.Element]:
    scans = next((child for child in root if _plain(child) == "data3D"), None)
    return [] if scans is None else [scan for scan in scans if _has_points(scan)]


def _has_points(scan: ElementTree.Element) -> bool:
    """A scan may be there for its pictures alone, or have lost all of its points to a filter."""
    points = _child(scan, "points")
    return points is not None and int(points.attrib["recordCount"]) != 0


def _plain(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((child for child in element if _plain(child) == name), None)


def _number(element: ElementTree.Element | None, name: str, default: float) -> float:
    child = None if element is None else _child(element, name)
    return default if child is None or not (child.text or "").strip() else float(child.text or "")


def _scan(path: Path, data: bytes, scan: ElementTree.Element) -> _Scan:
    points = _child(scan, "points")
    assert points is not None
    prototype = _child(points, "prototype")
    fields = [] if prototype is None else [_field(element) for element in prototype]
    count = _count(scan)
    page = _HEADER.unpack_from(data)[6]
    streams = _streams(path, data, _logical(int(points.attrib["fileOffset"]), page), page, len(fields))
    wanted = {
        *_CARTESIAN,
        *_SPHERICAL,
        *_COLORS,
        *_NORMALS,
        "intensity",
        "cartesianInvalidState",
        "sphericalInvalidState",
    }
    columns = {
        field.name: _unpack(path, stream, field, count)
        for field, stream in zip(fields, streams)
        if field.name in wanted
    }
    if all(name in columns for name in _CARTESIAN):
        xyz, invalid = np.stack([columns[name] for name in _CARTESIAN], 1), columns.get("cartesianInvalidState")
    elif all(name in columns for name in _SPHERICAL):
        distance, azimuth, elevation = (columns[name] for name in _SPHERICAL)
        flat = distance * np.cos(elevation)
        xyz = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), distance * np.sin(elevation)], 1)
        invalid = columns.get("sphericalInvalidState")
    else:
        raise BadFileError(path, f"has a scan without coordinates; fields: {', '.join(f.name for f in fields)[:100]}")
    pose = _pose(_child(scan, "pose"))
    out = {"xyz": xyz @ pose[:3, :3].T + pose[:3, 3]}
    for name, parts in (("rgb", _COLORS), ("normal", _NORMALS)):
        if all(part in columns for part in parts):
            out[name] = np.stack([columns[part] for part in parts], 1)
    if "normal" in out:
        out["normal"] = out["normal"] @ pose[:3, :3].T
    if "intensity" in columns:
        out["intensity"] = columns["intensity"]
    return out if invalid is None else {name: values[invalid == 0] for name, values in out.items()}


def _check_promises(path: Path, data: bytes, scans: list[ElementTree.Element]) -> None:
    """Every scan has points of its own, and together they are no more than the file has bits."""
    promised = sum(_count(scan) for scan in scans)
    if promised > 8 * len(data):
        raise BadFileError(path, f"promises {promised:,} points in {len(data):,} bytes")
    places = [int(points.attrib["fileOffset"]) for scan in scans if (points := _child(scan, "points")) is not None]
    if len(set(places)) != len(places):
        raise BadFileError(path, "has scans that share their points")


def _count(scan: ElementTree.Element) -> int:
    """Points of a scan as promised."""
    points = _child(scan, "points")
    count = 0 if points is None else int(points.attrib["recordCount"])
    if count < 1:
        raise ValueError(f"a scan of {count} points")
    return count


def _pose(element: ElementTree.Element | None) -> np.ndarray:
    if element is None:
        return np.eye(4)
    q, t = _child(element, "rotation"), _child(element, "translation")
    xyzw = [_number(q, name, float(name == "w")) for name in "xyzw"]
    return rigid(quaternion_matrix(xyzw), [_number(t, name, 0.0) for name in "xyz"])


def _field(element: ElementTree.Element) -> _Field:
    name, kind = _plain(element), element.attrib.get("type")
    if kind == "Float":
        return _Field(name, 32 if element.attrib.get("precision") == "single" else 64, True)
    if kind in ("Integer", "ScaledInteger"):
        low = int(element.attrib.get("minimum", -(2**63)))
        high = int(element.attrib.get("maximum", 2**63 - 1))
        if not -(2**63) <= low <= high < 2**63:
            raise ValueError(f"field {name} runs from {low} to {high}")
        scale, offset = (float(element.attrib.get(key, default)) for key, default in (("scale", 1), ("offset", 0)))
        return _Field(name, (high - low).bit_length(), False, low, scale, offset)
    return _Field(name, -1, False)  # text: its stream is there, and left alone


def _streams(path: Path, data: bytes, at: int, page: int, count: int) -> list[bytes]:
    """The byte streams of a compressed vector, one per field."""
    section, length, first, _ = struct.unpack_from("<B7xQQQ", data, at)
    if section != 1 or at + length > len(data):
        raise BadFileError(path, "a compressed vector is damaged or cut short")
    parts: list[list[bytes]] = [[] for _ in range(count)]
    end, at = at + length, _logical(first, page)
    while at + 4 <= end:
        kind, _, size = struct.unpack_from("<BBH", data, at)
        if kind == 1:
            (number,) = struct.unpack_from("<H", data, at + 4)
            if number != count:
                raise BadFileError(path, f"a packet has {number} streams, the XML part promises {count} fields")
            lengths = struct.unpack_from(f"<{count}H", data, at + 6)
            start = at + 6 + 2 * count
            if start + sum(lengths) > at + size + 1 or at + size + 1 > end:
                raise BadFileError(path, "a packet is cut short")
            for part, width in zip(parts, lengths):
                part.append(data[start : start + width])
                start += width
        elif kind not in (0, 2):
            raise BadFileError(path, f"a packet has type {kind}, expected 0, 1 or 2")
        at += size + 1
    return [b"".join(part) for part in parts]


def _unpack(path: Path, stream: bytes, field: _Field, count: int) -> np.ndarray:
    """(count,) float64."""
    if field.bits < 0 or len(stream) * 8 < field.bits * count:
        raise BadFileError(path, f"field {field.name} ends before its {count:,} values")
    if field.is_float:
        return np.frombuffer(stream, "<f4" if field.bits == 32 else "<f8", count).astype(np.float64)
    if field.bits == 0:
        raw = np.zeros(count)
    elif field.bits in (8, 16, 32, 64):
        raw = np.frombuffer(stream, f"<u{field.bits // 8}", count).astype(np.float64)
    else:
        raw = np.empty(count)
        weights = 2.0 ** np.arange(field.bits)
        step = _CHUNK // field.bits * 8  # a multiple of 8 values begins at a byte
        for first in range(0, count, step):
            last = min(first + step, count)
            packed = np.frombuffer(stream, np.uint8)[first * field.bits // 8 : -(-last * field.bits // 8)]
            bits = np.unpackbits(packed, bitorder="little", count=(last - first) * field.bits)
            raw[first:last] = bits.reshape(-1, field.bits) @ weights
    return (raw + float(field.low)) * field.scale + field.offset


def crc32c(rows: np.ndarray) -> np.ndarray:
    """(P,) uint32 CRC-32C (Castagnoli) of each row of (P, B) uint8; all rows at once, byte by byte."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> np.uint32(1)) ^ (np.uint32(0x82F63B78) * (table & np.uint32(1)))
    columns = np.ascontiguousarray(rows.T)
    crc = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in columns:
        crc = table[(crc ^ column) & np.uint32(255)] ^ (crc >> np.uint32(8))
    return ~crc
