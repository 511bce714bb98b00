"""Questions that can be guessed blind are dropped, quotas and order are kept, the guesser is a logistic regression."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.language.balance import _quotas, blind_guess, judge, keep_hard, learn
from sceneglot.scenes.utterance import Utterance


def ask(scene: int, text: str, answer: str, kind: str = "color") -> Utterance:
    return Utterance(f"{scene}-{text}", f"s{scene:03d}", "question", text, answers=(answer,), question_type=kind)


def habits(scenes: int = 600) -> list[Utterance]:
    """Toilets are white nine times of ten, doors are red or green by turns."""
    rng = np.random.default_rng(0)
    made = []
    for s in range(scenes):
        made.append(ask(s, "What color is the toilet?", "white" if rng.random() < 0.9 else "black"))
        made.append(ask(s, "What color is the door?", "red" if rng.random() < 0.5 else "green"))
    return made


def test_the_guesser_learns_habits_and_knows_its_limits() -> None:
    questions = habits()
    guess = blind_guess(questions)
    usual = [g for g, q in zip(guess, questions) if q.answers == ("white",)]
    doors = [g for g, q in zip(guess, questions) if "door" in q.text]
    assert np.mean(usual) > 0.8 and 0.4 < np.mean(doors) < 0.6


def test_what_is_kept_cannot_be_guessed() -> None:
    questions = habits()
    kept = keep_hard(questions, per_scene=1)
    answers = Counter(q.answers[0] for q in kept)
    before = Counter(q.answers[0] for q in questions)
    assert len(kept) == 600
    assert answers["black"] > 0.7 * before["black"] and answers["white"] < 0.5 * before["white"]


def test_order_is_kept_and_the_draw_is_repeatable() -> None:
    questions = habits(20)
    once = keep_hard(questions, 1, seed=3)
    assert once == keep_hard(questions, 1, seed=3)
    at = [questions.index(q) for q in once]
    assert at == sorted(at)
    assert keep_hard([], 4) == [] and keep_hard(questions, 99) == questions


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(0, 100))
def test_quotas_add_up_and_never_exceed_the_supply(supply: list[int], wanted: int) -> None:
    quotas = _quotas(supply, wanted)
    assert sum(quotas) == min(wanted, sum(supply))
    assert all(0 <= q <= s for q, s in zip(quotas, supply))


def test_a_step_equals_autograd() -> None:
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(8, 5)).astype(np.float32)
    words, start = np.array([2, 5, 7]), np.array([0, 3])
    accepted, accepted_start = np.array([1, 4]), np.array([0, 2])
    twin = torch.tensor(weight, requires_grad=True)
    log_share = twin[[2, 5, 7]].sum(0).log_softmax(0)
    (-log_share[[1, 4]].exp().sum().log()).backward()
    probability = float(log_share.detach()[[1, 4]].exp().sum())
    assert np.isclose(judge(words, start, accepted, accepted_start, np.array([0]), weight)[0], probability, atol=1e-6)
    torch.optim.Adagrad([twin], lr=0.3, initial_accumulator_value=1e-2, eps=0.0).step()
    learn(words, start, accepted, accepted_start, np.array([0]), weight, np.full_like(weight, 1e-2), 0.3)
    np.testing.assert_allclose(weight, twin.detach().numpy(), atol=1e-6)


def test_any_accepted_answer_counts_as_guessed() -> None:
    wall = [
        replace(ask(s, "Where is the bed?", f"next to thing {s}", "place"), answers=(f"next to thing {s}", "on wall"))
        for s in range(300)
    ]
    assert blind_guess(wall).min() > 0.8
