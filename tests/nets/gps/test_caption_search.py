"""Beam search against trying out every sentence, and against greedy search."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.nets.gps.caption_search import SearchConfig, beam_search

START, END, V, LONGEST = 0, 1, 4, 4


def language(seed: int, count: int = 2):
    """Random log probabilities that depend on everything said so far; START is never said again."""

    def next_word(sentence: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        rows = []
        for number, said in zip(sentence.tolist(), words.tolist()):
            logits = np.random.default_rng([seed, number, *said]).standard_normal(V) * 2
            logits[START] = -np.inf
            rows.append(torch.from_numpy(logits).float().log_softmax(0))
        return torch.stack(rows)

    return next_word


def by_hand(next_word, sentence: int, power: float) -> tuple[tuple[int, ...], float]:
    """The best of all sentences that end, or are cut off at `LONGEST`."""
    best: tuple[float, tuple[int, ...], float] = (-np.inf, (), 0.0)
    for said in product(range(1, V), repeat=LONGEST - 1):
        line, total = [START], 0.0
        for word in said:
            total += float(next_word(torch.tensor([sentence]), torch.tensor([line]))[0, word])
            line.append(word)
            if word == END:
                break
        count = len(line) - 1
        best = max(best, (total / count**power, tuple(w for w in line[1:] if w != END), total / count))
    return best[1], best[2]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), power=st.sampled_from([0.0, 1.0]))
def test_enough_beams_find_the_best_of_all_sentences(seed, power):
    next_word = language(seed)
    found = beam_search(next_word, 2, START, END, SearchConfig(V**LONGEST, LONGEST, power))
    for number, sentence in enumerate(found):
        words, score = by_hand(next_word, number, power)
        assert sentence.words == words
        assert sentence.score == pytest.approx(score, abs=1e-4)


def test_one_beam_is_greedy_and_more_are_never_worse_on_average():
    gains = []
    for seed in range(20):
        next_word = language(seed, 1)
        line = [START]
        while len(line) < LONGEST and (len(line) == 1 or line[-1] != END):
            line.append(int(next_word(torch.tensor([0]), torch.tensor([line]))[0].argmax()))
        greedy, wide = (beam_search(next_word, 1, START, END, SearchConfig(k, LONGEST))[0] for k in (1, 3))
        assert greedy.words == tuple(word for word in line[1:] if word != END)
        gains.append(wide.score - greedy.score)
    assert np.mean(gains) > 0


def test_a_sentence_that_never_ends_is_cut():
    def stutter(sentence, words):
        return torch.tensor([-9.0, -9.0, 0.0, -9.0]).log_softmax(0).expand(len(words), V)

    assert beam_search(stutter, 1, START, END, SearchConfig(2, 5))[0].words == (2, 2, 2, 2)


def test_sentences_do_not_disturb_each_other():
    next_word = language(3, 4)
    together = beam_search(next_word, 4, START, END, SearchConfig(2, LONGEST))
    for number in range(4):
        alone = beam_search(lambda s, w, n=number: next_word(s + n, w), 1, START, END, SearchConfig(2, LONGEST))
        assert alone[0] == together[number]
