"""Damage to valid files: what a bad disk, a cut download, a careless editor or an attacker does to them.

All damage follows from a random generator, so that a number brings a file back.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import numpy as np

_NUMBERS = (b"-1", b"0", b"1", b"255", b"65536", b"999999999", b"4294967295", b"18446744073709551616", b"1e999", b"nan")
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, 1e300, float("nan"), "", "x" * 300, "../../etc/passwd", "\ud800", [], {}, [[]],
    600_000_000, [0] * 1000,
)  # fmt: skip


def mutate(data: bytes, rng: np.random.Generator, donor: bytes = b"") -> bytes:
    """Damaged `data`; `donor` is another valid file to take pieces from."""
    if data[:2] == b"\x1f\x8b" and rng.random() < 0.7:
        return gzip.compress(mutate(gzip.decompress(data), rng, donor), mtime=0)
    if data[:4] == b"PK\x03\x04" and rng.random() < 0.7:
        return _mutate_zip(data, rng, donor)
    if data[:4] == b"glTF" and rng.random() < 0.7:
        return _mutate_glb(data, rng, donor)
    if data[8:9] == b"{" and rng.random() < 0.5:
        return _mutate_tensors(data, rng)
    if data[:1] in b"{[" and rng.random() < 0.6:
        return _mutate_json(data, rng)
    for _ in range(int(rng.choice((1, 1, 1, 2, 4)))):
        data = _BYTES[int(rng.integers(len(_BYTES)))](data, rng, donor)
    return data


def _flip(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        if changed:
            changed[int(rng.integers(len(changed)))] = int(rng.integers(256))
    return bytes(changed)


def _flip_in_head(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    head = min(len(data), 400)
    return _flip(data[:head], rng, donor) + data[head:]


def _cut(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    return data[: int(rng.integers(len(data) + 1))]


def _remove(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    start = int(rng.integers(len(data) + 1))
    return data[:start] + data[start + int(rng.integers(1, 65)) :]


def _insert(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    at = int(rng.integers(len(data) + 1))
    piece = donor[(start := int(rng.integers(len(donor) + 1))) : start + int(rng.integers(1, 65))]
    return data[:at] + (piece or rng.bytes(8)) + data[at:]


def _repeat(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    start = int(rng.integers(len(data) + 1))
    stop = start + int(rng.integers(1, 257))
    return data[:stop] + data[start:stop] * int(rng.integers(1, 5)) + data[stop:]


def _number(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    """A number in the text part becomes another one: counts in headers, above all."""
    starts = [i for i in range(min(len(data), 4000)) if data[i : i + 1].isdigit()]
    if not starts:
        return _flip(data, rng, donor)
    start = stop = starts[int(rng.integers(len(starts)))]
    while data[stop : stop + 1].isdigit():
        stop += 1
    return data[:start] + _NUMBERS[int(rng.integers(len(_NUMBERS)))] + data[stop:]


def _word(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    """A binary word becomes an extreme one: sizes, offsets, coordinates."""
    if len(data) < 8:
        return data
    at = int(rng.integers(len(data) - 7))
    words = (b"\xff" * 4, b"\x00" * 4, b"\xff\xff\xff\x7f", b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\xff" * 8)
    word = words[int(rng.integers(len(words)))]
    return data[:at] + word + data[at + len(word) :]


def _promise(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    """A binary number near the start becomes one that could be a size: half a megabyte to 500 GB, of either order."""
    width = int(rng.choice((2, 4, 4, 8)))
    top = min(8 * width - 1, 39)
    value = int(2.0 ** rng.uniform(top - 12, top))
    at = int(rng.integers(max(1, min(len(data), 1000) - width + 1)))
    order = "little" if rng.random() < 0.7 else "big"
    return data[:at] + value.to_bytes(width, order) + data[at + width :]


_BYTES = (_flip, _flip, _flip_in_head, _cut, _remove, _insert, _repeat, _number, _number, _word, _promise)


def _mutate_zip(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    """One member is damaged and the archive written anew, so that its checksums agree."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        members = old.infolist()
        chosen = int(rng.integers(len(members)))
        for i, member in enumerate(members):
            content = old.read(member)
            new.writestr(member, mutate(content, rng, donor) if i == chosen else content, member.compress_type)
    return out.getvalue()


def _mutate_glb(data: bytes, rng: np.random.Generator, donor: bytes) -> bytes:
    """The JSON or the binary part is damaged and the lengths around them agree again."""
    length = int.from_bytes(data[12:16], "little")
    text, binary = data[20 : 20 + length], data[28 + length :]
    if rng.random() < 0.7:
        text = _mutate_json(text, rng)
    else:
        binary = _BYTES[int(rng.integers(len(_BYTES)))](binary, rng, donor)
    text, binary = text + b" " * (-len(text) % 4), binary + b"\0" * (-len(binary) % 4)
    sizes = [number.to_bytes(4, "little") for number in (28 + len(text) + len(binary), len(text), len(binary))]
    return b"".join((data[:8], sizes[0], sizes[1], b"JSON", text, sizes[2], b"BIN\0", binary))


def _mutate_tensors(data: bytes, rng: np.random.Generator) -> bytes:
    """The header of a safetensors file is damaged and its length agrees again."""
    stop = 8 + int.from_bytes(data[:8], "little")
    text = _mutate_json(data[8:stop], rng)
    return len(text).to_bytes(8, "little") + text + data[stop:]


def _mutate_json(data: bytes, rng: np.random.Generator) -> bytes:
    """One value of the tree is replaced, dropped or doubled."""
    lines = data.splitlines()
    at = int(rng.integers(len(lines))) if len(lines) > 1 and lines[1][:1] in b"{[" and lines[1] else -1
    try:
        tree = json.loads(lines[at] if at >= 0 else data)
    except ValueError:
        return _flip(data, rng, b"")
    places: list[tuple[Any, Any]] = []
    _walk(tree, places)
    if places:
        holder, key = places[int(rng.integers(len(places)))]
        action = int(rng.integers(4))
        if action == 0:
            del holder[key]
        elif action == 1 and isinstance(holder, list):
            holder += [holder[key]] * int(rng.integers(1, 4))
        else:
            holder[key] = _VALUES[int(rng.integers(len(_VALUES)))]
    text = json.dumps(tree).encode()
    if places and rng.random() < 0.05:  # somewhere a number becomes a list of lists of lists ...
        depth = int(rng.integers(50, 5000))
        text = text.replace(b"1", b"[" * depth + b"]" * depth, 1)
    return b"\n".join((*lines[:at], text, *lines[at + 1 :])) if at >= 0 else text


def _walk(value: Any, places: list[tuple[Any, Any]]) -> None:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        places.append((value, key))
        _walk(item, places)
