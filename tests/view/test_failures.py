"""The page of mistakes: what is counted, what is chosen, what is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from tests.tasks.grounding.maps import room

from sceneglot.scenes import Utterance
from sceneglot.tasks.grounding.predict import Grounded
from sceneglot.view.failures import caption, choose, mistakes, picture
from sceneglot.view.floor_plan import ANCHOR, CHOSEN, TARGET

OBJECTS = room()
IDS = [int(i) for i in OBJECTS.id]


def answer(target: int, chosen: int, text: str = "the thing", relation: str = "near") -> Grounded:
    sentence = Utterance("u", "a", "referral", text, (target,), (IDS[3],), relation)
    others = [i for i in IDS if i != chosen]
    share = np.full(len(IDS), 0.5 / len(others), np.float32)
    share[0] = 0.5
    return Grounded(sentence, np.array([chosen, *others]), share, np.zeros(len(IDS)))


def test_only_wrong_answers_and_their_kind():
    same = [i for i in IDS if OBJECTS.label[OBJECTS.row_of[i]] == "chair"]
    other = next(i for i in IDS if OBJECTS.label[OBJECTS.row_of[i]] != "chair")
    answers = [
        answer(same[0], same[0]),
        answer(same[0], same[1], "the chair on the left"),
        answer(same[0], same[1], "the chair"),
        answer(same[0], other),
    ]
    found = mistakes(answers, lambda _: OBJECTS)
    assert [m.kind for m in found] == [
        "right class, view-dependent", "right class, not view-dependent", "wrong class"
    ]  # fmt: skip
    assert found[0].rivals == len(same)


def test_rare_kinds_are_shown_before_frequent_ones_fill_the_page():
    frequent = [answer(IDS[0], IDS[1], relation="near")] * 20
    found = mistakes([*frequent, answer(IDS[0], IDS[1], relation="rare")], lambda _: OBJECTS)
    shown = choose(found, 5)
    assert len(shown) == 5 and "rare" in [m.relation for m in shown]
    assert choose(found, 5) == shown and len(choose(found, 100)) == 21


def test_picture_and_caption():
    mistake = mistakes([answer(IDS[0], IDS[1])], lambda _: OBJECTS)[0]
    pixels = picture(mistake, OBJECTS).reshape(-1, 3)
    for color in (TARGET, CHOSEN, ANCHOR):
        assert (pixels == color).all(1).any()
    text = caption(mistake)
    assert "number 2 of" in text and "50 %" in text
    gone = replace(mistake, answer=replace(mistake.answer, ids=mistake.answer.ids[:1]))
    assert "no candidate" in caption(gone)


def test_colors_are_absent_where_nothing_is_named():
    sentence = Utterance("u", "a", "referral", "x", (IDS[0],))
    mistake = mistakes([Grounded(sentence, np.array([IDS[0]]), np.ones(1), np.ones(1))], lambda _: OBJECTS)
    assert not mistake
    with pytest.raises(KeyError):
        mistakes([answer(999, IDS[1])], lambda _: OBJECTS)
