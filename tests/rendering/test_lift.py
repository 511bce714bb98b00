"""Lifting: a point gets exactly the mean of the patches its pixels lie in."""

from __future__ import annotations

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.rendering.lift import lift, random_projection
from sceneglot.scenes import Camera, View


def view(point: np.ndarray) -> View:
    height, width = point.shape
    camera = Camera(1, 1, 0, 0, width, height, np.eye(4))
    blank = np.zeros((height, width, 3), np.uint8)
    return View("v", camera, blank, np.zeros((height, width), np.float32), point.astype(np.int32))


def test_closed_form_over_two_views() -> None:
    # a 2 x 2 patch grid over 4 x 4 pixels: patches 0 1 / 2 3
    first = np.full((4, 4), -1)
    first[0, 0] = 5  # patch 0
    first[0, 3] = 5  # patch 1
    first[1, 2] = 5  # patch 1
    second = np.full((4, 4), -1)
    second[3, 3] = 5  # patch 3
    second[3, 0] = 2  # patch 2
    patches = np.arange(8, dtype=np.float32).reshape(2, 4, 1)
    features, seen = lift([view(first), view(second)], patches, 7)
    assert features[5, 0] == pytest.approx((0 + 1 + 1 + 7) / 4)
    assert features[2, 0] == 6
    assert seen.tolist() == [False, False, True, False, False, True, False]
    assert (features[~seen] == 0).all()


def test_matches_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    views = [view(rng.integers(-1, 30, (17, 23))) for _ in range(3)]
    patches = rng.standard_normal((3, 9, 4)).astype(np.float32)
    total, count = np.zeros((30, 4)), np.zeros(30)
    for v, f in zip(views, patches):
        for row in range(17):
            for column in range(23):
                if v.point[row, column] >= 0:
                    total[v.point[row, column]] += f[(row * 3 // 17) * 3 + column * 3 // 23]
                    count[v.point[row, column]] += 1
    features, seen = lift(views, patches, 30)
    assert np.array_equal(seen, count > 0)
    assert np.allclose(features[seen], total[seen] / count[seen, None], atol=1e-5)


def test_bad_input_is_named() -> None:
    with pytest.raises(SceneglotError, match="2 views need"):
        lift([view(np.zeros((2, 2)))] * 2, np.zeros((1, 4, 3), np.float32), 1)
    photograph = View(
        "p", Camera(1, 1, 0, 0, 2, 2, np.eye(4)), np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.float32)
    )
    with pytest.raises(SceneglotError, match="no point ids"):
        lift([photograph], np.zeros((1, 4, 3), np.float32), 1)


def test_projection_is_orthonormal_and_fixed() -> None:
    p = random_projection(64, 16)
    assert np.allclose(p.T @ p, np.eye(16), atol=1e-5)
    assert np.array_equal(p, random_projection(64, 16))
    with pytest.raises(SceneglotError, match="cannot project"):
        random_projection(4, 8)
