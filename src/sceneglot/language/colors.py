"""Colour words from RGB: hue, lightness and chroma rules in CIE Lab, with an honest "not sure"."""

from __future__ import annotations

import numpy as np

from sceneglot.language.lexicon import normalize
from sceneglot.scenes.objects import Objects

COLOR_WORDS = (
    "white", "black", "gray", "brown", "beige", "red", "orange", "yellow", "green", "blue", "purple", "pink",
)  # fmt: skip
"""The colour words of the rooms and of most human descriptions."""

SPELLINGS = {"gray": ("grey",), "beige": ("tan",), "purple": ("violet",)}
"""Other accepted words for an answer."""

_WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)

_TRIALS = ((0, 1.0), (7, 1.0), (-7, 1.0), (0, 1.3), (0, 0.75))
"""Change of lightness, and factor of chroma, under which a colour must keep its name."""


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """(N, 3) sRGB 0..255 -> (N, 3) CIE L*a*b* (D65, IEC 61966-2-1 transfer curve)."""
    c = np.asarray(rgb, np.float64).reshape(-1, 3) / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _XYZ.T / _WHITE_D65
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def color_index(lab: np.ndarray) -> np.ndarray:
    """(N, 3) L*a*b* -> (N,) index into `COLOR_WORDS`.

    Greys by chroma first (dark colours need more chroma to look coloured), then hue sectors; the warm sector splits by
    lightness and chroma into brown, beige and orange, the red one into red, pink and brown.
    """
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    warm = (hue >= 25) & (hue < 105)
    rules = [
        ((lightness < 18), "black"),
        ((chroma < 9) & (lightness < 27), "black"),
        ((chroma < 8) & (lightness >= 82), "white"),
        ((chroma < 8), "gray"),
        (warm & (chroma < 12) & (lightness >= 88), "white"),
        (warm & (hue >= 80) & (lightness >= 60) & (chroma >= 45), "yellow"),
        (warm & (hue >= 45) & (lightness >= 52) & (chroma >= 50), "orange"),
        (warm & (hue < 45) & (chroma >= 45), "red"),
        (warm & (lightness >= 66) & (hue >= 50), "beige"),
        (warm & (lightness >= 66) & (chroma >= 20), "pink"),
        (warm & (lightness >= 66), "beige"),
        (warm, "brown"),
        ((hue >= 105) & (hue < 190), "green"),
        ((hue >= 190) & (hue < 298), "blue"),
        ((hue >= 298) & (hue < 335), "purple"),
        ((hue >= 335) & (lightness >= 55), "pink"),
        ((hue >= 335) & (lightness < 55) & (chroma < 30), "purple"),
        ((hue < 25) & (lightness >= 58), "pink"),
        (np.ones(len(lab), bool), "red"),
    ]
    return np.select([rule for rule, _ in rules], [COLOR_WORDS.index(word) for _, word in rules])


def name_colors(rgb: np.ndarray) -> tuple[list[str], list[frozenset[str]]]:
    """Colour words for mean colours.

    A mean colour under unknown light is uncertain: the word is tried again a bit brighter, darker, duller, more vivid.

    Args:
        rgb: (N, 3) 0..255.

    Returns:
        N words that hold in all trials ("" where they disagree), and N sets of all words that came up.
    """
    lab = to_lab(rgb)
    if not len(lab):
        return [], []
    trials = [lab * (1.0, vivid, vivid) + (lift, 0.0, 0.0) for lift, vivid in _TRIALS]
    votes = color_index(np.concatenate(trials)).reshape(len(_TRIALS), -1).T
    maybe = [frozenset(COLOR_WORDS[v] for v in row) for row in votes]
    return [next(iter(words)) if len(words) == 1 else "" for words in maybe], maybe


UNKNOWN_RGB = 128
"""All three channels of an object whose colour is unknown, as `Objects` fills them in."""


def object_colors(objects: Objects) -> tuple[list[str], list[frozenset[str]]]:
    """Colour words of K objects: the source's word where it has one, else named from the mean RGB.

    Returns:
        K words to say, "" where unsure or unknown, or where the label says it already (a "white white board"), and K
        sets of words that might be used, all of them where unknown.
    """
    sure, maybe = name_colors(objects.color)
    everything = frozenset((*COLOR_WORDS, *filter(None, objects.color_name)))
    for row, word in enumerate(objects.color_name):
        if word:
            sure[row], maybe[row] = word, frozenset((word,))
        elif is_unknown(objects.color[row]):
            sure[row], maybe[row] = "", everything
    told = [normalize(label).split()[:1] == [word] for word, label in zip(sure, objects.label)]
    return ["" if again else word for word, again in zip(sure, told)], maybe


def is_unknown(rgb: np.ndarray) -> bool:
    """Whether a mean colour (3,) stands for none."""
    return bool((rgb == UNKNOWN_RGB).all())
