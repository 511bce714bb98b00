"""Materials: what things are made of, in colours that people have words for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sceneglot.synth.room import Material, Texture

Rgb = tuple[int, int, int]

COLORS: dict[str, tuple[Rgb, ...]] = {
    "white": ((238, 238, 235), (228, 228, 226)),
    "black": ((32, 32, 34), (42, 40, 40)),
    "gray": ((128, 128, 130), (152, 152, 152), (104, 105, 108)),
    "brown": ((112, 72, 42), (92, 58, 36), (134, 88, 52)),
    "beige": ((222, 202, 168), (210, 188, 152)),
    "red": ((176, 38, 36), (196, 46, 44)),
    "orange": ((224, 122, 34), (232, 136, 48)),
    "yellow": ((228, 196, 56), (236, 208, 84)),
    "green": ((62, 128, 66), (84, 142, 76), (46, 104, 58)),
    "blue": ((46, 84, 160), (62, 106, 182), (38, 62, 124)),
    "purple": ((112, 64, 148), (132, 82, 164)),
    "pink": ((226, 142, 172), (232, 164, 188)),
}
"""The colour words of the rooms, each with the shades it may mean."""

PALE: dict[str, tuple[Rgb, ...]] = {
    **COLORS,
    "gray": ((176, 176, 176), (160, 161, 164)),
    "beige": ((226, 211, 182), (216, 198, 164)),
    "red": ((192, 92, 84), (178, 74, 68)),
    "orange": ((230, 160, 98), (224, 148, 84)),
    "yellow": ((238, 220, 140), (240, 224, 156)),
    "green": ((156, 196, 152), (140, 184, 142)),
    "blue": ((142, 178, 214), (122, 162, 204)),
    "purple": ((168, 140, 190), (154, 124, 180)),
    "pink": ((236, 188, 202), (232, 176, 194)),
}
"""Shades of wall paint: the same words, lighter."""

TIMBER: dict[str, tuple[Rgb, ...]] = {
    **COLORS,
    "brown": ((112, 72, 42), (92, 58, 36), (134, 88, 52), (154, 104, 60), (120, 64, 40)),
    "beige": ((222, 202, 168), (208, 178, 132), (198, 168, 122)),
}
"""Shades of wood: brown is oak, walnut, teak or cherry; beige is birch or pine."""


@dataclass(frozen=True)
class Family:
    """One kind of stuff: which colours it comes in (repeat a word to make it likelier) and how it looks.

    Attributes:
        name: the word language uses.
        colors: colour words.
        contrast: how far the second colour of the texture is from the first, as a share of brightness.
        jitter: how much lighter or darker than the shade it may be, of 255.
        shades: what the colour words mean for this stuff.
    """

    name: str
    colors: tuple[str, ...]
    texture: Texture = "plain"
    scale: float = 0.2
    contrast: float = 0.15
    dropout: float = 0.0
    shine: float = 0.0
    jitter: int = 6
    shades: dict[str, tuple[Rgb, ...]] = field(default_factory=lambda: COLORS)


_BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "pink")

WOOD = Family(
    "wood", ("brown", "brown", "brown", "brown", "beige", "beige", "white", "black"), "grain", 0.12, shine=0.1
)
DARK_WOOD = Family("wood", ("brown",), "grain", 0.12, shine=0.1, shades=TIMBER)
METAL = Family("metal", ("gray", "gray", "gray", "black", "white"), shine=0.5, dropout=0.05)
STEEL = Family("metal", ("gray",), shine=0.6, dropout=0.05)
DARK_METAL = Family("metal", ("black", "gray"), shine=0.4, dropout=0.08)
FABRIC = Family("fabric", ("gray", "gray", "beige", "blue", "brown", "black", "green", "red"), "speckle", 0.03)
CLOTH = Family("fabric", ("white", "white", "beige", "gray", *_BRIGHT), "speckle", 0.04)
PATTERN = Family("fabric", ("blue", "red", "beige", "gray", "green", "purple", "yellow", "pink"), "stripes", 0.14, 0.35)
LEATHER = Family("leather", ("brown", "brown", "black", "black", "white", "red", "beige"), shine=0.3)
PLASTIC = Family("plastic", ("black", "white", "gray", *_BRIGHT), shine=0.2)
DARK_PLASTIC = Family("plastic", ("black", "black", "gray"), shine=0.2)
PALE_PLASTIC = Family("plastic", ("white", "white", "gray", "beige"), shine=0.2)
CERAMIC = Family("ceramic", ("white",), shine=0.5)
POTTERY = Family("ceramic", ("white", "brown", "orange", "blue", "gray", "green", "red"), shine=0.4)
GLASS = Family("glass", ("gray",), dropout=0.7, shine=0.9)
MIRROR = Family("glass", ("gray",), dropout=0.6, shine=1.0)
SCREEN = Family("plastic", ("black",), dropout=0.15, shine=0.6, jitter=3)
PAPER = Family("paper", ("white", "white", *_BRIGHT, "brown", "black", "gray"))
CARDBOARD = Family("cardboard", ("brown", "brown", "beige", "white"))
PRINT = Family("paper", ("blue", "green", "red", "beige", "yellow", "gray", "black", "purple"), "blotches", 0.16, 0.45)
STONE = Family("stone", ("gray", "gray", "black", "white", "beige", "brown"), "speckle", 0.05, shine=0.3)
LEAF = Family("plant", ("green",), "blotches", 0.06, 0.25)
WICKER = Family("wicker", ("brown", "beige"), "checker", 0.04, 0.3)
CARPET = Family("carpet", ("gray", "red", "blue", "beige", "brown", "green", "black", "purple"), "blotches", 0.35, 0.3)
RUBBER = Family("rubber", ("black", "gray", "blue"))
CORK = Family("cork", ("brown",), "speckle", 0.03)
SLATE = Family("slate", ("black", "green"))
ENAMEL = Family("metal", ("white", "white", "gray", "black"), shine=0.4)
LAMPSHADE = Family("fabric", ("white", "white", "beige", "yellow", "gray", "red"))
GLOW = Family("glass", ("white",), shine=0.1)
PAINT = Family(
    "paint", ("white", "white", "white", "beige", "beige", "gray", "blue", "green", "yellow", "pink"), shades=PALE
)
WHITE_PAINT = Family("paint", ("white",))
FLOOR_WOOD = Family("wood", ("brown", "brown", "beige", "gray"), "grain", 0.15, shades=TIMBER)
FLOOR_TILES = Family("tile", ("white", "beige", "gray", "brown"), "tiles", 0.4, 0.2, shine=0.3)
WALL_TILES = Family(
    "tile", ("white", "white", "beige", "gray", "blue", "green"), "tiles", 0.2, 0.15, shine=0.4, shades=PALE
)
FLOOR_CARPET = Family("carpet", ("gray", "beige", "blue", "brown", "red"), "speckle", 0.05)


def pick(rng: np.random.Generator, family: Family, *colors: str) -> Material:
    """A material of the family, in one of `colors` if given, else in one of the family's own."""
    words = colors or family.colors
    word = words[int(rng.integers(len(words)))]
    shades = family.shades[word]
    shade = shades[int(rng.integers(len(shades)))]
    lighter = int(rng.integers(-family.jitter, family.jitter + 1))
    stray = rng.integers(-2, 3, 3)  # little per channel: whites and grays must not look tinted
    color = _rgb(shade[k] + lighter + int(stray[k]) for k in range(3))
    dark = sum(color) <= 270  # dark things get a lighter second colour
    factor, lift = (1 + family.contrast, 60 * family.contrast) if dark else (1 - family.contrast, 0.0)
    accent = _rgb(round(c * factor + lift) for c in color)
    return Material(
        name=family.name,
        color=color,
        color_name=word,
        accent=accent,
        texture=family.texture,
        texture_scale=family.scale,
        dropout=family.dropout,
        shine=family.shine,
    )


def pick_one(rng: np.random.Generator, *families: Family) -> Material:
    """A material of one of the families."""
    return pick(rng, families[int(rng.integers(len(families)))])


def _rgb(values: Iterable[int]) -> Rgb:
    r, g, b = (min(max(v, 0), 255) for v in values)
    return r, g, b
