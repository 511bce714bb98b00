"""Recipes of rooms to work, learn, wait and train in: which groups go in, and in which order."""

from __future__ import annotations

import numpy as np

from sceneglot.synth.catalog import build
from sceneglot.synth.furniture.kit import chance, one_of, span
from sceneglot.synth.layout import decor, home, work
from sceneglot.synth.layout.arranger import Arranger
from sceneglot.synth.layout.common import shelf_row, stack_boxes
from sceneglot.synth.layout.group import single


def office(room: Arranger) -> None:
    """Desks with chairs and computers, file cabinets, shelves, maybe a small meeting table."""
    rng = room.rng
    decor.dress_windows(room, 0.15, 0.5, 0.5)
    for _ in range(int(rng.integers(1, 5))):
        room.against_wall(work.desk_group(rng))
    if chance(rng, 0.3):
        room.somewhere(work.desk_group(rng, facing=True))
    for _ in range(int(rng.integers(1, 3))):
        room.at_wall("file cabinet")
    decor.onto(room, one_of(rng, "printer", "potted plant", "box"), "file cabinet", p=0.7)
    shelf_row(room, int(rng.integers(1, 3)))
    if chance(rng, 0.35):
        room.against_wall(work.shelf_group(rng, "shelf", 1, ("box", "binders", "binders", "books")))
    if chance(rng, 0.4):
        room.at_wall("cabinet")
        decor.onto(room, one_of(rng, "printer", "coffee maker", "potted plant"), "cabinet")
    if chance(rng, 0.3):
        room.somewhere(work.meeting_group(rng, 4))
    decor.light(room, n=int(rng.integers(1, 3)))
    decor.sprinkle(room, ("whiteboard", 0.6), ("bulletin board", 0.35), ("clock", 0.4), ("plant", 0.6), ("plant", 0.25))
    decor.sprinkle(
        room, ("trash can", 0.6), ("recycling bin", 0.4), ("coat rack", 0.35), ("fan", 0.2), ("backpack", 0.4)
    )
    decor.sprinkle(room, ("sofa", 0.12), ("chair", 0.4), ("air conditioner", 0.3), ("fire extinguisher", 0.1))
    decor.pictures(room, 0, 3)
    if chance(rng, 0.3):
        stack_boxes(room)


def meeting_room(room: Arranger) -> None:
    """A table with chairs all around, a board or screen on the wall."""
    rng = room.rng
    decor.dress_windows(room, 0.2, 0.5, 0.5)
    board = room.hang(one_of(rng, "whiteboard", "whiteboard", "projector screen"), z=(0.85, 1.0), tries=40)
    for seats in (10, 8, 6, 4) if max(room.plan.size) > 5.4 else (6, 4):
        if room.somewhere(work.meeting_group(rng, seats), spread=0.25, tries=30):
            break
    if board is None or chance(rng, 0.5):
        room.hang(build(rng, "tv", hung=True), z=(1.0, 1.3))
    if chance(rng, 0.5):
        x, y = room.plan.size / 2
        room.under_ceiling("projector", float(x), float(y), room.items[board].yaw + np.pi if board is not None else 0.0)
    if chance(rng, 0.4):
        room.at_wall("cabinet")
        decor.onto(room, one_of(rng, "coffee maker", "printer", "potted plant", "kettle"), "cabinet")
    for _ in range(int(rng.integers(0, 4))):
        room.at_wall("chair")
    decor.sprinkle(room, ("lectern", 0.2), ("plant", 0.6), ("plant", 0.4), ("trash can", 0.7), ("recycling bin", 0.3))
    decor.sprinkle(room, ("whiteboard", 0.3), ("clock", 0.6), ("water cooler", 0.2), ("bookshelf", 0.15))
    decor.pictures(room, 0, 3)
    decor.light(room, n=2)
    decor.sprinkle(room, ("coat rack", 0.3), ("backpack", 0.2), ("air conditioner", 0.3), ("fire extinguisher", 0.2))


