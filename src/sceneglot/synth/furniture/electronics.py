"""Screens, computers, lamps and other things with a plug. Screens face -y."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, one_of, span
from sceneglot.synth.solids import box, cylinder, lathe, rod, torus, turned

Rng = np.random.Generator


def tv(rng: Rng, hung: bool = False) -> Piece:
    """Flat television on a foot, or for the wall."""
    kit = Kit()
    w = span(rng, 0.8, 1.25)
    h = w * 0.58
    dark, screen = m.pick(rng, m.DARK_PLASTIC, "black"), m.pick(rng, m.SCREEN)
    z = 0.0 if hung else 0.07
    kit.box(dark, w, 0.045, h, 0, 0, z)
    kit.box(screen, w - 0.04, 0.008, h - 0.04, 0, -0.025, z + 0.02)
    if hung:
        kit.box(dark, 0.3, 0.04, 0.2, 0, 0.04, h / 2 - 0.1)
        return kit.piece("wall-mounted", "rectangular", hung=True)
    kit.box(dark, 0.06, 0.03, 0.07, 0, 0.01, 0.01)
    kit.box(dark, w * 0.4, 0.2, 0.012)
    return kit.piece("flat-screen", "rectangular")


def monitor(rng: Rng) -> Piece:
    """Computer screen on a foot."""
    kit = Kit()
    w = span(rng, 0.46, 0.62)
    h = w * _screen_ratio(rng)
    case = m.pick(rng, m.DARK_PLASTIC, "black", "black", "gray")
    kit.box(case, w, 0.035, h, 0, 0, 0.11)
    kit.box(m.pick(rng, m.SCREEN), w - 0.03, 0.006, h - 0.03, 0, -0.02, 0.125)
    kit.box(case, 0.05, 0.03, 0.2, 0, 0.03, 0.012)
    kit.box(case, 0.24, 0.18, 0.014, 0, 0.02)
    return kit.piece("flat-screen", "rectangular")


def _screen_ratio(rng: Rng) -> float:
    """Height over width of a screen: mostly 16:9, old ones 4:3."""
    return 0.75 if chance(rng, 0.2) else 0.58


def laptop(rng: Rng) -> Piece:
    """Open laptop."""
    kit = Kit()
    case, dark = m.pick_one(rng, m.STEEL, m.DARK_PLASTIC), m.pick(rng, m.SCREEN)
    w, d = span(rng, 0.31, 0.37), span(rng, 0.21, 0.25)
    kit.box(case, w, d, 0.018)
    kit.box(dark, w - 0.05, d * 0.5, 0.003, 0, 0.02, 0.018)
    hinge = (0, d / 2, 0.018)
    kit.add(case, turned(box(w, 0.012, d, hinge), "x", -0.3, hinge))
    kit.add(dark, turned(box(w - 0.02, 0.004, d - 0.02, (0, d / 2 - 0.008, 0.026)), "x", -0.3, hinge))
    return kit.piece("open", state="open")


def keyboard(rng: Rng) -> Piece:
    """Computer keyboard with rows of keys."""
    kit = Kit()
    w, d = span(rng, 0.4, 0.45), span(rng, 0.13, 0.16)
    kit.box(m.pick(rng, m.DARK_PLASTIC), w, d, 0.016)
    keys = m.pick(rng, m.PALE_PLASTIC if chance(rng, 0.4) else m.DARK_PLASTIC)
    for k in range(4):
        kit.box(keys, w - 0.03, d / 5, 0.008, 0, (k - 1.5) * d / 4.2, 0.016)
    return kit.piece("", "rectangular")


def mouse(rng: Rng) -> Piece:
    """Computer mouse."""
    kit = Kit()
    kit.cushion(m.pick(rng, m.DARK_PLASTIC, "black", "gray", "white"), 0.062, 0.11, 0.036, soft=0.9)
    return kit.piece()


def computer(rng: Rng) -> Piece:
    """Computer tower."""
    kit = Kit()
    w, d, h = span(rng, 0.17, 0.21), span(rng, 0.4, 0.47), span(rng, 0.38, 0.46)
    case = m.pick(rng, m.DARK_METAL)
    kit.box(case, w, d, h)
    kit.box(m.pick(rng, m.DARK_PLASTIC), w - 0.02, 0.012, h - 0.04, 0, -d / 2 - 0.005, 0.02)
    kit.box(m.pick(rng, m.STEEL), w - 0.06, 0.01, 0.02, 0, -d / 2 - 0.013, h - 0.1)
    return kit.piece("tower", "rectangular")


def printer(rng: Rng) -> Piece:
    """Desktop printer with a paper tray."""
    kit = Kit()
    body, dark = m.pick(rng, m.PALE_PLASTIC, "white", "gray", "black"), m.pick(rng, m.DARK_PLASTIC)
    w, d, h = span(rng, 0.4, 0.48), span(rng, 0.34, 0.42), span(rng, 0.22, 0.34)
    kit.cushion(body, w, d, h, soft=0.15)
    kit.box(dark, w * 0.7, 0.1, 0.02, 0, -d / 2 - 0.04, h * 0.35)
    kit.box(m.pick(rng, m.PAPER, "white"), w * 0.5, 0.09, 0.01, 0, -d / 2 - 0.04, h * 0.35 + 0.02)
    kit.box(dark, w * 0.8, d * 0.6, 0.012, 0, 0.03, h)
    return kit.piece("", "rectangular")


def copier(rng: Rng) -> Piece:
    """Floor-standing photocopier."""
    kit = Kit()
    body, dark = m.pick(rng, m.PALE_PLASTIC, "white", "gray"), m.pick(rng, m.DARK_PLASTIC)
    w, d = span(rng, 0.6, 0.7), span(rng, 0.6, 0.68)
    kit.box(body, w, d, 0.85)
    for k in range(3):
        kit.box(body, w - 0.06, 0.02, 0.17, 0, -d / 2 - 0.01, 0.06 + 0.19 * k)
        kit.box(dark, 0.2, 0.015, 0.02, 0, -d / 2 - 0.025, 0.19 + 0.19 * k)
    kit.box(dark, w - 0.1, d - 0.1, 0.05, 0, 0, 0.85)
    kit.box(body, w, d, 0.14, 0, 0, 0.9)
    kit.box(dark, 0.26, 0.1, 0.03, w * 0.2, -d / 2 - 0.05, 0.92)
    kit.box(body, 0.3, d * 0.6, 0.03, -w / 2 - 0.14, 0, 0.6)
    return kit.piece("standing", "rectangular")


def telephone(rng: Rng) -> Piece:
    """Desk telephone."""
    kit = Kit()
    body = m.pick(rng, m.DARK_PLASTIC if chance(rng, 0.7) else m.PLASTIC)
    kit.box(body, 0.2, 0.2, 0.035)
    kit.cushion(body, 0.05, 0.2, 0.04, -0.065, 0, 0.04, soft=0.8)
    kit.box(m.pick(rng, m.PALE_PLASTIC), 0.1, 0.09, 0.006, 0.035, -0.04, 0.035)
    kit.box(m.pick(rng, m.SCREEN), 0.1, 0.05, 0.008, 0.035, 0.05, 0.035)
    return kit.piece("desk")


def speaker(rng: Rng) -> Piece:
    """Loudspeaker box with two cones."""
    kit = Kit()
    tall = chance(rng, 0.4)
    w, d, h = (0.24, 0.3, span(rng, 0.8, 1.0)) if tall else (span(rng, 0.16, 0.22), 0.2, span(rng, 0.26, 0.36))
    case = m.pick_one(rng, m.DARK_WOOD, m.DARK_PLASTIC)
    kit.box(case, w, d, h)
    for z, r in ((h * 0.35, w * 0.36), (h * 0.78, w * 0.2)):
        cone = turned(cylinder(r, 0.015, n=14), "x", np.pi / 2)
        kit.add(m.pick(rng, m.RUBBER, "gray"), cone._replace(vertices=cone.vertices + (0, -d / 2, z)))
    return kit.piece("floor-standing" if tall else "bookshelf", "rectangular")


def lamp(rng: Rng) -> Piece:
    """Table lamp with a shade, or a jointed desk lamp."""
    kit = Kit()
    foot = m.pick_one(rng, m.METAL, m.POTTERY, m.WOOD)
    if chance(rng, 0.3):
        kit.cylinder(foot, 0.09, 0.02)
        kit.rod(foot, (0, 0, 0.02), (0.06, 0.03, 0.3), 0.01)
        kit.rod(foot, (0.06, 0.03, 0.3), (-0.08, -0.05, 0.44), 0.01)
        kit.add(foot, lathe([(0.07, 0), (0.025, 0.1)], (-0.1, -0.06, 0.36), 12))
        return kit.piece("desk", "round")
    h, r = span(rng, 0.24, 0.36), span(rng, 0.11, 0.17)
    kit.cylinder(foot, r * 0.65, 0.02, n=14)
    kit.add(foot, lathe([(0.03, 0.02), (0.06, 0.1), (0.02, h)], n=10))
    kit.cylinder(m.pick(rng, m.LAMPSHADE), r, r * 1.4, 0, 0, h, n=16, top=r * 0.7)
    return kit.piece("table", "round")


def floor_lamp(rng: Rng) -> Piece:
    """Standing lamp."""
    kit = Kit()
    foot, h = m.pick_one(rng, m.METAL, m.DARK_METAL, m.WOOD), span(rng, 1.35, 1.6)
    shade = m.pick(rng, m.LAMPSHADE)
    if chance(rng, 0.3):
        for a in np.arange(3) * 2 * np.pi / 3:
            kit.rod(foot, (0, 0, h * 0.85), (0.26 * float(np.cos(a)), 0.26 * float(np.sin(a)), 0), 0.014)
        kit.cylinder(foot, 0.012, h * 0.18, 0, 0, h * 0.83, n=6)
        style = "tripod"
    else:
        kit.cylinder(foot, 0.15, 0.025, n=16)
        kit.cylinder(foot, 0.013, h - 0.02, 0, 0, 0.025, n=8)
        style = "standing"
    kit.cylinder(shade, 0.2, 0.28, 0, 0, h, n=18, top=0.14)
    return kit.piece(style, "round")


def ceiling_lamp(rng: Rng) -> Piece:
    """Lamp on or under the ceiling; local z = 0 is the ceiling."""
    kit = Kit()
    style = one_of(rng, "pendant", "globe", "flush", "panel")
    metal, glow = m.pick(rng, m.METAL), m.pick(rng, m.GLOW)
    if style == "panel":
        kit.box(metal, 1.2, 0.3, 0.05, 0, 0, -0.05)
        kit.box(glow, 1.14, 0.24, 0.012, 0, 0, -0.06)
        return kit.piece(style, "rectangular")
    if style == "flush":
        kit.cylinder(metal, 0.1, 0.03, 0, 0, -0.03)
        kit.add(glow, lathe([(0.09, -0.11), (0.17, -0.08), (0.18, -0.03)], n=18))
        return kit.piece(style, "round")
    drop = span(rng, 0.3, 0.5)
    kit.cylinder(metal, 0.06, 0.02, 0, 0, -0.02)
    kit.cylinder(metal, 0.008, drop - 0.02, 0, 0, -drop, n=6)
    if style == "globe":
        kit.add(glow, lathe([(0.05, -drop - 0.26), (0.15, -drop - 0.14), (0.05, -drop)], n=16))
    else:
        kit.cylinder(m.pick(rng, m.LAMPSHADE), 0.2, 0.2, 0, 0, -drop - 0.2, n=18, top=0.08)
    return kit.piece(style, "round")


def fan(rng: Rng) -> Piece:
    """Pedestal fan."""
    kit = Kit()
    body, h = m.pick(rng, m.PALE_PLASTIC, "white", "black", "gray"), span(rng, 0.9, 1.15)
    kit.cylinder(body, 0.19, 0.03, n=16)
    kit.cylinder(body, 0.015, h - 0.03, 0, 0.03, 0.03, n=8)
    for tube, radius in ((0.012, 0.2), (0.006, 0.11)):
        ring = turned(torus(radius, tube, n=18), "x", np.pi / 2)
        kit.add(body, ring._replace(vertices=ring.vertices + (0, -0.05, h)))
    hub = turned(cylinder(0.05, 0.14, n=10), "x", np.pi / 2)
    kit.add(body, hub._replace(vertices=hub.vertices + (0, 0.07, h)))
    blade = m.pick(rng, m.PLASTIC, "blue", "gray", "black", "white")
    for a in np.arange(4) * np.pi / 2 + 0.4:
        tip = (0.18 * float(np.cos(a)), -0.05, h + 0.18 * float(np.sin(a)))
        kit.add(blade, rod((0, -0.05, h), tip, 0.035, 4))
    return kit.piece("pedestal", "round")


def projector(rng: Rng) -> Piece:
    """Beamer under the ceiling; local z = 0 is the ceiling."""
    kit = Kit()
    drop = span(rng, 0.3, 0.5)
    kit.cylinder(m.pick(rng, m.METAL), 0.02, drop, 0, 0, -drop, n=8)
    kit.box(m.pick(rng, m.PALE_PLASTIC), 0.34, 0.28, 0.12, 0, 0, -drop - 0.12)
    lens = turned(cylinder(0.035, 0.05, n=12), "x", np.pi / 2)
    kit.add(m.pick(rng, m.SCREEN), lens._replace(vertices=lens.vertices + (0.08, -0.13, -drop - 0.06)))
    return kit.piece("hanging")


def air_conditioner(rng: Rng) -> Piece:
    """Split unit on the wall."""
    kit = Kit()
    w, body = span(rng, 0.75, 0.95), m.pick(rng, m.PALE_PLASTIC, "white")
    kit.cushion(body, w, 0.2, 0.28, soft=0.3)
    kit.box(m.pick(rng, m.DARK_PLASTIC), w - 0.1, 0.02, 0.03, 0, -0.098, 0.04)
    return kit.piece("split", hung=True)
