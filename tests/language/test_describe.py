"""describe: kinds, provenance, determinism, odd scenes, whole stores."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import random_tables, standing, table
from tests.language.rooms import office, office_graph

from sceneglot.errors import SceneglotError
from sceneglot.graph import build_graph
from sceneglot.language import describe
from sceneglot.language.stores import describe_store
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene, Source
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import STANDARD_KINDS


def test_every_kind_with_provenance():
    made = describe(office_graph(), seed=3)
    assert {u.kind for u in made} == set(STANDARD_KINDS)
    assert len({u.id for u in made}) == len(made)
    for u in made:
        assert u.scene_id == "office-1" and u.seed == 3 and u.source.startswith("template:")
        assert u.text[0].isupper() and "  " not in u.text and "{" not in u.text
        assert u.kind == "question" or (not u.answers and not u.question_type)


def test_same_seed_same_sentences_and_kinds_do_not_disturb_each_other():
    assert describe(office_graph(), seed=1) == describe(office_graph(), seed=1)
    assert describe(office_graph(), seed=1) != describe(office_graph(), seed=2)
    everything = describe(office_graph(), seed=1)
    for kind in STANDARD_KINDS:
        assert describe(office_graph(), (kind,), seed=1) == [u for u in everything if u.kind == kind]


def test_numbers_are_respected():
    made = describe(office_graph(), per_object=1, scene_captions=2, questions=7)
    count = {kind: sum(u.kind == kind for u in made) for kind in STANDARD_KINDS}
    assert count["question"] == 7 and count["scene_caption"] <= 2 and count["object_caption"] <= 13
    assert describe(office_graph(), per_object=0, scene_captions=0, questions=0) == []


def test_odd_scenes():
    assert describe(build_graph(Objects.empty(), scene_id="empty")) == []
    assert describe(build_graph(table(("wall", (0, 0, 1), (4, 0.1, 2)), ("object", (1, 1, 1), (1, 1, 1))))) == []
    one = describe(build_graph(table(standing("chair", 0, 0), id=np.array([-3], np.int32)), scene_id="one"))
    assert one and all(set(u.target_ids) <= {-3} for u in one)
    twins = table(*[standing("chair", 0, 0)] * 4)
    assert not describe(build_graph(twins), ("referral",))  # nothing tells them apart


@given(random_tables(), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_random_scenes(objects, seed):
    ids = {int(i) for i in objects.id}
    for u in describe(build_graph(objects, scene_id="s"), seed=seed, questions=10):
        assert set(u.target_ids) <= ids and set(u.anchor_ids) <= ids
        assert u.text.strip() == u.text and "{" not in u.text
        assert " ." not in u.text and " ," not in u.text and u.text[-1] in ".?"
        assert " a a" not in u.text and " the the " not in u.text and " a e" not in u.text


def test_bad_requests():
    with pytest.raises(SceneglotError, match="poem"):
        describe(office_graph(), ("poem",))
    with pytest.raises(SceneglotError):
        describe(office_graph(), questions=-1)


def test_it_is_fast_enough():
    graph = office_graph()
    describe(graph)
    start = time.process_time()
    made = sum(len(describe(graph, seed=seed)) for seed in range(5))
    assert made / (time.process_time() - start) > 400  # thousands on an idle core


def small_store(path):
    store = Store.create(path, origin="test", licence="CC0-1.0")
    for index in range(5):
        points = np.zeros((1, 3), np.float32)
        store.add(
            Scene(
                f"office-{index}",
                points,
                np.zeros((1, 3), np.uint8),
                Source("test"),
                objects=office(),
                room_type="office",
            )
        )
    store.finish()
    return store


def test_a_store_gives_the_same_for_any_worker_count(tmp_path):
    store = small_store(tmp_path / "data")
    done = []
    alone = list(describe_store(store, workers=1, questions=5, report=lambda n, total: done.append((n, total))))
    assert alone == list(describe_store(store, workers=2, questions=5))
    assert [u.scene_id for u in alone] == sorted(u.scene_id for u in alone) and done[-1] == (5, 5)
    first = build_graph(store.scene("office-0"))
    assert [u for u in alone if u.scene_id == "office-0"] == describe(first, questions=5)
