"""Grounding protocols that choose one of the labelled objects: Nr3D, Sr3D and their kin (Achlioptas et al., ECCV 2020).

Input: the boxes of all objects; score: share of sentences whose object is named. Subsets as the official code has them:
easy means at most one distractor of the target's class, hard more; view-dependent means that the *tokens* of the
sentence hold one of ten words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sceneglot.errors import SceneglotError

VIEW_WORDS = frozenset(
    ("front", "behind", "back", "right", "left", "facing", "leftmost", "rightmost", "looking", "across")
)
"""Tokens that make a sentence view-dependent (ReferIt3D, analysis/utterances)."""

MAX_TOKENS = 24
"""Sentences with more tokens are left out, in training and in testing."""

EASY = 2
"""Easy: at most this many objects of the target's class, the target included."""

SUBSETS = ("overall", "easy", "hard", "view-dependent", "view-independent")


def is_view_dependent(tokens: Sequence[str]) -> bool:
    """Whether any token is a view word. Give the official tokens, or `split_tokens` of the text without them."""
    return not VIEW_WORDS.isdisjoint(tokens)


def is_counted(tokens: Sequence[str], mentions_target_class: bool = True) -> bool:
    """The official filters: the target's class is named, and there are at most 24 tokens."""
    return mentions_target_class and len(tokens) <= MAX_TOKENS


def split_tokens(text: str) -> list[str]:
    """Lower-case words without punctuation: what to use where a file lacks the official tokens.

    >>> split_tokens("Facing the sinks, it's the one on the right.")
    ['facing', 'the', 'sinks', 'it', 'is', 'the', 'one', 'on', 'the', 'right']
    """
    kept = "".join(c if c.isalnum() or c in "'’" else " " for c in text.lower()).replace("’", "'")
    words: list[str] = []
    for word in kept.split():
        stem, mark, end = word.partition("'")
        words += [part for part in (stem, "is" if mark and end == "s" and stem in _IS else end) if part]
    return words


_IS = frozenset(("it", "that", "there", "which", "what", "who", "he", "she"))
"""Words after which 's stands for "is"."""


@dataclass(frozen=True)
class GroundingScores:
    """Accuracy in percent and number of sentences of each subset; an empty subset has no accuracy (NaN)."""

    accuracy: Mapping[str, float]
    counts: Mapping[str, int]


def score(right: Sequence[bool], class_counts: Sequence[int], view_dependent: Sequence[bool]) -> GroundingScores:
    """The official table.

    Args:
        right: (Q,) whether the chosen object is the target.
        class_counts: (Q,) objects of the target's class in the scene, the target included.
        view_dependent: (Q,) see `is_view_dependent`.
    """
    hit, view = np.asarray(right, bool), np.asarray(view_dependent, bool)
    easy = np.asarray(class_counts, np.int64) <= EASY
    if not len(hit) == len(easy) == len(view):
        raise SceneglotError(f"grounding scores: {len(hit)} answers, {len(easy)} counts, {len(view)} view marks")
    masks = dict(zip(SUBSETS, (np.ones(len(hit), bool), easy, ~easy, view, ~view)))
    accuracy = {name: 100 * float(hit[m].mean()) if m.any() else float("nan") for name, m in masks.items()}
    return GroundingScores(accuracy, {name: int(m.sum()) for name, m in masks.items()})


def class_only(class_counts: Sequence[int]) -> float:
    """Expected accuracy, in percent, of a random object of the target's class: what language alone cannot beat."""
    return 100 * float((1 / np.asarray(class_counts, np.float64)).mean())


OFFICIAL_COUNTS: Mapping[str, int] = {"nr3d": 7_485, "scanrefer": 9_508, "multi3drefer": 11_120}
"""Sentences of the official split that is scored: Nr3D's test (named class, at most 24 tokens), else validation."""


def check_count(dataset: str, found: int) -> None:
    """Refuse to call a set of sentences the official split when it has another size.

    Raises:
        SceneglotError: the number differs, so that a table from it would not compare with published ones, or the
            data set's official number is not known.
    """
    if dataset not in OFFICIAL_COUNTS:
        known = ", ".join(OFFICIAL_COUNTS)
        raise SceneglotError(f"{dataset or 'all texts'}: the size of the official split is not known, only of {known}")
    expected = OFFICIAL_COUNTS[dataset]
    if found != expected:
        raise SceneglotError(
            f"{dataset}: {found:,} sentences count, the official test split has {expected:,}; "
            "import the complete official file, or score without claiming the official split"
        )
