"""Records: what is accepted, what is refused, and that nothing but the library's own error comes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import BadFileError
from sceneglot.records import Record, kind_of, read_json, read_json_lines

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ACCESSORS = ("text", "sentence", "key", "integer", "integers", "texts", "records", "number")


def record(**fields: object) -> Record:
    return Record(Path("a.json"), "row 3", fields)


@pytest.mark.parametrize("value", [12, "12", " 12 ", 12.0])
def test_ids_come_in_many_spellings(value: object) -> None:
    assert record(id=value).integer("id") == 12
    assert record(id=[value, -1]).integers("id") == (12, -1)


@pytest.mark.parametrize("value", [None, True, "", "1-", "--1", "1e3", 1.5, 2**31, "9" * 20, [1], float("nan")])
def test_what_is_no_id_is_refused_with_place_and_value(value: object) -> None:
    with pytest.raises(BadFileError, match=r"a\.json: row 3: id must be whole numbers"):
        record(id=value).integer("id")


def test_plain_fields() -> None:
    row = record(a=" two\n words ", t="True", f=0, e="", n=None, k=7)
    assert row.sentence("a") == "two words"
    assert row.text("missing") == "" and row.integers("missing") == () and row.records("missing") == ()
    assert row.truth("t", False) is True and row.truth("f", True) is False
    assert row.truth("e", True) is True and row.truth("n", False) is False
    assert not row.has("e") and not row.has("n") and row.has("f")
    assert row.key("k") == "7"
    with pytest.raises(BadFileError, match="row 3 has no n"):
        row.key("n")


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(BadFileError, match="not valid Unicode"):
        record(a=json.loads('"\\ud800"')).text("a")


@settings(max_examples=150, deadline=None)
@given(value=VALUES, accessor=st.sampled_from(ACCESSORS))
def test_any_value_gives_a_value_or_the_one_error(value: object, accessor: str) -> None:
    try:
        getattr(record(x=value), accessor)("x")
        record(x=value).truth("x", True)
    except BadFileError as error:
        assert "row 3" in str(error)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60) | st.just(b"[" * 200_000) | st.just(b"9" * 6000))
def test_any_bytes_give_json_or_the_one_error(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.json"
    path.write_bytes(data)
    for read in (read_json, lambda p: list(read_json_lines(p))):
        try:
            read(path)
        except BadFileError as error:
            assert "x.json" in str(error)


def test_lines_are_numbered_and_blank_ones_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n\n[2]\n', encoding="utf-8-sig")
    assert list(read_json_lines(path)) == [(1, {"a": 1}), (3, [2])]
    assert [kind_of(v) for v in ({}, [], "", True, None, 3)] == [
        "an object", "a list", "a string", "a truth value", "null", "a number",
    ]  # fmt: skip
