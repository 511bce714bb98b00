"""Random sentences with pictures."""

from dataclasses import replace

import pytest
from tests.language.test_describe import small_store

from sceneglot.cli.main import run
from sceneglot.errors import SceneglotError
from sceneglot.language.describe import Wanted
from sceneglot.language.stores import write_descriptions
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import KINDS
from sceneglot.view.samples import caption, draw_utterances, picture, write_samples


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    store = small_store(tmp_path_factory.mktemp("samples") / "data")
    write_descriptions(store, "templates", Wanted(KINDS, questions=8, situated_questions=8), workers=1)
    return Store.open(store.path)


def test_every_kind_gets_its_turn_and_a_seed_its_own_draw(store):
    drawn = draw_utterances(store, "templates", 12, seed=1)
    assert len(drawn) == 12 and {u.kind for u in drawn} == set(KINDS)
    assert drawn == draw_utterances(store, "templates", 12, seed=1) != draw_utterances(store, "templates", 12, seed=2)
    everything = store.utterances(name="templates")
    assert len(draw_utterances(store, "templates", 10**6)) == len(everything)


def test_the_page_holds_each_sentence_and_a_picture(store, tmp_path):
    drawn = draw_utterances(store, "templates", 7)
    text = write_samples(store, drawn, tmp_path / "page.html").read_text()
    assert text.count("<img") == 7 and "http" not in text
    for utterance in drawn:
        assert picture(store.objects(utterance.scene_id), utterance).ndim == 3
        assert utterance.text in caption(utterance)


def test_an_anchor_that_the_scene_lacks_is_not_drawn(store):
    """Text of others may name objects that are not there; `check` counts them and must still show the sentence."""
    said = next(u for u in store.utterances(name="templates") if u.view_dependent and u.position is None)
    lost = replace(said, relation="from_left", anchor_ids=(10**6,))
    assert picture(store.objects(said.scene_id), lost).ndim == 3


def test_nothing_to_show_is_told(store, tmp_path):
    with pytest.raises(SceneglotError, match="describe"):
        write_samples(store, [], tmp_path / "page.html")


def test_check_prints_them_and_writes_the_page(store, capsys):
    assert run(["check", str(store.path), "--sample", "5", "--seed", "3"]) == 0
    assert "samples/templates_3.html" in capsys.readouterr().out.replace("\n", "")
    assert (store.path / "samples/templates_3.html").exists()
