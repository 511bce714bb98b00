import random

import numpy as np
import pytest
from tests.graph.boxes import standing, table
from tests.tasks.grounding.maps import room

from sceneglot.language.drills import Driller, drills
from sceneglot.language.drills.fact import Fact
from sceneglot.language.drills.facts import facts_of
from sceneglot.language.drills.layout import Layout
from sceneglot.language.drills.relations import hull_share
from sceneglot.language.drills.wordings import wordings
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.utterance import Utterance


def facts(objects: Objects, label: str) -> set[Fact]:
    at = Layout.of(objects)
    groups = at.groups()
    return set(facts_of(at, groups[label], groups))


def words(objects: Objects, label: str, row: int) -> set[str]:
    return {fact.word for fact in facts(objects, label) if fact.row == row}


def test_chairs_of_the_room_by_hand():
    found = facts(room(), "chair")
    assert Fact("closest", 1, (4,)) in found and Fact("farthest", 3, (4,)) in found
    assert Fact("leftmost", 1, view=True) in found and Fact("rightmost", 3, view=True) in found
    assert Fact("middle", 2) in found
    assert Fact("tallest", 3) in found
    assert Fact("color red", 2) in found and not any(f.word == "color black" for f in found)  # two are black
    assert not any(f.word in ("on", "above", "between") for f in found)


def test_lamps_of_the_room_by_hand():
    assert {"on", "highest", "smallest", "shortest"} <= words(room(), "lamp", 6)
    assert {"on floor", "lowest", "tallest", "corner"} <= words(room(), "lamp", 7)


def test_seen_from_the_other_side_left_is_right():
    """Turning the room by half a turn about its middle moves the chairs with the viewer: nothing changes."""
    before = room()
    turned = Objects(before.id, before.label, before.center * (-1, -1, 1), before.size, before.color)
    assert words(turned, "chair", 1) == words(before, "chair", 1)
    mirrored = Objects(before.id, before.label, before.center * (-1, 1, 1), before.size, before.color)
    assert Fact("rightmost", 1, view=True) in facts(mirrored, "chair")


def test_left_and_right_of_the_desk():
    """Facing the desk (towards -y) from the middle, +x is to the left."""
    at = room()
    bins = Objects(
        np.array([*at.id, 8, 9]), (*at.label, "bin", "bin"),
        np.concatenate([at.center, [[4.4, 0.5, 0.2], [1.6, 0.5, 0.2]]]).astype(np.float32),
        np.concatenate([at.size, [[0.3, 0.3, 0.4]] * 2]).astype(np.float32),
    )  # fmt: skip
    found = facts(bins, "bin")
    assert Fact("left", 8, (5,), view=True) in found and Fact("right", 9, (5,), view=True) in found


def test_sides_of_a_front_are_those_of_somebody_who_looks_at_it():
    at = room()
    front = np.full((10, 3), np.nan, np.float32)
    front[5] = (0, 1, 0)  # the desk looks into the room, at somebody who looks towards -y
    bins = Objects(
        np.array([*at.id, 8, 9]), (*at.label, "bin", "bin"),
        np.concatenate([at.center, [[4.4, 0.5, 0.2], [3.0, 1.6, 0.2]]]).astype(np.float32),
        np.concatenate([at.size, [[0.3, 0.3, 0.4]] * 2]).astype(np.float32), front=front,
    )  # fmt: skip
    found = facts(bins, "bin")
    assert Fact("front left", 8, (5,)) in found and Fact("front in front", 9, (5,)) in found


@pytest.mark.parametrize(("x", "share"), [(2.0, 1.0), (2.0 + 0.75, 1.0), (9.0, 0.0)])
def test_hull_share(x, share):
    boxes = Objects(
        np.arange(3), ("a", "b", "c"), np.array([[x, 0.0, 0.5], [0, 0, 0.5], [4, 0, 0.5]], np.float32),
        np.full((3, 3), 0.5, np.float32),
    )  # fmt: skip
    assert hull_share(Layout.of(boxes), 0, 1, 2) == share