def classroom(room: Arranger) -> None:
    """Rows of pupils' desks that look at the board, the teacher's desk between."""
    rng = room.rng
    board = room.hang(one_of(rng, "blackboard", "blackboard", "whiteboard"), z=(0.85, 1.0), tries=60)
    if board is None:
        return
    decor.dress_windows(room, 0.25, 0.3, 0.7)
    front = room.items[board]
    x, y = float(front.position[0]), float(front.position[1])
    normal = front.front[:2].astype(float)
    teacher = work.desk_group(rng, "chair")
    off = span(rng, -1.0, 1.0)
    side = np.array([normal[1], -normal[0]])
    at = np.array([x, y]) + normal * 1.6 + side * off
    room.place(teacher, float(at[0]), float(at[1]), front.yaw + np.pi)
    centre = room.plan.size / 2
    for rows, cols in ((3, 4), (4, 3), (3, 3), (2, 4), (2, 3), (3, 2), (2, 2)):
        group = work.class_rows(rng, rows, cols)
        lateral = float((centre - (x, y)) @ side)
        for start in (2.4, 2.2, 2.7):
            place = np.array([x, y]) + normal * start + side * (lateral + span(rng, -0.3, 0.3))
            if room.place(group, float(place[0]), float(place[1]), front.yaw + np.pi):
                break
        else:
            continue
        break
    room.against_wall(work.shelf_group(rng))
    room.at_wall(one_of(rng, "cabinet", "file cabinet", "locker"))
    decor.onto(room, "globe", "cabinet", "file cabinet", "bookshelf", "desk", p=0.6)
    decor.sprinkle(
        room, ("lectern", 0.3), ("trash can", 0.8), ("recycling bin", 0.4), ("clock", 0.8), ("bulletin board", 0.6)
    )
    decor.pictures(room, 1, 4, "poster", "poster", "picture")
    decor.light(room, n=3)
    decor.sprinkle(
        room,
        ("plant", 0.3),
        ("coat hooks", 0.4),
        ("stack of chairs", 0.2),
        ("fire extinguisher", 0.3),
        ("backpack", 0.5),
    )


def library(room: Arranger) -> None:
    """Rows of bookshelves, reading tables, a reading corner."""
    rng = room.rng
    decor.dress_windows(room, 0.2, 0.3, 0.3)
    for _ in range(int(rng.integers(2, 4))):
        shelf_row(room, int(rng.integers(1, 4)), height=span(rng, 1.7, 2.1))
    for _ in range(int(rng.integers(1, 3))):
        room.somewhere(work.reading_table(rng), spread=0.8)
    if chance(rng, 0.6):
        back_to_back = work.shelf_group(rng, n=2, height=span(rng, 1.1, 1.5))
        room.somewhere(back_to_back, spread=0.8)
    if chance(rng, 0.6):
        room.against_wall(home.reading_corner(rng))
    if chance(rng, 0.4):
        room.against_wall(work.computer_row(rng, int(rng.integers(2, 4))))
    if chance(rng, 0.3):
        room.against_wall(work.desk_group(rng))
    decor.light(room, n=2)
    decor.pictures(room, 0, 3)
    decor.sprinkle(
        room, ("plant", 0.6), ("plant", 0.3), ("clock", 0.5), ("trash can", 0.6), ("ladder", 0.3), ("rug", 0.3)
    )
    decor.sprinkle(
        room, ("cube shelf", 0.3), ("copier", 0.25), ("stool", 0.4), ("bean bag", 0.3), ("bulletin board", 0.3)
    )
    for _ in range(3):
        decor.onto(room, "book", "table", "cube shelf", "end table", p=0.5, yaw=None)


