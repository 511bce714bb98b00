"""Things in and on walls: back plane at y = 0, reaching towards -y into the room, z = 0 at the lower edge."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, span
from sceneglot.synth.room import Material
from sceneglot.synth.solids import box, cylinder, lathe, torus, turned

Rng = np.random.Generator


def door(rng: Rng, width: float = 0.9, height: float = 2.03, depth: float = 0.14, opened: bool | None = None) -> Piece:
    """Door in its frame, filling an opening (width, height) of a wall `depth` thick; closed or standing open inwards.

    The opened leaf is square to the wall at the hinge side; the whole piece then reaches into the room.
    """
    kit = Kit()
    leaf, frame = m.pick_one(rng, m.WOOD, m.WOOD, m.ENAMEL), m.pick(rng, m.WOOD)
    jamb, gap = 0.05, 0.004
    for sx in (-1, 1):
        kit.box(frame, jamb, depth, height - gap, sx * (width / 2 - jamb / 2 - gap), -depth / 2)
    kit.box(frame, width - 2 * jamb - 2 * gap, depth, jamb, 0, -depth / 2, height - jamb - gap)
    w, h, t = width - 2 * jamb - 4 * gap, height - jamb - 2 * gap, 0.045
    steel = m.pick(rng, m.STEEL)
    glazed = chance(rng, 0.15)
    if opened if opened is not None else chance(rng, 0.2):
        x = -w / 2 + t / 2
        kit.box(leaf, t, w, h, x, -depth - w / 2, gap)
        kit.box(steel, 0.16, 0.02, 0.02, x, -depth - w + 0.07, 1.0)
        return kit.piece("open", "rectangular", hung=True, state="open")
    y = -depth + t / 2 + 0.01
    kit.box(leaf, w, t, h, 0, y, gap)
    panel = m.pick(rng, m.GLASS) if glazed else leaf
    for z0, z1 in ((0.2, 0.85), (1.1, h - 0.15)):
        kit.box(panel, w - 0.26, t + 0.012, z1 - z0, 0, y, z0)
    kit.box(steel, 0.12, 0.05, 0.02, w / 2 - 0.11, -depth - 0.01, 1.0)
    return kit.piece("glazed" if glazed else "closed", "rectangular", hung=True, state="closed")


def window(rng: Rng, width: float = 1.4, height: float = 1.2, depth: float = 0.14) -> Piece:
    """Window with frame, mullions, panes and an inner sill, filling an opening of a wall `depth` thick."""
    kit = Kit()
    frame, glass = m.pick(rng, m.WOOD, "white", "white", "brown"), m.pick(rng, m.GLASS)
    bar, y, gap = 0.06, -depth / 2, 0.004
    for sx in (-1, 1):
        kit.box(frame, bar, 0.07, height - 2 * gap, sx * (width / 2 - bar / 2 - gap), y, gap)
    for z in (gap, height - bar - gap):
        kit.box(frame, width - 2 * bar - 2 * gap, 0.07, bar, 0, y, z)
    n = max(1, round(width / 0.75))
    inner = (width - 2 * bar - 2 * gap) / n
    for k in range(n):
        x = (k - (n - 1) / 2) * inner
        kit.box(glass, inner, 0.012, height - 2 * bar - 2 * gap, x, y, bar + gap)
        if k:
            kit.box(frame, 0.05, 0.06, height - 2 * bar - 2 * gap, x - inner / 2, y, bar + gap)
    kit.box(frame, width - 2 * bar, depth / 2, 0.03, 0, -depth * 0.75 - 0.04, gap)
    return kit.piece(f"{('single', 'double', 'triple')[min(n, 3) - 1]}-pane", "rectangular", hung=True)


def picture(rng: Rng) -> Piece:
    """Framed picture, some large."""
    kit = Kit()
    w, h = span(rng, 0.32, 0.85), span(rng, 0.35, 0.75)
    _framed(kit, m.pick_one(rng, m.WOOD, m.METAL), m.pick(rng, m.PRINT), w, h, 0.03, 0.03)
    return kit.piece("framed", "square" if abs(w - h) < 0.04 else "rectangular", hung=True)


def poster(rng: Rng) -> Piece:
    """Unframed print."""
    kit = Kit()
    kit.box(m.pick(rng, m.PRINT), span(rng, 0.45, 0.7), 0.006, span(rng, 0.6, 0.95))
    return kit.piece("unframed", "rectangular", hung=True)


def _framed(kit: Kit, frame: Material, inside: Material, w: float, h: float, rim: float, t: float) -> None:
    kit.box(inside, w - 2 * rim, t * 0.6, h - 2 * rim, 0, -t * 0.3, rim)
    for s in (0, 1):
        kit.box(frame, w, t, rim, 0, -t / 2, s * (h - rim))
        kit.box(frame, rim, t, h - 2 * rim, (2 * s - 1) * (w - rim) / 2, -t / 2, rim)


def mirror(rng: Rng) -> Piece:
    """Wall mirror, rectangular or round."""
    kit = Kit()
    glass, frame = m.pick(rng, m.MIRROR), m.pick_one(rng, m.WOOD, m.METAL)
    if chance(rng, 0.3):
        r = span(rng, 0.26, 0.4)
        disc = turned(cylinder(r, 0.012, n=24), "x", np.pi / 2)
        kit.add(glass, disc._replace(vertices=disc.vertices + (0, 0, r + 0.02)))
        ring = turned(torus(r, 0.02, n=24), "x", np.pi / 2)
        kit.add(frame, ring._replace(vertices=ring.vertices + (0, -0.01, r + 0.02)))
        return kit.piece("framed", "round", hung=True)
    _framed(kit, frame, glass, span(rng, 0.45, 1.1), span(rng, 0.6, 0.95), 0.03, 0.03)
    return kit.piece("framed", "rectangular", hung=True)


def clock(rng: Rng) -> Piece:
    """Wall clock with two hands."""
    kit = Kit()
    r = span(rng, 0.12, 0.19)
    rim, dial = (
        m.pick_one(rng, m.DARK_PLASTIC, m.METAL, m.WOOD),
        m.pick(rng, m.PAPER, "white", "white", "black", "blue"),
    )
    disc = turned(cylinder(r, 0.03, n=24), "x", np.pi / 2)
    kit.add(dial, disc._replace(vertices=disc.vertices + (0, 0, r)))
    ring = turned(torus(r - 0.012, 0.014, n=24), "x", np.pi / 2)
    kit.add(rim, ring._replace(vertices=ring.vertices + (0, -0.025, r)))
    hand = m.pick(rng, m.PLASTIC, "black" if dial.color_name != "black" else "white")
    for angle, length in ((span(rng, 0, 6.2), r * 0.55), (span(rng, 0, 6.2), r * 0.8)):
        kit.add(hand, turned(box(0.014, 0.006, length, (0, -0.033, r)), "y", angle, (0, -0.033, r)))
    return kit.piece("analog", "round", hung=True)


def whiteboard(rng: Rng) -> Piece:
    """White writing board with a pen tray."""
    return _board(
        rng, m.pick(rng, m.PALE_PLASTIC, "white"), m.pick(rng, m.STEEL), span(rng, 1.5, 2.4), span(rng, 1.0, 1.2)
    )


def blackboard(rng: Rng) -> Piece:
    """Chalk board with a tray."""
    return _board(rng, m.pick(rng, m.SLATE), m.pick(rng, m.WOOD), span(rng, 2.2, 3.2), span(rng, 1.05, 1.25))


def bulletin_board(rng: Rng) -> Piece:
    """Cork board with notes."""
    kit = Kit()
    w, h = span(rng, 0.9, 1.6), span(rng, 0.7, 1.0)
    _framed(kit, m.pick(rng, m.WOOD), m.pick(rng, m.CORK), w, h, 0.03, 0.025)
    for _ in range(int(rng.integers(3, 7))):
        x, z = span(rng, -0.38, 0.38) * w, span(rng, 0.1, 0.65) * h
        kit.box(m.pick(rng, m.PAPER), 0.14, 0.004, 0.18, x, -0.018, z)
    return kit.piece("pinned", "rectangular", hung=True)


def _board(rng: Rng, surface: Material, rim: Material, w: float, h: float) -> Piece:
    kit = Kit()
    _framed(kit, rim, surface, w, h, 0.035, 0.025)
    kit.box(rim, w * 0.5, 0.08, 0.02, 0, -0.065, 0.01)
    pen = m.pick(rng, m.PLASTIC, "red", "blue", "green")
    kit.box(pen, 0.14, 0.02, 0.02, span(rng, -0.2, 0.2) * w, -0.07, 0.03)
    return kit.piece("framed", "rectangular", hung=True)


def projector_screen(rng: Rng) -> Piece:
    """Pulled-down projection screen."""
    kit = Kit()
    w, h = span(rng, 1.7, 2.3), span(rng, 1.2, 1.5)
    kit.box(m.pick(rng, m.PALE_PLASTIC, "white"), w, 0.008, h, 0, -0.05, 0.02)
    kit.box(m.pick(rng, m.DARK_PLASTIC), w, 0.02, 0.025, 0, -0.05)
    kit.box(m.pick(rng, m.METAL), w + 0.1, 0.09, 0.09, 0, -0.045, h + 0.02)
    return kit.piece("pulled down", "rectangular", hung=True, state="pulled down")


def radiator(rng: Rng) -> Piece:
    """Ribbed heater hanging under a window; z = 0 is its lower edge."""
    kit = Kit()
    body = m.pick(rng, m.ENAMEL, "white", "white", "beige", "gray")
    w, h = span(rng, 0.8, 1.4), span(rng, 0.48, 0.6)
    n = round(w / 0.1)
    for k in range(n):
        kit.box(body, w / n - 0.02, 0.09, h, (k - (n - 1) / 2) * w / n, -0.07)
    for z in (0.04, h - 0.08):
        kit.box(body, w, 0.03, 0.04, 0, -0.07, z)
        kit.box(m.pick(rng, m.METAL), 0.04, 0.06, 0.03, 0, -0.03, z)
    return kit.piece("ribbed", "rectangular", hung=True)


def wall_lamp(rng: Rng) -> Piece:
    """Sconce."""
    kit = Kit()
    kit.box(m.pick(rng, m.METAL), 0.09, 0.02, 0.16, 0, -0.01, 0.02)
    kit.rod(m.pick(rng, m.METAL), (0, -0.01, 0.08), (0, -0.1, 0.1), 0.01)
    kit.add(m.pick(rng, m.LAMPSHADE), lathe([(0.05, 0), (0.09, 0.18)], (0, -0.11, 0.08), 12))
    return kit.piece("sconce", hung=True)


def blinds(rng: Rng, width: float = 1.4, height: float = 1.3, slat: Material | None = None) -> Piece:
    """Half-open slatted blind before a window."""
    kit = Kit()
    slat = slat or m.pick_one(rng, m.PALE_PLASTIC, m.WOOD)
    kit.box(slat, width, 0.05, 0.05, 0, -0.045, height - 0.05)
    n = int(height * span(rng, 0.35, 0.9) / 0.07)
    for k in range(n):
        kit.box(slat, width, 0.045, 0.014, 0, -0.045, height - 0.1 - 0.07 * k)
    kit.box(slat, width, 0.03, 0.02, 0, -0.045, height - 0.1 - 0.07 * n)
    for sx in (-1, 1):
        kit.box(slat, 0.006, 0.006, 0.07 * n + 0.04, sx * width * 0.35, -0.045, height - 0.09 - 0.07 * n)
        kit.box(slat, 0.03, 0.02, 0.05, sx * width * 0.45, -0.01, height - 0.05)
    return kit.piece("slatted", "rectangular", hung=True)


def coat_hooks(rng: Rng) -> Piece:
    """Board of hooks, some with coats."""
    kit = Kit()
    n = int(rng.integers(3, 6))
    kit.box(m.pick(rng, m.WOOD), 0.2 * n, 0.02, 0.1, 0, -0.01, 0.85)
    for k in range(n):
        x = (k - (n - 1) / 2) * 0.2
        kit.rod(m.pick(rng, m.STEEL), (x, -0.02, 0.9), (x, -0.08, 0.92), 0.01)
        if chance(rng, 0.45):
            kit.cushion(m.pick(rng, m.CLOTH), 0.18, 0.07, 0.85, x, -0.065, 0.05, soft=0.9)
    return kit.piece("with hooks", hung=True)


def fire_extinguisher(rng: Rng) -> Piece:
    """Red cylinder on a bracket."""
    kit = Kit()
    kit.add(m.pick(rng, m.ENAMEL, "red"), lathe([(0.075, 0), (0.075, 0.42), (0.03, 0.48)], (0, -0.095, 0), 12))
    kit.box(m.pick(rng, m.DARK_METAL, "black"), 0.05, 0.08, 0.06, 0, -0.08, 0.47)
    kit.box(m.pick(rng, m.METAL), 0.06, 0.025, 0.12, 0, -0.0125, 0.2)
    return kit.piece("wall-mounted", hung=True)


def paper_towel_dispenser(rng: Rng) -> Piece:
    """Box for hand towels."""
    kit = Kit()
    body = m.pick_one(rng, m.PALE_PLASTIC, m.STEEL)
    kit.box(body, 0.28, 0.22, 0.36, 0, -0.11)
    kit.box(m.pick(rng, m.PAPER, "white"), 0.2, 0.06, 0.05, 0, -0.12, -0.045)
    return kit.piece("wall-mounted", "rectangular", hung=True)
