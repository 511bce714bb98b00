"""Tables of numbers in MATLAB files (version 5; the HDF5 based version 7.3 is not read)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError

MAX_EXPANSION = 200
"""Depth clouds shrink 2 to 10 times; what grows more than this when unpacked is refused."""

_SLACK = 1 << 20


def read_mat_table(path: Path, name: str) -> np.ndarray:
    """The (N, C) float64 array called `name`.

    Raises:
        BadFileError: damaged, no such array, not a table of numbers, or far larger than the file.
    """
    from scipy.io import loadmat, whosmat

    try:
        size = path.stat().st_size
        shapes = {found: (shape, kind) for found, shape, kind in whosmat(path)}
        if name not in shapes:
            raise BadFileError(path, f"holds no array {name!r}, only {', '.join(shapes)[:80]}")
        shape, kind = shapes[name]
        if kind not in ("double", "single", "uint8", "uint16", "int16", "int32") or len(shape) != 2 or min(shape) < 1:
            raise BadFileError(path, f"{name} is {kind} of shape {shape}, expected a table of numbers")
        if int(shape[0]) * int(shape[1]) * 8 > MAX_EXPANSION * size + _SLACK:
            raise BadFileError(path, f"promises {name} of shape {shape}, holds {size:,} bytes")
        return np.asarray(loadmat(path, variable_names=[name])[name], np.float64)
    except BadFileError:
        raise
    except MemoryError as error:
        raise BadFileError(path, "needs more memory than there is") from error
    except Exception as error:  # scipy's parser fails in many ways on damaged files
        raise BadFileError(path, f"cannot be read as a MATLAB file ({str(error)[:80]})") from error
