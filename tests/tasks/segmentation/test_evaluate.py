"""Scores over scenes and folds, and of groups of classes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sceneglot.errors import BadFileError
from sceneglot.tasks.segmentation.evaluate import SceneScores
from sceneglot.tasks.segmentation.labels import LabelSet

THREE = LabelSet("three", ("wall", "chair", "mug"), (1, 2, 3), groups={"head": (0, 1), "tail": (2,)}, uncounted=(2,))


def scores(*rows: tuple[int, int, int, int], labels: LabelSet = THREE) -> SceneScores:
    return SceneScores(labels, np.array(rows), (), 1)


def test_six_folds_are_one_matrix_and_not_a_mean(tmp_path: Path) -> None:
    first = scores((8, 2, 0, 0), (0, 10, 0, 0), (0, 0, 0, 0))
    second = scores((0, 90, 0, 0), (0, 10, 0, 0), (0, 0, 0, 0))
    file = tmp_path / "scores.json"
    file.write_text(json.dumps(second.summary()))
    both = first.with_folds([file])
    assert both.scenes == 2 and both.matrix.tolist() == (first.matrix + second.matrix).tolist()
    assert both.score.iou[:2] == pytest.approx([8 / 100, 20 / 112])
    assert both.metrics()["mIoU"] != pytest.approx((first.metrics()["mIoU"] + second.metrics()["mIoU"]) / 2)
    assert first.with_folds([]).matrix.tolist() == first.matrix.tolist()


def test_other_classes_are_no_fold(tmp_path: Path) -> None:
    file = tmp_path / "scores.json"
    for bad in ({"label_set": "four"}, {"label_set": "three", "matrix": [[1], [1, 2]]}, [1]):
        file.write_text(json.dumps(bad))
        with pytest.raises(BadFileError, match="no confusion matrix of three"):
            scores((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)).with_folds([file])


def test_groups_have_means_and_uncounted_classes_have_none() -> None:
    found = scores((5, 5, 0, 0), (0, 10, 0, 0), (4, 0, 4, 0)).metrics()
    assert found["head_mIoU"] == pytest.approx((5 / 10 + 10 / 15) / 2) == found["mIoU"]
    assert np.isnan(found["tail_mIoU"])


def test_a_class_that_stands_for_the_rest_is_neither_base_nor_novel() -> None:
    labels = LabelSet("some", ("wall", "sofa", "otherfurniture"), (1, 2, 3))
    matrix = np.array([[6, 2, 0, 0], [1, 3, 4, 0], [2, 5, 9, 0]])
    split = SceneScores(labels, matrix, (1,), 1).open_vocabulary
    assert split is not None
    # its points are no false positives of others; taking a sofa for it is a miss
    assert (split.base, split.novel) == (pytest.approx(6 / 9), pytest.approx(3 / 10))
    assert split.mean == pytest.approx((6 / 9 + 3 / 10) / 2)
    assert SceneScores(labels, matrix, (1,), 1).metrics()["mIoU"] == pytest.approx((6 / 11 + 3 / 15 + 9 / 20) / 3)
    assert SceneScores(labels, matrix, (), 1).open_vocabulary is None
