"""The checker, in closed form and against the generator."""

import gzip
import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import random_tables, standing, table
from tests.language.rooms import office

from sceneglot.graph import Viewer, build_graph
from sceneglot.language.clauses import Kind
from sceneglot.language.predicates import Predicate, Said
from sceneglot.language.referrals import find
from sceneglot.language.speaker import Speaker
from sceneglot.language.verify import Checker

DESK = Kind("desk")


def meant(word, *anchors, kind="chair", objects=None, **viewer):
    checker = Checker(objects or office(), **(viewer or {"position": (0, 0)}))
    return checker.meant(Predicate(Kind(kind), (Said(word, tuple(Kind(a) for a in anchors)),)))


def test_the_checker_knows_the_office():
    assert meant("next_to", "lamp") == ()
    assert meant("on", "desk", kind="lamp") == (6,)
    assert meant("supporting", "monitor", kind="desk") == (0,)
    assert meant("facing", "desk", kind="office chair") == (2, 3)
    assert meant("in_corner", kind="plant") == (9,)
    assert meant("on_wall", kind="picture") == (11,)
    assert meant("between", "desk", "desk", kind="trash can") == (8,)
    assert meant("closest", "armchair", kind="office chair") == (3,)


def test_sides_follow_the_viewer():
    objects = table(
        standing("desk", 0, 2), standing("chair", -1.2, 2), standing("chair", 1.2, 2), standing("box", 0, 3.2)
    )
    assert meant("left", "desk", objects=objects, position=(0, 0)) == (1,)
    assert meant("left", "desk", objects=objects, position=(0, 6)) == (2,)
    assert meant("right", "desk", objects=objects, direction=(0, 1)) == (2,)
    assert meant("behind", "desk", kind="box", objects=objects, direction=(0, 1)) == (3,)
    assert meant("in_front", "desk", kind="box", objects=objects, direction=(0, -1)) == (3,)


def test_a_wrong_referral_is_found():
    checker = Checker(office(), position=(0, 0))
    assert checker.meant(Predicate(Kind("chair"))) != (2,)
    assert checker.meant(Predicate(Kind("chair", color="red"))) == (3,)


def audit(objects, viewer, seed, per_object=3):
    """References drawn for a table before any is dropped, and those by which the checker does not find their target."""
    graph = build_graph(objects, scene_id="audit", viewer=viewer)
    finder = Speaker.of(graph).finder
    rng = random.Random(seed)
    found = (
        find(finder, row, rng) for row in range(len(objects)) for _ in range(per_object) if finder.facts.spoken[row]
    )
    made = [reference for reference in found if reference is not None]
    checker = Checker(objects, graph.viewer.position, graph.viewer.direction)
    return made, [r for r in made if checker.rows_meant(r.predicate) != [r.row]]


@given(
    random_tables(),
    st.integers(0, 1000),
    st.sampled_from([Viewer(), Viewer(direction=(1, 0)), Viewer(position=(1, 2))]),
)
@settings(max_examples=60, deadline=None)
def test_random_scenes_have_no_ambiguous_referral(objects, seed, viewer):
    _, wrong = audit(objects, viewer, seed)
    assert not wrong, [(r.row, r.predicate) for r in wrong]


def test_the_audit_has_something_to_audit():
    made, _ = audit(office(), Viewer(), 0)
    assert len(made) > 20 and len({s.word for r in made for s in r.predicate.clauses}) > 8


@pytest.mark.realdata
def test_every_referral_of_real_tables_is_verified(real_data):
    path = real_data / "meta/scannet/scannet_objects_train.json.gz"
    if not path.exists():
        pytest.skip("the table of real objects is absent")
    scenes = json.loads(gzip.decompress(path.read_bytes()))
    total = 0
    for name in list(scenes)[:60:2]:
        rows = scenes[name]
        objects = table(
            *((o["label"], o["center"], o["size"]) for o in rows),
            id=np.array([o["id"] for o in rows], np.int32),
            color=np.array([o["rgb"] for o in rows], np.uint8),
        )
        made, wrong = audit(objects, Viewer(), 0, per_object=2)
        total += len(made)
        assert not wrong, [(name, r.row, r.predicate) for r in wrong]
    assert total > 500


@pytest.mark.realdata
def test_every_referral_of_real_scans_is_verified(real_data):
    from sceneglot.scenes.labels import NYU40_NAMES

    scans = sorted((real_data / "scans/scannet_points").glob("*.npz"))
    if not scans:
        pytest.skip("the sample of real scans is absent")
    for path in scans:
        with np.load(path) as data:
            boxes = data["boxes"]
        rows = [(NYU40_NAMES[int(b[6])], b[:3], b[3:6]) for b in boxes if int(b[6]) > 0]
        made, wrong = audit(table(*rows), Viewer(), 1)
        assert made and not wrong, [(path.stem, r.row, r.predicate) for r in wrong]
