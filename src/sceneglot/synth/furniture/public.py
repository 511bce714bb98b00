"""Large things of music rooms, gyms and workplaces."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, span
from sceneglot.synth.solids import cylinder, lathe, torus, turned

Rng = np.random.Generator


def piano(rng: Rng) -> Piece:
    """Upright piano; the keys are at -y."""
    kit = Kit()
    wood = m.pick(rng, m.WOOD, "black", "black", "brown", "white")
    w, d, h = span(rng, 1.4, 1.5), 0.58, span(rng, 1.1, 1.25)
    kit.box(wood, w, 0.32, h, 0, d / 2 - 0.16)
    kit.box(wood, w, 0.28, 0.1, 0, -d / 2 + 0.14, 0.6)
    kit.box(m.pick(rng, m.PALE_PLASTIC, "white"), w - 0.14, 0.15, 0.015, 0, -d / 2 + 0.1, 0.7)
    dark = m.pick(rng, m.PLASTIC, "black")
    for x in np.linspace(-w / 2 + 0.15, w / 2 - 0.15, 14):
        kit.box(dark, 0.022, 0.09, 0.012, float(x), -d / 2 + 0.13, 0.715)
    for sx in (-1, 1):
        kit.box(wood, 0.07, 0.07, 0.6, sx * (w / 2 - 0.05), -d / 2 + 0.06)
    kit.surface(w - 0.1, 0.24, h, 0, d / 2 - 0.16, room=0.6)
    return kit.piece("upright")


def treadmill(rng: Rng) -> Piece:
    """Running machine; the runner looks towards +y where the console is, and gets on from -y."""
    kit = Kit()
    dark, steel = m.pick(rng, m.DARK_PLASTIC, "black"), m.pick(rng, m.METAL)
    w, d = span(rng, 0.7, 0.8), span(rng, 1.6, 1.8)
    kit.box(steel, w, d, 0.14, 0, 0)
    kit.box(m.pick(rng, m.RUBBER, "black"), w - 0.2, d - 0.2, 0.015, 0, -0.05, 0.14)
    for sx in (-1, 1):
        kit.box(steel, 0.06, 0.1, 1.05, sx * (w / 2 - 0.03), d / 2 - 0.12, 0.14)
        kit.box(steel, 0.05, 0.5, 0.05, sx * (w / 2 - 0.03), d / 2 - 0.4, 0.95)
    kit.box(dark, w, 0.12, 0.3, 0, d / 2 - 0.1, 1.15)
    kit.box(m.pick(rng, m.SCREEN), 0.3, 0.02, 0.2, 0, d / 2 - 0.165, 1.2)
    return kit.piece("motorised")


def exercise_bike(rng: Rng) -> Piece:
    """Stationary bicycle; the rider looks towards -y."""
    kit = Kit()
    frame, dark = m.pick(rng, m.PLASTIC, "red", "blue", "black", "gray"), m.pick(rng, m.DARK_PLASTIC, "black")
    for y in (-0.45, 0.42):
        kit.box(frame, 0.5, 0.08, 0.07, 0, y)
    kit.box(frame, 0.07, 0.8, 0.07, 0, 0, 0.03)
    wheel = turned(cylinder(0.24, 0.08, n=20), "y", np.pi / 2)
    kit.add(dark, wheel._replace(vertices=wheel.vertices + (-0.04, -0.28, 0.36)))
    kit.rod(frame, (0, 0.2, 0.08), (0, 0.28, 0.82), 0.03)
    kit.cushion(dark, 0.22, 0.28, 0.08, 0, 0.28, 0.82, soft=0.9)
    kit.rod(frame, (0, -0.2, 0.3), (0, -0.3, 1.05), 0.03)
    kit.rod(dark, (-0.24, -0.3, 1.05), (0.24, -0.3, 1.05), 0.018)
    kit.box(m.pick(rng, m.SCREEN), 0.16, 0.03, 0.1, 0, -0.33, 1.08)
    for sx in (-1, 1):
        kit.box(dark, 0.08, 0.1, 0.02, sx * 0.12, 0.05, 0.25 + 0.06 * sx)
        kit.rod(frame, (sx * 0.05, 0, 0.32), (sx * 0.1, 0.05, 0.27 + 0.06 * sx), 0.012)
    return kit.piece("stationary")


def weight_bench(rng: Rng) -> Piece:
    """Padded bench with a barbell rack; the head end is at +y."""
    kit = Kit()
    steel, pad = m.pick(rng, m.DARK_METAL), m.pick(rng, m.LEATHER, "black", "red", "black")
    kit.legs(steel, 0.4, 1.0, 0.4, 0.05)
    kit.cushion(pad, 0.32, 1.15, 0.08, 0, 0, 0.39)
    for sx in (-1, 1):
        kit.box(steel, 0.05, 0.06, 1.0, sx * 0.4, 0.58)
        kit.box(steel, 0.06, 0.5, 0.05, sx * 0.4, 0.45)
    kit.box(steel, 0.86, 0.05, 0.05, 0, 0.62, 0.3)
    kit.rod(m.pick(rng, m.STEEL), (-0.85, 0.54, 1.02), (0.85, 0.54, 1.02), 0.015)
    for x in (-0.72, -0.66, 0.62, 0.68):
        disc = turned(cylinder(0.17, 0.04, n=16), "y", np.pi / 2)
        kit.add(m.pick(rng, m.RUBBER, "black"), disc._replace(vertices=disc.vertices + (x, 0.54, 1.02)))
    return kit.piece("with barbell")


def dumbbell(rng: Rng) -> Piece:
    """Short hand weight lying on its flat-sided heads."""
    kit = Kit()
    r = span(rng, 0.05, 0.08)
    for x in (-0.14, 0.06):
        head = turned(cylinder(r, 0.08, n=6), "y", np.pi / 2)
        kit.add(m.pick(rng, m.RUBBER, "black", "black", "blue"), head._replace(vertices=head.vertices + (x, 0, 0.0)))
    kit.rod(m.pick(rng, m.STEEL), (-0.07, 0, 0), (0.07, 0, 0), 0.015)
    kit.ground()
    return kit.piece("hexagonal")


def exercise_ball(rng: Rng) -> Piece:
    """Large gymnastics ball."""
    kit = Kit()
    r = span(rng, 0.28, 0.34)
    circle = [(r * float(np.cos(a)), r + r * float(np.sin(a))) for a in np.linspace(-1.25, 1.55, 10)]
    low = circle[0][1]
    kit.add(
        m.pick(rng, m.RUBBER, "blue", "red", "green", "purple", "gray"), lathe([(a, b - low) for a, b in circle], n=18)
    )
    return kit.piece("", "round")


def ladder(rng: Rng) -> Piece:
    """Open step ladder."""
    kit = Kit()
    metal, h = m.pick_one(rng, m.METAL, m.WOOD), span(rng, 1.2, 1.8)
    for sx in (-1, 1):
        kit.rod(metal, (sx * 0.24, -0.4, 0.0), (sx * 0.18, 0, h), 0.022)
        kit.rod(metal, (sx * 0.22, 0.4, 0.0), (sx * 0.18, 0.02, h), 0.018)
    n = int(h / 0.27)
    for k in range(1, n):
        f = k / n
        kit.box(metal, 0.46 - 0.1 * f, 0.09, 0.025, 0, -0.4 * (1 - f), h * f)
    kit.box(m.pick(rng, m.PLASTIC), 0.42, 0.12, 0.03, 0, 0.0, h)
    kit.ground()
    return kit.piece("folding")


def bicycle(rng: Rng) -> Piece:
    """Bicycle along y on a double stand, front wheel towards -y."""
    kit = Kit()
    paint, tyre, dark = m.pick(rng, m.PLASTIC), m.pick(rng, m.RUBBER, "black"), m.pick(rng, m.DARK_METAL, "black")
    for y in (-0.52, 0.52):
        wheel = turned(torus(0.31, 0.022, n=20), "y", np.pi / 2)
        kit.add(tyre, wheel._replace(vertices=wheel.vertices + (0, y, 0.332)))
        kit.rod(dark, (0, y, 0.03), (0, y, 0.64), 0.006, 4)
        kit.rod(dark, (0, y - 0.3, 0.332), (0, y + 0.3, 0.332), 0.006, 4)
    joints = {"seat": (0.0, 0.2, 0.85), "crank": (0.0, 0.08, 0.3), "head": (0.0, -0.38, 0.8), "rear": (0.0, 0.52, 0.33)}
    for a, b in (("seat", "crank"), ("crank", "head"), ("seat", "head"), ("seat", "rear"), ("crank", "rear")):
        kit.rod(paint, joints[a], joints[b], 0.02)
    kit.rod(paint, (0, -0.36, 0.95), (0, -0.52, 0.33), 0.018)
    kit.rod(dark, (-0.26, -0.34, 0.98), (0.26, -0.34, 0.98), 0.014)
    kit.cushion(dark, 0.14, 0.25, 0.06, 0, 0.22, 0.86, soft=0.8)
    for sx in (-1, 1):
        kit.rod(dark, (0, 0.1, 0.28), (sx * 0.16, 0.12, 0.016), 0.012)
    kit.ground()
    return kit.piece("city")


def guitar(rng: Rng) -> Piece:
    """Guitar on a floor stand, strings towards -y."""
    kit = Kit()
    wood, dark = m.pick(rng, m.WOOD), m.pick(rng, m.DARK_METAL, "black")
    for z, r in ((0.26, 0.19), (0.52, 0.15)):
        body = turned(cylinder(r, 0.1, n=16), "x", np.pi / 2)
        kit.add(wood, body._replace(vertices=body.vertices + (0, 0.05, z)))
    kit.box(m.pick(rng, m.WOOD, "brown", "black"), 0.05, 0.03, 0.5, 0, -0.02, 0.62)
    kit.box(wood, 0.08, 0.025, 0.16, 0, -0.02, 1.1)
    kit.box(dark, 0.3, 0.3, 0.02, 0, 0.02)
    kit.box(dark, 0.03, 0.03, 0.55, 0, 0.1, 0.02)
    return kit.piece("acoustic")


def clothes_rack(rng: Rng) -> Piece:
    """Rail with hanging clothes."""
    kit = Kit()
    steel, w, h = m.pick_one(rng, m.STEEL, m.DARK_METAL), span(rng, 0.9, 1.3), span(rng, 1.5, 1.65)
    for sx in (-1, 1):
        kit.box(steel, 0.03, 0.45, 0.03, sx * w / 2)
        kit.cylinder(steel, 0.014, h - 0.03, sx * w / 2, 0, 0.03, n=8)
    kit.rod(steel, (-w / 2, 0, h), (w / 2, 0, h), 0.014)
    for x in np.linspace(-w / 2 + 0.12, w / 2 - 0.12, int(rng.integers(4, 8))):
        length = span(rng, 0.6, 0.95)
        kit.cushion(m.pick(rng, m.CLOTH), 0.07, 0.42, length, float(x), 0, h - 0.06 - length, soft=0.8)
        kit.box(steel, 0.008, 0.02, 0.06, float(x), 0, h - 0.06)
    return kit.piece("rail")


def ironing_board(rng: Rng) -> Piece:
    """Ironing board on crossed legs."""
    kit = Kit()
    steel = m.pick(rng, m.STEEL)
    kit.cushion(m.pick_one(rng, m.PATTERN, m.CLOTH), 1.25, 0.36, 0.035, 0, 0, 0.86, soft=0.9)
    for s in (-1, 1):
        kit.rod(steel, (-0.42 * s, 0.1 * s, 0.86), (0.42 * s, 0.1 * s, 0.02), 0.014)
        kit.rod(steel, (0.42 * s, -0.18, 0.02), (0.42 * s, 0.18, 0.02), 0.018)
    kit.ground()
    kit.surface(0.9, 0.25, 0.895)
    return kit.piece("folding")


def room_divider(rng: Rng) -> Piece:
    """Folding screen of three panels."""
    kit = Kit()
    wood, paper = m.pick(rng, m.WOOD), m.pick_one(rng, m.CLOTH, m.PATTERN)
    for k in range(3):
        y = 0.06 * (k % 2)
        x = (k - 1) * 0.5
        kit.box(paper, 0.42, 0.012, 1.6, x, y, 0.06)
        for sx in (-1, 1):
            kit.box(wood, 0.035, 0.03, 1.7, x + sx * 0.225, y)
        kit.box(wood, 0.42, 0.03, 0.04, x, y, 1.66)
    return kit.piece("folding")
