"""The compiled rules against the plain ones, and closed forms of the support hierarchy."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import random_tables, standing, table

from sceneglot.graph import Limit, Thresholds, Viewer, build_graph
from sceneglot.graph.affordances import Affordances
from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.kernels import horizontal, multi, room, vertical
from sceneglot.graph.pairs import pair_margins
from sceneglot.graph.pairs_reference import pair_margins_reference, siblings
from sceneglot.graph.relations import NEVER, PAIR_RELATIONS, ROOM_RELATIONS
from sceneglot.graph.relations_multi import (
    aligned,
    aligned_reference,
    between,
    between_reference,
    find_between,
    find_between_reference,
)
from sceneglot.graph.relations_room import room_relations, room_relations_reference
from sceneglot.graph.shell import Shell
from sceneglot.scenes.objects import Objects


def compare(objects, viewer, t):
    """Both twins on one table: same margins (below NEVER they only say no), same supporters, same triples and rows."""
    boxes, kinds = PairBoxes.of(objects), Affordances(objects.label)
    fast, plain = (rules(boxes, kinds, objects, viewer, t) for rules in (pair_margins, pair_margins_reference))
    np.testing.assert_array_equal(fast.support, plain.support)
    for a, b in zip(fast.margins, plain.margins):
        assert a.dtype == b.dtype == np.float32
        np.testing.assert_allclose(np.maximum(a, NEVER), np.maximum(b, NEVER), atol=1e-4)
    shell = Shell.of(objects, kinds, t)
    rooms = (rules(boxes, kinds, shell, fast.support >= 0, t) for rules in (room_relations, room_relations_reference))
    for a, b in zip(*rooms):
        assert a.dtype == b.dtype == np.float32
        np.testing.assert_allclose(np.maximum(a, NEVER), np.maximum(b, NEVER), atol=1e-4)
    spoken = ~kinds["structural"]
    same = siblings(fast.support, spoken)
    (rows, margin), (rows_plain, margin_plain) = (
        find_between(boxes, fast.support, spoken, t),
        find_between_reference(boxes, same, t),
    )
    clear, clear_plain = margin > 1e-6, margin_plain > 1e-6
    np.testing.assert_array_equal(rows[clear], rows_plain[clear_plain])
    np.testing.assert_allclose(margin[clear], margin_plain[clear_plain], atol=1e-6)
    lines, lines_plain = aligned(boxes, fast.support, spoken, t), aligned_reference(boxes, same, t)
    assert [list(a) for a in lines] == [list(b) for b in lines_plain]


def test_the_blocks_follow_the_order_of_the_pair_matrices():
    names = [relation.name for relation in PAIR_RELATIONS]
    assert names == [*vertical.ORDER, *horizontal.ORDER, *multi.ORDER]
    assert [relation.name for relation in ROOM_RELATIONS] == [*room.ORDER]


@given(random_tables(), st.floats(0, 6.28), st.booleans())
@settings(max_examples=40, deadline=None)
def test_compiled_and_plain_agree_on_random_rooms(objects, angle, stands):
    place = (float(np.cos(angle)), float(np.sin(angle)))
    compare(objects, Viewer(position=place) if stands else Viewer(direction=place), Thresholds())


@given(random_tables(least=2))
@settings(max_examples=15, deadline=None)
def test_compiled_and_plain_agree_on_named_parents(objects):
    rng = np.random.default_rng(len(objects))
    parent = rng.integers(-1, len(objects), len(objects)).astype(np.int32)
    named = Objects(objects.id, objects.label, objects.center, objects.size, parent=parent)
    compare(named, Viewer(direction=(1, 0)), Thresholds())


@given(random_tables(least=4), st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_every_threshold_reaches_both(objects, seed):
    rng = np.random.default_rng(seed)
    other = {}
    for field in dataclasses.fields(Thresholds):
        value = np.asarray(field.default) * rng.uniform(0.6, 1.5) + rng.uniform(-0.02, 0.02)
        other[field.name] = Limit(*value.tolist()) if value.ndim else max(float(value), 0.01)
    compare(objects, Viewer(direction=(0, 1)), Thresholds(**other))


@given(random_tables(least=3))
@settings(max_examples=15, deadline=None)
def test_between_of_any_triple_agrees(objects):
    rng = np.random.default_rng(len(objects))
    rows = rng.integers(0, len(objects), (3, 50))
    boxes, t = PairBoxes.of(objects), Thresholds()
    for a, b in zip(between(boxes, *rows, t), between_reference(boxes, *rows, t)):
        np.testing.assert_allclose(a, b, atol=1e-9)


def test_twins_agree_on_real_tables(real_data):
    from sceneglot.scenes.importers.objects import object_jobs

    path = real_data / "meta/scannet/scannet_objects_train.json.gz"
    if not path.exists():
        pytest.skip("the table of real objects is absent")
    for job in object_jobs(path)[::40]:
        compare(job.load().objects, Viewer(position=(0.1, 0.2)), Thresholds())


def test_a_circle_of_supporters_is_cut_at_its_smallest_row():
    support = np.array([1, 2, 0, 0, -1], np.int64)
    vertical._cut_cycles(support)
    assert support.tolist() == [-1, 2, 0, 0, -1]
    assert vertical.levels(support).tolist() == [0, 2, 1, 1, 0]


def test_levels_of_a_stack():
    rows = [standing("table", 0, 0, (1, 1, 0.7)), standing("tray", 0, 0, (0.5, 0.4, 0.05), z=0.7)]
    rows += [standing("bowl", 0, 0, (0.2, 0.2, 0.1), z=0.75), standing("apple", 0, 0, (0.07, 0.07, 0.07), z=0.78)]
    assert build_graph(table(*rows)).level.tolist() == [0, 1, 2, 3]
