"""One recipe per room type: which groups go in, in which order, and what the room must not lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.catalog import build
from sceneglot.synth.collide import wall_distance
from sceneglot.synth.furniture.kit import chance, one_of, span
from sceneglot.synth.layout import decor, home, work
from sceneglot.synth.layout.arranger import Arranger, Pose
from sceneglot.synth.layout.group import single
from sceneglot.synth.materials import Family

Range = tuple[float, float]


@dataclass(frozen=True)
class RoomType:
    """How a kind of room is built.

    Attributes:
        furnish: recipe; works on an arranger whose doors and windows are in place.
        width, depth: metres (low, high), swapped at random.
        needs: sets of labels; at least one of each set must be there, or the room is drawn again.
        floor, walls: families of materials.
        l_shaped, doors, windows, sill, height: see `plans.draw_plan`.
    """

    furnish: Callable[[Arranger], None]
    width: Range
    depth: Range
    needs: tuple[tuple[str, ...], ...]
    floor: tuple[Family, ...] = (m.FLOOR_WOOD, m.FLOOR_WOOD, m.FLOOR_CARPET, m.FLOOR_TILES)
    walls: Family = m.PAINT
    l_shaped: float = 0.25
    doors: tuple[int, int] = (1, 2)
    windows: tuple[int, int] = (1, 2)
    sill: Range = (0.75, 1.0)
    height: Range = (2.45, 2.85)


def looks_at(room: Arranger, target: int, within: float = 0.6) -> Callable[[Pose], bool]:
    """Condition on a pose: its front and the target's front look at each other, each within an angle (radians)."""
    tx, ty, _ = room.items[target].position
    front = room.items[target].front

    def accept(pose: Pose) -> bool:
        x, y, yaw = pose
        away = np.array([tx - x, ty - y])
        away /= max(float(np.hypot(*away)), 1e-6)
        ahead = float(np.sin(yaw) * away[0] - np.cos(yaw) * away[1])
        back = -float(front[0] * away[0] + front[1] * away[1])
        return min(ahead, back) > np.cos(within)

    return accept


def _tv(room: Arranger, target: int | None) -> None:
    """A television that faces the given seat or bed: on a stand, else on the wall."""
    if target is None:
        return
    facing = looks_at(room, target)
    if chance(room.rng, 0.75) and room.against_wall(home.tv_group(room.rng), accept=facing, tries=60):
        return
    room.hang(build(room.rng, "tv", hung=True), z=(1.0, 1.3), accept=facing, tries=60)


def _shelves(room: Arranger, most: int, height: float | None = None, tries: int = 24) -> None:
    """A row of up to `most` filled bookshelves, as many as fit."""
    for n in range(most, 0, -1):
        if room.against_wall(work.shelf_group(room.rng, n=n, height=height), tries=tries):
            return


def _first(placed: tuple[int, ...] | None) -> int | None:
    return placed[0] if placed else None


def bedroom(room: Arranger) -> None:
    rng = room.rng
    decor.dress_windows(room)
    kind = one_of(rng, "double", "king", "single", "single", "bunk")
    bed = None
    if kind == "bunk":
        bed = _first(room.against_wall(home.bunk_group(rng)))
    elif kind == "single":
        bed = _first(room.against_wall(home.bed_group(rng, "single"), tries=40))
        if chance(rng, 0.4):
            room.against_wall(home.bed_group(rng, "single"), tries=40)
    bed = bed if bed is not None else _first(room.against_wall(home.bed_group(rng, "double"), tries=60))
    room.at_wall("wardrobe", corner=0.5)
    room.at_wall("dresser")
    decor.onto(room, one_of(rng, "tv", "lamp", "vase", "potted plant"), "dresser", p=0.7)
    decor.onto(room, one_of(rng, "photo frame", "books", "basket", "handbag"), "dresser", p=0.6)
    if chance(rng, 0.5):
        room.against_wall(work.desk_group(rng, one_of(rng, "chair", "office chair")))
    if chance(rng, 0.35):
        room.against_wall(work.shelf_group(rng))
    if chance(rng, 0.3):
        room.against_wall(home.reading_corner(rng), corner=0.7)
    if not room.all("tv") and chance(rng, 0.3):
        _tv(room, bed)
    decor.light(room)
    decor.pictures(room, 1, 4)
    decor.sprinkle(room, ("mirror", 0.5), ("laundry basket", 0.4), ("trash can", 0.4), ("plant", 0.4), ("clock", 0.2))
    decor.sprinkle(room, ("rug", 0.5), ("backpack", 0.3), ("shoes", 0.35), ("suitcase", 0.2), ("guitar", 0.12))
    decor.sprinkle(
        room,
        ("radiator", 0.2),
        ("coat hooks", 0.15),
        ("crib", 0.3),
        ("clothes rack", 0.2),
        ("fan", 0.15),
        ("ball", 0.1),
    )
    decor.onto(room, "toy", "nightstand", "dresser", "desk", p=0.3)


