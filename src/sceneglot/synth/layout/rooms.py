"""The room types: size, openings, materials, recipe, and what the room must not lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sceneglot.synth import materials as m
from sceneglot.synth.layout.arranger import Arranger
from sceneglot.synth.layout.private_rooms import (
    bathroom,
    bedroom,
    dining_room,
    hotel_room,
    kitchen,
    laundry_room,
    living_room,
    studio,
)
from sceneglot.synth.layout.public_rooms import (
    classroom,
    computer_lab,
    copy_room,
    gym,
    library,
    lobby,
    meeting_room,
    office,
    storage_room,
)
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
        meeting_room,
        (3.6, 5.0),
        (4.4, 7.0),
        (("conference table", "round table"),),
        OFFICE_FLOOR,
        l_shaped=0.1,
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
        laundry_room,
        (2.5, 3.8),
        (3.0, 4.6),
        (("washing machine",),),
        TILED,
        m.PAINT,
        windows=(0, 1),
        sill=(1.1, 1.3),
    ),
    "hotel room": RoomType(
        hotel_room,
        (3.4, 4.6),
        (4.4, 6.0),
        (("bed",),),
        (m.FLOOR_CARPET, m.FLOOR_CARPET, m.FLOOR_WOOD),
        l_shaped=0.35,
    ),
    "studio": RoomType(
        studio,
        (4.2, 5.6),
        (5.0, 7.0),
        (("bed",), ("counter",)),
        l_shaped=0.4,
        windows=(1, 3),
        sill=(1.1, 1.2),
    ),
    "storage room": RoomType(
        storage_room,
        (2.6, 4.0),
        (3.0, 5.0),
        (("shelf",),),
        (m.FLOOR_TILES, m.FLOOR_WOOD),
        windows=(0, 1),
        doors=(1, 1),
    ),
    "gym": RoomType(
        gym,
        (4.4, 6.4),
        (5.0, 7.4),
        (("treadmill", "exercise bike"),),
        (m.FLOOR_WOOD, m.FLOOR_CARPET),
        l_shaped=0.2,
    ),
    "copy room": RoomType(
        copy_room, (2.8, 4.0), (3.4, 5.0), (("copier",),), OFFICE_FLOOR, l_shaped=0.15, windows=(0, 1)
    ),
    "computer lab": RoomType(computer_lab, (4.0, 5.6), (5.0, 7.0), (("monitor",),), OFFICE_FLOOR, l_shaped=0.15),
}
"""Room type -> how it is built."""

ROOM_TYPES: tuple[str, ...] = tuple(ROOMS)
