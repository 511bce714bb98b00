"""Tables, desks and counters: level tops on legs. The working side of a desk faces -y."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, one_of, span
from sceneglot.synth.room import Material

Rng = np.random.Generator


def _rectangular(kit: Kit, rng: Rng, w: float, d: float, h: float, top: Material, style: str) -> None:
    """A rectangular top (w, d) at height h on a frame of the given style."""
    t = span(rng, 0.025, 0.045)
    frame = top if chance(rng, 0.55) else m.pick_one(rng, m.METAL, m.WOOD)
    kit.box(top, w, d, t, 0, 0, h - t)
    if style == "four-legged":
        thick = span(rng, 0.04, 0.08)
        kit.legs(frame, w - 0.04, d - 0.04, h - t, thick, round_=chance(rng, 0.3))
        for sy in (-1, 1):
            kit.box(frame, w - 0.2, 0.02, 0.07, 0, sy * (d / 2 - 0.06), h - t - 0.07)
    elif style == "trestle":
        for sx in (-1, 1):
            x = sx * (w / 2 - min(0.3, w / 5))
            kit.box(frame, 0.06, d - 0.12, 0.05, x, 0, 0)
            kit.box(frame, 0.06, 0.1, h - t - 0.1, x, 0, 0.05)
            kit.box(frame, 0.06, d - 0.2, 0.05, x, 0, h - t - 0.05)
        kit.box(frame, w - 2 * min(0.3, w / 5), 0.04, 0.08, 0, 0, h / 2)
    else:  # panel ends
        for sx in (-1, 1):
            kit.box(frame, t, d - 0.04, h - t, sx * (w / 2 - t))
    kit.surface(w - 0.06, d - 0.06, h)


def _round(kit: Kit, rng: Rng, r: float, h: float, top: Material, style: str) -> None:
    """A round top of radius r at height h."""
    t = 0.035
    frame = top if chance(rng, 0.5) else m.pick_one(rng, m.METAL, m.WOOD)
    kit.cylinder(top, r, t, 0, 0, h - t, n=24)
    if style == "pedestal":
        kit.cylinder(frame, min(0.05, r / 4), h - t - 0.03, 0, 0, 0.03, n=10)
        kit.cylinder(frame, r * 0.55, 0.03, n=16)
    else:
        for a in np.arange(4) * np.pi / 2 + np.pi / 4:
            x, y = r * float(np.cos(a)), r * float(np.sin(a))
            kit.rod(frame, (x * 0.55, y * 0.55, h - t), (x * 0.72, y * 0.72, 0), 0.022)
    kit.surface(r * 1.3, r * 1.3, h)


def dining_table(rng: Rng, seats: int | None = None) -> Piece:
    """Rectangular table for `seats` people (4, 6 or 8)."""
    n = seats or int(rng.integers(2, 5)) * 2
    kit = Kit()
    style = one_of(rng, "four-legged", "four-legged", "trestle")
    w, d = {2: 0.75, 4: 1.25, 6: 1.7, 8: 2.2}[n] + span(rng, -0.08, 0.08), span(rng, 0.78, 0.95)
    _rectangular(kit, rng, w, d, span(rng, 0.72, 0.77), m.pick_one(rng, m.WOOD, m.WOOD, m.STONE), style)
    return kit.piece(style, "rectangular")


def round_table(rng: Rng) -> Piece:
    """Round dining or meeting table."""
    kit = Kit()
    style = one_of(rng, "pedestal", "four-legged")
    _round(kit, rng, span(rng, 0.45, 0.65), span(rng, 0.71, 0.76), m.pick_one(rng, m.WOOD, m.STONE), style)
    return kit.piece(style, "round")


def table(rng: Rng, width: float | None = None, depth: float | None = None) -> Piece:
    """General-purpose rectangular table (classroom, workshop, reading room)."""
    kit = Kit()
    style = one_of(rng, "four-legged", "panel", "trestle")
    w, d = width or span(rng, 1.0, 1.6), depth or span(rng, 0.6, 0.8)
    _rectangular(kit, rng, w, d, span(rng, 0.71, 0.76), m.pick_one(rng, m.WOOD, m.WOOD, m.PALE_PLASTIC), style)
    return kit.piece(style, "square" if abs(w - d) < 0.05 else "rectangular")


def conference_table(rng: Rng, seats: int) -> Piece:
    """Long table for `seats` people, ends slightly drawn in or straight."""
    kit = Kit()
    w, d, h = 0.65 * (seats // 2) + 0.5, span(rng, 1.05, 1.3), span(rng, 0.73, 0.76)
    top = m.pick(rng, m.WOOD)
    kit.box(top, w, d, 0.04, 0, 0, h - 0.04)
    base = top if chance(rng, 0.5) else m.pick(rng, m.METAL)
    for sx in (-1, 1):
        kit.box(base, 0.12, d * 0.4, h - 0.06, sx * (w / 2 - 0.45), 0, 0.02)
        kit.box(base, 0.3, d * 0.55, 0.02, sx * (w / 2 - 0.45))
        kit.box(base, 0.3, d * 0.5, 0.02, sx * (w / 2 - 0.45), 0, h - 0.06)
    kit.surface(w - 0.1, d - 0.1, h)
    return kit.piece("double pedestal", "rectangular")


def coffee_table(rng: Rng) -> Piece:
    """Low table before a sofa."""
    kit = Kit()
    h = span(rng, 0.36, 0.48)
    kind = one_of(rng, "four-legged", "four-legged", "shelved", "round", "block")
    top = m.pick_one(rng, m.WOOD, m.WOOD, m.STONE)
    if kind == "round":
        style = one_of(rng, "pedestal", "four-legged")
        _round(kit, rng, span(rng, 0.35, 0.48), h, top, style)
        return kit.piece(style, "round")
    w, d = span(rng, 0.8, 1.2), span(rng, 0.5, 0.68)
    if kind == "block":
        kit.box(top, w, d, h)
        kit.surface(w - 0.06, d - 0.06, h)
    else:
        _rectangular(kit, rng, w, d, h, top, "four-legged")
    if kind == "shelved":
        kit.box(top, w - 0.1, d - 0.1, 0.02, 0, 0, 0.12)
        kit.surface(w - 0.25, d - 0.25, 0.14, room=h - 0.26)
    return kit.piece(kind, "rectangular")


def end_table(rng: Rng) -> Piece:
    """Small table beside a sofa or armchair."""
    kit = Kit()
    h = span(rng, 0.48, 0.6)
    top = m.pick_one(rng, m.WOOD, m.WOOD, m.STONE, m.METAL)
    if chance(rng, 0.5):
        style = one_of(rng, "pedestal", "four-legged")
        _round(kit, rng, span(rng, 0.22, 0.3), h, top, style)
        return kit.piece(style, "round")
    s = span(rng, 0.42, 0.55)
    _rectangular(kit, rng, s, s, h, top, "four-legged")
    return kit.piece("four-legged", "square")


def console_table(rng: Rng) -> Piece:
    """Narrow table against a wall."""
    kit = Kit()
    style = one_of(rng, "four-legged", "panel")
    _rectangular(kit, rng, span(rng, 0.9, 1.3), span(rng, 0.3, 0.38), span(rng, 0.74, 0.84), m.pick(rng, m.WOOD), style)
    return kit.piece(style, "rectangular")


def desk(rng: Rng, width: float | None = None) -> Piece:
    """Writing desk with drawers, plain desk, or L-shaped desk."""
    style = one_of(rng, "plain", "with drawers", "with drawers", "corner")
    kit = Kit()
    w, d, h = width or span(rng, 1.2, 1.7), span(rng, 0.65, 0.8), span(rng, 0.72, 0.77)
    top = m.pick(rng, m.WOOD)
    frame = top if chance(rng, 0.5) else m.pick(rng, m.METAL)
    if style == "corner" and not width:
        side = 1 if chance(rng, 0.5) else -1
        arm = span(rng, 0.5, 0.7)
        kit.box(top, w, d, 0.03, 0, 0, h - 0.03)
        kit.box(top, 0.5, arm, 0.03, side * (w / 2 - 0.25), -d / 2 - arm / 2, h - 0.03)
        kit.box(frame, 0.03, d + arm - 0.05, h - 0.03, side * (w / 2 - 0.03), -arm / 2)
        kit.box(frame, 0.03, d - 0.05, h - 0.03, -side * (w / 2 - 0.03))
        kit.box(frame, w - 0.1, 0.02, 0.35, 0, d / 2 - 0.05, h - 0.38)
        kit.surface(w - 0.7, d - 0.06, h, -side * 0.25)
        kit.surface(0.4, arm - 0.05, h, side * (w / 2 - 0.25), -d / 2 - arm / 2)
        return kit.piece("corner", "L-shaped")
    kit.box(top, w, d, 0.03, 0, 0, h - 0.03)
    kit.surface(w - 0.06, d - 0.06, h)
    if style == "with drawers":
        side = 1 if chance(rng, 0.5) else -1
        kit.box(frame, 0.4, d - 0.06, h - 0.08, side * (w / 2 - 0.22), 0, 0.05)
        kit.box(frame, 0.36, d - 0.12, 0.05, side * (w / 2 - 0.22))
        front = m.pick(rng, m.WOOD) if chance(rng, 0.3) else top
        for k in range(3):
            z = 0.09 + k * (h - 0.14) / 3
            kit.box(front, 0.37, 0.015, (h - 0.2) / 3, side * (w / 2 - 0.22), -d / 2 + 0.024, z)
            kit.box(m.pick(rng, m.STEEL), 0.1, 0.015, 0.015, side * (w / 2 - 0.22), -d / 2 + 0.01, z + 0.1)
        kit.box(frame, 0.03, d - 0.06, h - 0.03, -side * (w / 2 - 0.03))
        kit.box(frame, w - 0.5, 0.02, 0.3, -side * 0.2, d / 2 - 0.05, h - 0.33)
    else:
        kit.legs(frame, w - 0.04, d - 0.04, h - 0.03, 0.05)
    return kit.piece("plain" if style == "corner" else style, "rectangular")


def school_desk(rng: Rng) -> Piece:
    """Single pupil's desk with a book shelf under the top."""
    kit = Kit()
    w, d, h = span(rng, 0.62, 0.72), span(rng, 0.48, 0.56), span(rng, 0.7, 0.75)
    top, frame = m.pick(rng, m.WOOD), m.pick_one(rng, m.METAL, m.DARK_METAL)
    kit.box(top, w, d, 0.025, 0, 0, h - 0.025)
    kit.box(frame, w - 0.08, d * 0.6, 0.01, 0, d * 0.15, h - 0.14)
    kit.legs(frame, w - 0.02, d - 0.02, h - 0.025, 0.03)
    kit.surface(w - 0.06, d - 0.06, h)
    return kit.piece("single", "rectangular")


