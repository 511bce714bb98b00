"""The catalogue: every category of thing a room may hold, with its class, builder and how it is placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sceneglot.synth.collide import Boxes, boxes_around
from sceneglot.synth.furniture import (
    bath,
    containers,
    electronics,
    kitchen,
    public,
    seats,
    small,
    soft,
    storage,
    tables,
    walls,
)
from sceneglot.synth.furniture.kit import Piece

Placement = Literal["floor", "surface", "wall", "ceiling"]


@dataclass(frozen=True)
class Category:
    """One kind of thing.

    Attributes:
        label: everyday name, lower case; nyu40: its class id.
        make: builder; called with a generator (and options), returns the piece.
        placement: what carries it.
        clearance: metres to keep free before its front so that people can use it.
        has_front: whether people would say which side is its front.
    """

    label: str
    nyu40: int
    make: Callable[..., Piece]
    placement: Placement = "floor"
    clearance: float = 0.0
    has_front: bool = False


@dataclass(frozen=True, eq=False)
class Thing:
    """A built piece of a category, not yet placed."""

    category: Category
    piece: Piece

    @property
    def width(self) -> float:
        """Extent along x, metres."""
        return self.piece.size[0]

    @property
    def depth(self) -> float:
        """Extent along y, front to back, metres."""
        return self.piece.size[1]

    @property
    def height(self) -> float:
        """Extent along z, metres."""
        return self.piece.size[2]

    @cached_property
    def boxes(self) -> Boxes:
        """One box per part, local frame."""
        return boxes_around([part.vertices for part in self.piece.parts])


def build(rng: np.random.Generator, label: str, **options: Any) -> Thing:
    """A new thing of the category `label`; `options` go to its builder."""
    category = CATALOG[label]
    return Thing(category, category.make(rng, **options))


_ENTRIES = (
    # seats
    Category("chair", 5, seats.chair, has_front=True),
    Category("office chair", 5, seats.office_chair, has_front=True),
    Category("armchair", 5, seats.armchair, clearance=0.5, has_front=True),
    Category("lounge chair", 5, seats.chaise, clearance=0.3, has_front=True),
    Category("stack of chairs", 5, seats.stacked_chairs, has_front=True),
    Category("sofa", 6, seats.sofa, clearance=0.5, has_front=True),
    Category("stool", 39, seats.stool),
    Category("bench", 39, seats.bench, clearance=0.4),
    Category("ottoman", 39, seats.ottoman),
    Category("bean bag", 39, seats.beanbag, has_front=True),
    # tables
    Category("dining table", 7, tables.dining_table),
    Category("round table", 7, tables.round_table),
    Category("table", 7, tables.table),
    Category("conference table", 7, tables.conference_table),
    Category("coffee table", 7, tables.coffee_table),
    Category("end table", 7, tables.end_table),
    Category("console table", 7, tables.console_table),
    Category("ping pong table", 7, tables.ping_pong_table, clearance=0.8),
    Category("desk", 14, tables.desk, clearance=0.8, has_front=True),
    Category("school desk", 14, tables.school_desk, has_front=True),
    Category("lectern", 14, tables.lectern, has_front=True),
    Category("counter", 12, tables.counter, "surface"),
    Category("reception desk", 14, tables.reception_desk, clearance=0.6, has_front=True),
    # storage
    Category("cabinet", 3, storage.cabinet, clearance=0.6, has_front=True),
    Category("kitchen cabinet", 3, storage.base_cabinet, clearance=0.8, has_front=True),
    Category("wall cabinet", 3, storage.wall_cabinet, "wall", has_front=True),
    Category("file cabinet", 3, storage.file_cabinet, clearance=0.5, has_front=True),
    Category("bookshelf", 10, storage.bookshelf, clearance=0.6, has_front=True),
    Category("shelf", 15, storage.shelf, clearance=0.6),
    Category("wall shelf", 15, storage.wall_shelf, "wall"),
    Category("cube shelf", 15, storage.cubbies, clearance=0.5, has_front=True),
    Category("shoe rack", 15, storage.shoe_rack, clearance=0.4),
    Category("nightstand", 32, storage.nightstand, has_front=True),
    Category("dresser", 17, storage.dresser, clearance=0.6, has_front=True),
    Category("wardrobe", 39, storage.wardrobe, clearance=0.6, has_front=True),
    Category("locker", 39, storage.locker, clearance=0.6, has_front=True),
    Category("tv stand", 39, storage.tv_stand, clearance=0.4, has_front=True),
    Category("coat rack", 39, storage.coat_rack),
    Category("laundry basket", 39, containers.laundry_basket),
    Category("trash can", 39, containers.trash_can),
    Category("recycling bin", 39, containers.recycling_bin),
    Category("box", 29, containers.box, "surface"),
    Category("basket", 40, containers.basket, "surface"),
    Category("suitcase", 37, containers.suitcase),
    Category("backpack", 37, containers.backpack),
    Category("handbag", 37, containers.handbag, "surface"),
    # beds and cloth
    Category("bed", 4, soft.bed, clearance=0.5, has_front=True),
    Category("bunk bed", 4, soft.bunk_bed, clearance=0.5, has_front=True),
    Category("crib", 4, soft.crib, clearance=0.3),
    Category("pillow", 18, soft.pillow, "surface"),
    Category("cushion", 18, soft.throw_pillow, "surface"),
    Category("blanket", 40, soft.blanket, "surface"),
    Category("towel", 27, soft.towel, "wall"),
    Category("stack of towels", 27, soft.folded_towels, "surface"),
    Category("clothes", 21, soft.clothes, "surface"),
    Category("rug", 20, soft.rug),
    Category("bath mat", 20, soft.bath_mat),
    Category("yoga mat", 20, soft.yoga_mat),
    Category("teddy bear", 40, soft.teddy_bear, "surface", has_front=True),
    Category("curtain", 16, soft.curtain, "wall"),
    Category("shower curtain", 28, soft.shower_curtain, "wall"),
    # kitchen and laundry
    Category("refrigerator", 24, kitchen.refrigerator, clearance=0.8, has_front=True),
    Category("stove", 39, kitchen.stove, clearance=0.8, has_front=True),
    Category("range hood", 38, kitchen.range_hood, "wall"),
    Category("dishwasher", 39, kitchen.dishwasher, clearance=0.8, has_front=True),
    Category("washing machine", 39, kitchen.washing_machine, clearance=0.7, has_front=True),
    Category("dryer", 39, kitchen.dryer, clearance=0.7, has_front=True),
    Category("water cooler", 39, kitchen.water_cooler, clearance=0.5, has_front=True),
    Category("vending machine", 39, kitchen.vending_machine, clearance=0.7, has_front=True),
    Category("microwave", 40, kitchen.microwave, "surface", has_front=True),
    Category("toaster", 40, kitchen.toaster, "surface"),
    Category("kettle", 40, kitchen.kettle, "surface"),
    Category("coffee maker", 40, kitchen.coffee_maker, "surface", has_front=True),
    Category("cup", 40, kitchen.cup, "surface"),
    Category("bottle", 40, kitchen.bottle, "surface"),
    Category("bowl", 40, kitchen.bowl, "surface"),
    Category("plate", 40, kitchen.plate, "surface"),
    Category("pot", 40, kitchen.pot, "surface"),
    Category("dish rack", 15, kitchen.dish_rack, "surface"),
    Category("paper towel roll", 40, kitchen.paper_towels, "surface"),
    # bathroom
    Category("sink", 34, kitchen.sink, "surface"),
    Category("pedestal sink", 34, kitchen.pedestal_sink, clearance=0.6, has_front=True),
    Category("wall sink", 34, kitchen.wall_sink, "wall", has_front=True),
    Category("toilet", 33, bath.toilet, clearance=0.5, has_front=True),
    Category("bathtub", 36, bath.bathtub, clearance=0.5),
    Category("shower", 38, bath.shower, clearance=0.5),
    Category("toilet paper", 40, bath.toilet_paper, "wall"),
    Category("soap dispenser", 40, bath.soap_dispenser, "surface"),
    Category("toothbrush cup", 40, bath.toothbrush_cup, "surface"),
    Category("plunger", 40, bath.plunger),
    Category("scale", 40, bath.scale),
    Category("pedal bin", 39, bath.pedal_bin),
    # with a plug
    Category("tv", 25, electronics.tv, "surface", has_front=True),
    Category("monitor", 40, electronics.monitor, "surface", has_front=True),
    Category("laptop", 40, electronics.laptop, "surface", has_front=True),
    Category("keyboard", 40, electronics.keyboard, "surface"),
    Category("mouse", 40, electronics.mouse, "surface"),
    Category("computer tower", 40, electronics.computer, has_front=True),
    Category("printer", 40, electronics.printer, "surface", has_front=True),
    Category("copier", 39, electronics.copier, clearance=0.7, has_front=True),
    Category("telephone", 40, electronics.telephone, "surface", has_front=True),
    Category("speaker", 40, electronics.speaker, has_front=True),
    Category("lamp", 35, electronics.lamp, "surface"),
    Category("floor lamp", 35, electronics.floor_lamp),
    Category("ceiling lamp", 35, electronics.ceiling_lamp, "ceiling"),
    Category("fan", 40, electronics.fan, has_front=True),
    Category("projector", 40, electronics.projector, "ceiling", has_front=True),
    Category("air conditioner", 40, electronics.air_conditioner, "wall", has_front=True),
    # small things
    Category("book", 23, small.book, "surface"),
    Category("books", 23, small.books, "surface"),
    Category("binders", 40, small.binder, "surface"),
    Category("paper", 26, small.papers, "surface"),
    Category("plant", 40, small.large_plant),
    Category("potted plant", 40, small.small_plant, "surface"),
    Category("vase", 40, small.vase, "surface"),
    Category("candle", 40, small.candle, "surface"),
    Category("photo frame", 11, small.photo_frame, "surface", has_front=True),
    Category("tissues", 40, small.tissue_box, "surface"),
    Category("alarm clock", 40, small.alarm_clock, "surface", has_front=True),
    Category("statue", 40, small.statue, "surface"),
    Category("ball", 40, small.ball),
    Category("toy", 40, small.toy_blocks, "surface"),
    Category("shoes", 40, small.shoes),
    Category("umbrella stand", 39, small.umbrella_stand),
    Category("bucket", 40, small.bucket),
    Category("detergent bottle", 40, small.detergent, "surface"),
    Category("letter tray", 40, small.tray, "surface"),
    Category("pen holder", 40, small.pen_holder, "surface"),
    Category("globe", 40, small.globe, "surface"),
    # in and on walls
    Category("door", 8, walls.door, "wall"),
    Category("window", 9, walls.window, "wall"),
    Category("picture", 11, walls.picture, "wall"),
    Category("poster", 11, walls.poster, "wall"),
    Category("mirror", 19, walls.mirror, "wall"),
    Category("clock", 40, walls.clock, "wall"),
    Category("whiteboard", 30, walls.whiteboard, "wall", has_front=True),
    Category("blackboard", 30, walls.blackboard, "wall", has_front=True),
    Category("bulletin board", 38, walls.bulletin_board, "wall"),
    Category("projector screen", 39, walls.projector_screen, "wall", has_front=True),
    Category("radiator", 38, walls.radiator, "wall"),
    Category("wall lamp", 35, walls.wall_lamp, "wall"),
    Category("blinds", 13, walls.blinds, "wall"),
    Category("coat hooks", 40, walls.coat_hooks, "wall"),
    Category("fire extinguisher", 40, walls.fire_extinguisher, "wall"),
    Category("paper towel dispenser", 40, walls.paper_towel_dispenser, "wall"),
    # large things
    Category("piano", 39, public.piano, clearance=0.8, has_front=True),
    Category("treadmill", 39, public.treadmill, clearance=0.6, has_front=True),
    Category("exercise bike", 39, public.exercise_bike, clearance=0.3, has_front=True),
    Category("weight bench", 39, public.weight_bench, clearance=0.4),
    Category("dumbbell", 40, public.dumbbell),
    Category("exercise ball", 40, public.exercise_ball),
    Category("ladder", 39, public.ladder, has_front=True),
    Category("bicycle", 40, public.bicycle),
    Category("guitar", 40, public.guitar, has_front=True),
    Category("clothes rack", 39, public.clothes_rack, clearance=0.4),
    Category("ironing board", 39, public.ironing_board, clearance=0.4),
    Category("room divider", 38, public.room_divider),
)

CATALOG: dict[str, Category] = {entry.label: entry for entry in _ENTRIES}
"""Label -> category."""
