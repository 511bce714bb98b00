"""Bathroom fittings."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, span
from sceneglot.synth.solids import basin, cylinder, lathe, rod, turned

Rng = np.random.Generator


def toilet(rng: Rng) -> Piece:
    """Toilet with tank; the bowl is at -y."""
    kit = Kit()
    china = m.pick(rng, m.CERAMIC)
    tank_w, seat, h = span(rng, 0.38, 0.46), 0.4, span(rng, 0.72, 0.82)
    kit.add(china, lathe([(0.13, 0), (0.12, 0.12), (0.19, seat - 0.02)], (0, -0.08, 0), 14, squash=1.25))
    kit.box(china, 0.22, 0.26, seat - 0.04, 0, 0.2)
    lid = lathe([(0.19, 0), (0.195, 0.02), (0.18, 0.035)], (0, -0.08, seat - 0.02), 16, squash=1.25)
    kit.add(m.pick(rng, m.CERAMIC), lid)
    kit.box(china, tank_w, 0.19, h - seat - 0.01, 0, 0.26, seat - 0.04)
    kit.box(china, tank_w + 0.02, 0.21, 0.04, 0, 0.26, h - 0.04)
    kit.cylinder(m.pick(rng, m.STEEL), 0.02, 0.01, -tank_w / 2 + 0.04, 0.26, h, n=8)
    kit.surface(tank_w - 0.12, 0.18, h, 0.04, 0.26, room=0.5)
    return kit.piece("close-coupled")


def bathtub(rng: Rng) -> Piece:
    """Built-in bathtub, long side along x, taps at the left end."""
    kit = Kit()
    w, d, h = span(rng, 1.45, 1.7), span(rng, 0.7, 0.8), span(rng, 0.44, 0.52)
    kit.add(m.pick(rng, m.CERAMIC), basin(w, d, h, 0.07, floor=0.12, taper=0.0))
    steel = m.pick(rng, m.STEEL)
    kit.rod(steel, (-w / 2 + 0.03, 0, h), (-w / 2 + 0.03, 0, h + 0.08), 0.015)
    kit.rod(steel, (-w / 2 + 0.03, 0, h + 0.07), (-w / 2 + 0.17, 0, h + 0.05), 0.015)
    return kit.piece("built-in", "rectangular")


def shower(rng: Rng) -> Piece:
    """Shower cabin: tray, glass on two sides, riser rail; the corner is at (-x, +y)."""
    kit = Kit()
    s, h = span(rng, 0.82, 0.95), 1.95
    glass, steel = m.pick(rng, m.GLASS), m.pick(rng, m.STEEL)
    kit.add(m.pick(rng, m.CERAMIC), basin(s, s, 0.09, 0.03, floor=0.03))
    kit.box(glass, s - 0.06, 0.01, h - 0.1, 0.0, -s / 2 + 0.015, 0.09)
    kit.box(glass, 0.01, s - 0.06, h - 0.1, s / 2 - 0.015, 0, 0.09)
    for x, y in ((-1, -1), (1, -1), (1, 1)):
        kit.box(steel, 0.03, 0.03, h - 0.09, x * (s / 2 - 0.015), y * (s / 2 - 0.015), 0.09)
    for a, b in (((-1, -1), (1, -1)), ((1, -1), (1, 1))):
        e = s / 2 - 0.015
        kit.rod(steel, (a[0] * e, a[1] * e, h), (b[0] * e, b[1] * e, h), 0.015)
    kit.rod(steel, (-s / 2 + 0.05, 0.1, 0.5), (-s / 2 + 0.05, 0.1, 1.85), 0.012)
    kit.rod(steel, (-s / 2 + 0.05, 0.1, 1.85), (-s / 2 + 0.2, 0.1, 1.88), 0.012)
    kit.add(steel, cylinder(0.07, 0.02, (-s / 2 + 0.22, 0.1, 1.85), 12))
    return kit.piece("glass cabin", "square")


def toilet_paper(rng: Rng) -> Piece:
    """Roll on a wall holder."""
    kit = Kit()
    steel = m.pick(rng, m.STEEL)
    kit.box(steel, 0.03, 0.02, 0.03, -0.08, -0.01, 0.05)
    kit.rod(steel, (-0.08, -0.02, 0.065), (-0.08, -0.08, 0.065), 0.008)
    roll = turned(cylinder(0.055, 0.1, n=12), "y", np.pi / 2)
    kit.add(m.pick(rng, m.PAPER, "white"), roll._replace(vertices=roll.vertices + (-0.05, -0.08, 0.065)))
    kit.rod(steel, (-0.08, -0.08, 0.065), (-0.05, -0.08, 0.065), 0.008)
    return kit.piece("roll", hung=True)


def soap_dispenser(rng: Rng) -> Piece:
    """Pump bottle."""
    kit = Kit()
    kit.cylinder(m.pick_one(rng, m.PLASTIC, m.POTTERY), 0.035, 0.13, n=12, top=0.03)
    steel = m.pick(rng, m.STEEL)
    kit.cylinder(steel, 0.008, 0.05, 0, 0, 0.13, n=6)
    kit.rod(steel, (0, 0, 0.175), (0, -0.045, 0.17), 0.007)
    return kit.piece("pump", "round")


def toothbrush_cup(rng: Rng) -> Piece:
    """Cup with two toothbrushes."""
    kit = Kit()
    profile = [(0, 0), (0.033, 0), (0.036, 0.1), (0.031, 0.1), (0.029, 0.006), (0, 0.006)]
    kit.add(m.pick_one(rng, m.POTTERY, m.PLASTIC), lathe([(float(a), float(b)) for a, b in profile]))
    for s in (-1, 1):
        kit.add(m.pick(rng, m.PLASTIC), rod((0, 0, 0.01), (s * 0.035, 0, 0.19), 0.005))
    return kit.piece("with brushes", "round")


def plunger(rng: Rng) -> Piece:
    """Plunger standing on the floor."""
    kit = Kit()
    kit.add(m.pick(rng, m.RUBBER, "black", "black"), lathe([(0.07, 0), (0.065, 0.05), (0.02, 0.09)], n=12))
    kit.cylinder(m.pick(rng, m.WOOD), 0.012, 0.4, 0, 0, 0.09, n=6)
    return kit.piece("", "round")


def scale(rng: Rng) -> Piece:
    """Bathroom scale."""
    kit = Kit()
    kit.box(m.pick_one(rng, m.PALE_PLASTIC, m.SCREEN), 0.31, 0.31, 0.03)
    kit.box(m.pick(rng, m.SCREEN), 0.1, 0.05, 0.004, 0, 0.09, 0.03)
    return kit.piece("flat", "square")


def pedal_bin(rng: Rng) -> Piece:
    """Small pedal bin."""
    kit = Kit()
    r = span(rng, 0.11, 0.14)
    kit.cylinder(m.pick_one(rng, m.STEEL, m.PALE_PLASTIC), r, 0.28, n=14)
    kit.cylinder(m.pick(rng, m.DARK_PLASTIC), r, 0.04, 0, 0, 0.28, n=14, top=r * 0.75)
    kit.box(m.pick(rng, m.DARK_PLASTIC), 0.06, 0.04, 0.02, 0, -r - 0.01, 0.0)
    return kit.piece("pedal", "round")
