"""Answers scored by boxes, by hand."""

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Objects, Utterance
from sceneglot.tasks.gps.box_report import box_report
from sceneglot.tasks.grounding.predict import Grounded

TRUTH = Objects(
    np.array([10, 11, 12]),
    ("chair", "chair", "table"),
    np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0]], np.float32),
    np.ones((3, 3), np.float32),
)
# The first hits chair 10 with IoU 1/3, the second chair 11 with IoU 0.6, the third nothing.
FOUND = Objects(
    np.array([0, 1, 2]),
    ("chair", "chair", "sofa"),
    np.array([[0.5, 0, 0], [5.25, 0, 0], [9, 9, 9]], np.float32),
    np.ones((3, 3), np.float32),
)


def answer(target: tuple[int, ...], ids: list[int], scores=(0.5, 0.3, 0.2), kind="referral", source="") -> Grounded:
    sentence = Utterance("u", "s", kind, "text", target, source=source)
    return Grounded(sentence, np.array(ids), np.array(scores, np.float32), np.full(3, np.nan))


def truth(_: str) -> Objects:
    return TRUTH


def found(_: str) -> Objects:
    return FOUND


def test_strata_random_and_ceiling():
    answers = [answer((10,), [0, 1, 2]), answer((11,), [1, 0, 2]), answer((12,), [0, 1, 2])]
    report = box_report(answers, found, truth)
    assert report.strata["overall"] == {"n": 3, "acc@0.25": pytest.approx(200 / 3), "acc@0.5": pytest.approx(100 / 3)}
    assert report.strata["unique"] == {"n": 1, "acc@0.25": 0.0, "acc@0.5": 0.0}
    assert report.random == {"acc@0.25": pytest.approx(200 / 9), "acc@0.5": pytest.approx(100 / 9)}
    assert report.ceiling == {"acc@0.25": pytest.approx(200 / 3), "acc@0.5": pytest.approx(100 / 3)}


def test_unique_among_the_described_or_among_all():
    answers = [answer((10,), [0, 1, 2])]
    assert box_report(answers, found, truth).strata["unique"]["n"] == 1
    assert box_report(answers, found, truth, "all").strata["unique"]["n"] == 0


def test_no_detection_is_a_miss():
    nothing = Grounded(Utterance("u", "s", "referral", "x", (10,)), *(np.zeros(0) for _ in range(3)))
    report = box_report([nothing], lambda _: Objects.empty(), truth)
    assert report.strata["overall"]["acc@0.25"] == 0 == report.ceiling["acc@0.25"]
    with pytest.raises(SceneglotError):
        box_report([], found, truth)
