"""Rows of object tables: one labelled box each, whatever file they come from.

    {"id": 3, "label": "sofa", "center": [1, 2, 0.5], "size": [2, 1, 1], "rgb": [9, 9, 9], "material": "leather"}

| field | meaning |
|---|---|
| `id` | whole number, unique in its scene |
| `label` | text |
| `center`, `size` | x, y, z in metres, z up; full extents of the axis-aligned box |
| `rgb` | optional: mean colour, 0..255 |
| `front` | optional: vector out of the front |
| `front_point` | optional, read where there is no `front`: the middle of the front face |
| `obb` | optional: the oriented box, centre first, whose face that is; without it that of `center` and `size` |
| `parent_id` | optional: id of the supporting object |
| `material`, `shape`, `color_name`, `state` | optional: words |

A field that is null, NaN or empty text is one that is not there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sceneglot.records import Record
from sceneglot.scenes.objects import NO_PARENT, Objects

WORDS = ("material", "shape", "color_name", "state")
"""Fields that hold one word or a few."""

_GREY = (128, 128, 128)
_LARGEST = float(np.finfo(np.float32).max)
_UNIT = 1e-5  # a vector as long as this is far from 1 is made a unit vector; nearer ones stay as they are written


def objects_of(rows: Sequence[Record]) -> Objects:
    """The objects of one scene, in the order of their rows.

    A `parent_id` that is no object of the scene, or the object itself, is none.

    Raises:
        BadFileError: a field that is missing or cannot be understood, or an id that stands twice.
    """
    row_of: dict[int, int] = {}
    for number, row in enumerate(rows):
        object_id = _id(row, "id")
        if row_of.setdefault(object_id, number) != number:
            raise row.problem(f"id {object_id} is that of {rows[row_of[object_id]].where}, too; ids must be unique")
    return Objects(
        id=np.array(list(row_of), np.int32),
        label=tuple(_label(row) for row in rows),
        center=np.array([_numbers(row, "center", 3) for row in rows], np.float32).reshape(-1, 3),
        size=np.array([_size(row) for row in rows], np.float32).reshape(-1, 3),
        color=np.array([_color(row) for row in rows], np.uint8).reshape(-1, 3),
        front=np.array([_front(row) for row in rows], np.float32).reshape(-1, 3),
        parent=np.array([_parent(row, number, row_of) for number, row in enumerate(rows)], np.int32),
        **{name: tuple(row.text(name) if known(row.fields.get(name)) else "" for row in rows) for name in WORDS},
    )


def known(value: Any) -> bool:
    """Whether a field says something: CSV knows no null, and pandas writes NaN for it."""
    return value is not None and value != "" and not (isinstance(value, float) and math.isnan(value))


def _id(row: Record, name: str) -> int:
    value = row.fields.get(name)
    if not known(value):
        raise row.problem(f"has no {name!r}")
    if isinstance(value, str):  # pandas turns columns with gaps to floats
        row = Record(row.path, row.where, {name: value.strip().removesuffix(".0")})
    return row.integer(name)


def _label(row: Record) -> str:
    if "label" not in row.fields:
        raise row.problem("has no 'label'")
    return row.text("label")


def _numbers(row: Record, name: str, count: int) -> tuple[float, ...]:
    """The first `count` numbers of a list that is this long; an obb may be longer."""
    given = row.fields.get(name)
    if not known(given):
        raise row.problem(f"has no {name!r}")
    try:
        numbers = tuple(float(value) for value in given) if isinstance(given, (list, tuple)) else ()
    except (TypeError, ValueError, OverflowError):
        numbers = ()
    enough = len(numbers) == count or (name == "obb" and len(numbers) > count)
    if not enough or not all(abs(value) <= _LARGEST for value in numbers):  # false for NaN
        raise row.problem(f"{name} is {given!r:.40}, expected {count} finite numbers")
    return numbers[:count]


def _size(row: Record) -> tuple[float, ...]:
    size = _numbers(row, "size", 3)
    if min(size) < 0:
        raise row.problem(f"size is {list(size)}, expected extents that are not negative")
    return size


def _color(row: Record) -> tuple[int, ...]:
    if not known(row.fields.get("rgb")):
        return _GREY
    return tuple(min(255, max(0, round(value))) for value in _numbers(row, "rgb", 3))


def _front(row: Record) -> np.ndarray:
    """(3,) unit vector; from a point it is horizontal. NaN where there is none."""
    if known(row.fields.get("front")):
        direction = np.array(_numbers(row, "front", 3))
    elif known(row.fields.get("front_point")):
        x, y, _ = _numbers(row, "front_point", 3)
        from_x, from_y = _numbers(row, "obb", 2) if known(row.fields.get("obb")) else _numbers(row, "center", 3)[:2]
        direction = np.array([x - from_x, y - from_y, 0.0])
    else:
        return np.full(3, np.nan)
    length = float(np.linalg.norm(direction))
    if not 1e-6 < length < math.inf:
        return np.full(3, np.nan)
    return direction if abs(length - 1) < _UNIT else direction / length


def _parent(row: Record, number: int, row_of: dict[int, int]) -> int:
    if not known(row.fields.get("parent_id")):
        return NO_PARENT
    parent = row_of.get(_id(row, "parent_id"), NO_PARENT)
    return parent if parent != number else NO_PARENT
