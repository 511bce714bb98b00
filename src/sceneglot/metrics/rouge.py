"""ROUGE-L, in COCO's variant: best precision and best recall are taken over the references separately.

Lin 2004 with beta = 1.2, as in the `pycocoevalcap` scorer. The mean over samples is the corpus score.
"""

from __future__ import annotations

from collections.abc import Sequence

from sceneglot.metrics.bleu import check_pairs

BETA = 1.2


def rouge_l(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
    """Mean ROUGE-L and the value per sample, each in [0, 1].

    Args:
        hypotheses: N tokenised sentences, tokens separated by spaces.
        references: N lists of tokenised references, at least one each.
    """
    check_pairs(hypotheses, references)
    values = [
        _one(hypothesis.split(), [ref.split() for ref in refs]) for hypothesis, refs in zip(hypotheses, references)
    ]
    return (sum(values) / len(values) if values else 0.0), values


def _one(words: list[str], references: list[list[str]]) -> float:
    precision = recall = 0.0
    for ref in references:
        common = longest_common_subsequence(words, ref)
        if common:
            precision = max(precision, common / len(words))
            recall = max(recall, common / len(ref))
    if precision == 0 or recall == 0:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def longest_common_subsequence(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence of two word lists; O(len(a) len(b))."""
    row = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for j, other in enumerate(b):
            above = row[j + 1]
            row[j + 1] = diagonal + 1 if word == other else max(above, row[j])
            diagonal = above
    return row[-1]