def test_same_seed_same_sentences_and_targets_have_rivals():
    first, again, other = (list(drills(room(), "r", seed, 12)) for seed in (0, 0, 1))
    assert first == again and first != other and len(first) > 8
    labels = dict(zip(room().id.tolist(), room().label))
    for sentence in first:
        (target,) = sentence.target_ids
        assert labels[target] in ("chair", "lamp")
        assert target not in sentence.anchor_ids
        assert "{" not in sentence.text and "  " not in sentence.text
        assert sentence.source == "template:drill"


def test_every_wording_can_be_filled():
    slots = dict.fromkeys(("noun", "nouns", "n", "is", "others", "x", "y", "bare", "y bare", "a", "b", "as", "d"), "w")
    for section, lines in wordings().items():
        assert lines, section
        for line in lines:
            line.format(**slots)


def test_no_rivals_no_drills():
    assert not list(drills(Objects.empty(), "r", 0))
    single = room().select([0, 4, 5])
    assert not list(drills(single, "r", 0))


def test_a_front_that_looks_elsewhere_silences_the_viewer_in_the_room():
    """The viewer in the middle faces the desk towards -y; a desk that looks along +x has another left."""
    at = room()
    bins = [(*at.id, 8, 9), (*at.label, "bin", "bin")]
    center = np.concatenate([at.center, [[4.4, 0.5, 0.2], [1.6, 0.5, 0.2]]]).astype(np.float32)
    size = np.concatenate([at.size, [[0.3, 0.3, 0.4]] * 2]).astype(np.float32)
    front = np.full((10, 3), np.nan, np.float32)
    for direction, spoken in (((0, 1, 0), True), ((1, 0, 0), False)):
        front[5] = direction
        found = facts(Objects(np.array(bins[0]), bins[1], center, size, front=front), "bin")
        assert (Fact("left", 8, (5,), view=True) in found) is spoken


def chairs_around(*extra: tuple[str, tuple[float, float, float]]) -> Objects:
    """Two chairs at x = 1 and x = 5 at the wall y = 4 of a room of 6 x 4 m, and half-metre cubes."""
    rows = [("floor", (3, 2, -0.05)), ("chair", (1.0, 3.5, 0.4)), ("chair", (5.0, 3.5, 0.4)), *extra]
    size = np.array([(6, 4, 0.1), *[(0.5, 0.5, 0.8)] * (len(rows) - 1)], np.float32)
    return Objects(np.arange(len(rows)), tuple(r[0] for r in rows), np.array([r[1] for r in rows], np.float32), size)


def test_looking_at_something_and_away_from_it():
    """Who looks at the box at the wall y = 4 has +x on the right; with the box in the back, on the left."""
    found = facts(chairs_around(("box", (3.0, 3.7, 0.4))), "chair")
    for word, row in (("look left", 1), ("look right", 2), ("back left", 2), ("back right", 1)):
        assert Fact(word, row, (3,), view=True) in found, word


def test_coming_in_through_the_door():
    """The door at x = 0 is entered towards +x: the chair at y = 3.5 is on the left of the one at y = 0.5."""
    chairs = chairs_around(("door", (0.0, 2.0, 0.4)), ("stool", (3.0, 3.5, 0.4)), ("stool", (4.5, 0.5, 0.4)))
    found = facts(chairs, "stool")
    assert {Fact("enter left", 4, view=True), Fact("enter right", 5, view=True)} <= found
    assert Fact("enter first", 4, view=True) in found


def test_between_the_only_two_of_a_kind():
    boxes = chairs_around(("box", (3.0, 3.5, 0.4)), ("box", (3.0, 0.5, 0.4)))
    assert Fact("between two", 3, (1, 2), any_anchor=True) in facts(boxes, "box")


def test_where_boxes_overlap_the_centres_decide_who_is_closest():
    room = chairs_around(("desk", (1.2, 3.5, 0.4)))
    wide = Objects(room.id, room.label, room.center, np.where(np.arange(4)[:, None] == 3, 9.0, room.size))
    assert Fact("closest", 1, (3,)) in facts(wide, "chair")


