"""Huge JSON tables, one row at a time: the file is a list of objects, and only one object is in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sceneglot.errors import BadFileError

_CHUNK = 1 << 20
_MAX_ROW = 16 << 20  # characters; no table has longer rows


def json_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSON file of the form `[{...}, {...}, ...]`.

    Raises:
        BadFileError: unreadable, not of this form, cut short, or with a row of more than 16 MiB.
    """
    try:
        with open(path, "rb") as file:
            yield from _rows(path, file)
    except (OSError, ValueError, RecursionError) as error:
        raise BadFileError(path, f"cannot be read as a JSON table ({str(error)[:100]})") from error


def _rows(path: Path, file: Any) -> Iterator[dict[str, Any]]:
    decoder, utf8 = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")()
    text, at, ended = "", 0, False

    def more() -> bool:
        """Read on; False at the end of the file."""
        nonlocal text, at, ended
        chunk = file.read(_CHUNK)
        text, at, ended = text[at:] + utf8.decode(chunk, final=not chunk), 0, not chunk
        return not ended

    def skip(characters: str) -> str:
        """The next character that is none of these, "" at the end of the file."""
        nonlocal at
        while True:
            while at < len(text) and text[at] in characters:
                at += 1
            if at < len(text) or not more():
                return text[at : at + 1]

    if skip(" \t\r\n") != "[":
        raise BadFileError(path, "is no JSON list of rows")
    at += 1
    separators = " \t\r\n"
    while (first := skip(separators)) != "]":
        if first != "{":
            raise BadFileError(path, "is cut short, or no JSON list of rows", "copy it again")
        try:
            row, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            if len(text) - at > _MAX_ROW or not more():
                raise
            continue
        yield row
        separators = " \t\r\n,"