def counter(
    rng: Rng,
    length: float | None = None,
    depth: float = 0.62,
    sink: tuple[float, float, float] | None = None,
    top: Material | None = None,
) -> Piece:
    """Work top with a splash back; lies on base cabinets, z = 0 is its underside.

    Args:
        length: along x, metres.
        sink: (x, width, depth) of the opening left for a sink, x from the left end's middle frame (0 = centre).
        top: what it is made of.
    """
    kit = Kit()
    w = length or span(rng, 2.0, 2.8)
    stone = top or m.pick_one(rng, m.STONE, m.STONE, m.WOOD)
    t = 0.04
    if sink is None:
        kit.box(stone, w, depth, t)
        kit.surface(w - 0.1, depth - 0.1, t)
    else:
        x, hole_w, hole_d = sink
        y = -0.01
        left, right = x - hole_w / 2 + w / 2, w / 2 - x - hole_w / 2
        kit.box(stone, left, depth, t, -w / 2 + left / 2)
        kit.box(stone, right, depth, t, w / 2 - right / 2)
        front, rear = y - hole_d / 2 + depth / 2, depth / 2 - y - hole_d / 2
        kit.box(stone, hole_w, front, t, x, -depth / 2 + front / 2)
        kit.box(stone, hole_w, rear, t, x, depth / 2 - rear / 2)
        for centre, width in ((-w / 2 + left / 2, left), (w / 2 - right / 2, right)):
            if width > 0.35:
                kit.surface(width - 0.15, depth - 0.12, t, centre)
    kit.box(stone, w, 0.02, span(rng, 0.14, 0.26), 0, depth / 2 - 0.01, t)
    return kit.piece("with splash back", "rectangular")


