"""Matching of free-text answers: cleaning, exact and refined match, unigram F-value.

The cleaning is the one LEO introduced for generative models and Chat-Scene, GPT4Scene and LLaVA-3D took over, step for
step and in that order, oddities included ("let" becomes "left", "none" becomes "zero", "Café façade" "caf faade").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sceneglot.metrics.wordnet import WordNet

_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_NUMBER_WORD = {str(i): word for i, word in enumerate(_NUMBERS)} | {"23": "twenty-three"}
_WORDS = {
    "letf": "left",
    "let": "left",
    "tehre": "there",
    "rigth": "right",
    "rght": "right",
    "behine": "behind",
    "tv": "TV",
    "chai": "chair",
    "wasing": "washing",
    "waslked": "walked",
    "oclock": "o'clock",
    "none": "zero",
    **_NUMBER_WORD,
}
_ONE_WORD = re.compile(r"\b(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\b")


def clean(answer: str) -> str:
    """An answer as LEO-style scorers compare it.

    >>> clean("The TV."), clean("2 chairs"), clean("10:30"), clean("no1")
    ('TV', 'two chairs', 'ten:30', 'no')
    """
    text = re.sub(" {2,}", " ", answer.lower().strip(" "))
    text = re.sub(r"[^a-zA-Z0-9,'\s\-:]+", "", text)
    text = _ONE_WORD.sub(lambda match: _WORDS[match[0]], text)
    text = re.sub(r"\bo' +clock\b", "o'clock", text)
    text = re.sub(r"\b([a-zA-Z]+)[0-9]\b", r"\1", text)
    for article in ("a", "an", "the"):
        text = re.sub(rf"\b{article}\b ([a-zA-Z]+)", r"\1", text)
    return re.sub(r"\bbackwards\b", "backward", text)


def raw(answer: str) -> str:
    """The answer as it is."""
    return answer


def without_final_dot(answer: str) -> str:
    """Stripped of white space and of one final full stop (Video-3D-LLM)."""
    answer = answer.strip()
    return answer[:-1] if answer.endswith(".") else answer


def single_spaced(answer: str) -> str:
    """Runs of spaces become one (LL3DA)."""
    return re.sub(" +", " ", answer).strip()


class Verdict(NamedTuple):
    """Whether an answer matches exactly, and whether it matches in the refined, looser sense."""

    exact: bool
    refined: bool


def match(
    answer: str, references: Sequence[str], *, stop_at_loose: bool = False, empty_matches: bool = False
) -> Verdict:
    """Compare one answer with all references.

    Args:
        answer: already cleaned as the protocol wants.
        references: likewise.
        stop_at_loose: reproduce LEO's loop, which returns at the first reference that matches loosely and so can
            miss an exact match further down the list.
        empty_matches: reproduce LEO's empty answer, which is a substring of everything and so a refined match.
    """
    refined = False
    for reference in references:
        if answer == reference:
            return Verdict(True, True)
        if loosely_equal(answer, reference, empty_matches=empty_matches):
            refined = True
            if stop_at_loose:
                break
    return Verdict(False, refined)


def loosely_equal(answer: str, reference: str, *, empty_matches: bool = False) -> bool:
    """Without white space, one is a substring of the other ("chair" and "armchair", but also "a" and "black")."""
    a, b = "".join(answer.split()), "".join(reference.split())
    if not (a and b):
        return empty_matches
    return a in b or b in a


def f_value(answer: str, references: Sequence[str], wordnet: WordNet | None = None) -> float:
    """Best unigram F1 over the references on base forms of words; 1 for an exact match.

    Without WordNet the words are compared as they are; report that number under another name.
    """
    base: Callable[[str], str] = wordnet.lemma if wordnet else raw
    words = Counter(base(word) for word in answer.split())
    best = 0.0
    for reference in references:
        if answer == reference:
            return 1.0
        theirs = Counter(base(word) for word in reference.split())
        shared = sum((words & theirs).values())
        if shared:
            best = max(best, 2 * shared / (sum(words.values()) + sum(theirs.values())))
    return best
