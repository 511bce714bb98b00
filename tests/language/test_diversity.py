"""Diversity, human corpora and the data card."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.language.test_describe import small_store

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.language.card import write_card
from sceneglot.language.corpora import human_texts
from sceneglot.language.describe import Wanted
from sceneglot.language.diversity import diversity, sample, skeleton, table
from sceneglot.language.stores import write_descriptions


def test_closed_form():
    d = diversity(["The chair is next to the desk.", "The lamp is next to the desk."])
    assert (d.sentences, d.tokens, d.vocabulary, d.skeletons) == (2, 14, 7, 1)
    assert d.type_token_ratio == 0.5 and d.mean_length == 7.0 and d.skeletons_per_sentence == 0.5
    assert d.distinct_2 == pytest.approx(8 / 12)  # four pairs are shared: is next, next to, to the, the desk
    assert diversity([]).mean_length == 0.0


def test_skeletons_ignore_what_fills_them():
    assert skeleton("The brown chair is next to the window.") == "the _ is next to the _ ."
    assert skeleton("A TV, on it.") == skeleton("A big black box, on it.")
    assert skeleton("On it is a TV.") != skeleton("A TV is on it.")


@given(st.lists(st.text("ab .", max_size=12), max_size=8))
@settings(max_examples=50, deadline=None)
def test_bounds(texts):
    d = diversity(texts)
    assert 0 <= d.type_token_ratio <= 1 and 0 <= d.distinct_2 <= 1 and d.vocabulary <= d.tokens
    assert d.skeletons <= d.sentences == len(texts)
    assert diversity(texts + texts).vocabulary == d.vocabulary


def test_samples_are_equal_for_equal_seeds():
    texts = [str(i) for i in range(100)]
    assert sample(texts, 10) == sample(texts, 10) and len(set(sample(texts, 10))) == 10 and sample(texts, 1000) == texts


def test_official_files_are_read(tmp_path):
    (tmp_path / "scanrefer.json").write_text(json.dumps([{"description": "a chair", "object_id": "1"}]))
    (tmp_path / "sqa.json").write_text(json.dumps({"questions": [{"question": "Is it?"}], "info": {}}))
    (tmp_path / "nr3d.csv").write_text('utterance,stimulus_id\n"the chair, left",x\n')
    (tmp_path / "other.json").write_text("{}")
    assert human_texts(tmp_path) == {"nr3d": ["the chair, left"], "scanrefer": ["a chair"], "sqa": ["Is it?"]}
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(BadFileError, match="bad"):
        human_texts(tmp_path)
    with pytest.raises(SceneglotError, match="no such folder"):
        human_texts(tmp_path / "nothing")


def test_the_card_tells_what_is_there(tmp_path):
    store = small_store(tmp_path / "data")
    human = tmp_path / "human"
    human.mkdir()
    (human / "scanrefer.json").write_text(json.dumps([{"description": "this is a chair"}]))
    wanted = Wanted(questions=4, scene_captions=1, per_object=1)
    path = write_descriptions(store, "templates", wanted, workers=1)
    card = write_card(store, "templates", wanted, compare=human)
    assert (
        card.path == path.with_suffix(".md") and card.kinds["question"] == 20 and sum(card.kinds.values()) == card.total
    )
    assert sum(card.question_types.values()) == 20 and card.measures["other: scanrefer"].mean_length == 4
    text = card.path.read_text(encoding="utf-8")
    assert "| referral |" in text and "other: scanrefer" in text and "seed 0" in text
    assert store.utterance_names == ("templates",)  # the card is no file of sentences


def test_tables_are_markdown():
    lines = table({"a": diversity(["one two"])}).splitlines()
    assert len(lines) == 3 and len({line.count("|") for line in lines}) == 1
