"""BLEU, ROUGE-L and CIDEr against values of the `pycocoevalcap` scorer, and their laws."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.metrics.bleu import bleu
from sceneglot.metrics.cider import cider
from sceneglot.metrics.rouge import longest_common_subsequence, rouge_l

REFERENCES = [["brown"], ["left of desk"], ["2", "two"], ["white round table in the corner"]]
FIRST = [refs[0] for refs in REFERENCES]
CLOSE = ["brown", "right of desk", "two", "round table"]
POOR = ["black", "", "3", "white round table in the corner"]
SECOND = (["chair chair", "brown chair"], [["chair"], ["brown wooden chair", "chair"]])

words = st.sampled_from(["brown", "white", "chair", "table", "left", "right", "of", "the", "two", "desk"])
sentence = st.lists(words, min_size=1, max_size=6).map(" ".join)
pairs = st.lists(st.tuples(sentence, st.lists(sentence, min_size=1, max_size=3)), min_size=1, max_size=5)


def test_bleu_golden() -> None:
    assert bleu(FIRST, REFERENCES) == pytest.approx((1, 1, 1, 1), abs=1e-6)
    assert bleu(CLOSE, REFERENCES) == pytest.approx((0.484044, 0.426887, 4.68618e-06, 2.76104e-06), abs=1e-6)
    assert bleu(CLOSE, REFERENCES)[2:] == pytest.approx((4.68618e-06, 2.76104e-06), rel=1e-5)
    assert bleu(POOR, REFERENCES) == pytest.approx((0.515467, 0.595210, 0.624444, 0.639595), abs=1e-6)
    assert bleu(*SECOND)[:2] == pytest.approx((0.75, 1.93649e-8), rel=1e-5)


def test_cider_golden() -> None:
    assert cider(FIRST, REFERENCES) == (pytest.approx(5.3125), pytest.approx([2.5, 7.5, 1.25, 10]))
    score, each = cider(CLOSE, REFERENCES)
    assert score == pytest.approx(2.179421, abs=1e-6)
    assert each == pytest.approx([2.5, 2.916667, 1.25, 2.051017], abs=1e-6)
    assert cider(POOR, REFERENCES)[0] == pytest.approx(2.5)
    assert cider(*SECOND)[0] == pytest.approx(0.435846, abs=1e-6)


def test_rouge_golden() -> None:
    assert rouge_l(FIRST, REFERENCES)[0] == pytest.approx(1)
    score, each = rouge_l(CLOSE, REFERENCES)
    assert score == pytest.approx(0.781328, abs=1e-6)
    assert each == pytest.approx([1, 0.666667, 1, 0.458647], abs=1e-6)
    assert rouge_l(POOR, REFERENCES)[0] == pytest.approx(0.25)
    assert rouge_l(*SECOND) == (pytest.approx(0.854651, abs=1e-6), pytest.approx([0.709302, 1], abs=1e-6))


def test_cider_of_one_sample_is_zero() -> None:
    assert cider(["brown"], [["brown"]])[0] == 0.0


@given(pairs)
@settings(max_examples=60, deadline=None)
def test_in_range_and_blind_to_order(data: list[tuple[str, list[str]]]) -> None:
    hypotheses, references = [h for h, _ in data], [r for _, r in data]
    turned = hypotheses[::-1], references[::-1]
    for value in bleu(hypotheses, references):
        assert -1e-9 <= value <= 1 + 1e-9
    assert bleu(hypotheses, references) == pytest.approx(bleu(*turned))
    for metric, top in ((cider, 10), (rouge_l, 1)):
        score, each = metric(hypotheses, references)
        assert all(-1e-9 <= value <= top + 1e-9 for value in each)
        assert score == pytest.approx(sum(each) / len(each))
        assert metric(*turned)[1][::-1] == pytest.approx(each)


@given(pairs)
@settings(max_examples=60, deadline=None)
def test_a_reference_itself_is_the_best_answer(data: list[tuple[str, list[str]]]) -> None:
    references = [refs for _, refs in data]
    perfect = [refs[0] for refs in references]
    assert rouge_l(perfect, references)[1] == pytest.approx([1] * len(data))
    assert bleu(perfect, references)[0] == pytest.approx(1)
    single = [[ref] for ref in perfect]
    best = cider(perfect, single)[1]
    other = cider([h for h, _ in data], single)[1]
    assert all(b >= o - 1e-9 for b, o in zip(best, other))


def test_longest_common_subsequence() -> None:
    assert longest_common_subsequence(["a", "b", "c", "d"], ["b", "x", "d"]) == 2
    assert longest_common_subsequence([], ["a"]) == 0


@pytest.mark.parametrize("metric", [bleu, rouge_l, cider])
def test_wrong_shapes(metric) -> None:
    with pytest.raises(ValueError, match="2 hypotheses for 1"):
        metric(["a", "b"], [["a"]])
    with pytest.raises(ValueError, match="sample 1 has no reference"):
        metric(["a", "b"], [["a"], []])
