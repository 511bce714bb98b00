"""Captions."""

from tests.graph.boxes import standing, table
from tests.language.rooms import office_graph

from sceneglot.graph import build_graph
from sceneglot.language import describe
from sceneglot.language.captions import countable, counted, size_words
from sceneglot.language.facts import SceneFacts


def test_counts_are_certain():
    facts = SceneFacts(office_graph())
    counts = {noun: len(rows) for noun, rows in countable(facts)}
    assert counts["office chair"] == 2 and counts["lamp"] == 1 and "books" not in counts and "object" not in counts
    assert counted("office chair", 1, facts) == "an office chair" and counted("shelf", 3, facts) == "three shelves"


def test_uncertain_numbers_are_not_told():
    facts = SceneFacts(build_graph(table(standing("office chair", 0, 0), standing("chair", 2, 0))))
    assert "office chair" not in {noun for noun, _ in countable(facts)}  # the plain chair may be one
    assert {noun: len(rows) for noun, rows in countable(facts)}["chair"] == 2


def test_sizes():
    facts = SceneFacts(office_graph())
    assert size_words(facts, 0)["size"] == "about 1.5 meters wide and 80 centimeters high"
    assert size_words(facts, 0)["measures"] == "about 1.5 meters in width and 80 centimeters in height"
    assert size_words(facts, 10) == {}  # a rug has no height to speak of


def test_scene_captions_vary_and_tell_the_room():
    made = describe(office_graph(), ("scene_caption",), scene_captions=30)
    assert len({u.text for u in made}) == len(made) > 20
    assert any("office" in u.text for u in made) and any("two desks" in u.text for u in made)
    skeletons = {u.source for u in made}
    assert len(skeletons) > 10


def test_object_captions_are_true_of_their_object():
    graph = office_graph()
    for u in describe(graph, ("object_caption",), per_object=6):
        row = graph.objects.row_of[u.target_ids[0]]
        facts = SceneFacts(graph)
        names = {*facts.words.names(facts.label[row])}
        assert any(name in u.text for name in names)
        others = set(graph.objects.color_name) - {graph.objects.color_name[row], ""}
        subject = u.text.split(".")[0]
        if not u.relation:
            assert not any(f" {color} " in f" {subject} " for color in others)
