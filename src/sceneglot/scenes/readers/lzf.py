"""LZF, the compression inside binary_compressed PCD files.

A control byte below 32 is followed by that many + 1 literal bytes. Otherwise its upper three bits are a length (7: one
more byte is added) and its lower five with the next byte a distance backwards: copy length + 2 bytes from there.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def decompress(packed: np.ndarray, out: np.ndarray) -> int:
    """Unpack (P,) uint8 into (U,) uint8; returns the number of bytes written, -1 if the data is damaged.

    Never reads or writes outside the arrays. `decompress.py_func` is the plain reference.
    """
    i, o = 0, 0
    while i < len(packed):
        control = int(packed[i])
        i += 1
        if control < 32:
            count = control + 1
            if i + count > len(packed) or o + count > len(out):
                return -1
            for k in range(count):
                out[o + k] = packed[i + k]
            i += count
            o += count
            continue
        length = control >> 5
        if length == 7:
            if i >= len(packed):
                return -1
            length += int(packed[i])
            i += 1
        if i >= len(packed):
            return -1
        source = o - ((control & 31) << 8) - int(packed[i]) - 1
        i += 1
        length += 2
        if source < 0 or o + length > len(out):
            return -1
        for k in range(length):  # byte by byte: source and target may overlap
            out[o + k] = out[source + k]
        o += length
    return o
