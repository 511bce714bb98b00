import csv

import pytest

from sceneglot.errors import SceneglotError
from sceneglot.metrics.referit3d import (
    check_count,
    class_only,
    is_counted,
    is_view_dependent,
    score,
    split_tokens,
)


def test_view_words_are_tokens_not_substrings():
    assert is_view_dependent(["the", "left", "chair"])
    assert not is_view_dependent(["the", "leftover", "backpack", "upright"])
    assert is_view_dependent(split_tokens("The chair in front, facing us."))


def test_filters():
    assert is_counted(["word"] * 24) and not is_counted(["word"] * 25) and not is_counted(["word"], False)


def test_subsets_by_hand():
    found = score([True, False, True, True], [2, 2, 3, 5], [True, False, False, True])
    assert found.accuracy == {
        "overall": 75.0, "easy": 50.0, "hard": 100.0, "view-dependent": 100.0, "view-independent": 50.0,
    }  # fmt: skip
    assert found.counts == {"overall": 4, "easy": 2, "hard": 2, "view-dependent": 2, "view-independent": 2}
    assert score([True], [2], [False]).counts["hard"] == 0
    with pytest.raises(SceneglotError):
        score([True], [2, 3], [False])


def test_class_only_is_the_mean_of_one_over_the_count():
    assert class_only([2, 4]) == pytest.approx(37.5)


def test_official_count():
    check_count("nr3d", 7485)
    with pytest.raises(SceneglotError, match="not known"):
        check_count("own", 3)
    with pytest.raises(SceneglotError, match="7,485"):
        check_count("nr3d", 1000)


def test_tokens_of_real_rows_give_the_same_subset(real_data):
    """Texts in a store have no official tokens; splitting them ourselves has to find the same view words."""
    with (real_data / "language/referit3d/nr3d_train_sampled1000.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    official = [[w.strip(" '\"") for w in row["tokens"].strip("[]").split(",")] for row in rows]
    ours = [split_tokens(row["utterance"]) for row in rows]
    different = sum(is_view_dependent(a) != is_view_dependent(b) for a, b in zip(official, ours))
    assert different <= 0.02 * len(rows)
    assert sum(is_counted(a) != is_counted(b) for a, b in zip(official, ours)) <= 0.02 * len(rows)
