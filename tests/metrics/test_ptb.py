"""Tokens measured with the Java tokeniser (CoreNLP 3.4.1, preserve lines, lower-case) and COCO's drop list."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.metrics.ptb import DROPPED, ptb_tokenize, ptb_tokens

GOLDEN = {
    "It's on the left-hand side.": "it 's on the left-hand side",
    "black, white and red": "black white and red",
    "brown (wooden) door": "brown -lrb- wooden -rrb- door",
    "someone's": "someone 's",
    '12"': "12",
    "don't know": "do n't know",
    "and/or": "and/or",
    "e-reader/tablet": "e-reader/tablet",
    "a.m.": "a.m.",
    "3.5 ft": "3.5 ft",
    "can't": "ca n't",
    "cannot": "can not",
    "couldn't've": "could n't 've",
    "gonna": "gon na",
    "'tis": "'t is",
    "y'all": "y' all",
    "o'clock": "o'clock",
    "ma'am": "ma'am",
    "rock'n'roll": "rock 'n' roll",
    "chairs'": "chairs",
    "6'2\"": "6 2",
    "[x] {y}": "-lsb- x -rsb- -lcb- y -rcb-",
    "50% of $5": "50 % of $ 5",
    "a&b": "a & b",
    "w/ a c/d player": "w / a c/d player",
    "10:30": "10:30",
    "1,000 or 1/2": "1,000 or 1/2",
    "2½": "2 1/2",
    "90° turn": "90 ° turn",
    "mr. x": "mr. x",
    "no.": "no",
    "no. 5": "no. 5",
    "tv., room": "tv. room",
    "the l. the u": "the l. the u",
    "so -- well ... ok": "so well ok",
    "what?!": "what ?!",
    "what!": "what",
    "x_y": "x_y",
    "2x4": "2x4",
    "-5": "-5",
    "1-": "1",
    "it’s “hi”": "it 's hi",
    "TV's": "tv 's",
    "me@x.org": "me@x.org",
    "http://a.com/b": "http://a.com/b",
    "": "",
    "   ": "",
    "...": "",
}


@pytest.mark.parametrize("text", GOLDEN)
def test_golden(text: str) -> None:
    assert ptb_tokenize(text) == GOLDEN[text]


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_terminates_on_any_text_and_drops_what_must_go(text: str) -> None:
    tokens = ptb_tokens(text)
    assert not set(tokens) & DROPPED
    assert all(tokens)


@given(st.lists(st.from_regex(r"[b-z]{2,8}", fullmatch=True), max_size=6))
@settings(max_examples=50, deadline=None)
def test_plain_words_stay(words: list[str]) -> None:
    special = {"cannot", "gonna", "gotta", "lemme", "gimme", "wanna"}
    words = [word for word in words if word not in special]
    assert list(ptb_tokens(" ".join(words).capitalize())) == words
    # the slow path gives the same tokens as the shortcut for plain text
    assert list(ptb_tokens(" , ".join(words))) == words
