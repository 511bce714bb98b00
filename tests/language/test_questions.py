"""Questions: types, answers, balance, truth."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import random_tables, standing, table
from tests.language.rooms import office_graph

from sceneglot.graph import build_graph
from sceneglot.language import describe
from sceneglot.language.questions import SHARES, question_type
from sceneglot.scenes.utterance import QUESTION_TYPES


def asked(graph, seed=0, count=200):
    return describe(graph, ("question",), seed, questions=count)


def test_all_types_are_asked_and_named_as_officially():
    made = [q for seed in range(5) for q in asked(office_graph(), seed)]
    assert {q.question_type for q in made} == set(QUESTION_TYPES)
    assert all(question_type(q.text) == q.question_type for q in made)
    assert len({q.text for q in asked(office_graph())}) == len(asked(office_graph()))


def test_known_answers():
    answers = {}
    for seed in range(12):
        for q in asked(office_graph(), seed):
            answers.setdefault(q.text, set()).add(q.answers)
    first = {text: {a[0] for a in found} for text, found in answers.items()}
    expected = {
        "How many desks are there?": {"2"},
        "How many office chairs are in the room?": {"2"},
        "What color is the lamp?": {"yellow"},
        "What is the color of the trash can?": {"gray"},
        "What type of room is this?": {"office"},
        "Is there a bathtub in the room?": {"no"},
    }
    seen = [text for text in expected if text in first]
    assert len(seen) >= 4
    for text in seen:
        assert first[text] == expected[text], text


def test_answers_are_short_lower_case_and_true_to_their_number():
    for q in asked(office_graph()):
        assert q.answers and all(a == a.strip() and a and len(a.split()) <= 8 for a in q.answers)
        if q.question_type == "number":
            assert q.answers[0].isdigit() and len(q.answers) >= 2
            if q.answers[0] != "0" and not q.text.startswith("How many things"):
                assert len(q.target_ids) == int(q.answers[0])


def test_yes_and_no_come_equally_often():
    answers = Counter(
        q.answers[0] for seed in range(30) for q in asked(office_graph(), seed, 60) if q.answers[0] in ("yes", "no")
    )
    assert 0.8 < answers["yes"] / answers["no"] < 1.25


def test_the_shares_are_whole():
    assert sum(SHARES.values()) == pytest.approx(1.0) and set(SHARES) == set(QUESTION_TYPES)


def test_view_dependent_questions_are_marked():
    words = ("left", "right", "in front", "behind", "back of")
    for seed in range(5):
        for q in asked(office_graph(), seed):
            if any(word in q.text or any(word in a for a in q.answers[:1]) for word in words):
                assert q.view_dependent, q


def test_plural_subjects_agree():
    graph = build_graph(
        table(standing("books", 0, 0, (0.3, 0.3, 0.3)), standing("desk", 2, 0), standing("desk", -2, 0.4))
    )
    texts = [q.text for seed in range(20) for q in asked(graph, seed)]
    about = [t for t in texts if "the books" in t and t.startswith("Where")]
    assert about and not any(" is the books" in t for t in texts) and any("are the books" in t for t in about)


@given(random_tables(), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_random_scenes_give_well_formed_questions(objects, seed):
    ids = {int(i) for i in objects.id}
    made = asked(build_graph(objects, scene_id="s"), seed, 40)
    assert len(made) <= 40 and len({q.id for q in made}) == len(made)
    for q in made:
        assert q.text[0].isupper() and q.text.endswith("?") and "{" not in q.text and "  " not in q.text
        assert set(q.target_ids) <= ids and set(q.anchor_ids) <= ids and not set(q.target_ids) & set(q.anchor_ids)
        assert q.answers and len(set(q.answers)) == len(q.answers)
