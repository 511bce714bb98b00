"""Furniture to keep things in: cabinets, shelves, dressers, racks. Doors and drawers open towards -y."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, one_of, span
from sceneglot.synth.room import Material

Rng = np.random.Generator


def _handle(kit: Kit, steel: Material, x: float, y: float, z: float, upright: bool) -> None:
    kit.box(steel, 0.015 if upright else 0.12, 0.02, 0.12 if upright else 0.015, x, y, z)


def _doors(kit: Kit, rng: Rng, front: Material, w: float, h: float, y: float, z: float, n: int) -> None:
    """n doors side by side over (w, h), their faces before the plane y."""
    steel = m.pick_one(rng, m.STEEL, m.DARK_METAL)
    each = w / n
    for k in range(n):
        x = (k - (n - 1) / 2) * each
        kit.box(front, each - 0.012, 0.018, h - 0.012, x, y - 0.009, z + 0.006)
        side = 1 if k < n / 2 else -1
        _handle(kit, steel, x + side * (each / 2 - 0.05), y - 0.028, z + h / 2, upright=True)


def _drawers(kit: Kit, rng: Rng, front: Material, w: float, h: float, y: float, z: float, rows: int, cols: int = 1):
    """rows x cols drawer fronts over (w, h) before the plane y."""
    steel = m.pick_one(rng, m.STEEL, m.DARK_METAL)
    for r in range(rows):
        for c in range(cols):
            x, bottom = (c - (cols - 1) / 2) * w / cols, z + r * h / rows
            kit.box(front, w / cols - 0.012, 0.018, h / rows - 0.012, x, y - 0.009, bottom + 0.006)
            _handle(kit, steel, x, y - 0.028, bottom + h / rows * 0.6, upright=False)


def _shelving(kit: Kit, wood: Material, w: float, d: float, h: float, levels: list[float], back: bool) -> None:
    """Two sides, boards at the given heights, a top board, maybe a back; every bay becomes a surface."""
    t = 0.025
    for sx in (-1, 1):
        kit.box(wood, t, d, h, sx * (w - t) / 2)
    if back:
        kit.box(wood, w - 2 * t, 0.012, h, 0, d / 2 - 0.006)
    for z in [*levels, h - t]:
        kit.box(wood, w - 2 * t, d - 0.012, t, 0, -0.006, z)
    ceilings = [*levels[1:], h - t]
    for z, above in zip(levels, ceilings):
        kit.surface(w - 2 * t - 0.01, d - 0.03, z + t, 0, -0.01, room=above - z - t)


def cabinet(rng: Rng, width: float | None = None) -> Piece:
    """Closed cabinet with doors, low or tall."""
    style = one_of(rng, "low", "low", "tall", "glass-front")
    kit = Kit()
    w, d = width or span(rng, 0.75, 1.25), span(rng, 0.4, 0.5)
    h = span(rng, 1.5, 1.95) if style == "tall" else span(rng, 0.72, 1.0)
    body = m.pick_one(rng, m.WOOD, m.WOOD, m.METAL)
    front = body if chance(rng, 0.7) else m.pick(rng, m.WOOD)
    kit.box(body, w - 0.04, d - 0.06, 0.06, 0, 0.01)
    kit.box(body, w, d - 0.02, h - 0.06, 0, 0.01, 0.06)
    _doors(kit, rng, front, w, h - 0.1, -d / 2 + 0.02, 0.08, 1 if w < 0.6 else 2)
    if style != "tall":
        kit.surface(w - 0.06, d - 0.1, h, 0, 0.02)
    return kit.piece("tall" if style == "tall" else "low", "rectangular")


def base_cabinet(
    rng: Rng, width: float, body: Material | None = None, front: Material | None = None, height: float = 0.86
) -> Piece:
    """Kitchen cabinet open at the top: a counter lies on its sides, a sink may hang into it."""
    kit = Kit()
    body = body or m.pick(rng, m.WOOD)
    front = front or body
    w, d, t = width, 0.58, 0.02
    for sx in (-1, 1):
        kit.box(body, t, d - 0.02, height, sx * (w - t) / 2, 0.01)
    kit.box(body, w - 2 * t, d - 0.1, t, 0, 0.03, 0.1)
    kit.box(body, w - 2 * t, t, height, 0, d / 2 - t / 2)
    kit.box(body, w - 2 * t, t, 0.1, 0, -d / 2 + 0.08)
    if chance(rng, 0.4):
        _drawers(kit, rng, front, w, height - 0.12, -d / 2 + 0.02, 0.11, 3)
    else:
        _doors(kit, rng, front, w, height - 0.12, -d / 2 + 0.02, 0.11, 1 if w < 0.55 else 2)
    return kit.piece("base", "rectangular")


def wall_cabinet(
    rng: Rng, width: float | None = None, body: Material | None = None, front: Material | None = None
) -> Piece:
    """Cabinet hung on a wall, over a counter."""
    kit = Kit()
    w, d, h = width or span(rng, 0.5, 0.9), 0.33, span(rng, 0.58, 0.7)
    body = body or m.pick(rng, m.WOOD)
    kit.box(body, w, d - 0.02, h, 0, 0.01)
    _doors(kit, rng, front or body, w, h, -d / 2 + 0.02, 0.0, 1 if w < 0.55 else 2)
    return kit.piece("hanging", "rectangular", hung=True)


def bookshelf(rng: Rng, width: float | None = None, height: float | None = None) -> Piece:
    """Open shelves with a back, for books."""
    kit = Kit()
    w, d = width or span(rng, 0.8, 1.6), span(rng, 0.3, 0.44)
    h = height or (span(rng, 1.6, 2.1) if chance(rng, 0.7) else span(rng, 0.85, 1.2))
    rows = max(2, round(h / 0.37))
    levels = [0.06 + k * (h - 0.08) / rows for k in range(rows)]
    _shelving(kit, m.pick(rng, m.WOOD), w, d, h, levels, back=True)
    kit.surface(w - 0.06, d - 0.04, h, room=max(0.0, 1.5 - h))
    return kit.piece("tall" if h > 1.4 else "low", "rectangular")


def shelf(rng: Rng) -> Piece:
    """Open rack on posts: storage room, garage, store."""
    kit = Kit()
    w, d, h = span(rng, 0.9, 1.4), span(rng, 0.38, 0.5), span(rng, 1.5, 2.0)
    post, board = m.pick_one(rng, m.METAL, m.WOOD), m.pick_one(rng, m.WOOD, m.METAL)
    rows = int(rng.integers(3, 5))
    kit.legs(post, w, d, h, 0.035)
    levels = [0.1 + k * (h - 0.14) / rows for k in range(rows + 1)]
    for z, above in zip(levels, [*levels[1:], h + 0.5]):
        kit.box(board, w - 0.07, d, 0.025, 0, 0, z)
        kit.surface(w - 0.12, d - 0.06, z + 0.025, room=above - z - 0.03)
    return kit.piece("open rack", "rectangular")


def wall_shelf(rng: Rng) -> Piece:
    """Board on brackets on a wall."""
    kit = Kit()
    w, d = span(rng, 0.6, 1.1), span(rng, 0.2, 0.26)
    wood = m.pick(rng, m.WOOD)
    kit.box(wood, w, d, 0.025, 0, 0, 0.12)
    for sx in (-1, 1):
        kit.box(m.pick(rng, m.DARK_METAL), 0.02, d - 0.04, 0.12, sx * (w / 2 - 0.12), 0.02)
    kit.surface(w - 0.04, d - 0.03, 0.145, room=0.5)
    return kit.piece("floating", hung=True)


def cubbies(rng: Rng) -> Piece:
    """Grid of open compartments."""
    kit = Kit()
    cols, rows, s = int(rng.integers(2, 5)), int(rng.integers(2, 4)), span(rng, 0.33, 0.4)
    wood, d, t = m.pick(rng, m.WOOD), 0.36, 0.022
    w, h = cols * s + t, rows * s + t
    kit.box(wood, w - 2 * t, 0.01, h, 0, d / 2 - 0.005)
    for c in (0, cols):
        kit.box(wood, t, d, h, c * s - w / 2 + t / 2)
    for r in range(rows + 1):
        kit.box(wood, w - 2 * t, d - 0.01, t, 0, -0.005, r * s)
    for r in range(rows):
        for c in range(cols):
            if c:
                kit.box(wood, t, d - 0.01, s - t, c * s - w / 2 + t / 2, -0.005, r * s + t)
            kit.surface(s - 2 * t, d - 0.05, r * s + t, (c + 0.5) * s - w / 2 + t / 2, -0.015, room=s - t)
    kit.surface(w - 0.06, d - 0.06, h, room=max(0.0, 1.5 - h))
    return kit.piece("cubed", "rectangular")


def nightstand(rng: Rng) -> Piece:
    """Small drawer chest beside a bed."""
    kit = Kit()
    w, d, h = span(rng, 0.4, 0.55), span(rng, 0.38, 0.46), span(rng, 0.48, 0.66)
    wood = m.pick(rng, m.WOOD)
    if chance(rng, 0.4):
        kit.legs(wood, w, d, 0.14, 0.04)
        base = 0.14
    else:
        kit.box(wood, w - 0.04, d - 0.06, 0.05)
        base = 0.05
    kit.box(wood, w, d - 0.02, h - base, 0, 0.01, base)
    _drawers(kit, rng, wood, w, h - base - 0.04, -d / 2 + 0.02, base + 0.02, int(rng.integers(1, 4)))
    kit.surface(w - 0.04, d - 0.06, h)
    return kit.piece("with drawers", "square")


def dresser(rng: Rng) -> Piece:
    """Chest of drawers for clothes."""
    kit = Kit()
    wide = chance(rng, 0.5)
    w, h = (span(rng, 1.2, 1.5), span(rng, 0.75, 0.9)) if wide else (span(rng, 0.75, 0.95), span(rng, 0.95, 1.25))
    d, wood = span(rng, 0.45, 0.52), m.pick(rng, m.WOOD)
    kit.legs(wood, w - 0.02, d - 0.04, 0.1, 0.05)
    kit.box(wood, w, d - 0.02, h - 0.1, 0, 0.01, 0.1)
    _drawers(kit, rng, wood, w, h - 0.16, -d / 2 + 0.02, 0.13, 3 if wide else 4, 2 if wide else 1)
    kit.surface(w - 0.06, d - 0.08, h)
    return kit.piece("wide" if wide else "tall", "rectangular")


def wardrobe(rng: Rng) -> Piece:
    """Tall closet with doors."""
    kit = Kit()
    n = int(rng.integers(2, 4))
    w, d, h = n * span(rng, 0.42, 0.55), span(rng, 0.55, 0.64), span(rng, 1.85, 2.15)
    wood = m.pick(rng, m.WOOD)
    kit.box(wood, w, d - 0.02, h, 0, 0.01)
    _doors(kit, rng, wood if chance(rng, 0.7) else m.pick(rng, m.WOOD), w, h - 0.1, -d / 2 + 0.02, 0.06, n)
    kit.box(wood, w + 0.04, d, 0.04, 0, 0, h)
    return kit.piece(f"{('two', 'three')[n - 2]}-door", "rectangular")


def file_cabinet(rng: Rng) -> Piece:
    """Metal drawer cabinet for files; low ones roll under a desk."""
    kit = Kit()
    rows = int(rng.integers(2, 5))
    w, d, h = span(rng, 0.4, 0.48), span(rng, 0.5, 0.62), 0.32 * rows
    body = m.pick(rng, m.METAL)
    kit.box(body, w, d - 0.02, h, 0, 0.01)
    _drawers(kit, rng, body, w, h - 0.04, -d / 2 + 0.02, 0.02, rows)
    kit.surface(w - 0.04, d - 0.06, h)
    return kit.piece(f"{('two', 'three', 'four')[rows - 2]}-drawer", "rectangular")


def locker(rng: Rng) -> Piece:
    """Bank of narrow metal lockers."""
    kit = Kit()
    n = int(rng.integers(3, 6))
    w, d, h = n * 0.3, 0.45, span(rng, 1.7, 1.9)
    body = m.pick(rng, m.ENAMEL, "gray", "blue", "green", "red", "white")
    kit.box(body, w, d - 0.02, h, 0, 0.01)
    _doors(kit, rng, body, w, h - 0.1, -d / 2 + 0.02, 0.08, n)
    return kit.piece("tall", "rectangular")


def tv_stand(rng: Rng) -> Piece:
    """Low media bench with an open bay and drawers."""
    kit = Kit()
    w, d, h = span(rng, 1.1, 1.7), span(rng, 0.38, 0.46), span(rng, 0.42, 0.58)
    wood, t = m.pick(rng, m.WOOD), 0.025
    kit.box(wood, w, d, t, 0, 0, h - t)
    kit.box(wood, w, d, t, 0, 0, 0.06)
    kit.box(wood, w - 0.1, d - 0.1, 0.06)
    kit.box(wood, w, 0.015, h - 0.06 - 2 * t, 0, d / 2 - 0.0075, 0.06 + t)
    bay = w / 3
    for sx in (-1, 1):
        kit.box(wood, bay, d - 0.035, h - 0.06 - 2 * t, sx * bay, 0.0025, 0.06 + t)
        kit.box(m.pick(rng, m.STEEL), 0.12, 0.02, 0.015, sx * bay, -d / 2 + 0.012, h / 2)
    kit.surface(bay - 0.04, d - 0.06, 0.06 + t, room=h - 0.06 - 2 * t)
    kit.surface(w - 0.06, d - 0.04, h)
    return kit.piece("low", "rectangular")


def shoe_rack(rng: Rng) -> Piece:
    """Two or three slatted levels for shoes."""
    kit = Kit()
    w, d, n = span(rng, 0.6, 0.9), span(rng, 0.28, 0.34), int(rng.integers(2, 4))
    frame = m.pick_one(rng, m.WOOD, m.METAL)
    h = 0.08 + 0.22 * (n - 1) + 0.06
    kit.legs(frame, w, d, h, 0.025)
    for k in range(n):
        kit.box(frame, w - 0.05, d, 0.02, 0, 0, 0.06 + 0.22 * k)
        kit.surface(w - 0.08, d - 0.02, 0.08 + 0.22 * k, room=0.2 if k < n - 1 else 0.6)
    return kit.piece("open", "rectangular")


def coat_rack(rng: Rng) -> Piece:
    """Standing coat tree."""
    kit = Kit()
    frame, h = m.pick_one(rng, m.WOOD, m.DARK_METAL), span(rng, 1.65, 1.85)
    kit.cylinder(frame, 0.022, h, n=8)
    kit.cylinder(frame, 0.225, 0.03, n=16)
    for a in np.arange(6) * np.pi / 3:
        c, s = float(np.cos(a)), float(np.sin(a))
        kit.rod(frame, (0, 0, h - 0.12), (c * 0.16, s * 0.16, h), 0.012)
    if chance(rng, 0.6):
        coat = m.pick(rng, m.CLOTH)
        kit.cushion(coat, 0.24, 0.12, 0.8, 0.13, 0, h - 0.95, soft=0.8)
    return kit.piece("standing")
