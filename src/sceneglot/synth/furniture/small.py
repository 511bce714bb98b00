"""Small things that stand on others: books, plants, vases, toys."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, one_of, span
from sceneglot.synth.solids import basin, box, ellipsoid, lathe, roughened, turned

Rng = np.random.Generator


def book(rng: Rng) -> Piece:
    """One book lying flat, or a short pile."""
    kit = Kit()
    z = 0.0
    n = 1 if chance(rng, 0.6) else int(rng.integers(2, 5))
    w, d = span(rng, 0.15, 0.22), span(rng, 0.21, 0.29)
    for _ in range(n):
        t = span(rng, 0.02, 0.045)
        kit.box(m.pick(rng, m.PAPER), w, d, t, 0, 0, z)
        z += t
        w, d = w - 0.008, d - 0.008
    return kit.piece("lying" if n == 1 else "stacked", "rectangular")


def books(rng: Rng, width: float | None = None, height: float = 0.3) -> Piece:
    """A row of upright books, backs towards -y."""
    kit = Kit()
    w = width or span(rng, 0.2, 0.4)
    x = 0.0
    while x < w - 0.05:
        t = span(rng, 0.022, 0.05)
        h, d = span(rng, 0.6, 0.95) * height, span(rng, 0.15, 0.2)
        kit.box(
            m.pick(rng, m.PAPER, "red", "blue", "green", "brown", "white", "black", "yellow", "gray"),
            t,
            d,
            h,
            x + t / 2,
            d / 2,
        )
        x += t
    return kit.piece("row", "rectangular")


def binder(rng: Rng) -> Piece:
    """Upright ring binders, two to five."""
    kit = Kit()
    color = m.pick(rng, m.PAPER, "blue", "black", "red", "green", "gray", "white")
    for k in range(int(rng.integers(2, 6))):
        kit.box(color, 0.07, 0.27, 0.31, 0.074 * k, 0)
        kit.box(m.pick(rng, m.PAPER, "white"), 0.045, 0.004, 0.12, 0.074 * k, -0.136, 0.14)
    return kit.piece("row", "rectangular")


def papers(rng: Rng) -> Piece:
    """A stack of paper."""
    kit = Kit()
    h = span(rng, 0.01, 0.06)
    kit.box(m.pick(rng, m.PAPER, "white"), 0.21, 0.297, h)
    kit.add(
        m.pick(rng, m.PAPER, "white", "yellow"), turned(box(0.2, 0.28, 0.003, (0, 0, h)), "z", span(rng, -0.3, 0.3))
    )
    return kit.piece("stack", "rectangular")


def small_plant(rng: Rng) -> Piece:
    """Potted plant for a table or a sill."""
    return _plant(rng, span(rng, 0.22, 0.38))


def large_plant(rng: Rng) -> Piece:
    """Potted plant for the floor."""
    return _plant(rng, span(rng, 0.85, 1.45))


def _plant(rng: Rng, h: float) -> Piece:
    kit = Kit()
    leaf = m.pick(rng, m.LEAF)
    r = h * span(rng, 0.13, 0.17) + 0.02
    pot_h = h * 0.28 + 0.02
    kit.add(
        m.pick_one(rng, m.POTTERY, m.POTTERY, m.WICKER),
        lathe([(r * 0.7, 0), (r, pot_h), (r * 0.9, pot_h), (r * 0.88, pot_h - 0.02)], n=12),
    )
    style = one_of(rng, "bushy", "leafy", "tree") if h > 0.6 else one_of(rng, "bushy", "leafy", "cactus")
    if style == "cactus":
        kit.add(leaf, ellipsoid(r * 0.55, r * 0.55, h * 0.3, (0, 0, pot_h + h * 0.26), 10, 5))
        kit.add(leaf, ellipsoid(r * 0.22, r * 0.22, h * 0.14, (r * 0.65, 0, pot_h + h * 0.36), 8, 3))
    elif style == "leafy":
        for k in range(9):
            angle, reach = k * 2.4, h * span(rng, 0.16, 0.3)
            tip = h * span(rng, 0.6, 1.0)
            blade = ellipsoid(0.035 * (0.5 + h), 0.012, (tip - pot_h) / 2, (0, 0, (tip - pot_h) / 2), 6, 3)
            lean = turned(blade, "x", -float(np.arctan2(reach, tip)))
            blade = turned(lean, "z", angle)
            kit.add(leaf, blade._replace(vertices=blade.vertices + (0, 0, pot_h - 0.03)))
    else:
        if style == "tree":
            kit.cylinder(m.pick(rng, m.WOOD, "brown"), 0.02, h * 0.4, 0, 0, pot_h - 0.02, n=6)
        low = h * 0.5 if style == "tree" else pot_h
        for k in range(6):
            a, s = k * 2.1, h * span(rng, 0.13, 0.19)
            at = (np.cos(a) * s * 0.75, np.sin(a) * s * 0.75, low + s * 0.8 + (h - low - 2 * s) * k / 5)
            kit.add(
                leaf, roughened(ellipsoid(s, s, s * 0.85, (float(at[0]), float(at[1]), float(at[2])), 9, 4), rng, 0.18)
            )
    return kit.piece(style)


def vase(rng: Rng) -> Piece:
    """Vase, often with flowers."""
    kit = Kit()
    r, h = span(rng, 0.04, 0.07), span(rng, 0.16, 0.28)
    neck = r * span(rng, 0.45, 0.8)
    profile = [(0, 0), (r * 0.6, 0), (r, h * 0.4), (neck, h * 0.85), (neck * 1.2, h), (neck, h), (neck * 0.7, h * 0.8)]
    kit.add(m.pick(rng, m.POTTERY), lathe([(float(a), float(b)) for a, b in profile], n=14))
    if chance(rng, 0.6):
        stem = m.pick(rng, m.LEAF)
        petal = m.pick(rng, m.LEAF, "red", "yellow", "pink", "purple", "white", "orange")
        for k in range(5):
            a = k * 2.4
            tip = (0.07 * float(np.cos(a)), 0.07 * float(np.sin(a)), h + 0.08 + 0.025 * k)
            kit.rod(stem, (0, 0, h * 0.6), tip, 0.005, 4)
            kit.add(petal, ellipsoid(0.03, 0.03, 0.025, tip, 7, 3))
        return kit.piece("with flowers", "round")
    return kit.piece("empty", "round")


def candle(rng: Rng) -> Piece:
    """Candle on a dish."""
    kit = Kit()
    kit.cylinder(m.pick_one(rng, m.METAL, m.POTTERY), 0.05, 0.012)
    kit.cylinder(m.pick(rng, m.PAPER, "white", "red", "beige"), 0.025, span(rng, 0.08, 0.18), 0, 0, 0.012)
    return kit.piece("", "round")


def photo_frame(rng: Rng) -> Piece:
    """Standing photograph in a frame."""
    kit = Kit()
    w, h = span(rng, 0.12, 0.2), span(rng, 0.15, 0.22)
    hinge = (0.0, 0.0, 0.0)
    kit.add(m.pick(rng, m.WOOD), turned(box(w, 0.015, h), "x", -0.25, hinge))
    kit.add(m.pick(rng, m.PRINT), turned(box(w - 0.03, 0.005, h - 0.03, (0, -0.008, 0.015)), "x", -0.25, hinge))
    kit.box(m.pick(rng, m.DARK_PLASTIC, "black"), 0.03, 0.05, 0.006, 0, 0.04)
    kit.ground()
    return kit.piece("standing", "rectangular")


def tissue_box(rng: Rng) -> Piece:
    """Box of tissues."""
    kit = Kit()
    kit.box(m.pick_one(rng, m.PAPER, m.PRINT), 0.23, 0.12, 0.09)
    kit.add(m.pick(rng, m.PAPER, "white"), roughened(ellipsoid(0.04, 0.02, 0.04, (0, 0, 0.1), 7, 3), rng, 0.2))
    return kit.piece("", "rectangular")


def alarm_clock(rng: Rng) -> Piece:
    """Bedside clock."""
    kit = Kit()
    kit.box(m.pick_one(rng, m.DARK_PLASTIC, m.PLASTIC), 0.15, 0.06, 0.08)
    kit.box(m.pick(rng, m.SCREEN), 0.12, 0.006, 0.055, 0, -0.032, 0.012)
    return kit.piece("digital", "rectangular")


def statue(rng: Rng) -> Piece:
    """Small bust or figure."""
    kit = Kit()
    stone = m.pick_one(rng, m.STONE, m.WOOD)
    kit.box(stone, 0.1, 0.1, 0.05)
    kit.add(
        stone,
        lathe([(0.035, 0.05), (0.05, 0.12), (0.02, 0.2)], n=10),
        ellipsoid(0.035, 0.035, 0.045, (0, 0, 0.235), 9, 4),
    )
    return kit.piece("bust")


def ball(rng: Rng) -> Piece:
    """Ball on a flat spot."""
    kit = Kit()
    r = span(rng, 0.1, 0.13)
    kit.add(m.pick(rng, m.RUBBER, "orange", "red", "blue", "green", "white"), ellipsoid(r, r, r, (0, 0, r), 14, 7))
    kit.cylinder(m.pick(rng, m.RUBBER), r * 0.25, 0.008, n=10)
    return kit.piece("", "round")


def toy_blocks(rng: Rng) -> Piece:
    """A small tower of wooden blocks."""
    kit = Kit()
    for k, (x, z) in enumerate(((-0.045, 0.0), (0.045, 0.0), (0.0, 0.06))):
        color = m.pick(rng, m.WOOD, ("red", "blue", "yellow")[k])
        kit.box(color, 0.06 if k < 2 else 0.1, 0.06, 0.06, x, 0, z)
    return kit.piece("stacked")


def shoes(rng: Rng) -> Piece:
    """A pair of shoes, toes towards -y."""
    kit = Kit()
    upper, sole = m.pick_one(rng, m.LEATHER, m.CLOTH), m.pick(rng, m.RUBBER, "black", "gray")
    for x in (-0.06, 0.06):
        kit.box(sole, 0.09, 0.27, 0.025, x)
        kit.cushion(upper, 0.085, 0.14, 0.045, x, -0.06, 0.025, soft=0.9)
        kit.cushion(upper, 0.085, 0.13, 0.085, x, 0.065, 0.025, soft=0.6)
    return kit.piece("pair")


def umbrella_stand(rng: Rng) -> Piece:
    """Stand with an umbrella."""
    kit = Kit()
    r = 0.11
    profile = [(0, 0), (r, 0), (r, 0.5), (r - 0.012, 0.5), (r - 0.012, 0.02), (0, 0.02)]
    kit.add(m.pick_one(rng, m.METAL, m.POTTERY), lathe([(float(a), float(b)) for a, b in profile], n=14))
    kit.rod(m.pick(rng, m.CLOTH, "black", "red", "blue"), (0.02, 0, 0.03), (-0.05, 0, 0.75), 0.025)
    return kit.piece("", "round")


def bucket(rng: Rng) -> Piece:
    """Cleaning bucket."""
    kit = Kit()
    profile = [(0, 0), (0.11, 0), (0.15, 0.27), (0.14, 0.27), (0.105, 0.012), (0, 0.012)]
    kit.add(m.pick(rng, m.PLASTIC), lathe([(float(a), float(b)) for a, b in profile], n=16))
    return kit.piece("open", "round")


def detergent(rng: Rng) -> Piece:
    """Bottle of washing liquid."""
    kit = Kit()
    body = m.pick(rng, m.PLASTIC, "blue", "orange", "green", "white", "purple")
    kit.cushion(body, 0.16, 0.09, 0.24, soft=0.6)
    kit.cylinder(m.pick(rng, m.PLASTIC, "white", "red", "blue"), 0.025, 0.05, -0.03, 0, 0.24, n=10)
    return kit.piece("bottle")


def tray(rng: Rng) -> Piece:
    """Letter tray."""
    kit = Kit()
    kit.add(m.pick(rng, m.DARK_PLASTIC), basin(0.26, 0.34, 0.06, 0.008))
    kit.box(m.pick(rng, m.PAPER, "white"), 0.2, 0.28, 0.02, 0, 0, 0.008)
    return kit.piece("", "rectangular")


def pen_holder(rng: Rng) -> Piece:
    """Cup of pens."""
    kit = Kit()
    profile = [(0, 0), (0.038, 0), (0.038, 0.1), (0.034, 0.1), (0.034, 0.006), (0, 0.006)]
    kit.add(m.pick_one(rng, m.METAL, m.PLASTIC), lathe([(float(a), float(b)) for a, b in profile]))
    for k in range(4):
        a = k * 1.7
        tip = (0.035 * float(np.cos(a)), 0.035 * float(np.sin(a)), 0.16)
        kit.rod(m.pick(rng, m.PLASTIC), (0, 0, 0.01), tip, 0.005, 5)
    return kit.piece("with pens", "round")


def globe(rng: Rng) -> Piece:
    """Terrestrial globe."""
    kit = Kit()
    foot = m.pick_one(rng, m.DARK_WOOD, m.METAL)
    kit.cylinder(foot, 0.09, 0.02)
    kit.cylinder(foot, 0.012, 0.07, 0, 0, 0.02, n=8)
    kit.add(m.pick(rng, m.PRINT, "blue"), ellipsoid(0.14, 0.14, 0.14, (0, 0, 0.22), 14, 7))
    return kit.piece("", "round")
