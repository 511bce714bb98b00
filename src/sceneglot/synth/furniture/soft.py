"""Beds, bedding and cloth."""

from __future__ import annotations

import numpy as np

from sceneglot.synth import materials as m
from sceneglot.synth.furniture.kit import Kit, Piece, chance, one_of, span
from sceneglot.synth.room import Material
from sceneglot.synth.solids import cushion, ellipsoid, roughened, turned

Rng = np.random.Generator


def bed(rng: Rng, size: str | None = None) -> Piece:
    """Bed with mattress and cover; the head is at +y, the foot end is its front."""
    size = size or one_of(rng, "single", "double", "double", "king")
    w = {"single": span(rng, 0.95, 1.1), "double": span(rng, 1.45, 1.65), "king": span(rng, 1.8, 1.95)}[size]
    d, top, head = span(rng, 2.05, 2.2), span(rng, 0.5, 0.6), span(rng, 0.85, 1.3)
    kit = Kit()
    frame = m.pick_one(rng, m.WOOD, m.WOOD, m.FABRIC)
    sheet, cover = m.pick(rng, m.CLOTH, "white", "beige", "gray"), m.pick_one(rng, m.CLOTH, m.FABRIC, m.PATTERN)
    kit.legs(frame, w - 0.05, d - 0.05, 0.12, 0.07)
    for sx in (-1, 1):  # in halves, so that the cover is the largest part: it is what a bed's colour is named by
        kit.box(frame, w / 2, d, top - 0.36, sx * w / 4, 0, 0.1)
    made = d * 0.66
    kit.cushion(sheet, w - 0.02, d - made + 0.02, 0.22, 0, made / 2 - 0.04, top - 0.26, soft=0.3)
    kit.cushion(cover, w + 0.02, made, 0.28, 0, (made - d) / 2 - 0.005, top - 0.26, soft=0.4)
    padded = chance(rng, 0.3)
    if padded:
        kit.cushion(m.pick(rng, m.FABRIC), w + 0.04, 0.1, head, 0, d / 2 + 0.05, 0.0, soft=0.5)
    else:
        kit.box(frame, w + 0.02, 0.05, head, 0, d / 2 + 0.025)
    kit.surface(w - 0.1, d * 0.3, top - 0.04, 0, d * 0.31, room=1.2)
    kit.surface(w - 0.2, d * 0.45, top + 0.02, 0, -d * 0.22, room=1.2)
    return kit.piece(size, "rectangular")


def bunk_bed(rng: Rng) -> Piece:
    """Two beds one above the other, with a ladder at the foot end."""
    kit = Kit()
    frame = m.pick_one(rng, m.WOOD, m.METAL)
    w, d = span(rng, 0.95, 1.05), span(rng, 2.0, 2.1)
    kit.legs(frame, w + 0.06, d + 0.06, 1.7, 0.06)
    for z in (0.3, 1.25):
        kit.box(frame, w, d, 0.08, 0, 0, z)
        kit.cushion(m.pick(rng, m.CLOTH), w - 0.06, d - 0.06, 0.16, 0, 0, z + 0.08, soft=0.4)
        for sx in (-1, 1):
            kit.box(frame, 0.02, d, 0.06, sx * (w / 2 + 0.01), 0, z + 0.28)
    for k in range(5):
        kit.box(frame, w, 0.03, 0.03, 0, -d / 2 - 0.01, 0.3 + 0.3 * k)
    kit.surface(w - 0.1, 0.5, 0.54, 0, d / 2 - 0.35, room=0.6)
    return kit.piece("bunk", "rectangular")


def crib(rng: Rng) -> Piece:
    """Baby's bed with bars."""
    kit = Kit()
    wood, (w, d) = m.pick(rng, m.WOOD), (0.7, 1.3)
    kit.legs(wood, w, d, 0.95, 0.05)
    kit.box(wood, w - 0.1, d - 0.1, 0.04, 0, 0, 0.3)
    kit.cushion(m.pick(rng, m.CLOTH), w - 0.1, d - 0.1, 0.1, 0, 0, 0.34)
    for sx in (-1, 1):
        kit.box(wood, 0.03, d, 0.05, sx * (w / 2 - 0.025), 0, 0.9)
        for y in np.linspace(-d / 2 + 0.12, d / 2 - 0.12, 7):
            kit.box(wood, 0.015, 0.015, 0.6, sx * (w / 2 - 0.025), float(y), 0.3)
    for sy in (-1, 1):
        kit.box(wood, w - 0.1, 0.03, 0.6, 0, sy * (d / 2 - 0.025), 0.32)
    return kit.piece("barred", "rectangular")


