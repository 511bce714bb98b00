"""A table of scores is not shown without its blind row and its number of questions."""

from __future__ import annotations

import json

import pytest

from sceneglot.errors import SceneglotError
from sceneglot.metrics.table import NOT_GIVEN, Row, ScoreTable

OURS = Row("ours", {"EM@1": 23.456, "CIDEr": 80.0})
BLIND = Row("blind", {"EM@1": 15.0}, "blind")
PRIOR = Row("language prior", {"EM@1": 9.0}, "prior")


def show(table: ScoreTable) -> list:
    return [table.to_dict, table.to_markdown, table.to_rich, lambda: table.write("never.json")]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (ScoreTable("t", 5, (OURS,)), "without a blind row"),
        (ScoreTable("t", 5, (OURS, PRIOR)), "without a blind row"),
        (ScoreTable("t", 5, (OURS,), foreign=True), "without a language prior"),
        (ScoreTable("t", 0, (OURS, BLIND)), "number of questions"),
    ],
)
def test_refuses(table: ScoreTable, problem: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for attempt in show(table):
        with pytest.raises(SceneglotError, match=problem):
            attempt()
    assert not list(tmp_path.iterdir())


def test_markdown() -> None:
    text = ScoreTable("vqa", 4675, (OURS, BLIND), notes=("three seeds",)).to_markdown()
    assert text.splitlines()[0] == "**vqa** (4,675 questions)"
    assert "| ours | 23.46 | 80.00 |" in text
    assert "| blind | 15.00 | – |" in text
    assert "three seeds" in text and NOT_GIVEN not in text


def test_foreign_table_says_that_blind_is_not_given() -> None:
    table = ScoreTable("vqa", 10, (OURS, PRIOR), foreign=True)
    assert NOT_GIVEN in table.to_markdown()
    assert table.to_dict()["notes"] == [NOT_GIVEN]
    assert table.to_rich().row_count == 2


def test_file_keeps_the_order_of_rows_and_columns(tmp_path) -> None:
    path = ScoreTable("vqa", 10, (OURS, BLIND)).write(tmp_path / "deep" / "m.json")
    content = json.loads(path.read_bytes())
    assert content["num_questions"] == 10
    assert [row["name"] for row in content["rows"]] == [OURS.name, BLIND.name]
    assert [list(row["metrics"]) for row in content["rows"]] == [list(OURS.values), list(BLIND.values)]


def test_spread_stands_behind_its_number_where_it_is_known() -> None:
    row = Row("ours", {"EM@1": 23.456, "CIDEr": 80.0}, spread={"EM@1": 0.26, "CIDEr": float("nan")})
    text = ScoreTable("vqa", 4675, (row, BLIND)).to_markdown(1)
    assert "| ours | 23.5 ± 0.3 | 80.0 |" in text