def living_room(room: Arranger) -> None:
    rng = room.rng
    decor.dress_windows(room)
    sofa = _first(room.against_wall(home.sofa_group(rng), tries=60))
    _tv(room, sofa)
    for _ in range(int(rng.integers(1, 3))):
        _shelves(room, int(rng.integers(1, 3)))
    if chance(rng, 0.4):
        room.at_wall("cabinet")
        decor.onto(room, one_of(rng, "vase", "lamp", "photo frame"), "cabinet")
    if chance(rng, 0.6):
        room.against_wall(home.reading_corner(rng), corner=0.8)
    if chance(rng, 0.35):
        room.somewhere(home.dining_group(rng, 4), spread=1.0)
    if chance(rng, 0.3):
        room.against_wall(work.desk_group(rng, "chair"))
    decor.sprinkle(room, ("piano", 0.15), ("console table", 0.25), ("plant", 0.7), ("plant", 0.35), ("floor lamp", 0.3))
    decor.onto(room, one_of(rng, "lamp", "vase", "basket"), "console table")
    decor.light(room, n=2 if chance(rng, 0.3) else 1)
    decor.pictures(room, 2, 5)
    decor.sprinkle(room, ("clock", 0.4), ("radiator", 0.3), ("trash can", 0.25), ("coat rack", 0.15), ("rug", 0.25))
    decor.sprinkle(
        room, ("wall shelf", 0.25), ("bean bag", 0.15), ("guitar", 0.15), ("backpack", 0.12), ("stool", 0.15)
    )
    decor.onto(room, one_of(rng, "potted plant", "books", "statue"), "wall shelf")


def kitchen(room: Arranger) -> None:
    rng = room.rng
    longest = max(wall.length for wall in room.plan.walls)
    for tries in range(6):
        length = round(min(longest - 0.1 - 0.3 * tries, span(rng, 3.2, 4.6)), 2)
        if length > 2.0 and room.against_wall(home.kitchen_run(rng, length), tries=30, gap=0.003, corner=0.5):
            break
    decor.dress_windows(room, 0.25, 0.3, 0.3)
    if room.somewhere(home.dining_group(rng), spread=0.5, tries=30) is None:
        room.somewhere(home.dining_group(rng, 2), spread=0.9, tries=30)
    if chance(rng, 0.25):
        room.at_wall("washing machine")
    if chance(rng, 0.4):
        room.at_wall("cabinet")
        decor.onto(room, one_of(rng, "microwave", "bowl", "basket", "toaster"), "cabinet")
    if chance(rng, 0.3):
        room.against_wall(work.shelf_group(rng, "shelf", 1, ("box", "basket", "pot", "bottle", "bowl")))
    for label in ("cup", "bottle", "bowl", "paper towel roll", "kettle"):
        decor.onto(room, label, "counter", "dining table", "round table", p=0.3)
    decor.light(room)
    decor.sprinkle(room, ("trash can", 0.85), ("recycling bin", 0.3), ("clock", 0.6), ("picture", 0.5), ("plant", 0.3))
    decor.sprinkle(room, ("stool", 0.35), ("stool", 0.25), ("water cooler", 0.08), ("radiator", 0.25), ("towel", 0.4))
    decor.sprinkle(room, ("wall shelf", 0.3), ("bucket", 0.1), ("fire extinguisher", 0.1))
    decor.onto(room, one_of(rng, "cup", "bowl", "bottle", "potted plant"), "wall shelf")


def dining_room(room: Arranger) -> None:
    rng = room.rng
    decor.dress_windows(room)
    group = home.dining_group(rng, one_of_int(rng, 4, 6, 8) if chance(rng, 0.8) else None)
    if room.somewhere(group, spread=0.3, tries=40) is None:
        room.somewhere(home.dining_group(rng, 4), spread=0.6, tries=40)
    for _ in range(int(rng.integers(1, 3))):
        room.at_wall("cabinet")
    for label in ("vase", "bowl", "candle", "plate", "lamp", "bottle", "statue"):
        decor.onto(room, label, "cabinet", p=0.45)
    decor.sprinkle(room, ("console table", 0.4), ("bookshelf", 0.2), ("plant", 0.7), ("plant", 0.4), ("piano", 0.12))
    decor.onto(room, one_of(rng, "lamp", "vase", "photo frame"), "console table")
    tables = room.all("dining table", "round table")
    if tables:
        x, y, _ = room.items[tables[0]].position
        room.under_ceiling("ceiling lamp", x, y)
    decor.pictures(room, 2, 5)
    decor.sprinkle(room, ("mirror", 0.3), ("clock", 0.4), ("radiator", 0.3), ("chair", 0.5), ("chair", 0.3))
    decor.sprinkle(room, ("armchair", 0.2), ("floor lamp", 0.35), ("trash can", 0.2), ("wall lamp", 0.3))


