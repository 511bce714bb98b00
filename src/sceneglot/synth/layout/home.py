"""Groups of the home: around beds, sofas, televisions and dining tables."""

from __future__ import annotations

import numpy as np

from sceneglot.synth.catalog import Thing
from sceneglot.synth.furniture.kit import chance, one_of, span
from sceneglot.synth.layout.group import Group, optional

Rng = np.random.Generator
TURN = np.pi
Place = tuple[float, float, float, tuple[float, float]]
"""Where a chair may go: x, y, yaw and the unit step that draws it out from the table."""


def bed_group(rng: Rng, size: str | None = None, nightstands: int | None = None) -> Group:
    """A bed, head to the wall, with pillows and a blanket; nightstands with lamps and small things beside it."""
    group = Group(rng)
    bed = group.new("bed", size=size)
    at = group.put(bed, 0, -bed.depth / 2)
    pillow = group.new("pillow")
    if bed.width > 1.35:
        for side in (-0.75, 0.75):
            group.on(at, pillow, at=(side, 0.3), surface=0)
    else:
        group.on(at, pillow, at=(0.0, 0.3), surface=0)
    if chance(rng, 0.35):
        group.on(at, one_of(rng, "blanket", "teddy bear", "clothes", "handbag"), surface=1)
    count = (1 if bed.width < 1.35 else 2) if nightstands is None else nightstands
    sides = (-1, 1) if count == 2 else (int(rng.integers(2)) * 2 - 1,)
    stand, lamp = group.new("nightstand"), group.new("lamp")
    for side in sides[:count]:
        x = side * (bed.width / 2 + stand.width / 2 + span(rng, 0.03, 0.1))
        table = group.put(stand, x, -stand.depth / 2, optional=count == 2)
        group.on(table, lamp, at=(span(rng, -0.5, 0.5), span(rng, 0.2, 0.8)), surface=0)
        _bedside(group, table)
        group.zone((x - stand.width / 2, x + stand.width / 2), (-stand.depth - 0.45, -stand.depth - 0.02))
    return group


def _bedside(group: Group, table: int | None) -> None:
    for label in ("book", "alarm clock", "cup", "photo frame", "tissues"):
        if chance(group.rng, 0.28):
            group.on(table, label, surface=0)


def bunk_group(rng: Rng) -> Group:
    """A bunk bed, long side to the wall is left to the caller; head to the wall here."""
    group = Group(rng)
    bed = group.new("bunk bed")
    at = group.put(bed, 0, -bed.depth / 2)
    group.on(at, "pillow", at=(0, 0.3), surface=0)
    group.clear(at)
    return group


def sofa_group(rng: Rng, seats: int | None = None, rug: bool = True, sides: bool = True) -> Group:
    """A sofa with its back to the wall, coffee table before it, rug below, end tables and chairs around."""
    group = Group(rng)
    sofa = group.new("sofa", seats=seats)
    at = group.put(sofa, 0, -sofa.depth / 2)
    table = group.new("coffee table")
    front = -sofa.depth - span(rng, 0.32, 0.45)
    middle = front - table.depth / 2
    if rug and chance(rng, 0.75):
        mat = group.new("rug", width=max(1.7, table.width + 0.9), depth=span(rng, 1.3, 1.7))
        optional(group, group.put(mat, 0, middle))
    low = group.put(table, span(rng, -0.1, 0.1), middle)
    _on_coffee_table(group, low)
    for k in range(int(rng.integers(0, 4))):
        cushion = (-0.9, 0.9, -0.4)[k]
        group.on(at, "cushion", at=(cushion, 1.0), surface=0, yaw=0.0)
    if sides:
        _beside_sofa(group, sofa.width, middle)
    group.zone((-sofa.width / 2 + 0.1, sofa.width / 2 - 0.1), (front + 0.02, -sofa.depth - 0.05))
    return group


def _on_coffee_table(group: Group, table: int | None) -> None:
    for label, p in (("book", 0.6), ("vase", 0.3), ("cup", 0.5), ("cup", 0.3), ("bowl", 0.3), ("candle", 0.25)):
        if chance(group.rng, p):
            group.on(table, label, yaw=None)


def _beside_sofa(group: Group, width: float, middle: float) -> None:
    """End tables with lamps at the sofa's ends, armchairs at the coffee table's ends, an ottoman."""
    rng = group.rng
    end = group.new("end table")
    for side in (-1, 1):
        if chance(rng, 0.55):
            x = side * (width / 2 + end.width / 2 + 0.04)
            table = group.put(end, x, -end.depth / 2 - 0.05, optional=True)
            lamp = group.on(table, "lamp") if chance(rng, 0.7) else group.on(table, "potted plant")
            if lamp is not None and chance(rng, 0.3):
                group.on(table, "cup")
        elif chance(rng, 0.4):
            optional(group, group.put(group.new("floor lamp"), side * (width / 2 + 0.28), -0.28))
    chair = group.new("armchair")
    for side in (-1, 1):
        if chance(rng, 0.45):
            x = side * (0.75 + chair.depth / 2 + 0.2)
            index = group.slide(chair, x, middle + 0.05, side * -np.pi / 2, (side * 0.12, -0.03), optional=True)
            if index is not None and chance(rng, 0.3):
                group.on(index, "cushion", at=(0, 1.0), surface=0)
    if chance(rng, 0.3):
        optional(group, group.slide(group.new("ottoman"), span(rng, -0.4, 0.4), middle - 0.6, 0.0, (0, -0.1)))