def pillow(rng: Rng, cloth: Material | None = None) -> Piece:
    """Pillow lying flat; sofa pillows are smaller and stand elsewhere."""
    kit = Kit()
    kit.cushion(
        cloth or m.pick_one(rng, m.CLOTH, m.PATTERN), span(rng, 0.45, 0.62), span(rng, 0.32, 0.42), 0.13, soft=1
    )
    return kit.piece("bed", "rectangular")


def throw_pillow(rng: Rng) -> Piece:
    """Square sofa pillow leaning back; its foot is towards -y."""
    kit = Kit()
    s = span(rng, 0.36, 0.44)
    kit.add(m.pick_one(rng, m.CLOTH, m.PATTERN), turned(cushion(s, 0.13, s, soft=1.0), "x", -0.25))
    kit.ground()
    return kit.piece("sofa", "square")


def blanket(rng: Rng) -> Piece:
    """Folded blanket."""
    kit = Kit()
    cloth = m.pick_one(rng, m.CLOTH, m.PATTERN)
    w, d, n = span(rng, 0.45, 0.7), span(rng, 0.35, 0.5), int(rng.integers(2, 4))
    for k in range(n):
        kit.cushion(cloth, w - 0.02 * k, d - 0.02 * k, 0.05, 0, 0, 0.05 * k, soft=0.9)
    return kit.piece("folded", "rectangular")


def towel(rng: Rng) -> Piece:
    """Towel on a wall bar."""
    kit = Kit()
    w, h = span(rng, 0.35, 0.55), span(rng, 0.4, 0.65)
    steel = m.pick(rng, m.STEEL)
    kit.rod(steel, (-w / 2 - 0.06, -0.05, h), (w / 2 + 0.06, -0.05, h), 0.01)
    for sx in (-1, 1):
        kit.rod(steel, (sx * (w / 2 + 0.05), 0, h), (sx * (w / 2 + 0.05), -0.05, h), 0.01)
    cloth = m.pick(rng, m.CLOTH)
    kit.cushion(cloth, w, 0.025, h, 0, -0.07, 0.015, soft=0.8)
    kit.cushion(cloth, w, 0.02, h * 0.7, 0, -0.028, h * 0.3 + 0.015, soft=0.8)
    return kit.piece("hanging", "rectangular", hung=True)


def folded_towels(rng: Rng) -> Piece:
    """A stack of folded towels."""
    kit = Kit()
    w, d = span(rng, 0.28, 0.36), span(rng, 0.2, 0.26)
    for k in range(int(rng.integers(2, 5))):
        kit.cushion(m.pick(rng, m.CLOTH), w, d, 0.06, 0, 0, 0.06 * k, soft=0.9)
    return kit.piece("folded", "rectangular")


def clothes(rng: Rng) -> Piece:
    """A crumpled pile of clothes."""
    kit = Kit()
    for k in range(3):
        r = 0.2 - 0.03 * k + span(rng, -0.02, 0.02)
        x, y = (span(rng, -0.05, 0.05), span(rng, -0.05, 0.05)) if k else (0.0, 0.0)
        blob = roughened(ellipsoid(r, r * 0.8, 0.07, (x, y, 0.07 + 0.05 * k), 9, 3), rng, 0.12)
        kit.add(m.pick(rng, m.CLOTH), blob)
    kit.ground()
    return kit.piece("pile")


def rug(rng: Rng, width: float | None = None, depth: float | None = None) -> Piece:
    """Flat carpet with a border; round now and then."""
    kit = Kit()
    cloth = m.pick(rng, m.CARPET)
    if width is None and chance(rng, 0.3):
        r = span(rng, 0.6, 0.95)
        kit.cylinder(cloth, r, 0.006, n=28)
        return kit.piece("woven", "round")
    w, d = width or span(rng, 1.4, 2.2), depth or span(rng, 1.0, 1.5)
    kit.box(cloth, w - 0.12, d - 0.12, 0.007)
    border = m.pick(rng, m.CARPET) if chance(rng, 0.6) else cloth
    for s in (-1, 1):
        kit.box(border, w, 0.06, 0.006, 0, s * (d / 2 - 0.03))
        kit.box(border, 0.06, d - 0.12, 0.006, s * (w / 2 - 0.03))
    return kit.piece("woven", "rectangular")