def one_of_int(rng: np.random.Generator, *choices: int) -> int:
    """One of the numbers."""
    return choices[int(rng.integers(len(choices)))]


def bathroom(room: Arranger) -> None:
    rng = room.rng
    tub = _first(room.against_wall(home.tub_group(rng), corner=0.9, tries=60)) if chance(rng, 0.7) else None
    if tub is None or chance(rng, 0.2):
        room.against_wall(single(build(rng, "shower")), corner=1.0, tries=30)
    elif chance(rng, 0.75):
        _shower_curtain(room, tub)
    room.against_wall(home.toilet_group(rng), tries=40)
    if not chance(rng, 0.55) or room.against_wall(home.vanity_group(rng), tries=40) is None:
        room.against_wall(home.basin_group(rng), tries=40)
    decor.dress_windows(room, 0.15, 0.4, 0.3)
    if chance(rng, 0.25):
        room.at_wall("washing machine")
        decor.onto(room, one_of(rng, "detergent bottle", "stack of towels", "basket"), "washing machine")
    decor.sprinkle(room, ("towel", 0.9), ("towel", 0.6), ("towel", 0.25), ("trash can", 0.4), ("laundry basket", 0.4))
    decor.sprinkle(room, ("radiator", 0.3), ("scale", 0.3), ("wall shelf", 0.4), ("cabinet", 0.15), ("stool", 0.25))
    for label in ("stack of towels", "potted plant", "basket", "soap dispenser"):
        decor.onto(room, label, "wall shelf", "cabinet", "stool", p=0.35)
    decor.sprinkle(room, ("mirror", 0.2), ("picture", 0.3), ("wall lamp", 0.4), ("bucket", 0.1))
    if chance(rng, 0.6):
        room.loose("bath mat", any_yaw=False)
    decor.light(room)


def _shower_curtain(room: Arranger, tub: int) -> None:
    """A curtain pushed together before the end of the tub that meets a side wall, which holds its rod."""
    item = room.items[tub]
    width, depth, _ = np.ptp(np.concatenate([p.vertices for p in item.parts]), axis=0)
    thing = build(room.rng, "shower curtain")
    c, s = np.cos(item.yaw), np.sin(item.yaw)
    for side in (-1, 1):
        x, y = side * (width - thing.width) / 2, -depth / 2 - 0.01
        place = (item.position[0] + float(c * x - s * y), item.position[1] + float(s * x + c * y))
        boxes = thing.boxes.moved(*place, 0.2, item.yaw)
        if wall_distance(room.plan.corners, boxes) < 0.028:
            room.hang_at(thing, *place, 0.2, item.yaw, over_window=True)
            return


def office(room: Arranger) -> None:
    rng = room.rng
    decor.dress_windows(room, 0.15, 0.5, 0.5)
    for _ in range(int(rng.integers(1, 5))):
        room.against_wall(work.desk_group(rng))
    if chance(rng, 0.3):
        room.somewhere(work.desk_group(rng, facing=True))
    for _ in range(int(rng.integers(1, 3))):
        room.at_wall("file cabinet")
    decor.onto(room, one_of(rng, "printer", "potted plant", "box"), "file cabinet", p=0.7)
    _shelves(room, int(rng.integers(1, 3)))
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
        _stacked_boxes(room)


def _stacked_boxes(room: Arranger, tries: int = 1) -> None:
    """Boxes on the floor along a wall, some on top of others."""
    for _ in range(tries):
        index = room.at_wall("box", tries=14)
        if index is not None and chance(room.rng, 0.5):
            room.on(index, "box", yaw=None)


def meeting_room(room: Arranger) -> None:
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
    rng = room.rng
    decor.dress_windows(room, 0.2, 0.3, 0.3)
    for _ in range(int(rng.integers(2, 4))):
        _shelves(room, int(rng.integers(1, 4)), height=span(rng, 1.7, 2.1))
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


