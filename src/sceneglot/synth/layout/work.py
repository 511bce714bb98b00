"""Groups of work and study: desks, meeting tables, rows of desks, shelves."""

from __future__ import annotations

import numpy as np

from sceneglot.synth.furniture.kit import Surface, chance, one_of, span
from sceneglot.synth.layout.group import Group, optional
from sceneglot.synth.layout.home import around, ring_of_chairs

Rng = np.random.Generator


def desk_group(rng: Rng, chair: str = "office chair", computer: bool = True, facing: bool = False) -> Group:
    """A desk with its back to the wall and a chair before it.

    Args:
        chair: category of the chair.
        computer: screen, keyboard and mouse (or a laptop) before the chair.
        facing: the desk stands free and a visitor's chair waits behind it (+y side).
    """
    group = Group(rng)
    desk = group.new("desk")
    at = group.put(desk, 0, -desk.depth / 2)
    surface = group.members[at or 0].thing.piece.surfaces[0]
    middle = (surface.x[0] + surface.x[1]) / 2
    x = middle + span(rng, -0.08, 0.08)
    _desk_top(group, at or 0, x, surface, computer)
    y = -desk.depth / 2 if desk.piece.shape != "L-shaped" else (surface.y[0] + surface.y[1]) / 2 - desk.depth / 2
    seat = group.new(chair)
    pose = (x, y - 0.35, np.pi + span(rng, -0.5, 0.5))
    index = group.slide(seat, *pose, (0.0, -0.06), tries=18)
    if index is not None:
        member = group.members[index]
        group.zone((member.x - 0.4, member.x + 0.4), (member.y - 0.55, member.y + 0.3))
        group.access.append((member.x, member.y - 0.5))
    if facing:
        group.slide(group.new("chair"), 0, 0.3, span(rng, -0.2, 0.2), (0, 0.06), tries=18, optional=True)
    if computer and chance(rng, 0.5):
        tower = group.new("computer tower")
        optional(group, group.slide(tower, -desk.width / 2 + 0.25, -desk.depth / 2, 0, (0.1, 0), tries=10))
    if chance(rng, 0.5):
        optional(group, group.put(group.new("trash can"), desk.width / 2 + 0.28, -0.3))
    return group


def _desk_top(group: Group, at: int, x: float, surface: Surface, computer: bool) -> None:
    """Screen, keyboard and mouse before place x of the desk, then whatever else fits."""
    rng = group.rng
    desk = group.members[at].thing
    half = (surface.x[1] - surface.x[0]) / 2
    top, back, y0 = surface.z, surface.y[1] - desk.depth / 2, -desk.depth / 2
    if computer and chance(rng, 0.8):
        screen = group.new("monitor")
        n = 2 if chance(rng, 0.25) and half > 0.7 else 1
        for k in range(n):
            sx = x + (k - (n - 1) / 2) * (screen.width + 0.04)
            group.put(screen, sx, back - screen.depth / 2 - 0.06, 0, top, at)
        keys = group.new("keyboard")
        ky = y0 + surface.y[0] + keys.depth / 2 + 0.1
        group.put(keys, x, ky, 0, top, at)
        if x + keys.width / 2 + 0.15 < surface.x[1]:
            group.put(group.new("mouse"), x + keys.width / 2 + 0.1, ky, 0, top, at)
    elif computer:
        laptop = group.new("laptop")
        group.put(laptop, x, y0 + surface.y[0] + laptop.depth / 2 + 0.12, 0, top, at)
    extras = (("telephone", 0.35), ("lamp", 0.4), ("paper", 0.5), ("book", 0.4), ("cup", 0.4), ("pen holder", 0.3))
    more = (("binders", 0.25), ("potted plant", 0.25), ("letter tray", 0.2), ("photo frame", 0.2), ("printer", 0.12))
    for label, p in (*extras, *more):
        if chance(rng, p):
            group.on(at, label, yaw=None if label in ("paper", "book", "cup") else 0.0)


