"""Choose the questions that cannot be guessed without looking.

Rooms have habits: a lamp stands on a nightstand, a toilet is white. A reader that never sees the scene learns them
from the questions alone, and then the score says nothing about seeing. So more questions are asked than needed, a
blind guesser is fitted to them, and among a scene's questions of one type those are kept more often that the guesser
would have got wrong: with weight 1 / p(answer | question), which makes the kept answers to a question equally likely
as far as the supply of the scenes allows (importance weighting; the idea of balanced VQA data, cf. Goyal et al. 2017,
arXiv 1612.00837, and adversarial filtering, Le Bras et al. 2020, arXiv 2002.04108). Questions the guesser is sure to
get right, p near 1, are hardly kept at all: the weight falls to zero between p = 1/2 and 1.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numba import njit

from sceneglot.scenes.utterance import Utterance

_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class GuesserConfig:
    """The blind guesser: multinomial logistic regression over hashed words and word pairs.

    Attributes:
        buckets: hashed features; answers: most frequent answers it knows, all others count as one.
        folds: a question is judged by a guesser that was fitted to other scenes.
        epochs, rate: of its AdaGrad training, one question at a time.
        floor: least probability, so that no question weighs without bound.
    """

    buckets: int = 1 << 14
    answers: int = 300
    folds: int = 2
    epochs: int = 3
    rate: float = 0.3
    floor: float = 0.01


def keep_hard(
    questions: Sequence[Utterance], per_scene: int, seed: int = 0, config: GuesserConfig | None = None
) -> list[Utterance]:
    """At most `per_scene` questions of each scene, the shares of the types kept, drawn against the blind guesser.

    Args:
        questions: more than wanted, of many scenes; other kinds of utterances are not allowed.
        seed: of the draw and of the guesser's folds.

    Returns:
        The kept questions in the given order.
    """
    if not questions:
        return []
    guess = blind_guess(questions, seed, config)
    rng = np.random.default_rng([seed, 0xBA1])
    weight = np.minimum(1, 2 * (1 - guess)).clip(1e-3) / guess
    # Efraimidis and Spirakis 2006: the largest log(u) / w are a draw without replacement with weights w.
    luck = np.log(rng.random(len(questions))) / weight
    groups: dict[str, dict[str, list[int]]] = {}
    for row, question in enumerate(questions):
        groups.setdefault(question.scene_id, {}).setdefault(question.question_type, []).append(row)
    kept: list[int] = []
    for by_type in groups.values():
        for rows, quota in zip(by_type.values(), _quotas([len(r) for r in by_type.values()], per_scene)):
            kept += sorted(rows, key=lambda r: -luck[r])[:quota]
    return [questions[row] for row in sorted(kept)]


def blind_guess(questions: Sequence[Utterance], seed: int = 0, config: GuesserConfig | None = None) -> np.ndarray:
    """(N,) float32 probability that a guesser gives to each question's accepted answers without seeing its scene.

    Every question is judged by a guesser fitted to the questions of other scenes.
    """
    config = config or GuesserConfig()
    counts = Counter(a for q in questions for a in q.answers)
    number = {answer: k for k, (answer, _) in enumerate(counts.most_common(config.answers))}
    answers = [sorted({number.get(a, len(number)) for a in q.answers}) for q in questions]
    accepted, accepted_start = _ragged(answers)
    words, start = _ragged([_features(q.text, config.buckets) for q in questions])
    asked = (words, start, accepted, accepted_start)
    fold = np.array([zlib.crc32(f"{seed}/{q.scene_id}".encode()) % config.folds for q in questions])
    rng = np.random.default_rng([seed, 0xB11D])
    result = np.zeros(len(questions), np.float32)
    for k in range(config.folds):
        weight = np.zeros((config.buckets, len(number) + 1), np.float32)
        square = np.full_like(weight, 1.0)
        others, judged = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        for _ in range(config.epochs):
            learn(*asked, rng.permutation(others), weight, square, config.rate)
        result[judged] = judge(*asked, judged, weight)
    return np.maximum(result, config.floor)


def _features(text: str, buckets: int) -> list[int]:
    """Hashed words and neighbouring pairs of a question."""
    words = ["^", *_WORD.findall(text.lower())]
    terms = words + [f"{a} {b}" for a, b in pairwise(words)]
    return [zlib.crc32(term.encode()) % buckets for term in terms]


def _ragged(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lists of numbers as one (sum F,) int64 and the (N + 1,) int64 places where each starts."""
    start = np.cumsum([0, *(len(row) for row in rows)])
    return np.fromiter(chain.from_iterable(rows), np.int64, start[-1]), start


@njit(cache=True)
def learn(
    words: np.ndarray,
    start: np.ndarray,
    accepted: np.ndarray,
    accepted_start: np.ndarray,
    order: np.ndarray,
    weight: np.ndarray,
    square: np.ndarray,
    rate: float,
) -> None:
    """One epoch of logistic regression by AdaGrad, in place.

    Args:
        words, start: features of all questions, ragged; accepted, accepted_start: their accepted answers, ragged.
        order: rows to learn.
        weight: (buckets, A) float32; square: sums of squared gradients, of the same shape.
    """
    for row in order:
        mine = words[start[row] : start[row + 1]]
        gradient = softmax(mine, weight)
        right = accepted[accepted_start[row] : accepted_start[row + 1]]
        # of -log of the probability of any accepted answer: the guesser may settle on whichever is easiest
        gradient[right] -= gradient[right] / max(gradient[right].sum(), 1e-12)
        for word in mine:
            for a in range(len(gradient)):
                square[word, a] += gradient[a] * gradient[a]
                weight[word, a] -= rate * gradient[a] / np.sqrt(square[word, a])


@njit(cache=True)
def judge(
    words: np.ndarray,
    start: np.ndarray,
    accepted: np.ndarray,
    accepted_start: np.ndarray,
    rows: np.ndarray,
    weight: np.ndarray,
) -> np.ndarray:
    """(R,) float32 probability that each of the given rows is answered acceptably."""
    result = np.zeros(len(rows), np.float32)
    for i, row in enumerate(rows):
        probability = softmax(words[start[row] : start[row + 1]], weight)
        for a in accepted[accepted_start[row] : accepted_start[row + 1]]:
            result[i] += probability[a]
    return result


@njit(cache=True)
def softmax(mine: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(A,) float32 probabilities of the answers, given the features of one question."""
    logits = np.zeros(weight.shape[1], np.float32)
    for word in mine:
        logits += weight[word]
    logits = np.exp(logits - logits.max())
    return logits / logits.sum()


def _quotas(supply: Sequence[int], wanted: int) -> list[int]:
    """Split `wanted` in proportion to the supply of each type, by largest remainder; never more than there is."""
    total = sum(supply)
    if total <= wanted:
        return list(supply)
    exact = [wanted * s / total for s in supply]
    quotas = [int(x) for x in exact]
    for k in sorted(range(len(supply)), key=lambda k: quotas[k] - exact[k])[: wanted - sum(quotas)]:
        quotas[k] += 1
    return quotas
