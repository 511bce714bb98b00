"""Recipes of rooms to live in: which groups go in, and in which order."""

from __future__ import annotations

import numpy as np

from sceneglot.synth.catalog import build
from sceneglot.synth.collide import wall_distance
from sceneglot.synth.furniture.kit import chance, one_of, span
from sceneglot.synth.layout import decor, home, wet_rooms, work
from sceneglot.synth.layout.arranger import Arranger
from sceneglot.synth.layout.common import face_with_tv, first, shelf_row
from sceneglot.synth.layout.group import single


def bedroom(room: Arranger) -> None:
    """Bed or bunk bed with nightstands, wardrobe, dresser, maybe a desk, shelves or a reading corner."""
    rng = room.rng
    decor.dress_windows(room)
    kind = one_of(rng, "double", "king", "single", "single", "bunk")
    bed = None
    if kind == "bunk":
        bed = first(room.against_wall(home.bunk_group(rng)))
    elif kind == "single":
        bed = first(room.against_wall(home.bed_group(rng, "single"), tries=40))
        if chance(rng, 0.4):
            room.against_wall(home.bed_group(rng, "single"), tries=40)
    bed = bed if bed is not None else first(room.against_wall(home.bed_group(rng, "double"), tries=60))
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
        face_with_tv(room, bed)
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
    """Sofa and television facing each other, shelves, a reading corner, maybe a dining table or a desk."""
    rng = room.rng
    decor.dress_windows(room)
    sofa = first(room.against_wall(home.sofa_group(rng), tries=60))
    face_with_tv(room, sofa)
    for _ in range(int(rng.integers(1, 3))):
        shelf_row(room, int(rng.integers(1, 3)))
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
    """A kitchen row along a wall and a table with chairs."""
    rng = room.rng
    longest = max(wall.length for wall in room.plan.walls)
    for tries in range(6):
        length = round(min(longest - 0.1 - 0.3 * tries, span(rng, 3.2, 4.6)), 2)
        if length > 2.0 and room.against_wall(wet_rooms.kitchen_run(rng, length), tries=30, gap=0.003, corner=0.5):
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
    """A large table with chairs under a lamp, cabinets around."""
    rng = room.rng
    decor.dress_windows(room)
    group = home.dining_group(rng, (4, 6, 8)[int(rng.integers(3))] if chance(rng, 0.8) else None)
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


def bathroom(room: Arranger) -> None:
    """Tub or shower, toilet, sink or vanity, towels."""
    rng = room.rng
    tub = first(room.against_wall(wet_rooms.tub_group(rng), corner=0.9, tries=60)) if chance(rng, 0.7) else None
    if tub is None or chance(rng, 0.2):
        room.against_wall(single(build(rng, "shower")), corner=1.0, tries=30)
    elif chance(rng, 0.75):
        _shower_curtain(room, tub)
    room.against_wall(wet_rooms.toilet_group(rng), tries=40)
    if not chance(rng, 0.55) or room.against_wall(wet_rooms.vanity_group(rng), tries=40) is None:
        room.against_wall(wet_rooms.basin_group(rng), tries=40)
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


def laundry_room(room: Arranger) -> None:
    """Washing machines and dryers, a sink, shelves, baskets."""
    rng = room.rng
    room.against_wall(wet_rooms.laundry_row(rng), tries=40, corner=0.5)
    if chance(rng, 0.5):
        room.against_wall(wet_rooms.laundry_row(rng), tries=20)
    decor.dress_windows(room, 0.1, 0.4, 0.3)
    washing_place = wet_rooms.basin_group if chance(rng, 0.5) else wet_rooms.vanity_group
    room.against_wall(washing_place(rng))
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
    """One or two beds, television, desk, armchair, wardrobe, luggage."""
    rng = room.rng
    decor.dress_windows(room, 0.9, 0.05, 0.4)
    two = chance(rng, 0.5)
    bed = first(room.against_wall(home.bed_group(rng, one_of(rng, "double", "single") if two else "king"), tries=60))
    if two:
        room.against_wall(home.bed_group(rng, "single", 1), tries=50)
    if chance(rng, 0.7):
        face_with_tv(room, bed)
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
    """Kitchen row, bed, sofa and a small table in one room."""
    rng = room.rng
    length = span(rng, 2.3, 2.9)
    room.against_wall(wet_rooms.kitchen_run(rng, length), tries=50, gap=0.003, corner=0.6)
    decor.dress_windows(room)
    room.against_wall(home.bed_group(rng, one_of(rng, "single", "double")), tries=60)
    sofa = first(room.against_wall(home.sofa_group(rng, 2, sides=False), tries=50))
    face_with_tv(room, sofa)
    room.somewhere(home.dining_group(rng, 2), spread=1.0, tries=30)
    if chance(rng, 0.5):
        room.against_wall(work.desk_group(rng))
    room.against_wall(work.shelf_group(rng))
    room.at_wall("wardrobe", corner=0.6)
    decor.light(room, n=2)
    decor.pictures(room, 1, 4)
    decor.sprinkle(room, ("plant", 0.6), ("trash can", 0.7), ("shoe rack", 0.5), ("coat hooks", 0.4), ("bicycle", 0.25))
    for _ in range(4):
        decor.onto(room, "shoes", "shoe rack", p=0.7)
    decor.sprinkle(room, ("mirror", 0.3), ("clock", 0.3), ("room divider", 0.3), ("guitar", 0.2), ("backpack", 0.3))
