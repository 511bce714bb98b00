"""Rows of numbers in text, parsed fast and line by line: a damaged line is found, named and left out.

Separators are blanks, tabs, commas and semicolons; lines that begin with "#" or "//" are comments. A number is decimal
with an optional exponent, or nan / inf in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit

from sceneglot.errors import BadFileError

MAX_NAMED = 1000
"""Damaged lines whose numbers are kept; more are only counted."""

_NEWLINE, _RETURN, _SLASH, _HASH = 10, 13, 47, 35
_PLUS, _MINUS, _DOT, _ZERO, _NINE = 43, 45, 46, 48, 57
_UPPER_E, _LOWER_E = 69, 101
_POWERS = 10.0 ** np.arange(23)  # exact in float64


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of numbers.

    Attributes:
        rows: (N, C) the good lines, in order.
        bad: damaged lines as (first byte, end), at most `MAX_NAMED`.
        num_bad: number of damaged lines.
    """

    rows: np.ndarray
    bad: np.ndarray
    num_bad: int


def parse_table(data: bytes, columns: int, dtype: type = np.float64) -> Table:
    """Parse lines that begin with at least `columns` numbers; further columns are ignored.

    Numbers of up to 15 digits with exponents within 22 are rounded exactly as Python's `float` does; longer ones to
    within one unit in the last place.

    Args:
        data: the text. Memory taken is at most about 8 times its length.
        columns: C, at least 1.
        dtype: np.float64 or np.float32 of the result.
    """
    raw = np.frombuffer(data, np.uint8)
    rows = np.empty((_count_lines(raw, 2 * columns - 1), columns), dtype)
    bad = np.empty((MAX_NAMED, 2), np.int64)
    num_rows, num_bad = _parse(raw, rows, bad)
    return Table(rows[:num_rows], bad[: min(num_bad, MAX_NAMED)], num_bad)


def parse_table_reference(data: bytes, columns: int) -> Table:
    """`parse_table` in plain Python: the oracle of the tests."""
    rows: list[list[float]] = []
    bad: list[tuple[int, int]] = []
    at = 0
    for line in data.split(b"\n"):
        start, at = at, at + len(line) + 1
        text = line.translate(bytes.maketrans(b",;\t\r", b"    ")).strip(b" ")
        if not text or text.startswith((b"#", b"//")):
            continue
        words = text.split(b" ")
        words = [word for word in words if word][:columns]
        try:
            if len(words) < columns or any(b"_" in word for word in words):
                raise ValueError
            rows.append([_float(word) for word in words])
        except ValueError:
            bad.append((start, start + len(line)))
    named = np.array(bad[:MAX_NAMED], np.int64).reshape(-1, 2)
    return Table(np.array(rows, np.float64).reshape(-1, columns), named, len(bad))


def line_numbers(data: bytes, starts: Sequence[int]) -> list[int]:
    """Line numbers, from 1, of the lines that begin at these bytes."""
    return [data.count(b"\n", 0, int(start)) + 1 for start in starts]


def read_bytes(path: Path) -> bytes:
    """The whole file.

    Raises:
        BadFileError: it cannot be read, or is empty.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror or error})") from error
    if not data:
        raise BadFileError(path, "is empty")
    return data


def _float(word: bytes) -> float:
    value = float(word)
    if b"infinity" in word.lower():
        raise ValueError
    return value


@njit(cache=True)
def _count_lines(data, shortest):
    """Lines of at least `shortest` bytes: no other can hold a row."""
    count, start = 0, 0
    for i in range(len(data) + 1):
        if i == len(data) or data[i] == _NEWLINE:
            count += i - start >= shortest
            start = i + 1
    return count


@njit(cache=True)
def _parse(data, rows, bad):
    num_rows, num_bad, i, n = 0, 0, 0, len(data)
    columns = rows.shape[1]
    while i < n:
        start = i
        end = i
        while end < n and data[end] != _NEWLINE:
            end += 1
        i = _skip_separators(data, i, end)
        comment = i < end and (data[i] == _HASH or (data[i] == _SLASH and i + 1 < end and data[i + 1] == _SLASH))
        if i < end and not comment:
            found = 0
            while found < columns and i < end:
                value, stop = _number(data, i, end)
                if stop < 0:
                    break
                if num_rows < len(rows):
                    rows[num_rows, found] = value
                found += 1
                i = _skip_separators(data, stop, end)
            if found == columns:
                num_rows += 1
            else:
                if num_bad < len(bad):
                    bad[num_bad, 0] = start
                    bad[num_bad, 1] = end
                num_bad += 1
        i = end + 1
    return num_rows, num_bad


@njit(cache=True)
def _is_separator(c):
    return c == 32 or c == 44 or c == 59 or c == 9 or c == _RETURN


@njit(cache=True)
def _skip_separators(data, i, end):
    while i < end and _is_separator(data[i]):
        i += 1
    return i


@njit(cache=True)
def _number(data, i, end):
    """(value, index behind it); the index is -1 if no number stands here."""
    negative = data[i] == _MINUS
    if negative or data[i] == _PLUS:
        i += 1
    mantissa, digits, scale = np.int64(0), 0, 0
    seen, point = False, False
    while i < end:
        c = data[i]
        if _ZERO <= c <= _NINE:
            seen = True
            if digits < 18:
                mantissa = mantissa * 10 + np.int64(c - _ZERO)
                digits += mantissa > 0
                scale -= point
            else:
                scale += not point
        elif c == _DOT and not point:
            point = True
        else:
            break
        i += 1
    if not seen:
        return (np.nan, -1) if point else _word(data, i, end, negative)
    if i < end and (data[i] == _LOWER_E or data[i] == _UPPER_E):
        exponent, i = _exponent(data, i + 1, end)
        if i < 0:
            return np.nan, -1
        scale += exponent
    if i < end and not _is_separator(data[i]):
        return np.nan, -1
    value = np.float64(mantissa)
    if scale < -330:
        value = 0.0
    elif scale > 330:
        value = np.inf if mantissa else 0.0
    else:
        while scale < 0:
            step = min(-scale, 22)
            value /= _POWERS[step]
            scale += step
        while scale > 0:
            step = min(scale, 22)
            value *= _POWERS[step]
            scale -= step
    return (-value if negative else value), i


@njit(cache=True)
def _exponent(data, i, end):
    """(exponent, index behind it); the index is -1 where there is none."""
    negative = i < end and data[i] == _MINUS
    if negative or (i < end and data[i] == _PLUS):
        i += 1
    first, value = i, 0
    while i < end and _ZERO <= data[i] <= _NINE:
        value = min(value * 10 + np.int64(data[i] - _ZERO), 100_000)
        i += 1
    return (-value if negative else value), (i if i > first else -1)


@njit(cache=True)
def _word(data, i, end, negative):
    """nan and inf, in any case."""
    if end - i < 3 or (end - i > 3 and not _is_separator(data[i + 3])):
        return np.nan, -1
    a, b, c = data[i] | 32, data[i + 1] | 32, data[i + 2] | 32
    if a == 110 and b == 97 and c == 110:
        return np.nan, i + 3
    if a == 105 and b == 110 and c == 102:
        return (-np.inf if negative else np.inf), i + 3
    return np.nan, -1
