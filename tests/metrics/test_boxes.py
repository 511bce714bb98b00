"""Detection and grounding scores: closed forms, VoteNet's protocol, brute force twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.metrics.detection import Detections, average_precision, evaluate, per_class_proposals
from sceneglot.metrics.grounding import box_iou, box_of_corners, by_stratum, localization, unique_mask


def cube(x: float, size: float = 1.0) -> list[float]:
    return [x, 0, 0, size, size, size]


def found(boxes: list[list[float]], scores: list[float], label: int = 0) -> Detections:
    return Detections(np.array(boxes).reshape(-1, 6), np.full(len(scores), label), np.array(scores))


def test_golden_area() -> None:
    area = average_precision(np.array([0.2, 0.2, 0.4, 0.4, 0.6]), np.array([1, 0.5, 2 / 3, 0.5, 0.6]))
    assert area == pytest.approx(0.453333, abs=1e-6)


def test_perfect_detections() -> None:
    truth = [(np.array([cube(0), cube(5)]), np.array([0, 1])), (np.array([cube(2)]), np.array([0]))]
    detections = [Detections(boxes, labels, np.ones(len(labels))) for boxes, labels in truth]
    score = evaluate(detections, truth, 0.5)
    assert (score.mean_ap, score.mean_recall) == (1.0, 1.0)
    assert score.num_objects == {0: 2, 1: 1}


def test_a_box_is_found_once() -> None:
    truth = [(np.array([cube(0), cube(9)]), np.array([0, 0]))]
    score = evaluate([found([cube(0), cube(0), cube(9)], [0.9, 0.8, 0.7])], truth, 0.5)
    # right, wrong (taken), right: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1
    assert score.ap[0] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_threshold_is_strict() -> None:
    truth = [(np.array([cube(0)]), np.array([0]))]
    half = [found([[0, 0, 0, 1, 1, 0.5]], [1.0])]  # IoU exactly 1/2
    assert evaluate(half, truth, 0.5).mean_ap == 0.0
    assert evaluate(half, truth, 0.49).mean_ap == 1.0


def test_a_match_is_with_the_best_box_even_if_taken() -> None:
    truth = [(np.array([cube(0), cube(0.4)]), np.array([0, 0]))]
    score = evaluate([found([cube(0), cube(0.1)], [0.9, 0.8])], truth, 0.25)
    assert score.recall[0] == 0.5  # the second overlaps 0.4 enough, but the taken box more


def test_classes() -> None:
    truth = [(np.array([cube(0)]), np.array([3])), (np.zeros((0, 6)), np.zeros(0, int))]
    nothing = found([], [])
    assert evaluate([nothing, nothing], truth, 0.25).ap == {3: 0.0}
    only_elsewhere = [found([cube(0)], [0.5], label=7), nothing]
    assert evaluate(only_elsewhere, truth, 0.25).ap == {3: 0.0}  # class 7 is not in the ground truth
    assert evaluate([nothing], [truth[1]], 0.25).mean_ap == 0.0


def test_other_scenes_do_not_match() -> None:
    truth = [(np.array([cube(0)]), np.array([0])), (np.array([cube(5)]), np.array([0]))]
    assert evaluate([found([cube(5)], [1.0]), found([cube(0)], [1.0])], truth, 0.25).mean_ap == 0.0


def test_per_class_proposals() -> None:
    boxes = np.array([cube(0), cube(1), cube(2)])
    out = per_class_proposals(boxes, np.array([0.9, 0.05, 0.5]), np.array([[0.8, 0.2], [1, 0], [0.5, 0.5]]))
    assert out.label.tolist() == [0, 1, 0, 1]
    assert out.score == pytest.approx([0.72, 0.18, 0.25, 0.25])
    assert out.boxes[:, 0].tolist() == [0, 0, 2, 2]


def test_wrong_shapes() -> None:
    with pytest.raises(ValueError, match="2 labels need boxes"):
        Detections(np.zeros((1, 6)), np.zeros(2), np.zeros(2))
    with pytest.raises(ValueError, match="1 scenes, ground truth of 0"):
        evaluate([found([], [])], [], 0.25)


def naive(detections: list[Detections], truth: list, label: int, threshold: float) -> float:
    """All detections of all scenes in one sorted list, one by one."""
    rows = [(s, i, k) for i, d in enumerate(detections) for k, s in enumerate(d.score) if d.label[k] == label]
    taken, curve = set(), []
    total = sum(int((labels == label).sum()) for _, labels in truth)
    right = 0
    for n, (_, scene, k) in enumerate(sorted(rows, key=lambda row: -row[0]), 1):
        boxes, labels = truth[scene]
        rivals = [
            (float(box_iou(detections[scene].boxes[k], b)[0]), j) for j, b in enumerate(boxes) if labels[j] == label
        ]
        overlap, best = max(rivals, key=lambda r: (r[0], -r[1]), default=(0.0, -1))
        if overlap > threshold and (scene, best) not in taken:
            taken.add((scene, best))
            right += 1
        curve.append((right / total, right / n))
    return average_precision(*np.array(curve).T) if curve else 0.0


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_against_the_naive_protocol(seed: int) -> None:
    random = np.random.default_rng(seed)

    def boxes(n: int) -> np.ndarray:
        return np.concatenate([random.uniform(0, 2, (n, 3)), random.uniform(0.5, 2, (n, 3))], 1)

    truth = [(boxes(n), random.integers(0, 2, n)) for n in random.integers(0, 5, 3)]
    detections = [
        Detections(boxes(n), random.integers(0, 2, n), random.permutation(n) + 100.0 * i + random.random())
        for i, n in enumerate(random.integers(0, 9, 3))
    ]
    score = evaluate(detections, truth, 0.25)
    assert 0 <= score.mean_ap <= score.mean_recall + 1e-12 <= 1 + 1e-9
    for label, value in score.ap.items():
        assert value == pytest.approx(naive(detections, truth, label, 0.25))


def test_box_iou() -> None:
    boxes = np.array([cube(0), cube(0), cube(0), [np.nan] * 6])
    others = np.array([cube(0), cube(0.5), cube(3), cube(0)])
    assert box_iou(boxes, others) == pytest.approx([1, 1 / 3, 0, 0])


def test_box_of_corners() -> None:
    corners = np.array([[x, y, z] for x in (1, 3) for y in (-1, 1) for z in (0, 0.5)])
    assert box_of_corners(corners).tolist() == [2, 0, 0.25, 2, 2, 0.5]
    assert box_of_corners(np.stack([corners, corners])).shape == (2, 6)


def test_localization_includes_the_threshold() -> None:
    assert localization(np.array([0.25, 0.5, 0.1, 1.0])) == {"acc@0.25": 0.75, "acc@0.5": 0.5}
    assert localization(np.zeros(0)) == {"acc@0.25": 0.0, "acc@0.5": 0.0}


def test_unique_and_multiple() -> None:
    unique = unique_mask(["a", "a", "a", "b", "a"], [1, 2, 3, 1, 1], [5, 5, 6, 5, 5])
    assert unique.tolist() == [False, False, True, True, False]
    strata = by_stratum(np.array([1, 0, 1, 0, 0.3]), unique)
    assert (strata["unique"]["n"], strata["multiple"]["n"], strata["overall"]["n"]) == (2, 3, 5)
    assert strata["unique"]["acc@0.5"] == 0.5
    assert strata["multiple"]["acc@0.25"] == pytest.approx(2 / 3)
