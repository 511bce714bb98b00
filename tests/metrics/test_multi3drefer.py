import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.metrics.multi3drefer import MultiAnswer, choose, f1, score, set_f1

A = np.array([0.0, 0, 0, 1, 1, 1])
B = np.array([5.0, 0, 0, 1, 1, 1])
NONE = np.zeros((0, 6))


def test_f1_by_hand():
    assert f1(np.stack([A, B]), np.stack([B, A]), 0.5) == 1.0
    assert f1(np.stack([A]), np.stack([A, B]), 0.5) == pytest.approx(2 / 3)
    assert f1(np.stack([A, A]), np.stack([A]), 0.5) == pytest.approx(2 / 3)  # one box is matched once
    assert f1(NONE, NONE, 0.5) == 1.0 and f1(A[None], NONE, 0.5) == 0.0 and f1(NONE, A[None], 0.5) == 0.0


def test_the_threshold_decides():
    shifted = A + [0.5, 0, 0, 0, 0, 0]  # IoU 1/3
    assert f1(shifted[None], A[None], 0.25) == 1.0 and f1(shifted[None], A[None], 0.5) == 0.0


def test_the_matching_knows_no_threshold():
    row = lambda x: A + [x, 0, 0, 0, 0, 0]  # noqa: E731
    # IoU of cubes .3 apart is 7/13, .35 apart 13/27, 1 apart 0: twice 13/27 is more than 7/13 and 0, and below .5
    boxes, truth = np.stack([row(0), row(0.65)]), np.stack([row(0.3), row(-0.35)])
    assert f1(boxes, truth, 0.5) == 0.0 and f1(boxes, truth, 0.25) == 1.0
    assert f1(boxes[:1], truth, 0.5) == pytest.approx(2 / 3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 99))
def test_f1_is_symmetric_and_bounded(p, t, seed):
    rng = np.random.default_rng(seed)
    make = lambda n: np.concatenate([rng.uniform(0, 1.5, (n, 3)), rng.uniform(0.5, 1, (n, 3))], 1)  # noqa: E731
    boxes, truth = make(p), make(t)
    value = f1(boxes, truth, 0.25)
    assert 0 <= value <= 1
    assert value == pytest.approx(f1(truth, boxes, 0.25))


def test_by_type():
    answers = [
        MultiAnswer("zt_w_d", NONE, NONE),
        MultiAnswer("mt", A[None], np.stack([A, B])),
        MultiAnswer("mt", NONE, A[None]),
    ]
    found = score(answers)
    assert found["zt_w_d"] == {"n": 1, "F1@0.25": 100.0, "F1@0.5": 100.0}
    assert found["mt"]["F1@0.5"] == pytest.approx(100 / 3)
    assert found["all"]["n"] == 3 and "st_w_d" not in found
    with pytest.raises(SceneglotError, match="unknown type"):
        score([MultiAnswer("zt", NONE, NONE)])
    with pytest.raises(SceneglotError, match="nothing"):
        score([])


def test_f1_of_ids():
    assert set_f1((1, 2), (2, 1)) == 1 == set_f1((), ()) and set_f1((1,), ()) == 0 == set_f1((), (1,))
    assert set_f1((1, 3), (1, 2)) == 0.5 and set_f1((1,), (1, 2)) == pytest.approx(2 / 3)


def test_choose():
    assert choose(np.array([0.2, 0.9, 0.5]), 0.5).tolist() == [1]
