import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.scenes.readers.numbers import MAX_NAMED, line_numbers, parse_table, parse_table_reference


def test_separators_comments_and_damaged_lines():
    data = b"1 2 3\n4.5e2,-1;\t.5 9\n# note\n  // note\n\nx 1 2\n1 2\n nan INF -inf 7\r\n1 2 3x\n5 6 7"
    table = parse_table(data, 3)
    assert np.array_equal(table.rows, [[1, 2, 3], [450, -1, 0.5], [np.nan, np.inf, -np.inf], [5, 6, 7]], equal_nan=True)
    assert [data[a:b] for a, b in table.bad] == [b"x 1 2", b"1 2", b"1 2 3x"]
    assert table.num_bad == 3 and line_numbers(data, [int(a) for a, _ in table.bad]) == [6, 7, 9]


def test_only_so_many_damaged_lines_are_named():
    table = parse_table(b"bad\n" * (MAX_NAMED + 5), 2)
    assert table.num_bad == MAX_NAMED + 5 and len(table.bad) == MAX_NAMED and len(table.rows) == 0


number = st.one_of(
    st.floats(width=32).map(repr),
    st.floats(-1e6, 1e6).map(lambda x: f"{x:.6f}"),
    st.integers(-(10**25), 10**25).map(str),
    st.sampled_from(["", "-", "+.", "1e", "1e+", "0x1", "infinity", "1.2.3", "1e400", "-1e-400", "NaN", "+inf", "1_0"]),
    st.text(st.characters(codec="ascii", exclude_characters="\n\r\x0b\x0c"), max_size=4),
)


@given(st.lists(st.lists(number, max_size=5), max_size=8), st.sampled_from([" ", ",", "\t", "; "]))
@settings(max_examples=300, deadline=None)
def test_agrees_with_plain_python(rows, separator):
    data = "\n".join(separator.join(row) for row in rows).encode()
    fast, plain = parse_table(data, 3), parse_table_reference(data, 3)
    assert fast.num_bad == plain.num_bad and np.array_equal(fast.bad, plain.bad)
    assert fast.rows.shape == plain.rows.shape
    for a, b in zip(fast.rows.ravel(), plain.rows.ravel()):
        assert a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-15, abs_tol=5e-323)


@given(st.floats(-1e4, 1e4), st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_usual_numbers_are_exact(value, digits):
    text = f"{value:.{digits}f}"
    assert parse_table(text.encode(), 1).rows[0, 0] == float(text)


@given(st.binary(max_size=200), st.integers(1, 7))
@settings(max_examples=200, deadline=None)
def test_any_bytes_end_well(data, columns):
    table = parse_table(data, columns)
    assert len(table.rows) + table.num_bad <= data.count(b"\n") + 1
