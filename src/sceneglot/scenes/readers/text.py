"""Point clouds as text: XYZ, TXT, CSV, ASC and PTS tables, with or without names above the columns."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.cloud import Cloud, cloud_from_columns, to_rgb8, to_unit
from sceneglot.scenes.readers.numbers import line_numbers, parse_table, read_bytes

MAX_COLUMNS = 64
_HEAD = 1 << 16  # bytes in which the first row must begin
_MAX_BAD = 0.01  # share of damaged lines beyond which a file is no table
_NAMES = {"r": "red", "g": "green", "b": "blue", "i": "intensity", "normal_x": "nx", "normal_y": "ny", "normal_z": "nz"}


def read_text(path: Path) -> Cloud:
    """Read rows of numbers separated by blanks, commas, tabs or semicolons; "#" and "//" begin comments.

    Names in the first line (or in a comment above the numbers) are believed: x y z, red green blue or r g b, nx ny nz,
    intensity. Without names the columns are x y z; x y z intensity; x y z r g b, or normals where the three numbers
    have length one; in .pts files x y z intensity r g b. Others are ignored, which is noted.

    Raises:
        BadFileError: no row of numbers, or more than 1 % of the lines are none.
    """
    data = read_bytes(path)
    names, columns, above = _look(data[:_HEAD])
    if not 3 <= columns <= MAX_COLUMNS:
        raise BadFileError(path, f"is no table of numbers: expected 3 to {MAX_COLUMNS} columns in the first rows")
    table = parse_table(data, columns)
    bad, rows = table.num_bad - above, table.rows
    notes: tuple[str, ...] = ()
    if bad > 0:
        lines = ", ".join(str(n) for n in line_numbers(data, [int(start) for start, _ in table.bad[above : above + 3]]))
        if bad > _MAX_BAD * len(rows):
            raise BadFileError(path, f"is no table of numbers: {bad:,} lines (line {lines}) hold no {columns} numbers")
        notes = (f"left out {bad:,} lines that hold no {columns} numbers (line {lines})",)
    if not len(rows):
        raise BadFileError(path, "is no table of numbers")
    if names is not None:
        return cloud_from_columns({name: rows[:, i] for i, name in enumerate(names)}, None, notes)
    cloud = _unnamed(rows, path.suffix.lower() == ".pts")
    return replace(cloud, notes=(*notes, *cloud.notes))


def _look(head: bytes) -> tuple[tuple[str, ...] | None, int, int]:
    """(column names or None, number of columns, lines above the rows that will not parse as rows)."""
    names: tuple[str, ...] | None = None
    above: list[int] = []  # numbers in each uncommented line above the first row
    for line in head.split(b"\n"):
        text = line.decode("latin-1").strip()
        comment = text.startswith(("#", "//"))
        words = re.split(r"[\s,;]+", text.lstrip("#/ \t").strip(",;"))
        if not any(words):
            continue
        found = _named(words)
        if found is not None:
            names = found
            above += [] if comment else [0]
        elif not comment:
            numbers = len(_leading_numbers(words))
            if numbers >= 3:
                columns = len(names) if names is not None else min(numbers, MAX_COLUMNS + 1)
                return (names if numbers >= columns else None), columns, sum(count < columns for count in above)
            above.append(numbers)
            if len(above) > 8:
                break
    return None, 0, 0


def _leading_numbers(words: list[str]) -> list[float]:
    numbers: list[float] = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError:
            break
    return numbers


def _named(words: list[str]) -> tuple[str, ...] | None:
    """Column names, if x, y and z are among them and no name stands twice."""
    names = tuple(_NAMES.get(name, name) for name in (word.strip("\"'").lower() for word in words))
    return names if {"x", "y", "z"} <= set(names) and len(set(names)) == len(names) <= MAX_COLUMNS else None


def _unnamed(rows: np.ndarray, is_pts: bool) -> Cloud:
    xyz, columns = np.ascontiguousarray(rows[:, :3]), rows.shape[1]
    if columns == 4:
        return Cloud(xyz, intensity=to_unit(rows[:, 3]), notes=("the fourth column is taken as intensity",))
    if is_pts and columns == 7:
        low = float(np.nanmin(rows[:, 3], initial=0.0))  # some scanners count from -2048
        return Cloud(xyz, to_rgb8(rows[:, 4:7]), intensity=to_unit(rows[:, 3] - low))
    if columns < 6:
        return Cloud(xyz, notes=("columns after the third are ignored",) if columns > 3 else ())
    first = rows[:, 3:6]
    rgb, normal, used = None, None, 6
    if _are_directions(first):
        normal = first
        if columns >= 9:
            rgb, used = to_rgb8(rows[:, 6:9]), 9
    else:
        rgb = to_rgb8(first)
        if columns >= 9 and _are_directions(rows[:, 6:9]):
            normal, used = rows[:, 6:9], 9
    notes = () if normal is None else ("columns of length one are taken as normals",)
    if columns > used:
        notes += (f"columns after the first {used} are ignored",)
    return Cloud(xyz, rgb, normal, notes=notes)


def _are_directions(values: np.ndarray) -> bool:
    """Whether most of the (N, 3) rows have length one."""
    with np.errstate(invalid="ignore", over="ignore"):
        length = np.linalg.norm(values, axis=1)
    return bool((np.abs(length - 1) < 0.01).mean() > 0.9)