def laundry_room(room: Arranger) -> None:
    rng = room.rng
    room.against_wall(home.laundry_row(rng), tries=40, corner=0.5)
    if chance(rng, 0.5):
        room.against_wall(home.laundry_row(rng), tries=20)
    decor.dress_windows(room, 0.1, 0.4, 0.3)
    room.against_wall(home.basin_group(rng)) if chance(rng, 0.5) else room.against_wall(home.vanity_group(rng))
    things = ("box", "basket", "detergent bottle", "stack of towels", "detergent bottle")
    room.against_wall(work.shelf_group(rng, "shelf", 1, things))
    for label, p in (("table", 0.5), ("cabinet", 0.4), ("bench", 0.2)):
        if chance(rng, p):
            room.at_wall(label)
    for label in ("clothes", "basket", "stack of towels", "detergent bottle", "box"):
        decor.onto(room, label, "table", "cabinet", "bench", p=0.5, yaw=None)
    decor.sprinkle(room, ("laundry basket", 0.9), ("laundry basket", 0.6), ("laundry basket", 0.3), ("trash can", 0.6))
    decor.sprinkle(room, ("ironing board", 0.5), ("clothes rack", 0.4), ("bucket", 0.5), ("clock", 0.3), ("stool", 0.3))
    decor.light(room)
    decor.sprinkle(room, ("picture", 0.3), ("towel", 0.3), ("fan", 0.2), ("vending machine", 0.1), ("wall shelf", 0.4))
    decor.onto(room, "detergent bottle", "wall shelf")


def hotel_room(room: Arranger) -> None:
    rng = room.rng
    decor.dress_windows(room, 0.9, 0.05, 0.4)
    two = chance(rng, 0.5)
    bed = _first(room.against_wall(home.bed_group(rng, one_of(rng, "double", "single") if two else "king"), tries=60))
    if two:
        room.against_wall(home.bed_group(rng, "single", 1), tries=50)
    if chance(rng, 0.7):
        _tv(room, bed)
    room.against_wall(work.desk_group(rng, one_of(rng, "chair", "office chair"), computer=chance(rng, 0.4)))
    room.against_wall(home.reading_corner(rng), corner=0.8)
    room.at_wall("wardrobe", corner=0.6)
    if chance(rng, 0.5):
        index = room.against_wall(single(build(rng, "refrigerator", mini=True)))
        if index is not None:
            room.on(index[0], one_of(rng, "kettle", "coffee maker", "microwave"))
    if chance(rng, 0.4):
        room.at_wall("dresser")
        decor.onto(room, one_of(rng, "tv", "lamp", "vase"), "dresser")
    for label in ("bottle", "cup", "kettle", "telephone"):
        decor.onto(room, label, "desk", "nightstand", "dresser", p=0.35)
    decor.sprinkle(room, ("suitcase", 0.7), ("suitcase", 0.35), ("trash can", 0.7), ("mirror", 0.6), ("bench", 0.3))
    decor.light(room)
    decor.pictures(room, 1, 4)
    decor.sprinkle(
        room, ("air conditioner", 0.4), ("coat hooks", 0.3), ("shoes", 0.4), ("plant", 0.25), ("ironing board", 0.15)
    )
    decor.sprinkle(room, ("wall lamp", 0.4), ("handbag", 0.2))


def studio(room: Arranger) -> None:
    rng = room.rng
    length = span(rng, 2.3, 2.9)
    room.against_wall(home.kitchen_run(rng, length), tries=50, gap=0.003, corner=0.6)
    decor.dress_windows(room)
    room.against_wall(home.bed_group(rng, one_of(rng, "single", "double")), tries=60)
    sofa = _first(room.against_wall(home.sofa_group(rng, 2, sides=False), tries=50))
    _tv(room, sofa)
    room.somewhere(home.dining_group(rng, 2), spread=1.0, tries=30)
    if chance(rng, 0.5):
        room.against_wall(work.desk_group(rng))
    room.against_wall(work.shelf_group(rng))
    room.at_wall("wardrobe", corner=0.6)
    decor.light(room, n=2)
    decor.pictures(room, 1, 4)
    decor.sprinkle(room, ("plant", 0.6), ("trash can", 0.7), ("shoe rack", 0.5), ("coat hooks", 0.4), ("bicycle", 0.25))
    _shoes(room)
    decor.sprinkle(room, ("mirror", 0.3), ("clock", 0.3), ("room divider", 0.3), ("guitar", 0.2), ("backpack", 0.3))


def _shoes(room: Arranger) -> None:
    for _ in range(4):
        decor.onto(room, "shoes", "shoe rack", p=0.7)


