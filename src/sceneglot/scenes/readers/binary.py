"""Headerless binary point files: records of a fixed width, whose size is the only thing that can be checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError

MAX_DROPPED = 0.01
"""Largest share of points that are no finite numbers and may be dropped; more means that the file is damaged."""
_FARTHEST = 1e6  # metres; no laser sees so far


def read_records(path: Path, dtype: np.dtype, columns: int) -> np.ndarray:
    """(N, columns) numbers of a file that is nothing but them, N at least 1.

    Raises:
        BadFileError: unreadable, empty, or of a size that is no multiple of a record.
    """
    width = dtype.itemsize * columns
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror or error})") from error
    if not data:
        raise BadFileError(path, "is empty")
    if len(data) % width:
        raise BadFileError(
            path, f"holds {len(data):,} bytes, expected a multiple of {width} ({columns} x {dtype})", "copy it again"
        )
    return np.frombuffer(data, dtype).reshape(-1, columns)


def finite_rows(path: Path, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which rows (N, C) hold points (the first three columns) that a laser can have seen, and a note about the others.

    Returns:
        ((N,) bool, notes).

    Raises:
        BadFileError: more than 1 % of the points are none.
    """
    with np.errstate(invalid="ignore"):
        good = np.asarray((np.abs(rows[:, :3]) < _FARTHEST).all(1) & np.isfinite(rows[:, 3:]).all(1))
    bad = len(rows) - int(good.sum())
    if bad > MAX_DROPPED * len(rows):
        raise BadFileError(path, f"{bad:,} of {len(rows):,} rows are no points, at most 1 % may be")
    return good, (f"dropped {bad:,} rows that are no points",) if bad else ()