def lobby(room: Arranger) -> None:
    """Reception desk, sofas, rows of chairs, plants, machines."""
    rng = room.rng
    decor.dress_windows(room, 0.3, 0.2, 0.4)
    room.somewhere(work.reception(rng), spread=1.0, tries=30)
    for _ in range(int(rng.integers(1, 3))):
        room.against_wall(home.sofa_group(rng, seats=int(rng.integers(2, 4))), tries=40)
    for _ in range(int(rng.integers(1, 3))):
        room.against_wall(work.waiting_row(rng))
    if chance(rng, 0.5):
        room.somewhere(home.dining_group(rng, 2, settings=False), spread=1.0)
    decor.sprinkle(room, ("vending machine", 0.5), ("vending machine", 0.2), ("water cooler", 0.4), ("bench", 0.5))
    decor.sprinkle(room, ("plant", 0.9), ("plant", 0.7), ("plant", 0.4), ("trash can", 0.7), ("umbrella stand", 0.35))
    decor.light(room, n=int(rng.integers(2, 4)))
    decor.pictures(room, 1, 4)
    decor.sprinkle(
        room, ("clock", 0.5), ("piano", 0.15), ("coat rack", 0.3), ("fire extinguisher", 0.3), ("mirror", 0.2)
    )
    decor.sprinkle(room, ("suitcase", 0.4), ("backpack", 0.2), ("rug", 0.4), ("room divider", 0.15), ("ottoman", 0.3))
    if chance(rng, 0.4):
        room.hang(build(rng, "tv", hung=True), z=(1.2, 1.5))


def storage_room(room: Arranger) -> None:
    """Racks full of boxes, stacked boxes, things in store."""
    rng = room.rng
    things = ("box", "box", "box", "basket", "bucket", "suitcase", "binders", "detergent bottle", "pot", "ball")
    for _ in range(int(rng.integers(2, 4))):
        room.against_wall(work.shelf_group(rng, "shelf", 1, things), tries=30)
    for label, p in (
        ("cabinet", 0.5),
        ("locker", 0.35),
        ("wardrobe", 0.3),
        ("file cabinet", 0.3),
        ("refrigerator", 0.2),
    ):
        if chance(rng, p):
            room.at_wall(label)
    stack_boxes(room, int(rng.integers(3, 7)))
    decor.sprinkle(
        room, ("ladder", 0.7), ("bicycle", 0.4), ("suitcase", 0.6), ("suitcase", 0.4), ("stack of chairs", 0.4)
    )
    decor.sprinkle(room, ("bucket", 0.5), ("fan", 0.4), ("ironing board", 0.3), ("table", 0.3), ("trash can", 0.5))
    decor.onto(room, one_of(rng, "box", "lamp", "printer"), "table", "cabinet", "file cabinet", p=0.8)
    decor.light(room)
    decor.sprinkle(
        room, ("clothes rack", 0.5), ("fire extinguisher", 0.3), ("umbrella stand", 0.2), ("washing machine", 0.2)
    )
    decor.sprinkle(
        room, ("ball", 0.3), ("chair", 0.3), ("stool", 0.3), ("floor lamp", 0.2), ("coat hooks", 0.2), ("crib", 0.1)
    )


def gym(room: Arranger) -> None:
    """Treadmills, bikes, weights, mats, mirrors."""
    rng = room.rng
    decor.dress_windows(room, 0.05, 0.3, 0.3)
    for label, low, high in (("treadmill", 1, 4), ("exercise bike", 1, 4), ("weight bench", 1, 3)):
        for _ in range(int(rng.integers(low, high))):
            room.at_wall(label) if label == "treadmill" else room.loose(label, any_yaw=False)
    if chance(rng, 0.35):
        room.somewhere(single(build(rng, "ping pong table")), tries=40)
    room.at_wall("bench")
    if chance(rng, 0.6):
        room.at_wall("locker")
    if chance(rng, 0.6):
        room.against_wall(
            work.shelf_group(rng, "shelf", 1, ("dumbbell", "dumbbell", "stack of towels", "bottle", "ball"))
        )
    for _ in range(int(rng.integers(1, 4))):
        room.loose("yoga mat", any_yaw=False)
    for _ in range(int(rng.integers(2, 6))):
        room.loose("dumbbell")
    for _ in range(int(rng.integers(1, 3))):
        room.loose("exercise ball")
    decor.onto(room, "bottle", "bench", p=0.6)
    decor.onto(room, one_of(rng, "stack of towels", "handbag", "clothes"), "bench", p=0.5)
    decor.sprinkle(room, ("mirror", 0.9), ("mirror", 0.7), ("mirror", 0.4), ("water cooler", 0.5), ("fan", 0.5))
    decor.sprinkle(
        room, ("clock", 0.7), ("towel", 0.5), ("poster", 0.6), ("poster", 0.4), ("trash can", 0.6), ("ball", 0.4)
    )
    decor.sprinkle(room, ("backpack", 0.4), ("speaker", 0.4), ("air conditioner", 0.4), ("plant", 0.2), ("shoes", 0.3))
    decor.light(room, "ceiling lamp", 2)
    if chance(rng, 0.4):
        room.hang(build(rng, "tv", hung=True), z=(1.5, 1.7))