def storage_room(room: Arranger) -> None:
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
    _stacked_boxes(room, int(rng.integers(3, 7)))
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
    _stacked_boxes(room, int(rng.integers(1, 4)))
    decor.light(room, n=2)
    decor.pictures(room, 0, 2, "poster", "picture")
    decor.sprinkle(room, ("fire extinguisher", 0.4), ("paper towel dispenser", 0.2))


def computer_lab(room: Arranger) -> None:
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


OFFICE_FLOOR = (m.FLOOR_CARPET, m.FLOOR_CARPET, m.FLOOR_WOOD)
TILED = (m.FLOOR_TILES,)

ROOMS: dict[str, RoomType] = {
    "bedroom": RoomType(bedroom, (3.2, 4.6), (3.2, 4.8), (("bed", "bunk bed"),)),
    "living room": RoomType(living_room, (4.0, 5.6), (4.2, 6.2), (("sofa",),), l_shaped=0.35),
    "kitchen": RoomType(
        kitchen,
        (3.1, 4.5),
        (3.8, 5.4),
        (("counter",), ("refrigerator",), ("stove",)),
        (m.FLOOR_TILES, m.FLOOR_TILES, m.FLOOR_WOOD),
        sill=(1.1, 1.2),
        l_shaped=0.2,
    ),
    "dining room": RoomType(dining_room, (3.4, 4.6), (3.8, 5.2), (("dining table", "round table"), ("chair",))),
    "bathroom": RoomType(
        bathroom,
        (1.9, 2.8),
        (2.3, 3.6),
        (("toilet",), ("sink", "pedestal sink", "wall sink")),
        TILED,
        m.WALL_TILES,
        l_shaped=0.1,
        doors=(1, 1),
        windows=(0, 1),
        sill=(1.1, 1.3),
    ),
    "office": RoomType(office, (3.2, 5.2), (3.6, 6.0), (("desk",),), OFFICE_FLOOR, windows=(1, 3)),
    "meeting room": RoomType(
        meeting_room, (3.6, 5.0), (4.4, 7.0), (("conference table", "round table"),), OFFICE_FLOOR, l_shaped=0.1
    ),
    "classroom": RoomType(
        classroom,
        (5.0, 6.6),
        (6.0, 7.6),
        (("school desk",), ("blackboard", "whiteboard")),
        (m.FLOOR_WOOD, m.FLOOR_TILES),
        l_shaped=0.0,
        windows=(2, 3),
        height=(2.8, 3.2),
    ),
    "library": RoomType(library, (4.2, 6.0), (5.0, 7.0), (("bookshelf",),), OFFICE_FLOOR, windows=(1, 3)),
    "lobby": RoomType(
        lobby,
        (4.6, 6.4),
        (5.4, 7.6),
        (("sofa", "chair", "armchair"),),
        (m.FLOOR_TILES, m.FLOOR_CARPET, m.FLOOR_WOOD),
        l_shaped=0.4,
        doors=(2, 3),
        height=(2.7, 3.3),
    ),
    "laundry room": RoomType(
        laundry_room, (2.5, 3.8), (3.0, 4.6), (("washing machine",),), TILED, m.PAINT, windows=(0, 1), sill=(1.1, 1.3)
    ),
    "hotel room": RoomType(
        hotel_room, (3.4, 4.6), (4.4, 6.0), (("bed",),), (m.FLOOR_CARPET, m.FLOOR_CARPET, m.FLOOR_WOOD), l_shaped=0.35
    ),
    "studio": RoomType(
        studio, (4.2, 5.6), (5.0, 7.0), (("bed",), ("counter",)), l_shaped=0.4, windows=(1, 3), sill=(1.1, 1.2)
    ),
    "storage room": RoomType(
        storage_room, (2.6, 4.0), (3.0, 5.0), (("shelf",),), (m.FLOOR_TILES, m.FLOOR_WOOD), windows=(0, 1), doors=(1, 1)
    ),
    "gym": RoomType(
        gym, (4.4, 6.4), (5.0, 7.4), (("treadmill", "exercise bike"),), (m.FLOOR_WOOD, m.FLOOR_CARPET), l_shaped=0.2
    ),
    "copy room": RoomType(
        copy_room, (2.8, 4.0), (3.4, 5.0), (("copier",),), OFFICE_FLOOR, l_shaped=0.15, windows=(0, 1)
    ),
    "computer lab": RoomType(computer_lab, (4.0, 5.6), (5.0, 7.0), (("monitor",),), OFFICE_FLOOR, l_shaped=0.15),
}
"""Room type -> how it is built."""

ROOM_TYPES: tuple[str, ...] = tuple(ROOMS)