def meeting_group(rng: Rng, seats: int) -> Group:
    """A conference table with office chairs along both sides and at the heads."""
    group = Group(rng, share=0.7)
    if seats <= 4 and chance(rng, 0.5):
        table = group.new("round table")
        at = group.put(table)
        poses = around(seats, table.width * 0.35)
    else:
        table = group.new("conference table", seats=seats)
        at = group.put(table)
        n = seats // 2
        poses = [
            ((k - (n - 1) / 2) * 0.65, s * table.depth * 0.3, 0.0 if s > 0 else np.pi, (0.0, float(s)))
            for s in (-1, 1)
            for k in range(n)
        ]
        if chance(rng, 0.6):
            poses += [(s * table.width * 0.42, 0.0, -s * np.pi / 2, (float(s), 0.0)) for s in (-1, 1)]
    ring_of_chairs(group, one_of(rng, "office chair", "office chair", "chair"), poses, drop=0.08, jitter=0.25)
    for label, p in (("laptop", 0.4), ("laptop", 0.3), ("paper", 0.6), ("paper", 0.4), ("cup", 0.5), ("bottle", 0.5)):
        if chance(rng, p):
            group.on(at, label, yaw=None)
    low, high = group.extent()
    group.zone((float(low[0]) - 0.3, float(high[0]) + 0.3), (float(low[1]) - 0.3, float(high[1]) + 0.3))
    return group


def class_rows(rng: Rng, rows: int, cols: int) -> Group:
    """Pupils' desks in rows with chairs behind them; all look towards -y (the board)."""
    group = Group(rng, share=0.75)
    desk, chair = group.new("school desk"), group.new("chair")
    dx, dy = span(rng, 1.15, 1.4), span(rng, 1.3, 1.5)
    for r in range(rows):
        for c in range(cols):
            x, y = (c - (cols - 1) / 2) * dx, r * dy
            at = group.put(desk, x, y, np.pi, optional=r + c > 0)
            if chance(rng, 0.93):
                group.slide(chair, x, y + 0.3, span(rng, -0.1, 0.1), (0, 0.05), optional=True)
            for label in ("book", "paper", "backpack"):
                if chance(rng, 0.13):
                    if label == "backpack":
                        optional(group, group.put(group.new(label), x + 0.5, y + 0.1))
                    else:
                        group.on(at, label, yaw=None)
    return group


def computer_row(rng: Rng, n: int) -> Group:
    """n workplaces side by side along a wall: table, screen, keyboard, mouse, chair each."""
    group = Group(rng)
    table, chair = group.new("table", width=span(rng, 1.0, 1.2), depth=span(rng, 0.65, 0.75)), group.new("office chair")
    screen, keys, mouse = group.new("monitor"), group.new("keyboard"), group.new("mouse")
    for k in range(n):
        x = (k - (n - 1) / 2) * (table.width + 0.02)
        at = group.put(table, x, -table.depth / 2)
        group.put(screen, x, -screen.depth / 2 - 0.08, 0, table.height, at if at is not None else -1)
        ky = -table.depth + keys.depth / 2 + 0.1
        group.put(keys, x, ky, 0, table.height, at if at is not None else -1)
        group.put(mouse, x + keys.width / 2 + 0.1, ky, 0, table.height, at if at is not None else -1)
        group.slide(chair, x, -table.depth - 0.1, np.pi + span(rng, -0.5, 0.5), (0, -0.06), optional=True)
    w = n * table.width / 2
    group.zone((-w, w), (-table.depth - 0.9, -table.depth - 0.1))
    return group


