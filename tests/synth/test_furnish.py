"""Furnished rooms: nothing overlaps, everything is carried, people can use them, and a seed is a seed."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from sceneglot.errors import SceneglotError
from sceneglot.synth import ROOM_TYPES
from sceneglot.synth.collide import FLOOR, Boxes, collisions, item_boxes, join, overlap, penetration, unsupported
from sceneglot.synth.furnish import furnish
from sceneglot.synth.layout.rooms import ROOMS
from sceneglot.synth.plans import Plan
from sceneglot.synth.room import Item, Room

SEEDS = range(4)
CASES = [(kind, seed) for kind in ROOM_TYPES for seed in SEEDS]  # 17 x 4 rooms

room_of = cache(furnish)


def footprint(item: Item) -> np.ndarray:
    """(4, 2) corners of the item's rectangle on the floor."""
    v = np.concatenate([p.vertices for p in item.parts])
    (x0, y0), (x1, y1) = v[:, :2].min(0), v[:, :2].max(0)
    return item.place(np.array([(x0, y0, 0), (x1, y0, 0), (x1, y1, 0), (x0, y1, 0)], float))[:, :2].astype(float)


@pytest.mark.parametrize(("kind", "seed"), CASES)
def test_nothing_overlaps_and_everything_is_carried(kind: str, seed: int) -> None:
    room = room_of(seed, kind)
    assert collisions(room, 0.01) == []
    assert unsupported(room) == []


@pytest.mark.parametrize(("kind", "seed"), CASES)
def test_everything_is_inside(kind: str, seed: int) -> None:
    room = room_of(seed, kind)
    plan = Plan(room.plan, room.height)
    for item in room.items:
        if item.label in ("door", "window"):
            continue
        boxes = item_boxes(item)
        assert plan.contains(boxes, 0.01), item.label
        assert boxes.bounds[0][:, 2].min() >= -0.01
        assert boxes.bounds[1][:, 2].max() <= room.height + 1e-6


@pytest.mark.parametrize(("kind", "seed"), CASES)
def test_parents_come_first(kind: str, seed: int) -> None:
    room = room_of(seed, kind)
    for k, item in enumerate(room.items):
        assert -3 <= item.parent < k


@pytest.mark.parametrize(("kind", "seed"), CASES)
def test_doors_are_free_and_reach_each_other(kind: str, seed: int) -> None:
    room = room_of(seed, kind)
    doors = [item for item in room.items if item.label == "door"]
    others = [item for item in room.items if item.label != "door"]
    solid = join([item_boxes(item) for item in others])
    assert doors
    stands = []
    for door in doors:
        inward = np.array([np.sin(door.yaw), -np.cos(door.yaw)])
        middle = np.array(door.position[:2]) + inward * (0.14 + 0.45)
        zone = Boxes(np.array([[*middle, 1.0]]), np.array([[0.35, 0.4, 0.9]]), np.array([door.yaw]))
        assert not overlap(zone, solid, 0.0)
        stands.append(middle)
    free = walkable([item for item in room.items if item.parent == FLOOR], room)
    regions, _ = ndimage.label(free)
    ids = {int(regions[int(x / 0.05), int(y / 0.05)]) for x, y in stands}
    assert len(ids) == 1
    assert 0 not in ids


def walkable(items: list[Item], room: Room) -> np.ndarray:
    """Cells of 5 cm that a person 30 cm wide can stand on."""
    size = np.ceil(room.plan.max(0) / 0.05).astype(int)
    x, y = np.meshgrid(*[(np.arange(n) + 0.5) * 0.05 for n in size], indexing="ij")
    cells = Boxes(
        np.stack([x.ravel(), y.ravel(), np.full(x.size, 0.9)], 1),
        np.tile([0.15, 0.15, 0.85], (x.size, 1)),
        np.zeros(x.size),
    )
    free = np.ones(x.size, bool)
    plan = Plan(room.plan, room.height)
    solid = join([item_boxes(item) for item in items] + [plan.missing])
    low, high = cells.bounds
    free &= (low[:, :2] >= 0).all(1) & (high[:, :2] <= plan.size).all(1)
    for k in range(len(solid)):
        one = solid[[k]]
        (bl, bh) = one.bounds
        near = np.flatnonzero(((low < bh) & (high > bl)).all(1) & free)
        if len(near):
            repeated = one[np.zeros(len(near), int)]
            free[near] = penetration(cells[near], repeated) <= 0
    return free.reshape(x.shape)


@pytest.mark.parametrize("kind", ROOM_TYPES)
def test_rooms_have_what_they_need(kind: str) -> None:
    for seed in SEEDS:
        labels = {item.label for item in room_of(seed, kind).items}
        for options in ROOMS[kind].needs:
            assert labels & set(options)


SEATS, TABLES = (
    ("chair", "office chair"),
    ("dining table", "round table", "conference table", "school desk", "desk", "table"),
)


