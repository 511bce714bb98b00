"""Sets of rows as whole numbers: bit k stands for row k. Joining two costs a fraction of what two arrays cost."""

from __future__ import annotations

import numpy as np


def bits_of(columns: np.ndarray) -> list[int]:
    """(C, K) boolean -> C numbers.

    >>> bits_of(np.array([[True, False, True], [False, False, False]]))
    [5, 0]
    """
    packed = np.packbits(columns, axis=1, bitorder="little")
    data, width = packed.tobytes(), packed.shape[1]
    if not width:
        return [0] * len(columns)
    return [int.from_bytes(data[start : start + width], "little") for start in range(0, len(data), width)]


def rows_of(bits: int) -> list[int]:
    """Rows whose bit is set, in order.

    >>> rows_of(5)
    [0, 2]
    """
    rows = []
    while bits:
        lowest = bits & -bits
        rows.append(lowest.bit_length() - 1)
        bits ^= lowest
    return rows
