"""Things to put or carry things in: boxes, baskets, bins, suitcases, bags."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, one_of, span
from sceneglot.synth.solids import basin, lathe, torus, turned

Rng = np.random.Generator


def box(rng: Rng) -> Piece:
    """Cardboard or plastic storage box with a lid seam."""
    kit = Kit()
    w, d, h = span(rng, 0.25, 0.5), span(rng, 0.22, 0.4), span(rng, 0.16, 0.38)
    body = m.pick_one(rng, m.CARDBOARD, m.CARDBOARD, m.PLASTIC)
    if body.name == "plastic":
        kit.box(body, w - 0.02, d - 0.02, h - 0.03)
        kit.box(m.pick(rng, m.PLASTIC), w, d, 0.03, 0, 0, h - 0.03)
    else:
        kit.box(body, w, d, h)
        kit.box(m.pick(rng, m.PAPER, "beige", "brown"), 0.05, d, 0.001, 0, 0, h)
    kit.surface(w * 0.9, d * 0.9, h + (0 if body.name == "plastic" else 0.001), room=0.6)
    return kit.piece("lidded" if body.name == "plastic" else "taped", "rectangular")


def basket(rng: Rng) -> Piece:
    """Woven open basket, round or rectangular."""
    kit = Kit()
    stuff = m.pick(rng, m.WICKER)
    h = span(rng, 0.2, 0.34)
    if chance(rng, 0.5):
        r = span(rng, 0.14, 0.22)
        kit.add(stuff, lathe([(0, 0), (r * 0.8, 0), (r, h), (r - 0.015, h), (r * 0.78, 0.02), (0, 0.02)], n=14))
        return kit.piece("woven", "round")
    kit.add(stuff, basin(span(rng, 0.3, 0.42), span(rng, 0.24, 0.32), h, 0.015, taper=0.15))
    return kit.piece("woven", "rectangular")


def laundry_basket(rng: Rng) -> Piece:
    """Tall hamper filled with cloth."""
    kit = Kit()
    w, d, h = span(rng, 0.4, 0.5), span(rng, 0.32, 0.42), span(rng, 0.42, 0.6)
    kit.add(m.pick_one(rng, m.WICKER, m.PALE_PLASTIC), basin(w, d, h, 0.015, taper=0.12))
    kit.cushion(m.pick(rng, m.CLOTH), w * 0.8, d * 0.8, 0.2, 0, 0, h - 0.16, soft=1.0)
    return kit.piece("open", "rectangular")


def trash_can(rng: Rng) -> Piece:
    """Waste bin: open, swing-lid or pedal."""
    kit = Kit()
    style = one_of(rng, "open", "open", "lidded", "square")
    stuff = m.pick_one(rng, m.DARK_PLASTIC, m.PLASTIC, m.STEEL)
    if style == "open":
        r, h = span(rng, 0.14, 0.19), span(rng, 0.32, 0.48)
        kit.add(stuff, lathe([(0, 0), (r * 0.8, 0), (r, h), (r - 0.01, h), (r * 0.77, 0.015), (0, 0.015)], n=16))
        return kit.piece(style, "round")
    if style == "lidded":
        r, h = span(rng, 0.16, 0.21), span(rng, 0.5, 0.72)
        kit.cylinder(stuff, r, h, n=16)
        kit.cylinder(m.pick(rng, m.DARK_PLASTIC), r, 0.06, 0, 0, h, n=16, top=r * 0.7)
        return kit.piece(style, "round")
    kit.add(stuff, basin(span(rng, 0.35, 0.48), span(rng, 0.26, 0.34), span(rng, 0.48, 0.7), 0.012, taper=0.15))
    return kit.piece("open", "rectangular")


def recycling_bin(rng: Rng) -> Piece:
    """Blue or green bin for paper."""
    kit = Kit()
    w, d, h = span(rng, 0.34, 0.44), span(rng, 0.26, 0.34), span(rng, 0.38, 0.52)
    kit.add(m.pick(rng, m.PLASTIC, "blue", "blue", "green"), basin(w, d, h, 0.012, taper=0.12))
    kit.box(m.pick(rng, m.PAPER, "white"), w * 0.6, d * 0.6, h * 0.5, 0, 0, 0.02)
    return kit.piece("open", "rectangular")


def suitcase(rng: Rng) -> Piece:
    """Upright trolley case."""
    kit = Kit()
    w, d, h = span(rng, 0.4, 0.5), span(rng, 0.22, 0.3), span(rng, 0.52, 0.7)
    shell, dark = m.pick_one(rng, m.PLASTIC, m.CLOTH), m.pick(rng, m.DARK_PLASTIC, "black")
    kit.cushion(shell, w, d, h - 0.05, 0, 0, 0.05, soft=0.3)
    for sx in (-1, 1):
        for sy in (-1, 1):
            kit.cylinder(dark, 0.02, 0.05, sx * (w / 2 - 0.06), sy * (d / 2 - 0.05), n=6)
        kit.box(dark, 0.015, 0.015, 0.18, sx * 0.09, d / 2 - 0.04, h)
    kit.box(dark, 0.2, 0.02, 0.02, 0, d / 2 - 0.04, h + 0.18)
    return kit.piece("upright", "rectangular")


def backpack(rng: Rng) -> Piece:
    """School bag standing on the floor."""
    kit = Kit()
    cloth, dark = (
        m.pick(rng, m.CLOTH, "black", "blue", "red", "gray", "green", "purple"),
        m.pick(rng, m.FABRIC, "black"),
    )
    w, d, h = span(rng, 0.28, 0.34), span(rng, 0.16, 0.2), span(rng, 0.4, 0.48)
    kit.cushion(cloth, w, d, h, soft=0.8)
    kit.cushion(dark, w * 0.8, 0.06, h * 0.4, 0, -d / 2 - 0.02, 0.04, soft=0.8)
    for sx in (-1, 1):
        kit.box(dark, 0.05, 0.02, h * 0.7, sx * w * 0.25, d / 2 + 0.008, 0.08)
    kit.add(dark, turned(torus(0.03, 0.008, (0, d / 2 - 0.01, h), 8), "x", np.pi / 2, (0, d / 2 - 0.01, h)))
    return kit.piece("school")


def handbag(rng: Rng) -> Piece:
    """Bag with a loop handle."""
    kit = Kit()
    w, d, h = span(rng, 0.28, 0.38), span(rng, 0.1, 0.14), span(rng, 0.2, 0.28)
    leather = m.pick(rng, m.LEATHER)
    kit.cushion(leather, w, d, h, soft=0.6)
    kit.add(leather, turned(torus(0.08, 0.008, (0, 0, h), 12), "x", np.pi / 2, (0, 0, h)))
    return kit.piece("with handle")
