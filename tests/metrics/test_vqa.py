"""Whole evaluations: laws every protocol obeys, quirks of each, and the baseline that sees nothing."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.metrics.presets import PRESETS
from sceneglot.metrics.prior import language_prior
from sceneglot.metrics.vqa import Prediction, Question, VqaScore, evaluate
from sceneglot.metrics.wordnet import WordNet

BOX = np.array([0.0, 0, 0, 1, 1, 1])
QUESTIONS = [
    Question("q0", "What color is the chair?", ("brown",)),
    Question("q1", "Where is the chair?", ("left of desk", "Left of the desk.")),
    Question("q2", "How many chairs are there?", ("2", "two")),
    Question("q3", "What is in the corner?", ("white round table in the corner",)),
]
CAPTIONS = {"BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "METEOR-es", "CIDEr"}


def said(*answers: str | tuple[str, ...]) -> dict[str, Prediction]:
    return {f"q{i}": Prediction((a,) if isinstance(a, str) else a) for i, a in enumerate(answers)}


def em(score: VqaScore) -> float:
    return score.metrics["EM@1"]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_the_first_reference_is_a_perfect_answer(preset) -> None:
    score = evaluate(QUESTIONS, {q.id: Prediction(q.answers[:1]) for q in QUESTIONS}, preset)
    # Chat-Scene cleans only the prediction: references that are not clean already cannot be met
    exact = 75.0 if preset is PRESETS["chat-scene"] else 100.0
    if preset.exact_match:
        assert em(score) == pytest.approx(exact)
    assert set(score.metrics) - {"EM@1", "EM-R", "F (no lemmas)"} == (CAPTIONS if preset.captions else set())
    assert score.num_questions == 4 and score.num_missing == 0
    assert sum(score.num_by_type.values()) == 4


def test_presets_disagree_about_one_file() -> None:
    answers = said("Brown", "Left of the desk.", "two", "white round table in the corner")
    exact = {name: em(evaluate(QUESTIONS, answers, p)) for name, p in PRESETS.items() if p.exact_match}
    assert exact["scanqa"] == exact["video-3d-llm"] == 75.0  # raw: "Brown" is wrong
    assert exact["leo"] == exact["llava-3d"] == 100.0
    assert exact["chat-scene"] == 75.0  # the cleaned "... in corner" meets a raw "... in the corner"
    assert "EM@1" not in evaluate(QUESTIONS, answers, PRESETS["ll3da"]).metrics


def test_top10_only_for_ranked_answers() -> None:
    ranked = said(("red", "brown"), ("a", "b"), ("two",), ("x",))
    score = evaluate(QUESTIONS, ranked, PRESETS["scanqa"])
    assert (em(score), score.metrics["EM@10"]) == (25.0, 50.0)
    assert "EM@10" not in evaluate(QUESTIONS, said("red", "a", "two", "x"), PRESETS["scanqa"]).metrics
    eleven = said(tuple("abcdefghij") + ("brown",), "a", "b", "c")
    assert evaluate(QUESTIONS, eleven, PRESETS["scanqa"]).metrics["EM@10"] == 0.0


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_missing_predictions_are_wrong(preset) -> None:
    half = {q.id: Prediction(q.answers[:1]) for q in QUESTIONS[:1]}
    score = evaluate(QUESTIONS, half, preset)
    assert score.num_missing == 3
    for name in ("EM@1", "EM-R"):
        if name in score.metrics:
            assert score.metrics[name] == pytest.approx(25.0)


def test_names_follow_wordnet(wordnet: WordNet) -> None:
    with_it = evaluate(QUESTIONS, {}, PRESETS["scanqa"], wordnet=wordnet).metrics
    without = evaluate(QUESTIONS, {}, PRESETS["scanqa"]).metrics
    assert {"METEOR", "F-value"} <= set(with_it)
    assert {"METEOR-es", "F (no lemmas)"} <= set(without)
    assert not {"METEOR", "F-value"} & set(without)


def test_localization() -> None:
    questions = [Question(q.id, q.text, q.answers, box=BOX) for q in QUESTIONS]
    shifted = BOX + np.array([0.5, 0, 0, 0, 0, 0])  # IoU 1/3
    boxes = [BOX, shifted, shifted + 5, None]
    answers = {q.id: Prediction(("x",), box) for q, box in zip(questions, boxes)}
    score = evaluate(questions, answers, PRESETS["scanqa"])
    assert (score.metrics["Acc@0.25"], score.metrics["Acc@0.5"]) == (50.0, 25.0)
    assert score.by_type["color"]["Acc@0.5"] == 100.0
    assert "Acc@0.25" not in evaluate(QUESTIONS, answers, PRESETS["scanqa"]).metrics


def test_refuses_nothing_to_score() -> None:
    with pytest.raises(ValueError, match="no questions"):
        evaluate([], {}, PRESETS["scanqa"])
    with pytest.raises(ValueError, match="question q has no reference"):
        evaluate([Question("q", "Where?", ())], {}, PRESETS["scanqa"])


answer = st.lists(st.sampled_from(["brown", "chair", "the", "left", "2", "two", ".", "TV"]), max_size=4).map(" ".join)


@given(
    st.sampled_from(sorted(PRESETS)),
    st.lists(st.tuples(st.lists(answer, min_size=1, max_size=3), answer), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_in_range_and_blind_to_order(name: str, data: list[tuple[list[str], str]], random) -> None:
    questions = [Question(f"q{i}", "What is it?", tuple(refs)) for i, (refs, _) in enumerate(data)]
    answers = {f"q{i}": Prediction((text,)) for i, (_, text) in enumerate(data)}
    score = evaluate(questions, answers, PRESETS[name])
    assert all(-1e-9 <= v <= (1000 if m == "CIDEr" else 100 + 1e-6) for m, v in score.metrics.items())
    shuffled = random.sample(questions, len(questions))
    assert evaluate(shuffled, answers, PRESETS[name]).metrics == pytest.approx(score.metrics)


def test_language_prior_from_training_questions() -> None:
    train = [Question(f"t{i}", "What color is the sofa?", ("red",)) for i in range(3)]
    train += [Question("t3", "What color was it?", ("blue",)), Question("t4", "Where is it?", ("left",))]
    prior = language_prior(QUESTIONS, train)
    assert prior["q0"].answers == ("red",)
    assert prior["q1"].answers == ("left",)
    assert prior["q2"].answers[0] == "red"  # nothing begins with "how": the most frequent answer of all
    assert prior["q3"].answers == ("red", "blue")  # falls back to "what"


def test_language_prior_leaves_the_question_itself_out() -> None:
    questions = [
        Question("a", "What color is the desk?", ("red", "red")),
        Question("b", "What color is the sofa?", ("blue",)),
        Question("c", "Why?", ("because",)),
    ]
    prior = language_prior(questions)
    assert prior["a"].answers == ("blue",)
    assert prior["b"].answers == ("red",)
    assert prior["c"].answers == ("red", "blue")
    assert language_prior([questions[2]])["c"].answers == ()


def test_five_thousand_questions_in_ten_seconds(wordnet: WordNet) -> None:
    random = np.random.default_rng(0)
    words = np.array([f"{a}{b}" for a in ("brown", "chair", "table", "left") for b in ("", "s", "ed", "ish", "-top")])

    def text() -> str:
        return " ".join(random.choice(words, random.integers(1, 6)))

    questions = [Question(str(i), f"What is {text()}?", (text(), text())) for i in range(5000)]
    answers = {q.id: Prediction((text(), text())) for q in questions}
    start = time.process_time()
    evaluate(questions, answers, PRESETS["scanqa"], wordnet=wordnet)
    assert time.process_time() - start < 10


@pytest.mark.realdata
def test_real_questions_against_themselves(real_data) -> None:
    from sceneglot.metrics.vqa_files import read_questions

    questions = read_questions(real_data / "language/scanqa/ScanQA_v1.0_val_part.json")
    score = evaluate(questions, {q.id: Prediction(q.answers) for q in questions}, PRESETS["scanqa"])
    assert score.num_questions == 1485
    assert score.metrics["EM@1"] == score.metrics["EM@10"] == 100.0
    for name in ("BLEU-1", "ROUGE-L", "METEOR-es"):
        assert score.metrics[name] == pytest.approx(100.0)
    # most answers have one or two words, so CIDEr is far from its 1000
    assert 200 < score.metrics["CIDEr"] < 500
    shares = {name: n / 1485 for name, n in score.num_by_type.items()}
    assert set(shares) == {"place", "number", "color", "object nature", "object", "other"}
    assert 0.25 < shares["object"] < 0.4 and 0.15 < shares["place"] < 0.3 and 0.03 < shares["number"] < 0.1
    prior = evaluate(questions, language_prior(questions), PRESETS["scanqa"])
    assert 3 < prior.metrics["EM@1"] < 20
