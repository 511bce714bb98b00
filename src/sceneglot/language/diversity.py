"""Diversity of sentences, measured alike for templates and for people: words, word pairs, skeletons, lengths."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*|[.,;:?!]")

_FRAME = """
    a an the this that these those it its they them their there here one ones each every all any some no not both other
    another which what where who whose whatever when while how why if because but and or nor so as than then also too
    well only just besides first of in on at by to from with without within into onto upon over under above below
    beneath underneath beside besides between behind before after against along across through near next close around
    about off up down out inside outside toward towards for during is are was were be been being am do does did has have
    had can could will would should may might must i you we he she me my your our his her us let s t very more most much
    many few several
"""

FRAME_WORDS = frozenset(_FRAME.split())
"""Words of the frame of a sentence; all others are its filling."""


@dataclass(frozen=True)
class Diversity:
    """Measures of one set of sentences. Those marked * grow with the number of tokens: compare equal samples only.

    Attributes:
        sentences, tokens: how many were measured (texts of several sentences count once; punctuation is no token).
        vocabulary: * distinct words.
        type_token_ratio: * distinct words per word.
        distinct_2: * distinct neighbouring pairs of words per pair (Li et al. 2016, arXiv 1510.03055).
        skeletons: * distinct skeletons: the text with every run of filling words replaced by a gap.
        skeletons_per_sentence: skeletons per text.
        mean_length: words per text.
    """

    sentences: int
    tokens: int
    vocabulary: int
    type_token_ratio: float
    distinct_2: float
    skeletons: int
    skeletons_per_sentence: float
    mean_length: float


def tokenize(text: str) -> list[str]:
    """Lower-case words and punctuation marks."""
    return _TOKEN.findall(text.lower())


def skeleton(text: str) -> str:
    """The frame of a text: its function words and punctuation, "_" for every run of other words.

    >>> skeleton("The brown chair is next to the window.")
    'the _ is next to the _ .'
    """
    frame: list[str] = []
    for token in tokenize(text):
        kept = token if token in FRAME_WORDS or not token[0].isalnum() else "_"
        if kept != "_" or not frame or frame[-1] != "_":
            frame.append(kept)
    return " ".join(frame)


def diversity(texts: Iterable[str]) -> Diversity:
    """Measure texts. An empty set gives zeros."""
    words: Counter[str] = Counter()
    pairs: set[tuple[str, str]] = set()
    skeletons: set[str] = set()
    count = pair_count = 0
    for text in texts:
        count += 1
        tokens = [token for token in tokenize(text) if token[0].isalnum()]
        words.update(tokens)
        following = list(zip(tokens, tokens[1:]))  # noqa: RUF007  (itertools.pairwise is no faster and less plain)
        pairs.update(following)
        pair_count += len(following)
        skeletons.add(skeleton(text))
    total = sum(words.values())
    return Diversity(
        sentences=count,
        tokens=total,
        vocabulary=len(words),
        type_token_ratio=len(words) / total if total else 0.0,
        distinct_2=len(pairs) / pair_count if pair_count else 0.0,
        skeletons=len(skeletons),
        skeletons_per_sentence=len(skeletons) / count if count else 0.0,
        mean_length=total / count if count else 0.0,
    )


def sample(texts: Sequence[str], size: int, seed: int = 0) -> list[str]:
    """At most `size` texts, drawn at random but the same for the same seed."""
    return list(texts) if len(texts) <= size else random.Random(seed).sample(list(texts), size)


def table(rows: dict[str, Diversity]) -> str:
    """Measures side by side, as a Markdown table."""
    head = (
        "| sentences of | texts | words | vocabulary | type-token | distinct-2 | skeletons | per text | mean length |"
    )
    lines = [head, "|---|" + "---:|" * 8]
    for name, d in rows.items():
        lines.append(
            f"| {name} | {d.sentences:,} | {d.tokens:,} | {d.vocabulary:,} | {d.type_token_ratio:.3f} "
            f"| {d.distinct_2:.3f} | {d.skeletons:,} | {d.skeletons_per_sentence:.3f} | {d.mean_length:.1f} |"
        )
    return "\n".join(lines)