def bath_mat(rng: Rng) -> Piece:
    """Small mat."""
    kit = Kit()
    kit.box(m.pick(rng, m.CARPET), span(rng, 0.6, 0.8), span(rng, 0.42, 0.55), 0.007)
    return kit.piece("flat", "rectangular")


def yoga_mat(rng: Rng) -> Piece:
    """Exercise mat laid out."""
    kit = Kit()
    kit.box(m.pick(rng, m.RUBBER, "blue", "purple", "green", "pink", "black"), 0.61, 1.8, 0.006)
    return kit.piece("flat", "rectangular")


def teddy_bear(rng: Rng) -> Piece:
    """Sitting soft toy."""
    kit = Kit()
    s = span(rng, 0.8, 1.3)
    fur = m.pick(rng, m.FABRIC, "brown", "brown", "beige", "white", "pink")
    dark = m.pick(rng, m.PLASTIC, "black")
    kit.add(fur, ellipsoid(0.1 * s, 0.08 * s, 0.12 * s, (0, 0, 0.12 * s)))
    kit.add(fur, ellipsoid(0.08 * s, 0.075 * s, 0.075 * s, (0, -0.01 * s, 0.29 * s)))
    for x in (-1, 1):
        kit.add(fur, ellipsoid(0.03 * s, 0.02 * s, 0.03 * s, (x * 0.065 * s, 0, 0.36 * s), 8, 3))
        kit.add(fur, ellipsoid(0.035 * s, 0.035 * s, 0.08 * s, (x * 0.11 * s, -0.02 * s, 0.16 * s), 8, 3))
        kit.add(fur, ellipsoid(0.04 * s, 0.1 * s, 0.04 * s, (x * 0.07 * s, -0.12 * s, 0.04 * s), 8, 3))
        kit.add(dark, ellipsoid(0.01 * s, 0.01 * s, 0.01 * s, (x * 0.03 * s, -0.08 * s, 0.31 * s), 6, 2))
    return kit.piece("sitting")


def curtain(
    rng: Rng,
    width: float | None = None,
    height: float | None = None,
    cloth: Material | None = None,
    drawn: float = 0.3,
) -> Piece:
    """Pleated cloth on a rod with wall brackets; hung, z = 0 is its hem.

    Args:
        width: of the rod, metres; height: hem to rod, metres.
        cloth: what it is made of.
        drawn: probability that one cloth covers the whole width; else a panel hangs at either end.
    """
    kit = Kit()
    w, h = width or span(rng, 1.4, 2.2), height or span(rng, 1.4, 2.1)
    cloth = cloth or m.pick_one(rng, m.FABRIC, m.CLOTH)
    closed = chance(rng, drawn)
    panel = w - 0.1 if closed else w * span(rng, 0.16, 0.3)
    for side in (0,) if closed else (-1, 1):
        _pleats(kit, cloth, panel, h - 0.04, 0.13, side * (w - panel) / 2)
    kit.rod(m.pick_one(rng, m.STEEL, m.DARK_METAL, m.WOOD), (-w / 2 - 0.03, -0.12, h), (w / 2 + 0.03, -0.12, h), 0.014)
    for sx in (-1, 1):
        kit.rod(m.pick(rng, m.DARK_METAL), (sx * w / 2, 0, h), (sx * w / 2, -0.12, h), 0.01)
    return kit.piece("drawn" if closed else "open", hung=True, state="closed" if closed else "open")


def shower_curtain(rng: Rng, width: float | None = None) -> Piece:
    """Curtain to be drawn along a bathtub, pushed together; hangs in front of the tub from z = 0 (its hem)."""
    kit = Kit()
    w, h = width or span(rng, 0.5, 0.75), span(rng, 1.68, 1.78)
    _pleats(kit, m.pick_one(rng, m.CLOTH, m.PATTERN), w, h, 0.14)
    return kit.piece("pleated", hung=True)


def _pleats(kit: Kit, cloth: Material, w: float, h: float, depth: float, x: float = 0.0) -> None:
    """Folds of cloth, one closed solid each, around x, between y = -0.05 - depth and -0.05."""
    n = max(4, round(w / 0.09))
    step = w / n
    for k in range(n):
        fold = x + (k - (n - 1) / 2) * step
        kit.cushion(cloth, step * 1.02, depth * (0.55 if k % 2 else 0.9), h, fold, -0.05 - depth / 2, 0, soft=0.7)
