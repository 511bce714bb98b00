"""Referrals: what is said and what is recorded."""

import random

from tests.graph.boxes import standing, table
from tests.language.rooms import office, office_graph

from sceneglot.graph import Viewer, build_graph
from sceneglot.language.facts import SceneFacts
from sceneglot.language.referrals import referrals
from sceneglot.language.speaker import Speaker


def made(graph, seeds=range(10), per_object=3):
    speaker = Speaker.of(graph)
    return [r for seed in seeds for r in referrals(speaker, random.Random(seed), seed, per_object)]


def test_one_to_three_sentences_with_variety():
    found = made(office_graph())
    assert all(1 <= r.utterance.text.count(".") + r.utterance.text.count("?") <= 4 for r in found)
    assert len({r.utterance.source for r in found}) >= 15
    assert len({r.utterance.relation for r in found}) >= 10


def test_anchors_and_relation_are_recorded():
    for r in made(office_graph(), range(3)):
        assert r.utterance.kind == "referral" and len(r.utterance.target_ids) == 1
        assert r.utterance.target_ids[0] not in r.utterance.anchor_ids
        assert r.utterance.relation == (r.predicate.clauses[0].word if r.predicate.clauses else "")


def test_view_dependence():
    words = {"left", "right", "far_left", "far_right", "in_front", "behind"}
    words |= {"ahead", "to_left", "to_right", "at_back", "from_left", "from_right"}
    for r in made(office_graph()):
        said = [*r.predicate.clauses, *(via for s in r.predicate.clauses for via in s.via)]
        assert r.utterance.view_dependent == any(s.word in words for s in said)


def test_the_facing_preamble_is_only_used_where_it_is_true():
    default = [r for r in made(office_graph(), range(30)) if "from the middle of the room" in r.utterance.text]
    assert default and all(r.utterance.view_dependent for r in default)
    fixed = build_graph(office(), scene_id="office-1", viewer=Viewer(direction=(0, 1)))
    assert not [
        r for r in made(fixed, range(30)) if "middle of the room" in r.utterance.text and r.utterance.view_dependent
    ]


def test_superlatives_are_definite():
    for r in made(office_graph(), range(30)):
        if any(s.noun for s in r.predicate.clauses):
            text = r.utterance.text.lower()
            assert not text.startswith(("there is a ", "there is an ", "this is a ", "a ", "an ")), text


def test_grammar_of_plurals():
    graph = build_graph(
        table(standing("books", 0, 0, (0.3, 0.3, 0.3)), standing("desk", 0.8, 0), standing("bed", -3, 0))
    )
    texts = [r.utterance.text for r in made(graph, range(40)) if r.utterance.target_ids == (0,)]
    assert len(texts) > 20
    for text in texts:
        assert "a books" not in text and "books is" not in text and "This is books" not in text and "It is" not in text


def test_a_thing_is_not_located_by_itself():
    graph = office_graph()
    facts = SceneFacts(graph)
    for r in made(graph):
        row = graph.objects.row_of[r.utterance.target_ids[0]]
        for said in r.predicate.clauses:
            assert not any(facts.describe(anchor).maybe[row] for anchor in said.anchors)
