"""A hash table of whole numbers for numba kernels: open addressing with linear probing, no deletions.

A table is an int64 array (size, 2), size a power of two, of keys and the numbers given to them, side by side so that a
look-up costs one cache miss. Keys are non-negative (packed voxel coordinates, above all). Kernels call `find_slot` and
fill the slot themselves; `number_keys` is the whole job where all keys are at hand.
"""

from __future__ import annotations

import numpy as np
from numba import njit

EMPTY = -1
"""Key of a slot that nobody took."""


def empty_table(size: int) -> np.ndarray:
    """(size, 2) int64 table without keys; `size` is a power of two and larger than the keys that will come."""
    return np.full((size, 2), EMPTY, np.int64)


@njit(cache=True)
def find_slot(table, key):
    """Slot of a key (int64, >= 0) in a table with at least one empty slot, or the empty one where the key belongs.

    The high bits are folded into the low ones before and after a multiplication (multiplicative hashing: Knuth, The Art
    of Computer Programming 3, section 6.4), since neighbouring voxels differ in few bits anywhere in the key.
    """
    mask = len(table) - 1
    h = (key ^ (key >> 29)) * 0x1E3779B97F4A7C15
    slot = (h ^ (h >> 32)) & mask
    while table[slot, 0] != key and table[slot, 0] != EMPTY:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def fill_table(table, keys):
    """Enter different keys (K,) int64, numbered by their place; the table is empty and larger than K."""
    for n in range(len(keys)):
        slot = find_slot(table, keys[n])
        table[slot, 0] = keys[n]
        table[slot, 1] = n


@njit(cache=True)
def number_keys(keys):
    """Number equal keys alike, in order of first appearance.

    Args:
        keys: (N,) int64, >= 0.

    Returns:
        (N,) int64 number of every key, and how many different ones there are.
    """
    size = 16
    while size < len(keys) + len(keys) // 4:  # keys repeat, so the table stays mostly empty
        size *= 2
    table = np.full((size, 2), EMPTY, np.int64)
    out = np.empty(len(keys), np.int64)
    count = 0
    for n in range(len(keys)):
        slot = find_slot(table, keys[n])
        if table[slot, 0] == EMPTY:
            table[slot, 0] = keys[n]
            table[slot, 1] = count
            count += 1
        out[n] = table[slot, 1]
    return out, count


def number_keys_reference(keys: np.ndarray) -> tuple[np.ndarray, int]:
    """Plain numpy twin of `number_keys`: sorts, then renumbers by first appearance."""
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[group.reshape(-1)], len(first)
