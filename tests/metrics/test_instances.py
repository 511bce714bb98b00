import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.metrics.instances import (
    THRESHOLDS,
    InstanceMasks,
    InstanceTruth,
    instance_ap,
    instance_score,
)


def scene(*runs: tuple[int, int, int]) -> InstanceTruth:
    """Runs of (points, class, instance) one after the other."""
    lengths = [n for n, _, _ in runs]
    return InstanceTruth(np.repeat([i for _, _, i in runs], lengths), np.repeat([c for _, c, _ in runs], lengths))


def found(points: int, *spans: tuple[int, int, int, float]) -> InstanceMasks:
    """Predictions (first point, end, class, score)."""
    mask = np.zeros((len(spans), points), bool)
    for row, (first, end, _, _) in zip(mask, spans):
        row[first:end] = True
    return InstanceMasks(mask, np.array([c for *_, c, _ in spans], int), np.array([s for *_, s in spans], float))


def ap(truth: InstanceTruth, *spans: tuple[int, int, int, float], label: int = 0) -> tuple[float, float, float]:
    score = instance_score([found(len(truth.label), *spans)], [truth], 3)
    return score.ap[label], score.ap50[label], score.ap25[label]


def test_nine_thresholds_end_at_090() -> None:
    assert THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
    truth = scene((1000, 0, 1))
    assert ap(truth, (0, 920, 0, 0.9))[0] == 1.0  # IoU 0.92: a tenth threshold at 0.95 would cost a tenth
    assert ap(truth, (0, 880, 0, 0.9))[0] == pytest.approx(8 / 9)


def test_overlap_must_exceed_the_threshold() -> None:
    truth = scene((400, 0, 1))
    assert ap(truth, (0, 200, 0, 0.9))[1:] == (0.0, 1.0)
    assert ap(truth, (0, 201, 0, 0.9))[1] == 1.0
    assert ap(truth, (0, 100, 0, 0.9))[2] == 0.0


def test_small_instances_count_on_neither_side() -> None:
    truth = scene((99, 0, 1), (200, 0, 2))
    assert ap(truth, (99, 299, 0, 0.5))[1] == 1.0  # the small one is not missed
    assert ap(truth, (99, 299, 0, 0.5), (0, 99, 0, 0.9))[1] == 1.0  # nor is a small prediction wrong
    assert ap(truth, (99, 299, 0, 0.5), (0, 100, 0, 0.9))[1] == 1.0  # lies on a small one: dropped
    assert np.isnan(ap(scene((99, 0, 1)), (0, 99, 0, 0.9))[1])


def test_duplicates_are_wrong_and_the_surest_is_right() -> None:
    truth = scene((200, 0, 1), (200, 0, 2))
    # right .9, duplicate .8, the second instance right .7
    value = ap(truth, (0, 200, 0, 0.8), (0, 190, 0, 0.9), (200, 400, 0, 0.7))[1]
    assert value == pytest.approx(instance_ap(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]), 0))
    assert value < 1


def test_only_the_first_prediction_of_an_instance_is_used_up() -> None:
    truth = scene((300, 0, 1), (300, 0, 2))
    whole, across = (0, 300, 0, 0.9), (100, 500, 0, 0.5)  # the second has IoU .4 with either instance
    # right .9, duplicate .5, right .5: recall 1, .5, 0; precision 2/3, 1, 1; weights .25, .5, .25
    assert ap(truth, whole, across)[2] == pytest.approx(2 / 3 / 4 + 3 / 4)
    # listed first, the second is used up by the first instance: right .9, duplicate .5, one missed
    assert ap(truth, across, whole)[2] == pytest.approx(0.5)


def test_predictions_on_unlabelled_ground_are_dropped() -> None:
    truth = scene((200, 0, 1), (300, -1, -1), (300, 1, 5))
    clean = ap(truth, (0, 200, 0, 0.5))[1]
    assert clean == 1.0
    assert ap(truth, (0, 200, 0, 0.5), (250, 450, 0, 0.9))[1] == 1.0  # all of it on void
    assert ap(truth, (0, 200, 0, 0.5), (400, 600, 0, 0.9))[1] < 1  # half on void: not more than the threshold
    assert ap(truth, (0, 200, 0, 0.5), (399, 600, 0, 0.9))[1] == 1.0  # 101 of 201


def test_classes_without_annotation_do_not_count_and_missed_ones_are_zero() -> None:
    truth = scene((200, 0, 1), (200, 1, 2))
    score = instance_score([found(400, (0, 200, 0, 0.9))], [truth], 3)
    np.testing.assert_array_equal(score.ap50, [1.0, 0.0, np.nan])
    assert score.mean_ap50 == 0.5 and score.mean_ap25 == 0.5


