"""Rows as bits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.language.bits import bits_of, rows_of


@given(st.integers(0, 4), st.integers(0, 70), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_columns_survive(count, rows, seed):
    columns = np.random.default_rng(seed).random((count, rows)) < 0.5
    bits = bits_of(columns)
    assert [rows_of(number) for number in bits] == [np.flatnonzero(column).tolist() for column in columns]
    assert [number.bit_count() for number in bits] == columns.sum(1).tolist()
    if count > 1:
        assert rows_of(bits[0] & bits[1]) == np.flatnonzero(columns[0] & columns[1]).tolist()
