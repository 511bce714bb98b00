"""Describing whole stores: same bytes for any worker count, interruptions."""

import pytest
from tests.language.test_describe import small_store

from sceneglot.errors import SceneglotError
from sceneglot.language import stores
from sceneglot.language.describe import Wanted
from sceneglot.language.stores import write_descriptions
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import KINDS

SOME = Wanted(KINDS, questions=5, per_object=1, scene_captions=1, multi_referrals=5, situated_questions=5)


def test_the_bytes_do_not_depend_on_the_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "SCENES_PER_PART", 2)
    store = small_store(tmp_path / "data")
    done = []
    alone = write_descriptions(store, "a", SOME, workers=1, report=lambda n, total: done.append((n, total)))
    together = write_descriptions(store, "b", SOME, workers=2)
    assert alone.read_bytes() == together.read_bytes()
    assert done == [(0, 5), (2, 5), (4, 5), (5, 5)]
    written = Store.open(store.path).utterances(name="a")
    assert {u.kind for u in written} == set(KINDS) and len({u.id for u in written}) == len(written)
    assert not list((store.path / "utterances").glob(".*"))


class Interrupted(Exception):
    pass


def test_an_interrupted_run_is_continued(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "SCENES_PER_PART", 1)
    store = small_store(tmp_path / "data")
    whole = write_descriptions(store, "whole", SOME, workers=1).read_bytes()

    def stop(done, total):
        if done == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        write_descriptions(store, "parts", SOME, workers=1, report=stop)
    assert "parts" not in store.utterance_names
    made = []
    original = stores.describe_scene
    monkeypatch.setattr(stores, "describe_scene", lambda p, w, i: made.append(i) or original(p, w, i))
    path = write_descriptions(store, "parts", SOME, workers=1)
    assert path.read_bytes() == whole and made == ["office-3", "office-4"]


def test_parts_of_other_wishes_are_not_taken_over(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "SCENES_PER_PART", 1)
    store = small_store(tmp_path / "data")

    def stop(done, total):
        if done == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        write_descriptions(store, "parts", Wanted(("referral",), seed=1), workers=1, report=stop)
    write_descriptions(store, "parts", Wanted(("referral",), seed=2), workers=1)
    assert {u.seed for u in store.utterances(name="parts")} == {2}


def test_an_empty_store_is_an_error(tmp_path):
    with pytest.raises(SceneglotError, match="no scenes"):
        write_descriptions(Store.create(tmp_path / "data", origin="t", licence="l"), "a", SOME)