def test_scenes_are_pooled_before_the_curve() -> None:
    truths = [scene((200, 0, 1)), scene((200, 0, 1))]
    wrong_first = [found(200, (0, 200, 0, 0.6)), found(200, (0, 200, 0, 0.5), (100, 200, 0, 0.9))]
    # (100, 200) covers exactly half: no match, no void, hence wrong and surest of all
    expected = instance_ap(np.array([True, True, False]), np.array([0.6, 0.5, 0.9]), 0)
    assert instance_score(wrong_first, truths, 1).ap50[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("right", "score", "missed", "expected"),
    [
        ([True], [0.5], 0, 1.0),  # recall 1, 0: weights .5, .5, precisions 1, 1
        ([True], [0.5], 1, 0.5),
        ([False], [0.5], 1, 0.0),
        ([], [], 3, 0.0),
        # scores .9 right, .5 wrong: recall 1, 1, 0; precision .5, 1, 1; weights 0, .5, .5
        ([True, False], [0.9, 0.5], 0, 1.0),
        # .9 wrong, .5 right: recall 1, 0, 0; precision .5, 0, 1; weights .5, .5, 0
        ([False, True], [0.9, 0.5], 0, 0.25),
        # one threshold for equal scores: recall 1, 0; precision .5, 1; weights .5, .5
        ([False, True], [0.5, 0.5], 0, 0.75),
        # .9 right, .8 wrong, .7 right, one missed: recall 2/3, 1/3, 1/3, 0; precision 2/3, .5, 1, 1
        ([True, False, True], [0.9, 0.8, 0.7], 1, 2 / 3 / 6 + 0.5 / 6 + 1 / 6 + 1 / 6),
    ],
)
def test_golden_areas(right: list[bool], score: list[float], missed: int, expected: float) -> None:
    assert instance_ap(np.array(right, bool), np.array(score, float), missed) == pytest.approx(expected)


def plain_ap(predictions: list[InstanceMasks], truths: list[InstanceTruth], label: int, threshold: float) -> float:
    """The benchmark's rules prediction by prediction on sets of points, for one class, at least 8 points."""
    right: list[tuple[float, bool]] = []
    missed, annotated = 0, False
    for predicted, truth in zip(predictions, truths):
        rows = [i for i in range(len(predicted.label)) if predicted.label[i] == label and predicted.mask[i].sum() >= 8]
        masks = {i: set(np.flatnonzero(predicted.mask[i])) for i in rows}
        mine = (truth.label == label) & (truth.instance >= 0)
        things = [set(np.flatnonzero(mine & (truth.instance == k))) for k in np.unique(truth.instance[mine])]
        void = set(np.flatnonzero((truth.label < 0) | (truth.instance < 0)))
        used: set[int] = set()
        for thing in (t for t in things if len(t) >= 8):
            annotated = True
            near = [i for i in rows if i not in used and len(masks[i] & thing) > threshold * len(masks[i] | thing)]
            used.update(near[:1])
            missed += not near
            scores = sorted((predicted.score[i] for i in near), reverse=True)
            right += [(s, rank == 0) for rank, s in enumerate(scores)]
        for i in rows:
            if not any(len(masks[i] & thing) > threshold * len(masks[i] | thing) for thing in things):
                small = sum(len(masks[i] & thing) for thing in things if len(thing) < 8)
                if len(masks[i] & void) + small <= threshold * len(masks[i]):
                    right.append((predicted.score[i], False))
    if not annotated:
        return float("nan")
    curve = [(1.0, 0.0)]
    for limit in sorted({s for s, _ in right}, reverse=True):
        kept = [hit for s, hit in right if s >= limit]
        curve.append((sum(kept) / len(kept), sum(kept) / (sum(hit for _, hit in right) + missed)))
    recall = [0.0, *(r for _, r in curve), curve[-1][1]]
    return 0.0 if not right else sum(p * (recall[k + 2] - recall[k]) / 2 for k, (p, _) in enumerate(curve))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9999))
def test_against_the_rules_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    predictions, truths = [], []
    for count in rng.integers(0, 7, 2):
        instance = np.repeat(rng.integers(-1, 4, 12), 5)
        truths.append(InstanceTruth(instance, np.where(instance >= 0, instance % 2, -1)))
        first = rng.integers(0, 50, (count, 1))
        place = np.arange(60)
        mask = (place >= first) & (place < first + rng.integers(5, 40, (count, 1)))
        predictions.append(InstanceMasks(mask, rng.integers(0, 2, count), rng.integers(1, 10, count) / 10))
    score = instance_score(predictions, truths, 2, min_points=8)
    for c in (0, 1):
        expected = [plain_ap(predictions, truths, c, t) for t in (*THRESHOLDS, 0.25)]
        np.testing.assert_allclose(
            [score.ap[c], score.ap50[c], score.ap25[c]], [np.mean(expected[:-1]), expected[0], expected[-1]]
        )


def test_rows_become_masks() -> None:
    masks = InstanceMasks.of_rows(np.array([1, -1, 0, 1]), np.array([4, 5]), np.array([0.1, 0.2]))
    assert masks.mask.tolist() == [[False, False, True, False], [True, False, False, True]]


def test_bad_input_is_named() -> None:
    with pytest.raises(SceneglotError, match="scene number 0"):
        instance_score([found(5)], [scene((6, 0, 1))], 1)
    with pytest.raises(SceneglotError, match="no finite number"):  # it would rank as the surest of all
        instance_score([found(200, (0, 200, 0, float("nan")))], [scene((200, 0, 1))], 1)
    with pytest.raises(SceneglotError, match="1 scenes, annotations of 0"):
        instance_score([found(5)], [], 1)
    score = instance_score([found(200)], [scene((200, 0, 1))], 1)
    assert score.ap50.tolist() == [0.0]
