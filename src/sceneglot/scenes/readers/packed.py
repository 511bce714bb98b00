"""Text files that may be gzipped, unpacked in bounded memory."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from sceneglot.errors import BadFileError

MAX_EXPANSION = 100
"""Annotation tables shrink 5 to 30 times; what grows more than this when unpacked is no such table."""

_GZIP = b"\x1f\x8b"
_SLACK = 1 << 20  # small files may be anything


def read_unpacked(path: Path) -> bytes:
    """The whole content of a file, gunzipped if it is gzipped.

    Raises:
        BadFileError: missing, damaged, or unpacking to more than 100 times its size.
    """
    return b"".join(read_unpacked_lines(path))


def read_unpacked_lines(path: Path) -> Iterator[bytes]:
    """Its lines, streaming. Raises BadFileError where `read_unpacked` does."""
    try:
        limit = MAX_EXPANSION * path.stat().st_size + _SLACK
        with open(path, "rb") as raw:
            packed = raw.read(2) == _GZIP
        with gzip.open(path) if packed else open(path, "rb") as file:
            while line := file.readline(limit + 1):
                limit -= len(line)
                if limit < 0:
                    raise BadFileError(path, f"unpacks to more than {MAX_EXPANSION} times its size")
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise BadFileError(path, f"cannot be read ({str(error)[:100]})") from error