@pytest.mark.parametrize(
    "kind", ["dining room", "kitchen", "meeting room", "classroom", "office", "library", "computer lab"]
)
def test_chairs_at_a_table_face_it(kind: str) -> None:
    """A chair whose seat reaches under a table's footprint looks at that table within 60 degrees."""
    seen = 0
    for seed in SEEDS:
        room = room_of(seed, kind)
        tables = [item for item in room.items if item.label in TABLES and item.shape != "L-shaped"]
        for chair in (item for item in room.items if item.label in SEATS):
            toward = [direction(chair, table) for table in tables if reaches(chair, table)]
            if toward:
                seen += 1
                assert max(float(chair.front[:2] @ d) for d in toward) >= 0.5, (seed, chair.label)
    assert seen >= 4


def reaches(chair: Item, table: Item) -> bool:
    """Whether the footprints overlap or are within 6 cm."""
    return overlap(flat(chair, 0.03), flat(table, 0.03))


def flat(item: Item, grow: float) -> Boxes:
    v = np.concatenate([p.vertices for p in item.parts])
    low, high = v.min(0), v.max(0)
    x, y, _ = item.position
    box = Boxes(np.array([(low + high) / 2]), np.array([(high - low) / 2 + grow]), np.zeros(1))
    return Boxes(box.center * (1, 1, 0), box.half, box.yaw).moved(x, y, 0, item.yaw)


def direction(chair: Item, table: Item) -> np.ndarray:
    """(2,) unit vector from the chair across the table's nearest edge, at right angles to it (round: to its middle)."""
    x, y, _ = chair.position
    corners = footprint(table)
    u, v = corners[1] - corners[0], corners[3] - corners[0]
    away = corners.mean(0) - (x, y)
    if table.shape != "round":
        shares = [abs(away @ axis) / (axis @ axis) for axis in (u, v)]  # 0.5 on the edge
        axis = (u, v)[int(np.argmax(shares))]
        away = axis * np.sign(away @ axis)
    return away / max(float(np.linalg.norm(away)), 1e-9)


def test_televisions_face_the_sofa() -> None:
    seen = 0
    for seed in range(12):
        room = room_of(seed, "living room")
        sofas = [item for item in room.items if item.label == "sofa"]
        for tv in (item for item in room.items if item.label == "tv"):
            away = np.array(sofas[0].position[:2]) - tv.position[:2]
            away /= np.linalg.norm(away)
            assert float(tv.front[:2] @ away) > 0.7
            assert float(sofas[0].front[:2] @ away) < -0.7
            seen += 1
    assert seen >= 4


def test_nightstands_flank_beds_whose_heads_are_at_walls() -> None:
    stands = 0
    for seed in range(8):
        room = room_of(seed, "bedroom")
        plan = Plan(room.plan, room.height)
        beds = [item for item in room.items if item.label == "bed"]
        for bed in beds:
            back = np.array(bed.position[:2]) - bed.front[:2] * 1.02
            assert min(abs(float((back - w.start) @ w.inward)) for w in plan.walls) < 0.25
        for stand in (item for item in room.items if item.label == "nightstand"):
            assert min(float(np.linalg.norm(np.subtract(b.position[:2], stand.position[:2]))) for b in beds) < 1.9
            stands += 1
    assert stands >= 4


def test_the_same_seed_gives_the_same_bytes() -> None:
    for kind, seed in (("kitchen", 3), ("office", 5), ("bathroom", 8)):
        assert digest(furnish(seed, kind)) == digest(furnish(seed, kind))
    assert digest(furnish(1, "kitchen")) != digest(furnish(2, "kitchen"))


def digest(room: Room) -> tuple:
    things = [*room.shell, *room.items]
    arrays = tuple(a.tobytes() for item in things for p in item.parts for a in (p.vertices, p.faces))
    words = tuple(
        (i.label, i.position, i.yaw, i.parent, i.style, i.shape, *(p.material for p in i.parts)) for i in things
    )
    return room.id, room.plan.tobytes(), room.height, arrays, words


def test_a_drawn_type_is_the_same_room_as_the_named_one() -> None:
    room = furnish(11)
    assert digest(room) == digest(furnish(11, room.room_type))


def test_two_hundred_seeds_show_many_types_and_categories() -> None:
    rooms = [furnish(seed) for seed in range(200)]
    labels = Counter(item.label for room in rooms for item in room.items)
    counts = [len(room.items) for room in rooms]
    assert len({room.room_type for room in rooms}) >= 10
    assert len(labels) >= 60
    assert np.median(counts) >= 12
    repeated = sum(max(Counter(i.label for i in room.items).values()) >= 2 for room in rooms)
    assert repeated >= 180
    assert sum(len(room.plan) == 6 for room in rooms) >= 20
    nyu40 = {item.nyu40 for room in rooms for item in room.items}
    assert nyu40 >= {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 24, 28, 33, 34, 36, 39}


def test_bad_arguments() -> None:
    with pytest.raises(SceneglotError, match="unknown room type 'attic'"):
        furnish(0, "attic")
    with pytest.raises(SceneglotError, match="seed"):
        furnish(-1)
    assert furnish(0, "office", room_id="mine").id == "mine"
