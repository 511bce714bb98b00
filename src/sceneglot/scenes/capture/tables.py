"""Small text files of captures, lists of numbers in them, and numbered pictures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError

COLOR_ENDINGS = (".jpg", ".jpeg", ".png", ".ppm")
DEPTH_ENDINGS = (".png", ".pgm", ".tif", ".tiff", ".exr", ".npy")
_MAX_TEXT = 64 << 20


def read_text(path: Path) -> str:
    """Text of a small file.

    Raises:
        BadFileError: missing, or larger than 64 MiB.
    """
    try:
        if path.stat().st_size > _MAX_TEXT:
            raise BadFileError(path, f"is {path.stat().st_size:,} bytes long, expected a small text file")
        return path.read_bytes().decode("latin-1")
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror or error})") from error


def read_matrix(path: Path) -> np.ndarray:
    """(4, 4) float64 from a file of 16 numbers, or a 3x3 or 3x4 one filled up; may hold inf and nan.

    Raises:
        BadFileError: other than these.
    """
    try:
        numbers = [float(word) for word in read_text(path).replace(",", " ").split()]
    except ValueError as error:
        raise BadFileError(path, f"is no matrix ({str(error)[:60]})") from error
    shape = {9: (3, 3), 12: (3, 4), 16: (4, 4)}.get(len(numbers))
    if shape is None:
        raise BadFileError(path, f"holds {len(numbers)} numbers, expected a 4x4, 3x4 or 3x3 matrix")
    matrix = np.eye(4)
    matrix[: shape[0], : shape[1]] = np.array(numbers).reshape(shape)
    return matrix


def number_list(path: Path, value: Any, count: int, what: str) -> np.ndarray:
    """(count,) float64 from a JSON list.

    Raises:
        BadFileError: another length, or entries that are no finite numbers.
    """
    try:
        numbers = [float(number) for number in value]
    except (TypeError, ValueError, OverflowError) as error:
        raise BadFileError(path, f"{what} is no list of numbers") from error
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise BadFileError(path, f"{what} has {len(numbers)} entries, expected {count} finite numbers")
    return np.array(numbers, np.float64)


def pictures(folder: Path, endings: tuple[str, ...]) -> dict[str, Path]:
    """Name without ending -> picture, in natural order (2 before 10)."""
    if not folder.is_dir():
        return {}
    found = [path for path in folder.iterdir() if path.suffix.lower() in endings and not path.name.startswith(".")]
    return {path.stem: path for path in sorted(found, key=natural)}


def natural(path: Path) -> tuple[int, int, str]:
    """Sort key: names that are numbers by their value, then the others by name."""
    stem = path.stem
    is_number = stem.isascii() and stem.isdigit() and len(stem) < 30
    return (0, int(stem), stem) if is_number else (1, 0, stem)
