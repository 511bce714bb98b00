import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.metrics.segmentation import confusion, harmonic_mean, open_vocabulary_score, segmentation_score

nan = float("nan")


def test_counts_leave_unlabelled_points_out_and_keep_missing_predictions_in() -> None:
    truth = np.array([0, 0, 1, -1, 255, 2])
    predicted = np.array([0, 1, -1, 0, 1, 2])
    assert confusion(predicted, truth, 3).tolist() == [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]


def test_golden_scores() -> None:
    score = segmentation_score(np.array([[6, 2, 0, 0], [1, 3, 0, 0], [0, 0, 0, 0]]))
    np.testing.assert_allclose(score.iou, [6 / 9, 3 / 6, nan])
    np.testing.assert_allclose(score.accuracy, [6 / 8, 3 / 4, nan])
    assert score.mean_iou == pytest.approx((6 / 9 + 3 / 6) / 2)
    assert score.mean_accuracy == pytest.approx(0.75)
    assert score.overall_accuracy == pytest.approx(9 / 12) and score.num_points == 12


def test_a_class_that_is_nowhere_is_no_zero_but_a_wrong_one_is() -> None:
    assert segmentation_score(confusion(np.array([0, 0]), np.array([0, 0]), 5)).mean_iou == 1.0
    assert segmentation_score(confusion(np.array([0, 4]), np.array([0, 0]), 5)).mean_iou == pytest.approx(0.25)


def test_six_folds_are_summed_before_division() -> None:
    folds = [np.array([[8, 0, 0], [2, 0, 0]]), np.array([[1, 0, 0], [0, 9, 0]])]
    together = segmentation_score(sum(folds, np.zeros((2, 3), int))).mean_iou
    assert together == pytest.approx((9 / 11 + 9 / 11) / 2)
    assert together != pytest.approx(np.mean([segmentation_score(fold).mean_iou for fold in folds]))


def test_foreground_only_drops_points_of_the_background_but_not_mistakes() -> None:
    matrix = np.array([[50, 0, 50, 0], [4, 4, 0, 0], [0, 0, 10, 0]])
    score = segmentation_score(matrix, exclude=(0,))
    np.testing.assert_allclose(score.iou, [nan, 0.5, 1.0])
    assert score.num_points == 18
    assert segmentation_score(matrix).mean_iou == pytest.approx((50 / 104 + 0.5 + 10 / 60) / 3)


def test_open_vocabulary_means() -> None:
    iou = np.array([0.8, 0.6, 0.3, nan, 0.1, 0.9])
    score = open_vocabulary_score(iou, novel=(2, 3, 4), ignored=(5,))
    assert (score.base, score.novel) == (pytest.approx(0.7), pytest.approx(0.2))
    assert score.harmonic == pytest.approx(2 * 0.7 * 0.2 / 0.9)
    assert score.mean == pytest.approx((0.8 + 0.6 + 0.3 + 0.1) / 4)


def test_published_harmonic_means() -> None:
    for base, novel, harmonic in ((67.8, 62.2, 64.9), (70.4, 46.4, 55.9), (76.6, 40.3, 52.8), (59.0, 0.0, 0.0)):
        assert harmonic_mean(base, novel) == pytest.approx(harmonic, abs=0.06)
    assert harmonic_mean(0.0, 0.0) == 0.0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), classes=st.integers(1, 6), points=st.integers(0, 60))
def test_iou_is_the_overlap_of_sets(seed: int, classes: int, points: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.integers(-1, classes, (2, points))
    score = segmentation_score(confusion(predicted, truth, classes))
    known = truth >= 0
    for c in range(classes):
        union = (((truth == c) | (predicted == c)) & known).sum()
        expected = ((truth == c) & (predicted == c)).sum() / union if union else nan
        np.testing.assert_allclose(score.iou[c], expected)


def test_bad_input_is_named() -> None:
    with pytest.raises(SceneglotError, match="one per point"):
        confusion(np.zeros(3, int), np.zeros(4, int), 2)
    with pytest.raises(SceneglotError, match="split"):
        open_vocabulary_score(np.zeros(3), novel=(1,), ignored=(1,))
    assert np.isnan(segmentation_score(np.zeros((2, 3))).mean_iou)
