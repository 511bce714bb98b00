"""Kitchen and laundry machines, dishes and food. Doors open towards -y."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, span
from sceneglot.synth.solids import basin, cylinder, ellipsoid, lathe, rod, torus, turned

Rng = np.random.Generator


def refrigerator(rng: Rng, mini: bool | None = None) -> Piece:
    """Tall two-door or small refrigerator."""
    kit = Kit()
    small = chance(rng, 0.35) if mini is None else mini
    body, grip = m.pick(rng, m.ENAMEL), m.pick(rng, m.STEEL)
    w, d, h = (0.5, 0.52, span(rng, 0.78, 0.9)) if small else (span(rng, 0.62, 0.85), 0.7, span(rng, 1.65, 1.85))
    kit.box(body, w, d - 0.06, h, 0, 0.03)
    split = 0.0 if small else h * span(rng, 0.3, 0.66)
    for z0, z1 in ((0.03, h),) if small else ((0.03, split), (split, h)):
        kit.box(body, w, 0.045, z1 - z0 - 0.01, 0, -d / 2 + 0.035, z0)
        kit.box(grip, 0.02, 0.025, min(0.35, (z1 - z0) * 0.6), w / 2 - 0.05, -d / 2, (z0 + z1) / 2 - 0.15)
    kit.surface(w - 0.06, d - 0.15, h, 0, 0.04, room=0.6)
    return kit.piece("small" if small else "two-door", "rectangular")


def stove(rng: Rng, depth: float = 0.62) -> Piece:
    """Cooker with hot plates and an oven door."""
    kit = Kit()
    body, dark = m.pick(rng, m.ENAMEL), m.pick(rng, m.SCREEN)
    w, d = 0.6, depth
    kit.box(body, w, d - 0.04, 0.9, 0, 0.02)
    kit.box(dark, w - 0.1, 0.012, 0.38, 0, -d / 2 + 0.032, 0.2)
    kit.box(m.pick(rng, m.STEEL), w - 0.1, 0.03, 0.02, 0, -d / 2 + 0.012, 0.62)
    for k in range(4):
        kit.box(dark, 0.04, 0.02, 0.04, (k - 1.5) * 0.12, -d / 2 + 0.03, 0.78)
    for x in (-0.14, 0.14):
        for y in (-0.12, 0.14):
            kit.cylinder(dark, 0.09, 0.012, x, y, 0.9, n=14)
            kit.surface(0.27, 0.22, 0.912, x, y, room=0.5)
    splash = span(rng, 0.08, 0.22)
    kit.box(body, w, 0.04, splash, 0, d / 2 - 0.02, 0.9)
    return kit.piece("four-plate", "rectangular")


def range_hood(rng: Rng) -> Piece:
    """Extractor over a stove."""
    kit = Kit()
    steel = m.pick(rng, m.STEEL)
    kit.box(steel, 0.6, 0.46, 0.08)
    kit.box(steel, 0.28, 0.26, span(rng, 0.4, 0.6), 0, 0.1, 0.08)
    return kit.piece("chimney", hung=True)


def dishwasher(rng: Rng, height: float = 0.86) -> Piece:
    """Built-in dish washer; a counter lies on it."""
    kit = Kit()
    body = m.pick(rng, m.ENAMEL)
    kit.box(body, 0.6, 0.56, height, 0, 0.02)
    kit.box(body, 0.58, 0.02, height - 0.2, 0, -0.27, 0.1)
    kit.box(m.pick(rng, m.SCREEN), 0.58, 0.02, 0.09, 0, -0.27, height - 0.1)
    kit.box(m.pick(rng, m.STEEL), 0.4, 0.02, 0.02, 0, -0.29, height - 0.14)
    return kit.piece("built-in", "rectangular")


def washing_machine(rng: Rng) -> Piece:
    """Front loader with a round door."""
    return _drum_machine(rng, "front-loading")


def dryer(rng: Rng) -> Piece:
    """Clothes dryer."""
    return _drum_machine(rng, "front-loading")


def _drum_machine(rng: Rng, style: str) -> Piece:
    kit = Kit()
    body = m.pick(rng, m.ENAMEL, "white", "white", "gray")
    w, d, h = 0.6, span(rng, 0.55, 0.62), span(rng, 0.84, 0.95)
    kit.box(body, w, d, h)
    door = turned(torus(0.17, 0.03, (0, 0, 0), 16), "x", np.pi / 2)
    kit.add(m.pick(rng, m.STEEL), door._replace(vertices=door.vertices + (0, -d / 2 - 0.01, h * 0.48)))
    pane = turned(cylinder(0.15, 0.03, n=16), "x", np.pi / 2)
    kit.add(m.pick(rng, m.SCREEN), pane._replace(vertices=pane.vertices + (0, -d / 2 + 0.01, h * 0.48)))
    kit.box(m.pick(rng, m.METAL), w - 0.04, 0.015, 0.09, 0, -d / 2 - 0.006, h - 0.12)
    kit.surface(w - 0.06, d - 0.08, h)
    return kit.piece(style, "rectangular")


def microwave(rng: Rng) -> Piece:
    """Microwave oven."""
    kit = Kit()
    body = m.pick(rng, m.ENAMEL)
    w, d, h = span(rng, 0.46, 0.54), span(rng, 0.34, 0.4), span(rng, 0.27, 0.31)
    kit.box(body, w, d, h - 0.01, 0, 0, 0.01)
    kit.box(body, w - 0.06, d - 0.06, 0.01)
    kit.box(m.pick(rng, m.SCREEN), w * 0.68, 0.015, h * 0.72, -w * 0.13, -d / 2 - 0.005, h * 0.15)
    kit.box(m.pick(rng, m.STEEL), 0.02, 0.03, h * 0.6, w * 0.25, -d / 2 - 0.014, h * 0.2)
    kit.surface(w - 0.1, d - 0.1, h, room=0.3)
    return kit.piece("", "rectangular")


def toaster(rng: Rng) -> Piece:
    """Two-slot toaster."""
    kit = Kit()
    kit.cushion(m.pick_one(rng, m.STEEL, m.PLASTIC), 0.28, 0.17, 0.19, soft=0.4)
    for y in (-0.03, 0.03):
        kit.box(m.pick(rng, m.SCREEN), 0.18, 0.02, 0.006, 0, y, 0.188)
    kit.box(m.pick(rng, m.DARK_PLASTIC), 0.02, 0.04, 0.02, 0.15, 0, 0.1)
    return kit.piece("two-slot")


def kettle(rng: Rng) -> Piece:
    """Electric kettle."""
    kit = Kit()
    body, dark = m.pick_one(rng, m.STEEL, m.PLASTIC), m.pick(rng, m.DARK_PLASTIC)
    kit.cylinder(dark, 0.085, 0.02)
    kit.add(body, lathe([(0.08, 0.02), (0.085, 0.06), (0.06, 0.2), (0.03, 0.23)], n=12))
    kit.rod(dark, (0.07, 0, 0.19), (0.12, 0, 0.17), 0.012)
    kit.rod(dark, (0.12, 0, 0.18), (0.1, 0, 0.06), 0.012)
    kit.rod(body, (-0.05, 0, 0.16), (-0.11, 0, 0.21), 0.015)
    return kit.piece("electric")


def coffee_maker(rng: Rng) -> Piece:
    """Filter coffee machine with its jug."""
    kit = Kit()
    body = m.pick_one(rng, m.DARK_PLASTIC, m.STEEL)
    kit.box(body, 0.2, 0.26, 0.04)
    kit.box(body, 0.2, 0.09, 0.3, 0, 0.085, 0.04)
    kit.box(body, 0.2, 0.26, 0.07, 0, 0, 0.31)
    kit.add(m.pick(rng, m.SCREEN), lathe([(0.065, 0.04), (0.075, 0.1), (0.05, 0.19)], (0, -0.045, 0)))
    return kit.piece("filter")


def cup(rng: Rng) -> Piece:
    """Mug with a handle."""
    kit = Kit()
    clay, r, h = m.pick(rng, m.POTTERY), span(rng, 0.036, 0.045), span(rng, 0.08, 0.105)
    kit.add(clay, lathe([(0, 0), (r * 0.9, 0), (r, h), (r - 0.005, h), (r * 0.85, 0.008), (0, 0.008)], n=12))
    ring = turned(torus(h * 0.28, 0.006, n=10), "x", np.pi / 2)
    kit.add(clay, ring._replace(vertices=ring.vertices + (r + h * 0.18, 0, h * 0.5)))
    return kit.piece("with handle", "round")


def bottle(rng: Rng) -> Piece:
    """Bottle with a neck."""
    kit = Kit()
    r, h = span(rng, 0.035, 0.042), span(rng, 0.22, 0.3)
    stuff = m.pick(rng, m.PLASTIC, "green", "blue", "brown", "white", "red")
    kit.add(stuff, lathe([(r, 0), (r, h * 0.6), (r * 0.35, h * 0.78), (r * 0.35, h)], n=12))
    kit.cylinder(m.pick(rng, m.PLASTIC), r * 0.4, 0.02, 0, 0, h, n=8)
    return kit.piece("", "round")


def bowl(rng: Rng) -> Piece:
    """Open bowl, sometimes with fruit."""
    kit = Kit()
    r, h = span(rng, 0.09, 0.15), span(rng, 0.06, 0.09)
    profile = [(0, 0), (r * 0.5, 0), (r * 0.85, h * 0.5), (r, h), (r - 0.008, h), (r * 0.5, 0.012), (0, 0.012)]
    kit.add(m.pick_one(rng, m.POTTERY, m.WOOD), lathe([(float(a), float(b)) for a, b in profile], n=16))
    if chance(rng, 0.45):
        for a in np.arange(4) * np.pi / 2:
            fruit = m.pick(rng, m.LEAF, "red", "orange", "yellow", "green")
            at = (float(np.cos(a)) * r * 0.4, float(np.sin(a)) * r * 0.4, h * 0.9)
            kit.add(fruit, ellipsoid(0.036, 0.036, 0.034, at, 8, 4))
        return kit.piece("filled with fruit", "round")
    return kit.piece("", "round")


def plate(rng: Rng) -> Piece:
    """Flat plate."""
    kit = Kit()
    r = span(rng, 0.1, 0.135)
    profile = [(0, 0), (r * 0.6, 0), (r, 0.018), (r - 0.006, 0.022), (r * 0.6, 0.007), (0, 0.007)]
    kit.add(m.pick(rng, m.POTTERY, "white", "white", "blue", "gray"), lathe(profile, n=18))
    return kit.piece("", "round")


def pot(rng: Rng) -> Piece:
    """Cooking pot with lid."""
    kit = Kit()
    steel, r, h = m.pick_one(rng, m.STEEL, m.ENAMEL), span(rng, 0.085, 0.1), span(rng, 0.1, 0.15)
    kit.cylinder(steel, r, h, n=16)
    kit.cylinder(steel, r, 0.02, 0, 0, h, n=16, top=r * 0.6)
    kit.cylinder(m.pick(rng, m.DARK_PLASTIC), 0.015, 0.03, 0, 0, h + 0.02, n=8)
    for sx in (-1, 1):
        kit.box(steel, 0.03, 0.07, 0.012, sx * (r + 0.012), 0, h * 0.75)
    return kit.piece("lidded", "round")


def dish_rack(rng: Rng) -> Piece:
    """Drying rack with plates."""
    kit = Kit()
    kit.add(m.pick_one(rng, m.STEEL, m.PLASTIC), basin(0.4, 0.3, 0.08, 0.012))
    china = m.pick(rng, m.POTTERY, "white")
    for k in range(int(rng.integers(3, 6))):
        dish = turned(cylinder(0.11, 0.012, n=14), "y", np.pi / 2 - 0.15)
        kit.add(china, dish._replace(vertices=dish.vertices + (-0.13 + 0.06 * k, 0, 0.128)))
    return kit.piece("with plates", "rectangular")


def paper_towels(rng: Rng) -> Piece:
    """Kitchen roll on a stand."""
    kit = Kit()
    kit.cylinder(m.pick(rng, m.WOOD), 0.07, 0.015)
    kit.cylinder(m.pick(rng, m.PAPER, "white"), 0.055, 0.24, 0, 0, 0.015)
    kit.cylinder(m.pick(rng, m.STEEL), 0.01, 0.04, 0, 0, 0.255, n=6)
    return kit.piece("roll", "round")


def water_cooler(rng: Rng) -> Piece:
    """Drinking-water dispenser with a bottle on top."""
    kit = Kit()
    body = m.pick(rng, m.PALE_PLASTIC)
    kit.box(body, 0.32, 0.32, 0.98)
    kit.box(m.pick(rng, m.DARK_PLASTIC), 0.24, 0.03, 0.16, 0, -0.165, 0.68)
    kit.add(m.pick(rng, m.PLASTIC, "blue"), lathe([(0.07, 0.98), (0.13, 1.06), (0.13, 1.3), (0.05, 1.36)], n=14))
    return kit.piece("bottled")


def vending_machine(rng: Rng) -> Piece:
    """Vending machine with a glass front and rows of goods."""
    kit = Kit()
    body = m.pick(rng, m.ENAMEL, "red", "blue", "black", "gray")
    w, d, h = span(rng, 0.85, 1.0), span(rng, 0.72, 0.82), 1.83
    kit.box(body, w, d - 0.06, h, 0, 0.03)
    kit.box(body, w, 0.04, 0.5, 0, -d / 2 + 0.04)
    kit.box(m.pick(rng, m.SCREEN), w * 0.66, 0.02, h - 0.7, -w * 0.12, -d / 2 + 0.05, 0.6)
    for r in range(4):
        for c in range(4):
            goods = m.pick(rng, m.PLASTIC, "red", "yellow", "orange", "green", "blue", "white")
            kit.box(goods, 0.09, 0.015, 0.14, -w * 0.12 + (c - 1.5) * w * 0.155, -d / 2 + 0.033, 0.66 + 0.26 * r)
    kit.box(m.pick(rng, m.STEEL), 0.12, 0.02, 0.3, w * 0.36, -d / 2 + 0.04, 0.95)
    return kit.piece("snacks", "rectangular")


def sink(rng: Rng, width: float = 0.48, depth: float = 0.4) -> Piece:
    """Basin sunk into a counter; the rim lies on it at z = 0, the bowl reaches below."""
    kit = Kit()
    stuff = m.pick_one(rng, m.STEEL, m.STEEL, m.CERAMIC)
    rim = 0.025
    kit.add(stuff, basin(width, depth, 0.15, 0.012, (0, 0, -0.145)))
    for s in (-1, 1):
        kit.box(stuff, width + 2 * rim, rim, 0.008, 0, s * (depth + rim) / 2)
        kit.box(stuff, rim, depth, 0.008, s * (width + rim) / 2, 0)
    _tap(kit, rng, depth / 2 + rim / 2, 0.008)
    return kit.piece("inset", "rectangular")


def _tap(kit: Kit, rng: Rng, y: float, z: float, h: float | None = None) -> None:
    steel, h = m.pick(rng, m.STEEL), h or span(rng, 0.11, 0.2)
    kit.add(steel, cylinder(0.012, h, (0, y, z), 8), rod((0, y, z + h), (0, y - 0.14, z + h - 0.01), 0.011))
    kit.add(steel, rod((0, y - 0.14, z + h), (0, y - 0.14, z + h - 0.04), 0.011))
    kit.box(steel, 0.012, 0.012, 0.06, 0.045, y, z)


def pedestal_sink(rng: Rng) -> Piece:
    """Bathroom basin on a column, against the wall."""
    kit = Kit()
    china = m.pick(rng, m.CERAMIC)
    w, d = span(rng, 0.5, 0.62), span(rng, 0.4, 0.48)
    kit.cylinder(china, 0.11, 0.68, 0, 0.06, 0, n=12, top=0.08)
    kit.add(china, basin(w, d, 0.17, 0.03, (0, 0, 0.67), floor=0.03, taper=0.25))
    _tap(kit, rng, d / 2 - 0.02, 0.84, 0.12)
    return kit.piece("pedestal", "rectangular")


def wall_sink(rng: Rng) -> Piece:
    """Bathroom basin hung on the wall; z = 0 is its underside."""
    kit = Kit()
    china = m.pick(rng, m.CERAMIC)
    w, d = span(rng, 0.48, 0.65), span(rng, 0.4, 0.5)
    kit.add(china, basin(w, d, 0.17, 0.03, floor=0.03, taper=0.3))
    kit.box(china, w, 0.02, 0.08, 0, d / 2 + 0.009, 0.12)
    _tap(kit, rng, d / 2 - 0.02, 0.17, 0.12)
    return kit.piece("wall-mounted", "rectangular", hung=True)
