"""Retrieval ranks and spread over seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.metrics.retrieval import median_rank, ranks, recall_at
from sceneglot.metrics.spread import Spread, over_seeds


def test_ranks() -> None:
    similarity = np.array([[0.9, 0.1, 0.3], [0.5, 0.2, 0.3], [0.1, 0.2, 0.3]])
    assert ranks(similarity).tolist() == [1, 3, 1]
    assert ranks(similarity, np.array([2, 0, 1])).tolist() == [2, 1, 2]
    assert recall_at(similarity, (1, 2, 3)) == pytest.approx((2 / 3, 2 / 3, 1))
    assert median_rank(similarity) == 1.0


def test_a_collapsed_embedding_gets_the_worst_rank() -> None:
    assert ranks(np.ones((4, 4))).tolist() == [4] * 4
    assert recall_at(np.ones((4, 4)), (1, 4)) == (0.0, 1.0)


def test_several_right_candidates() -> None:
    right = np.array([[True, True, False], [False, True, True]])
    assert ranks(np.array([[0.1, 0.9, 0.5], [0.9, 0.1, 0.2]]), right).tolist() == [1, 2]
    # right candidates that tie with each other do not push each other down
    assert ranks(np.array([[0.9, 0.9, 0.5], [0.1, 0.9, 0.9]]), right).tolist() == [1, 1]


@given(st.integers(1, 6), st.integers(0, 5), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_ranks_by_counting(queries: int, more: int, seed: int) -> None:
    similarity = np.random.default_rng(seed).integers(0, 4, (queries, queries + more)).astype(float)
    expected = [sum(s >= row[i] for s in row) for i, row in enumerate(similarity)]
    assert ranks(similarity).tolist() == expected
    assert recall_at(similarity, (queries + more,)) == (1.0,)


@pytest.mark.parametrize(
    ("similarity", "target", "problem"),
    [
        (np.zeros(3), None, r"must be \(Q, C\)"),
        (np.array([[np.nan]]), None, "not finite"),
        (np.zeros((3, 2)), None, "3 queries for 2 candidates"),
        (np.zeros((1, 2)), np.array([2]), r"must lie in 0\.\.1"),
        (np.zeros((1, 2)), np.array([[False, False]]), "no right candidate"),
        (np.zeros((1, 2)), np.array([0, 1]), "target must be"),
    ],
)
def test_bad_input(similarity, target, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        ranks(similarity, target)


def test_no_queries() -> None:
    assert recall_at(np.zeros((0, 3)), (1,)) == (0.0,)
    assert math.isnan(median_rank(np.zeros((0, 3))))


def test_spread() -> None:
    spread = Spread.of([1, 2, 3])
    assert (spread.mean, spread.std) == (2.0, 1.0)
    assert spread.format() == "2.0 ± 1.0 (n=3)"
    assert Spread.of([0.234]).format(scale=100) == "23.4 (n=1)"
    assert math.isnan(Spread.of([5]).std)
    with pytest.raises(ValueError, match="at least one"):
        Spread.of([])


def test_over_seeds() -> None:
    spread = over_seeds([{"em": 1.0, "acc": 3.0}, {"acc": 5.0, "em": 2.0}])
    assert {name: s.mean for name, s in spread.items()} == {"em": 1.5, "acc": 4.0}
    with pytest.raises(ValueError, match="run 1 reports other metrics"):
        over_seeds([{"em": 1.0}, {"cider": 2.0}])
    with pytest.raises(ValueError, match="no runs"):
        over_seeds([])
