"""Relations mentioned: the same reading for everybody's sentences."""

from sceneglot.language.mentions import mentions_table, relation_mentions


def test_every_text_counts_once_per_family():
    told = relation_mentions(["The lamp on the desk on the left.", "The chair next to the bed.", "A door.", "A cup."])
    assert told["on"] == told["left"] == told["near"] == 0.25
    assert "behind" not in told and max(told.values()) <= 1
    assert relation_mentions([]) == {}


def test_the_table_has_a_column_for_what_anybody_mentions():
    lines = mentions_table({"a": {"on": 0.5}, "b": {"left": 0.25}, "c": {}}).splitlines()
    assert lines[0] == "| sentences of | on | left |"
    assert lines[2:] == ["| a | 50 | - |", "| b | - | 25 |", "| c | - | - |"]
