"""Cleaning and matching of answers against values measured with the original scorers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.metrics.answers import clean, f_value, loosely_equal, match, single_spaced, without_final_dot
from sceneglot.metrics.question_types import scanqa_type, sqa3d_type
from sceneglot.metrics.wordnet import WordNet


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        *[("The TV.", "TV"), ("2 chairs", "two chairs"), ("None", "zero"), ("10:30", "ten:30"), ("let", "left")],
        *[("Café façade", "caf faade"), ("twenty-one 21", "twenty-one 21"), ("no1", "no"), ("yes/no", "yesno")],
        *[("the a chair", "chair"), ("mat2", "mat"), ("23", "twenty-three"), ("backwards", "backward")],
        *[("  3   o' clock ", "three o'clock"), ("oclock", "o'clock"), ("letf of tehre", "left of there"), ("", "")],
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_other_normalisers() -> None:
    assert without_final_dot(" a chair. ") == "a chair"
    assert without_final_dot("a chair..") == "a chair."
    assert single_spaced("a   chair  ") == "a chair"


def test_refined_match_is_loose() -> None:
    assert loosely_equal("chair", "armchair")
    assert loosely_equal("arm chair", "armchair")
    assert loosely_equal("a", "black")
    assert not loosely_equal("", "black")
    assert loosely_equal("", "black", empty_matches=True)


def test_leo_stops_at_the_first_loose_match() -> None:
    assert match("chair", ["armchair", "chair"]) == (True, True)
    assert match("chair", ["armchair", "chair"], stop_at_loose=True) == (False, True)
    assert match("chair", ["chair", "armchair"], stop_at_loose=True) == (True, True)
    assert match("desk", ["armchair", "chair"]) == (False, False)


@given(st.text(max_size=12), st.lists(st.text(max_size=12), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_exact_implies_refined(answer: str, references: list[str]) -> None:
    verdict = match(answer, references)
    assert verdict.refined >= verdict.exact
    assert match(answer, [*references, answer]).exact


def test_f_value(wordnet: WordNet) -> None:
    assert f_value("brown chairs", ["brown chair"]) == pytest.approx(0.5)
    assert f_value("brown chairs", ["brown chair"], wordnet) == pytest.approx(1.0)
    assert f_value("brown", ["brown chair", "blue"]) == pytest.approx(2 / 3)
    assert f_value("", ["brown"]) == 0.0
    assert f_value("", [""]) == 1.0


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Where is the chair?", "place"),
        ("How many chairs are there?", "number"),
        ("What color is the chair?", "color"),
        ("What is the color of the chair?", "color"),
        ("What type of chair is it?", "object nature"),
        ("What is on the desk?", "object"),
        ("what color is it?", "other"),  # case counts
        ("In what room is it? Where?", "place"),  # anywhere in the question
        ("Is it Where or What is?", "place"),  # the official order decides
    ],
)
def test_scanqa_types(question: str, kind: str) -> None:
    assert scanqa_type(question) == kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [("What is it?", "what"), ("Is it?", "is"), ("Can I?", "can"), ("Which one?", "which"), ("Am I?", "others")]
    + [("Isn't it?", "is"), (" however far?", "how"), ("", "others")],
)
def test_sqa3d_types(question: str, kind: str) -> None:
    assert sqa3d_type(question) == kind