def copy_room(room: Arranger) -> None:
    """Copiers, paper, racks and file cabinets."""
    rng = room.rng
    for _ in range(int(rng.integers(1, 3))):
        room.at_wall("copier")
    decor.dress_windows(room, 0.1, 0.5, 0.3)
    room.at_wall("table")
    decor.onto(room, "printer", "table")
    room.against_wall(work.shelf_group(rng, "cube shelf", 1, ("binders", "paper", "books", "box", "letter tray")))
    room.against_wall(work.shelf_group(rng, "shelf", 1, ("box", "binders", "paper", "box")))
    for _ in range(int(rng.integers(1, 4))):
        room.at_wall("file cabinet")
    for label in ("paper", "paper", "letter tray", "pen holder", "printer", "telephone", "potted plant"):
        decor.onto(room, label, "table", "file cabinet", p=0.5, yaw=None)
    if chance(rng, 0.5):
        room.at_wall("cabinet")
        decor.onto(room, one_of(rng, "coffee maker", "microwave", "kettle"), "cabinet")
        decor.onto(room, "cup", "cabinet", p=0.6)
    decor.sprinkle(room, ("recycling bin", 0.9), ("recycling bin", 0.5), ("trash can", 0.8), ("bulletin board", 0.7))
    decor.sprinkle(room, ("water cooler", 0.4), ("clock", 0.5), ("stool", 0.3), ("plant", 0.4), ("coat rack", 0.2))
    stack_boxes(room, int(rng.integers(1, 4)))
    decor.light(room, n=2)
    decor.pictures(room, 0, 2, "poster", "picture")
    decor.sprinkle(room, ("fire extinguisher", 0.4), ("paper towel dispenser", 0.2))


def computer_lab(room: Arranger) -> None:
    """Rows of workplaces along the walls."""
    rng = room.rng
    decor.dress_windows(room, 0.1, 0.6, 0.5)
    for _ in range(2):
        for n in (3, 2):
            if room.against_wall(work.computer_row(rng, n), tries=14):
                break
    board = room.hang(one_of(rng, "whiteboard", "projector screen"), z=(0.85, 1.0))
    if chance(rng, 0.5):
        room.somewhere(work.reading_table(rng), spread=0.4)
    if board is not None and chance(rng, 0.5):
        x, y = room.plan.size / 2
        room.under_ceiling("projector", float(x), float(y), room.items[board].yaw + np.pi)
    room.at_wall("cabinet")
    decor.onto(room, "printer", "cabinet", p=0.9)
    for label in ("cup", "paper", "book", "bottle", "laptop", "telephone"):
        decor.onto(room, label, "table", p=0.4, yaw=None)
    decor.light(room, n=2)
    decor.sprinkle(
        room, ("trash can", 0.8), ("recycling bin", 0.5), ("clock", 0.6), ("backpack", 0.6), ("backpack", 0.3)
    )
    decor.sprinkle(
        room, ("poster", 0.5), ("plant", 0.3), ("air conditioner", 0.5), ("fire extinguisher", 0.4), ("coat hooks", 0.3)
    )
