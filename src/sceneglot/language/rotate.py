"""Text under rotation: what becomes of a sentence when its scene is turned about z, or mirrored.

A network that is trained on turned scenes must not read text that was only true before. What is said in the frame of
somebody in the scene (a viewer in the middle of the room, an asker at a place) turns with the scene; what is said in
the frame of the page does not, and is dropped. A mirror swaps left and right; in text that did not come from templates
the words may mean other things, so what names a side there is dropped as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sceneglot.language.clauses import ROW_WORDS
from sceneglot.scenes.utterance import Utterance

MIRRORED_RELATION = {
    "left": "right",
    "far_left": "far_right",
    "near_left": "near_right",
    "to_left": "to_right",
    "at_left": "at_right",
    ROW_WORDS[0]: ROW_WORDS[1],
}
MIRRORED_RELATION |= {right: left for left, right in MIRRORED_RELATION.items()}
"""Relation -> what it is in the mirror; others are read like text ("second from left"), so most of them stay."""

_SWAP = {"left": "right", "leftmost": "rightmost", "left-hand": "right-hand"}
_SWAP |= {right: left for left, right in _SWAP.items()}
_SIDE_WORD = re.compile(r"\b(left|right)(most|-hand)?\b", re.IGNORECASE)
_NO_SIDE = re.compile(
    r"\bright (?:next|by|beside|above|below|behind|under|on top|in front|there|here|ahead|away|angle)\b"
    r"|\bright(?:-angled| angled)\b|\b(?:is|are|was|be) left (?:over|open|behind)\b",
    re.IGNORECASE,
)
"""Uses of the two words that name no side."""


def turn_utterance(
    utterance: Utterance, angle: float, *, mirror: bool = False, turns_with: bool = True
) -> Utterance | None:
    """The sentence for the scene turned by `angle` about z (counter-clockwise), after mirroring x if asked for.

    Args:
        angle: radians. Directions of the text's own viewer turn with the scene, so any angle is allowed; boxes of
            turned scenes stay axis-aligned, and relations as clear as before, for multiples of a right angle.
        mirror: x becomes -x before the rotation; left and right change places.
        turns_with: whether the viewer of view-dependent text stands in the scene and turns with it, as the default
            viewer does. False for text of a fixed direction, or of people whose viewpoint is not known.

    Returns:
        The sentence, rewritten where that is needed; None where it is no longer true and cannot be mended.
    """
    moved = abs(math.remainder(angle, 2 * math.pi)) > 1e-9 or mirror
    if not moved:
        return utterance
    if utterance.view_dependent and not turns_with:
        return None
    position, heading = _turned_place(utterance, angle, mirror)
    placed = replace(utterance, position=position, heading=heading)
    if not mirror:
        return placed
    if not utterance.source.startswith("template:"):  # sides, if there are any, that nobody vouches for
        spoken = (utterance.text, utterance.situation, *utterance.answers)
        return None if utterance.view_dependent or any(mirror_text(text) != text for text in spoken) else placed
    return replace(
        placed,
        text=mirror_text(utterance.text),
        situation=mirror_text(utterance.situation),
        answers=tuple(mirror_text(answer) for answer in utterance.answers),
        relation=MIRRORED_RELATION.get(utterance.relation) or mirror_text(utterance.relation),
    )


def turn_utterances(
    utterances: Iterable[Utterance], angle: float, *, mirror: bool = False, turns_with: bool = True
) -> Iterator[Utterance]:
    """`turn_utterance` of many; those that cannot be kept are left out."""
    for utterance in utterances:
        turned = turn_utterance(utterance, angle, mirror=mirror, turns_with=turns_with)
        if turned is not None:
            yield turned


def mirror_text(text: str) -> str:
    """Left for right and right for left; other uses of the words stay.

    >>> mirror_text("Right next to the bed, on your left.")
    'Right next to the bed, on your right.'
    """
    kept = [match.span() for match in _NO_SIDE.finditer(text)]

    def swap(match: re.Match[str]) -> str:
        if any(start <= match.start() < end for start, end in kept):
            return match[0]
        word = _SWAP[match[0].lower()]
        return word.capitalize() if match[0][0].isupper() else word

    return _SIDE_WORD.sub(swap, text)


def _turned_place(
    utterance: Utterance, angle: float, mirror: bool
) -> tuple[tuple[float, float, float] | None, float | None]:
    """Position and heading after the same motion as the scene's points."""
    position, heading = utterance.position, utterance.heading
    if position is not None:
        x, y, z = position
        x = -x if mirror else x
        c, s = math.cos(angle), math.sin(angle)
        position = (c * x - s * y, s * x + c * y, z)
    if heading is not None:
        heading = math.remainder((math.pi - heading if mirror else heading) + angle, 2 * math.pi)
    return position, heading
