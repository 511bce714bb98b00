"""Prompts are true of their picture, and truth is decided from facts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.recipes.lit.prompts import (
    Prompt,
    Record,
    alias_of,
    encode_facts,
    listing,
    object_prompts,
    room_prompts,
    truth,
    with_article,
)

CHAIR = Record("object", "s1", "office", "photo", "office chair", "chair", "black", "fabric")
BED = Record("object", "s2", "bedroom", "render", "bed", "bed", "white", "")
VIEW = Record("room", "s1", "office", "top", shows=("desk", "office chair", "lamp"))


def is_true(picture: Record, prompt: Prompt) -> bool:
    pictures, texts = encode_facts([CHAIR, BED, VIEW, picture], [prompt])
    return bool(truth(pictures, texts)[3, 0])


@pytest.mark.parametrize(
    ("picture", "prompt", "expected"),
    [
        (CHAIR, Prompt("a chair", "object", ("chair",)), True),
        (CHAIR, Prompt("an office chair", "object", ("office chair",)), True),
        (CHAIR, Prompt("a black chair", "object", ("chair",), color="black"), True),
        (CHAIR, Prompt("a white chair", "object", ("chair",), color="white"), False),
        (CHAIR, Prompt("something white", "object", color="white"), False),
        (CHAIR, Prompt("a bed", "object", ("bed",)), False),
        (BED, Prompt("a fabric bed", "object", ("bed",), material="fabric"), False),  # unknown is not a yes
        (VIEW, Prompt("an office with a lamp and a desk", "room", ("lamp", "desk"), room_type="office"), True),
        (VIEW, Prompt("an office with a lamp and a bed", "room", ("lamp", "bed"), room_type="office"), False),
        (VIEW, Prompt("a bedroom", "room", room_type="bedroom"), False),
        (VIEW, Prompt("caption", "room", scene_id="s1"), True),
        (VIEW, Prompt("caption", "room", scene_id="s2"), False),
        (VIEW, Prompt("a lamp", "object", ("lamp",)), False),  # a view is no crop
        (BED, Prompt("a sofa", "object", ("sofa",)), False),
    ],
)
def test_truth(picture: Record, prompt: Prompt, expected: bool) -> None:
    assert is_true(picture, prompt) is expected


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([CHAIR, BED, VIEW, Record("room", "s3", "hall", "top")]))
def test_drawn_prompts_are_true_and_say_what_they_state(seed: int, record: Record) -> None:
    draw = object_prompts if record.kind == "object" else room_prompts
    for prompt in draw(record, np.random.default_rng(seed), 3):
        assert is_true(record, prompt)
        for word in (*prompt.nouns, prompt.color, prompt.material, prompt.room_type):
            assert word in prompt.text
        assert "{" not in prompt.text


def test_a_colour_word_and_a_room_word_never_mix() -> None:
    odd = Record("object", "s", "", "photo", "x", "", color="office")
    assert not is_true(odd, Prompt("an office", "object", room_type="office"))


def test_words() -> None:
    assert with_article("office chair") == "an office chair" and with_article("glass") == "a glass"
    assert with_article("white curtains") == "white curtains"
    assert listing(("bed",)) == "a bed" and listing(("bed", "lamp", "rug")) == "a bed, a lamp and a rug"
    assert alias_of(5) == "chair" and alias_of(0) == alias_of(39) == alias_of(40) == ""
