"""The hash table against sorting and against a dict."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.ops.hashing import EMPTY, empty_table, fill_table, find_slot, number_keys, number_keys_reference

_KEYS = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**62)), max_size=200)


@settings(max_examples=60, deadline=None)
@given(keys=_KEYS)
def test_numbers_equal_the_twin(keys: list[int]) -> None:
    values = np.array(keys, np.int64)
    fast, slow = number_keys(values), number_keys_reference(values)
    np.testing.assert_array_equal(fast[0], slow[0])
    assert fast[1] == slow[1] == len(set(keys))


def test_numbers_follow_the_first_appearance() -> None:
    numbers, count = number_keys(np.array([7, 0, 7, 2**40, 0, 3]))
    assert numbers.tolist() == [0, 1, 0, 2, 1, 3] and count == 4
    assert number_keys(np.empty(0, np.int64))[1] == 0


@settings(max_examples=40, deadline=None)
@given(keys=_KEYS, others=_KEYS)
def test_the_table_is_a_dict(keys: list[int], others: list[int]) -> None:
    unique = list(dict.fromkeys(keys))
    table = empty_table(256)
    fill_table(table, np.array(unique, np.int64))
    known = {key: n for n, key in enumerate(unique)}
    for key in (*unique, *others):
        slot = find_slot(table, key)
        assert (table[slot, 0] == EMPTY) if key not in known else (table[slot].tolist() == [key, known[key]])


@pytest.mark.parametrize("stride", [1, 1 << 20, 1 << 40], ids=["z", "y", "x"])
def test_a_line_of_voxels_along_any_axis_is_spread(stride: int) -> None:
    keys = np.arange(20_000, dtype=np.int64) * stride
    table = empty_table(1 << 15)
    fill_table(table, keys)
    taken = table[:, 0] != EMPTY
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[False], taken, [False]]).astype(int))))[::2]
    assert taken.sum() == len(keys) and runs.max() < 400  # one long run is what a bad hash makes of neighbours
