"""BLEU over a corpus, in COCO's variant: one brevity length per sample (the closest reference), tiny smoothing terms.

Papineni et al. 2002, with the constants of the `pycocoevalcap` scorer: precision of order n is
`(sum correct_n + 1e-15) / (sum guessed_n + 1e-9)`, BLEU-n the geometric mean of the first n precisions, times
`exp(1 - 1/ratio)` when `ratio = (hypothesis length + 1e-15) / (reference length + 1e-9)` is below one.

With answers of one or two words few 4-grams exist, so BLEU-4 rests on a handful of long answers: adding one exact long
match moves it visibly. Read it next to BLEU-1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

ORDERS = 4
_TINY, _SMALL = 1e-15, 1e-9


def bleu(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, float, float, float]:
    """Corpus BLEU-1..4, each in [0, 1].

    Args:
        hypotheses: N tokenised sentences, tokens separated by spaces; empty ones are allowed.
        references: N lists of tokenised reference sentences, at least one each.

    Raises:
        ValueError: if the lengths differ or a sample has no reference.
    """
    check_pairs(hypotheses, references)
    correct = [0] * ORDERS
    guessed = [0] * ORDERS
    hypothesis_length = reference_length = 0
    for hypothesis, refs in zip(hypotheses, references):
        words = hypothesis.split()
        splits = [ref.split() for ref in refs]
        hypothesis_length += len(words)
        reference_length += min((abs(len(ref) - len(words)), len(ref)) for ref in splits)[1]
        ceiling: Counter[tuple[str, ...]] = Counter()
        for ref in splits:
            ceiling |= ngram_counts(ref, ORDERS)
        for n in range(ORDERS):
            guessed[n] += max(0, len(words) - n)
        for ngram, count in ngram_counts(words, ORDERS).items():
            correct[len(ngram) - 1] += min(count, ceiling[ngram])

    ratio = (hypothesis_length + _TINY) / (reference_length + _SMALL)
    brevity = math.exp(1 - 1 / ratio) if ratio < 1 else 1.0
    scores, product = [], 1.0
    for n in range(ORDERS):
        product *= (correct[n] + _TINY) / (guessed[n] + _SMALL)
        scores.append(product ** (1 / (n + 1)) * brevity)
    return scores[0], scores[1], scores[2], scores[3]


def ngram_counts(words: Sequence[str], orders: int) -> Counter[tuple[str, ...]]:
    """How often each n-gram of order 1..`orders` occurs."""
    return Counter(tuple(words[start : start + n]) for n in range(1, orders + 1) for start in range(len(words) - n + 1))


def check_pairs(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Raise ValueError unless there are N hypotheses and N non-empty lists of references."""
    if len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses for {len(references)} lists of references")
    empty = [i for i, refs in enumerate(references) if len(refs) == 0]
    if empty:
        raise ValueError(f"sample {empty[0]} has no reference ({len(empty)} such samples)")
