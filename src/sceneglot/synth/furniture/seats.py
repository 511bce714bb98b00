"""Things to sit on. Local frame of `Item`: the sitter looks towards -y."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, one_of, span
from sceneglot.synth.room import Material
from sceneglot.synth.solids import cushion, ellipsoid, torus, turned

Rng = np.random.Generator


def chair(rng: Rng) -> Piece:
    """Dining or visitor chair."""
    style = one_of(rng, "four-legged", "four-legged", "upholstered", "slatted", "cantilever", "shell", "folding")
    kit = Kit()
    w, d = span(rng, 0.43, 0.55), span(rng, 0.45, 0.57)
    seat, back = span(rng, 0.42, 0.46), span(rng, 0.3, 0.42)
    frame = m.pick_one(rng, m.WOOD, m.METAL)
    rear = d / 2 - 0.02
    if style == "shell":
        body = m.pick(rng, m.PLASTIC)
        kit.add(body, cushion(w, d, 0.04, (0, 0, seat - 0.04), 0.9))
        kit.add(body, turned(cushion(w * 0.95, 0.04, back, (0, rear, seat), 0.9), "x", -0.12, (0, rear, seat)))
        for sx in (-1, 1):
            for sy in (-1, 1):
                kit.rod(frame, (sx * w * 0.3, sy * d * 0.3, seat - 0.03), (sx * w * 0.46, sy * d * 0.46, 0), 0.015)
        return kit.piece(style)
    if style == "cantilever":
        cloth = m.pick_one(rng, m.FABRIC, m.LEATHER)
        steel = m.pick(rng, m.STEEL)
        for sx in (-1, 1):
            x = sx * (w / 2 - 0.015)
            kit.box(steel, 0.025, d, 0.025, x, 0, 0)
            kit.box(steel, 0.025, 0.025, seat, x, -d / 2 + 0.013, 0)
            kit.box(steel, 0.025, d, 0.025, x, 0, seat - 0.05)
            kit.box(steel, 0.025, 0.025, back + 0.05, x, d / 2 - 0.013, seat - 0.05)
        kit.box(steel, w, 0.025, 0.025, 0, d / 2 - 0.013, 0)
        kit.cushion(cloth, w - 0.02, d - 0.04, 0.05, 0, -0.01, seat - 0.025)
        kit.cushion(cloth, w - 0.02, 0.05, back * 0.6, 0, d / 2 - 0.05, seat + back * 0.4)
        return kit.piece(style)
    thick = 0.025 if style == "folding" else 0.04
    kit.legs(frame, w, d, seat - 0.03, thick, round_=chance(rng, 0.3))
    if style == "upholstered":
        cloth = m.pick_one(rng, m.FABRIC, m.LEATHER)
        kit.cushion(cloth, w, d, 0.09, 0, 0, seat - 0.04)
        kit.add(cloth, turned(cushion(w, 0.08, back + 0.05, (0, rear, seat), 0.6), "x", -0.1, (0, rear, seat)))
        return kit.piece(style)
    top = m.pick(rng, m.PLASTIC) if style == "folding" else frame
    kit.box(top, w, d, 0.03, 0, 0, seat - 0.03)
    for sx in (-1, 1):
        kit.box(frame, thick, thick, back, sx * (w - thick) / 2, rear, seat)
    if style == "slatted":
        for x in np.linspace(-w / 2 + 0.1, w / 2 - 0.1, 4):
            kit.box(frame, 0.025, 0.015, back - 0.06, float(x), rear, seat)
        kit.box(frame, w, 0.03, 0.06, 0, rear, seat + back - 0.06)
    else:
        kit.box(top, w - thick, 0.02, back * 0.55, 0, rear, seat + back * 0.45)
    return kit.piece(style)


def office_chair(rng: Rng) -> Piece:
    """Swivel chair on a five-star base."""
    kit = Kit()
    dark, cloth = m.pick(rng, m.DARK_PLASTIC, "black", "gray"), m.pick_one(rng, m.FABRIC, m.LEATHER)
    r, seat = span(rng, 0.28, 0.32), span(rng, 0.42, 0.48)
    w, d, back = span(rng, 0.46, 0.54), span(rng, 0.45, 0.52), span(rng, 0.32, 0.48)
    for a in np.arange(5) * 2 * np.pi / 5 + np.pi / 2:
        x, y = r * float(np.cos(a)), r * float(np.sin(a))
        kit.rod(dark, (0, 0, 0.11), (x * 0.95, y * 0.95, 0.08), 0.022)
        kit.cylinder(dark, 0.03, 0.06, x * 0.92, y * 0.92, 0, n=6)
    kit.cylinder(m.pick(rng, m.STEEL), 0.03, seat - 0.14, 0, 0, 0.08, n=8)
    kit.cushion(cloth, w, d, 0.08, 0, 0, seat - 0.06)
    kit.box(dark, 0.06, 0.03, 0.22, 0, d / 2, seat - 0.04)
    kit.add(cloth, turned(cushion(w * 0.94, 0.07, back, (0, d / 2, seat + 0.06), 0.7), "x", -0.1, (0, d / 2, seat)))
    armed = chance(rng, 0.65)
    if armed:
        for sx in (-1, 1):
            x = sx * (w / 2 + 0.03)
            kit.box(dark, 0.03, 0.05, 0.2, x, 0.02, seat - 0.04)
            kit.box(dark, 0.06, 0.26, 0.03, x, 0, seat + 0.16)
            kit.box(dark, 0.06, 0.06, 0.02, sx * w / 2, 0.02, seat - 0.06)
    return kit.piece("swivel with armrests" if armed else "swivel")


def sofa(rng: Rng, seats: int | None = None) -> Piece:
    """Two- or three-seat sofa, sometimes with a corner chaise."""
    n = seats or int(rng.integers(2, 4))
    cloth = m.pick_one(rng, m.FABRIC, m.FABRIC, m.LEATHER)
    corner = seats is None and chance(rng, 0.2)
    kit, w, d, seat = _sofa_frame(cloth, rng, n)
    if corner:
        side = 1 if chance(rng, 0.5) else -1
        length = span(rng, 0.5, 0.7)
        kit.cushion(cloth, 0.78, length, seat - 0.06, side * (w / 2 - 0.4), -d / 2 - length / 2, 0.06, soft=0.3)
    return kit.piece("corner" if corner else f"{('one', 'two', 'three')[n - 1]}-seat", "L-shaped" if corner else "")


def armchair(rng: Rng) -> Piece:
    """Padded chair with arms."""
    cloth = m.pick_one(rng, m.FABRIC, m.LEATHER)
    kit, *_ = _sofa_frame(cloth, rng, 1)
    return kit.piece("upholstered")


def _sofa_frame(cloth: Material, rng: Rng, n: int) -> tuple[Kit, float, float, float]:
    """Frame, cushions and arms for n seats; returns kit, width, depth and seat height."""
    kit = Kit()
    unit = span(rng, 0.56, 0.66)
    arm, d = span(rng, 0.1, 0.22), span(rng, 0.82, 0.98)
    seat, top, arm_top = span(rng, 0.4, 0.46), span(rng, 0.74, 0.92), span(rng, 0.52, 0.64)
    inner = unit * n
    w = inner + 2 * arm
    kit.legs(m.pick_one(rng, m.DARK_WOOD, m.DARK_METAL), w - 0.06, d - 0.06, 0.08, 0.05)
    kit.cushion(cloth, w, d, seat - 0.22, 0, 0, 0.08, soft=0.2)
    kit.cushion(cloth, w - 0.02, 0.22, top - 0.1, 0, d / 2 - 0.11, 0.1, soft=0.5)
    for sx in (-1, 1):
        kit.cushion(cloth, arm, d - 0.02, arm_top - 0.1, sx * (w - arm) / 2, 0, 0.1, soft=0.5)
    for k in range(n):
        x = (k - (n - 1) / 2) * unit
        kit.cushion(cloth, unit - 0.01, d - 0.24, 0.16, x, -0.11, seat - 0.15, soft=0.4)
        kit.add(
            cloth,
            turned(cushion(unit - 0.02, 0.14, top - seat, (x, d / 2 - 0.28, seat), 0.7), "x", -0.12, (x, 0.2, seat)),
        )
    kit.surface(inner - 0.1, 0.3, seat + 0.01, 0, -0.2, room=1.0)
    return kit, w, d, seat


def stool(rng: Rng) -> Piece:
    """Round or square seat without back; bar height now and then."""
    kit = Kit()
    bar = chance(rng, 0.3)
    h, r = (span(rng, 0.65, 0.78) if bar else span(rng, 0.42, 0.5)), span(rng, 0.16, 0.2)
    frame = m.pick_one(rng, m.WOOD, m.METAL)
    top = m.pick_one(rng, m.WOOD, m.LEATHER, m.PLASTIC)
    square = chance(rng, 0.3)
    if square:
        kit.box(top, 2 * r, 2 * r, 0.04, 0, 0, h - 0.04)
    else:
        kit.cylinder(top, r, 0.05, 0, 0, h - 0.05, n=16)
    for sx in (-1, 1):
        for sy in (-1, 1):
            kit.rod(frame, (sx * r * 0.6, sy * r * 0.6, h - 0.05), (sx * r * 0.95, sy * r * 0.95, 0), 0.016)
    if bar:
        kit.add(frame, torus(r * 1.15, 0.012, (0, 0, 0.25)))
    kit.surface(r, r, h)
    return kit.piece("bar" if bar else "four-legged", "square" if square else "round")


def bench(rng: Rng) -> Piece:
    """Long seat without back."""
    kit = Kit()
    w, d, h = span(rng, 1.0, 1.6), span(rng, 0.34, 0.45), span(rng, 0.42, 0.48)
    frame = m.pick_one(rng, m.WOOD, m.METAL)
    padded = chance(rng, 0.4)
    if padded:
        kit.cushion(m.pick_one(rng, m.FABRIC, m.LEATHER), w, d, 0.1, 0, 0, h - 0.1)
        kit.legs(frame, w - 0.1, d - 0.04, h - 0.09, 0.05)
    else:
        kit.box(frame, w, d, 0.04, 0, 0, h - 0.04)
        for sx in (-1, 1):
            kit.box(frame, 0.05, d - 0.06, h - 0.04, sx * (w / 2 - 0.15))
    kit.surface(w - 0.2, d - 0.1, h)
    return kit.piece("padded" if padded else "plain", "rectangular")


def ottoman(rng: Rng) -> Piece:
    """Padded footstool."""
    kit = Kit()
    cloth = m.pick_one(rng, m.FABRIC, m.LEATHER)
    h = span(rng, 0.38, 0.46)
    if chance(rng, 0.45):
        r = span(rng, 0.26, 0.38)
        kit.cylinder(cloth, r * 0.95, h, n=18, top=r)
        kit.surface(r, r, h)
        return kit.piece("pouf", "round")
    w, d = span(rng, 0.5, 0.85), span(rng, 0.45, 0.6)
    kit.legs(m.pick(rng, m.DARK_WOOD), w - 0.06, d - 0.06, 0.08, 0.04)
    kit.cushion(cloth, w, d, h - 0.08, 0, 0, 0.08, soft=0.3)
    kit.surface(w - 0.2, d - 0.2, h)
    return kit.piece("upholstered", "rectangular")


def beanbag(rng: Rng) -> Piece:
    """Sack to slump in."""
    kit = Kit()
    r = span(rng, 0.36, 0.45)
    cloth = m.pick(rng, m.CLOTH)
    kit.add(
        cloth, ellipsoid(r, r, 0.2, (0, 0, 0.2), 14, 6), ellipsoid(r * 0.75, r * 0.5, 0.3, (0, r * 0.35, 0.4), 12, 6)
    )
    kit.cylinder(cloth, r * 0.6, 0.1, n=14)
    return kit.piece("soft", "round")


def chaise(rng: Rng) -> Piece:
    """Lounger for one person to lie on; the head end is at +y."""
    kit = Kit()
    w, d = span(rng, 0.62, 0.75), span(rng, 1.4, 1.6)
    cloth = m.pick_one(rng, m.FABRIC, m.LEATHER)
    kit.legs(m.pick_one(rng, m.DARK_WOOD, m.STEEL), w - 0.05, d - 0.1, 0.16, 0.04)
    kit.cushion(cloth, w, d, 0.22, 0, 0, 0.15)
    kit.add(cloth, turned(cushion(w, 0.16, 0.5, (0, d / 2 - 0.1, 0.33), 0.6), "x", -0.35, (0, d / 2 - 0.1, 0.33)))
    return kit.piece("upholstered")


def stacked_chairs(rng: Rng) -> Piece:
    """A pile of equal plastic chairs."""
    kit = Kit()
    body, frame = m.pick(rng, m.PLASTIC), m.pick(rng, m.STEEL)
    n = int(rng.integers(3, 6))
    for k in range(n):
        z = 0.42 + 0.09 * k
        kit.cushion(body, 0.44, 0.44, 0.04, 0, -0.02 * k, z, soft=0.8)
        kit.cushion(body, 0.42, 0.03, 0.34, 0, 0.22 - 0.02 * k, z + 0.03, soft=0.8)
    for sx in (-1, 1):
        for sy in (-1, 1):
            kit.rod(frame, (sx * 0.18, sy * 0.18, 0.43), (sx * 0.23, sy * 0.22, 0), 0.015)
    return kit.piece("stacked")
