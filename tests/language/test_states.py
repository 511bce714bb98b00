"""States of things: open, closed, folded. Said where known, asked for, singled out by, and checked."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import random_tables, standing, table
from tests.language.rooms import office

from sceneglot.graph import build_graph
from sceneglot.language import describe
from sceneglot.language.clauses import Kind
from sceneglot.language.facts import SceneFacts
from sceneglot.language.lexicon import lexicon
from sceneglot.language.multi import multi_referrals
from sceneglot.language.predicates import Predicate
from sceneglot.language.referrals import referrals
from sceneglot.language.speaker import Speaker
from sceneglot.language.verify import Checker

STATES = ("open", "closed", "closed", "on", "messy", "half-open", "wobbly")
OPEN, CLOSED, CURTAINS, LAMP, BED, BOX, STOOL = range(len(STATES))


def bedroom(states=STATES):
    rows = [
        ("door", (0, -2.95, 1.0), (0.9, 0.08, 2.0)),
        ("door", (-2.95, 0, 1.0), (0.08, 0.9, 2.0)),
        ("curtains", (2.9, 0, 1.2), (0.1, 1.8, 2.0)),
        standing("lamp", 1.0, 2.0, (0.3, 0.3, 1.5)),
        standing("bed", -1.5, 1.8, (2.0, 1.6, 0.6)),
        standing("box", 1.8, -1.5, (0.4, 0.4, 0.4)),
        standing("stool", 0.5, 0.2, (0.4, 0.4, 0.5)),
    ]
    names = ("white", "brown", "blue", "black", "green", "brown", "red")
    return table(*rows, color=np.full((len(rows), 3), 90, np.uint8), color_name=names, state=states)


def graph(states=STATES):
    return build_graph(bedroom(states), scene_id="bedroom-1", room_type="bedroom")


def test_states_rule_each_other_out_or_not():
    states = lexicon().states
    assert all(name in states[other].excludes for name, state in states.items() for other in state.excludes)
    assert all(name not in state.excludes for name, state in states.items())
    fits = lexicon().state_fits
    assert not fits("open", "closed") and fits("open", "half open") and fits("open", "")
    assert fits("unmade", "messy") and fits("open", "wobbly")  # they say nothing of each other
    assert lexicon().state_of("Half-open") == "half open" and lexicon().state_of("wobbly") == ""


def test_a_state_is_said_before_the_noun():
    facts = SceneFacts(graph())
    assert facts.state == ["open", "closed", "closed", "on", "messy", "half open", ""]
    white = facts.describe(Kind("door", color="white", state="open"))
    assert facts.definite(white) == "the open white door" and white.is_unique and white.row == OPEN
    assert facts.indefinite(facts.describe(Kind("lamp", state="on"))) == "a switched-on lamp"
    assert facts.indefinite(facts.describe(Kind("box", state="half open"))) == "a half-open box"
    assert [k.state for k in facts.kinds(OPEN)].count("open") == 2
    assert not any(k.state for k in facts.kinds(STOOL))  # no words for it: kept, but not spoken of


def test_an_unknown_state_rules_nothing_out():
    facts = SceneFacts(graph(("open", "", *STATES[2:])))
    opened = facts.describe(Kind("door", state="open"))
    assert np.flatnonzero(opened.sure).tolist() == [OPEN] and not opened.is_unique
    checker = Checker(facts.graph.objects, position=(0, 0))
    assert checker.meant(Predicate(Kind("door", state="open"))) == (OPEN, CLOSED)
    assert checker.meant(Predicate(Kind("door", state="closed"))) == (CLOSED,)


def test_things_next_to_the_open_door_may_be_said_to_be():
    kinds = [anchor.kind for anchor in SceneFacts(graph()).anchors]
    assert Kind("door", state="open") in kinds and Kind("door", state="closed") in kinds
    assert Kind("bed", state="messy") not in kinds  # there is one bed only


def test_referrals_single_out_by_state_and_are_checked():
    speaker = Speaker.of(graph())
    found = [r for seed in range(20) for r in referrals(speaker, random.Random(seed), seed, 3)]
    stated = [r for r in found if r.predicate.kind.state]
    assert {r.utterance.target_ids[0] for r in stated} >= {OPEN, CLOSED, CURTAINS, LAMP, BED, BOX}
    checker = Checker(bedroom(), position=speaker.facts.graph.viewer.position)
    assert all(checker.meant(r.predicate) == r.utterance.target_ids for r in found)
    bare = [r.utterance for r in stated if not r.predicate.clauses and "door" in r.utterance.text]
    assert bare and all(("open" in u.text) == (u.target_ids == (OPEN,)) for u in bare)


def test_captions_tell_the_state_that_is():
    made = describe(graph(), ("object_caption",), per_object=40)
    stated = [u for u in made if u.source.startswith("template:object-state")]
    assert {u.source for u in stated} == {f"template:object-state-{n}" for n in range(1, 8)}
    words = {OPEN: "open", CLOSED: "closed", CURTAINS: "closed", LAMP: "switched on", BED: "messy", BOX: "half open"}
    assert all(words[u.target_ids[0]] in u.text for u in stated)
    assert "curtains are closed" in " ".join(u.text for u in stated if u.target_ids == (CURTAINS,))
    assert not any("open" in u.text for u in made if u.target_ids == (CLOSED,) and not u.anchor_ids)


def test_questions_ask_for_states_with_yes_and_no():
    made = [q for seed in range(8) for q in describe(graph(), ("question",), seed, questions=120)]
    chosen = {(q.target_ids[0], q.answers[0]) for q in made if q.source.startswith("template:state-")}
    assert chosen >= {(OPEN, "open"), (CLOSED, "closed"), (LAMP, "switched on")}
    assert (STOOL, "wobbly") not in chosen
    asked = [q for q in made if q.source.startswith("template:is-state-")]
    true = {OPEN: "open", CLOSED: "closed", CURTAINS: "closed", LAMP: "switched on", BED: "messy", BOX: "half open"}
    assert {q.answers[0] for q in asked} == {"yes", "no"}
    for q in asked:
        assert (q.answers[0] == "yes") == q.text.rstrip("?").endswith(true[q.target_ids[0]]), q.text
    for q in (*asked, *(q for q in made if q.source.startswith("template:state-"))):
        assert q.question_type == "other"
        assert not q.text.startswith(("Is the open", "Is the closed"))  # the question does not give it away


def test_nothing_changes_for_scenes_whose_states_nobody_knows():
    plain = describe(build_graph(office(), scene_id="office-1", room_type="office"), seed=5)
    assert not [u for u in plain if "state" in u.source]
    wobbly = build_graph(bedroom(("wobbly",) * len(STATES)), scene_id="b")
    assert describe(wobbly, seed=2) == describe(build_graph(bedroom(()), scene_id="b"), seed=2)


@given(random_tables(), st.integers(0, 9))
@settings(max_examples=15, deadline=None)
def test_the_checker_agrees_on_random_rooms(objects, seed):
    rng = random.Random(seed)
    words = ("", "open", "closed", "half-open", "empty", "messy", "odd")
    columns = {name: getattr(objects, name) for name in ("color", "front", "parent", "material", "shape", "color_name")}
    rows = zip(objects.label, objects.center, objects.size)
    stated = table(*rows, id=objects.id, state=tuple(rng.choice(words) for _ in objects.label), **columns)
    speaker = Speaker.of(build_graph(stated, scene_id="s"))
    checker = Checker(stated, speaker.facts.graph.viewer.position, speaker.facts.graph.viewer.direction)
    made = [*referrals(speaker, rng, seed, 2), *multi_referrals(speaker, rng, seed, 10)]
    assert all(set(checker.meant(r.predicate)) == set(r.utterance.target_ids) for r in made)


@pytest.mark.parametrize("name", sorted(lexicon().states))
def test_every_state_reads_like_english(name):
    state = lexicon().states[name]
    assert state.adjective.replace("-", " ") == state.predicate and " " not in state.adjective
