"""The checker's geometry: equal to its plain twin on random tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import random_tables, standing, table
from tests.language import plain_rules
from tests.language.rooms import office

from sceneglot.language.rules import PAIR_RULES, ROOM_RULES, Rules


@given(random_tables(), st.sampled_from([{"position": (0.1, 0.2)}, {"direction": (1.0, 0.5)}]))
@settings(max_examples=25, deadline=None)
def test_every_rule_equals_its_plain_twin(objects, viewer):
    rules, plain = Rules(objects, **viewer), plain_rules.PlainRules(objects, **viewer)
    rows = range(len(objects))
    for word, rule in plain_rules.PAIR_RULES.items():
        expected = [[i != j and bool(rule(plain, i, j)) for j in rows] for i in rows]
        assert rules.pair(word).tolist() == expected, word
    for word, rule in plain_rules.ROOM_RULES.items():
        assert rules.room(word).tolist() == [bool(rule(plain, i)) for i in rows], word
    for a in rows[:4]:
        for b in rows[:4]:
            if a != b:
                assert rules.between(a, b).tolist() == [plain._between(m, a, b) for m in rows]


def test_every_word_has_a_rule():
    assert (
        PAIR_RULES.keys() == {*plain_rules.PAIR_RULES, "aligned"} and ROOM_RULES.keys() == plain_rules.ROOM_RULES.keys()
    )


def test_bearings_and_rows():
    rules = Rules(office(), position=(0, 0))
    assert rules.bearing((0, 0), np.pi / 2)[12] == pytest.approx(-180)  # the door is behind one who looks along +y
    assert rules.bearing((0, 0), np.pi / 2)[11] == pytest.approx(90)  # the picture hangs on the left wall
    assert rules.distance(12)[12] == 0


def test_aligned():
    objects = table(*(standing("cabinet", x, 0, (0.5, 0.5, 1.0)) for x in (0, 0.6, 1.2)), standing("cabinet", 3, 3))
    assert Rules(objects).pair("aligned")[0].tolist() == [False, True, True, False]
