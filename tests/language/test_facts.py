"""Descriptions and clauses: what is true, false and doubtful."""

import numpy as np
from tests.graph.boxes import standing, table
from tests.language.rooms import office, office_graph

from sceneglot.graph import build_graph
from sceneglot.language.clauses import Kind
from sceneglot.language.facts import SceneFacts
from sceneglot.scenes.objects import Objects


def clause(facts, word, noun):
    return next(c for c in facts.clauses if c.word == word and [a.kind.noun for a in c.anchors] == [noun])


def test_descriptions():
    facts = SceneFacts(office_graph())
    assert np.flatnonzero(facts.describe(Kind("chair")).sure).tolist() == [2, 3, 4]
    assert facts.describe(Kind("lamp")).is_unique and not facts.describe(Kind("desk")).is_unique
    assert np.flatnonzero(facts.describe(Kind("desk", color="white")).maybe).tolist() == [1]
    assert facts.mention(facts.describe(Kind("lamp"))) == "the lamp"
    assert facts.mention(facts.describe(Kind("office chair"))) == "an office chair"
    assert facts.definite(facts.describe(Kind("desk", shape="L-shaped", color="white", material="wood"))) == (
        "the L-shaped white wooden desk"
    )


def test_clauses():
    facts = SceneFacts(office_graph())
    on_desk = clause(facts, "on", "desk")
    assert np.flatnonzero(facts.sure[on_desk.index]).tolist() == [5, 6, 7]
    in_corner = next(c for c in facts.clauses if c.word == "in_corner")
    assert 9 in np.flatnonzero(facts.sure[in_corner.index])
    nearest = next(
        c
        for c in facts.clauses
        if c.word == "closest" and c.noun == "office chair" and c.anchors[0].kind.noun == "lamp"
    )
    assert np.flatnonzero(facts.sure[nearest.index]).tolist() == [3]


def test_unknown_attributes_rule_nothing_out():
    base = office()
    unknown = Objects(base.id, base.label, base.center, base.size)  # colour 128: not known
    facts = SceneFacts(build_graph(unknown))
    assert facts.color == [""] * len(base)
    assert facts.describe(Kind("desk", color="white")).maybe.sum() == 2
    assert not facts.describe(Kind("desk", color="white")).sure.any()


def test_things_without_a_useful_label_are_not_spoken_of():
    facts = SceneFacts(office_graph())
    assert not facts.spoken[13]
    assert all(not c.sure[13] > 0 or not facts.sure[c.index, 13] for c in facts.clauses)
    assert all("object" not in [a.kind.noun for a in c.anchors] for c in facts.clauses)


def test_what_a_noun_says_already_is_not_said_again():
    labels = ("paper", "paper towel", "wood table", "round table", "box")
    rows = [standing(label, 2.0 * x, 0) for x, label in enumerate(labels)]
    material, shape = ("paper", "paper", "wood", "wood", "paper"), ("", "round", "square", "round", "round")
    facts = SceneFacts(build_graph(table(*rows, material=material, shape=shape)))
    said = [{k.phrase(facts.words) for k in facts.kinds_of(row)} for row in range(len(labels))]
    assert said == [
        {"paper"},
        {"paper towel", "round paper towel"},
        {"wood table", "square wood table"},
        {"round table", "wooden round table"},
        {"box", "paper box", "round box"},
    ]