def reception_desk(rng: Rng) -> Piece:
    """High free-standing desk for visitors to step up to; staff sit at +y."""
    kit = Kit()
    w, d, h = span(rng, 1.6, 2.4), span(rng, 0.5, 0.65), span(rng, 0.95, 1.1)
    front, top = m.pick(rng, m.WOOD), m.pick_one(rng, m.STONE, m.WOOD)
    kit.box(front, w - 0.1, 0.04, h - 0.04, 0, -d / 2 + 0.1)
    for sx in (-1, 1):
        kit.box(front, 0.04, d - 0.16, h - 0.04, sx * (w / 2 - 0.07), 0.03)
    kit.box(front, w - 0.2, d - 0.25, 0.03, 0, 0.02, 0.72)
    kit.box(top, w, d, 0.04, 0, 0, h - 0.04)
    kit.surface(w - 0.1, d - 0.1, h)
    return kit.piece("free-standing", "rectangular")


def lectern(rng: Rng) -> Piece:
    """Speaker's stand; the speaker stands at +y and looks towards -y."""
    kit = Kit()
    w, d, h = span(rng, 0.5, 0.6), span(rng, 0.42, 0.5), span(rng, 1.05, 1.15)
    wood = m.pick(rng, m.WOOD)
    kit.box(wood, w, d, 0.04)
    kit.box(wood, w * 0.8, d * 0.6, h - 0.1, 0, -0.04, 0.04)
    kit.box(wood, w, d, 0.04, 0, 0, h - 0.06)
    kit.box(wood, w, 0.03, 0.08, 0, -d / 2 + 0.015, h - 0.02)
    kit.surface(w - 0.1, d - 0.12, h - 0.02, 0, 0.03)
    return kit.piece("standing")


def ping_pong_table(rng: Rng) -> Piece:
    """Table-tennis table with net."""
    kit = Kit()
    top, line = m.pick(rng, m.PLASTIC, "blue", "green"), m.pick(rng, m.PLASTIC, "white")
    kit.box(top, 1.525, 2.74, 0.03, 0, 0, 0.73)
    kit.box(line, 0.02, 2.74, 0.003, 0, 0, 0.76)
    kit.box(line, 1.83, 0.02, 0.15, 0, 0, 0.763)
    kit.legs(m.pick(rng, m.DARK_METAL), 1.3, 2.3, 0.73, 0.05)
    return kit.piece("folding", "rectangular")