def shelf_group(rng: Rng, label: str = "bookshelf", n: int = 1, things: tuple[str, ...] = (), **options) -> Group:
    """n equal shelves side by side, filled: books in bookshelves, `things` on others."""
    group = Group(rng)
    shelf = group.new(label, **options)
    for k in range(n):
        x = (k - (n - 1) / 2) * (shelf.width + 0.01)
        at = group.put(shelf, x, -shelf.depth / 2)
        fill_shelf(group, at, things)
        group.clear(at)
    return group


def fill_shelf(group: Group, at: int | None, things: tuple[str, ...] = ()) -> None:
    """Rows of books (or `things`) on most levels of member `at`."""
    if at is None:
        return
    rng = group.rng
    for k, surface in enumerate(group.members[at].thing.piece.surfaces):
        if surface.room < 0.12 or chance(rng, 0.4):
            continue
        if things:
            for _ in range(int(rng.integers(1, 3))):
                group.on(at, one_of(rng, *things), surface=k, tries=3)
        elif chance(rng, 0.8):
            width = (surface.x[1] - surface.x[0]) * span(rng, 0.35, 0.9)
            row = group.new("books", width=round(width, 3), height=min(surface.room - 0.02, 0.32))
            group.on(at, row, at=(one_side(rng), -0.6), surface=k)
        else:
            group.on(at, one_of(rng, "vase", "potted plant", "photo frame", "statue", "box", "globe"), surface=k)


def one_side(rng: Rng) -> float:
    """-1, 0 or 1: where on a shelf a row of books stands."""
    return float(rng.integers(-1, 2))


def reading_table(rng: Rng) -> Group:
    """A library table with chairs on both sides, lamps and books."""
    group = Group(rng, share=0.7)
    table = group.new("table", width=span(rng, 1.5, 1.9), depth=span(rng, 0.85, 1.0))
    at = group.put(table)
    poses = [
        (sx * table.width / 4, sy * table.depth * 0.28, 0.0 if sy > 0 else np.pi, (0.0, float(sy)))
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    ring_of_chairs(group, "chair", poses, drop=0.1)
    for label, p in (("lamp", 0.6), ("book", 0.8), ("book", 0.6), ("laptop", 0.4), ("paper", 0.4), ("globe", 0.15)):
        if chance(rng, p):
            group.on(at, label, yaw=None)
    low, high = group.extent()
    group.zone((float(low[0]) - 0.25, float(high[0]) + 0.25), (float(low[1]) - 0.25, float(high[1]) + 0.25))
    return group


def reception(rng: Rng) -> Group:
    """A counter with a screen and a chair behind it; visitors come from -y."""
    group = Group(rng)
    counter = group.new("reception desk")
    at = group.put(counter)
    group.clear(at)
    for label in ("telephone", "vase", "laptop", "paper", "potted plant"):
        if chance(rng, 0.4):
            group.on(at, label, yaw=0.0)
    group.slide(group.new("office chair"), span(rng, -0.3, 0.3), counter.depth / 2 + 0.1, 0.0, (0, 0.06), optional=True)
    group.zone((-counter.width / 2, counter.width / 2), (counter.depth / 2 + 0.05, counter.depth / 2 + 0.9))
    return group


def waiting_row(rng: Rng) -> Group:
    """Chairs side by side against a wall, maybe an end table among them."""
    group = Group(rng, share=0.6)
    chair, table = group.new(one_of(rng, "chair", "chair", "armchair")), group.new("end table")
    x = 0.0
    n = int(rng.integers(2, 5))
    gap = int(rng.integers(0, n)) if chance(rng, 0.6) else -1
    for k in range(n):
        if k == gap:
            x += table.width / 2
            at = group.put(table, x, -table.depth / 2 - 0.05, optional=True)
            group.on(at, one_of(rng, "book", "lamp", "potted plant", "paper"))
            x += table.width / 2 + 0.05
        x += chair.width / 2
        index = group.put(chair, x, -chair.depth / 2 - 0.02, optional=k > 0)
        group.clear(index, 0.4)
        x += chair.width / 2 + 0.06
    return group
