"""What language alone answers: the most frequent answers to questions that begin alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sceneglot.metrics.vqa import TOP, Prediction, Question

PREFIX_WORDS = 3


def language_prior(questions: Sequence[Question], train: Sequence[Question] = ()) -> dict[str, Prediction]:
    """Answer every question with the ten most frequent answers to training questions of the same first three words.

    Falls back to two words, one, none where nothing begins so. Without training questions the answers of the *other*
    given questions are counted (leave-one-out), which flatters the baseline a little: it sees the test distribution.

    Returns:
        Question id -> ranked answers, ties in alphabetical order.
    """
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for question in train or questions:
        for prefix in _prefixes(question.text):
            counts.setdefault(prefix, Counter()).update(question.answers)
    ranked = {prefix: sorted(counter, key=lambda a, c=counter: (-c[a], a)) for prefix, counter in counts.items()}
    found = {}
    for question in questions:
        own = Counter() if train else Counter(question.answers)
        found[question.id] = Prediction(_best(question.text, own, counts, ranked))
    return found


def _best(
    text: str,
    own: Counter[str],
    counts: dict[tuple[str, ...], Counter[str]],
    ranked: dict[tuple[str, ...], list[str]],
) -> tuple[str, ...]:
    for prefix in _prefixes(text):
        # Own answers can only fall in rank, so the first TOP + len(own) hold the new first TOP.
        candidates = ranked.get(prefix, [])[: TOP + len(own)]
        left = {answer: counts[prefix][answer] - own[answer] for answer in candidates}
        best = sorted((a for a in left if left[a] > 0), key=lambda a, left=left: (-left[a], a))[:TOP]
        if best:
            return tuple(best)
    return ()


def _prefixes(text: str) -> list[tuple[str, ...]]:
    """The first three, two, one and no words, longest first."""
    words = text.lower().split()[:PREFIX_WORDS]
    return [tuple(words[:n]) for n in range(len(words), -1, -1)]