def test_anchors_with_rivals_are_singled_out_themselves():
    """Nearer to one of two boxes: the sentence has to say which, and counts its anchor's anchor as mentioned."""
    many = chairs_around(("box", (1.0, 2.5, 0.4)), ("box", (5.0, 0.5, 0.4)), ("desk", (5.7, 0.5, 0.4)))
    driller, rng = Driller(many), random.Random(0)
    kind = [k.count for k in driller.kinds].index(2)
    drawn = [driller.draw(kind, rng) for _ in range(400)]
    told = [d for d in drawn if d.told and set(d.facts[0].anchors) <= {3, 4}]
    assert told and all(d.told[0].row in d.facts[0].anchors for d in told)
    assert all(set(d.told[0].anchors) <= set(d.anchors) for d in told)
    for drilled in drawn:
        if not drilled.told:
            assert not {3, 4} & set(drilled.anchors) or drilled.facts[0].any_anchor


DOOR = standing("door", 0, 8, (0.9, 0.1, 2.0))


def told(objects: Objects) -> list[Utterance]:
    return list(drills(objects, "x", 0, 400))


def test_of_unknown_colours_nothing_is_said():
    rows = [standing("chair", x, 0) for x in (0, 2, 4)] + [standing("desk", 2, 3, (1.5, 0.8, 0.75)), DOOR]
    assert not any("gray" in u.text or "dark" in u.text or "light" in u.text for u in told(table(*rows)))
    rgb = np.array([[250, 250, 250], [20, 20, 20], [128, 128, 128], [128, 128, 128], [128, 128, 128]], np.uint8)
    partly = table(*rows, color=rgb)
    assert not {"darkest", "lightest", "color gray", "color white"} & {u.relation for u in told(partly)}
    rgb[2] = 127
    found = {(u.relation, u.target_ids) for u in told(table(*rows, color=rgb))}
    assert {("darkest", (1,)), ("lightest", (0,)), ("color gray", (2,))} <= found


def test_the_words_of_the_source_go_before_the_pixels():
    rows = [standing("chair", 0, 0), standing("chair", 2, 0), DOOR]
    rgb = np.array([[130, 130, 132]] * 2 + [[250] * 3], np.uint8)
    named = table(*rows, color=rgb, color_name=("white", "black", ""))
    found = {(u.relation, u.target_ids) for u in told(named)}
    assert {("color white", (0,)), ("color black", (1,))} <= found


def test_a_name_that_another_thing_goes_by_is_not_used():
    """The sofa is larger than both couches: "the largest sofa" is not the larger couch."""
    couches = [standing("couch", 0, 0, (2, 1, 1)), standing("couch", 4, 0, (1, 0.8, 0.8))]
    assert "sofa" in Driller(table(*couches, DOOR)).namer.names[0]
    names = Driller(table(*couches, standing("sofa", 0, 4, (3, 1.2, 1)), DOOR)).namer.names
    assert "sofa" not in names[0] and "couch" in names[0] and "couch" not in names[2] and "sofa" in names[2]


@pytest.mark.parametrize("floor", [0.0, -1.3, 2.0])
def test_on_the_floor_wherever_it_is(floor):
    boxes = [standing("box", 0, 0, (0.3, 0.3, 0.3), z=floor + low) for low in (0.0, 0.9)]
    rows = [*boxes, standing("table", 3, 0, (1, 1, 0.9), z=floor), standing("chair", 4, 4, z=floor)]
    on_floor = {u.target_ids for u in told(table(*rows)) if u.relation == "on floor"}
    assert on_floor == {(0,)}
    raised = [standing("box", 0, 0, (0.3, 0.3, 0.3), z=floor + low) for low in (0.7, 1.9)]
    assert not any(u.relation == "on floor" for u in told(table(*raised, *rows[2:])))


def test_labels_with_braces_are_only_names():
    boxes = [standing("box {1}", x, 3, (0.3, 0.3, 0.4)) for x in (-2, 0, 2)]
    texts = [u.text for u in told(table(*boxes, standing("door", 0, -3, (0.9, 0.1, 2))))]
    assert texts and all("box {1}" in text for text in texts if "box" in text)
