"""Attributes of objects as 3DSSG lists them: colour, shape, material and state of the objects of 3RScan.

`objects.json` is `{"scans": [{"scan": id, "objects": [{"id": "4", "attributes": {"state": ["messy"], ...}}]}]}`
(FAQ of github.com/WaldJohannaU/3RScan). An object may have several words of a kind; tables of objects hold one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sceneglot.records import Record, read_json
from sceneglot.scenes.objects import Objects

_WORD = re.compile(r"[a-z][a-z -]{0,30}")
_SHADES = frozenset(("dark", "light", "bright", "pale"))
_NOUN_OF = {"wooden": "wood", "metallic": "metal", "woolen": "wool"}


@dataclass(frozen=True)
class Attributes:
    """Words for one object, "" where the source has none."""

    color_name: str = ""
    shape: str = ""
    material: str = ""
    state: str = ""


def read_attributes(path: Path) -> dict[str, dict[int, Attributes]]:
    """Scan id -> object id -> attributes.

    Of several words of a kind the first is taken; of colours the first that is more than a shade ("dark", "gray").

    Raises:
        BadFileError: unreadable, or not of this form.
    """
    scans = Record.of(path, "the file", read_json(path)).records("scans")
    return {scan.key("scan"): {row.integer("id"): _of(row) for row in scan.records("objects")} for scan in scans}


def with_attributes(objects: Objects, known: Mapping[int, Attributes]) -> Objects:
    """The table with the words of objects that have some; the others stay as they are."""
    columns: dict[str, list[str]] = {name: list(getattr(objects, name)) for name in _NAMES}
    for row, number in enumerate(objects.id.tolist()):
        for name in _NAMES if number in known else ():
            columns[name][row] = getattr(known[number], name) or columns[name][row]
    return replace(objects, **{name: tuple(words) for name, words in columns.items()})


_NAMES = ("color_name", "shape", "material", "state")


def _of(row: Record) -> Attributes:
    given = row.fields.get("attributes") or {}
    if not isinstance(given, dict):
        raise row.problem("attributes are no table")
    colors = [word for word in _words(row, given.get("color")) if word not in _SHADES]
    material = _first(_words(row, given.get("material")))
    return Attributes(
        color_name=_first(colors).rpartition(" ")[2],  # "dark brown" is brown
        shape=_first(_words(row, given.get("shape"))),
        material=_NOUN_OF.get(material, material),
        state=_first(_words(row, given.get("state"))),
    )


def _words(row: Record, value: object) -> list[str]:
    """The list's words in lower case; what is no plain word is left out."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise row.problem("attributes are no lists of words")
    words = (" ".join(word.lower().replace("_", " ").split()) for word in value)
    return [word for word in words if _WORD.fullmatch(word)]


def _first(words: Sequence[str]) -> str:
    return words[0] if words else ""
