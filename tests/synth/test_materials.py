"""A material's colour word is the word its RGB deserves."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from sceneglot.synth import materials as m
from sceneglot.synth.materials import Family

FAMILIES = {name: value for name, value in vars(m).items() if isinstance(value, Family)}


def plausible_words(rgb: tuple[int, int, int]) -> set[str]:
    """Colour words a person might use, by hue, saturation and value; bands overlap where people disagree."""
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in rgb))
    hue = h * 360
    words: set[str] = set()
    if v < 0.25:
        words.add("black")
    if s < 0.12 and v > 0.85:
        words.add("white")
    if s < 0.15 and 0.25 < v < 0.87:
        words.add("gray")
    if 15 <= hue <= 55 and 0.1 <= s <= 0.55 and v > 0.68:
        words.add("beige")
    if 8 <= hue <= 45 and s > 0.35 and 0.2 < v < 0.7:
        words.add("brown")
    bands = (("red", 345, 375), ("orange", 18, 40), ("yellow", 40, 62), ("green", 85, 165), ("blue", 195, 240))
    for word, low, high in (*bands, ("purple", 260, 292), ("pink", 325, 352)):
        if (low <= hue <= high or low <= hue + 360 <= high) and s > 0.14 and v > 0.25:
            words.add(word)
    return words


@pytest.mark.parametrize("name", FAMILIES)
def test_colour_words_agree_with_the_rgb(name: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        material = m.pick(rng, FAMILIES[name])
        assert material.color_name in plausible_words(material.color), (material.color_name, material.color)


def test_a_wanted_colour_is_obeyed() -> None:
    rng = np.random.default_rng(1)
    assert {m.pick(rng, m.WOOD, "white").color_name for _ in range(10)} == {"white"}


@pytest.mark.parametrize("name", FAMILIES)
def test_textures_show_but_do_not_change_the_colour(name: str) -> None:
    family = FAMILIES[name]
    rng = np.random.default_rng(2)
    for _ in range(20):
        material = m.pick(rng, family)
        difference = np.abs(np.array(material.accent) - material.color).max()
        assert difference <= 130
        assert min(material.accent) >= 0 and max(material.accent) <= 255
        if family.texture != "plain":
            assert difference > 0


def test_glass_loses_rays() -> None:
    rng = np.random.default_rng(3)
    assert m.pick(rng, m.GLASS).dropout > 0.5
    assert m.pick(rng, m.WOOD).dropout == 0
