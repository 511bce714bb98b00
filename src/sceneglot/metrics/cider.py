"""CIDEr as every captioning table reports it: the code's "CIDEr" is a CIDEr-D-like score, times ten.

Vedantam et al. 2015 with the constants of the `pycocoevalcap` scorer. For each order n = 1..4, n-gram vectors are
weighted by raw count times `log N - log max(1, df)`; df counts the *samples* whose references hold the n-gram. The
similarity of two vectors is `sum min(h, r) r / (|h| |r|)`, times `exp(-d^2 / 72)` where d is the difference of the two
sentences' numbers of bigrams. Mean over references, mean over n, times ten.

Quirks to know before comparing numbers:

* A perfect answer of k < 4 tokens reaches at most 2.5 k (in tables, x100: 250, 500, 750), for missing orders score 0.
* N is the number of samples in the file: CIDEr of a subset is not the mean of the full run's values.
* A single sample has idf 0 and scores 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sceneglot.metrics.bleu import check_pairs, ngram_counts

ORDERS = 4
SIGMA = 6.0
_Ngram = tuple[str, ...]


@dataclass(frozen=True)
class _Vector:
    weights: tuple[dict[_Ngram, float], ...]  # one dictionary per order
    norms: tuple[float, ...]
    num_bigrams: int


def cider(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
    """Mean CIDEr and the value per sample, each in [0, 10]; tables print it times 100.

    Args:
        hypotheses: N tokenised sentences, tokens separated by spaces.
        references: N lists of tokenised references, at least one each; they also define the document frequencies.
    """
    check_pairs(hypotheses, references)
    counted = [[ngram_counts(ref.split(), ORDERS) for ref in refs] for refs in references]
    frequency: Counter[_Ngram] = Counter()
    for refs in counted:
        frequency.update({ngram for ref in refs for ngram in ref})
    log_n = math.log(max(1, len(references)))
    values = []
    for hypothesis, refs in zip(hypotheses, counted):
        vector = _vector(ngram_counts(hypothesis.split(), ORDERS), frequency, log_n)
        total = sum(_similarity(vector, _vector(ref, frequency, log_n)) for ref in refs)
        values.append(10.0 * total / len(refs))
    return (sum(values) / len(values) if values else 0.0), values


def _vector(counts: Mapping[_Ngram, int], frequency: Mapping[_Ngram, int], log_n: float) -> _Vector:
    weights: tuple[dict[_Ngram, float], ...] = tuple({} for _ in range(ORDERS))
    squares = [0.0] * ORDERS
    bigrams = 0
    for ngram, count in counts.items():
        order = len(ngram) - 1
        weight = count * (log_n - math.log(max(1, frequency.get(ngram, 0))))
        weights[order][ngram] = weight
        squares[order] += weight * weight
        if order == 1:
            bigrams += count
    return _Vector(weights, tuple(math.sqrt(s) for s in squares), bigrams)


def _similarity(hypothesis: _Vector, reference: _Vector) -> float:
    total = 0.0
    for order in range(ORDERS):
        scale = hypothesis.norms[order] * reference.norms[order]
        if scale == 0:
            continue
        theirs = reference.weights[order]
        shared = sum(min(w, theirs[g]) * theirs[g] for g, w in hypothesis.weights[order].items() if g in theirs)
        total += shared / scale
    gap = hypothesis.num_bigrams - reference.num_bigrams
    return total / ORDERS * math.exp(-(gap**2) / (2 * SIGMA**2))