def tv_group(rng: Rng) -> Group:
    """A television on its stand, sometimes flanked by speakers."""
    group = Group(rng)
    stand = group.new("tv stand")
    at = group.put(stand, 0, -stand.depth / 2)
    group.on(at, "tv", at=(0, 0.4), surface=1)
    group.on(at, one_of(rng, "books", "box", "basket"), surface=0)
    for label in ("potted plant", "photo frame", "vase", "book"):
        if chance(rng, 0.25):
            group.on(at, label, surface=1)
    if chance(rng, 0.35):
        speaker = group.new("speaker")
        for side in (-1, 1):
            optional(group, group.put(speaker, side * (stand.width / 2 + speaker.width / 2 + 0.08), -0.2))
    group.clear(at)
    return group


def reading_corner(rng: Rng) -> Group:
    """An armchair with a lamp or a small table beside it."""
    group = Group(rng)
    chair = group.new(one_of(rng, "armchair", "armchair", "lounge chair"))
    at = group.put(chair, 0, -chair.depth / 2)
    side = int(rng.integers(2)) * 2 - 1
    if chance(rng, 0.6):
        table = group.new("end table")
        k = group.put(table, side * (chair.width / 2 + table.width / 2 + 0.06), -table.depth / 2, optional=True)
        group.on(k, one_of(rng, "lamp", "book", "cup", "potted plant"))
    optional(group, group.slide(group.new("floor lamp"), -side * (chair.width / 2 + 0.27), -0.27, 0, (-side * 0.05, 0)))
    if chance(rng, 0.3):
        optional(group, group.put(group.new("ottoman"), 0, -chair.depth - 0.55))
    group.clear(at, 0.35)
    return group


def dining_group(rng: Rng, seats: int | None = None, settings: bool = True) -> Group:
    """A dining table with chairs all around, facing it; plates, cups and something in the middle."""
    group = Group(rng, share=0.7)
    round_ = seats is None and chance(rng, 0.3)
    table = group.new("round table") if round_ else group.new("dining table", seats=seats)
    at = group.put(table)
    group.on(at, one_of(rng, "vase", "bowl", "candle"), at=(span(rng, -0.2, 0.2), 0))
    if round_:
        poses = around(4, table.width * 0.3, span(rng, 0, 1.5))
    else:
        n = max(1, round(table.width / 0.65))
        poses = []
        for side, yaw in ((-1, TURN), (1, 0.0)):
            for k in range(n):
                x = (k - (n - 1) / 2) * table.width / n
                poses.append((x, side * table.depth * 0.28, yaw, (0.0, float(side))))
        if table.width > 1.5 and chance(rng, 0.5):
            poses += [(s * table.width * 0.36, 0.0, -s * np.pi / 2, (float(s), 0.0)) for s in (-1, 1)]
    ring_of_chairs(group, "chair", poses, drop=0.12)
    if settings and chance(rng, 0.7):
        plate, cup = group.new("plate"), group.new("cup")
        for x, y, yaw, _ in poses:
            if chance(rng, 0.75):
                _setting(group, at or 0, plate, cup, x, y, yaw, table.height)
    low, high = group.extent()
    group.zone((float(low[0]) - 0.3, float(high[0]) + 0.3), (float(low[1]) - 0.3, float(high[1]) + 0.3))
    return group


def _setting(group: Group, at: int, plate: Thing, cup: Thing, x: float, y: float, yaw: float, z: float) -> None:
    """A plate, maybe a cup, on the table before the chair at (x, y)."""
    d = np.hypot(x, y)
    if abs(np.sin(yaw)) < 0.5 and group.members[at].thing.category.label == "dining table":
        px, py = x, float(np.sign(y)) * (group.members[at].thing.depth / 2 - 0.17)
    else:
        reach = group.members[at].thing.width / 2 - 0.18
        px, py = x / d * reach, y / d * reach
    index = group.put(plate, px, py, 0, z, at)
    if index is not None and chance(group.rng, 0.6):
        side = 0.17 if np.cos(yaw) < 0 else -0.17
        group.put(cup, px + side * abs(np.cos(yaw)), py * 0.92 + side * abs(np.sin(yaw)), yaw, z, at)


def around(n: int, radius: float, first: float = 0.0) -> list[Place]:
    """n places on a circle, each looking at its middle."""
    angles = [float(a) for a in np.arange(n) * (2 * np.pi / n) + first]
    steps = [(float(np.cos(a)), float(np.sin(a))) for a in angles]
    return [(radius * c, radius * s, a - np.pi / 2, (c, s)) for a, (c, s) in zip(angles, steps)]


def ring_of_chairs(group: Group, label: str, poses: list[Place], drop: float = 0.0, jitter: float = 0.06) -> list[int]:
    """Equal chairs at poses (x, y, yaw, outward step), each drawn out until it is free of the table."""
    chair = group.new(label)
    placed = []
    for x, y, yaw, (ox, oy) in poses:
        if chance(group.rng, drop):
            continue
        tuck = span(group.rng, 0.1, 0.3)
        turn = span(group.rng, -jitter, jitter)
        step = (ox * 0.05, oy * 0.05)
        index = group.slide(chair, x + ox * tuck, y + oy * tuck, yaw + turn, step, tries=20, optional=True)
        if index is not None:
            placed.append(index)
    return placed
