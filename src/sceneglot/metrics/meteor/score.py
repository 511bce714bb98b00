"""METEOR 1.5 for English, without Java: exact, stem and (with WordNet) synonym matches.

Denkowski and Lavie 2014, "Meteor Universal", parameters of the English ranking task. The corpus score is computed from
statistics summed over all samples; it is not the mean of the values per sample.

The fourth stage of the Java program, a 60 MB table of paraphrases, is absent. Scores are therefore slightly lower than
the program's where a paraphrase would have matched ("in front" for "before"), and sometimes higher: a word that both
the synonym and the paraphrase stage propose has two candidates and is dropped by the program's search. Without WordNet
the score goes by another name, "METEOR-es" (exact + stem), and must not be compared with METEOR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sceneglot.metrics.bleu import check_pairs
from sceneglot.metrics.meteor.align import NUM_STAGES, align, count_chunks
from sceneglot.metrics.meteor.normalize import FUNCTION_WORDS, normalize
from sceneglot.metrics.meteor.stem import stem
from sceneglot.metrics.wordnet import WordNet

ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
STAGE_WEIGHTS = np.array([1.0, 0.6, 0.8])
"""Weight of an exact, a stem and a synonym match."""


@dataclass(frozen=True)
class MeteorStats:
    """Counts of one hypothesis against one reference; they add up over a corpus.

    Attributes:
        length: words of (hypothesis, reference).
        function_words: function words among them, same order.
        content: (2, 3) matched content words of hypothesis and reference per stage.
        function: (2, 3) matched function words.
        chunks: contiguous runs of matches; a perfect sentence adds none to a sum.
    """

    length: np.ndarray
    function_words: np.ndarray
    content: np.ndarray
    function: np.ndarray
    chunks: int

    @property
    def perfect(self) -> bool:
        """Every word of both sides matched, in one run."""
        matched = (self.content + self.function).sum(1)
        return bool((matched == self.length).all()) and self.chunks == 1

    def score(self) -> float:
        """Weighted F-mean times one minus the fragmentation penalty, in [0, 1]."""
        weighted = (self.content * DELTA + self.function * (1 - DELTA)) @ STAGE_WEIGHTS
        length = (self.length - self.function_words) * DELTA + self.function_words * (1 - DELTA)
        if not (weighted > 0).all():
            return 0.0
        precision, recall = weighted / length
        mean = 1 / ((1 - ALPHA) / precision + ALPHA / recall)
        matched = (self.content + self.function).sum() / 2
        fragmentation = 0.0 if self.perfect else self.chunks / matched
        return float(max(0.0, mean * (1 - GAMMA * fragmentation**BETA)))


class Meteor:
    """METEOR with or without WordNet; `name` says which.

    Args:
        wordnet: synonyms, from `sceneglot.metrics.wordnet.find_wordnet`; None leaves the synonym stage out.
    """

    def __init__(self, wordnet: WordNet | None) -> None:
        self.name = "METEOR" if wordnet else "METEOR-es"
        self._senses = lru_cache(maxsize=65536)(wordnet.senses) if wordnet else None
        self._stats = lru_cache(maxsize=65536)(self._compare)

    def __call__(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
        """Corpus score and the value per sample, each in [0, 1].

        Args:
            hypotheses: N sentences; METEOR normalises and lower-cases them itself.
            references: N lists of reference sentences, at least one each; the best scoring one counts.
        """
        check_pairs(hypotheses, references)
        best = [self.stats(hypothesis, refs) for hypothesis, refs in zip(hypotheses, references)]
        return _total(best).score(), [stats.score() for stats in best]

    def stats(self, hypothesis: str, references: Sequence[str]) -> MeteorStats:
        """Counts against the best reference (the first one on a tie)."""
        return max((self._stats(hypothesis, ref) for ref in references), key=MeteorStats.score)

    def _compare(self, hypothesis: str, reference: str) -> MeteorStats:
        sides = normalize(hypothesis), normalize(reference)
        light = [[word in FUNCTION_WORDS for word in words] for words in sides]
        matches = align(*sides, stem, self._senses)
        content, function = np.zeros((2, NUM_STAGES), np.int64), np.zeros((2, NUM_STAGES), np.int64)
        for match in matches:
            for side, position in enumerate((match.test, match.reference)):
                (function if light[side][position] else content)[side, match.stage] += 1
        return MeteorStats(
            length=np.array([len(words) for words in sides]),
            function_words=np.array([sum(flags) for flags in light]),
            content=content,
            function=function,
            chunks=count_chunks(matches),
        )


def _total(samples: Sequence[MeteorStats]) -> MeteorStats:
    pair, table = np.zeros(2, np.int64), np.zeros((2, NUM_STAGES), np.int64)
    total = MeteorStats(pair, pair, table, table, 0)
    for stats in samples:
        total = MeteorStats(
            total.length + stats.length,
            total.function_words + stats.function_words,
            total.content + stats.content,
            total.function + stats.function,
            total.chunks + (0 if stats.perfect else stats.chunks),
        )
    return total
